//! The reads that a query is made of, in a view and in a transaction.

#[cfg(feature = "text")]
use crate::collection::asked::Asked;
use crate::collection::query::on_index::IndexCondition;
use crate::collection::query::order::IndexOrdering;
use crate::collection::query::readers::{Keys, Rows, TxReader, ViewReader};
use crate::collection::scan::{TxKeys, TxRecords};
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::table::secondary::Row;
use crate::table::span::Span;
use crate::transaction::work::Work;
use std::borrow::Borrow;
use std::sync::Arc;

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

    /// The records that a search finds, each with its score.
    #[cfg(feature = "text")]
    fn search(&self, asked: &Asked<T>) -> Vec<(Self::Row, f64)>;

    /// How many those are.
    #[cfg(feature = "text")]
    fn count_found(&self, asked: &Asked<T>) -> usize;
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

    fn rows_at<'q>(&self, keys: Rows<'q, &'a T::Key>) -> Rows<'q, &'a Row<T>>
    where
        Self: 'q,
    {
        ViewReader::rows_at(self, keys)
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

    #[cfg(feature = "text")]
    fn search(&self, asked: &Asked<T>) -> Vec<(&'a Row<T>, f64)> {
        let answer = asked.answer(self.table, self.moment, asked.is_ranked);
        let hits = answer.into_iter().flat_map(|answer| answer.hits);
        hits.filter_map(|(key, score)| Some((self.row(key)?, score))).collect()
    }

    #[cfg(feature = "text")]
    fn count_found(&self, asked: &Asked<T>) -> usize {
        asked.answer(self.table, self.moment, false).map_or(0, |answer| answer.hits.len())
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

    #[cfg(feature = "text")]
    fn search(&self, asked: &Asked<T>) -> Vec<(Arc<T>, f64)> {
        let keys = self.found(asked, asked.is_ranked);
        keys.into_iter().filter_map(|(key, score)| Some((self.row(&key)?, score))).collect()
    }

    #[cfg(feature = "text")]
    fn count_found(&self, asked: &Asked<T>) -> usize {
        self.found(asked, false).len()
    }
}
