//! The hot paths, one after the other, on stores that are filled once.
//!
//! The order is part of what is measured: a workload finds the maps as those before it left them. The
//! stores keep their size, though, so that moving or adding a workload changes little.

use crate::callgrind::{count, count_each, tell_processor};
use folio::{Collection, Durability, Record, Schema, Store};
use serde::{Deserialize, Serialize};
use std::hint::black_box;

/// How many records a collection has while it is read and written.
const RECORDS: u64 = 100_000;

/// How many operations a workload has, where it has not many records each.
const OPERATIONS: u64 = 1_000;

/// About 130 bytes in postcard, as in `hot_paths`.
#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "users")]
struct User {
    #[key]
    id: u64,
    #[index(unique)]
    email: String,
    #[index]
    city: String,
    tags: Vec<String>,
    score: f64,
    parent: Option<u32>,
    kind: Kind,
}

#[derive(Schema, Serialize, Deserialize, Clone)]
enum Kind {
    Guest,
    Member { since: u32, note: String },
}

/// Two collections that differ in nothing but the type of the key.
#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "numbered")]
struct Numbered {
    #[key]
    id: u64,
    note: String,
    score: f64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "named")]
struct Named {
    #[key]
    name: String,
    note: String,
    score: f64,
}

/// The records that are stored have even ids: the odd ones are places for more, anywhere.
fn stored(place: u64) -> u64 {
    place * 2
}

fn free(place: u64) -> u64 {
    place * 2 + 1
}

fn user(id: u64) -> User {
    let note = "pays by the month, in advance".to_owned();
    let member = Kind::Member { since: 2013, note };
    User {
        id,
        email: name(id),
        city: city(id),
        tags: vec!["storage".to_owned(), "databases".to_owned(), "rust".to_owned()],
        score: 2.5,
        parent: Some(17),
        kind: if id.is_multiple_of(50) { Kind::Guest } else { member },
    }
}

/// Ten of the records that are stored are in one city.
fn city(id: u64) -> String {
    format!("city{:07}", id / 20)
}

fn name(id: u64) -> String {
    format!("user{id:08}@example.org")
}

fn numbered(id: u64, score: f64) -> Numbered {
    Numbered { id, note: "the same in both".to_owned(), score }
}

fn named(id: u64, score: f64) -> Named {
    Named { name: name(id), note: "the same in both".to_owned(), score }
}

/// Places in random order, none of them twice, and the same ones in each run. Those of different
/// seeds overlap only by chance.
fn places(count: u64, seed: u64) -> impl Iterator<Item = u64> + Clone {
    // A step that has no factor in common with the number of records visits all of them.
    const STEP: u64 = 61_803;
    (0..count).map(move |turn| (seed * 31_337 + turn * STEP) % RECORDS)
}

struct Filled {
    store: Store,
    users: Collection<User>,
    numbered: Collection<Numbered>,
    named: Collection<Named>,
}

impl Filled {
    fn new() -> Self {
        let store = Store::in_memory();
        let filled = Self {
            users: store.collection().unwrap(),
            numbered: store.collection().unwrap(),
            named: store.collection().unwrap(),
            store,
        };
        for start in (0..RECORDS).step_by(10_000) {
            let ids = (start..start + 10_000).map(stored);
            filled.users.insert_all(ids.clone().map(user)).unwrap();
            filled.numbered.insert_all(ids.clone().map(|id| numbered(id, 0.0))).unwrap();
            filled.named.insert_all(ids.map(|id| named(id, 0.0))).unwrap();
        }
        filled
    }
}

/// Runs all of them; in the child.
pub(crate) fn run() {
    tell_processor();
    let filled = Filled::new();
    reads(&filled);
    writes(&filled);
    keys(&filled);
    transactions(&filled);
    batches(&filled);
    drop(filled);
    log();
    recovery();
}

fn reads(Filled { store, users, .. }: &Filled) {
    let view = users.view();
    let ids: Vec<u64> = places(OPERATIONS, 1).map(stored).collect();
    let emails: Vec<String> = ids.iter().map(|id| name(*id)).collect();
    let cities: Vec<String> = ids.iter().map(|id| city(*id)).collect();
    count_each("read/get, collection", &ids, |id| users.get(id).unwrap());
    count_each("read/with, collection", &ids, |id| users.with(id, |user| user.id).unwrap());
    count_each("read/get, view", &ids, |id| view.get(id).unwrap().id);
    count_each("read/find in the unique index", &emails, |email| {
        users.find(User::EMAIL, email.as_str()).unwrap()
    });
    count_each("read/10 of the other index", &cities, |city| {
        view.by(User::CITY).get(city.as_str()).map(|user| user.id).sum::<u64>()
    });
    count_each("read/scan of 100", &ids, |id| {
        view.range(*id..).take(100).map(|user| user.id).sum::<u64>()
    });
    count_each("read/snapshot and its view", &ids, |id| {
        let view = store.snapshot().collection::<User>().unwrap();
        view.contains(id)
    });
}

