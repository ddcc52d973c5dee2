//! What is on disk when: the three levels of durability, what they cost and what they promise among
//! threads, closing, locking, opening what is there and what is not, segments, copies that went their own
//! way, and types that come, go and change between opens.
#![cfg(feature = "derive")]

mod another_history;
mod checkpoints;
#[cfg(feature = "simulation")]
mod close_timeout;
mod closing;
mod contention;
mod cost;
mod groups;
mod levels;
mod locking;
mod opening;
mod read_only;
mod rewriting;
mod segments;
mod types;

#[path = "../common/mod.rs"]
mod common;

use folio::{Record, Store};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "pages")]
struct Page {
    #[key]
    number: u64,
    text: String,
}

fn page(number: u64) -> Page {
    Page { number, text: format!("this is page {number}") }
}

/// A place for a store that goes away with the value.
fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("store.folio");
    (directory, path)
}

/// The pages in a store.
fn numbers(store: &Store) -> folio::Result<Vec<u64>> {
    Ok(store.snapshot().collection::<Page>()?.keys().copied().collect())
}

/// The pages that are there when the process of the store at `path` ends now.
fn numbers_after_crash(path: &Path) -> folio::Result<Vec<u64>> {
    let (_directory, image) = place();
    common::crash_image(path, &image);
    numbers(&Store::open(&image)?)
}
