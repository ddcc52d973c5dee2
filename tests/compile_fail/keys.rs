//! Keys that are missing, misplaced or without an order.

use folio::Record;
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone)]
struct None {
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
struct Unit;

#[derive(Record, Serialize, Deserialize, Clone)]
#[key]
struct OnTheType {
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
struct WithArguments {
    #[key(unique)]
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
struct Twice {
    #[key]
    #[key]
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
struct Float {
    #[key]
    price: f64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
struct FloatWithin {
    #[key]
    id: u64,
    #[key]
    place: Option<(f32, u8)>,
}

#[derive(Record, Serialize, Deserialize, Clone)]
struct TooMany(
    #[key] u8,
    #[key] u8,
    #[key] u8,
    #[key] u8,
    #[key] u8,
    #[key] u8,
    #[key] u8,
    #[key] u8,
    #[key] u8,
);

fn main() {}
