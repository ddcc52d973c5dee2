//! Indexes by hash: they find what an ordered index of the same keys finds, a transaction depends on what
//! it looked up in them and on nothing else, and they are a matter of the type alone, not of what is
//! stored. `tests/model` has them among all other steps that a store can take.

#![cfg(feature = "derive")]

#[path = "../common/mod.rs"]
mod common;
mod conflicts;
mod lookups;

use folio::{Hashed, Index, Result, Store, Unique, ViewIndex};
use serde::{Deserialize, Serialize};

#[derive(folio::Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "visits")]
#[record(index(ordered_spot = (town, street), when = |visit| visit.is_paid))]
#[record(index(spot = (town, street), hash, when = |visit| visit.is_paid))]
struct Visit {
    #[key]
    id: u32,
    #[index(unique, hash)]
    token: String,
    #[index(hash)]
    #[index(name = "ordered_town")]
    town: u32,
    street: Option<String>,
    #[index(each, hash)]
    #[index(each, name = "ordered_tags")]
    tags: Vec<u32>,
    is_paid: bool,
}

fn visit(id: u32, token: &str, town: u32) -> Visit {
    let (token, street) = (token.to_owned(), Some(format!("street {}", id % 5)));
    Visit { id, token, town, street, tags: vec![town, 7], is_paid: id.is_multiple_of(2) }
}

#[derive(folio::Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "notes")]
struct Note {
    #[key]
    id: u32,
}

fn visits(all: impl IntoIterator<Item = Visit>) -> Result<Store> {
    let store = Store::in_memory();
    store.collection::<Visit>()?.insert_all(all)?;
    store.collection::<Note>()?;
    Ok(store)
}

#[test]
fn the_types_say_which_order_it_is() {
    let _: Unique<Visit, String, Hashed> = Visit::TOKEN;
    let _: Index<Visit, u32, Hashed> = Visit::TOWN;
    let _: Index<Visit, u32> = Visit::ORDERED_TOWN;
    let _: Index<Visit, (u32, String), Hashed> = Visit::SPOT;
    let _: Index<Visit, u32, Hashed> = Visit::TAGS;
}

/// Methods that a type has by itself go before those of a trait: these are found only where there are no
/// others of their names.
trait Missing: Sized {
    fn range(self) -> &'static str {
        "there is no range"
    }

    fn prefix(self) -> &'static str {
        "there is no prefix"
    }

    fn iter(self) -> std::iter::Once<&'static str> {
        std::iter::once("there is no iteration")
    }

    fn keys(self) -> &'static str {
        "there are no keys"
    }
}

impl<K: folio::Key> Missing for ViewIndex<'_, Visit, K, Hashed> {}

impl<K: folio::Key> Missing for folio::TxIndex<'_, Visit, K, Hashed> {}

#[test]
fn what_needs_an_order_is_not_there() -> Result<()> {
    let store = visits([])?;
    let view = store.collection::<Visit>()?.view();
    assert_eq!(view.by(Visit::TOWN).range(), "there is no range");
    assert_eq!(view.by(Visit::TOWN).prefix(), "there is no prefix");
    assert!(view.by(Visit::TOWN).iter().eq(["there is no iteration"]));
    assert_eq!(view.by(Visit::TOWN).keys(), "there are no keys");
    store.transact(|tx| {
        let visits = tx.collection::<Visit>()?;
        assert_eq!(visits.by(Visit::TOWN).range(), "there is no range");
        assert_eq!(visits.by(Visit::TOWN).prefix(), "there is no prefix");
        assert!(visits.by(Visit::TOWN).iter().eq(["there is no iteration"]));
        assert_eq!(visits.by(Visit::TOWN).keys(), "there are no keys");
        Ok(())
    })
}

mod ordered {
    use serde::{Deserialize, Serialize};

    #[derive(folio::Record, Serialize, Deserialize, Clone, Debug)]
    #[record(name = "users")]
    pub(crate) struct User {
        #[key]
        pub(crate) id: u32,
        #[index(unique)]
        pub(crate) email: String,
        #[index]
        pub(crate) city: String,
    }
}

mod hashed {
    use serde::{Deserialize, Serialize};

    #[derive(folio::Record, Serialize, Deserialize, Clone, Debug)]
    #[record(name = "users")]
    pub(crate) struct User {
        #[key]
        pub(crate) id: u32,
        #[index(unique, hash)]
        pub(crate) email: String,
        #[index(hash)]
        pub(crate) city: String,
    }
}

/// Opens the users as one of the two types, adds some, and looks at all there are.
macro_rules! add_users {
    ($path:expr, $module:ident, $ids:expr) => {{
        let store = Store::open($path)?;
        let users = store.collection::<$module::User>()?;
        users.insert_all($ids.map(|id| {
            let (email, city) = (format!("{id}@example.org"), format!("city {}", id % 3));
            $module::User { id, email, city }
        }))?;
        let view = users.view();
        for id in 0..$ids.end {
            let email = format!("{id}@example.org");
            assert_eq!(
                view.find($module::User::EMAIL, email.as_str()).map(|user| user.id),
                Some(id)
            );
        }
        let found = view.by($module::User::CITY).get("city 1").map(|user| user.id);
        assert!(found.eq((0..$ids.end).filter(|id| id % 3 == 1)));
        store.close()?;
    }};
}

#[test]
fn the_order_of_an_index_may_change_from_one_opening_to_the_next() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    add_users!(&path, ordered, 0..100);
    add_users!(&path, hashed, 100..200);
    add_users!(&path, hashed, 200..300);
    add_users!(&path, ordered, 300..400);
    Ok(())
}

#[test]
fn many_records_under_one_key_and_many_keys() -> Result<()> {
    const COUNT: u32 = 50_000;
    let store = visits([])?;
    let visits = store.collection::<Visit>()?;
    visits.insert_all(
        (0..COUNT).map(|id| Visit { tags: vec![1, 2], ..visit(id, &format!("token {id}"), id) }),
    )?;
    let before = visits.view();
    assert_eq!(before.by(Visit::TAGS).count(&1), 50_000);
    assert!(before.by(Visit::TAGS).get(&2).map(|visit| visit.id).eq(0..COUNT));
    assert!(before.by(Visit::TAGS).get(&2).rev().map(|visit| visit.id).eq((0..COUNT).rev()));
    for id in (0..COUNT).step_by(7) {
        let found = before.find(Visit::TOKEN, format!("token {id}").as_str());
        assert_eq!(found.map(|visit| visit.id), Some(id));
        assert!(before.by(Visit::TOWN).get(&id).map(|visit| visit.id).eq([id]));
    }
    // One by one, and many at once.
    for id in (0..COUNT).step_by(1_000) {
        visits.update(&id, |visit| visit.tags = vec![3])?;
    }
    visits.remove_range(10_001..COUNT)?;
    let after = visits.view();
    assert_eq!([1, 2, 3].map(|tag| after.by(Visit::TAGS).count(&tag)), [9_990, 9_990, 11]);
    assert_eq!([1, 2, 3].map(|tag| before.by(Visit::TAGS).count(&tag)), [50_000, 50_000, 0]);
    assert_eq!(after.find(Visit::TOKEN, "token 10001"), None);
    assert_eq!(after.find(Visit::TOKEN, "token 10000").map(|visit| visit.id), Some(10_000));
    let mut left = after.by(Visit::TAGS).get(&1).map(|visit| visit.id);
    assert!(left.by_ref().eq((0..10_001).filter(|id| id % 1_000 != 0)));
    Ok(())
}
