//! The records of a transaction by an index.

use crate::collection::context::Context;
use crate::collection::scan::Scan;
use crate::table::entries::{Entries, UnderKey};
use crate::table::entry::Entry;
use crate::table::expiry::Moment;
use crate::table::key::{Key, KeyRange, Lookup, Prefix, span_of_prefix, span_of_range};
use crate::table::order::{IndexOrder, Ordered};
use crate::table::ordered::{EntryMap, entry_span};
use crate::table::primaries::Primaries;
use crate::table::record::Record;
use crate::table::row_map::RowMap;
use crate::table::span::Span;
use crate::transaction::footprint::ScanNote;
use crate::transaction::work::Work;
use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// An index of a collection in a transaction.
///
/// Iterators give what the transaction saw when they were made, like
/// [`TxRecords`](crate::TxRecords).
///
/// An index whose keys lie by hash ([`Hashed`](crate::Hashed)) has only [`get`](Self::get) and
/// [`count`](Self::count).
pub struct TxIndex<'a, T: Record, K: Key, O: IndexOrder = Ordered> {
    tx: &'a Context,
    place: usize,
    index: usize,
    types: PhantomData<fn() -> (T, K)>,
    order: PhantomData<O>,
}

impl<'a, T: Record, K: Key, O: IndexOrder> TxIndex<'a, T, K, O> {
    pub(crate) fn new(tx: &'a Context, place: usize, index: usize) -> Self {
        Self { tx, place, index, types: PhantomData, order: PhantomData }
    }

    /// The records with this index key, in the order of their own keys, from either end. By hash, the
    /// transaction then depends on all of them, else on those that it takes.
    pub fn get<Q>(&self, key: &Q) -> TxIndexRecords<'a, T, K>
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized,
    {
        let key = key.owned();
        self.tx.with::<T, _>(self.place, |work| {
            let held = work.table().index_at::<K, O>(self.index).entries().hold(key);
            let (rows, moment) = (work.table().rows().clone(), work.moment());
            let found = match held {
                UnderKey::Span(entries, span) => {
                    Found::Span(TxEntries::new(self.tx, self.place, self.index, entries, span))
                }
                UnderKey::Whole(key, primaries) => {
                    work.footprint().index::<K, O>(self.index).keys.insert(key);
                    primaries.into()
                }
            };
            TxIndexRecords { tx: self.tx, place: self.place, found, rows, moment }
        })
    }

    /// How many records have this index key. O(log n + result); O(1), expected, by hash. Of a type with
    /// records that [expire](Record::EXPIRES), each is looked up, and the transaction depends on it.
    pub fn count<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized,
    {
        if T::EXPIRES.is_some() {
            return self.get(key).count();
        }
        self.tx.with::<T, _>(self.place, |work| {
            let count = work.table().index_at::<K, O>(self.index).entries().count(key);
            work.footprint().index::<K, O>(self.index).keys.insert(key.owned());
            count
        })
    }
}

impl<'a, T: Record, K: Key> TxIndex<'a, T, K> {
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

    pub(crate) fn span(&self, span: &Span<K>) -> TxIndexRecords<'a, T, K> {
        let (entries, rows, moment) = self.tx.with::<T, _>(self.place, |work| {
            (self.all(work).clone(), work.table().rows().clone(), work.moment())
        });
        let entries = TxEntries::new(self.tx, self.place, self.index, entries, entry_span(span));
        TxIndexRecords { tx: self.tx, place: self.place, found: Found::Span(entries), rows, moment }
    }

    fn all<'w>(&self, work: &'w mut Work<T>) -> &'w EntryMap<K, T::Key> {
        work.table().index_at::<K, Ordered>(self.index).entries()
    }
}

impl<T: Record, K: Key, O: IndexOrder> fmt::Debug for TxIndex<'_, T, K, O> {
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

/// Records of a transaction by an index.
pub struct TxIndexRecords<'a, T: Record, K: Key> {
    tx: &'a Context,
    place: usize,
    found: Found<'a, T, K>,
    rows: RowMap<T>,
    moment: Moment,
}

/// Where the primary keys of the records come from.
enum Found<'a, T: Record, K: Key> {
    /// Entries in order, each noted as read when it is taken.
    Span(TxEntries<'a, T, K>),
    /// The only one under a key that was noted as read as a whole, or none.
    One(Option<T::Key>),
    /// All of those under such a key.
    Many(Scan<T::Key, ()>),
}

impl<T: Record, K: Key> From<Option<Primaries<T::Key>>> for Found<'_, T, K> {
    fn from(primaries: Option<Primaries<T::Key>>) -> Self {
        match primaries {
            None => Self::One(None),
            Some(Primaries::One(primary)) => Self::One(Some(primary)),
            Some(Primaries::Many(primaries)) => Self::Many(Scan::new(primaries, Span::all())),
        }
    }
}

impl<T: Record, K: Key> TxIndexRecords<'_, T, K> {
    /// The record with a primary key, noted as read. There is one, unless an index function gave other
    /// keys for the record when it went than when it came.
    fn record(&self, primary: T::Key) -> Option<Arc<T>> {
        let row = self.rows.get(&primary).cloned();
        self.tx.with::<T, _>(self.place, |work| work.footprint().keys.insert(primary));
        row.filter(|row| self.moment.shows(&**row)).map(|row| row.0)
    }
}

impl<'a, T: Record, K: Key> TxIndexRecords<'a, T, K> {
    /// The primary keys of the records. Only the entries are noted as read.
    pub(crate) fn primaries(self) -> TxPrimaries<'a, T, K> {
        TxPrimaries { found: self.found }
    }

    /// The entries of a stretch of the index, in order; none where the records are those of one key.
    pub(crate) fn entries(
        self,
    ) -> impl DoubleEndedIterator<Item = Entry<K, T::Key>> + use<'a, T, K> {
        let entries = match self.found {
            Found::Span(entries) => Some(entries),
            Found::One(_) | Found::Many(_) => None,
        };
        entries.into_iter().flatten()
    }
}

