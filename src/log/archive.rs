//! The archive: segments of a ledger that recovery does not need, in another directory.
//!
//! The log of a ledger only grows, and nobody needs most of it but who looks back. So its older segments may
//! be moved elsewhere: to another disk, or a bucket that is mounted. They keep their names and their bytes.
//!
//! # Moving one
//!
//! It is copied under another name, made durable, read back, compared, and given its name; only when that is
//! durable does the one in the store's directory go, and that is durable before the next one is moved. So each
//! segment is whole in one of the two at any time, and those that are left in the store's directory have no gap.
//! Two different files never take each other's place: one that is there already is compared.
//!
//! # Reading both
//!
//! [`WithArchive`] is the store's directory as if nothing had been moved. Of the archive it shows what can only
//! have been moved there: segments from the ledger's first one up to the newest checkpoint. Behind that an archive
//! may have segments of another history, if the store is one that was restored from a backup and went on
//! differently. Within these limits whatever does not belong there breaks the chain.

use crate::error::{Error, Result};
use crate::log::backup::{Copying, hashed, is_listing};
use crate::log::checkpoint;
use crate::log::frame::StoreId;
use crate::log::manifest;
use crate::log::segment::{self, FileKind, HEADER_BYTES, Header};
use crate::media::{LockMode, Medium, MediumFile};
use crate::steps::Steps;
use std::any::Any;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// What the name of a copy ends in that is being made.
const NEW_SUFFIX: &str = ".new";

/// From where to where segments are moved.
#[derive(Debug)]
pub(crate) struct Moving<'a> {
    pub(crate) store: &'a dyn Medium,
    pub(crate) archive: &'a dyn Medium,
    pub(crate) identity: StoreId,
    /// The first segment of the ledger.
    pub(crate) first: u64,
}

impl Moving<'_> {
    /// Checks that the archive is one, and that of this store: it may be a directory that somebody
    /// confused, or one on which nothing is mounted at the moment. `next` is the segment to be moved next.
    pub(crate) fn check(&self, next: u64) -> Result<()> {
        let archive = self.archive;
        archive.create_directory().map_err(|error| self.failed("create", error))?;
        let names = archive.list().map_err(|error| self.failed("list", error))?;
        if names.iter().any(|name| name == manifest::FILE || is_listing(name)) {
            return Err(self.not_an_archive("it is a store or a backup".to_owned()));
        }
        // One of the archive says for all of them of which store they are; their chain is checked by who reads them.
        let moved = next.checked_sub(1).filter(|moved| *moved >= self.first);
        let some = moved.or_else(|| names.iter().find_map(|name| segment::number_of(name)));
        let Some(number) = some else { return Ok(()) };
        let name = segment::file_name(number);
        let header = match archive.read_part(&name, 0, HEADER_BYTES) {
            Ok(bytes) => Header::parse(&bytes, FileKind::Segment).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let found = format!("it has no `{name}`, which was moved there earlier");
                return Err(self.not_an_archive(found));
            }
            Err(error) => return Err(Error::io(archive.path(&name), "read", error)),
        };
        match header {
            Some(header) if header.store == self.identity && header.number == number => Ok(()),
            _ => Err(self.not_an_archive(format!("its `{name}` is no segment of this store"))),
        }
    }

    /// Moves a segment: reads it twice, here or there. Returns its size.
    pub(crate) fn take(&self, name: &str, steps: &Steps<'_>) -> Result<u64> {
        let Self { store, archive, .. } = *self;
        let names = archive.list().map_err(|error| self.failed("list", error))?;
        let bytes = if names.iter().any(|other| other == name) {
            let (mine, other) = (hashed(store, name, steps)?, hashed(archive, name, steps)?);
            if mine != other {
                let found = format!("its `{name}` is not the one that this store has");
                return Err(self.not_an_archive(found));
            }
            // Whoever put it there may have ended before it was durable.
            let mut file =
                archive.open(name).map_err(|error| Error::io(archive.path(name), "open", error))?;
            file.sync().map_err(|error| Error::io(archive.path(name), "sync", error))?;
            mine.bytes
        } else {
            let copy = format!("{name}{NEW_SUFFIX}");
            let copying = Copying { from: store, to: archive, steps };
            let copied = copying.copy_as(name, &copy, u64::MAX)?;
            let back = hashed(archive, &copy, steps)?;
            if (copied.bytes, &copied.sha256) != (back.bytes, &back.sha256) {
                return Err(Error::Corrupt {
                    file: archive.path(&copy),
                    offset: 0,
                    expected: format!("what `{name}` has"),
                    found: "other bytes, right behind their writing".to_owned(),
                });
            }
            let rename = archive.rename(&copy, name);
            rename.map_err(|error| Error::io(archive.path(name), "rename", error))?;
            copied.bytes
        };
        archive.sync_directory().map_err(|error| self.failed("sync", error))?;
        let remove = || {
            store.remove(name)?;
            store.sync_directory()
        };
        remove().map_err(|error| Error::io(store.path(name), "remove", error))?;
        Ok(bytes)
    }

    fn failed(&self, what: &'static str, error: io::Error) -> Error {
        Error::io(self.archive.path(""), what, error)
    }

    fn not_an_archive(&self, found: String) -> Error {
        Error::NotTheArchive { path: self.archive.path(""), found }
    }
}

