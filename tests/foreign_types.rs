//! Types of other crates in records: what is written of them is what their descriptions say, and
//! records with them come back from disk, read at once and by name.
//!
//! Each crate is behind a feature of its name: `cargo test --all-features --test foreign_types`.

#![cfg(all(
    feature = "derive",
    any(
        feature = "uuid",
        feature = "chrono",
        feature = "jiff",
        feature = "rust_decimal",
        feature = "bytes"
    )
))]

use folio::{Descriptor, Record, Result, Schema, Store};
use serde::Serialize;
use std::fmt::Debug;
use std::path::Path;

#[track_caller]
fn shown_as<T: Schema>(text: &str) {
    assert_eq!(Descriptor::of::<T>().to_string(), format!("{text}\n"));
}

#[track_caller]
fn written_as(value: &impl Serialize, described: &impl Serialize) {
    assert_eq!(written(value), written(described));
}

fn written(value: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).expect("postcard has a form for it")
}

/// What a store holds when it is opened again.
fn reopened<T: Record>(path: &Path) -> Result<Vec<T>> {
    Ok(Store::open(path)?.collection::<T>()?.view().iter().cloned().collect())
}

/// Puts a record into a store and reads it from disk: as it is, as the type that has only the key and
/// the last field, and as the type that has one field more.
fn comes_back<T, Shrunk, Grown>(record: &T, shrunk: Shrunk, grown: Grown) -> Result<()>
where
    T: Record + PartialEq + Debug,
    Shrunk: Record + PartialEq + Debug,
    Grown: Record + PartialEq + Debug,
{
    let directory = tempfile::tempdir().expect("there is a place for temporary files");
    let path = directory.path().join("app.folio");
    Store::open(&path)?.collection::<T>()?.put(record.clone())?;
    let found = Store::open(&path)?.collection::<T>()?.get(&record.key());
    assert_eq!(found.as_deref(), Some(record));
    assert_eq!(reopened::<Shrunk>(&path)?, [shrunk]);
    assert_eq!(reopened::<Grown>(&path)?, [grown]);
    Ok(())
}

/// Declares a record of these fields, the first of which is its key, one with another field before
/// them, and one with the key and the last field alone; and tests that such a record comes back.
macro_rules! comes_back {
    ($test:ident: $key:ident: $key_type:ty = $key_value:expr; $($field:ident: $of:ty = $value:expr;)+) => {
        #[test]
        fn $test() -> folio::Result<()> {
            use folio::Record;
            use serde::{Deserialize, Serialize};

            #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
            #[record(name = "foreign")]
            struct Whole {
                #[key]
                $key: $key_type,
                $($field: $of,)+
                last: u64,
            }

            #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
            #[record(name = "foreign")]
            struct Shrunk {
                #[key]
                $key: $key_type,
                last: u64,
            }

            #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
            #[record(name = "foreign")]
            struct Grown {
                #[serde(default)]
                first: Vec<u8>,
                #[key]
                $key: $key_type,
                $($field: $of,)+
                last: u64,
            }

            let whole = Whole { $key: $key_value, $($field: $value,)+ last: u64::MAX - 1 };
            let shrunk = Shrunk { $key: whole.$key.clone(), last: whole.last };
            let copy = whole.clone();
            let grown = Grown {
                first: Vec::new(),
                $key: copy.$key,
                $($field: copy.$field,)+
                last: copy.last,
            };
            super::comes_back(&whole, shrunk, grown)
        }
    };
}

#[cfg(feature = "uuid")]
mod uuid {
    use super::{shown_as, written_as};
    use uuid::{NonNilUuid, Uuid};

    const ID: Uuid = Uuid::from_u128(0x0199_c3f0_7a5b_7c3e_8f00_0123_4567_89ab);

    #[test]
    fn uuids_are_bytes() {
        shown_as::<Uuid>("Uuid");
        shown_as::<NonNilUuid>("Uuid");
        shown_as::<Option<Vec<Uuid>>>("Option<Vec<Uuid>>");
        written_as(&ID, &ID.as_bytes().to_vec());
        written_as(&NonNilUuid::new(ID).unwrap(), &ID.as_bytes().to_vec());
    }

    comes_back! { records_with_uuids_come_back:
        id: Uuid = ID;
        other: NonNilUuid = NonNilUuid::new(ID).unwrap();
        all: Vec<Option<Uuid>> = vec![Some(Uuid::nil()), None, Some(Uuid::max())];
    }
}

#[cfg(feature = "bytes")]
mod bytes {
    use super::{shown_as, written_as};
    use bytes::{Bytes, BytesMut};

    #[test]
    fn bytes_are_bytes() {
        shown_as::<Bytes>("Bytes");
        shown_as::<BytesMut>("Bytes");
        written_as(&Bytes::from_static(b"abc"), &b"abc".to_vec());
        written_as(&BytesMut::from(&b"abc"[..]), &b"abc".to_vec());
    }

    comes_back! { records_with_bytes_come_back:
        id: Bytes = Bytes::from_static(b"key");
        empty: Bytes = Bytes::new();
        long: BytesMut = BytesMut::zeroed(1_000);
        maybe: Option<Bytes> = Some(Bytes::from_static(&[255, 0]));
    }
}

