//! A store on a simulated disk, through crashes and faults.

#![cfg(feature = "derive")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod damage;
mod explorer;
mod faults;
mod history;
mod model;
mod mutants;
mod power;
mod threads;
mod workloads;
