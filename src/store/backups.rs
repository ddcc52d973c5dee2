//! Which backups there are, for who wants to choose one.

use crate::engine::backups::kept::{self, Kept};
use crate::error::{Error, Result};
use crate::log::backup::{self, Listing};
use crate::media::Shelf;
use crate::media::disk::DiskShelf;
use crate::store::backup::disk;
use crate::store::{BackupInfo, Store};
use std::path::Path;

impl BackupInfo {
    /// What the backup in a directory has, by its listing. Its other files are not read; no key is needed.
    ///
    /// # Errors
    ///
    /// [`Error::NotABackup`], [`Error::Corrupt`] where the listing is damaged,
    /// [`Error::UnsupportedFormat`], [`Error::Io`].
    pub fn read(directory: impl AsRef<Path>) -> Result<Self> {
        let medium = disk(directory.as_ref());
        let listing = Listing::read(&*medium)?.ok_or_else(|| Error::NotABackup {
            path: medium.path(""),
            found: format!("it has no `{}`", backup::FILE),
        })?;
        Ok(Self::of(medium.path(""), listing, Vec::new()))
    }
}

impl Store {
    /// The backups that this store made by itself ([`Options::backups`](crate::Options::backups)) and that are
    /// there, the newest first. Empty where it makes none. Only listings are read; O(backups).
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the directory can't be read.
    pub fn backups(&self) -> Result<Vec<BackupInfo>> {
        let kept = self.engine.backups()?;
        Ok(kept
            .into_iter()
            .map(|(path, Kept { listing, .. })| BackupInfo::of(path, listing, Vec::new()))
            .collect())
    }

    /// All backups that have a directory of their own in this one, of any store and made by hand or not, the
    /// newest first. Only listings are read; O(backups). One whose listing can't be read is not among
    /// them: [`BackupInfo::read`] says why.
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Item { #[key] id: u64 }
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let path = |name: &str| directory.path().join(name);
    /// let store = Store::open(path("store"))?;
    /// store.collection::<Item>()?.put(Item { id: 1 })?;
    /// store.backup(path("backups/monday"))?;
    ///
    /// let newest = Store::backups_in(path("backups"))?.remove(0);
    /// assert_eq!(newest.version, store.version());
    /// Store::restore(newest.path, path("restored"))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the directory can't be read. One that is not there has no backups.
    pub fn backups_in(directory: impl AsRef<Path>) -> Result<Vec<BackupInfo>> {
        let shelf = DiskShelf::new(directory.as_ref());
        let read = |name: String| {
            let medium = shelf.medium(&name);
            let listing = Listing::read(&*medium).ok().flatten()?;
            Some(BackupInfo::of(medium.path(""), listing, Vec::new()))
        };
        let mut infos: Vec<BackupInfo> =
            kept::names(&shelf)?.into_iter().filter_map(read).collect();
        infos.sort_by_key(|info| std::cmp::Reverse((info.made, info.version)));
        Ok(infos)
    }
}
