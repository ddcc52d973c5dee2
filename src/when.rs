//! How users name a point in the history of a store: by the number of a version, or by a time.

use std::fmt;
use std::time::SystemTime;

/// The number of a version: how many commits it took to get there.
///
/// Versions of one store compare as they followed each other. An empty store is at version 0, and
/// creating a collection is a commit too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(u64);

impl Version {
    /// The version with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A point in the history of a store: a version, or a time. Made of either by `into`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// This version.
    Version(Version),
    /// The newest version that was committed at this time or before.
    Time(SystemTime),
}

impl From<Version> for When {
    fn from(version: Version) -> Self {
        Self::Version(version)
    }
}

impl From<SystemTime> for When {
    fn from(time: SystemTime) -> Self {
        Self::Time(time)
    }
}

/// A time as RFC 3339 has it, in UTC, to the microsecond: `2026-02-03T04:05:06.000007Z`.
pub(crate) fn rfc_3339(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (seconds, micros) = (since.as_secs(), since.subsec_micros());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

/// The date so many days after 1970-01-01. From Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms": years begin in March there, so that the leap day is the last of its year.
fn date(days: u64) -> (u64, u64, u64) {
    const DAYS_OF_400_YEARS: u64 = 146_097;
    let days = days + 719_468;
    let (era, day) = (days / DAYS_OF_400_YEARS, days % DAYS_OF_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march_month = (5 * day + 2) / 153;
    let day = day - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_are_those_of_the_calendar() {
        let at = |micros| rfc_3339(SystemTime::UNIX_EPOCH + Duration::from_micros(micros));
        assert_eq!(at(0), "1970-01-01T00:00:00.000000Z");
        // By `date -u -d`: a leap day, the day behind it, the last second of a year, and 2100, which has
        // no leap day.
        assert_eq!(at(951_782_400_000_001), "2000-02-29T00:00:00.000001Z");
        assert_eq!(at(951_868_800_000_000), "2000-03-01T00:00:00.000000Z");
        assert_eq!(at(1_798_761_599_999_999), "2026-12-31T23:59:59.999999Z");
        assert_eq!(at(4_107_542_400_000_000), "2100-03-01T00:00:00.000000Z");
    }
}
