//! Records that expire: whoever reads sees none whose deadline is at or before the time of reading, in
//! whatever way it is asked for, and nobody can tell which of them were swept.
//!
//! The clock of these tests stands still until they set it, so nothing here waits for a deadline or depends
//! on how long anything takes.

#[path = "../common/mod.rs"]
mod common;
mod dates;
mod isolation;
mod model;
mod reads;
mod restart;
mod sweeper;
mod unique;

use folio::simulation::Clock;
use folio::{Collection, Options, Record, Store};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A record with a deadline, or none.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "sessions", expires = until)]
struct Session {
    #[key]
    id: u64,
    #[index(unique)]
    token: String,
    #[index]
    user: u64,
    until: Option<SystemTime>,
}

fn session(id: u64, until: u64) -> Session {
    Session { id, token: format!("token {id}"), user: id % 3, until: Some(second(until)) }
}

/// A time in seconds.
fn second(number: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(number)
}

fn clock_at(number: u64) -> Clock {
    Clock::at(second(number))
}

/// A store that only sweeps when it is told to.
fn unswept(clock: &Clock) -> Options {
    Store::options().clock(clock).sweep(false)
}

fn ids(sessions: &Collection<Session>) -> Vec<u64> {
    sessions.view().keys().copied().collect()
}
