//! The types of `jiff`: texts in the form of ISO 8601 and its extensions.
//!
//! Not `Zoned`: its text names a time zone, and is read only where a database of time zones knows that
//! zone and still gives it the offset that was written. A record that is readable today would not be
//! after the next update of the system. Timestamps and the names of zones are for ever.

use crate::schema::standard::known;
use jiff::civil::{Date, DateTime, ISOWeekDate, Time};
use jiff::{SignedDuration, Span, Timestamp};

known! {
    "Timestamp": Timestamp = String;
    "Date": Date = String;
    "Time": Time = String;
    "DateTime": DateTime = String;
    "ISOWeekDate": ISOWeekDate = String;
    "Span": Span = String;
    "SignedDuration": SignedDuration = String;
}
