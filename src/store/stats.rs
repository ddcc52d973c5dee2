//! Counts of what a store has done.

use crate::engine::Engine;
use crate::sync::Ordering;
use crate::when::Version;

/// What a store has done since it was opened. The counts are taken one after the other while it
/// goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

impl Stats {
    pub(crate) fn of(engine: &Engine) -> Self {
        let (oldest, versions) = engine.pipeline().extent();
        let (pipeline, log) = (&engine.pipeline().counters, engine.log_counters());
        let (checkpoints, failed_checkpoints) = engine.checkpoint_counts();
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
        }
    }
}
