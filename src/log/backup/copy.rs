//! Copying a file from one medium to another, with the hash of what it has.

use crate::codec::hexadecimal;
use crate::error::{Error, Result};
use crate::log::backup::Listed;
use crate::media::Medium;
use crate::steps::Steps;
use sha2::{Digest, Sha256};
use std::io;

/// So much is in memory at a time.
const PART_BYTES: usize = 1 << 20;

/// From where to where.
#[derive(Clone, Copy)]
pub(crate) struct Copying<'a> {
    pub(crate) from: &'a dyn Medium,
    pub(crate) to: &'a dyn Medium,
    /// A step for each part.
    pub(crate) steps: &'a Steps<'a>,
}

impl Copying<'_> {
    /// Copies a file, or the first `limit` bytes of it, and makes the copy durable, but for its name. A file that has the name there is
    /// replaced.
    pub(crate) fn copy(&self, name: &str, limit: u64) -> Result<Listed> {
        self.copy_as(name, name, limit)
    }

    /// The same under another name. What is returned has the name of the original.
    pub(crate) fn copy_as(&self, name: &str, copy: &str, limit: u64) -> Result<Listed> {
        let there = |error| Error::io(self.to.path(copy), "write", error);
        let names = self.to.list().map_err(there)?;
        if names.iter().any(|other| other == copy) {
            self.to.remove(copy).map_err(there)?;
        }
        let mut file = self.to.create(copy).map_err(there)?;
        let copied = read(self.from, name, limit, &mut |offset, part| {
            file.write_at(offset, part).map_err(there)?;
            self.steps.advance(part.len() as u64)
        })?;
        file.sync().map_err(there)?;
        Ok(copied)
    }

    /// Checks that the copy of a file is what was copied.
    pub(crate) fn check(&self, copied: &Listed) -> Result<()> {
        let found = hashed(self.to, &copied.name, self.steps)?;
        differs(self.to, copied, &found)
    }
}

/// What a file has.
pub(crate) fn hashed(medium: &dyn Medium, name: &str, steps: &Steps<'_>) -> Result<Listed> {
    read(medium, name, u64::MAX, &mut |_, part| steps.advance(part.len() as u64))
}

/// An error where a file is not what was listed.
pub(crate) fn differs(medium: &dyn Medium, listed: &Listed, found: &Listed) -> Result<()> {
    if listed == found {
        return Ok(());
    }
    let text = |file: &Listed| format!("{} bytes with SHA-256 {}", file.bytes, file.sha256);
    Err(Error::Corrupt {
        file: medium.path(&listed.name),
        offset: 0,
        expected: text(listed),
        found: text(found),
    })
}

/// Reads a file part by part, up to a limit.
fn read(
    medium: &dyn Medium,
    name: &str,
    limit: u64,
    take: &mut dyn FnMut(u64, &[u8]) -> Result<()>,
) -> Result<Listed> {
    let mut hash = Sha256::new();
    let mut offset = 0;
    loop {
        let count = usize::try_from(limit - offset).map_or(PART_BYTES, |left| left.min(PART_BYTES));
        let part = match medium.read_part(name, offset, count) {
            Ok(part) => part,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let (expected, found) = ("a file that is needed", "no such file");
                let (expected, found) = (expected.to_owned(), found.to_owned());
                return Err(Error::Corrupt { file: medium.path(name), offset: 0, expected, found });
            }
            Err(error) => return Err(Error::io(medium.path(name), "read", error)),
        };
        if part.is_empty() {
            let sha256 = hexadecimal(&hash.finalize());
            return Ok(Listed { name: name.to_owned(), bytes: offset, sha256 });
        }
        take(offset, &part)?;
        hash.update(&part);
        offset += part.len() as u64;
    }
}
