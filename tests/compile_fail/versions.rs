//! Versions of record types, and what they migrate from.

use folio::Record;
use serde::{Deserialize, Serialize};

mod v1 {
    use super::{Deserialize, Record, Serialize};

    #[derive(Record, Serialize, Deserialize, Clone)]
    pub struct User {
        #[key]
        pub id: u64,
    }
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(version = 0)]
struct Zero {
    #[key]
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(version = 2)]
#[record(name = "users", version = 3)]
struct Twice {
    #[key]
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(from = v1::User)]
struct WithoutVersion {
    #[key]
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(from = v1::User, name = "users", version = 1)]
struct First {
    #[key]
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(version = 3, from = v1::User, from = v1::User)]
struct FromTwo {
    #[key]
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(version = 2, from = "v1::User")]
struct Quoted {
    #[key]
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(version = "2")]
struct QuotedVersion {
    #[key]
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(version = 5000000000)]
struct TooLarge {
    #[key]
    id: u64,
}

fn main() {}
