//! Time travel and the ledger: what changed between two versions, old versions from memory and from the
//! log, the history of a record, the commits, and whether the log still is what it was.
#![cfg(feature = "derive")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod archive;
#[cfg(feature = "simulation")]
mod archive_crashes;
mod as_of;
mod changes;
#[cfg(feature = "simulation")]
mod crashes;
mod ledger;
mod mark;
mod rollback;
mod witness;

#[path = "../common/mod.rs"]
mod common;

use common::Random;
use folio::{Record, Snapshot, Store};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tempfile::TempDir;

/// A collection in key order.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "items")]
struct Item {
    #[key]
    id: u64,
    price: u32,
}

/// A collection without an order, with keys that own memory.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "tags", unordered)]
struct Tag {
    #[key]
    name: String,
    count: u32,
}

/// What the two collections hold.
#[derive(Debug, Clone, Default, PartialEq)]
struct Truth {
    items: BTreeMap<u64, u32>,
    tags: BTreeMap<String, u32>,
}

impl Truth {
    fn of(snapshot: &Snapshot) -> Self {
        let items = snapshot.collection::<Item>().expect("items can be read");
        let tags = snapshot.collection::<Tag>().expect("tags can be read");
        Self {
            items: items.iter().map(|item| (item.id, item.price)).collect(),
            tags: tags.iter().map(|tag| (tag.name.clone(), tag.count)).collect(),
        }
    }
}

/// Commits something at random, in one transaction, to either collection: one version more.
fn commit_something(store: &Store, random: &mut Random) {
    let before = store.version();
    while store.version() == before {
        try_something(store, random);
    }
}

/// Does something at random, which may change nothing.
fn try_something(store: &Store, random: &mut Random) {
    let operations: Vec<(u64, u64)> =
        (0..=random.below(4)).map(|_| (random.below(6), random.below(40))).collect();
    let value = u32::try_from(random.below(3)).expect("small");
    store
        .transact(|tx| {
            let (items, tags) = (tx.collection::<Item>()?, tx.collection::<Tag>()?);
            for &(kind, id) in &operations {
                match kind {
                    0 | 1 => drop(items.put(Item { id, price: value })?),
                    2 => drop(items.remove(&id)?),
                    3 | 4 => drop(tags.put(Tag { name: format!("tag {id}"), count: value })?),
                    _ => drop(tags.remove(&format!("tag {id}"))?),
                }
            }
            Ok(())
        })
        .expect("nothing is in the way");
}

/// A store with the two collections, in a place that goes away with the first value.
fn open() -> (TempDir, Store) {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let store = Store::open(directory.path().join("store.folio")).expect("a store can be made");
    attach(&store);
    (directory, store)
}

fn attach(store: &Store) {
    store.collection::<Item>().expect("items can be attached");
    store.collection::<Tag>().expect("tags can be attached");
}
