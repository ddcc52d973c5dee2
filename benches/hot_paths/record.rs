//! The record, and stores filled with it.

use folio::{Collection, Record, Schema, Store};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use tempfile::TempDir;

/// About 130 bytes in postcard.
#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "users")]
pub(crate) struct User {
    #[key]
    pub(crate) id: u64,
    #[index(unique)]
    pub(crate) email: String,
    #[index]
    pub(crate) city: String,
    pub(crate) tags: Vec<String>,
    pub(crate) score: f64,
    pub(crate) parent: Option<u32>,
    pub(crate) kind: Kind,
}

#[derive(Schema, Serialize, Deserialize, Clone, Debug)]
pub(crate) enum Kind {
    Guest,
    Member { since: u32, note: String },
}

pub(crate) fn user(id: u64) -> User {
    let note = "pays by the month, in advance".to_owned();
    User {
        id,
        email: email(id),
        city: city(id / 10),
        tags: vec!["storage".to_owned(), "databases".to_owned(), "rust".to_owned()],
        score: f64::from(u32::try_from(id).unwrap()) / 3.0,
        parent: Some(17),
        kind: if id.is_multiple_of(50) { Kind::Guest } else { Kind::Member { since: 2013, note } },
    }
}

pub(crate) fn email(id: u64) -> String {
    format!("user{id:08}@example.org")
}

pub(crate) fn city(id: u64) -> String {
    format!("city{id:07}")
}

/// Random ids, the same for everybody.
pub(crate) struct Ids {
    state: u64,
    below: u64,
}

impl Ids {
    pub(crate) fn new(below: u64) -> Self {
        Self { state: 0x2545_F491_4F6C_DD1D, below }
    }

    /// Others than those of [`Self::new`], for each number.
    pub(crate) fn from(number: u64, below: u64) -> Self {
        let mut ids = Self::new(below);
        ids.state ^= number << 32;
        ids
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % self.below
    }
}

pub(crate) struct Folio {
    pub(crate) store: Store,
    pub(crate) users: Collection<User>,
    directory: TempDir,
}

impl Folio {
    /// Where the store is.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("bench.folio")
    }

    pub(crate) fn filled(count: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path().join("bench.folio")).unwrap();
        let users = store.collection::<User>().unwrap();
        for start in (0..count).step_by(10_000) {
            users.insert_all((start..count.min(start + 10_000)).map(user)).unwrap();
        }
        Self { store, users, directory }
    }
}
