//! What can't be said of a full-text index.

use folio::Record;
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone)]
struct Unique {
    #[key]
    id: u64,
    #[index(unique, text)]
    body: String,
}

#[derive(Record, Serialize, Deserialize, Clone)]
struct Language {
    #[key]
    id: u64,
    #[index(text = "klingon")]
    body: String,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(unique(all = (title, body), text))]
struct OnTheType {
    #[key]
    id: u64,
    title: String,
    body: String,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(index(all = (title, other), text))]
struct NoField {
    #[key]
    id: u64,
    title: String,
}

fn main() {}
