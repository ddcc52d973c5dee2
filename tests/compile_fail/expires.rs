//! Deadlines that are no fields, or no times.

use folio::Record;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(expires = expires_at)]
struct Unknown {
    #[key]
    id: u64,
    until: SystemTime,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(expires = until, expires = until)]
struct Twice {
    #[key]
    id: u64,
    until: SystemTime,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(expires)]
struct Bare {
    #[key]
    id: u64,
    until: SystemTime,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(expires = "until")]
struct Quoted {
    #[key]
    id: u64,
    until: SystemTime,
}

fn main() {}
