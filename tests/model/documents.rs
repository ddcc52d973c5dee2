//! Documents of several types, and a `BTreeMap` of them.

use folio::{Documents, DocumentsView, Store, TxDocuments};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name of the collection.
pub(crate) const DOCUMENTS: &str = "things";

/// What a document holds.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub(crate) enum Thing {
    #[default]
    Nothing,
    Number(i64),
    Text(String),
    Many(BTreeMap<u8, Vec<Thing>>),
}

pub(crate) type Things = BTreeMap<String, Thing>;

/// A change of documents.
#[derive(Debug, Clone)]
pub(crate) enum ThingChange {
    Set(String, Thing),
    SetAll(Vec<(String, Thing)>),
    /// It becomes a list of what it was, or of nothing, and this.
    Update(String, Thing),
    Delete(String),
    DeleteAll(Vec<String>),
    Clear,
}

impl ThingChange {
    /// Carries it out on the model; gives how many documents it was about.
    pub(crate) fn apply(&self, things: &mut Things) -> usize {
        match self.clone() {
            Self::Set(key, thing) => drop(things.insert(key, thing)),
            Self::SetAll(all) => {
                let count = all.len();
                things.extend(all);
                return count;
            }
            Self::Update(key, thing) => {
                let old = things.entry(key).or_default();
                *old = joined(old, &thing);
            }
            Self::Delete(key) => return usize::from(things.remove(&key).is_some()),
            Self::DeleteAll(keys) => {
                return keys.iter().filter(|key| things.remove(*key).is_some()).count();
            }
            Self::Clear => return std::mem::take(things).len(),
        }
        1
    }
}

fn joined(old: &Thing, new: &Thing) -> Thing {
    Thing::Many([(1, vec![old.clone()]), (2, vec![new.clone()])].into())
}

/// What documents and those in a transaction have in common.
pub(crate) trait WritableThings {
    fn write(&self, change: &ThingChange) -> folio::Result<usize>;
}

macro_rules! writable_things {
    ($of:ty) => {
        impl WritableThings for $of {
            fn write(&self, change: &ThingChange) -> folio::Result<usize> {
                match change {
                    ThingChange::Set(key, thing) => self.set(key.as_str(), thing).map(|()| 1),
                    ThingChange::SetAll(things) => self.set_all(things.iter().cloned()),
                    ThingChange::Update(key, thing) => {
                        let change = |old: &mut Thing| *old = joined(old, thing);
                        self.update(key, change).map(|_| 1)
                    }
                    ThingChange::Delete(key) => self.delete(key).map(usize::from),
                    ThingChange::DeleteAll(keys) => {
                        self.delete_all(keys.iter().map(String::as_str))
                    }
                    ThingChange::Clear => self.clear(),
                }
            }
        }
    };
}

writable_things!(Documents);
writable_things!(TxDocuments<'_>);

/// Makes the changes of a batch: what is to be at each key, or that nothing is.
pub(crate) fn write_batch(store: &Store, batch: &[(String, Option<Thing>)], things: &mut Things) {
    let documents = store.documents(DOCUMENTS).expect("they are documents");
    let (mut changes, mut keys) = (documents.batch(), std::collections::BTreeSet::new());
    for (key, thing) in batch {
        keys.insert(key);
        changes = if let Some(thing) = thing {
            things.insert(key.clone(), thing.clone());
            changes.set(key.as_str(), thing)
        } else {
            things.remove(key);
            changes.delete(key.as_str())
        };
    }
    assert_eq!((changes.len(), changes.is_empty()), (keys.len(), keys.is_empty()));
    changes.commit().expect("there is nothing in a batch that fails");
}

/// One document is read alike wherever documents are.
macro_rules! compare_thing {
    ($documents:ident, $things:ident, $key:ident) => {
        let thing = $things.get($key).cloned();
        assert_eq!($documents.has($key), thing.is_some());
        assert_eq!($documents.find::<Thing>($key).expect("it is a thing"), thing);
        assert_eq!($documents.get::<Thing>($key).ok(), thing);
        let document = $documents.document($key);
        assert_eq!(document.map(|found| found.to().expect("it is a thing")), thing);
    };
}

/// Documents in a view and in a transaction are read alike.
macro_rules! compare_things {
    ($name:ident, $of:ty) => {
        pub(crate) fn $name(documents: &$of, things: &Things, key: &str) {
            assert_eq!((documents.len(), documents.is_empty()), (things.len(), things.is_empty()));
            assert!(documents.keys().map(|key| key.clone()).eq(things.keys().cloned()));
            assert!(documents.keys().rev().map(|key| key.clone()).eq(things.keys().rev().cloned()));
            let all = documents
                .iter()
                .map(|found| (found.key().to_owned(), found.to().expect("it is a thing")));
            assert_eq!(all.collect::<Things>(), *things);
            let found = documents.prefix(key).map(|found| found.key().to_owned());
            assert!(found.eq(things.keys().filter(|other| other.starts_with(key)).cloned()));
            let found = documents.range(key..).rev().map(|found| found.key().to_owned());
            assert!(found.eq(things.keys().rev().filter(|other| other.as_str() >= key).cloned()));
            compare_thing!(documents, things, key);
        }
    };
}

compare_things!(compare_view, DocumentsView);
compare_things!(compare_in_transaction, TxDocuments<'_>);

/// Compares the documents of the store as it is.
pub(crate) fn compare_live(store: &Store, things: &Things, key: &str) {
    let documents = store.documents(DOCUMENTS).expect("they are documents");
    assert_eq!(documents.name(), DOCUMENTS);
    assert_eq!((documents.len(), documents.is_empty()), (things.len(), things.is_empty()));
    assert!(documents.keys().iter().eq(things.keys()));
    compare_thing!(documents, things, key);
    let all = documents.get_all::<Thing>([key]).expect("it is a thing");
    assert_eq!(all, [things.get(key).cloned()]);
    compare_view(&documents.view(), things, key);
}

pub(crate) fn name() -> impl Strategy<Value = String> {
    "[ab]{0,2}"
}

fn thing() -> impl Strategy<Value = Thing> {
    prop_oneof![
        Just(Thing::Nothing),
        any::<i64>().prop_map(Thing::Number),
        "[xyz]{0,4}".prop_map(Thing::Text),
        any::<i64>().prop_map(|number| Thing::Many([(3, vec![Thing::Number(number); 2])].into())),
    ]
}

pub(crate) fn thing_change() -> impl Strategy<Value = ThingChange> {
    prop_oneof![
        4 => (name(), thing()).prop_map(|(key, thing)| ThingChange::Set(key, thing)),
        2 => prop::collection::vec((name(), thing()), 0..4).prop_map(ThingChange::SetAll),
        2 => (name(), thing()).prop_map(|(key, thing)| ThingChange::Update(key, thing)),
        2 => name().prop_map(ThingChange::Delete),
        1 => prop::collection::vec(name(), 0..4).prop_map(ThingChange::DeleteAll),
        1 => Just(ThingChange::Clear),
    ]
}

pub(crate) fn batch() -> impl Strategy<Value = Vec<(String, Option<Thing>)>> {
    prop::collection::vec((name(), prop::option::of(thing())), 0..4)
}
