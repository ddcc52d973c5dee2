//! The records of a view by an index.

use crate::persistent::RangeIter;
use crate::table::entries::{Entries, PrimaryIter};
use crate::table::entry::Entry;
use crate::table::expiry::Moment;
use crate::table::key::{Key, KeyRange, Lookup, Prefix, span_of_prefix, span_of_range};
use crate::table::keyed::KeyedIndex;
use crate::table::order::{IndexOrder, Ordered};
use crate::table::ordered::entry_span;
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::table::secondary::Row;
use crate::table::span::Span;
use std::borrow::Borrow;
use std::fmt;

/// An index of a [`View`](crate::View).
///
/// Records with the same index key come in the order of their own keys. A record that is in the
/// index several times, as with `#[index(each)]`, comes once for each of its index keys.
///
/// An index whose keys lie by hash ([`Hashed`](crate::Hashed)) has only [`get`](Self::get) and
/// [`count`](Self::count).
pub struct ViewIndex<'a, T: Record, K: Key, O: IndexOrder = Ordered> {
    table: &'a Table<T>,
    index: &'a KeyedIndex<T::Key, T, K, O>,
    moment: Moment,
}

impl<'a, T: Record, K: Key, O: IndexOrder> ViewIndex<'a, T, K, O> {
    pub(crate) fn new(
        table: &'a Table<T>,
        index: &'a KeyedIndex<T::Key, T, K, O>,
        moment: Moment,
    ) -> Self {
        Self { table, index, moment }
    }

    /// The records with this index key, in the order of their own keys, from either end. O(log n) for
    /// each.
    pub fn get<Q>(&self, key: &Q) -> IndexRecords<'a, T, K>
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized,
    {
        IndexRecords::new(self.table, self.index.entries().at(key), self.moment)
    }

    /// How many records have this index key. O(log n + result); O(1), expected, by hash. Of a type with
    /// records that [expire](Record::EXPIRES), each is looked up.
    pub fn count<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized,
    {
        if T::EXPIRES.is_some() { self.get(key).count() } else { self.index.entries().count(key) }
    }
}

impl<'a, T: Record, K: Key> ViewIndex<'a, T, K> {
    /// The records whose index keys lie in a range, in the order of those keys, from either end.
    pub fn range(&self, range: impl KeyRange<K>) -> IndexRecords<'a, T, K> {
        self.span(&span_of_range(range))
    }

    /// The records whose index keys begin with `prefix`, in the order of those keys.
    pub fn prefix(&self, prefix: impl Prefix<K>) -> IndexRecords<'a, T, K> {
        self.span(&span_of_prefix(prefix))
    }

    /// All records in the index, in the order of their index keys, from either end.
    #[must_use]
    pub fn iter(&self) -> IndexRecords<'a, T, K> {
        self.span(&Span::all())
    }

    /// The index keys that records have, in order, each once. O(entries).
    #[must_use]
    pub fn keys(&self) -> IndexKeys<'a, T, K> {
        let entries = self.index.entries().iter();
        IndexKeys { table: self.table, entries, moment: self.moment, front: None, back: None }
    }

    fn span(&self, span: &Span<K>) -> IndexRecords<'a, T, K> {
        let entries = entry_span(span).of(self.index.entries());
        let primaries = entries.map_or(PrimaryIter::One(None), PrimaryIter::Span);
        IndexRecords::new(self.table, primaries, self.moment)
    }
}

impl<T: Record, K: Key, O: IndexOrder> fmt::Debug for ViewIndex<'_, T, K, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewIndex").field("index", &self.index).finish_non_exhaustive()
    }
}

impl<'a, T: Record, K: Key> IntoIterator for &ViewIndex<'a, T, K> {
    type Item = &'a T;
    type IntoIter = IndexRecords<'a, T, K>;

    fn into_iter(self) -> IndexRecords<'a, T, K> {
        self.iter()
    }
}

/// How many records are looked up side by side.
const BATCH: usize = 8;

/// How many are at first, for those who want just one.
const FIRST_BATCH: usize = 2;

/// Records that were looked up and not given out yet.
type Fetched<'a, T> = std::array::IntoIter<Option<&'a T>, BATCH>;

/// Records of a [`View`](crate::View) in the order of an index.
pub struct IndexRecords<'a, T: Record, K: Key> {
    table: &'a Table<T>,
    primaries: PrimaryIter<'a, K, T::Key>,
    moment: Moment,
    batch: usize,
    front: Fetched<'a, T>,
    /// From the end.
    back: Fetched<'a, T>,
}

