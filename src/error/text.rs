//! Parts of messages that depend on what is known.

use std::io;
use std::path::Path;

pub(super) fn at_key(key: Option<&str>) -> String {
    key.map_or_else(String::new, |key| format!(" at key {key}"))
}

/// What to do about a failure of the file system, where that is known.
pub(super) fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; make room on its file system first"
        }
        io::ErrorKind::FileTooLarge => {
            "; make room by raising the limit for the size of files, or open the store with smaller segments"
        }
        _ => "",
    }
}

pub(super) fn not_found(collection: &str, key: Option<&str>) -> String {
    match key {
        Some(key) => format!("collection `{collection}` has no record with key {key}"),
        None => {
            format!("there is no collection `{collection}`, and a read-only store can't create it")
        }
    }
}

pub(super) fn not_archived(archive: Option<&Path>) -> String {
    archive.map_or_else(String::new, |archive| format!(", in `{}` too", archive.display()))
}

pub(super) fn decoded(collection: Option<&str>, key: Option<&str>) -> String {
    match (collection, key) {
        (Some(collection), Some(key)) => {
            format!("the record with key {key} of collection `{collection}`")
        }
        (Some(collection), None) => format!("a record of collection `{collection}`"),
        (None, _) => "a stored value".to_owned(),
    }
}
