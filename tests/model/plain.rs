//! The model: rows in a `BTreeMap`, and indexes worked out anew for each look.

use super::row::{Key, Row};
use super::steps::Change;
use folio::Record;
use std::collections::{BTreeMap, BTreeSet};

/// What a collection should hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Plain {
    pub(crate) rows: BTreeMap<Key, Row>,
}

/// Why a change was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    KeyExists,
    NotFound,
    KeyChanged,
    UniqueViolation,
}

impl Refusal {
    pub(crate) fn of(error: &folio::Error) -> Self {
        match error {
            folio::Error::KeyExists { .. } => Self::KeyExists,
            folio::Error::NotFound { .. } => Self::NotFound,
            folio::Error::KeyChanged { .. } => Self::KeyChanged,
            folio::Error::UniqueViolation { .. } => Self::UniqueViolation,
            other => panic!("no change gives {other:?}"),
        }
    }
}

/// How many records a change was about, or why it was refused.
pub(crate) type Outcome = Result<usize, Refusal>;

impl Plain {
    /// The index keys of all rows, each with the keys of the rows that have it, in order.
    pub(crate) fn index<K: Ord>(
        &self,
        keys: impl Fn(&Row) -> Vec<K>,
    ) -> BTreeMap<K, BTreeSet<Key>> {
        let mut index: BTreeMap<K, BTreeSet<Key>> = BTreeMap::new();
        for row in self.rows.values() {
            for key in keys(row) {
                index.entry(key).or_default().insert(row.key());
            }
        }
        index
    }

    /// Carries a change out, all of it or nothing. Tells whether anything was written, and the
    /// outcome.
    pub(crate) fn apply(&mut self, change: &Change) -> (bool, Outcome) {
        let mut after = self.clone();
        let outcome = after.carry_out(change);
        let wrote = match change {
            Change::Remove(_) | Change::RemoveAll(_) | Change::RemoveRange(..) | Change::Clear => {
                after != *self
            }
            Change::PutAll(rows) | Change::InsertAll(rows) => !rows.is_empty(),
            _ => true,
        };
        if outcome.is_ok() {
            *self = after;
        }
        (wrote && outcome.is_ok(), outcome)
    }

    fn carry_out(&mut self, change: &Change) -> Outcome {
        match change {
            Change::Put(row) => self.put(row),
            Change::Insert(row) => self.insert(row),
            Change::Update(key, row) if self.rows.contains_key(key) => self.replace(key, row),
            Change::Update(..) => Err(Refusal::NotFound),
            Change::Upsert(key, row) => self.replace(key, row),
            Change::Remove(key) => Ok(usize::from(self.rows.remove(key).is_some())),
            Change::PutAll(rows) => rows.iter().map(|row| self.put(row)).sum(),
            Change::InsertAll(rows) => rows.iter().map(|row| self.insert(row)).sum(),
            Change::RemoveAll(keys) => {
                Ok(keys.iter().filter(|key| self.rows.remove(*key).is_some()).count())
            }
            Change::RemoveRange(from, to) => {
                let before = self.rows.len();
                self.rows.retain(|key, _| !(from <= key && key < to));
                Ok(before - self.rows.len())
            }
            Change::Clear => {
                let before = self.rows.len();
                self.rows.clear();
                Ok(before)
            }
        }
    }

    fn insert(&mut self, row: &Row) -> Outcome {
        if self.rows.contains_key(&row.key()) { Err(Refusal::KeyExists) } else { self.put(row) }
    }

    fn replace(&mut self, key: &Key, row: &Row) -> Outcome {
        if row.key() == *key { self.put(row) } else { Err(Refusal::KeyChanged) }
    }

    fn put(&mut self, row: &Row) -> Outcome {
        let others = || self.rows.values().filter(|other| other.key() != row.key());
        let is_taken = others().any(|other| {
            let same_nickname = row.nickname.is_some() && other.nickname == row.nickname;
            let same_seat = other.seats.iter().any(|seat| row.seats.contains(seat));
            // The unique index on color and badge adds nothing to that on the badge alone.
            other.badge == row.badge || same_nickname || same_seat
        });
        if is_taken {
            return Err(Refusal::UniqueViolation);
        }
        self.rows.insert(row.key(), row.clone());
        Ok(1)
    }
}
