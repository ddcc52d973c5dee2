//! Records that expire: what it means for a record to be gone before anybody has removed it.
//!
//! # The time of reading
//!
//! A record type may name a *deadline* ([`Record::EXPIRES`]). Nothing happens at a deadline: there is no
//! event, no commit and no version of it, and the log does not know the word. Instead everybody who reads has
//! a [`Moment`], the *time of reading*, and for them a record whose deadline is at or before it does not
//! exist. A snapshot, a transaction and each single operation take one moment when they begin and keep it. So
//! whatever is asked of a snapshot, today or tomorrow, by key, by index, by number or by name of a field, gets
//! one answer: a deadline that passes meanwhile changes nothing in it.
//!
//! A moment is what the clock says, but never earlier than the version that is read was committed; and a
//! commit is never dated earlier than the moment at which its transaction read. So what somebody based a
//! commit on can't come back for those who see that commit, even if the system's clock is set back. Between
//! two commits such a clock does go back, and a record that was gone may be there again until then: nobody
//! has written anything that depends on it.
//!
//! # Nobody can tell whether it was swept
//!
//! Expired records stay in the table until the sweeper or a write removes them. That this makes no difference
//! to anybody is the rule that everything here follows from:
//!
//! - **Reading** goes through [`Present`](crate::table::present::Present), or asks [`Moment::shows`] of each
//!   record that it comes by, the number of records included: it is that of the rows less that of the
//!   deadlines up to the moment, which an index of the table's own has in order.
//! - **Writing** treats an expired record as none: `insert` succeeds, `update` finds nothing, `remove` and
//!   `put` return nothing. If it holds a unique key that another record is given, it is removed in the same
//!   commit. What is written is what the transaction decided at its moment, as plain puts and removals:
//!   applying them, at the commit or at recovery, asks no clock.
//! - **Validating** compares rows as they are stored, expired or not. A transaction that did not see an
//!   expired record depends on its row all the same, as one that looks for a key depends on its absence: if
//!   somebody revives the record, it was not absent. The number of records alone is compared as it was seen,
//!   at the moment of the transaction, since a record that is put in the place of an expired one changes the
//!   number that was seen and not that of the rows.
//! - **Removing** an expired record is therefore always right, at any time, unless it was replaced since;
//!   the conflict test of any commit finds that. The removal is dated no earlier than the moment at which the
//!   record was found to be expired, so nobody who reads a version without it could have seen it there.
//!
//! Transactions are serializable as ever, each with its own time of reading as if it had been passed to it:
//! the order of the commits need not be that of their moments.

use crate::table::deadline::nanos_of;
use crate::table::record::Record;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time of reading, in nanoseconds since 1970: enough for five hundred years. For records that never expire it
/// means nothing, and any will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Moment {
    nanos: u64,
}

impl Moment {
    /// The time of reading of who begins now to read a version of a certain date.
    pub(crate) fn begin(now_nanos: u64, version_micros: u64) -> Self {
        Self { nanos: now_nanos.max(version_micros.saturating_mul(1_000)) }
    }

    /// The time of reading of who wants to see a version as of a time.
    pub(crate) fn at(time: SystemTime, version_micros: u64) -> Self {
        Self::begin(nanos_of(time), version_micros)
    }

    pub(crate) fn nanos(self) -> u64 {
        self.nanos
    }

    /// The first date that a version can have and not be earlier, in microseconds since 1970.
    pub(crate) fn version_micros(self) -> u64 {
        self.nanos.div_ceil(1_000)
    }

    pub(crate) fn time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.nanos)
    }

    /// Whether a record that is stored is there for those who read at this moment.
    pub(crate) fn shows<T: Record>(self, record: &T) -> bool {
        let Some(expires) = T::EXPIRES else { return true };
        expires(record).is_none_or(|deadline| self.nanos < nanos_of(deadline))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_not_dated_before_what_was_read_for_them() {
        let begun = |now| Moment::begin(now, 5).version_micros();
        assert_eq!([begun(0), begun(5_000), begun(5_001), begun(6_000)], [5, 5, 6, 6]);
        assert_eq!(Moment::begin(4_999, 5), Moment::begin(5_000, 0));
    }
}
