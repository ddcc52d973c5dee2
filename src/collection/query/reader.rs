//! The reads that a query is made of, in a view and in a transaction.

use crate::collection::context::Context;
use crate::collection::in_transaction::TxCollection;
use crate::collection::query::on_index::IndexCondition;
use crate::collection::query::order::IndexOrdering;
use crate::collection::scan::{TxKeys, TxRecords};
use crate::collection::view::View;
use crate::table::expiry::Moment;
use crate::table::index::IndexHandle;
use crate::table::record::Record;
use crate::table::row_map::RowMap;
use crate::table::rows::Table;
use crate::table::secondary::Row;
use crate::table::span::Span;
use crate::transaction::work::Work;
use std::borrow::Borrow;
use std::sync::Arc;

/// Keys from either end.
pub(crate) type Keys<'a, K> = Box<dyn DoubleEndedIterator<Item = K> + 'a>;

/// Rows one way.
pub(crate) type Rows<'a, R> = Box<dyn Iterator<Item = R> + 'a>;

/// Who reads the records of one collection, and all of them as of when it was made.
pub(crate) trait Reader<T: Record>: Clone {
    /// A primary key, in the form in which it is cheap here.
    type Key: Borrow<T::Key> + Ord;
    /// A record, likewise.
    type Row;

    /// Looks at the table without reading: for numbers on which no result depends.
    fn look<R>(&self, look: impl FnOnce(&Table<T>) -> R) -> R;

    fn record(row: &Self::Row) -> &T;

    /// The number of records.
    fn len(&self) -> usize;

    /// The record with a key, unless it is expired.
    fn row(&self, key: &Self::Key) -> Option<Self::Row>;

    /// The records with these keys, without those that are expired, in the order of the keys and as they are
    /// asked for.
    fn rows_at<'q>(&self, keys: Rows<'q, Self::Key>) -> Rows<'q, Self::Row>
    where
        Self: 'q;

    /// The records whose keys lie in a span, in their order; all where there is none. Where `descending`,
    /// from the end.
    fn rows<'q>(&self, span: &Span<T::Key>, descending: bool) -> Rows<'q, Self::Row>
    where
        Self: 'q;

    /// The keys of those.
    fn keys<'q>(&self, span: &Span<T::Key>) -> Keys<'q, Self::Key>
    where
        Self: 'q;

    /// The keys of the records that an index has for a condition.
    fn under<'q>(&self, condition: &dyn IndexCondition<T>) -> Keys<'q, Self::Key>
    where
        Self: 'q;

    /// The records along an index, as far as its keys are `within` what a condition on it lets in.
    fn along<'q>(
        &self,
        order: &'q dyn IndexOrdering<T>,
        within: Option<&'q dyn IndexCondition<T>>,
        descending: bool,
    ) -> Rows<'q, Self::Row>
    where
        Self: 'q;
}

/// Reads a view.
pub(crate) struct ViewReader<'a, T: Record> {
    pub(super) table: &'a Table<T>,
    pub(super) moment: Moment,
}

impl<'a, T: Record> ViewReader<'a, T> {
    pub(super) fn new(view: &'a View<T>) -> Self {
        let (table, moment) = view.parts();
        Self { table, moment }
    }
}

impl<T: Record> Clone for ViewReader<'_, T> {
    fn clone(&self) -> Self {
        Self { table: self.table, moment: self.moment }
    }
}

impl<'a, T: Record> Reader<T> for ViewReader<'a, T> {
    type Key = &'a T::Key;
    type Row = &'a Row<T>;

    fn look<R>(&self, look: impl FnOnce(&Table<T>) -> R) -> R {
        look(self.table)
    }

    fn record<'r>(row: &'r &'a Row<T>) -> &'r T {
        row
    }

    fn len(&self) -> usize {
        self.table.at(self.moment).len()
    }

    fn row(&self, key: &&'a T::Key) -> Option<&'a Row<T>> {
        self.table.at(self.moment).get(*key)
    }

    fn rows_at<'q>(&self, keys: Rows<'q, &'a T::Key>) -> Rows<'q, &'a Row<T>>
    where
        Self: 'q,
    {
        Box::new(SideBySide {
            reader: self.clone(),
            keys,
            batch: FIRST_BATCH,
            fetched: [None; BATCH].into_iter(),
        })
    }

    fn rows<'q>(&self, span: &Span<T::Key>, descending: bool) -> Rows<'q, &'a Row<T>>
    where
        Self: 'q,
    {
        let present = self.table.at(self.moment);
        let rows = if T::UNORDERED { present.iter() } else { present.span(span) };
        let rows = rows.map(|(_, row)| row);
        if descending { Box::new(rows.rev()) } else { Box::new(rows) }
    }

    fn keys<'q>(&self, span: &Span<T::Key>) -> Keys<'q, &'a T::Key>
    where
        Self: 'q,
    {
        Box::new(self.table.at(self.moment).span(span).map(|(key, _)| key))
    }

    fn under<'q>(&self, condition: &dyn IndexCondition<T>) -> Keys<'q, &'a T::Key>
    where
        Self: 'q,
    {
        condition.in_view(self)
    }

    fn along<'q>(
        &self,
        order: &'q dyn IndexOrdering<T>,
        within: Option<&'q dyn IndexCondition<T>>,
        descending: bool,
    ) -> Rows<'q, &'a Row<T>>
    where
        Self: 'q,
    {
        order.in_view(self.clone(), within, descending)
    }
}

