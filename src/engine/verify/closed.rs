//! Verifying a store that nobody has open, or a backup, without its types and without changing anything.

use crate::engine::recovery::{self, LOCK_FILE};
use crate::engine::verify::report::Problem;
use crate::engine::verify::{Findings, Verification, backup};
use crate::envelope::keyring::Keyring;
use crate::error::{Error, Result};
use crate::log::archive::WithArchive;
use crate::log::backup::{Listing, is_listing};
use crate::log::checkpoint;
use crate::log::frame::{Chain, StoreId};
use crate::log::manifest;
use crate::log::segment::{self, FileKind, HEADER_BYTES};
use crate::media::{LockMode, Medium};
use crate::options::Options;
use crate::steps::GoOn;
use std::any::Any;
use std::io;
use std::sync::Arc;

/// A lock, held until it is dropped.
pub(crate) type Lock = Box<dyn Any + Send + Sync>;

/// Verifies a store, or a backup. Takes its lock together with others who read, so that nobody writes meanwhile.
pub(crate) fn verify(
    medium: &Arc<dyn Medium>,
    options: &Options,
    witness: Option<(u64, Chain)>,
    go_on: GoOn<'_>,
) -> Result<Findings> {
    let names = medium.list().map_err(|error| Error::io(medium.path(""), "list", error))?;
    let _lock = lock(&**medium, &names)?;
    // Somebody may have written since.
    if let Some(listing) = Listing::read(&**medium)? {
        return backup::verify(&**medium, &listing, options, witness, go_on);
    }
    let names = list(&**medium)?;
    let (keyring, ledger, problem) = keys(&**medium, &names, options)?;
    let all = with_archive(medium, options, ledger);
    let names = list(&*all)?;
    let keeps_log = ledger == Some(1);
    let (medium, keyring) = (&*all, &keyring);
    let verification =
        Verification { medium, keyring, names, until: None, keeps_log, witness, go_on };
    let mut findings = verification.run()?;
    findings.problems.splice(..0, problem);
    Ok(findings)
}

/// A store's directory, and with it the archive of a ledger, if that is given.
pub(crate) fn with_archive(
    medium: &Arc<dyn Medium>,
    options: &Options,
    ledger: Option<u64>,
) -> Arc<dyn Medium> {
    match (&options.archive, ledger) {
        (Some(archive), Some(first)) => {
            Arc::new(WithArchive::new(medium.clone(), archive.clone(), first))
        }
        _ => medium.clone(),
    }
}

/// The names in a directory that is no backup.
pub(crate) fn list(medium: &dyn Medium) -> Result<Vec<String>> {
    let names = medium.list().map_err(|error| Error::io(medium.path(""), "list", error))?;
    if names.iter().any(|name| is_listing(name)) {
        return Err(Error::IsBackup { path: medium.path("") });
    }
    Ok(names)
}

/// Takes the lock of a store together with others who read. Where there is no file for it, nobody has it: making
/// one would be a change.
pub(crate) fn lock(medium: &dyn Medium, names: &[String]) -> Result<Option<Lock>> {
    if !names.iter().any(|name| name == LOCK_FILE) {
        return Ok(None);
    }
    let locked = medium.lock(LOCK_FILE, LockMode::Shared);
    let lock = locked.map_err(|error| Error::io(medium.path(LOCK_FILE), "lock", error))?;
    lock.map(Some).ok_or_else(|| Error::Locked { path: medium.path("") })
}

/// The keys of a store, the first segment of which its log is kept for ever, and what is wrong with its manifest. Without a manifest, the files say of which store they
/// are, and everything is there but the keys.
pub(crate) fn keys(
    medium: &dyn Medium,
    names: &[String],
    options: &Options,
) -> Result<(Keyring, Option<u64>, Option<Problem>)> {
    let is_asked = options.ledger.unwrap_or(options.archive.is_some());
    let asked = is_asked.then_some(1);
    let damage = match manifest::read(medium) {
        Ok(Some(manifest)) => {
            let (keyring, _) = recovery::unlock(&manifest, &options.encryption)?;
            let ledger = manifest.ledger.filter(|_| options.ledger != Some(false));
            return Ok((keyring, ledger.or(asked), None));
        }
        Ok(None) => Error::Corrupt {
            file: medium.path(manifest::FILE),
            offset: 0,
            expected: "the manifest of a store".to_owned(),
            found: "no such file".to_owned(),
        },
        Err(error @ Error::Corrupt { .. }) => error,
        Err(error) => return Err(error),
    };
    let mut stores = Vec::new();
    for name in names {
        if let Some((store, is_encrypted)) = read_identity(medium, name)? {
            if is_encrypted {
                // Its keys were in the manifest and nowhere else.
                return Err(damage);
            }
            stores.push(store);
        }
    }
    match most_frequent(&stores) {
        Some(store) => Ok((Keyring::plain(store), asked, Some(Problem::of_corrupt(damage)?))),
        None if names.iter().any(|name| is_of_a_store(name) || name == manifest::FILE) => {
            Err(damage)
        }
        None => {
            let missing = io::ErrorKind::NotFound.into();
            Err(Error::io(medium.path(manifest::FILE), "open", missing))
        }
    }
}

/// Of which store a file says that it is, and whether it is encrypted; `None` where it says nothing.
fn read_identity(medium: &dyn Medium, name: &str) -> Result<Option<(StoreId, bool)>> {
    let kind = if segment::number_of(name).is_some() {
        FileKind::Segment
    } else if checkpoint::number_of(name).is_some() {
        FileKind::Checkpoint
    } else {
        return Ok(None);
    };
    let bytes = medium.read_part(name, 0, HEADER_BYTES);
    let bytes = bytes.map_err(|error| Error::io(medium.path(name), "read", error))?;
    let header = segment::Header::parse(&bytes, kind).ok();
    Ok(header.map(|header| (header.store, header.mark.epoch > 0)))
}

fn is_of_a_store(name: &str) -> bool {
    segment::number_of(name).is_some() || checkpoint::number_of(name).is_some()
}

fn most_frequent(stores: &[StoreId]) -> Option<StoreId> {
    let count = |store: &StoreId| stores.iter().filter(|other| *other == store).count();
    stores.iter().max_by_key(|store| count(store)).copied()
}