/// The directory of a ledger and its archive, read as one. Written to is the directory.
#[derive(Debug)]
pub(crate) struct WithArchive {
    store: Arc<dyn Medium>,
    archive: Arc<dyn Medium>,
    /// The first segment of the ledger.
    first: u64,
}

impl WithArchive {
    pub(crate) fn new(store: Arc<dyn Medium>, archive: Arc<dyn Medium>, first: u64) -> Self {
        Self { store, archive, first }
    }

    /// Whether a file, if it is in the archive, counts.
    fn is_archived(&self, name: &str) -> io::Result<bool> {
        let Some(number) = segment::number_of(name) else { return Ok(false) };
        Ok(counts(&self.store.list()?, self.first, number))
    }

    /// What the directory gives, or where that has no such file, what the archive gives.
    fn either<R>(&self, name: &str, read: impl Fn(&dyn Medium) -> io::Result<R>) -> io::Result<R> {
        match read(&*self.store) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.is_archived(name)? => {
                read(&*self.archive)
            }
            found => found,
        }
    }
}

/// Whether a segment counts that is in the archive, given the names in the store's directory.
fn counts(names: &[String], first: u64, number: u64) -> bool {
    let newest = names.iter().filter_map(|name| checkpoint::number_of(name)).max();
    newest.is_some_and(|newest| (first..newest).contains(&number))
        && !names.contains(&segment::file_name(number))
}

impl Medium for WithArchive {
    fn path(&self, name: &str) -> PathBuf {
        match self.is_archived(name) {
            Ok(true) => self.archive.path(name),
            _ => self.store.path(name),
        }
    }

    fn create_directory(&self) -> io::Result<()> {
        self.store.create_directory()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = self.store.list()?;
        let archived = match self.archive.list() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
            archived => archived?,
        };
        let is_one = |name: &String| {
            let number = segment::number_of(name);
            number.is_some_and(|number| counts(&names, self.first, number))
        };
        let archived: Vec<String> = archived.into_iter().filter(is_one).collect();
        names.extend(archived);
        names.sort_unstable();
        Ok(names)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.either(name, |medium| medium.read(name))
    }

    fn read_part(&self, name: &str, offset: u64, count: usize) -> io::Result<Vec<u8>> {
        self.either(name, |medium| medium.read_part(name, offset, count))
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        self.either(name, |medium| medium.size(name))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn MediumFile>> {
        self.store.create(name)
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn MediumFile>> {
        self.store.open(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.store.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.store.remove(name)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.store.sync_directory()
    }

    fn lock(&self, name: &str, mode: LockMode) -> io::Result<Option<Box<dyn Any + Send + Sync>>> {
        self.store.lock(name, mode)
    }
}