/// How many rows are looked up side by side, and how many at first, for those who want just one.
const BATCH: usize = 8;
const FIRST_BATCH: usize = 2;

/// The rows under keys, of which a view may look up some ahead.
struct SideBySide<'q, 'a, T: Record> {
    reader: ViewReader<'a, T>,
    keys: Rows<'q, &'a T::Key>,
    batch: usize,
    fetched: std::array::IntoIter<Option<&'a Row<T>>, BATCH>,
}

impl<'a, T: Record> Iterator for SideBySide<'_, 'a, T> {
    type Item = &'a Row<T>;

    fn next(&mut self) -> Option<&'a Row<T>> {
        let moment = self.reader.moment;
        let shown = |row: Option<&'a Row<T>>| row.filter(|row| moment.shows(&***row));
        loop {
            if let Some(row) = self.fetched.find_map(shown) {
                return Some(row);
            }
            let (mut is_empty, batch) = (true, std::mem::replace(&mut self.batch, BATCH));
            let keys = self.keys.by_ref().take(batch).inspect(|_| is_empty = false);
            let fetched = self.reader.table.rows().get_each::<BATCH>(keys);
            if is_empty {
                return None;
            }
            self.fetched = fetched.into_iter();
        }
    }
}

/// Reads what a transaction has of a collection, and notes what was given out.
pub(crate) struct TxReader<'a, T: Record> {
    pub(super) tx: &'a Context,
    pub(super) place: usize,
    /// As they were when the reader was made, so that what the transaction writes while it goes through
    /// the result does not show in it.
    rows: RowMap<T>,
    moment: Moment,
}

impl<'a, T: Record> TxReader<'a, T> {
    pub(super) fn new(collection: &TxCollection<'a, T>) -> Self {
        let (tx, place) = collection.parts();
        let (rows, moment) =
            tx.with::<T, _>(place, |work| (work.table().rows().clone(), work.moment()));
        Self { tx, place, rows, moment }
    }

    pub(super) fn place_of<I: IndexHandle<T>>(&self, index: I) -> usize {
        self.look(|table| table.place_of(index))
    }
}

impl<T: Record> Clone for TxReader<'_, T> {
    fn clone(&self) -> Self {
        let (rows, moment) = (self.rows.clone(), self.moment);
        Self { tx: self.tx, place: self.place, rows, moment }
    }
}

impl<T: Record> Reader<T> for TxReader<'_, T> {
    type Key = T::Key;
    type Row = Arc<T>;

    fn look<R>(&self, look: impl FnOnce(&Table<T>) -> R) -> R {
        self.tx.with::<T, _>(self.place, |work| look(work.table()))
    }

    fn record(row: &Arc<T>) -> &T {
        row
    }

    fn len(&self) -> usize {
        self.tx.with::<T, _>(self.place, Work::len)
    }

    fn row(&self, key: &T::Key) -> Option<Arc<T>> {
        let row = self.rows.get(key).cloned();
        self.tx.with::<T, _>(self.place, |work| work.footprint().keys.insert(key.clone()));
        row.filter(|row| self.moment.shows(&**row)).map(|row| row.0)
    }

    fn rows_at<'q>(&self, keys: Rows<'q, T::Key>) -> Rows<'q, Arc<T>>
    where
        Self: 'q,
    {
        let reader = self.clone();
        Box::new(keys.filter_map(move |key| reader.row(&key)))
    }

    fn rows<'q>(&self, span: &Span<T::Key>, descending: bool) -> Rows<'q, Arc<T>>
    where
        Self: 'q,
    {
        let rows = TxRecords::<T>::new(self.tx, self.place, span.clone());
        if descending { Box::new(rows.rev()) } else { Box::new(rows) }
    }

    fn keys<'q>(&self, span: &Span<T::Key>) -> Keys<'q, T::Key>
    where
        Self: 'q,
    {
        Box::new(TxKeys::new(TxRecords::<T>::new(self.tx, self.place, span.clone())))
    }

    fn under<'q>(&self, condition: &dyn IndexCondition<T>) -> Keys<'q, T::Key>
    where
        Self: 'q,
    {
        condition.in_transaction(self)
    }

    fn along<'q>(
        &self,
        order: &'q dyn IndexOrdering<T>,
        within: Option<&'q dyn IndexCondition<T>>,
        descending: bool,
    ) -> Rows<'q, Arc<T>>
    where
        Self: 'q,
    {
        order.in_transaction(self.clone(), within, descending)
    }
}
