//! Export and import: any value comes back exactly, into a store that has the types and into one that has not;
//! what is there already is merged as asked; damage, cuts and lines that make no sense are found.
#![cfg(feature = "derive")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

#[path = "../dynamic/any.rs"]
mod any;
mod beside_commits;
mod damaged;
mod encrypted;
mod forms;
mod lines;
#[path = "../../examples/flights/load.rs"]
mod load;
mod merging;
#[allow(dead_code, reason = "the example uses the rest of it")]
#[path = "../../examples/flights/model.rs"]
mod model;
mod real_data;
mod round_trips;
#[path = "../dynamic/zoo.rs"]
mod zoo;

use folio::{Format, ImportOptions, Record, Store};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "users")]
struct User {
    #[key]
    id: u64,
    #[index(unique)]
    email: String,
    #[index]
    city: Option<String>,
}

fn user(id: u64, email: &str) -> User {
    User { id, email: email.to_owned(), city: id.is_multiple_of(2).then(|| "Oslo".to_owned()) }
}

/// A store with a few users and settings.
fn sample() -> Store {
    let store = Store::in_memory();
    let users = store.collection::<User>().unwrap();
    users.insert_all((1..=5).map(|id| user(id, &format!("{id}@example.org")))).unwrap();
    store.documents("settings").unwrap().set("theme", &("dark", 0.5_f32)).unwrap();
    store
}

fn exported(store: &Store) -> Vec<u8> {
    let mut out = Vec::new();
    store.export(&mut out, Format::JsonLines).unwrap();
    out
}

fn text(export: &[u8]) -> &str {
    std::str::from_utf8(export).unwrap()
}

/// What a store says of an export.
fn import_error(export: &[u8]) -> folio::Error {
    let store = Store::in_memory();
    store.import(export, ImportOptions::new()).expect_err("it must be refused")
}