fn writes(Filled { users, .. }: &Filled) {
    let changed = |place| User { score: 7.5, ..user(stored(place)) };
    let scored: Vec<User> = places(OPERATIONS, 2).map(changed).collect();
    count_each("write/put, index keys as before", scored, |user| users.put(user).unwrap());

    let elsewhere = |place| User { city: city(stored(place) + 50_000), ..user(stored(place)) };
    let moved: Vec<User> = places(OPERATIONS, 3).map(elsewhere).collect();
    count_each("write/put, another city", moved, |user| users.put(user).unwrap());

    let last: Vec<User> =
        (RECORDS..RECORDS + OPERATIONS).map(|place| user(stored(place))).collect();
    count_each("write/insert, at the end", last, |user| users.insert(user).unwrap());

    let anywhere: Vec<u64> = places(OPERATIONS, 4).map(free).collect();
    let more: Vec<User> = anywhere.iter().map(|id| user(*id)).collect();
    count_each("write/insert, anywhere", more, |user| users.insert(user).unwrap());
    count_each("write/remove, anywhere", &anywhere, |id| users.remove(id).unwrap().unwrap());

    let ids: Vec<u64> = places(OPERATIONS, 5).map(stored).collect();
    count_each("write/update", &ids, |id| users.update(id, |user| user.score += 1.0).unwrap());
}

/// What a string as a key costs beside a number, without any index: keys are cloned and compared, and
/// paths to them copied.
fn keys(Filled { numbered: numbers, named: names, .. }: &Filled) {
    let ids: Vec<u64> = places(OPERATIONS, 6).map(stored).collect();
    let strings: Vec<String> = ids.iter().map(|id| name(*id)).collect();
    count_each("key/get, u64 key", &ids, |id| numbers.get(id).unwrap());
    count_each("key/get, String key", &strings, |name| names.get(name.as_str()).unwrap());

    let records: Vec<_> = ids.iter().map(|id| numbered(*id, 1.0)).collect();
    count_each("key/put, u64 key", records, |record| numbers.put(record).unwrap());
    let records: Vec<_> = ids.iter().map(|id| named(*id, 1.0)).collect();
    count_each("key/put, String key", records, |record| names.put(record).unwrap());

    let records: Vec<_> = places(OPERATIONS, 7).map(|place| numbered(free(place), 0.0)).collect();
    count_each("key/insert, u64 key", records, |record| numbers.insert(record).unwrap());
    let records: Vec<_> = places(OPERATIONS, 7).map(|place| named(free(place), 0.0)).collect();
    count_each("key/insert, String key", records, |record| names.insert(record).unwrap());
}

fn transactions(Filled { store, .. }: &Filled) {
    let ids: Vec<u64> = places(OPERATIONS, 8).map(stored).collect();
    count_each("transaction/one read", &ids, |id| {
        store.transact(|tx| Ok(tx.collection::<User>()?.get(id).unwrap())).unwrap()
    });

    let five = |ids: &[u64]| {
        let users: Vec<_> = ids.iter().map(|id| User { score: 9.5, ..user(*id) }).collect();
        let numbers: Vec<_> = ids.iter().map(|id| numbered(*id, 2.0)).collect();
        (users, numbers)
    };
    let inputs: Vec<_> = ids.chunks_exact(5).map(five).collect();
    count_each("transaction/10 writes, 2 collections", inputs, |(mut users, mut numbers)| {
        let run = store.transact(|tx| {
            let (into_users, into_numbers) = (tx.collection::<User>()?, tx.collection()?);
            for user in users.drain(..) {
                into_users.put(user)?;
            }
            for record in numbers.drain(..) {
                into_numbers.put(record)?;
            }
            Ok(())
        });
        run.unwrap();
    });
}

/// Counted by record, not by call.
fn batches(Filled { users, .. }: &Filled) {
    let replaced: Vec<User> = places(10 * OPERATIONS, 9)
        .map(|place| User { score: 1.5, ..user(stored(place)) })
        .collect();
    let mut replaced: Vec<Vec<User>> = replaced.chunks(1_000).map(<[User]>::to_vec).collect();
    count("batch/put_all of 1,000, a record", 10_000, || {
        for batch in replaced.drain(..) {
            users.put_all(batch).unwrap();
        }
    });

    let store = Store::in_memory();
    let empty = store.collection::<User>().unwrap();
    let mut users: Vec<User> = places(10_000, 10).map(|place| user(stored(place))).collect();
    count("batch/insert_all of 10,000, a record", 10_000, || {
        empty.insert_all(users.drain(..)).unwrap();
    });
}

/// A commit with all that a log adds to it: few records, so that the maps add little.
fn log() {
    let directory = tempfile::tempdir().unwrap();
    let options = Store::options().durability(Durability::Write);
    let store = options.open(directory.path().join("log.folio")).unwrap();
    let users = store.collection::<User>().unwrap();
    users.insert_all((0..100).map(user)).unwrap();
    let records: Vec<User> =
        (0..OPERATIONS).map(|turn| User { score: 3.5, ..user(turn % 100) }).collect();
    count_each("log/commit at Durability::Write", records, |user| users.put(user).unwrap());
}

/// Opening a store and looking at its one collection, for each of its records.
fn recovery() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().join("recovery.folio");
    let store = Store::open(&directory).unwrap();
    let users = store.collection::<User>().unwrap();
    let all: Vec<User> = places(10_000, 11).map(|place| user(stored(place))).collect();
    for batch in all.chunks(100) {
        users.insert_all(batch.iter().cloned()).unwrap();
    }
    store.close().unwrap();
    drop((users, store));
    let mut opened = None;
    count("open/recover and attach 10,000, a record", 10_000, || {
        let store = Store::open(&directory).unwrap();
        let users = store.collection::<User>().unwrap();
        black_box(users.len());
        // Closed outside of what is counted.
        opened = Some((store, users));
    });
    drop(opened);
}
