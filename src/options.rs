//! What a user can choose when opening a store or starting a transaction.

use std::time::Duration;

/// The size that a commit can have, so that its frame stays below 4 GiB.
pub(crate) const MOST_COMMIT_BYTES: usize = 2 << 30;

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

/// How a store is opened. Made by [`Store::options`](crate::Store::options).
#[derive(Debug, Clone)]
#[must_use = "options do nothing until the store is opened with `open` or `in_memory`"]
pub struct Options {
    pub(crate) durability: Durability,
    pub(crate) isolation: Isolation,
    pub(crate) flush_interval: Duration,
    pub(crate) segment_bytes: u64,
    pub(crate) max_record_bytes: usize,
    pub(crate) max_transaction_bytes: usize,
    pub(crate) create: bool,
    pub(crate) read_only: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            isolation: Isolation::default(),
            flush_interval: Duration::from_millis(100),
            segment_bytes: 64 << 20,
            max_record_bytes: 64 << 20,
            max_transaction_bytes: 1 << 30,
            create: true,
            read_only: false,
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

    /// Whether the store is opened for reading only: nothing on disk is touched, any number of
    /// readers may have it open at once, and a writer may not. Default: no.
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }
}
