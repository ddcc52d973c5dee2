//! Points in time, as people write them and as they are printed. The only module that knows calendars.

use crate::exit::{Failure, Result};
use folio::{Version, When};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::time::{Duration, SystemTime};

/// A version by its number, or a time: RFC 3339, or a date with or without a time of day, in UTC.
pub(crate) fn when(text: &str) -> Result<When> {
    if let Ok(number) = text.parse() {
        return Ok(Version::new(number).into());
    }
    let with_zone = text.parse::<Timestamp>().ok();
    let in_utc = || {
        let time: DateTime = text.parse().ok()?;
        Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    let time = with_zone.or_else(in_utc).ok_or_else(|| {
        Failure::Usage(format!(
            "`{text}` is no version and no time; write a number, or a time such as 2026-02-03T04:05:06Z or 2026-02-03 (UTC)"
        ))
    })?;
    Ok(SystemTime::from(time).into())
}

/// A time as RFC 3339 has it, in UTC, to the microsecond.
pub(crate) fn text(time: SystemTime) -> String {
    Timestamp::try_from(time).map_or_else(|_| "unknown".to_owned(), |time| format!("{time:.6}"))
}

/// How long something took, for people.
pub(crate) fn lasted(duration: Duration) -> String {
    format!("{duration:.1?}")
}
