//! Counts of what a store has done, and how large it is.

#[cfg(feature = "metrics")]
mod facade;
mod parts;
mod prometheus;
mod series;

pub use parts::{CollectionStats, FileStats, HeldVersions, IndexStats, Latency};

use crate::engine::Engine;
use crate::histogram::Histogram;
use crate::sync::Ordering;
use crate::when::Version;
use std::time::{Duration, SystemTime};

/// What a store has done since it was opened, and how large it is ([`Store::stats`](crate::Store::stats)). The counts are
/// taken one after the other while it goes on. The page [`operating`](crate::docs::operating) says what to
/// watch, and [`to_prometheus`](Self::to_prometheus) makes text of them for monitoring.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Commits that became a version. Those that could not be written later are among them.
    pub commits: u64,
    /// Commits that were refused because of a conflict.
    pub conflicts: u64,
    /// Flushes of the log, each of a group of commits.
    pub groups: u64,
    /// Writes to the log, without those of the space it reserves.
    pub writes: u64,
    /// Syncs of the log.
    pub syncs: u64,
    /// Bytes written to the log, without the space it reserves.
    pub log_bytes: u64,
    /// Checkpoints written.
    pub checkpoints: u64,
    /// Checkpoints that the store began by itself and could not finish.
    pub failed_checkpoints: u64,
    /// Versions kept in memory for [`Store::as_of`](crate::Store::as_of), the newest among them.
    pub versions: u64,
    /// The oldest of them.
    pub oldest_version: Version,
    /// Records that were removed because they had [expired](crate::Record::EXPIRES), without those whose
    /// place others took.
    pub swept: u64,
    /// Backups that the store made by itself ([`Options::backups`](crate::Options::backups)).
    pub backups: u64,
    /// Attempts at that which failed.
    pub failed_backups: u64,
    /// The version of the newest backup of the schedule, one of an earlier process included.
    pub last_backup: Option<Version>,
    /// When that was made.
    pub last_backup_time: Option<SystemTime>,
    /// What went wrong at the last attempt; `None` where it went well.
    pub last_backup_error: Option<String>,
    /// Segments that were moved to the [archive](crate::Options::archive).
    pub archived_segments: u64,
    /// Attempts at that which failed.
    pub failed_archivings: u64,
    /// What went wrong at the last attempt; `None` where it went well.
    pub last_archive_error: Option<String>,
    /// How far it has come, of a [follower](crate::Store::follow).
    pub follower: Option<Following>,
    /// Watchers that there are, of [collections](crate::Collection::watch) and of the
    /// [store](crate::Store::watch).
    pub watchers: u64,
    /// The oldest version that any of them has reached, which it keeps in memory; `None` where nobody watches.
    pub oldest_watched: Option<Version>,
    /// What the store was recovered from.
    pub opening: Opening,
    /// Transactions that were run again after a conflict: once for each time.
    pub retries: u64,
    /// Transactions that took longer than [`Options::slow_transactions`](crate::Options::slow_transactions) allows for.
    pub slow_transactions: u64,
    /// Commits that were refused at the [memory limit](crate::Options::memory_limit).
    pub refused_for_memory: u64,
    /// Whether a failure of the log has ended all writing ([`Error::Poisoned`](crate::Error::Poisoned)).
    pub poisoned: bool,
    /// How long things take.
    pub latency: Latency,
    /// How many commits were written together.
    pub group_commits: Histogram,
    /// The size of the commits that wait to be written, in bytes, without those that are being written.
    pub queued_bytes: u64,
    /// What the files come to. All zero for a store in memory, and for one that is read-only.
    pub files: FileStats,
    /// About what the newest version takes of memory, in bytes: the sum over all `collections`.
    pub memory_bytes: u64,
    /// Old versions that somebody holds.
    pub held: HeldVersions,
    /// Versions that were held for longer than [`Options::max_snapshot_age`](crate::Options::max_snapshot_age).
    pub long_held_versions: u64,
    /// The collections of the newest version, by name.
    pub collections: Vec<CollectionStats>,
}

