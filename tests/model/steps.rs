//! The random steps, and how they are carried out on a store.

use super::documents::{DOCUMENTS, Thing, ThingChange, WritableThings, batch, thing_change};
use super::plain::{Outcome, Refusal};
use super::reads::Probe;
use super::row::{Key, Row, key, row};
use super::whole::{NOTES, Note, Whole};
use folio::{Collection, Error, Record, Result, Transaction, TxCollection, Value};
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
    /// A row put, or removed, as a value without its type.
    PutValue(Row),
    RemoveValue(Key),
    /// A new note with this text, under the next number.
    AddNote(u8),
    /// Removes the note that stands so far from the first, if there is one.
    RemoveNote(usize),
    Things(ThingChange),
    Look(Probe),
    /// `own_error` says that the part has an error type of its own.
    Nested {
        parts: Vec<Part>,
        fails: bool,
        own_error: bool,
    },
}

/// How a transaction is run, and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Commit,
    Rollback,
    /// Run by the store.
    Run,
    /// Run by the store, with an error type of the caller's own.
    TryRun,
    /// Run by the store; the closure fails at its end.
    Fail,
}

/// One step of a run.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Write(Change),
    Things(ThingChange),
    Batch(Vec<(String, Option<Thing>)>),
    Transaction { parts: Vec<Part>, ending: Ending },
    Hold,
    Release,
    Sync,
    Close,
    Crash,
}

impl Step {
    /// How many operations it is, nested ones included.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Transaction { parts, .. } => 1 + parts.iter().map(Part::size).sum::<u64>(),
            _ => 1,
        }
    }
}

impl Part {
    fn size(&self) -> u64 {
        match self {
            Self::Nested { parts, .. } => 1 + parts.iter().map(Self::size).sum::<u64>(),
            _ => 1,
        }
    }
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

/// An error type that is not the store's.
#[derive(Debug)]
pub(crate) enum OwnError {
    Wanted,
    Store,
}

impl From<Error> for OwnError {
    fn from(_: Error) -> Self {
        Self::Store
    }
}

/// Carries out the parts of a transaction, on it and on the model of what it sees. `ids` is the
/// greatest number that was given to a note.
pub(crate) fn run_parts(
    tx: &Transaction,
    whole: &mut Whole,
    ids: &mut u64,
    parts: &[Part],
) -> Result<()> {
    let rows = tx.collection::<Row>()?;
    for part in parts {
        match part {
            Part::Write(change) => {
                let (_, expected) = whole.rows.apply(change);
                assert_eq!(rows.write(change), expected, "{change:?}");
            }
            Part::PutValue(row) => {
                let was_there = whole.rows.rows.contains_key(&row.key());
                let (_, expected) = whole.rows.apply(&Change::Put(row.clone()));
                let done = tx.values(Row::NAME)?.put(&Value::of(row)?);
                let expected = expected.map(|_| was_there);
                assert_eq!(done.map_err(|error| Refusal::of(&error)), expected, "{row:?}");
            }
            Part::RemoveValue(key) => {
                let was_there = whole.rows.rows.remove(key).is_some();
                assert_eq!(tx.values(Row::NAME)?.remove(&Value::of(key)?)?, was_there);
            }
            Part::AddNote(text) => add_note(tx, whole, ids, *text)?,
            Part::RemoveNote(place) => {
                let notes = tx.collection_named::<Note>(NOTES)?;
                if let Some(id) = whole.notes.keys().nth(*place).copied() {
                    whole.notes.remove(&id);
                    assert_eq!(notes.remove(&id)?.map(|note| note.id), Some(id));
                }
            }
            Part::Things(change) => {
                let expected = change.apply(&mut whole.things);
                assert_eq!(tx.documents(DOCUMENTS)?.write(change)?, expected, "{change:?}");
            }
            Part::Look(probe) => whole.compare_in_transaction(tx, probe),
            Part::Nested { parts, fails, own_error } => {
                let mut inside = whole.clone();
                let failed = if *own_error {
                    let result = tx.try_nested(|tx| {
                        run_parts(tx, &mut inside, ids, parts)?;
                        if *fails { Err(OwnError::Wanted) } else { Ok(()) }
                    });
                    matches!(result, Err(OwnError::Wanted))
                } else {
                    let result = tx.nested(|tx| {
                        run_parts(tx, &mut inside, ids, parts)?;
                        if *fails { Err(Error::abort("expected by the test")) } else { Ok(()) }
                    });
                    result.is_err_and(|error| error.is_abort())
                };
                assert_eq!(failed, *fails);
                if !fails {
                    *whole = inside;
                }
            }
        }
    }
    Ok(())
}

fn add_note(tx: &Transaction, whole: &mut Whole, ids: &mut u64, text: u8) -> Result<()> {
    let notes = tx.collection_named::<Note>(NOTES)?;
    let id = notes.next_id()?;
    let greatest = whole.notes.keys().next_back().copied().unwrap_or(0);
    assert!(id > *ids && id > greatest, "{id} is not new");
    *ids = id;
    assert_eq!(notes.insert(Note { id, text })?.id, id);
    whole.notes.insert(id, text);
    // The counters of two collections have nothing to do with each other.
    assert!(tx.next_id::<Note>()? > 0);
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
        1 => row().prop_map(Part::PutValue),
        1 => key().prop_map(Part::RemoveValue),
        2 => (0..4_u8).prop_map(Part::AddNote),
        1 => (0..4_usize).prop_map(Part::RemoveNote),
        2 => thing_change().prop_map(Part::Things),
        1 => any::<Probe>().prop_map(Part::Look),
    ];
    let part = leaf.prop_recursive(3, 16, 5, |part| {
        (prop::collection::vec(part, 0..5), any::<bool>(), any::<bool>())
            .prop_map(|(parts, fails, own_error)| Part::Nested { parts, fails, own_error })
    });
    prop::collection::vec(part, 0..8)
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        4 => Just(Ending::Commit),
        2 => Just(Ending::Rollback),
        2 => Just(Ending::Run),
        1 => Just(Ending::TryRun),
        1 => Just(Ending::Fail),
    ]
}

pub(crate) fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => change().prop_map(Step::Write),
        3 => thing_change().prop_map(Step::Things),
        1 => batch().prop_map(Step::Batch),
        8 => (parts(), ending()).prop_map(|(parts, ending)| Step::Transaction { parts, ending }),
        2 => Just(Step::Hold),
        1 => Just(Step::Release),
        1 => Just(Step::Sync),
        1 => Just(Step::Close),
        1 => Just(Step::Crash),
    ]
}