impl<T: Record, K: Key> Iterator for TxIndexRecords<'_, T, K> {
    type Item = Arc<T>;

    fn next(&mut self) -> Option<Arc<T>> {
        loop {
            let primary = match &mut self.found {
                Found::Span(entries) => entries.next()?.primary,
                Found::One(primary) => primary.take()?,
                Found::Many(primaries) => primaries.next()?.0,
            };
            if let Some(record) = self.record(primary) {
                return Some(record);
            }
        }
    }
}

impl<T: Record, K: Key> DoubleEndedIterator for TxIndexRecords<'_, T, K> {
    fn next_back(&mut self) -> Option<Arc<T>> {
        loop {
            let primary = match &mut self.found {
                Found::Span(entries) => entries.next_back()?.primary,
                Found::One(primary) => primary.take()?,
                Found::Many(primaries) => primaries.next_back()?.0,
            };
            if let Some(record) = self.record(primary) {
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

/// The primary keys that an index of a transaction has under a key or in a range.
pub(crate) struct TxPrimaries<'a, T: Record, K: Key> {
    found: Found<'a, T, K>,
}

impl<T: Record, K: Key> Iterator for TxPrimaries<'_, T, K> {
    type Item = T::Key;

    fn next(&mut self) -> Option<T::Key> {
        match &mut self.found {
            Found::Span(entries) => entries.next().map(|entry| entry.primary),
            Found::One(primary) => primary.take(),
            Found::Many(primaries) => primaries.next().map(|(primary, ())| primary),
        }
    }
}

impl<T: Record, K: Key> DoubleEndedIterator for TxPrimaries<'_, T, K> {
    fn next_back(&mut self) -> Option<T::Key> {
        match &mut self.found {
            Found::Span(entries) => entries.next_back().map(|entry| entry.primary),
            Found::One(primary) => primary.take(),
            Found::Many(primaries) => primaries.next_back().map(|(primary, ())| primary),
        }
    }
}

/// The keys of an index in a transaction, each once.
pub struct TxIndexKeys<'a, T: Record, K: Key> {
    records: TxIndexRecords<'a, T, K>,
    /// The last key given out at either end.
    front: Option<K>,
    back: Option<K>,
}

impl<'a, T: Record, K: Key> TxIndexKeys<'a, T, K> {
    fn entries(&mut self) -> Option<&mut TxEntries<'a, T, K>> {
        match &mut self.records.found {
            Found::Span(entries) => Some(entries),
            Found::One(_) | Found::Many(_) => None,
        }
    }

    /// Whether the key of an entry was not given out yet, and the record is there. That is only looked up,
    /// and noted, if it might be expired.
    fn is_new(&self, Entry { key, primary }: &Entry<K, T::Key>) -> bool {
        let is_new = self.front.as_ref() != Some(key) && self.back.as_ref() != Some(key);
        is_new && (T::EXPIRES.is_none() || self.records.record(primary.clone()).is_some())
    }
}

impl<T: Record, K: Key> Iterator for TxIndexKeys<'_, T, K> {
    type Item = K;

    fn next(&mut self) -> Option<K> {
        loop {
            let entry = self.entries()?.next()?;
            if self.is_new(&entry) {
                self.front = Some(entry.key);
                return self.front.clone();
            }
        }
    }
}

impl<T: Record, K: Key> DoubleEndedIterator for TxIndexKeys<'_, T, K> {
    fn next_back(&mut self) -> Option<K> {
        loop {
            let entry = self.entries()?.next_back()?;
            if self.is_new(&entry) {
                self.back = Some(entry.key);
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

/// Entries of an ordered index in a transaction, each noted as read when it is given out.
struct TxEntries<'a, T: Record, K: Key> {
    tx: &'a Context,
    place: usize,
    index: usize,
    span: Span<Entry<K, T::Key>>,
    note: ScanNote,
    scan: Scan<Entry<K, T::Key>, ()>,
}

impl<'a, T: Record, K: Key> TxEntries<'a, T, K> {
    fn new(
        tx: &'a Context,
        place: usize,
        index: usize,
        entries: EntryMap<K, T::Key>,
        span: Span<Entry<K, T::Key>>,
    ) -> Self {
        let (note, rest) = (ScanNote::default(), span.clone());
        Self { tx, place, index, span, note, scan: Scan::new(entries, rest) }
    }
}

impl<T: Record, K: Key> Iterator for TxEntries<'_, T, K> {
    type Item = Entry<K, T::Key>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.scan.next().map(|(entry, ())| entry);
        let (note, span) = (&mut self.note, &self.span);
        self.tx.with::<T, _>(self.place, |work| {
            let spans = &mut work.footprint().index::<K, Ordered>(self.index).spans;
            match &entry {
                Some(entry) => spans.front(note, span, entry),
                None => spans.exhausted(note, span),
            }
        });
        entry
    }
}

impl<T: Record, K: Key> DoubleEndedIterator for TxEntries<'_, T, K> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let entry = self.scan.next_back().map(|(entry, ())| entry);
        let (note, span) = (&mut self.note, &self.span);
        self.tx.with::<T, _>(self.place, |work| {
            let spans = &mut work.footprint().index::<K, Ordered>(self.index).spans;
            match &entry {
                Some(entry) => spans.back(note, span, entry),
                None => spans.exhausted(note, span),
            }
        });
        entry
    }
}
