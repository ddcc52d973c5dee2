//! A store on a simulated disk, through crashes and faults.
#![allow(unreachable_pub)]

mod explorer;
mod history;
mod model;
mod power;
mod workloads;
