//! Many passengers, few seats: booking from several threads at once, without selling a seat twice.

use crate::model::{Booking, Flight, Plane, Seats};
use folio::Store;
use std::error::Error;
use std::thread;
use std::time::Instant;

const FLIGHTS: usize = 3;
const THREADS: usize = 8;

/// Why there is no booking.
#[derive(Debug)]
enum Refusal {
    SoldOut,
    Store(folio::Error),
}

impl From<folio::Error> for Refusal {
    fn from(error: folio::Error) -> Self {
        Self::Store(error)
    }
}

/// What came of the race: bookings made, and passengers who came too late.
#[derive(Clone, Copy, Default)]
struct Outcome {
    booked: usize,
    refused: usize,
}

/// Sells the seats of a few flights to more passengers than there are seats.
pub(crate) fn sell(store: &Store) -> Result<(), Box<dyn Error>> {
    let flights = offer(store)?;
    let seats = store.collection::<Seats>()?;
    store.collection::<Booking>()?;
    let capacity: usize =
        flights.iter().filter_map(|id| seats.get(id)).map(|of| usize::from(of.capacity)).sum();
    // A quarter more than there is room for.
    let passengers = capacity * 5 / 4 / THREADS;
    println!(
        "{capacity} seats on {} flights, {} passengers, {THREADS} threads",
        flights.len(),
        passengers * THREADS
    );

    let started = Instant::now();
    let start = store.stats();
    let sum = race(store, &flights, passengers)?;
    let end = store.stats();
    println!(
        "{} booked, {} too late; {} conflicts were run again; {} commits in {} syncs ({:.1?})",
        sum.booked,
        sum.refused,
        end.conflicts - start.conflicts,
        end.commits - start.commits,
        end.syncs - start.syncs,
        started.elapsed()
    );
    check(store)?;
    assert_eq!(sum.booked, capacity, "all seats are sold, none of them twice");
    Ok(())
}

/// Lets all the threads sell at once, each to so many passengers of its own.
fn race(store: &Store, flights: &[u64], passengers: usize) -> folio::Result<Outcome> {
    let outcomes: Vec<folio::Result<Outcome>> = thread::scope(|scope| {
        let agents: Vec<_> = (0..THREADS)
            .map(|agent| scope.spawn(move || serve(store, flights, agent, passengers)))
            .collect();
        agents.into_iter().map(|agent| agent.join().expect("no agent panics")).collect()
    });
    let mut sum = Outcome::default();
    for outcome in outcomes {
        let outcome = outcome?;
        sum.booked += outcome.booked;
        sum.refused += outcome.refused;
    }
    Ok(sum)
}

/// Puts a few flights on sale: the first ones whose planes are known to be small.
fn offer(store: &Store) -> folio::Result<Vec<u64>> {
    store.transact(|tx| {
        let planes = tx.collection::<Plane>()?;
        let seats = tx.collection::<Seats>()?;
        let mut offered = Vec::new();
        for flight in &tx.collection::<Flight>()? {
            let Some(tail_number) = &flight.tail_number else { continue };
            let Some(plane) = planes.get(tail_number.as_str()) else { continue };
            if !(20..=60).contains(&plane.seats) {
                continue;
            }
            seats.put(Seats { flight: flight.id, capacity: plane.seats, left: plane.seats })?;
            offered.push(flight.id);
            if offered.len() == FLIGHTS {
                break;
            }
        }
        Ok(offered)
    })
}

/// One thread's passengers, one after the other.
fn serve(
    store: &Store,
    flights: &[u64],
    agent: usize,
    passengers: usize,
) -> folio::Result<Outcome> {
    let mut outcome = Outcome::default();
    for number in 0..passengers {
        let passenger = format!("passenger {agent}-{number}");
        // Not all begin with the same flight, but in the end all want the same seats.
        let wishes = flights.iter().cycle().skip(number).take(flights.len());
        if book_first(store, wishes, &passenger)? {
            outcome.booked += 1;
        } else {
            outcome.refused += 1;
        }
    }
    Ok(outcome)
}

/// Books the first flight that has a seat left. False where none has.
fn book_first<'a>(
    store: &Store,
    wishes: impl Iterator<Item = &'a u64>,
    passenger: &str,
) -> folio::Result<bool> {
    for &flight in wishes {
        match book(store, flight, passenger) {
            Ok(_) => return Ok(true),
            Err(Refusal::SoldOut) => {}
            Err(Refusal::Store(error)) => return Err(error),
        }
    }
    Ok(false)
}

/// Sells one seat. Looking whether one is left, taking it and writing down who has it are one
/// transaction: two agents who see the same last seat cannot both commit, and the one who loses
/// runs again and finds none.
fn book(store: &Store, flight: u64, passenger: &str) -> Result<u64, Refusal> {
    store.try_transact(|tx| {
        let seats = tx.collection::<Seats>()?;
        let sold_out = seats.get(&flight).is_none_or(|of| of.left == 0);
        if sold_out {
            return Err(Refusal::SoldOut);
        }
        seats.update(&flight, |of| of.left -= 1)?;
        let id = tx.next_id::<Booking>()?;
        let booking = Booking { id, flight, passenger: passenger.to_owned() };
        tx.collection::<Booking>()?.insert(booking)?;
        Ok(id)
    })
}

/// Holds the seats of all flights on sale against their bookings, in one snapshot.
pub(crate) fn check(store: &Store) -> Result<(), Box<dyn Error>> {
    let snapshot = store.snapshot();
    let bookings = snapshot.collection::<Booking>()?;
    let flights = snapshot.collection::<Flight>()?;
    for of in &snapshot.collection::<Seats>()? {
        let flight = flights.get(&of.flight).ok_or("seats are on sale on a flight nobody knows")?;
        let sold = bookings.by(Booking::FLIGHT).count(&of.flight);
        println!(
            "    {} {} on {} to {}: {sold} bookings for {} seats, {} left",
            flight.carrier, flight.number, flight.date, flight.destination, of.capacity, of.left
        );
        assert_eq!(sold + usize::from(of.left), usize::from(of.capacity), "no seat is sold twice");
    }
    Ok(())
}
