//! What a store tells of itself: numbers, their text for Prometheus and for the crate `metrics`, spans and events,
//! slow transactions; and the limits that are held or watched.
#![cfg(feature = "derive")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]
#![allow(clippy::float_cmp, reason = "whole numbers are the same as floats")]

mod estimates;
#[cfg(feature = "metrics")]
mod facade;
mod held;
mod limits;
mod numbers;
mod slow;
mod text;
#[cfg(all(feature = "tracing", feature = "simulation"))]
mod traced;

use folio::{CollectionStats, Record, Stats, Store};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "items")]
struct Item {
    #[key]
    id: u64,
    #[index]
    color: u8,
    #[index(hash)]
    shape: u8,
    #[index(each)]
    tags: Vec<String>,
    text: String,
}

fn item(id: u64, text: &str) -> Item {
    let tags = (0..id % 3).map(|tag| tag.to_string()).collect();
    Item { id, color: 1, shape: u8::try_from(id % 5).unwrap(), tags, text: text.to_owned() }
}

/// The numbers of a collection.
fn of<'a>(stats: &'a Stats, collection: &str) -> &'a CollectionStats {
    let mut found = stats.collections.iter().filter(|found| found.name == collection);
    found.next().expect("the collection is there")
}

/// Has a transaction lose so many times to commits of its own thread, and then win.
fn lose(store: &Store, times: u32) -> folio::Result<()> {
    let items = store.collection::<Item>()?;
    let mut left = times;
    store.transaction().meta("actor", "ada").run(|tx| {
        let inside = tx.collection::<Item>()?;
        inside.get(&1);
        if left > 0 {
            left -= 1;
            items.put(item(1, &format!("lost {left}")))?;
        }
        inside.put(item(2, "won"))?;
        Ok(())
    })
}
