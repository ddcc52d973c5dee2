//! Types that can't be records, or can't be described.

use folio::{Record, Schema};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone)]
enum Enum {
    One { id: u64 },
}

#[derive(Record)]
union Union {
    id: u64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
struct Generic<T> {
    #[key]
    id: u64,
    value: T,
}

#[derive(Schema)]
union Undescribed {
    id: u64,
}

#[derive(Schema, Serialize)]
struct Borrowed<'a> {
    name: &'a str,
}

fn main() {}
