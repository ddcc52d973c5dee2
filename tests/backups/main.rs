//! Backups: made beside threads that write, continued, damaged, cut short, restored whole and up to a
//! version on the way.
#![cfg(feature = "derive")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod continued;
#[cfg(feature = "simulation")]
mod crashes;
mod damaged;
mod restored;

#[path = "../common/mod.rs"]
mod common;

use folio::{Record, Snapshot, Store};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "items")]
struct Item {
    #[key]
    id: u64,
    text: String,
}

fn item(id: u64, text: &str) -> Item {
    Item { id, text: text.to_owned() }
}

/// What a version has.
fn items(snapshot: &Snapshot) -> BTreeMap<u64, String> {
    let items = snapshot.collection::<Item>().expect("items can be read");
    items.iter().map(|item| (item.id, item.text.clone())).collect()
}

/// Directories for a store, its backup and what is restored of it, which go away with the value.
struct Place {
    root: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { root: tempfile::tempdir().expect("a directory can be made") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn store(&self) -> Store {
        Store::open(self.path("store")).expect("the store opens")
    }

    fn backup(&self) -> PathBuf {
        self.path("backup")
    }
}

/// The names in a directory, without the lock.
fn names(path: &Path) -> Vec<String> {
    let names = std::fs::read_dir(path).expect("the directory is there");
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "LOCK")
        .collect();
    names.sort();
    names
}
