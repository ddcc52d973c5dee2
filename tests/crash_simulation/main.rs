//! A store on a simulated disk, through crashes and faults.

mod explorer;
mod faults;
mod history;
mod model;
mod power;
mod workloads;
