//! The records of the example, and how they refer to each other.
//!
//! ```text
//! Airline ◄── carrier ── Flight ── origin, destination ──► Airport
//!                          │  ▲
//!            tail_number ──┘  └── flight ── Seats, Booking
//!                  ▼
//!                Plane
//! ```

use folio::{Record, Schema};
use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "airlines")]
pub(crate) struct Airline {
    #[key]
    pub carrier: String,
    pub name: String,
}

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "airports")]
pub(crate) struct Airport {
    /// The code of the Federal Aviation Administration: `JFK`.
    #[key]
    pub faa: String,
    pub name: String,
    pub latitude: f64,
    pub longitude: f64,
    pub altitude_feet: i32,
    #[index]
    pub time_zone: Option<String>,
}

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "planes")]
pub(crate) struct Plane {
    #[key]
    pub tail_number: String,
    pub year: Option<u16>,
    #[index]
    pub manufacturer: String,
    pub model: String,
    pub seats: u16,
}

/// One departure from New York City.
///
/// The timetable knows a flight by date, carrier, number and origin, and the unique index makes sure
/// that it is loaded once only. Its key is a number all the same: other records refer to it, and a
/// number is short and never changes. A flight whose plane is not known has no place in the indexes
/// by plane, one that left is not among the cancelled, and one that did not leave has no delay.
#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "flights")]
#[record(unique(timetable = (date, carrier, number, origin)))]
#[record(index(by_origin_date = (origin, date)))]
#[record(index(by_plane_date = (tail_number, date, scheduled_departure)))]
#[record(index(cancelled = date, when = |flight| flight.departure.is_none()))]
pub(crate) struct Flight {
    #[key]
    pub id: u64,
    pub date: Date,
    #[index]
    pub carrier: String,
    pub number: u16,
    pub origin: String,
    pub destination: String,
    #[index]
    pub tail_number: Option<String>,
    pub scheduled_departure: Clock,
    /// `None` where the flight was cancelled.
    pub departure: Option<Clock>,
    pub arrival: Option<Clock>,
    /// Negative where the flight left early.
    #[index]
    pub departure_delay_minutes: Option<i16>,
    pub arrival_delay_minutes: Option<i16>,
    pub air_time_minutes: Option<u16>,
    pub distance_miles: u16,
}

/// What is left to be sold on a flight.
#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "seats")]
pub(crate) struct Seats {
    #[key]
    pub flight: u64,
    pub capacity: u16,
    pub left: u16,
}

/// One seat, sold to one passenger, who has at most one on each flight.
#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "bookings", unique(once = (flight, passenger)))]
pub(crate) struct Booking {
    #[key]
    pub id: u64,
    #[index]
    pub flight: u64,
    #[index]
    pub passenger: String,
}

/// A day. The order of the fields is the order of time.
#[derive(
    Schema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
)]
pub(crate) struct Date {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A local time of day, as timetables write it: 1745 is a quarter to six in the evening.
#[derive(
    Schema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
)]
pub(crate) struct Clock(pub u16);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 100, self.0 % 100)
    }
}
