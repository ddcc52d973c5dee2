//! `changes_since`: right between any two versions, at a cost of what changed.

use crate::common::{self, Random};
use crate::{Item, Tag, Truth, attach, commit_something};
use folio::{Change, Error, Record, Snapshot, Store};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// What a change of a collection looks like to a plain map.
type Difference<K> = BTreeMap<K, (Option<u32>, Option<u32>)>;

fn difference<K: Ord + Clone>(old: &BTreeMap<K, u32>, new: &BTreeMap<K, u32>) -> Difference<K> {
    old.keys()
        .chain(new.keys())
        .map(|key| (key.clone(), (old.get(key).copied(), new.get(key).copied())))
        .filter(|(_, (old, new))| old != new)
        .collect()
}

fn check(old: (&Snapshot, &Truth), new: (&Snapshot, &Truth)) {
    let items: Vec<Change<Item>> = new.0.changes_since(old.0).expect("one store").collect();
    assert!(items.is_sorted_by_key(Change::key), "items come in key order");
    let price = |item: &std::sync::Arc<Item>| item.price;
    let found: Difference<u64> = items
        .iter()
        .map(|change| (change.key(), (change.before().map(price), change.after().map(price))))
        .collect();
    assert_eq!(found.len(), items.len(), "each key comes once");
    assert_eq!(found, difference(&old.1.items, &new.1.items));

    let tags: Vec<Change<Tag>> = new.0.changes_since(old.0).expect("one store").collect();
    let count = |tag: &std::sync::Arc<Tag>| tag.count;
    let found: Difference<String> = tags
        .iter()
        .map(|change| (change.key(), (change.before().map(count), change.after().map(count))))
        .collect();
    assert_eq!(found.len(), tags.len(), "each key comes once");
    assert_eq!(found, difference(&old.1.tags, &new.1.tags));
}

#[test]
fn changes_between_any_two_versions_are_those_of_plain_maps() {
    let mut random = Random::new(common::seed("changes"));
    let store = Store::in_memory();
    let empty = store.snapshot();
    attach(&store);
    let mut versions = vec![(empty, Truth::default())];
    for _ in 0..150 {
        commit_something(&store, &mut random);
        let snapshot = store.snapshot();
        let truth = Truth::of(&snapshot);
        versions.push((snapshot, truth));
    }
    for _ in 0..600 {
        let (old, new) = (random.place(versions.len()), random.place(versions.len()));
        let (old, new) = (&versions[old], &versions[new]);
        check((&old.0, &old.1), (&new.0, &new.1));
    }
}

#[test]
fn versions_of_two_openings_are_compared_by_content() {
    let (directory, store) = crate::open();
    let items = store.collection::<Item>().unwrap();
    items.put_all((0..100).map(|id| Item { id, price: 7 })).unwrap();
    let before = store.snapshot();
    drop(items);
    store.close().unwrap();
    drop(store);

    let store = Store::open(directory.path().join("store.folio")).unwrap();
    let items = store.collection::<Item>().unwrap();
    assert_eq!(store.snapshot().changes_since::<Item>(&before).unwrap().count(), 0);
    items.put(Item { id: 31, price: 8 }).unwrap();
    let changes: Vec<_> = {
        let after = store.snapshot();
        after.changes_since::<Item>(&before).unwrap().collect()
    };
    assert!(matches!(&changes[..], [Change::Updated { old, new }]
        if (old.id, old.price, new.price) == (31, 7, 8)));
}

#[test]
fn a_record_written_as_it_was_is_no_change() {
    let store = Store::in_memory();
    let items = store.collection::<Item>().unwrap();
    items.put(Item { id: 1, price: 7 }).unwrap();
    let before = store.snapshot();
    items.put(Item { id: 1, price: 7 }).unwrap();
    items.put(Item { id: 2, price: 7 }).unwrap();
    let after = store.snapshot();
    let changes: Vec<_> = after.changes_since::<Item>(&before).unwrap().collect();
    assert!(matches!(&changes[..], [Change::Inserted(item)] if item.id == 2));
}

/// Another type under the name of `Item`.
#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "items")]
struct Other {
    #[key]
    name: String,
}

#[test]
fn what_has_no_answer_is_an_error() {
    let (one, other) = (Store::in_memory(), Store::in_memory());
    one.collection::<Item>().unwrap();
    let error = one.snapshot().changes_since::<Item>(&other.snapshot()).unwrap_err();
    assert!(matches!(error, Error::OtherStore), "{error}");

    let (empty, full) = (Store::in_memory(), one.snapshot());
    let error = full.changes_since::<Other>(&full).unwrap_err();
    assert!(matches!(error, Error::SchemaMismatch { .. }), "{error}");
    let nowhere = empty.snapshot();
    assert_eq!(nowhere.changes_since::<Other>(&nowhere).unwrap().count(), 0);
}

thread_local! {
    static COMPARISONS: Cell<u64> = const { Cell::new(0) };
}

/// A key that counts how often it is compared.
#[derive(folio::Schema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
struct Counted(String);

impl PartialOrd for Counted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Counted {
    fn cmp(&self, other: &Self) -> Ordering {
        COMPARISONS.set(COMPARISONS.get() + 1);
        self.0.cmp(&other.0)
    }
}

#[derive(Record, Serialize, Deserialize, Clone)]
struct Line {
    #[key]
    key: Counted,
    text: String,
}

#[test]
fn the_cost_is_what_changed() {
    const LINES: u64 = 20_000;
    let line = |number: u64, text: &str| Line {
        key: Counted(format!("the same beginning {number:08}")),
        text: text.to_owned(),
    };
    let store = Store::in_memory();
    let lines = store.collection::<Line>().unwrap();
    lines.put_all((0..LINES).map(|number| line(number, "one"))).unwrap();
    let before = store.snapshot();
    for number in [0, LINES / 3, LINES - 1] {
        lines.put(line(number, "another")).unwrap();
    }
    let after = store.snapshot();
    COMPARISONS.set(0);
    assert_eq!(after.changes_since::<Line>(&before).unwrap().count(), 3);
    let comparisons = COMPARISONS.get();
    assert!(comparisons < 400, "{comparisons} comparisons for 3 changes of {LINES} records");
}
