//! Attributes that say something unknown, or stand at the wrong place.

use folio::Record;
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone)]
#[record]
struct Bare {
    #[key]
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(key = "id")]
#[index(unique)]
struct OnTheType {
    #[key]
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
struct OnFields {
    #[key]
    #[record(name = "identity")]
    id: u64,
    #[index(ordered)]
    city: String,
    #[index(when = |user| user.active)]
    active: bool,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(index(by_tag = tags, each))]
#[record(index(by_city = city, unique))]
#[record(index(twice = city, when = |_| true, when = |_| false))]
#[record(index(calculated = city.len()))]
struct Options {
    #[key]
    id: u64,
    city: String,
    tags: Vec<String>,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(unordered, unordered)]
struct Twice {
    #[key]
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(unordered = true)]
struct Given {
    #[key]
    id: u64,
}

fn main() {}