#[cfg(feature = "rust_decimal")]
mod rust_decimal {
    use super::{shown_as, written_as};
    use rust_decimal::Decimal;

    #[test]
    fn decimals_are_texts_with_all_their_digits() {
        shown_as::<Decimal>("Decimal");
        written_as(&Decimal::new(12_300, 2), &"123.00");
        written_as(&Decimal::MIN, &"-79228162514264337593543950335");
    }

    comes_back! { records_with_decimals_come_back:
        price: Decimal = Decimal::new(-199, 2);
        zero: Decimal = Decimal::ZERO;
        all: Vec<Option<Decimal>> = vec![Some(Decimal::MAX), None, Some(Decimal::new(1, 28))];
    }
}

#[cfg(feature = "chrono")]
mod chrono {
    use super::{shown_as, written_as};
    use chrono::{
        DateTime, FixedOffset, Month, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday,
    };

    fn time() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 120_000_000).expect("a time of 2023")
    }

    fn here() -> DateTime<FixedOffset> {
        let two_hours = FixedOffset::east_opt(7_200).expect("less than a day");
        time().with_timezone(&two_hours)
    }

    #[test]
    fn times_are_texts() {
        shown_as::<DateTime<Utc>>("DateTime");
        shown_as::<DateTime<FixedOffset>>("DateTime");
        shown_as::<NaiveDate>("NaiveDate");
        shown_as::<NaiveTime>("NaiveTime");
        shown_as::<NaiveDateTime>("NaiveDateTime");
        shown_as::<Month>("Month");
        shown_as::<Weekday>("Weekday");
        shown_as::<TimeDelta>("TimeDelta");
        written_as(&time(), &"2023-11-14T22:13:20.120Z");
        written_as(&here(), &"2023-11-15T00:13:20.120+02:00");
        written_as(&time().date_naive(), &"2023-11-14");
        written_as(&time().time(), &"22:13:20.120");
        written_as(&time().naive_utc(), &"2023-11-14T22:13:20.120");
        written_as(&Month::May, &"May");
        written_as(&Weekday::Sun, &"Sun");
        written_as(&TimeDelta::milliseconds(-1), &(-1_i64, 999_000_000_i32));
    }

    comes_back! { records_with_times_come_back:
        at: DateTime<Utc> = time();
        here: DateTime<FixedOffset> = here();
        day: Option<NaiveDate> = Some(NaiveDate::MIN);
        time: NaiveTime = time().time();
        naive: NaiveDateTime = NaiveDateTime::MAX;
        month: Month = Month::December;
        weekday: Weekday = Weekday::Mon;
        length: TimeDelta = TimeDelta::milliseconds(-1);
        all: Vec<DateTime<Utc>> = vec![time(), DateTime::UNIX_EPOCH];
    }

    /// Times that are equal keep the zone that each was put with.
    #[test]
    fn the_offset_comes_back() {
        let bytes = postcard::to_allocvec(&here()).unwrap();
        let read: DateTime<FixedOffset> = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(read.offset(), here().offset());
    }
}

#[cfg(feature = "jiff")]
mod jiff {
    use super::{shown_as, written_as};
    use jiff::civil::{Date, DateTime, ISOWeekDate, Time, date, time};
    use jiff::{SignedDuration, Span, Timestamp};

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 120_000_000);

    #[test]
    fn times_are_texts() {
        shown_as::<Timestamp>("Timestamp");
        shown_as::<Date>("Date");
        shown_as::<Time>("Time");
        shown_as::<DateTime>("DateTime");
        shown_as::<ISOWeekDate>("ISOWeekDate");
        shown_as::<Span>("Span");
        shown_as::<SignedDuration>("SignedDuration");
        let day = date(2023, 11, 14);
        written_as(&NOW, &"2023-11-14T22:13:20.12Z");
        written_as(&day, &"2023-11-14");
        written_as(&time(22, 13, 20, 0), &"22:13:20");
        written_as(&day.at(22, 13, 20, 0), &"2023-11-14T22:13:20");
        written_as(&day.iso_week_date(), &"2023-W46-2");
        written_as(&Span::new().years(1).hours(2), &"P1YT2H");
        written_as(&SignedDuration::from_millis(-1_500), &"-PT1.5S");
    }

    comes_back! { records_with_times_come_back:
        at: Timestamp = NOW;
        day: Option<Date> = Some(Date::MIN);
        time: Time = Time::MAX;
        civil: DateTime = DateTime::MAX;
        week: ISOWeekDate = date(2023, 11, 14).iso_week_date();
        length: SignedDuration = SignedDuration::MIN;
        all: Vec<Timestamp> = vec![Timestamp::MIN, Timestamp::MAX];
    }

    /// A `Span` has no equality of its own: it is compared by its fields.
    #[test]
    fn spans_come_back() {
        let span = Span::new().years(1).hours(2).nanoseconds(3);
        let bytes = postcard::to_allocvec(&span).unwrap();
        let read: Span = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(read.fieldwise(), span.fieldwise());
    }
}
