//! A record type that changes twice, and the records that stay.
//!
//! ```text
//! cargo run --example evolution
//! ```
//!
//! The first program writes users. In the second the type has new fields, wider numbers and a field
//! with another name: the stored names tell how to read what is there, so there is nothing to do. In
//! the third the name is two names. That is a change of meaning, which only a program knows how to make:
//! with a `From`, and version 2 of the type.

use folio::{Record, Store};
use std::error::Error;
use std::path::Path;

/// The program as it was first.
mod first {
    use serde::{Deserialize, Serialize};

    #[derive(folio::Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[record(name = "users")]
    pub(crate) struct User {
        #[key]
        pub(crate) id: u32,
        pub(crate) full_name: String,
        pub(crate) logins: u16,
    }
}

/// The program a year later. The type is still version 1, since all that is stored means the same.
mod second {
    use serde::{Deserialize, Serialize};

    #[derive(folio::Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[record(name = "users")]
    pub(crate) struct User {
        /// Wider.
        #[key]
        pub(crate) id: u64,
        /// Renamed.
        #[serde(alias = "full_name")]
        #[index]
        pub(crate) name: String,
        /// Wider, too.
        pub(crate) logins: u64,
        /// New, and nothing where it is not stored.
        pub(crate) city: Option<String>,
        /// New, and empty where it is not stored.
        #[serde(default)]
        pub(crate) tags: Vec<String>,
    }
}

/// The program today.
mod third {
    use super::second;
    use serde::{Deserialize, Serialize};

    #[derive(folio::Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[record(name = "users", version = 2, from = second::User)]
    pub(crate) struct User {
        #[key]
        pub(crate) id: u64,
        pub(crate) first: String,
        pub(crate) last: String,
        pub(crate) logins: u64,
        pub(crate) city: Option<String>,
        pub(crate) tags: Vec<String>,
    }

    /// A `TryFrom` does as well: if it fails, the error names the record, and nothing is changed.
    impl From<second::User> for User {
        fn from(old: second::User) -> Self {
            let (first, last) = old.name.split_once(' ').unwrap_or((&old.name, ""));
            let (first, last) = (first.to_owned(), last.to_owned());
            Self { id: old.id, first, last, logins: old.logins, city: old.city, tags: old.tags }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // The directory goes when the program ends.
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("app.folio");

    let names = [(1, "Ada Lovelace", 36), (2, "Alan Turing", 41), (3, "Grace Hopper", 85)];
    let users =
        names.map(|(id, name, logins)| first::User { id, full_name: name.to_owned(), logins });
    Store::open(&path)?.collection::<first::User>()?.insert_all(users)?;
    show(&path, "the first program has written")?;

    // The names of the fields are stored, once, and they are what the new type is read by.
    let store = Store::open(&path)?;
    let users = store.collection::<second::User>()?;
    let alan = users.update(&2, |user| user.city = Some("Manchester".to_owned()))?;
    assert_eq!((alan.name.as_str(), alan.logins, alan.tags.len()), ("Alan Turing", 41, 0));
    assert_eq!(users.view().by(second::User::NAME).count("Ada Lovelace"), 1);
    drop((users, store));
    show(&path, "the second program has read it, and changed a record")?;

    // All records are converted when the collection is attached, in one commit.
    let store = Store::open(&path)?;
    let users = store.collection::<third::User>()?;
    println!("the third program finds:");
    let view = users.view();
    for user in &view {
        println!("    {}: {}, {} ({:?})", user.id, user.last, user.first, user.city);
    }
    assert_eq!(users.len(), names.len());
    for (id, name, logins) in names {
        let user = users.get(&id.into()).ok_or("no user was lost")?;
        assert_eq!(format!("{} {}", user.first, user.last), name);
        assert_eq!(user.logins, u64::from(logins));
        assert_eq!(user.city.as_deref(), (id == 2).then_some("Manchester"));
    }
    drop((view, users, store));
    show(&path, "the third program has migrated it")?;

    // An old program does no harm to what it can't read any more.
    let store = Store::open(&path)?;
    match store.collection::<second::User>() {
        Err(error @ folio::Error::SchemaMismatch { .. }) => {
            println!("the second program hears: {error}");
        }
        other => return Err(format!("the stored type is newer, but: {other:?}").into()),
    }
    assert_eq!(store.collection::<third::User>()?.len(), names.len());
    Ok(())
}

/// Prints what is known of the store without any of the types.
fn show(path: &Path, what: &str) -> folio::Result<()> {
    let store = Store::options().read_only(true).open(path)?;
    println!("{what}:");
    for known in store.collections() {
        println!("    `{}`, {} records of", known.name, known.records);
        for line in known.schema.lines() {
            println!("        {line}");
        }
        assert_eq!((known.name.as_str(), known.records), (first::User::NAME, 3));
    }
    println!();
    Ok(())
}
