//! A store on a simulated disk, through crashes and faults.

mod damage;
mod explorer;
mod faults;
mod history;
mod model;
mod mutants;
mod power;
mod threads;
mod workloads;
