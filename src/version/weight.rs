//! How large the records of a collection are, as far as that is known without looking at them.
//!
//! The size of a record is known when it is encoded for a commit, and not when it is removed or replaced. So what is kept
//! is the mean size of those that were written last: when so many were noted that they are several times those that
//! are there, both sums are halved, and what is old counts for less and less. A collection that was recovered begins with
//! the mean of its operations in the log.

use crate::sync::{Ordering, Tally};

/// Sums are halved no earlier than at so many records.
const LEAST_WINDOW: u64 = 1_024;

/// And then when so many times of the records that are there were noted.
const WINDOW: u64 = 4;

/// The mean size of the records of a collection.
#[derive(Debug, Default)]
pub(crate) struct Weight {
    records: Tally,
    bytes: Tally,
}

impl Weight {
    /// Notes records that are written, with the size of them and their keys, to a collection that has so many. One that
    /// loses a conflict is noted again with its next attempt. O(1), no lock.
    pub(crate) fn note(&self, records: u64, bytes: u64, live: u64) {
        let noted = self.records.fetch_add(records, Ordering::Relaxed) + records;
        let size = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if noted > WINDOW * live.max(LEAST_WINDOW) {
            // What others note in between is lost, which moves a mean of thousands by nothing.
            self.records.store(noted / 2, Ordering::Relaxed);
            self.bytes.store(size / 2, Ordering::Relaxed);
        }
    }

    /// The size of so many records.
    pub(crate) fn of(&self, records: u64) -> u64 {
        let (noted, bytes) =
            (self.records.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed));
        let size = u128::from(bytes) * u128::from(records) / u128::from(noted.max(1));
        u64::try_from(size).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_follows_what_is_written() {
        let weight = Weight::default();
        assert_eq!(weight.of(1_000), 0);
        weight.note(2, 30, 0);
        assert_eq!(weight.of(10), 150);
        // A hundred times as large from now on: before the records are written over a few times, that is the mean.
        for _ in 0..100_000 {
            weight.note(1, 1_500, 10_000);
        }
        assert!((1_400..=1_500).contains(&weight.of(1)), "{}", weight.of(1));
    }
}
