//! Followers: a store read beside the process that writes it. What they see is always a version that was
//! committed, never an older one than before, and in the end the newest.
#![cfg(feature = "derive")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod changes;
mod keys;
mod processes;
#[cfg(feature = "simulation")]
mod simulated;
mod trouble;
mod watched;

#[path = "../common/mod.rs"]
mod common;

use folio::{Options, Record, Snapshot, Store};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "accounts")]
struct Account {
    #[key]
    id: u64,
    #[index(unique)]
    title: String,
    #[index]
    cents: i64,
}

fn account(id: u64, cents: i64) -> Account {
    Account { id, title: format!("account {id}"), cents }
}

/// A directory with the path of a store in it.
fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("followed.folio");
    (directory, path)
}

/// Looks only when it is asked to, so that a test knows when.
fn quiet() -> Options {
    Store::options().follow_interval(Duration::MAX)
}

fn follow(path: &Path) -> Store {
    quiet().follow(path).expect("the store can be followed")
}

/// What a version has.
fn accounts(snapshot: &Snapshot) -> BTreeMap<u64, i64> {
    let accounts = snapshot.collection::<Account>().expect("accounts can be read");
    accounts.iter().map(|account| (account.id, account.cents)).collect()
}

/// That the newest versions of two stores are the same, and that the indexes of the follower fit.
fn assert_same(follower: &Store, writer: &Store) {
    let (seen, written) = (follower.snapshot(), writer.snapshot());
    assert_eq!(seen.version(), written.version());
    assert_eq!(seen.time(), written.time());
    assert_eq!(accounts(&seen), accounts(&written));
    let by_name = seen.collection::<Account>().unwrap();
    for (id, cents) in accounts(&written) {
        let found = by_name.find(Account::TITLE, format!("account {id}").as_str());
        assert_eq!(found.map(|found| found.cents), Some(cents));
    }
}
