//! A store on a simulated disk, through crashes, faults and damage.
//!
//! A workload runs on a [`Disk`](folio::simulation::Disk) that records every operation. [`history`]
//! notes what the store promised after how many of them, [`model`] what it must then hold. The
//! checker ([`explorer`]) builds every state that a crash at any point may leave, opens it and asks:
//!
//! - is everything there that was acknowledged, and nothing that was not attempted?
//! - is it exactly the state behind some commit, indexes included?
//! - can it be written to, and does all this hold again when that second life ends in a crash, in
//!   the middle of recovery or after it?
//!
//! [`power`] does so for losses of power and for processes that are killed, [`threads`] for commits of
//! several threads; [`faults`] makes operations fail, [`recovery_faults`] those of an opening;
//! [`damage`] and [`sectors`] change what was durable, and [`mutants`] shows that disks that lie are
//! found out. [`envelope`] has all that is compressed or encrypted, and keys that change. How much all this looks at is up to [`effort`]. What was looked at is printed: run with
//! `--nocapture`.

#![cfg(feature = "derive")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod damage;
mod effort;
mod envelope;
mod explorer;
mod faults;
#[path = "../common/figures.rs"]
mod figures;
mod history;
mod model;
mod mutants;
mod power;
mod recovery_faults;
mod sectors;
mod threads;
mod workloads;
