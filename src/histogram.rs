//! Histograms: how often something took how long, or was how large.
//!
//! The buckets are the same for all: each power of two is cut into four equal parts, so that a bucket is at
//! most a quarter wide of where it begins, from 0 to 2⁴¹ (as nanoseconds more than half an hour). What is
//! larger is in the last. That is the layout of `HdrHistogram` with two bits of precision; the crate of that name has
//! more of it than is needed here (resizing, iteration, encoding) and no recording by several threads without a
//! lock, and an exact sketch is of no use for what varies by more than a quarter from one second to the next.
//!
//! A [`Recorder`] is what threads record into at once: three additions to counters, without a lock. They order
//! nothing and nobody waits for them; the model checker does not look at them ([`Tally`]). A [`Histogram`] is
//! what was read from one, bucket after bucket while others record: it may have a value in its count that is not
//! in its sum yet.

use crate::sync::{Ordering, Tally};
use std::time::Duration;

/// The bits of a value that tell the parts of a power of two.
const PRECISION_BITS: u32 = 2;

/// The parts of a power of two.
const PARTS: usize = 1 << PRECISION_BITS;

/// The greatest power of two that is cut into buckets.
const GREATEST: u32 = 40;

/// How many buckets there are.
const BUCKETS: usize = (GREATEST as usize + 1) * PARTS - PARTS;

/// The bucket of a value.
fn bucket_of(value: u64) -> usize {
    let value = value.min((1 << (GREATEST + 1)) - 1);
    if value < PARTS as u64 {
        return usize::try_from(value).unwrap_or(0);
    }
    let power = value.ilog2();
    let part = (value >> (power - PRECISION_BITS)) & (PARTS as u64 - 1);
    (power as usize - 1) * PARTS + usize::try_from(part).unwrap_or(0)
}

/// The greatest value of a bucket.
fn greatest_of(bucket: usize) -> u64 {
    if bucket < PARTS {
        return bucket as u64;
    }
    let shift = bucket / PARTS - 1;
    (((PARTS + bucket % PARTS + 1) as u64) << shift) - 1
}

/// What several threads record into.
#[derive(Debug)]
pub(crate) struct Recorder {
    buckets: [Tally; BUCKETS],
    sum: Tally,
    greatest: Tally,
}

impl Default for Recorder {
    fn default() -> Self {
        let buckets = std::array::from_fn(|_| Tally::new(0));
        Self { buckets, sum: Tally::new(0), greatest: Tally::new(0) }
    }
}

impl Recorder {
    /// Notes a value. O(1), no lock.
    pub(crate) fn record(&self, value: u64) {
        if let Some(bucket) = self.buckets.get(bucket_of(value)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(value, Ordering::Relaxed);
        // Mostly it is not greater, and looking is cheaper than writing.
        if value > self.greatest.load(Ordering::Relaxed) {
            self.greatest.fetch_max(value, Ordering::Relaxed);
        }
    }

    /// Notes how long something took, in nanoseconds.
    pub(crate) fn record_time(&self, time: Duration) {
        self.record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// What was recorded so far.
    pub(crate) fn read(&self) -> Histogram {
        Histogram {
            counts: self.buckets.iter().map(|count| count.load(Ordering::Relaxed)).collect(),
            sum: self.sum.load(Ordering::Relaxed),
            greatest: self.greatest.load(Ordering::Relaxed),
        }
    }
}

/// How often something took how long, or was how large, since the store was opened.
///
/// Values are whole numbers: nanoseconds where they are times. They are counted in buckets that are at most a
/// quarter wide of where they begin, so a [quantile](Self::quantile) is never too small and at most a
/// quarter too large. [`max`](Self::max) and [`sum`](Self::sum) are exact.
///
/// ```
/// # use folio::{Record, Store};
/// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
/// # struct Item { #[key] id: u64 }
/// # fn main() -> folio::Result<()> {
/// # let store = Store::in_memory();
/// store.collection::<Item>()?.put(Item { id: 1 })?;
/// let commits = store.stats().latency.commit;
/// assert!(commits.count() > 0 && commits.quantile(0.5) <= commits.quantile(0.99));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    /// How many values each bucket has; empty, or one for each.
    counts: Vec<u64>,
    sum: u64,
    greatest: u64,
}

impl Histogram {
    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Their sum.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// The greatest of them; 0 where there are none.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.greatest
    }

