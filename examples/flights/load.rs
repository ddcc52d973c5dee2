//! From comma-separated files into the store.
//!
//! The rows of the files have types of their own, apart from the records: what a file calls `NA` is
//! nobody's business once it is loaded.

use crate::model::{Airline, Airport, Clock, Date, Flight, Plane};
use folio::{Record, Store};
use indicatif::{ProgressBar, ProgressStyle};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use std::error::Error;
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

/// How many flights go into one commit. One commit per flight would wait for the disk each time;
/// one for all would keep the whole file in memory and show no progress.
const BATCH: usize = 2_000;

#[derive(Deserialize)]
struct AirlineRow {
    carrier: String,
    name: String,
}

#[derive(Deserialize)]
struct AirportRow {
    faa: String,
    name: String,
    lat: f64,
    lon: f64,
    alt: i32,
    #[serde(deserialize_with = "available")]
    tzone: Option<String>,
}

#[derive(Deserialize)]
struct PlaneRow {
    tailnum: String,
    #[serde(deserialize_with = "available")]
    year: Option<u16>,
    manufacturer: String,
    model: String,
    seats: u16,
}

#[derive(Deserialize)]
struct FlightRow {
    year: u16,
    month: u8,
    day: u8,
    #[serde(deserialize_with = "available")]
    dep_time: Option<u16>,
    sched_dep_time: u16,
    #[serde(deserialize_with = "available")]
    dep_delay: Option<i16>,
    #[serde(deserialize_with = "available")]
    arr_time: Option<u16>,
    #[serde(deserialize_with = "available")]
    arr_delay: Option<i16>,
    carrier: String,
    flight: u16,
    #[serde(deserialize_with = "available")]
    tailnum: Option<String>,
    origin: String,
    dest: String,
    #[serde(deserialize_with = "available")]
    air_time: Option<u16>,
    distance: u16,
}

impl From<AirlineRow> for Airline {
    fn from(row: AirlineRow) -> Self {
        Self { carrier: row.carrier, name: row.name }
    }
}

impl From<AirportRow> for Airport {
    fn from(row: AirportRow) -> Self {
        Self {
            faa: row.faa,
            name: row.name,
            latitude: row.lat,
            longitude: row.lon,
            altitude_feet: row.alt,
            time_zone: row.tzone,
        }
    }
}

impl From<PlaneRow> for Plane {
    fn from(row: PlaneRow) -> Self {
        Self {
            tail_number: row.tailnum,
            year: row.year,
            manufacturer: row.manufacturer,
            model: row.model,
            seats: row.seats,
        }
    }
}

impl FlightRow {
    fn into_flight(self) -> Flight {
        Flight {
            // Given when the flight is inserted.
            id: 0,
            date: Date { year: self.year, month: self.month, day: self.day },
            carrier: self.carrier,
            number: self.flight,
            origin: self.origin,
            destination: self.dest,
            tail_number: self.tailnum,
            scheduled_departure: Clock(self.sched_dep_time),
            departure: self.dep_time.map(Clock),
            arrival: self.arr_time.map(Clock),
            departure_delay_minutes: self.dep_delay,
            arrival_delay_minutes: self.arr_delay,
            air_time_minutes: self.air_time,
            distance_miles: self.distance,
        }
    }
}

/// Loads the three small files from `directory` and the flights from `flights`, in that order, and
/// returns how many flights there were.
pub(crate) fn load(
    store: &Store,
    directory: &Path,
    flights: &Path,
) -> Result<usize, Box<dyn Error>> {
    let airlines = load_whole::<AirlineRow, Airline>(store, &directory.join("airlines.csv"))?;
    let airports = load_whole::<AirportRow, Airport>(store, &directory.join("airports.csv"))?;
    let planes = load_whole::<PlaneRow, Plane>(store, &directory.join("planes.csv"))?;
    println!("{airlines} airlines, {airports} airports, {planes} planes");
    load_flights(store, flights)
}

/// Loads a small file in one commit: either all of it is there, or none.
fn load_whole<Row, T>(store: &Store, path: &Path) -> Result<usize, Box<dyn Error>>
where
    Row: DeserializeOwned + Into<T>,
    T: Record,
{
    let mut records = Vec::new();
    for row in open(path)?.deserialize::<Row>() {
        records.push(row?.into());
    }
    let count = records.len();
    // `put`, not `insert`: loading the same airports again is no error.
    store.collection::<T>()?.put_all(records)?;
    Ok(count)
}

/// Loads the flights, a batch to a transaction.
fn load_flights(store: &Store, path: &Path) -> Result<usize, Box<dyn Error>> {
    let mut reader = open(path)?;
    let progress = progress_bar(reader.get_ref().metadata()?.len())?;
    let headers = reader.headers()?.clone();
    let mut row = csv::StringRecord::new();
    let mut batch = Vec::with_capacity(BATCH);
    let mut count = 0;
    loop {
        let more = reader.read_record(&mut row)?;
        if more {
            batch.push(row.deserialize::<FlightRow>(Some(&headers))?.into_flight());
        }
        if batch.len() == BATCH || !more {
            count += batch.len();
            insert(store, &batch)?;
            batch.clear();
            progress.set_position(reader.position().byte());
        }
        if !more {
            progress.finish_and_clear();
            return Ok(count);
        }
    }
}

/// Inserts a batch in one transaction, and gives each flight its number.
fn insert(store: &Store, batch: &[Flight]) -> folio::Result<()> {
    store.transact(|tx| {
        // The closure may run more than once, so it borrows the batch. A number that a rolled-back
        // run was given is not given again; that leaves gaps, and nobody waits for anybody.
        let numbered = batch
            .iter()
            .map(|flight| Ok(Flight { id: tx.next_id::<Flight>()?, ..flight.clone() }))
            .collect::<folio::Result<Vec<_>>>()?;
        tx.collection::<Flight>()?.insert_all(numbered)?;
        Ok(())
    })
}

fn open(path: &Path) -> Result<csv::Reader<std::fs::File>, Box<dyn Error>> {
    csv::Reader::from_path(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// A bar on standard error, which draws nothing where that is not a terminal.
fn progress_bar(size_bytes: u64) -> Result<ProgressBar, Box<dyn Error>> {
    let style = ProgressStyle::with_template("flights {wide_bar} {percent:>3} % {eta}")?;
    Ok(ProgressBar::new(size_bytes).with_style(style))
}

/// A value that may be missing, which the files write as `NA`. Anything else that is not a value is
/// an error.
fn available<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = String::deserialize(deserializer)?;
    if text == "NA" { Ok(None) } else { text.parse().map(Some).map_err(D::Error::custom) }
}
