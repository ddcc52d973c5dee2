//! Indexes by hash: they find what an ordered index of the same keys finds, a transaction depends on what
//! it looked up in them and on nothing else, and they are a matter of the type alone, not of what is
//! stored. `tests/model` has them among all other steps that a store can take.

#![cfg(feature = "derive")]

#[path = "common/mod.rs"]
mod common;

use common::{Random, seed};
use folio::{
    Error, Hashed, Index, IndexHandle, Isolation, Result, Store, Transaction, TxCollection, Unique,
    View, ViewIndex,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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

/// What should be in a collection.
type Model = BTreeMap<u32, Visit>;

/// Compares what a hash index has under each key with an ordered one and with the model.
fn compare_index<H, O>(
    view: &View<Visit>,
    model: &Model,
    (hashed, ordered): (H, O),
    keys: impl Fn(&Visit) -> Vec<H::Key>,
) where
    H: IndexHandle<Visit>,
    O: IndexHandle<Visit, Key = H::Key>,
    H::Key: std::fmt::Debug,
{
    let mut expected: BTreeMap<H::Key, BTreeSet<u32>> = BTreeMap::new();
    for visit in model.values() {
        for key in keys(visit) {
            expected.entry(key).or_default().insert(visit.id);
        }
    }
    for (key, ids) in &expected {
        let found: Vec<&Visit> = view.by(hashed).get(key).collect();
        assert!(found.iter().copied().eq(ids.iter().map(|id| &model[id])), "{key:?}");
        assert!(found.iter().copied().eq(view.by(ordered).get(key)), "{key:?}");
        assert!(found.into_iter().rev().eq(view.by(hashed).get(key).rev()), "{key:?}");
        assert_eq!(view.by(hashed).count(key), ids.len(), "{key:?}");
    }
}

fn compare(view: &View<Visit>, model: &Model) {
    assert!(view.iter().eq(model.values()));
    compare_index(view, model, (Visit::TOWN, Visit::ORDERED_TOWN), |visit| vec![visit.town]);
    compare_index(view, model, (Visit::TAGS, Visit::ORDERED_TAGS), |visit| visit.tags.clone());
    compare_index(view, model, (Visit::SPOT, Visit::ORDERED_SPOT), |visit| {
        let spot = visit.street.clone().map(|street| (visit.town, street));
        spot.filter(|_| visit.is_paid).into_iter().collect()
    });
    for visit in model.values() {
        assert_eq!(view.find(Visit::TOKEN, visit.token.as_str()), Some(visit));
    }
    for town in (0..70).filter(|town| model.values().all(|visit| visit.town != *town)) {
        assert_eq!(view.by(Visit::TOWN).count(&town), 0);
        assert_eq!(view.by(Visit::TOWN).get(&town).next(), None);
    }
    assert_eq!(view.find(Visit::TOKEN, "nobody's"), None);
}

fn small(random: &mut Random, limit: u64) -> u32 {
    u32::try_from(random.below(limit)).expect("it is small")
}

fn random_visit(random: &mut Random, id: u32) -> Visit {
    let town = small(random, 64);
    let street = Some(format!("street {}", random.below(4))).filter(|_| random.below(5) > 0);
    let tags = (0..random.below(4)).map(|_| small(random, 600)).collect();
    let token = format!("{id}: {}", random.below(3));
    Visit { id, token, town, street, tags, is_paid: random.below(2) == 0 }
}

fn step(visits: &TxCollection<'_, Visit>, model: &mut Model, random: &mut Random) -> Result<()> {
    let id = small(random, 2_000);
    match random.below(6) {
        0 | 1 => {
            let batch = (id..id + 200).step_by(3).map(|id| random_visit(random, id));
            let batch: Vec<Visit> = batch.collect();
            visits.put_all(batch.clone())?;
            model.extend(batch.into_iter().map(|visit| (visit.id, visit)));
        }
        2 => {
            let ids: Vec<u32> = (id..id + 150).step_by(2).collect();
            visits.remove_all(&ids)?;
            ids.iter().for_each(|id| drop(model.remove(id)));
        }
        3 => drop((visits.remove(&id)?, model.remove(&id))),
        4 => {
            let visit = random_visit(random, id);
            visits.put(visit.clone())?;
            model.insert(id, visit);
        }
        // Every visit of one town goes to another, found by the index while it is written.
        _ => {
            let (from, to) = (id % 64, id % 7);
            for visit in visits.by(Visit::TOWN).get(&from) {
                visits.update(&visit.id, |visit| visit.town = to)?;
            }
            let moved = model.values_mut().filter(|visit| visit.town == from);
            moved.for_each(|visit| visit.town = to);
        }
    }
    Ok(())
}

#[test]
fn a_hash_index_finds_what_an_ordered_one_finds() -> Result<()> {
    let mut random = Random::new(seed("a_hash_index_finds_what_an_ordered_one_finds"));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let mut store = Store::open(&path)?;
    let (mut model, mut held) = (Model::new(), Vec::new());
    for round in 0..40 {
        let visits = store.collection::<Visit>()?;
        // Some steps fail, and leave nothing.
        let (mut after, fails) = (model.clone(), random.below(4) == 0);
        let result = store.transact(|tx| {
            after.clone_from(&model);
            let visits = tx.collection::<Visit>()?;
            for _ in 0..=random.below(3) {
                step(&visits, &mut after, &mut random)?;
            }
            let some = after.values().next().map(|visit| visit.town);
            if let Some(town) = some {
                let expected = after.values().filter(|visit| visit.town == town);
                let found = visits.by(Visit::TOWN).get(&town);
                assert!(found.map(|visit| visit.id).eq(expected.map(|visit| visit.id)));
            }
            if fails { Err(Error::abort("expected by the test")) } else { Ok(()) }
        });
        assert_eq!(result.is_err(), fails);
        if !fails {
            model = after;
        }
        compare(&visits.view(), &model);
        if round % 8 == 3 {
            held.push((visits.view(), model.clone()));
        }
        if round % 16 == 9 {
            drop(visits);
            store.close()?;
            store = Store::open(&path)?;
            compare(&store.collection::<Visit>()?.view(), &model);
        }
    }
    for (view, model) in &held {
        compare(view, model);
    }
    Ok(())
}

/// Whether a transaction that read commits although the change was committed before it.
fn commits(
    read: impl Fn(&TxCollection<'_, Visit>),
    change: impl Fn(&TxCollection<'_, Visit>) -> Result<()>,
    isolation: Isolation,
) -> Result<bool> {
    let store = visits((0..40).map(|id| visit(id, &format!("token {id}"), 10)).chain([
        visit(50, "token 50", 20),
        visit(60, "token 60", 30),
        visit(61, "token 61", 30),
    ]))?;
    let reader = store.transaction().isolation(isolation).begin();
    read(&reader.collection()?);
    reader.collection::<Note>()?.put(Note { id: 1 })?;
    store.transact(|tx| change(&tx.collection()?))?;
    match reader.commit() {
        Ok(_) => Ok(true),
        Err(Error::Conflict { collection, .. }) if collection == "visits" => Ok(false),
        Err(error) => Err(error),
    }
}

type Read = fn(&TxCollection<'_, Visit>);
type Change = fn(&TxCollection<'_, Visit>) -> Result<()>;

fn moved(visits: &TxCollection<'_, Visit>, id: u32, town: u32) -> Result<()> {
    visits.update(&id, |visit| visit.town = town).map(drop)
}

#[test]
fn a_reader_depends_on_what_is_under_its_key_and_on_nothing_else() -> Result<()> {
    let many: &[Read] = &[
        |visits| assert_eq!(visits.by(Visit::TOWN).get(&10).count(), 40),
        |visits| assert_eq!(visits.by(Visit::TOWN).count(&10), 40),
        // One record was taken, and yet all of them were read.
        |visits| assert_eq!(visits.by(Visit::TOWN).get(&10).next().map(|visit| visit.id), Some(0)),
    ];
    let of_many: &[Change] = &[
        |visits| visits.insert(visit(99, "token 99", 10)).map(drop),
        |visits| visits.remove(&17).map(drop),
        |visits| moved(visits, 17, 20),
        |visits| moved(visits, 50, 10),
        // As many as before, and others.
        |visits| moved(visits, 17, 20).and_then(|()| moved(visits, 50, 10)),
    ];
    let one: &[Read] = &[
        |visits| assert_eq!(visits.by(Visit::TOWN).get(&20).count(), 1),
        |visits| assert_eq!(visits.by(Visit::TOWN).count(&20), 1),
    ];
    let of_one: &[Change] = &[
        |visits| visits.insert(visit(99, "token 99", 20)).map(drop),
        |visits| visits.remove(&50).map(drop),
        |visits| moved(visits, 50, 30),
        |visits| moved(visits, 50, 30).and_then(|()| moved(visits, 17, 20)),
    ];
    let missing: &[Read] = &[
        |visits| assert_eq!(visits.by(Visit::TOWN).get(&40).count(), 0),
        |visits| assert_eq!(visits.by(Visit::TOWN).count(&40), 0),
        |visits| drop(visits.by(Visit::TOWN).get(&40)),
    ];
    let of_missing: &[Change] = &[
        |visits| visits.insert(visit(99, "token 99", 40)).map(drop),
        |visits| moved(visits, 60, 40),
    ];
    let token: &[Read] = &[
        |visits| assert!(visits.find(Visit::TOKEN, "token 50").is_some()),
        |visits| assert_eq!(visits.by(Visit::TOKEN).get("token 50").count(), 1),
    ];
    let of_token: &[Change] = &[
        |visits| visits.update(&50, |visit| visit.token.push('!')).map(drop),
        |visits| visits.update(&50, |visit| visit.is_paid = !visit.is_paid).map(drop),
        |visits| visits.remove(&50).map(drop),
    ];
    let free_token: &[Read] = &[|visits| assert_eq!(visits.find(Visit::TOKEN, "token 99"), None)];
    let of_free_token: &[Change] = &[
        |visits| visits.insert(visit(99, "token 99", 20)).map(drop),
        |visits| visits.update(&60, |visit| visit.token = "token 99".into()).map(drop),
    ];
    // What lies elsewhere, and what ends as it began.
    let elsewhere: &[Change] = &[
        |visits| visits.insert(visit(98, "token 98", 50)).map(drop),
        |visits| moved(visits, 61, 60),
        |visits| visits.remove(&61).map(drop),
        |visits| visits.update(&61, |visit| visit.tags.clear()).map(drop),
    ];
    let cases = [
        (many, of_many),
        (one, of_one),
        (missing, of_missing),
        (token, of_token),
        (free_token, of_free_token),
    ];
    for (place, (reads, noticed)) in cases.into_iter().enumerate() {
        for read in reads {
            for (at, change) in noticed.iter().enumerate() {
                assert!(!commits(read, change, Isolation::Serializable)?, "{place}: change {at}");
                assert!(commits(read, change, Isolation::Snapshot)?, "{place}: change {at}");
            }
            for (at, change) in elsewhere.iter().enumerate() {
                assert!(
                    commits(read, change, Isolation::Serializable)?,
                    "{place}: {at} is elsewhere"
                );
            }
        }
    }
    Ok(())
}

/// Two that look whether anybody is in a town, and go there if not: at most one may.
#[test]
fn two_that_look_and_then_write_do_not_both_commit() -> Result<()> {
    let store = visits([visit(1, "a", 1), visit(2, "b", 2)])?;
    let go = |tx: &Transaction, id: u32| -> Result<()> {
        let visits = tx.collection::<Visit>()?;
        assert_eq!(visits.by(Visit::TOWN).get(&9).count(), 0);
        moved(&visits, id, 9)
    };
    let (first, second) = (store.begin(), store.begin());
    go(&first, 1)?;
    go(&second, 2)?;
    first.commit()?;
    assert!(second.commit().is_err_and(|error| error.is_conflict()));
    assert_eq!(store.collection::<Visit>()?.view().by(Visit::TOWN).count(&9), 1);
    Ok(())
}

#[test]
fn a_unique_key_has_one_record() -> Result<()> {
    let store = visits([visit(1, "a", 1), visit(2, "b", 2)])?;
    let visits = store.collection::<Visit>()?;
    let refused = |result: Result<()>| match result {
        Err(Error::UniqueViolation { index, value, existing, .. }) => {
            assert_eq!(index, "token");
            (value, existing)
        }
        other => panic!("{other:?}"),
    };
    let of_first = || ("\"a\"".to_owned(), "1".to_owned());
    assert_eq!(refused(visits.put(visit(3, "a", 1)).map(drop)), of_first());
    assert_eq!(refused(visits.update(&2, |visit| visit.token = "a".into()).map(drop)), of_first());
    assert_eq!(
        refused(visits.insert_all([visit(4, "d", 4), visit(5, "a", 5)]).map(drop)),
        of_first()
    );
    let twice = visits.insert_all([visit(4, "d", 4), visit(5, "d", 5)]);
    assert_eq!(refused(twice.map(drop)), ("\"d\"".to_owned(), "4".to_owned()));
    let empty = self::visits([])?.collection::<Visit>()?;
    let twice = empty.insert_all([visit(4, "d", 4), visit(5, "d", 5)]);
    assert_eq!(refused(twice.map(drop)), ("\"d\"".to_owned(), "4".to_owned()));
    assert_eq!((visits.len(), empty.len()), (2, 0));
    Ok(())
}

#[test]
fn a_unique_key_is_handed_on() -> Result<()> {
    let store = visits([visit(1, "a", 1), visit(2, "b", 2)])?;
    let visits = store.collection::<Visit>()?;
    // Given up before it is taken, in a batch and in a transaction.
    visits.put_all([visit(1, "c", 1), visit(3, "a", 3)])?;
    store.transact(|tx| {
        let visits = tx.collection::<Visit>()?;
        visits.remove(&2)?;
        visits.insert(visit(4, "b", 4)).map(drop)
    })?;
    let ids = ["a", "b", "c", "d"].map(|token| visits.find(Visit::TOKEN, token).map(|of| of.id));
    assert_eq!(ids, [Some(3), Some(4), Some(1), None]);
    Ok(())
}

/// Two that each find a unique key free, in a collection with records and in an empty one.
#[test]
fn of_two_that_take_one_unique_key_one_commits() -> Result<()> {
    for count in [0, 1, 3_000] {
        let store = visits((100..100 + count).map(|id| visit(id, &format!("token {id}"), 1)))?;
        let (first, second, third) = (store.begin(), store.begin(), store.begin());
        first.collection::<Visit>()?.insert_all([visit(1, "a", 1), visit(2, "b", 2)])?;
        second.collection::<Visit>()?.insert_all([visit(3, "c", 1), visit(4, "b", 2)])?;
        third.collection::<Visit>()?.insert_all([visit(5, "e", 1), visit(6, "f", 2)])?;
        first.commit()?;
        assert!(second.commit().is_err_and(|error| error.is_conflict()), "{count} records");
        third.commit()?;
        let visits = store.collection::<Visit>()?;
        let ids =
            ["a", "b", "c", "f"].map(|token| visits.find(Visit::TOKEN, token).map(|of| of.id));
        assert_eq!(ids, [Some(1), Some(2), None, Some(6)]);
    }
    Ok(())
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
