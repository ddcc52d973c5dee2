//! Indexes of fields that are not there, or that give no keys.

use folio::Record;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(index(by_town = town))]
#[record(unique(by_town_age = (town, age)))]
#[record(index(by_age_age = (age, age)))]
#[record(index(by_age = (age)))]
#[record(index(by_nothing = ()))]
#[record(index(by_score = (age, score)))]
struct User {
    #[key]
    id: u64,
    city: String,
    age: u8,
    score: Option<f64>,
}

#[derive(Record, Serialize, Deserialize, Clone)]
struct Elements {
    #[key]
    id: u64,
    #[index(each)]
    name: String,
    #[index(each)]
    labels: BTreeMap<String, String>,
    #[index(each)]
    floats: Vec<f32>,
    #[index]
    float: f32,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(index(by_third = 2))]
struct Numbered(#[key] u64, #[index] u64);

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(index(by_all = (a, b, c, d, e, f, g, h, i)))]
struct TooMany {
    #[key]
    a: u8,
    b: u8,
    c: u8,
    d: u8,
    e: u8,
    f: u8,
    g: u8,
    h: u8,
    i: u8,
}

fn main() {}
