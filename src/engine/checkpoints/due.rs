//! When a checkpoint is due, and how far the log may grow until it is written.

use super::Policy;

/// The log may grow to so much without any of it being known to be void.
const GROWING_BYTES: u64 = 64 << 20;

/// In percent of what is live: what two checkpoints and two pieces of the log should take.
const MOST_OF_LIVE: u128 = 260;

/// In percent of what is live: what the last checkpoint, the one that is written and the log may come to
/// until it is.
const MOST_WHILE_WRITING: u128 = 250;

/// In percent of what is live: what the files may come to until those from before the last checkpoint go, which
/// is the first step of writing one.
const MOST_UNTIL_REMOVED: u128 = 290;

/// The sizes of a store's files in bytes, and of what is in them.
pub(super) struct Sizes {
    /// That of the last checkpoint.
    pub(super) checkpoint: u64,
    /// That of its records, before any compression.
    pub(super) live: u64,
    /// How many records it has.
    pub(super) records: u64,
    /// That of what is older and still there.
    pub(super) before: u64,
    /// That of the log behind the last checkpoint.
    pub(super) log: u64,
}

impl Sizes {
    /// Whether a checkpoint is due where there are so many records now: by how much the log may grow then until
    /// it is written.
    pub(super) fn room_if_due(&self, records: impl FnOnce() -> u64, policy: Policy) -> Option<u64> {
        if self.log < policy.least_bytes {
            return None;
        }
        if policy.keeps_log() {
            return (self.log >= self.live).then_some(u64::MAX);
        }
        let records = u128::from(records());
        let now_of = |then: u64| match u128::from(self.records) {
            0 => 0,
            before => u128::from(then) * records / before,
        };
        // What is live now, and the size of a checkpoint that has it.
        let (live, next) = (now_of(self.live), now_of(self.checkpoint));
        let stored = u128::from(self.checkpoint) + u128::from(self.log);
        let now = u128::from(self.before) + stored;
        // With one more checkpoint, and the log behind that before the next.
        let then = stored + next + live * 3 / 10;
        let is_due = now.max(then) * 100 >= live * MOST_OF_LIVE
            || self.log >= GROWING_BYTES.max(self.live.saturating_mul(3) / 2);
        let writing = (live * MOST_WHILE_WRITING / 100).saturating_sub(stored + next);
        let removing = (live * MOST_UNTIL_REMOVED / 100).saturating_sub(now);
        let room = u64::try_from(writing.min(removing).max(live / 5)).unwrap_or(u64::MAX);
        is_due.then(|| room.max(policy.least_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;
    const POLICY: Policy = Policy { least_bytes: 4 * MIB, ledger: None };

    /// The sizes of 100 MiB of records that are overwritten, with a checkpoint of so much.
    fn sizes(checkpoint: u64, before: u64, log: u64) -> Sizes {
        let (checkpoint, before, log) = (checkpoint * MIB, before * MIB, log * MIB);
        Sizes { checkpoint, live: 100 * MIB, records: 1_000, before, log }
    }

    fn room(sizes: &Sizes, policy: Policy) -> Option<u64> {
        sizes.room_if_due(|| 1_000, policy).map(|bytes| bytes / MIB)
    }

    #[test]
    fn what_can_not_be_compressed_stays_below_three_times() {
        assert_eq!(room(&sizes(100, 0, 29), POLICY), None);
        assert_eq!(room(&sizes(100, 0, 30), POLICY), Some(20));
        // The checkpoint before and the log between are there still.
        assert_eq!(room(&sizes(100, 150, 9), POLICY), None);
        assert_eq!(room(&sizes(100, 150, 10), POLICY), Some(30));
    }

    /// A checkpoint that is small for being compressed is no reason to write one more often, nor to make
    /// who commits wait: the log is as large as ever.
    #[test]
    fn what_is_compressed_is_measured_by_what_is_live() {
        assert_eq!(room(&sizes(10, 40, 149), POLICY), None);
        assert_eq!(room(&sizes(10, 40, 150), POLICY), Some(80));
        let ledger = Policy { ledger: Some(1), ..POLICY };
        assert_eq!(room(&sizes(10, 0, 99), ledger), None);
        assert_eq!(room(&sizes(10, 0, 100), ledger), Some(u64::MAX / MIB));
    }

    #[test]
    fn small_stores_and_first_checkpoints_go_by_the_least_growth() {
        let none = Sizes { checkpoint: 0, live: 0, records: 0, before: 0, log: 4 * MIB };
        assert_eq!(room(&none, POLICY), Some(4));
        assert_eq!(room(&Sizes { log: 4 * MIB - 1, ..none }, POLICY), None);
        assert_eq!(room(&sizes(100, 200, 3), POLICY), None);
    }
}
