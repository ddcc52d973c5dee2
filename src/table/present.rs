//! The records of a table that are there at a moment: all of them, but for those that are expired by then.
//!
//! For a type whose records never expire this is the table itself: what asks for the moment is left out
//! where the program is compiled.

use crate::persistent::{HashProbe, Probe};
use crate::table::expiry::Moment;
use crate::table::index::Unique;
use crate::table::key::{Key, Lookup};
use crate::table::order::IndexOrder;
use crate::table::ordered::entry_span;
use crate::table::record::Record;
use crate::table::row_map::{Entry, RowIter};
use crate::table::rows::Table;
use crate::table::secondary::Row;
use crate::table::span::Span;
use std::borrow::Borrow;
use std::ops::Bound;

/// A table as somebody sees it who reads at a moment.
pub(crate) struct Present<'a, T: Record> {
    table: &'a Table<T>,
    moment: Moment,
}

impl<T: Record> Table<T> {
    /// The table as it is at a moment.
    pub(crate) fn at(&self, moment: Moment) -> Present<'_, T> {
        Present { table: self, moment }
    }

    /// The keys of the records that are expired at a moment, those that expired first at first. O(log n) to
    /// begin.
    pub(crate) fn expired(&self, moment: Moment) -> impl Iterator<Item = &T::Key> {
        let due = Span::from_bounds(Bound::Unbounded, Bound::Included(moment.nanos()));
        let entries = self.deadlines().and_then(|deadlines| entry_span(&due).of(deadlines));
        entries.into_iter().flatten().map(|(entry, ())| &entry.primary)
    }
}

impl<'a, T: Record> Present<'a, T> {
    pub(crate) fn get<P>(&self, key: &P) -> Option<&'a Row<T>>
    where
        P: Probe<T::Key> + HashProbe<T::Key> + ?Sized,
    {
        self.shown(self.table.rows().get(key))
    }

    pub(crate) fn get_all(&self, keys: &[T::Key]) -> Vec<Option<&'a Row<T>>> {
        let mut rows = self.table.rows().get_all(keys);
        if T::EXPIRES.is_some() {
            for row in &mut rows {
                *row = self.shown(*row);
            }
        }
        rows
    }

    pub(crate) fn contains<P>(&self, key: &P) -> bool
    where
        P: Probe<T::Key> + HashProbe<T::Key> + ?Sized,
    {
        if T::EXPIRES.is_some() { self.get(key).is_some() } else { self.table.rows().contains(key) }
    }

    /// O(expired records that are still stored).
    pub(crate) fn len(&self) -> usize {
        let stored = self.table.rows().len();
        if T::EXPIRES.is_none() {
            return stored;
        }
        stored.saturating_sub(self.table.expired(self.moment).count())
    }

    pub(crate) fn is_empty(&self) -> bool {
        if T::EXPIRES.is_some() { self.len() == 0 } else { self.table.rows().is_empty() }
    }

    /// The first of an ordered table. Passes over those before it that are expired.
    pub(crate) fn first(&self) -> Option<&'a Row<T>> {
        if T::EXPIRES.is_some() {
            return self.span(&Span::all()).next().map(|(_, row)| row);
        }
        self.table.rows().ordered().first().map(|(_, row)| row)
    }

    /// The last of an ordered table. Passes over those behind it that are expired.
    pub(crate) fn last(&self) -> Option<&'a Row<T>> {
        if T::EXPIRES.is_some() {
            return self.span(&Span::all()).next_back().map(|(_, row)| row);
        }
        self.table.rows().ordered().last().map(|(_, row)| row)
    }

    /// The record that a unique index has under a key; panics like [`Table::place_of`].
    #[track_caller]
    pub(crate) fn find<K, Q, O>(&self, index: Unique<T, K, O>, key: &Q) -> Option<&'a Row<T>>
    where
        K: Key + Borrow<Q>,
        Q: Lookup<K> + ?Sized,
        O: IndexOrder,
    {
        self.shown(self.table.find(index, key))
    }

    /// All rows, like [`RowMap::iter`](crate::table::row_map::RowMap::iter).
    pub(crate) fn iter(&self) -> PresentRows<'a, T> {
        PresentRows { rows: self.table.rows().iter(), moment: self.moment }
    }

    /// The rows of an ordered table whose keys lie in a span.
    pub(crate) fn span(&self, span: &Span<T::Key>) -> PresentRows<'a, T> {
        let rows = RowIter::of(span.of(self.table.rows().ordered()));
        PresentRows { rows, moment: self.moment }
    }

    fn shown(&self, row: Option<&'a Row<T>>) -> Option<&'a Row<T>> {
        row.filter(|row| self.moment.shows(&***row))
    }
}

/// Rows that are there at a moment, from either end.
pub(crate) struct PresentRows<'a, T: Record> {
    rows: RowIter<'a, T>,
    moment: Moment,
}

impl<'a, T: Record> Iterator for PresentRows<'a, T> {
    type Item = Entry<'a, T>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let entry = self.rows.next()?;
            if self.moment.shows(&**entry.1) {
                return Some(entry);
            }
        }
    }
}

impl<T: Record> DoubleEndedIterator for PresentRows<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            let entry = self.rows.next_back()?;
            if self.moment.shows(&**entry.1) {
                return Some(entry);
            }
        }
    }
}