    /// Their mean; 0 where there are none.
    #[must_use]
    pub fn mean(&self) -> u64 {
        self.sum.checked_div(self.count()).unwrap_or(0)
    }

    /// The value that a part of all values do not exceed, 0.99 for 99 of 100: the end of its bucket, or the
    /// greatest value if that is less. 0 where there are none. What is below 0 counts as 0, what is above 1 as 1.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank that is off by one of 2^53 is in the same bucket"
    )]
    pub fn quantile(&self, part: f64) -> u64 {
        let count = self.count();
        let rank = ((count as f64 * part.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut seen = 0;
        for (end, count) in self.buckets() {
            seen += count;
            if seen >= rank {
                return end.min(self.greatest);
            }
        }
        0
    }

    /// Like [`quantile`](Self::quantile), for values that are nanoseconds.
    #[must_use]
    pub fn quantile_time(&self, part: f64) -> Duration {
        Duration::from_nanos(self.quantile(part))
    }

    /// The buckets that have values, in order: the greatest value that each can have, and how many it has.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> {
        let buckets = self.counts.iter().enumerate();
        buckets.filter(|(_, count)| **count > 0).map(|(at, count)| (greatest_of(at), *count))
    }

    /// How many values are no greater than 2ⁿ - 1, which is where a bucket ends.
    pub(crate) fn below_power(&self, power: u32) -> u64 {
        let end = 1_u64.checked_shl(power).unwrap_or(u64::MAX);
        self.buckets().take_while(|(greatest, _)| *greatest < end).map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_follow_one_another_without_gaps() {
        let mut next = 0;
        for bucket in 0..BUCKETS {
            assert_eq!(bucket_of(next), bucket, "the first value of bucket {bucket}");
            let greatest = greatest_of(bucket);
            assert_eq!(bucket_of(greatest), bucket, "the last value of bucket {bucket}");
            assert!(bucket < PARTS || (greatest - next) * PARTS as u64 <= next, "{bucket} is wide");
            next = greatest + 1;
        }
        assert_eq!((next, bucket_of(u64::MAX)), (1 << (GREATEST + 1), BUCKETS - 1));
    }

    #[test]
    fn a_histogram_of_nothing_is_all_zero() {
        let nothing = Recorder::default().read();
        assert_eq!((nothing.count(), nothing.sum(), nothing.max(), nothing.mean()), (0, 0, 0, 0));
        assert_eq!((nothing.quantile(0.5), nothing.below_power(64)), (0, 0));
        assert_eq!(Histogram::default().quantile(1.0), 0);
    }

    proptest! {
        #[test]
        fn quantiles_are_near_those_of_the_values(
            mut values in prop::collection::vec(0..1_u64 << 40, 1..200),
            part in 0.0..=1.0_f64,
        ) {
            let recorder = Recorder::default();
            for value in &values {
                recorder.record(*value);
            }
            let histogram = recorder.read();
            values.sort_unstable();
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
            let rank = ((values.len() as f64 * part).ceil() as usize).max(1);
            let (exact, found) = (values[rank - 1], histogram.quantile(part));
            prop_assert!(exact <= found && found <= exact + exact / 4, "{exact} {found}");
            prop_assert_eq!(histogram.count(), values.len() as u64);
            prop_assert_eq!(histogram.sum(), values.iter().sum::<u64>());
            prop_assert_eq!(Some(&histogram.max()), values.last());
            let power = 20;
            let below = values.iter().filter(|value| **value < 1 << power).count() as u64;
            prop_assert_eq!(histogram.below_power(power), below);
        }
    }
}
