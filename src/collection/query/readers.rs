//! What reads a view, and what reads a transaction's collection: which of it they look at, and as of when.

#[cfg(feature = "text")]
use crate::collection::asked::Asked;
use crate::collection::context::Context;
use crate::collection::in_transaction::TxCollection;
use crate::collection::view::View;
use crate::table::expiry::Moment;
use crate::table::index::IndexHandle;
use crate::table::record::Record;
use crate::table::row_map::RowMap;
use crate::table::rows::Table;
use crate::table::secondary::Row;
use std::sync::Arc;

/// Keys from either end.
pub(crate) type Keys<'a, K> = Box<dyn DoubleEndedIterator<Item = K> + 'a>;

/// Rows one way.
pub(crate) type Rows<'a, R> = Box<dyn Iterator<Item = R> + 'a>;

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

    /// The row with a key, unless its record is expired.
    pub(super) fn row(&self, key: &T::Key) -> Option<&'a Row<T>> {
        self.table.at(self.moment).get(key)
    }

    /// The rows with these keys, in their order, without those of expired records.
    pub(super) fn rows_at<'q>(&self, keys: Rows<'q, &'a T::Key>) -> Rows<'q, &'a Row<T>>
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
}

impl<T: Record> Clone for ViewReader<'_, T> {
    fn clone(&self) -> Self {
        Self { table: self.table, moment: self.moment }
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
        self.tx.with::<T, _>(self.place, |work| work.table().place_of(index))
    }

    /// The keys of the records that a search finds, each with its score; what they depend on is noted.
    #[cfg(feature = "text")]
    pub(super) fn found(&self, asked: &Asked<T>, is_ranked: bool) -> Vec<(T::Key, f64)> {
        self.tx.with::<T, _>(self.place, |work| {
            let moment = work.moment();
            let table = work.table();
            let place = asked.place(table);
            let Some(answer) = asked.answer(table, moment, is_ranked) else { return Vec::new() };
            let owned = |(key, score): (&T::Key, f64)| (key.clone(), score);
            let hits = answer.hits.into_iter().map(owned).collect();
            let plan = answer.plan;
            work.footprint().text(place).note(plan, is_ranked);
            hits
        })
    }

    /// The record with a key, noted as read, unless it is expired.
    pub(super) fn row(&self, key: &T::Key) -> Option<Arc<T>> {
        let row = self.rows.get(key).cloned();
        self.tx.with::<T, _>(self.place, |work| work.footprint().keys.insert(key.clone()));
        row.filter(|row| self.moment.shows(&**row)).map(|row| row.0)
    }
}

impl<T: Record> Clone for TxReader<'_, T> {
    fn clone(&self) -> Self {
        let (rows, moment) = (self.rows.clone(), self.moment);
        Self { tx: self.tx, place: self.place, rows, moment }
    }
}
