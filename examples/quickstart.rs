//! A first look: one collection, its indexes, a transaction, a snapshot.
//!
//! ```text
//! cargo run --example quickstart            # in a temporary directory
//! cargo run --example quickstart -- DIR     # in DIR, which is created if it is missing
//! ```
//!
//! Run it twice with the same directory: the count of logins goes on where it ended.

use folio::{Record, Store};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::path::PathBuf;

/// Everything about the collection is said here, beside the type: its name on disk, its key, and
/// by what else its records are found.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "users")]
struct User {
    #[key]
    id: u64,
    #[index(unique)]
    email: String,
    #[index]
    city: String,
    #[index(each)]
    tags: Vec<String>,
    logins: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    // The temporary directory goes when the program ends, so it must live as long as the store.
    let temporary = tempfile::tempdir()?;
    let directory = match std::env::args_os().nth(1) {
        Some(given) => PathBuf::from(given),
        None => temporary.path().join("app.folio"),
    };

    // Created if it is missing, recovered if it was left in the middle of something.
    let store = Store::open(&directory)?;
    let users = store.collection::<User>()?;

    // A write outside a transaction is a transaction of its own: durable when the call returns.
    if !users.contains(&1) {
        users.put(user(1, "ada@lovelace.org", "London", &["engine", "notes"]))?;
        users.put(user(2, "charles@babbage.org", "London", &["engine"]))?;
        users.put(user(3, "grace@hopper.org", "New York", &["compiler"]))?;
    }

    // Reads take no lock and copy nothing: this is the record in the store, counted by an `Arc`.
    let ada = users.get(&1).ok_or("ada was just put")?;
    assert_eq!(users.find(User::EMAIL, "ada@lovelace.org"), Some(ada));

    // What a transaction read and wrote happens at one moment, or not at all. It runs again when
    // another transaction comes in between, and an error from the closure rolls it back.
    let logins = store.transact(|tx| {
        let users = tx.collection::<User>()?;
        let ada = users
            .find(User::EMAIL, "ada@lovelace.org")
            .ok_or_else(|| folio::Error::abort("nobody has this address"))?;
        Ok(users.update(&ada.id, |user| user.logins += 1)?.logins)
    })?;
    println!("logins of ada so far: {logins}");

    // The unique index keeps its word, and the error says who was there first.
    let refused = users.insert(user(4, "ada@lovelace.org", "Paris", &[]));
    match refused {
        Err(error @ folio::Error::UniqueViolation { .. }) => println!("refused: {error}"),
        other => return Err(format!("the address is taken, but: {other:?}").into()),
    }

    // A snapshot is one version of everything. What happens later does not reach it.
    let snapshot = store.snapshot();
    users.put(user(5, "alan@turing.org", "London", &["machine"]))?;
    let then = snapshot.collection::<User>()?;
    println!("in London, before alan came:");
    for user in then.by(User::CITY).get("London") {
        println!("    {} <{}>", user.id, user.email);
    }
    println!("who cares about engines:");
    for user in then.by(User::TAGS).get("engine") {
        println!("    {} <{}>", user.id, user.email);
    }
    println!("in London now: {}", users.view().by(User::CITY).count("London"));

    users.remove(&5)?;
    println!("the store is at version {}", store.version());
    Ok(())
}

fn user(id: u64, email: &str, city: &str, tags: &[&str]) -> User {
    User {
        id,
        email: email.to_owned(),
        city: city.to_owned(),
        tags: tags.iter().map(ToString::to_string).collect(),
        logins: 0,
    }
}
