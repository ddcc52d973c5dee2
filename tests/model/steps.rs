//! The random steps, and how they are carried out on a store.

use super::plain::{Outcome, Plain, Refusal};
use super::reads::{Probe, compare};
use super::row::{Key, Row, key, row};
use folio::{Collection, Error, Record, Result, Transaction, TxCollection};
use proptest::prelude::*;

/// One change of a collection.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Put(Row),
    Insert(Row),
    /// The record becomes this one, whose key may be another.
    Update(Key, Row),
    Upsert(Key, Row),
    Remove(Key),
    PutAll(Vec<Row>),
    InsertAll(Vec<Row>),
    RemoveAll(Vec<Key>),
    RemoveRange(Key, Key),
    Clear,
}

/// A part of a transaction.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Write(Change),
    Look(Probe),
    Nested { parts: Vec<Part>, fails: bool },
}

/// One step of a run.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Write(Change),
    Transaction { parts: Vec<Part>, commits: bool },
    Hold,
    Release,
    Close,
    Crash,
}

/// What a collection and one in a transaction have in common.
pub(crate) trait Writable {
    fn write(&self, change: &Change) -> Outcome;
}

macro_rules! writable {
    ($of:ty) => {
        impl Writable for $of {
            fn write(&self, change: &Change) -> Outcome {
                let result = match change.clone() {
                    Change::Put(row) => self.put(row).map(|_| 1),
                    Change::Insert(row) => self.insert(row).map(|_| 1),
                    Change::Update(key, row) => {
                        self.update(&key, |old| old.clone_from(&row)).map(|_| 1)
                    }
                    Change::Upsert(key, row) => {
                        self.upsert(&key, || row.clone(), |old| old.clone_from(&row)).map(|_| 1)
                    }
                    Change::Remove(key) => self.remove(&key).map(|old| old.map_or(0, |_| 1)),
                    Change::PutAll(rows) => self.put_all(rows),
                    Change::InsertAll(rows) => self.insert_all(rows),
                    Change::RemoveAll(keys) => self.remove_all(&keys),
                    Change::RemoveRange(from, to) => self.remove_range(from..to),
                    Change::Clear => self.clear(),
                };
                result.map_err(|error| Refusal::of(&error))
            }
        }
    };
}

writable!(Collection<Row>);
writable!(TxCollection<'_, Row>);

/// Carries out the parts of a transaction, on it and on the model of what it sees.
pub(crate) fn run_parts(tx: &Transaction, plain: &mut Plain, parts: &[Part]) -> Result<()> {
    let rows = tx.collection::<Row>()?;
    for part in parts {
        match part {
            Part::Write(change) => {
                let done = rows.write(change);
                let (_, expected) = plain.apply(change);
                assert_eq!(done, expected, "{change:?}");
            }
            Part::Look(probe) => compare(&rows, plain, probe),
            Part::Nested { parts, fails } => {
                let mut inside = plain.clone();
                let result = tx.nested(|tx| {
                    run_parts(tx, &mut inside, parts)?;
                    if *fails { Err(Error::abort("expected by the test")) } else { Ok(()) }
                });
                assert_eq!(result.is_err(), *fails);
                if !fails {
                    *plain = inside;
                }
            }
        }
    }
    Ok(())
}

fn change() -> impl Strategy<Value = Change> {
    let rows = || prop::collection::vec(row(), 0..6);
    // Mostly under the row's own key; now and then under another, which must be refused.
    let keyed = || {
        (row(), key(), 0..6_u8).prop_map(|(row, other, pick)| {
            let key = if pick == 0 { other } else { row.key() };
            (key, row)
        })
    };
    prop_oneof![
        8 => row().prop_map(Change::Put),
        6 => row().prop_map(Change::Insert),
        5 => keyed().prop_map(|(key, row)| Change::Update(key, row)),
        3 => keyed().prop_map(|(key, row)| Change::Upsert(key, row)),
        4 => key().prop_map(Change::Remove),
        4 => rows().prop_map(Change::PutAll),
        4 => rows().prop_map(Change::InsertAll),
        2 => prop::collection::vec(key(), 0..6).prop_map(Change::RemoveAll),
        1 => (key(), key()).prop_map(|(from, to)| Change::RemoveRange(from, to)),
        1 => Just(Change::Clear),
    ]
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let leaf = prop_oneof![
        5 => change().prop_map(Part::Write),
        1 => any::<Probe>().prop_map(Part::Look),
    ];
    let part = leaf.prop_recursive(3, 16, 5, |part| {
        (prop::collection::vec(part, 0..5), any::<bool>())
            .prop_map(|(parts, fails)| Part::Nested { parts, fails })
    });
    prop::collection::vec(part, 0..8)
}

pub(crate) fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => change().prop_map(Step::Write),
        8 => (parts(), 0..4_u8)
            .prop_map(|(parts, pick)| Step::Transaction { parts, commits: pick > 0 }),
        2 => Just(Step::Hold),
        1 => Just(Step::Release),
        1 => Just(Step::Close),
        1 => Just(Step::Crash),
    ]
}