/// How far a [follower](crate::Store::follow) has come.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Following {
    /// How many versions were found in the files that are not published here yet. 0 mostly: what is found is published at once,
    /// unless that fails.
    pub versions_behind: u64,
    /// The time since it last had everything that was in the files: about the
    /// [interval](crate::Options::follow_interval) at most, unless something keeps it.
    pub time_behind: Duration,
    /// How often it went on from a checkpoint, since the log up to there was gone: in one step over all versions between.
    pub jumps: u64,
    /// Why it did not go on at the last look; `None` where it did. [`Store::refresh`](crate::Store::refresh) gives the error
    /// itself.
    pub error: Option<String>,
}

impl Following {
    fn of(engine: &Engine) -> Option<Self> {
        let standing = engine.follower()?.standing();
        let published = engine.pipeline().read(|root| root.number);
        Some(Self {
            versions_behind: standing.newest.saturating_sub(published),
            time_behind: standing.current_at.elapsed(),
            jumps: standing.jumps,
            error: standing.error,
        })
    }
}

/// What was recovered when a store was opened. All zero for a store in memory, and for a new one but for
/// the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Opening {
    /// The version of the checkpoint that was read; `None` where the log was read from its beginning.
    pub checkpoint: Option<Version>,
    /// How many newer checkpoints were passed over because they were damaged. If there are any, the
    /// store has nothing lost, but one more damaged file may be too many: make a backup, have
    /// [`Store::checkpoint`](crate::Store::checkpoint) write a new one, and look after the disk.
    pub damaged_checkpoints: u64,
    /// The size of the log behind the checkpoint, in bytes.
    pub log_bytes: u64,
    /// The size of the torn end of the log, in bytes: what a crash left of writes that nobody was told were
    /// durable. It was cut, or, where the store is read-only, left out.
    pub torn_bytes: u64,
    /// How long it took to read and check all that, and to clear away what a crash left. Collections are decoded
    /// later.
    pub duration: Duration,
}

impl Opening {
    fn of(engine: &Engine) -> Self {
        let (extent, duration) = engine.opened();
        Self {
            checkpoint: extent.checkpoint_version.map(Version::new),
            damaged_checkpoints: extent.damaged_checkpoints,
            log_bytes: extent.log_bytes,
            torn_bytes: extent.torn_bytes,
            duration: *duration,
        }
    }
}

impl Stats {
    pub(crate) fn of(engine: &Engine) -> Self {
        let (oldest, versions) = engine.pipeline().extent();
        let (pipeline, log) = (&engine.pipeline().counters, engine.log_counters());
        let (checkpoints, failed_checkpoints) = engine.checkpoint_counts();
        let (watchers, oldest_watched) = engine.pipeline().watchers.extent();
        let (backups, archived) = (engine.backup_outcome(), engine.archived());
        let statistics = engine.statistics();
        let collections = CollectionStats::all(engine);
        Self {
            commits: pipeline.commits.load(Ordering::Relaxed),
            conflicts: engine.conflicts(),
            groups: pipeline.groups.load(Ordering::Relaxed),
            writes: log.writes.load(Ordering::Relaxed),
            syncs: log.syncs.load(Ordering::Relaxed),
            log_bytes: log.bytes.load(Ordering::Relaxed),
            checkpoints,
            failed_checkpoints,
            versions,
            oldest_version: Version::new(oldest),
            swept: engine.swept(),
            backups: backups.made,
            failed_backups: backups.failed,
            last_backup: backups.newest.map(|(version, _)| Version::new(version)),
            last_backup_time: backups
                .newest
                .map(|(_, micros)| SystemTime::UNIX_EPOCH + Duration::from_micros(micros)),
            last_backup_error: backups.error,
            archived_segments: archived.segments,
            failed_archivings: archived.failed,
            last_archive_error: archived.error,
            follower: Following::of(engine),
            watchers,
            oldest_watched: oldest_watched.map(Version::new),
            opening: Opening::of(engine),
            retries: statistics.retries.load(Ordering::Relaxed),
            slow_transactions: statistics.slow.load(Ordering::Relaxed),
            refused_for_memory: statistics.refused.load(Ordering::Relaxed),
            poisoned: engine.pipeline().is_poisoned(),
            latency: Latency::of(engine),
            group_commits: pipeline.group_commits.read(),
            queued_bytes: engine.pipeline().queued_bytes() as u64,
            files: FileStats::of(engine),
            memory_bytes: collections.iter().map(|collection| collection.memory_bytes).sum(),
            held: HeldVersions::of(engine),
            long_held_versions: statistics.long_held.load(Ordering::Relaxed),
            collections,
        }
    }
}
