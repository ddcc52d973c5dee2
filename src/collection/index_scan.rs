//! The records of a transaction by an index.

use crate::collection::context::Context;
use crate::collection::scan::Scan;
use crate::table::entry::Entry;
use crate::table::key::{Key, KeyRange, Lookup, Prefix, span_of_prefix, span_of_range};
use crate::table::ordered::OrderedIndex;
use crate::table::record::Record;
use crate::table::row_map::RowMap;
use crate::table::span::Span;
use crate::transaction::footprint::ScanNote;
use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Bound;
use std::sync::Arc;

/// An index of a collection in a transaction.
///
/// Iterators give what the transaction saw when they were made, like
/// [`TxRecords`](crate::TxRecords).
pub struct TxIndex<'a, T: Record, K: Key> {
    tx: &'a Context,
    place: usize,
    index: usize,
    types: PhantomData<fn() -> (T, K)>,
}

impl<'a, T: Record, K: Key> TxIndex<'a, T, K> {
    pub(crate) fn new(tx: &'a Context, place: usize, index: usize) -> Self {
        Self { tx, place, index, types: PhantomData }
    }

    /// The records with this index key, in the order of their own keys.
    pub fn get<Q>(&self, key: &Q) -> TxIndexRecords<'a, T, K>
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized,
    {
        let key = key.owned();
        self.span(&Span::from_bounds(Bound::Included(key.clone()), Bound::Included(key)))
    }

    /// How many records have this index key. O(log n + result).
    pub fn count<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized,
    {
        self.tx.with::<T, _>(self.place, |work| {
            let count = work.table().index_at::<K>(self.index).at(key).count();
            work.footprint().index::<K>(self.index).keys.insert(key.owned());
            count
        })
    }

    /// The records whose index keys lie in a range, in the order of those keys, from either end.
    pub fn range(&self, range: impl KeyRange<K>) -> TxIndexRecords<'a, T, K> {
        self.span(&span_of_range(range))
    }

    /// The records whose index keys begin with `prefix`, in the order of those keys.
    pub fn prefix(&self, prefix: impl Prefix<K>) -> TxIndexRecords<'a, T, K> {
        self.span(&span_of_prefix(prefix))
    }

    /// All records in the index, in the order of their index keys, from either end.
    #[must_use]
    pub fn iter(&self) -> TxIndexRecords<'a, T, K> {
        self.span(&Span::all())
    }

    /// The index keys that records have, in order, each once. O(entries).
    #[must_use]
    pub fn keys(&self) -> TxIndexKeys<'a, T, K> {
        TxIndexKeys { records: self.iter(), front: None, back: None }
    }

    fn span(&self, span: &Span<K>) -> TxIndexRecords<'a, T, K> {
        let span = OrderedIndex::<T::Key, T, K>::entry_span(span);
        let (entries, rows) = self.tx.with::<T, _>(self.place, |work| {
            let table = work.table();
            (table.index_at::<K>(self.index).entries().clone(), table.rows().clone())
        });
        TxIndexRecords {
            tx: self.tx,
            place: self.place,
            index: self.index,
            span: span.clone(),
            note: ScanNote::default(),
            scan: Scan::new(entries, span),
            rows,
        }
    }
}

impl<T: Record, K: Key> fmt::Debug for TxIndex<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TxIndex").field("index", &self.index).finish_non_exhaustive()
    }
}

impl<'a, T: Record, K: Key> IntoIterator for &TxIndex<'a, T, K> {
    type Item = Arc<T>;
    type IntoIter = TxIndexRecords<'a, T, K>;

    fn into_iter(self) -> TxIndexRecords<'a, T, K> {
        self.iter()
    }
}

/// Records of a transaction in the order of an index.
pub struct TxIndexRecords<'a, T: Record, K: Key> {
    tx: &'a Context,
    place: usize,
    index: usize,
    span: Span<Entry<K, T::Key>>,
    note: ScanNote,
    scan: Scan<Entry<K, T::Key>, ()>,
    rows: RowMap<T>,
}

impl<T: Record, K: Key> TxIndexRecords<'_, T, K> {
    fn next_index_entry(&mut self) -> Option<Entry<K, T::Key>> {
        let entry = self.scan.next().map(|(entry, ())| entry);
        let (note, span) = (&mut self.note, &self.span);
        self.tx.with::<T, _>(self.place, |work| {
            let spans = &mut work.footprint().index::<K>(self.index).spans;
            match &entry {
                Some(entry) => spans.front(note, span, entry),
                None => spans.exhausted(note, span),
            }
        });
        entry
    }

    fn next_index_entry_back(&mut self) -> Option<Entry<K, T::Key>> {
        let entry = self.scan.next_back().map(|(entry, ())| entry);
        let (note, span) = (&mut self.note, &self.span);
        self.tx.with::<T, _>(self.place, |work| {
            let spans = &mut work.footprint().index::<K>(self.index).spans;
            match &entry {
                Some(entry) => spans.back(note, span, entry),
                None => spans.exhausted(note, span),
            }
        });
        entry
    }

    /// The record of an entry, noted as read. There is one, unless an index function gave other keys
    /// for the record when it went than when it came.
    fn record(&self, entry: Entry<K, T::Key>) -> Option<Arc<T>> {
        let row = self.rows.get(&entry.primary).cloned();
        self.tx.with::<T, _>(self.place, |work| work.footprint().keys.insert(entry.primary));
        row.map(|row| row.0)
    }
}

impl<T: Record, K: Key> Iterator for TxIndexRecords<'_, T, K> {
    type Item = Arc<T>;

    fn next(&mut self) -> Option<Arc<T>> {
        loop {
            let entry = self.next_index_entry()?;
            if let Some(record) = self.record(entry) {
                return Some(record);
            }
        }
    }
}

impl<T: Record, K: Key> DoubleEndedIterator for TxIndexRecords<'_, T, K> {
    fn next_back(&mut self) -> Option<Arc<T>> {
        loop {
            let entry = self.next_index_entry_back()?;
            if let Some(record) = self.record(entry) {
                return Some(record);
            }
        }
    }
}

impl<T: Record, K: Key> fmt::Debug for TxIndexRecords<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TxIndexRecords").finish_non_exhaustive()
    }
}

/// The keys of an index in a transaction, each once.
pub struct TxIndexKeys<'a, T: Record, K: Key> {
    records: TxIndexRecords<'a, T, K>,
    /// The last key given out at either end.
    front: Option<K>,
    back: Option<K>,
}

impl<T: Record, K: Key> TxIndexKeys<'_, T, K> {
    fn is_new(&self, key: &K) -> bool {
        self.front.as_ref() != Some(key) && self.back.as_ref() != Some(key)
    }
}

impl<T: Record, K: Key> Iterator for TxIndexKeys<'_, T, K> {
    type Item = K;

    fn next(&mut self) -> Option<K> {
        loop {
            let key = self.records.next_index_entry()?.key;
            if self.is_new(&key) {
                self.front = Some(key);
                return self.front.clone();
            }
        }
    }
}

impl<T: Record, K: Key> DoubleEndedIterator for TxIndexKeys<'_, T, K> {
    fn next_back(&mut self) -> Option<K> {
        loop {
            let key = self.records.next_index_entry_back()?.key;
            if self.is_new(&key) {
                self.back = Some(key);
                return self.back.clone();
            }
        }
    }
}

impl<T: Record, K: Key> fmt::Debug for TxIndexKeys<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TxIndexKeys").finish_non_exhaustive()
    }
}
