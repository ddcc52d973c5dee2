//! The parts of [`Stats`](crate::Stats).

use crate::engine::Engine;
use crate::histogram::Histogram;
use crate::sync::Ordering;
use crate::version::slot::Slot;
use crate::when::Version;
use std::time::{Duration, SystemTime};

/// One collection of the newest version, in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CollectionStats {
    /// Its name.
    pub name: String,
    /// How many records it has, with those that have expired and are not removed yet. While it is not
    /// [attached](crate::CollectionInfo::attached), how many operations on it the log has behind the newest
    /// checkpoint and that checkpoint has, which is no less.
    pub records: u64,
    /// About the size of its keys and records in bytes, as they are encoded: the number of records times the
    /// mean size of those that were written last. Exact where all are of one size.
    pub encoded_bytes: u64,
    /// About what it takes of memory, in bytes: by the sizes of its types, the numbers of records and
    /// index entries, and `encoded_bytes` once more for what records own on the heap.
    pub memory_bytes: u64,
    /// Its indexes; none while it is not attached.
    pub indexes: Vec<IndexStats>,
    /// Commits that were refused because of a conflict in it. A transaction that was run again counts once for
    /// each attempt that lost.
    pub conflicts: u64,
}

/// One index, in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexStats {
    /// Its name.
    pub name: &'static str,
    /// How many entries it has: pairs of index key and record.
    pub entries: u64,
}

/// How long things take, in nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Latency {
    /// Commits, from the end of the closure until the caller hears that it is done: encoding, waiting for the
    /// commit lock, validating, and waiting for the disk. All those that wait for a sync, and one of 17 of the others.
    pub commit: Histogram,
    /// The part of it in which the commit is validated and made a version, under the commit lock: nobody
    /// else commits meanwhile. Of the same commits.
    pub validation: Histogram,
    /// Syncs of the log for commits.
    pub sync: Histogram,
}

/// Versions that newer ones took the place of, and that somebody still holds: a snapshot, view or iterator, an open
/// transaction, a checkpoint or backup that is being written. What they don't share with newer versions stays in
/// memory. Versions that [`Options::history`](crate::Options::history) keeps are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct HeldVersions {
    /// How many.
    pub count: u64,
    /// The oldest of them.
    pub oldest: Option<Version>,
    /// When the version behind that was committed: it is held for at least as long.
    pub superseded: Option<SystemTime>,
    /// How long ago that was; zero where there is none.
    pub age: Duration,
}

/// What the files of the store come to, in bytes, without space that is reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FileStats {
    /// The newest checkpoint.
    pub checkpoint_bytes: u64,
    /// The log behind it, or all of it: what opening the store would read beside the checkpoint.
    pub log_bytes: u64,
    /// What is older and goes with the next checkpoint, as far as this process has made it so. In a
    /// [ledger](crate::Options::ledger) the log of it stays.
    pub older_bytes: u64,
}

impl CollectionStats {
    pub(super) fn of(slot: &Slot) -> Self {
        let identity = slot.identity();
        let index = |((name, _), entries): (_, usize)| IndexStats { name, entries: entries as u64 };
        let indexes = slot.table().into_iter();
        let indexes =
            indexes.flat_map(|table| table.indexes().into_iter().zip(table.index_entries()));
        Self {
            name: identity.name.clone(),
            records: slot.most_records() as u64,
            encoded_bytes: slot.encoded_bytes(),
            memory_bytes: slot.memory_bytes(),
            indexes: indexes.map(index).collect(),
            conflicts: identity.conflicts.load(Ordering::Relaxed),
        }
    }

    /// All collections of the newest version, by name.
    pub(super) fn all(engine: &Engine) -> Vec<Self> {
        engine.pipeline().published().slots().map(|slot| Self::of(slot)).collect()
    }
}

impl Latency {
    pub(super) fn of(engine: &Engine) -> Self {
        let statistics = engine.statistics();
        Self {
            commit: statistics.commit.read(),
            validation: statistics.validation.read(),
            sync: engine.log_counters().sync_time.read(),
        }
    }
}

impl HeldVersions {
    pub(super) fn of(engine: &Engine) -> Self {
        let held = engine.pipeline().held_versions();
        let now_micros = engine.clock().now_nanos() / 1_000;
        let since = held.oldest.map(|(_, micros)| micros);
        Self {
            count: held.count,
            oldest: held.oldest.map(|(number, _)| Version::new(number)),
            superseded: since.map(|micros| SystemTime::UNIX_EPOCH + Duration::from_micros(micros)),
            age: Duration::from_micros(since.map_or(0, |since| now_micros.saturating_sub(since))),
        }
    }
}

impl FileStats {
    pub(super) fn of(engine: &Engine) -> Self {
        let sizes = engine.file_sizes();
        Self { checkpoint_bytes: sizes.checkpoint, log_bytes: sizes.log, older_bytes: sizes.before }
    }
}
