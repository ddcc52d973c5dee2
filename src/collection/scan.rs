//! Iterating over a transaction's records while the transaction writes.
//!
//! A scan holds the map as it was when the scan began (a clone, O(1)), so what the transaction
//! writes afterwards does not show in it, and nothing can move under it. It owns that map, so it
//! can't hold a borrowing iterator into it; it fetches a few entries at a time instead, at either
//! end, more each time. What it *gives out*, not what it fetched, goes into the footprint.

use crate::collection::batches::{Batches, Source};
use crate::collection::context::Context;
use crate::collection::hash_scan::HashScan;
use crate::persistent::{Map, MapKey};
use crate::table::expiry::Moment;
use crate::table::record::Record;
use crate::table::secondary::Row;
use crate::table::span::{Cut, Side, Span};
use crate::transaction::footprint::ScanNote;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// An owned double-ended iterator over a span of a map.
pub(crate) type Scan<K, V> = Batches<InSpan<K, V>>;

/// Where a [`Scan`] fetches from.
pub(crate) struct InSpan<K, V> {
    map: Map<K, V>,
    /// What was not fetched yet.
    rest: Span<K>,
}

impl<K: MapKey, V: Clone> Scan<K, V> {
    pub(crate) fn new(map: Map<K, V>, span: Span<K>) -> Self {
        Self::of(InSpan { map, rest: span })
    }
}

impl<K: MapKey, V: Clone> Source for InSpan<K, V> {
    type Item = (K, V);

    fn fetch_front(&mut self, batch: usize, into: &mut VecDeque<(K, V)>) {
        let Some(entries) = self.rest.of(&self.map) else { return };
        into.extend(entries.take(batch).map(|(key, value)| (key.clone(), value.clone())));
        if let Some((last, _)) = into.back() {
            self.rest.lower = Cut::At(last.clone(), Side::After);
        }
    }

    fn fetch_back(&mut self, batch: usize, into: &mut VecDeque<(K, V)>) {
        let Some(entries) = self.rest.of(&self.map) else { return };
        into.extend(entries.rev().take(batch).map(|(key, value)| (key.clone(), value.clone())));
        if let Some((last, _)) = into.back() {
            self.rest.upper = Cut::At(last.clone(), Side::Before);
        }
    }
}

/// Records of a collection in a transaction, in the order of their keys, where there is one.
///
/// It gives what the transaction saw when the iterator was made; what the transaction writes after
/// that does not show in it. What was given out becomes part of the transaction's footprint.
pub struct TxRecords<'a, T: Record> {
    tx: &'a Context,
    place: usize,
    span: Span<T::Key>,
    moment: Moment,
    note: ScanNote,
    scan: Scan<T::Key, Row<T>>,
    /// In the place of the scan where records are unordered: all of them.
    unordered: Option<Box<HashScan<T::Key, Row<T>>>>,
}

impl<'a, T: Record> TxRecords<'a, T> {
    pub(crate) fn new(tx: &'a Context, place: usize, span: Span<T::Key>) -> Self {
        let (rows, unordered, moment) = tx.with::<T, _>(place, |work| {
            let moment = work.moment();
            let rows = work.table().rows();
            let all = || Box::new(HashScan::new(rows.hashed().clone()));
            (rows.ordered().clone(), T::UNORDERED.then(all), moment)
        });
        Self {
            tx,
            place,
            span: span.clone(),
            moment,
            note: ScanNote::default(),
            scan: Scan::new(rows, span),
            unordered,
        }
    }

    /// The scan of records that have no order. What is given out next depends on where all others are: so
    /// all are noted as read.
    fn unordered(&mut self) -> Option<&mut HashScan<T::Key, Row<T>>> {
        self.tx.with::<T, _>(self.place, |work| work.footprint().all = true);
        self.unordered.as_deref_mut()
    }

