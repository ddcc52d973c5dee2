//! The order of an index: along its entries, or by sorting records that were found otherwise.
//!
//! A record that the index has under several keys comes once. Along the entries that is told without
//! remembering what was given out: at each entry the keys of its record are made anew, and it counts only
//! where its key is the first of them.

use crate::collection::index_scan::TxIndex;
use crate::collection::query::on_index::{InSpan, IndexCondition, Size, size_in};
use crate::collection::query::readers::{Rows, TxReader, ViewReader};
use crate::table::index::IndexHandle;
use crate::table::order::Ordered;
use crate::table::ordered::entry_span;
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::table::secondary::Row;
use crate::table::span::Span;
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::sync::Arc;

/// The order of an index of records of type `T`. `within` is a condition on the same index that tells which
/// of a record's keys count.
pub(crate) trait IndexOrdering<T: Record> {
    /// The name of the index.
    fn name(&self) -> &'static str;

    /// Whether a condition can be `within`.
    fn fits(&self, condition: &dyn IndexCondition<T>) -> bool;

    /// How many entries there are.
    fn size(&self, table: &Table<T>, within: Option<&dyn IndexCondition<T>>) -> Size;

    fn in_view<'q, 'a: 'q>(
        &'q self,
        reader: ViewReader<'a, T>,
        within: Option<&'q dyn IndexCondition<T>>,
        descending: bool,
    ) -> Rows<'q, &'a Row<T>>;

    fn in_transaction<'q, 'a: 'q>(
        &'q self,
        reader: TxReader<'a, T>,
        within: Option<&'q dyn IndexCondition<T>>,
        descending: bool,
    ) -> Rows<'q, Arc<T>>;

    /// The places of records in a list, in the order of the index and at most so many; without those that
    /// it leaves out.
    fn sorted(
        &self,
        records: &[&T],
        within: Option<&dyn IndexCondition<T>>,
        descending: bool,
        most: usize,
    ) -> Vec<usize>;
}

/// The order of this index.
pub(super) struct ByIndex<T: Record, I: IndexHandle<T, Order = Ordered>> {
    index: I,
    all: Span<I::Key>,
}

impl<T: Record, I: IndexHandle<T, Order = Ordered>> ByIndex<T, I> {
    pub(super) fn new(index: I) -> Self {
        Self { index, all: Span::all() }
    }

    fn span<'q>(&'q self, within: Option<&'q dyn IndexCondition<T>>) -> &'q Span<I::Key> {
        let condition = within.and_then(|of| of.as_any().downcast_ref::<InSpan<T, I>>());
        condition.map_or(&self.all, InSpan::span)
    }

    /// The key at which a record comes.
    fn place(&self, record: &T, span: &Span<I::Key>, descending: bool) -> Option<I::Key> {
        let mut place: Option<I::Key> = None;
        (self.index.extract())(record, &mut |key| {
            let is_before = |other: &I::Key| if descending { key > *other } else { key < *other };
            if place.as_ref().is_none_or(is_before) && span.contains(&key) {
                place = Some(key);
            }
        });
        place
    }

    /// The records of entries, each at one of them.
    fn along<'q, K, P, R>(
        &'q self,
        entries: impl DoubleEndedIterator<Item = (K, P)> + 'q,
        row_at: impl Fn(P) -> Option<R> + 'q,
        record: impl Fn(&R) -> &T + 'q,
        span: &'q Span<I::Key>,
        descending: bool,
    ) -> Rows<'q, R>
    where
        K: Borrow<I::Key>,
    {
        let row = move |(key, primary): (K, P)| {
            let row = row_at(primary)?;
            let place = self.place(record(&row), span, descending);
            (place.as_ref() == Some(key.borrow())).then_some(row)
        };
        if descending {
            Box::new(entries.rev().filter_map(row))
        } else {
            Box::new(entries.filter_map(row))
        }
    }
}

impl<T: Record, I: IndexHandle<T, Order = Ordered>> IndexOrdering<T> for ByIndex<T, I> {
    fn name(&self) -> &'static str {
        self.index.name()
    }

    fn fits(&self, condition: &dyn IndexCondition<T>) -> bool {
        condition.name() == self.index.name() && condition.as_any().is::<InSpan<T, I>>()
    }

    fn size(&self, table: &Table<T>, within: Option<&dyn IndexCondition<T>>) -> Size {
        size_in(table, self.index, self.span(within))
    }

    fn in_view<'q, 'a: 'q>(
        &'q self,
        reader: ViewReader<'a, T>,
        within: Option<&'q dyn IndexCondition<T>>,
        descending: bool,
    ) -> Rows<'q, &'a Row<T>> {
        let span = self.span(within);
        let entries = entry_span(span).of(reader.table.index(self.index).entries());
        let entries = entries.into_iter().flatten();
        let entries = entries.map(|(entry, ())| (&entry.key, &entry.primary));
        self.along(entries, move |key| reader.row(key), |row| row, span, descending)
    }

    fn in_transaction<'q, 'a: 'q>(
        &'q self,
        reader: TxReader<'a, T>,
        within: Option<&'q dyn IndexCondition<T>>,
        descending: bool,
    ) -> Rows<'q, Arc<T>> {
        let (span, place) = (self.span(within), reader.place_of(self.index));
        let index = TxIndex::<T, I::Key>::new(reader.tx, reader.place, place);
        let entries = index.span(span).entries().map(|entry| (entry.key, entry.primary));
        self.along(entries, move |key| reader.row(&key), |row| row, span, descending)
    }

    fn sorted(
        &self,
        records: &[&T],
        within: Option<&dyn IndexCondition<T>>,
        descending: bool,
        most: usize,
    ) -> Vec<usize> {
        let span = self.span(within);
        let placed = |(at, record): (usize, &&T)| {
            Some((self.place(record, span, descending)?, record.key(), at))
        };
        let placed = records.iter().enumerate().filter_map(placed).collect();
        first_of(placed, descending, most).into_iter().map(|(_, _, at)| at).collect()
    }
}

/// The first of a list, in order. O(n + most log most).
pub(super) fn first_of<E: Ord>(mut list: Vec<E>, descending: bool, most: usize) -> Vec<E> {
    let compare = |one: &E, other: &E| -> Ordering {
        if descending { other.cmp(one) } else { one.cmp(other) }
    };
    if most < list.len() {
        list.select_nth_unstable_by(most, compare);
        list.truncate(most);
    }
    list.sort_unstable_by(compare);
    list
}
