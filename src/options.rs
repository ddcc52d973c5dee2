//! What a user can choose when opening a store or starting a transaction.

mod watch;

pub(crate) use watch::Slow;
pub use watch::SlowTransaction;

use crate::clock::Clock;
use crate::envelope::compression::Compression;
use crate::envelope::key::EncryptionKey;
use crate::media::disk::{Disk, DiskShelf};
use crate::media::{Medium, Shelf};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The size that a commit can have, so that its frame stays below 4 GiB.
pub(crate) const MOST_COMMIT_BYTES: usize = 2 << 30;

/// What an [import](crate::Store::import) does where a record with the key is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Merge {
    /// It ends with an error that names the key.
    #[default]
    Refuse,
    /// The record that is there stays.
    Keep,
    /// The record of the export takes its place.
    Replace,
    /// It ends with an error before anything is written to a collection that has any record.
    IntoEmpty,
}

/// When a commit counts as done.
///
/// Whatever the level, a store that was lost to a crash reopens at a prefix of its commits: never
/// with a later commit and without an earlier one, never with half of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum Durability {
    /// In memory and visible. It is written and synced in the background, which begins within
    /// [`Options::flush_interval`](crate::Options::flush_interval): a crash of the process or the
    /// machine may lose that much.
    Background,
    /// Handed to the operating system: survives the end of the process, not the loss of power.
    Write,
    /// On disk, with everything before it.
    #[default]
    Fsync,
}

/// What a transaction is protected from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Isolation {
    /// As if transactions ran one after the other. A transaction commits only if everything it read
    /// is still so.
    #[default]
    Serializable,
    /// A transaction sees one version throughout and commits only if nobody else changed a key it
    /// writes. Two transactions may each change what the other read (*write skew*).
    Snapshot,
}

/// Whether what is written is encrypted.
#[derive(Debug, Clone, Default)]
pub(crate) enum Encryption {
    /// No, and there is no key for what was.
    #[default]
    None,
    /// Yes, with the keys that this one wraps.
    On(EncryptionKey),
    /// No; this is the key for what was.
    Off(EncryptionKey),
}

impl Encryption {
    pub(crate) fn is_on(&self) -> bool {
        matches!(self, Self::On(_))
    }

    pub(crate) fn key(&self) -> Option<&EncryptionKey> {
        match self {
            Self::None => None,
            Self::On(key) | Self::Off(key) => Some(key),
        }
    }
}

/// Which old versions a store keeps for [`Store::as_of`](crate::Store::as_of).
///
/// Versions in memory share what did not change between them, so each costs what its commit changed, and
/// is there without a search. They are kept from the time the store was opened on. What memory does not
/// have is made of the log's commits, as far as the log goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum History {
    /// In memory the newest version alone, beside those that somebody holds.
    #[default]
    None,
    /// The newest versions in memory, so many, at least 1 and at most 1,048,576.
    Versions(u64),
    /// In memory what was the newest version at some time within this span, measured back from the time of
    /// the newest commit: without commits nothing goes. At most 1,048,576 versions.
    For(Duration),
    /// All of the log, for ever, like [`Options::ledger`]; in memory the newest version alone.
    Ledger,
}

/// Backups that a store makes by itself.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    pub(crate) shelf: Arc<dyn Shelf>,
    /// How many stay.
    pub(crate) keep: usize,
    pub(crate) every: Duration,
}

impl Schedule {
    pub(crate) fn new(shelf: Arc<dyn Shelf>, keep: usize, every: Duration) -> Self {
        Self { shelf, keep: keep.max(1), every: every.max(Duration::from_secs(1)) }
    }
}

/// How a store is opened. Made by [`Store::options`](crate::Store::options).
#[derive(Debug, Clone)]
#[must_use = "options do nothing until the store is opened with `open` or `in_memory`"]
pub struct Options {
    pub(crate) durability: Durability,
    pub(crate) isolation: Isolation,
    pub(crate) flush_interval: Duration,
    pub(crate) segment_bytes: u64,
    pub(crate) checkpoint_bytes: u64,
    pub(crate) max_record_bytes: usize,
    pub(crate) max_transaction_bytes: usize,
    pub(crate) create: bool,
    pub(crate) read_only: bool,
    pub(crate) compression: Compression,
    pub(crate) encryption: Encryption,
    pub(crate) history: History,
    pub(crate) ledger: Option<bool>,
    pub(crate) archive: Option<Arc<dyn Medium>>,
    pub(crate) sweep: bool,
    pub(crate) sweep_interval: Duration,
    pub(crate) backups: Option<Schedule>,
    pub(crate) max_queued_bytes: usize,
    pub(crate) memory_limit: Option<u64>,
    pub(crate) max_snapshot_age: Option<Duration>,
    pub(crate) slow: Option<Slow>,
    pub(crate) follow_interval: Duration,
    pub(crate) clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            isolation: Isolation::default(),
            flush_interval: Duration::from_millis(100),
            segment_bytes: 64 << 20,
            checkpoint_bytes: 4 << 20,
            max_record_bytes: 64 << 20,
            max_transaction_bytes: 1 << 30,
            create: true,
            read_only: false,
            compression: Compression::default(),
            encryption: Encryption::default(),
            history: History::default(),
            ledger: None,
            archive: None,
            sweep: true,
            sweep_interval: Duration::from_secs(1),
            backups: None,
            max_queued_bytes: 64 << 20,
            memory_limit: None,
            max_snapshot_age: None,
            slow: None,
            follow_interval: Duration::from_millis(20),
            clock: Clock::default(),
        }
    }
}

