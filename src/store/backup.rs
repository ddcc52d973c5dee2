//! Backups, for users: making them, what is in one, restoring.

use crate::engine::checkpoints::Made;
use crate::engine::restore;
use crate::engine::retained::Sought;
use crate::error::Result;
use crate::log::backup::{Listed, Listing};
use crate::media::Medium;
use crate::media::disk::Disk;
use crate::options::Options;
use crate::steps::{GoOn, UNOBSERVED};
use crate::store::Store;
use crate::when::{Version, When};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What a backup has, as its file `BACKUP.json` says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackupInfo {
    /// Its directory.
    pub path: PathBuf,
    /// The version that [`Store::restore`] gives.
    pub version: Version,
    /// When that version was committed.
    pub time: SystemTime,
    /// The oldest version that [`Store::restore_until`] can give.
    pub oldest: Version,
    /// When the backup was made.
    pub made: SystemTime,
    /// The version of the backup that was there before and was continued; `None` where everything was copied.
    pub continues: Option<Version>,
    /// The names of the collections, and how many records each has, expired ones among them.
    pub collections: Vec<(String, u64)>,
    /// The names of the files that were copied from the store when it was made, without the manifest. Empty where
    /// the backup was made earlier and only looked at ([`BackupInfo::read`]).
    pub copied: Vec<String>,
    /// Their size.
    pub copied_bytes: u64,
    /// The size of all files that belong to the backup.
    pub bytes: u64,
}

impl BackupInfo {
    pub(super) fn of(path: PathBuf, listing: Listing, copied: Vec<Listed>) -> Self {
        let Listing { version, time_micros, oldest_version, made_micros, continues, .. } = listing;
        let at = |micros| SystemTime::UNIX_EPOCH + Duration::from_micros(micros);
        let size = |files: &[Listed]| files.iter().map(|file| file.bytes).sum::<u64>();
        Self {
            path,
            version: Version::new(version),
            time: at(time_micros),
            oldest: Version::new(oldest_version),
            made: at(made_micros),
            continues: continues.map(Version::new),
            copied_bytes: size(&copied),
            bytes: size(&listing.files) + listing.manifest.bytes,
            copied: copied.into_iter().map(|file| file.name).collect(),
            collections: listing
                .collections
                .into_iter()
                .map(|collection| (collection.name, collection.records))
                .collect(),
        }
    }
}

