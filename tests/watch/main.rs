//! Watching: what a watcher is given is the net change, all of it, however slow it is; it sleeps and is woken;
//! it ends with the store.
#![cfg(feature = "derive")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod ends;
mod net_change;
#[cfg(feature = "stream")]
mod streams;
mod tasks;
mod threads;

#[path = "../common/mod.rs"]
mod common;

use folio::{Change, Record};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "users")]
struct User {
    #[key]
    id: u64,
    #[index]
    city: String,
    score: u32,
}

fn user(id: u64, city: &str, score: u32) -> User {
    User { id, city: city.to_owned(), score }
}

/// Puts changes into a model, and checks that each fits what was there.
fn apply(model: &mut BTreeMap<u64, User>, changes: impl Iterator<Item = Change<User>>) {
    for change in changes {
        let before = match change.after() {
            Some(after) => model.insert(after.id, (**after).clone()),
            None => model.remove(&change.key()),
        };
        assert_eq!(before.as_ref(), change.before().map(|user| &**user), "what was there before");
    }
}
