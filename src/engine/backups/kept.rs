//! Which backups a schedule has made: how they are named, found and removed.
//!
//! The directory of one is named `2026-11-23T011832Z-v1234-5d41402abc4b2a76`: the time at which it was made, the version, and
//! the first half of the store's identity. One is *whole* that has such a name and a listing which says the whole
//! identity; it is *unfinished* where it has no listing. Everything else belongs to somebody else: a
//! backup that was made by hand or given another name, one of another store, one whose listing can't be read.
//!
//! Removing one begins with its listing ([`backup::unmake`]), so that from the first moment on it is an unfinished one,
//! which the next process that finds it removes.

use crate::engine::recovery::LOCK_FILE;
use crate::error::{Error, Result};
use crate::log::backup::{self, Listing};
use crate::media::{LockMode, Shelf};
use crate::when::rfc_3339;
use std::io;
use std::time::{Duration, SystemTime};

/// How much of the identity is in a name, in hexadecimal digits.
const DIGITS: usize = 16;

/// A backup that is whole.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The name of its directory.
    pub(crate) name: String,
    pub(crate) listing: Listing,
}

/// What there is of a store.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// From the oldest to the newest.
    pub(crate) whole: Vec<Kept>,
    pub(crate) unfinished: Vec<String>,
}

/// The name for a new one.
pub(crate) fn name(now_micros: u64, version: u64, store: &str) -> String {
    let time = rfc_3339(SystemTime::UNIX_EPOCH + Duration::from_micros(now_micros));
    let second = time.split('.').next().unwrap_or_default().replace(':', "");
    format!("{second}Z-v{version}-{}", store.get(..DIGITS).unwrap_or_default())
}

/// Whether a schedule of the store gives such names.
fn is_name(name: &str, store: &str) -> bool {
    let mut parts = name.rsplitn(3, '-');
    let (of, version, time) = (parts.next(), parts.next(), parts.next());
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_version = |text: &str| text.strip_prefix('v').is_some_and(digits);
    let is_time = |text: &str| text.ends_with('Z') && text.contains('T');
    of == store.get(..DIGITS) && version.is_some_and(is_version) && time.is_some_and(is_time)
}

/// Looks for the backups of a store. O(their number).
pub(crate) fn look(shelf: &dyn Shelf, store: &str) -> Result<Found> {
    let mut found = Found::default();
    for name in names(shelf)? {
        if !is_name(&name, store) {
            continue;
        }
        // Where anything can't be read, the directory is left alone.
        let medium = shelf.medium(&name);
        match Listing::read(&*medium) {
            Ok(Some(listing)) if listing.store == store => {
                found.whole.push(Kept { name, listing });
            }
            Ok(None) => found.unfinished.push(name),
            Ok(Some(_)) | Err(_) => {}
        }
    }
    found.whole.sort_by_key(|kept| (kept.listing.made_micros, kept.listing.version));
    Ok(found)
}

/// The names of the directories on a shelf; none where it is not there yet.
pub(crate) fn names(shelf: &dyn Shelf) -> Result<Vec<String>> {
    match shelf.list() {
        Ok(names) => Ok(names),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Error::io(shelf.path(), "list", error)),
    }
}

/// Removes a backup, whole or not, unless somebody is making it. What else was put into its directory stays,
/// and the directory with it.
pub(crate) fn remove(shelf: &dyn Shelf, name: &str) -> Result<()> {
    let medium = shelf.medium(name);
    let at = |error| Error::io(medium.path(LOCK_FILE), "lock", error);
    let Some(lock) = medium.lock(LOCK_FILE, LockMode::Exclusive).map_err(at)? else {
        return Ok(());
    };
    backup::unmake(&*medium)?;
    drop(lock);
    let remove = || {
        medium.remove(LOCK_FILE)?;
        medium.sync_directory()?;
        match shelf.remove(name) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
            removed => removed,
        }
    };
    remove().map_err(|error| Error::io(medium.path(""), "remove", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_store_are_its_own() {
        let store = "5d41402abc4b2a7600112233445566778";
        let name = name(1_795_396_712_000_000, 1_234, store);
        assert_eq!(name, "2026-11-23T011832Z-v1234-5d41402abc4b2a76");
        assert!(is_name(&name, store));
        let other = "6d41402abc4b2a7600112233445566778";
        assert!(!is_name(&name, other));
        let foreign = ["", "v1", "monday", "2026-11-23T011832Z-v1234", "5d41402abc4b2a76"];
        assert!(foreign.iter().all(|name| !is_name(name, store)));
    }
}
