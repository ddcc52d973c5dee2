//! Names of indexes and collections that are missing, taken or no names at all.

use folio::Record;
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "")]
struct Empty {
    #[key]
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "one", name = "two")]
struct TwoNames {
    #[key]
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(index(city))]
#[record(index)]
struct Nameless {
    #[key]
    id: u64,
    city: String,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(index(city = (city, age)))]
struct Taken {
    #[key]
    id: u64,
    #[index]
    city: String,
    #[index]
    #[index(unique)]
    age: u8,
    #[index(name = "Age")]
    years: u8,
}

#[derive(Record, Serialize, Deserialize, Clone)]
struct NoNames {
    #[key]
    id: u64,
    #[index(name = "by city")]
    city: String,
    #[index(name = "")]
    age: u8,
    #[index(name = "2nd")]
    second: u8,
}

fn main() {}