impl Store {
    /// Makes a backup of the newest version in a directory, while the store goes on: nobody waits for it
    /// but whoever wants a checkpoint, and a commit meanwhile for one sync more.
    ///
    /// Where the directory has an earlier backup of this store already, that is continued: only what was written to
    /// the log since is copied, O(bytes since). Where it has not, or checkpoints have removed some of that,
    /// the newest checkpoint and the log behind it are copied, O(bytes). The earlier backup stays as it is until the
    /// new one is whole.
    ///
    /// What was copied is read back and checked; it is durable when this returns. A backup of an
    /// encrypted store is encrypted, and needs the key that the store has now. See
    /// [`docs::backups`](crate::docs::backups).
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Item { #[key] id: u64 }
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let (path, backup) = (directory.path().join("store"), directory.path().join("backup"));
    /// # let restored = directory.path().join("restored");
    /// let store = Store::open(path)?;
    /// let items = store.collection::<Item>()?;
    /// items.put(Item { id: 1 })?;
    /// store.backup(&backup)?;
    /// items.put(Item { id: 2 })?;
    /// let info = store.backup(&backup)?;
    /// assert_eq!(info.copied.len(), 1);
    ///
    /// Store::restore(&backup, &restored)?;
    /// assert_eq!(Store::open(&restored)?.collection::<Item>()?.len(), 2);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotABackup`] where the directory has something else, [`Error::OtherBackup`] where it has a
    /// backup of another store or history, [`Error::Locked`] where somebody makes one there;
    /// [`Error::Corrupt`] where a file of the store or of the backup is damaged, [`Error::Io`],
    /// [`Error::NoLog`] of a store in memory, [`Error::ReadOnly`], [`Error::Closed`] also where it is closed meanwhile,
    /// [`Error::Poisoned`].
    ///
    /// [`Error::Closed`]: crate::Error::Closed
    /// [`Error::Corrupt`]: crate::Error::Corrupt
    /// [`Error::Io`]: crate::Error::Io
    /// [`Error::Locked`]: crate::Error::Locked
    /// [`Error::NoLog`]: crate::Error::NoLog
    /// [`Error::NotABackup`]: crate::Error::NotABackup
    /// [`Error::OtherBackup`]: crate::Error::OtherBackup
    /// [`Error::Poisoned`]: crate::Error::Poisoned
    /// [`Error::ReadOnly`]: crate::Error::ReadOnly
    pub fn backup(&self, directory: impl AsRef<Path>) -> Result<BackupInfo> {
        self.backup_on(&disk(directory.as_ref()), UNOBSERVED)
    }

    /// Makes a backup on any medium.
    pub(crate) fn backup_on(&self, to: &Arc<dyn Medium>, observer: GoOn<'_>) -> Result<BackupInfo> {
        let Made { listing, copied, .. } = self.engine.backup(to, observer)?;
        Ok(BackupInfo::of(to.path(""), listing, copied))
    }

    /// Makes a store of a backup, in a directory that is empty or not there yet; returns the version that it
    /// has. What is restored is the same store, with the same identity and the same numbers of versions.
    /// Everything is checked, and durable when this returns. O(bytes).
    ///
    /// # Errors
    ///
    /// [`Error::TargetExists`] where something is there, [`Error::NotABackup`], [`Error::Corrupt`]
    /// where the backup is damaged; [`Error::WrongKey`] where it is encrypted
    /// ([`Options::restore`]), [`Error::Io`]. What was copied is removed then.
    ///
    /// [`Error::Corrupt`]: crate::Error::Corrupt
    /// [`Error::Io`]: crate::Error::Io
    /// [`Error::NotABackup`]: crate::Error::NotABackup
    /// [`Error::TargetExists`]: crate::Error::TargetExists
    /// [`Error::WrongKey`]: crate::Error::WrongKey
    pub fn restore(backup: impl AsRef<Path>, target: impl AsRef<Path>) -> Result<Version> {
        Self::options().restore(backup, target)
    }

    /// Like [`restore`](Self::restore), up to a version on the way: that with a number, or the newest one
    /// that was committed at a time or before. From [`BackupInfo::oldest`] on.
    ///
    /// # Errors
    ///
    /// Like [`restore`](Self::restore), and [`Error::OutOfHistory`] where the backup does not go back so far,
    /// [`Error::NotYet`] where it ends before the version.
    ///
    /// [`Error::NotYet`]: crate::Error::NotYet
    /// [`Error::OutOfHistory`]: crate::Error::OutOfHistory
    pub fn restore_until(
        backup: impl AsRef<Path>,
        target: impl AsRef<Path>,
        when: impl Into<When>,
    ) -> Result<Version> {
        Self::options().restore_until(backup, target, when)
    }
}

impl Options {
    /// Like [`Store::restore`], of an encrypted backup with its key ([`encryption`](Self::encryption)).
    ///
    /// # Errors
    ///
    /// Like [`Store::restore`].
    pub fn restore(self, backup: impl AsRef<Path>, target: impl AsRef<Path>) -> Result<Version> {
        self.restore_on(&disk(backup.as_ref()), &disk(target.as_ref()), None, UNOBSERVED)
    }

    /// Like [`Store::restore_until`], of an encrypted backup with its key
    /// ([`encryption`](Self::encryption)).
    ///
    /// # Errors
    ///
    /// Like [`Store::restore_until`].
    pub fn restore_until(
        self,
        backup: impl AsRef<Path>,
        target: impl AsRef<Path>,
        when: impl Into<When>,
    ) -> Result<Version> {
        let when = Some(when.into());
        self.restore_on(&disk(backup.as_ref()), &disk(target.as_ref()), when, UNOBSERVED)
    }

    /// Restores from and to any medium.
    pub(crate) fn restore_on(
        &self,
        backup: &Arc<dyn Medium>,
        target: &Arc<dyn Medium>,
        when: Option<When>,
        observer: GoOn<'_>,
    ) -> Result<Version> {
        restore::restore(backup, target, when.map(Sought::of), self, observer).map(Version::new)
    }
}

pub(super) fn disk(path: &Path) -> Arc<dyn Medium> {
    Arc::new(Disk::new(path))
}
