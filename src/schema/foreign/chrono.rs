//! The types of `chrono`: texts in the form of ISO 8601, but for lengths of time, which are numbers.

use crate::schema::Schema;
use crate::schema::build::Types;
use crate::schema::node::TypeRef;
use crate::schema::standard::known;
use chrono::{DateTime, Month, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Weekday};

impl<Z: TimeZone + 'static> Schema for DateTime<Z> {
    fn describe(types: &mut Types) -> TypeRef {
        let stored = String::describe(types);
        types.known("DateTime", stored)
    }
}

known! {
    "NaiveDate": NaiveDate = String;
    "NaiveTime": NaiveTime = String;
    "NaiveDateTime": NaiveDateTime = String;
    "Month": Month = String;
    "Weekday": Weekday = String;
    "TimeDelta": TimeDelta = (i64, i32);
}
