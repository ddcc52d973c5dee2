//! Text files that belong to the program, not to a store.

#![expect(clippy::disallowed_methods, reason = "this is the place for them")]

use std::path::Path;
use std::{fs, io};

/// The text of a file; `None` where there is no such file.
pub(crate) fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text)
}