    pub(crate) fn next_entry(&mut self) -> Option<(T::Key, Row<T>)> {
        loop {
            let entry = self.next_stored()?;
            if self.moment.shows(&*entry.1) {
                return Some(entry);
            }
        }
    }

    pub(crate) fn next_entry_back(&mut self) -> Option<(T::Key, Row<T>)> {
        loop {
            let entry = self.next_stored_back()?;
            if self.moment.shows(&*entry.1) {
                return Some(entry);
            }
        }
    }

    /// The next row, expired or not, noted as read.
    fn next_stored(&mut self) -> Option<(T::Key, Row<T>)> {
        if T::UNORDERED {
            return self.unordered()?.next();
        }
        let entry = self.scan.next();
        let (note, span) = (&mut self.note, &self.span);
        self.tx.with::<T, _>(self.place, |work| {
            let spans = &mut work.footprint().spans;
            match &entry {
                Some((key, _)) => spans.front(note, span, key),
                None => spans.exhausted(note, span),
            }
        });
        entry
    }

    /// The next row from the end, expired or not, noted as read.
    fn next_stored_back(&mut self) -> Option<(T::Key, Row<T>)> {
        if T::UNORDERED {
            return self.unordered()?.next_back();
        }
        let entry = self.scan.next_back();
        let (note, span) = (&mut self.note, &self.span);
        self.tx.with::<T, _>(self.place, |work| {
            let spans = &mut work.footprint().spans;
            match &entry {
                Some((key, _)) => spans.back(note, span, key),
                None => spans.exhausted(note, span),
            }
        });
        entry
    }
}

impl<T: Record> Iterator for TxRecords<'_, T> {
    type Item = Arc<T>;

    fn next(&mut self) -> Option<Arc<T>> {
        self.next_entry().map(|(_, row)| row.0)
    }
}

impl<T: Record> DoubleEndedIterator for TxRecords<'_, T> {
    fn next_back(&mut self) -> Option<Arc<T>> {
        self.next_entry_back().map(|(_, row)| row.0)
    }
}

impl<T: Record> fmt::Debug for TxRecords<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TxRecords").finish_non_exhaustive()
    }
}

/// Keys of a collection in a transaction, in order, where there is one. Behaves as [`TxRecords`] does.
pub struct TxKeys<'a, T: Record> {
    records: TxRecords<'a, T>,
}

impl<'a, T: Record> TxKeys<'a, T> {
    pub(crate) fn new(records: TxRecords<'a, T>) -> Self {
        Self { records }
    }
}

impl<T: Record> Iterator for TxKeys<'_, T> {
    type Item = T::Key;

    fn next(&mut self) -> Option<T::Key> {
        self.records.next_entry().map(|(key, _)| key)
    }
}

impl<T: Record> DoubleEndedIterator for TxKeys<'_, T> {
    fn next_back(&mut self) -> Option<T::Key> {
        self.records.next_entry_back().map(|(key, _)| key)
    }
}

impl<T: Record> fmt::Debug for TxKeys<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TxKeys").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::Bound;

    #[test]
    fn a_scan_gives_each_entry_once_from_whichever_end() {
        let map = Map::from_sorted((0..500).map(|key| (key, key * 2)));
        for seed in 0..64_u64 {
            let within = Span::from_bounds(Bound::Included(37), Bound::Excluded(37 + seed * 7));
            let mut scan = Scan::new(map.clone(), within);
            let (mut front, mut back) = (Vec::new(), Vec::new());
            let mut bits = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            loop {
                bits = bits.rotate_left(7) ^ (bits << 1);
                let (entry, end) = if bits & 4 == 0 {
                    (scan.next(), &mut front)
                } else {
                    (scan.next_back(), &mut back)
                };
                let Some((key, _)) = entry else { break };
                end.push(key);
            }
            front.extend(back.into_iter().rev());
            let expected: Vec<u64> = (37..(37 + seed * 7).min(500)).collect();
            assert_eq!(front, expected, "seed {seed}");
        }
    }
}
