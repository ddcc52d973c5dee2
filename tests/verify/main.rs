//! Verifying stores: nothing is found in intact ones, and in damaged ones just what is damaged; and repairing those.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod damaged;
mod intact;

use folio::{Options, Record, Result, Store};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "items")]
struct Item {
    #[key]
    id: u64,
    #[index]
    color: String,
    #[index(unique)]
    code: u64,
    parts: HashMap<String, u32>,
}

fn item(id: u64, round: u64) -> Item {
    let color = ["red", "green"][usize::from(round.is_multiple_of(2))].to_owned();
    let parts = (0..5).map(|part| (format!("part {part}"), 7)).collect();
    Item { id, color, code: id * 1_000 + round, parts }
}

/// The size of the smallest segment that there is, so that there are several.
const SEGMENT_BYTES: u64 = 64 << 10;

fn options() -> Options {
    Store::options().segment_bytes(SEGMENT_BYTES)
}

/// Writes some commits: puts, puts over them, and removes.
fn fill(store: &Store, rounds: std::ops::Range<u64>) -> Result<()> {
    let items = store.collection::<Item>()?;
    for round in rounds {
        for id in 0..8 {
            items.put(item(id, round))?;
        }
        items.remove(&(round % 8))?;
    }
    Ok(())
}
