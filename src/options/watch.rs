//! Limits, and what is reported of those who take long.

use crate::options::Options;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A transaction that took longer than [`Options::slow_transactions`] allows for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlowTransaction {
    /// From when it was first begun until its commit was over: its closure, all attempts, the pauses between
    /// them, and waiting for the disk.
    pub duration: Duration,
    /// How often it was run, 1 without a conflict.
    pub attempts: u32,
    /// The names of the collections that it opened, in the order in which it did.
    pub collections: Vec<String>,
    /// What it says of itself ([`TransactionOptions::meta`](crate::TransactionOptions::meta)).
    pub meta: Vec<(String, String)>,
    /// Whether it committed; else it ended with an error of the commit's.
    pub committed: bool,
}

/// Who is told of slow transactions.
type Told = Arc<dyn Fn(&SlowTransaction) + Send + Sync>;

/// Which transactions are slow, and who is told.
#[derive(Clone)]
pub(crate) struct Slow {
    pub(crate) threshold: Duration,
    told: Option<Told>,
}

impl Slow {
    pub(crate) fn tell(&self, slow: &SlowTransaction) {
        if let Some(told) = &self.told {
            told(slow);
        }
    }
}

impl fmt::Debug for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slow").field("threshold", &self.threshold).finish_non_exhaustive()
    }
}

impl Options {
    /// Counts transactions that take longer than this ([`Stats::slow_transactions`](crate::Stats::slow_transactions)), and, with the
    /// feature `tracing`, makes a warning of each. Only those that came to their commit: one whose closure gave up is none.
    /// Default: none are looked for.
    pub fn slow_transactions(mut self, threshold: Duration) -> Self {
        self.slow = Some(Slow { threshold, told: None });
        self
    }

    /// Like [`slow_transactions`](Self::slow_transactions), and calls somebody with each. It is called by the
    /// thread of the transaction when that is over, with no lock held; what it does makes that thread slower still.
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # use std::sync::mpsc;
    /// # use std::time::Duration;
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Item { #[key] id: u64 }
    /// # fn main() -> folio::Result<()> {
    /// let (sender, slow) = mpsc::channel();
    /// let store = Store::options()
    ///     .slow_transactions_to(Duration::ZERO, move |slow| drop(sender.send(slow.clone())))
    ///     .in_memory();
    /// store.transaction().meta("actor", "ada").run(|tx| tx.collection::<Item>()?.put(Item { id: 1 }))?;
    /// let slow = slow.recv().expect("every transaction takes longer than nothing");
    /// assert_eq!((slow.attempts, &slow.meta[0].1[..]), (1, "ada"));
    /// # Ok(()) }
    /// ```
    pub fn slow_transactions_to(
        mut self,
        threshold: Duration,
        told: impl Fn(&SlowTransaction) + Send + Sync + 'static,
    ) -> Self {
        self.slow = Some(Slow { threshold, told: Some(Arc::new(told)) });
        self
    }

    /// Reports versions that are held for longer than this after a newer one took their place: by a snapshot that was
    /// forgotten, say, or an iterator. Each is counted once ([`Stats::long_held_versions`](crate::Stats::long_held_versions)) and,
    /// with the feature `tracing`, a warning, when something is committed while it is held. Default: none are looked for.
    ///
    /// It is a limit that is watched, not one that is enforced: a snapshot never fails and nothing is taken from
    /// under it. What it keeps in memory goes when it is dropped. Versions that
    /// [`history`](Self::history) keeps are no matter of this: that has a limit of its own.
    pub fn max_snapshot_age(mut self, age: Duration) -> Self {
        self.max_snapshot_age = Some(age);
        self
    }

    /// The memory that the newest version may take, in bytes, by an estimate. Default: there is no limit.
    ///
    /// A transaction that puts records is refused with [`Error::MemoryLimit`](crate::Error::MemoryLimit) where the estimate and the size of what it
    /// puts come to more; it has changed nothing then. One that only removes goes through, and so do the sweeper and reading. A store that
    /// is over the limit opens all the same. An import is held to it too.
    ///
    /// The estimate ([`Stats::memory_bytes`](crate::Stats::memory_bytes)) is of the newest version alone: of
    /// records by their number, the sizes of their types and the mean encoded size of those that were written last; of indexes by
    /// the number of their entries. It is not what the allocator has taken: leave room for old versions that are held, for
    /// what waits to be written ([`max_queued_bytes`](Self::max_queued_bytes)), and for an error of the estimate of a third either way (measured were a fifth too little and an eighth too much). Collections that nobody has opened are
    /// counted as the bytes of their operations in the log.
    ///
    /// It costs each commit O(collections that it changes and their indexes).
    ///
    /// ```
    /// # use folio::{Error, Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Note { #[key] id: u64, text: String }
    /// # fn main() -> folio::Result<()> {
    /// let store = Store::options().memory_limit(1 << 20).in_memory();
    /// let notes = store.collection::<Note>()?;
    /// let note = |id| Note { id, text: "x".repeat(1000) };
    /// let full = (0..).find_map(|id| notes.insert(note(id)).err()).expect("it is not endless");
    /// assert!(matches!(full, Error::MemoryLimit { .. }));
    ///
    /// notes.remove_range(0..100)?;
    /// notes.put(note(0))?;
    /// # Ok(()) }
    /// ```
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.memory_limit = Some(bytes);
        self
    }

    /// How much may wait to be written, in bytes, before a commit at [`Durability::Background`](crate::Durability::Background), and one that a
    /// task waits for, has to wait for a flush like the others: so much, and what is being written, is in memory twice for as long as the disk is slower than those who commit.
    /// At least 64 KiB; default: 64 MiB.
    pub fn max_queued_bytes(mut self, bytes: usize) -> Self {
        self.max_queued_bytes = bytes.max(64 << 10);
        self
    }
}
