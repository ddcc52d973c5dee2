//! A year of flights from New York City: relations, indexes, joins, and a race for seats.
//!
//! ```text
//! cargo run --release --example flights                       # nine days, in a temporary directory
//! cargo run --release --example flights -- FLIGHTS.CSV        # the whole year: 336,776 flights
//! cargo run --release --example flights -- --store DIR        # keep the store; run again to reopen
//! ```
//!
//! The small data set comes with the example, in `examples/data`, where a README says how to get
//! the large one. What the example shows, file by file:
//!
//! - `model.rs`: records with keys and indexes of every kind, and how they refer to each other;
//! - `load.rs`: loading in batches, one transaction each;
//! - `answers.rs`: questions to a snapshot, by scan, by index, by range and by prefix;
//! - `bookings.rs`: threads that race for the last seats, and a check that none is sold twice;
//! - this file: all of it in order, and the store opened again at the end.

mod answers;
mod bookings;
mod load;
mod model;

use folio::{Record, Store};
use model::{Airline, Airport, Booking, Flight, Plane, Seats};
use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data");
    let arguments = Arguments::parse(std::env::args_os().skip(1))?;
    let flights = arguments.flights.unwrap_or_else(|| data.join("flights.csv"));
    // The temporary directory goes when the program ends, so it must live as long as the store.
    let temporary = tempfile::tempdir()?;
    let directory = arguments.store.unwrap_or_else(|| temporary.path().join("flights.folio"));

    let store = Store::open(&directory)?;
    section("Loading");
    let started = Instant::now();
    if store.collection::<Flight>()?.is_empty() {
        let count = load::load(&store, &data, &flights)?;
        println!("{count} flights ({:.1?})", started.elapsed());
    } else {
        println!("the store at {} is loaded already", directory.display());
    }

    section("Questions");
    answers::print(&store.snapshot())?;

    section("Booking");
    if store.collection::<Booking>()?.is_empty() {
        bookings::sell(&store)?;
    } else {
        println!("all seats were sold in an earlier run");
    }

    section("Opened again");
    let before = counts(&store)?;
    // The last handle closes the store, and only then can it be opened again.
    drop(store);
    let started = Instant::now();
    let store = Store::open(&directory)?;
    // The first look at a collection decodes its records and builds its indexes.
    let after = counts(&store)?;
    println!("opened and read in {:.1?}", started.elapsed());
    for (name, count) in after {
        println!("    {count:>7} {name}");
    }
    assert_eq!(before, after, "what was committed is there");
    bookings::check(&store)
}

fn section(title: &str) {
    println!("\n== {title} ==");
}

/// How many records each collection holds.
fn counts(store: &Store) -> folio::Result<[(&'static str, usize); 6]> {
    Ok([
        count::<Airline>(store)?,
        count::<Airport>(store)?,
        count::<Plane>(store)?,
        count::<Flight>(store)?,
        count::<Seats>(store)?,
        count::<Booking>(store)?,
    ])
}

fn count<T: Record>(store: &Store) -> folio::Result<(&'static str, usize)> {
    Ok((T::NAME, store.collection::<T>()?.len()))
}

/// The command line.
#[derive(Default)]
struct Arguments {
    flights: Option<PathBuf>,
    store: Option<PathBuf>,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = OsString>) -> Result<Self, Box<dyn Error>> {
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            if word == "--store" {
                let directory = words.next().ok_or("--store needs a directory")?;
                arguments.store = Some(directory.into());
            } else if word.as_encoded_bytes().starts_with(b"-") || arguments.flights.is_some() {
                return Err("usage: flights [--store DIR] [FLIGHTS.CSV]".into());
            } else {
                arguments.flights = Some(word.into());
            }
        }
        Ok(arguments)
    }
}
