//! What a table keeps up beside its rows: the trait behind which both kinds of index stand, and the
//! edits they are told of.
//!
//! An index holds primary keys, not records. So a change of a record that leaves its index keys
//! alone leaves the index alone, which is what most updates do; a lookup pays for that with a second
//! look, into the rows.
//!
//! A change is *planned* before it is made: the index works out from the records which entries go and
//! which come ([`Secondary::plan`]), without a look at the entries it has. So the plan of an edit fits
//! every state of the index in which the record is as it was before the edit, the keys are made once,
//! and a function of the user's that panics does so before anything has changed.

use crate::error::Error;
use crate::table::key::{Key, text};
use std::any::Any;
use std::fmt::Debug;
use std::ops::Deref;
use std::sync::Arc;

/// What puts a record under its keys in an index: it calls its second argument once for each.
pub(crate) type Extract<T, K> = fn(&T, &mut dyn FnMut(K));

/// Whether two records have the same keys in an index, as far as can be told without making the keys.
pub(crate) type Same<T> = fn(&T, &T) -> bool;

/// A record as the maps hold it. Two rows are equal only when they are one and the same: that is
/// how "unchanged" is told without looking at the record.
#[derive(Debug)]
pub(crate) struct Row<T>(pub(crate) Arc<T>);

impl<T> Clone for Row<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> PartialEq for Row<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Row<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// How the entries of an index fit the rows of its table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Audit {
    pub(crate) index: &'static str,
    pub(crate) entries: usize,
    /// How many entries are not there that should be.
    pub(crate) missing: usize,
    /// How many are there that should not be.
    pub(crate) superfluous: usize,
    /// How many keys of a unique index several records have.
    pub(crate) shared: usize,
}

impl Audit {
    /// What is wrong, as text; `None` where nothing is.
    pub(crate) fn fault(&self) -> Option<String> {
        let Self { missing, superfluous, shared, .. } = self;
        let is_right = (*missing, *superfluous, *shared) == (0, 0, 0);
        (!is_right).then(|| {
            format!(
                "{missing} entries missing, {superfluous} that lead to no record with such a key, \
                 and {shared} keys that several records have though they are unique"
            )
        })
    }
}

/// A change at one key of a table.
#[derive(Debug)]
pub(crate) struct Edit<P, T> {
    pub(crate) key: P,
    pub(crate) before: Option<Row<T>>,
    pub(crate) after: Option<Row<T>>,
}

/// A value that a unique index has already, and the record that has it.
#[derive(Debug)]
pub(crate) struct Violation<P> {
    pub(crate) index: &'static str,
    /// As text, since it is made for a message.
    pub(crate) value: String,
    pub(crate) existing: P,
}

impl<P: Key> Violation<P> {
    pub(crate) fn new<K: Key>(index: &'static str, value: &K, existing: &P) -> Self {
        Self { index, value: text(value), existing: existing.clone() }
    }

    pub(crate) fn into_error(self, collection: &str) -> Error {
        Error::UniqueViolation {
            collection: collection.to_owned(),
            index: self.index.to_owned(),
            value: self.value,
            existing: text(&self.existing),
        }
    }
}

/// A [`Reliance`] on an index of any key type.
pub(crate) type AnyReliance<P, T> = Box<dyn Reliance<P, T>>;

/// Unique keys that a check relied upon.
pub(crate) trait Reliance<P, T>: Send {
    /// A key, as text, that leads elsewhere in `tip` than in `base`, two states of the index that
    /// was checked.
    fn broken(&self, base: &dyn Secondary<P, T>, tip: &dyn Secondary<P, T>) -> Option<String>;
}

/// [`Moves`] in an index of any key type.
pub(crate) type AnyMoves<P, T> = Box<dyn Moves<P, T>>;

/// The entries that edits take out of an index and put into it.
pub(crate) trait Moves<P, T>: Send {
    /// Whether unique keys are given to records.
    fn claims(&self) -> bool;

    /// Adds what edits that come later move in the same index.
    fn append(&mut self, later: AnyMoves<P, T>);

    /// Leaves one move of each entry, or none where it ends as it began, in the order of the entries.
    fn settle(&mut self);

    fn as_any(&self) -> &dyn Any;

    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

/// Whether a unique key may be taken that a record has, if the same edits take it from that record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handover {
    Allowed,
    Refused,
}

/// An index of a table whose records are `T` with primary keys `P`.
pub(crate) trait Secondary<P, T>: Any + Debug + Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Whether at most one record may have each key.
    fn is_unique(&self) -> bool;

    /// How many entries it has. O(1).
    fn entries(&self) -> usize;

    /// About what an entry takes of memory, in bytes, without what its keys own.
    fn entry_bytes(&self) -> usize;

    /// What edits of different records move, settled; `None` where that is nothing.
    fn plan(&self, edits: &[Edit<P, T>]) -> Option<AnyMoves<P, T>>;

    /// Whether settled moves, taken together, are allowed. Where that rests on keys of a unique index
    /// being free, or in the right hands, it says so.
    ///
    /// # Errors
    ///
    /// What forbids them.
    fn check(
        &self,
        moves: &dyn Moves<P, T>,
        handover: Handover,
    ) -> Result<Option<AnyReliance<P, T>>, Violation<P>>;

    /// Carries out moves that are allowed. Touches only entries that change.
    fn apply(&mut self, moves: AnyMoves<P, T>);

    /// Fills an empty index with all rows of a table.
    fn fill(&mut self, rows: &[(P, Row<T>)]) -> Result<(), Violation<P>>;

    /// Holds the entries against what the rows of the table say that there should be. O(n log n).
    fn audit(&self, rows: &mut dyn Iterator<Item = (&P, &Row<T>)>) -> Audit;

    /// That all keys of a unique index were free before it was filled.
    fn reliance_on_all(&self) -> Option<AnyReliance<P, T>>;

    /// The same index again, sharing everything. O(1).
    fn share(&self) -> Arc<dyn Secondary<P, T>>;

    /// For getting at the concrete index.
    fn as_any(&self) -> &dyn Any;
}
