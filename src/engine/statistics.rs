//! What commits leave behind of how they went: counts and times, for [`Stats`](crate::Stats).
//!
//! Commits that wait for a sync are all timed: next to the sync, asking the clock is nothing. Of the others, which take
//! microseconds, it is one of [`SAMPLED`] (a prime, so that it is not always the same one of what a program does in turns).

use crate::histogram::Recorder;
use crate::sync::{Ordering, Tally};
use std::time::Instant;

/// Of so many commits that wait for no sync one is timed.
const SAMPLED: u64 = 17;

/// The counts of one open store.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    /// From the transaction's end to the end of its commit, nanoseconds.
    pub(crate) commit: Recorder,
    /// Attempts to commit that wait for no sync.
    untimed: Tally,
    /// The part of that in which it is validated and made a version, under the commit lock.
    pub(crate) validation: Recorder,
    /// Transactions that were run again.
    pub(crate) retries: Tally,
    /// Commits refused because of the memory limit.
    pub(crate) refused: Tally,
    /// Transactions that took longer than the options allow for.
    pub(crate) slow: Tally,
    /// Versions that were held for longer than the options allow for.
    pub(crate) long_held: Tally,
}

impl Statistics {
    /// When this commit began, if it is one of those that are timed.
    pub(crate) fn begin(&self, waits_for_sync: bool) -> Option<Instant> {
        let is_timed = || self.untimed.fetch_add(1, Ordering::Relaxed).is_multiple_of(SAMPLED);
        (waits_for_sync || is_timed()).then(Instant::now)
    }

    /// Counts one more.
    pub(crate) fn count(tally: &Tally) {
        tally.fetch_add(1, Ordering::Relaxed);
    }
}
