//! Any sequence of operations gives what a `BTreeMap` gives.
//!
//! The input is read as transactions on a store in memory, each a list of operations and then a
//! commit or a rollback. Keys and indexed values come from very small sets, so that operations meet
//! each other. After each transaction the table, its ordered index and its unique index are held
//! against the model; at the end so are all the snapshots taken on the way.

use folio::{Error, Record, Snapshot, Store, TxCollection};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "items")]
struct Item {
    #[key]
    id: u8,
    #[index]
    group: u8,
    #[index(unique)]
    badge: Option<u8>,
    /// In no index, so that an update may leave them all alone.
    text: u8,
}

type Model = BTreeMap<u8, Item>;

/// Runs one input. Panics where the store and the model differ.
pub(crate) fn run(input: &[u8]) {
    let mut input = Input { rest: input };
    let store = Store::in_memory();
    let mut model = Model::new();
    let mut held: Vec<(Snapshot, Model)> = Vec::new();
    store.collection::<Item>().expect("a store in memory takes any type");
    while let Some(control) = input.byte() {
        transaction(&store, &mut model, control, &mut input);
        let snapshot = store.snapshot();
        compare(&snapshot, &model);
        if control & 0x80 != 0 {
            held.push((snapshot, model.clone()));
        }
    }
    for (snapshot, model) in &held {
        compare(snapshot, model);
    }
}

/// One transaction of up to seven operations; an odd control byte rolls it back.
fn transaction(store: &Store, model: &mut Model, control: u8, input: &mut Input<'_>) {
    let mut changed = model.clone();
    let tx = store.begin();
    {
        let items = tx.collection::<Item>().expect("the collection is there");
        for _ in 0..(control >> 1) & 7 {
            let Some(code) = input.byte() else { break };
            operation(&items, &mut changed, code, input);
        }
    }
    if control & 1 == 0 {
        tx.commit().expect("nobody else is writing");
        *model = changed;
    } else {
        tx.rollback();
    }
}

fn operation(items: &TxCollection<'_, Item>, model: &mut Model, code: u8, input: &mut Input<'_>) {
    match code % 8 {
        0 => {
            let item = input.item();
            let expected = refusal_of(model, &item);
            match items.put(item.clone()) {
                Ok(before) => {
                    assert!(expected.is_none(), "the badge is taken: {item:?}");
                    assert_eq!(before.as_deref(), model.insert(item.id, item).as_ref());
                }
                Err(error) => assert_refused(&error, expected),
            }
        }
        1 => {
            let item = input.item();
            let expected = if model.contains_key(&item.id) {
                Some(Refusal::Key)
            } else {
                refusal_of(model, &item)
            };
            match items.insert(item.clone()) {
                Ok(inserted) => {
                    assert_eq!(*inserted, item);
                    assert!(expected.is_none(), "the key or the badge is taken: {item:?}");
                    model.insert(item.id, item);
                }
                Err(error) => assert_refused(&error, expected),
            }
        }
        2 => {
            let new = input.item();
            let expected = if model.contains_key(&new.id) {
                refusal_of(model, &new)
            } else {
                Some(Refusal::Missing)
            };
            match items.update(&new.id, |item| *item = new.clone()) {
                Ok(after) => {
                    assert!(expected.is_none(), "there is nothing to update: {new:?}");
                    assert_eq!(*after, new);
                    model.insert(new.id, new);
                }
                Err(error) => assert_refused(&error, expected),
            }
        }
        3 => {
            let id = input.id();
            let removed = items.remove(&id).expect("removing breaks nothing");
            assert_eq!(removed.as_deref(), model.remove(&id).as_ref());
        }
        4 => {
            let (first, last) = (input.id(), input.id());
            items.remove_range(first..last).expect("removing breaks nothing");
            model.retain(|id, _| !(first <= *id && *id < last));
        }
        5 if code >= 0xf0 => {
            items.clear().expect("removing breaks nothing");
            model.clear();
        }
        _ => read(items, model, input),
    }
}

/// Reads inside the transaction, which sees its own changes.
fn read(items: &TxCollection<'_, Item>, model: &Model, input: &mut Input<'_>) {
    let (low, high) = (input.id(), input.id());
    assert_eq!(items.get(&low).as_deref(), model.get(&low));
    assert_eq!(items.len(), model.len());
    let found: Vec<Item> = items.range(low..high).map(|item| Item::clone(&item)).collect();
    let expected: Vec<Item> =
        model.values().filter(|item| low <= item.id && item.id < high).cloned().collect();
    assert_eq!(found, expected, "range {low}..{high}");
    let badge = input.below(8);
    let found = items.find(Item::BADGE, &badge);
    assert_eq!(found.as_deref(), model.values().find(|item| item.badge == Some(badge)));
    let group = input.below(4);
    let found: Vec<u8> = items.by(Item::GROUP).get(&group).rev().map(|item| item.id).collect();
    let expected: Vec<u8> =
        model.values().rev().filter(|item| item.group == group).map(|item| item.id).collect();
    assert_eq!(found, expected, "group {group}, backwards");
}

/// Holds one version against the model, through the table and through each index.
fn compare(snapshot: &Snapshot, model: &Model) {
    let view = snapshot.collection::<Item>().expect("the collection is there");
    assert_eq!(view.len(), model.len());
    assert!(view.iter().eq(model.values()), "forwards");
    assert!(view.iter().rev().eq(model.values().rev()), "backwards");
    assert_eq!(view.first(), model.values().next());
    assert_eq!(view.last(), model.values().next_back());

    let mut grouped: Vec<&Item> = model.values().collect();
    grouped.sort_by_key(|item| (item.group, item.id));
    assert!(view.by(Item::GROUP).iter().eq(grouped.iter().copied()), "by group");
    assert!(view.by(Item::GROUP).iter().rev().eq(grouped.into_iter().rev()), "by group, backwards");
    for badge in 0..8 {
        let expected = model.values().find(|item| item.badge == Some(badge));
        assert_eq!(view.find(Item::BADGE, &badge), expected, "badge {badge}");
    }
}

/// Why the store should refuse an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Key,
    Badge,
    Missing,
}

/// Whether a record with another key has the badge already.
fn refusal_of(model: &Model, item: &Item) -> Option<Refusal> {
    let badge = item.badge?;
    model
        .values()
        .any(|other| other.id != item.id && other.badge == Some(badge))
        .then_some(Refusal::Badge)
}

fn assert_refused(error: &Error, expected: Option<Refusal>) {
    let found = match error {
        Error::KeyExists { .. } => Refusal::Key,
        Error::UniqueViolation { .. } => Refusal::Badge,
        Error::NotFound { .. } => Refusal::Missing,
        other => panic!("not an error of this operation: {other:?}"),
    };
    assert_eq!(Some(found), expected, "{error}");
}

/// The input, read from the front. Where it has ended, numbers are zero.
struct Input<'a> {
    rest: &'a [u8],
}

impl Input<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn below(&mut self, limit: u8) -> u8 {
        self.byte().unwrap_or_default() % limit
    }

    fn id(&mut self) -> u8 {
        self.below(16)
    }

    /// Half of the items have a badge.
    fn item(&mut self) -> Item {
        let id = self.id();
        let code = self.byte().unwrap_or_default();
        let badge = (code & 0x40 != 0).then_some(code & 7);
        Item { id, group: (code >> 3) & 3, badge, text: self.byte().unwrap_or_default() }
    }
}
