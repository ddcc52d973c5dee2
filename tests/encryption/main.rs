//! Compression and encryption of the log: what comes back under which settings, which key opens what,
//! and what a store gives away.
#![cfg(feature = "derive")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod checkpoints;
mod files;
mod keys;
mod reencrypt;
mod rotation;
mod settings;
mod tampering;

#[path = "../common/mod.rs"]
mod common;

use folio::{Compression, EncryptionKey, Options, Record, Result, Store};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "pages")]
struct Page {
    #[key]
    number: u64,
    #[index]
    shelf: String,
    text: String,
}

/// A page that compresses well where it is long.
fn page(number: u64, words: usize) -> Page {
    let text = format!("word {} of page {number}; ", number % 7).repeat(words);
    Page { number, shelf: format!("shelf {}", number % 3), text }
}

/// A place for a store that goes away with the value.
fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("store.folio");
    (directory, path)
}

/// A passphrase that takes no time.
fn passphrase(text: &str) -> EncryptionKey {
    EncryptionKey::from_passphrase(text).with_cost(8, 1)
}

fn key(byte: u8) -> EncryptionKey {
    EncryptionKey::from_bytes([byte; 32])
}

/// Without compression, so that a frame is what was put.
fn plainly() -> Options {
    Store::options().compression(Compression::None)
}

/// Puts pages, opening and closing the store.
fn put(options: Options, path: &Path, pages: impl IntoIterator<Item = Page>) -> Result<()> {
    let store = options.open(path)?;
    let collection = store.collection::<Page>()?;
    for page in pages {
        collection.put(page)?;
    }
    store.close()
}

/// All pages of a store.
fn pages(store: &Store) -> Result<Vec<Page>> {
    Ok(store.snapshot().collection::<Page>()?.iter().cloned().collect())
}