impl<'a, T: Record, K: Key> IndexRecords<'a, T, K> {
    fn new(table: &'a Table<T>, primaries: PrimaryIter<'a, K, T::Key>, moment: Moment) -> Self {
        let (front, back) = ([None; BATCH].into_iter(), [None; BATCH].into_iter());
        Self { table, primaries, moment, batch: FIRST_BATCH, front, back }
    }

    /// Looks up the records of the next primary keys; nothing where there are none left.
    fn fetch(&mut self, from_back: bool) -> Option<Fetched<'a, T>> {
        let size = std::mem::replace(&mut self.batch, BATCH);
        let next = Next { table: self.table, moment: self.moment, size, from_back };
        // Told apart here and not for each key, which is a tenth of a lookup of ten records.
        match &mut self.primaries {
            PrimaryIter::Span(entries) => next.of(entries.map(|(entry, ())| &entry.primary)),
            PrimaryIter::One(primary) => next.of(primary.take().into_iter()),
            PrimaryIter::Many(primaries) => next.of(primaries.map(|(primary, ())| primary)),
        }
    }
}

/// The records to look up next: how many, and from which end.
struct Next<'a, T: Record> {
    table: &'a Table<T>,
    moment: Moment,
    size: usize,
    from_back: bool,
}

impl<'a, T: Record> Next<'a, T> {
    fn of<'k>(
        &self,
        primaries: impl DoubleEndedIterator<Item = &'k T::Key>,
    ) -> Option<Fetched<'a, T>> {
        let mut is_empty = true;
        let found_one = |_: &&T::Key| is_empty = false;
        let rows = self.table.rows();
        let found = if self.from_back {
            rows.get_each::<BATCH>(primaries.rev().take(self.size).inspect(found_one))
        } else {
            rows.get_each::<BATCH>(primaries.take(self.size).inspect(found_one))
        };
        let shown = |row: Option<&'a Row<T>>| {
            row.map(|row| &**row).filter(|record| self.moment.shows(*record))
        };
        (!is_empty).then(|| found.map(shown).into_iter())
    }
}

/// Each entry has its record, unless an index function gave other keys for the record when it went
/// than when it came.
impl<'a, T: Record, K: Key> Iterator for IndexRecords<'a, T, K> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        loop {
            if let Some(record) = self.front.find_map(|record| record) {
                return Some(record);
            }
            match self.fetch(false) {
                Some(fetched) => self.front = fetched,
                None => return self.back.by_ref().rev().find_map(|record| record),
            }
        }
    }
}

impl<T: Record, K: Key> DoubleEndedIterator for IndexRecords<'_, T, K> {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.back.find_map(|record| record) {
                return Some(record);
            }
            match self.fetch(true) {
                Some(fetched) => self.back = fetched,
                None => return self.front.by_ref().rev().find_map(|record| record),
            }
        }
    }
}

impl<T: Record, K: Key> std::iter::FusedIterator for IndexRecords<'_, T, K> {}

impl<T: Record, K: Key> fmt::Debug for IndexRecords<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexRecords").finish_non_exhaustive()
    }
}

/// The keys of an index of a [`View`](crate::View), each once.
pub struct IndexKeys<'a, T: Record, K: Key> {
    table: &'a Table<T>,
    moment: Moment,
    entries: RangeIter<'a, Entry<K, T::Key>, ()>,
    /// The last key given out at either end.
    front: Option<&'a K>,
    back: Option<&'a K>,
}

impl<'a, T: Record, K: Key> IndexKeys<'a, T, K> {
    fn is_new(&self, entry: &'a Entry<K, T::Key>) -> bool {
        let key = Some(&entry.key);
        self.front != key && self.back != key && self.has_record(entry)
    }

    /// Whether the record of an entry is there. It is only looked up if it might be expired.
    fn has_record(&self, entry: &Entry<K, T::Key>) -> bool {
        T::EXPIRES.is_none() || self.table.at(self.moment).contains(&entry.primary)
    }
}

impl<'a, T: Record, K: Key> Iterator for IndexKeys<'a, T, K> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        loop {
            let (entry, ()) = self.entries.next()?;
            if self.is_new(entry) {
                self.front = Some(&entry.key);
                return self.front;
            }
        }
    }
}

impl<T: Record, K: Key> DoubleEndedIterator for IndexKeys<'_, T, K> {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            let (entry, ()) = self.entries.next_back()?;
            if self.is_new(entry) {
                self.back = Some(&entry.key);
                return self.back;
            }
        }
    }
}

impl<T: Record, K: Key> std::iter::FusedIterator for IndexKeys<'_, T, K> {}

impl<T: Record, K: Key> fmt::Debug for IndexKeys<'_, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexKeys").finish_non_exhaustive()
    }
}