impl Options {
    /// When a commit counts as done, unless the transaction says otherwise. Default:
    /// [`Durability::Fsync`].
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How transactions are isolated, unless the transaction says otherwise. Default:
    /// [`Isolation::Serializable`].
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// The time after which commits at [`Durability::Background`] begin to be written and synced.
    /// Default: 100 ms.
    pub fn flush_interval(mut self, interval: Duration) -> Self {
        self.flush_interval = interval;
        self
    }

    /// The size in bytes at which the log goes on in a new file. At least 64 KiB, at most 1 GiB;
    /// default: 64 MiB.
    pub fn segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes.clamp(64 << 10, 1 << 30);
        self
    }

    /// The least by which the log grows, in bytes, before the store writes a checkpoint by itself;
    /// `u64::MAX` leaves it to [`Store::checkpoint`](crate::Store::checkpoint). Default: 4 MiB.
    ///
    /// Beyond that, a checkpoint is written when the files come near three times the encoded size of what is
    /// live, or the log behind the last checkpoint has grown to one and a half of that.
    pub fn checkpoint_bytes(mut self, bytes: u64) -> Self {
        self.checkpoint_bytes = bytes.max(64 << 10);
        self
    }

    /// The largest encoded size of one record, in bytes; a larger one gives
    /// [`Error::TooLarge`](crate::Error::TooLarge). Default: 64 MiB.
    pub fn max_record_bytes(mut self, bytes: usize) -> Self {
        self.max_record_bytes = bytes;
        self
    }

    /// The largest encoded size of one transaction's changes, in bytes. At most 2 GiB; default:
    /// 1 GiB.
    pub fn max_transaction_bytes(mut self, bytes: usize) -> Self {
        self.max_transaction_bytes = bytes.min(MOST_COMMIT_BYTES);
        self
    }

    /// Whether a store that is not there is created. Default: yes.
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Which old versions are kept in memory. Default: [`History::None`].
    pub fn history(mut self, history: History) -> Self {
        self.history = history;
        if history == History::Ledger {
            self.ledger = Some(true);
        }
        self
    }

    /// Whether the log keeps every commit for ever, so that each version, the history of each record, and
    /// who changed what can be told from it. Else a part of the log that is not needed for recovery may go.
    ///
    /// Default: as before, and no for a new store. The store remembers it: what was once opened as a ledger stays
    /// one, whoever opens it, until somebody says `false`. A store that becomes a ledger later is one from the oldest
    /// part of its log that is left ([`Store::is_ledger`](crate::Store::is_ledger)).
    pub fn ledger(mut self, ledger: bool) -> Self {
        self.ledger = Some(ledger);
        self
    }

    /// Where a ledger's older segments go: a directory on another disk, say, or a bucket that is mounted. With an archive
    /// the store is a [ledger](Self::ledger), unless `ledger(false)` says otherwise.
    ///
    /// Behind each checkpoint, the segments that an opening does not need, even if the newest checkpoint is damaged, are copied there,
    /// read back and compared, made durable, and only then removed from the store's directory;
    /// [`Store::compact`](crate::Store::compact) does so with all segments before the checkpoint that it writes. Nobody
    /// waits for it but the next checkpoint, a backup, and closing, for a part of a file. If it fails, the segments stay
    /// where they are, and the next checkpoint tries again ([`Stats::last_archive_error`](crate::Stats::last_archive_error)).
    ///
    /// Whoever looks back ([`Store::commits`](crate::Store::commits), [`Store::as_of`](crate::Store::as_of), a backup, …) reads both
    /// directories as one. Opening the store, reading and writing need no archive, and work while it is not there; what
    /// is in it gives [`Error::MissingSegment`](crate::Error::MissingSegment) then. An archive is that of one store. See
    /// [`docs::history`](crate::docs::history).
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Item { #[key] id: u64 }
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().expect("there is a place for temporary files");
    /// # let path = |name: &str| directory.path().join(name);
    /// let store = Store::options().archive(path("archive")).open(path("store"))?;
    /// store.collection::<Item>()?.put(Item { id: 1 })?;
    /// store.compact()?;
    /// assert!(path("archive").join("0000000000000001.log").exists());
    /// assert_eq!(store.commits(..)?.count(), 2);
    /// # Ok(()) }
    /// ```
    pub fn archive(mut self, directory: impl AsRef<Path>) -> Self {
        self.archive = Some(Arc::new(Disk::new(directory.as_ref())));
        self
    }

    /// Whether the store is opened for reading only: nothing on disk is touched, any number of
    /// readers may have it open at once, and a writer may not. Default: no.
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// How long a [follower](Self::follow) waits between two looks for something new. Default: 20 ms; at least 1 ms.
    /// With `Duration::MAX` it looks only when [`Store::refresh`](crate::Store::refresh) is called.
    pub fn follow_interval(mut self, interval: Duration) -> Self {
        self.follow_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// How the log is compressed from now on. What is there stays as it is, and is read under any
    /// setting. Default: [`Compression::Snappy`].
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Opens an encrypted store with its key, creates one, or turns encryption on for a store that has
    /// none: from now on what is written is encrypted, with AES-GCM of the key's size. Segments of the
    /// log that are there stay as they are, readable without any key. A store in memory has no use for a
    /// key. Default: no key, and nothing is encrypted.
    ///
    /// ```
    /// # use folio::{EncryptionKey, Error, Store};
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().expect("there is a place for temporary files");
    /// # let path = directory.path().join("app.folio");
    /// let key = EncryptionKey::from_bytes([7; 32]);
    /// Store::options().encryption(key.clone()).open(&path)?.close()?;
    ///
    /// assert!(matches!(Store::open(&path), Err(Error::WrongKey)));
    /// Store::options().encryption(key).open(&path)?;
    /// # Ok(()) }
    /// ```
    pub fn encryption(mut self, key: EncryptionKey) -> Self {
        self.encryption = Encryption::On(key);
        self
    }

    /// Turns encryption off: opens the store with its key, and from now on nothing is encrypted.
    /// Segments that are encrypted stay so, and need the key at each opening. A store that has none
    /// opens without a key from then on.
    pub fn encryption_off(mut self, key: EncryptionKey) -> Self {
        self.encryption = Encryption::Off(key);
        self
    }

    /// Whether records that have [expired](crate::Record::EXPIRES) are removed in the background, by a
    /// thread that is started with the first collection that has such records. Without it they are
    /// invisible all the same, but stay in memory until [`Store::sweep`](crate::Store::sweep) removes them.
    /// Default: yes. A store that is read-only is never swept.
    pub fn sweep(mut self, sweep: bool) -> Self {
        self.sweep = sweep;
        self
    }

    /// How long the sweeper pauses when it has removed what had expired. Longer means that expired records
    /// stay in memory for longer, and that more of them are removed at once; what can be read does
    /// not depend on it. Default: 1 s.
    pub fn sweep_interval(mut self, interval: Duration) -> Self {
        self.sweep_interval = interval;
        self
    }

    /// Has the store make backups by itself: one every so often, if anything was committed since the one
    /// before, each in a directory of its own below `directory`, named `2026-11-23T011832Z-v1234-…` by time,
    /// version and store. The newest `keep` of them stay, at least 1. Intervals are of at least a second.
    /// Default: none are made.
    ///
    /// They are made by a thread, like [`Store::backup`](crate::Store::backup): nobody waits for them, and one that fails
    /// does nothing to the store ([`Stats::failed_backups`](crate::Stats::failed_backups)). The schedule goes on over restarts:
    /// the first is due when the newest one in the directory is older than `every`. Only backups of this store
    /// that a schedule made are ever counted or removed. A store in memory has nothing to back up, and one that is
    /// [`read_only`](Self::read_only) leaves it to who writes: both make none. See
    /// [`docs::backups`](crate::docs::backups).
    ///
    /// ```
    /// # use folio::Store;
    /// # use std::time::Duration;
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().expect("there is a place for temporary files");
    /// # let path = |name: &str| directory.path().join(name);
    /// // The last week, day by day.
    /// let day = Duration::from_hours(24);
    /// let store = Store::options().backups(path("backups"), 7, day).open(path("store"))?;
    /// # Ok(()) }
    /// ```
    pub fn backups(mut self, directory: impl AsRef<Path>, keep: usize, every: Duration) -> Self {
        let directory = DiskShelf::new(directory.as_ref());
        self.backups = Some(Schedule::new(Arc::new(directory), keep, every));
        self
    }
}
