//! A collection in a transaction.

use crate::collection::context::Context;
use crate::collection::index_scan::TxIndex;
use crate::collection::scan::{TxKeys, TxRecords};
use crate::error::{Error, Result};
use crate::sync::Ordering;
use crate::table::entries::Entries;
use crate::table::index::{IndexHandle, Unique};
use crate::table::key::{
    Key, KeyPart, KeyRange, Lookup, Prefix, span_of_prefix, span_of_range, text,
};
use crate::table::order::IndexOrder;
use crate::table::record::Record;
use crate::table::row_map::needs_order;
use crate::table::secondary::Row;
use crate::table::span::Span;
use crate::transaction::work::{Keys, Work};
use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// A collection as a transaction sees it: the version it started from, with its own changes.
///
/// Everything read becomes part of the transaction's footprint: at [`Isolation::Serializable`]
/// (the default) the transaction commits only if it is still so. A range or iterator counts as far
/// as it was consumed.
///
/// Records come as `Arc<T>`: nothing is copied, and changing the collection changes none that were
/// handed out.
///
/// [`Isolation::Serializable`]: crate::Isolation::Serializable
pub struct TxCollection<'a, T: Record> {
    tx: &'a Context,
    place: usize,
    records: PhantomData<fn() -> T>,
}

impl<'a, T: Record> TxCollection<'a, T> {
    pub(crate) fn new(tx: &'a Context, place: usize) -> Self {
        Self { tx, place, records: PhantomData }
    }

    /// The record with this key. O(log n).
    pub fn get<Q>(&self, key: &Q) -> Option<Arc<T>>
    where
        T::Key: Borrow<Q>,
        Q: Lookup<T::Key> + ?Sized,
    {
        self.row(&key.owned()).map(|row| row.0)
    }

    /// The records with these keys, or with what they stand for, in the order of the keys. O(log n)
    /// each.
    pub fn get_all<I>(&self, keys: I) -> Vec<Option<Arc<T>>>
    where
        I: IntoIterator,
        I::Item: KeyPart<T::Key>,
    {
        keys.into_iter().map(|key| self.row(&key.to_key()).map(|row| row.0)).collect()
    }

    /// Whether there is a record with this key. O(log n).
    pub fn contains<Q>(&self, key: &Q) -> bool
    where
        T::Key: Borrow<Q>,
        Q: Lookup<T::Key> + ?Sized,
    {
        self.row(&key.owned()).is_some()
    }

    /// The number of records. O(1), but see [`Record::EXPIRES`]. The transaction then depends on the number, not on the records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tx.with::<T, _>(self.place, Work::len)
    }

    /// Whether there are no records. O(log n). Where records are [unordered](Record::UNORDERED), the
    /// transaction then depends on their number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        if T::UNORDERED { self.len() == 0 } else { self.keys().next().is_none() }
    }

    /// The record with the smallest key. O(log n). The transaction then depends on this record and on
    /// none being inserted before it, not on what is behind it.
    #[must_use]
    pub fn first(&self) -> Option<Arc<T>> {
        const { needs_order::<T>() };
        self.iter().next()
    }

    /// The record with the greatest key. O(log n). Like [`first`](Self::first), from the other end.
    #[must_use]
    pub fn last(&self) -> Option<Arc<T>> {
        const { needs_order::<T>() };
        self.iter().next_back()
    }

    /// The record that a unique index has under this key. O(log n).
    ///
    /// # Panics
    ///
    /// If `T::indexes()` does not list the index; the derive always does.
    #[track_caller]
    pub fn find<K, Q, O>(&self, index: Unique<T, K, O>, key: &Q) -> Option<Arc<T>>
    where
        K: Key + Borrow<Q>,
        Q: Lookup<K> + ?Sized,
        O: IndexOrder,
    {
        self.tx.with::<T, _>(self.place, |work| {
            let place = work.table().place_of(index);
            let primary = work.table().index_at::<K, O>(place).entries().first(key).cloned();
            work.footprint().index::<K, O>(place).keys.insert(key.owned());
            work.row(&primary?).map(|row| row.0)
        })
    }

    /// All records, in the order of their keys, from either end. Safe while writing: the iterator
    /// gives what was there when it was made. Where records are [unordered](Record::UNORDERED), they come
    /// in an order of no meaning, and the transaction depends on all of them from the first one on.
    #[must_use]
    pub fn iter(&self) -> TxRecords<'a, T> {
        TxRecords::new(self.tx, self.place, Span::all())
    }

    /// The records whose keys lie in a range, in order, from either end; safe while writing.
    pub fn range(&self, range: impl KeyRange<T::Key>) -> TxRecords<'a, T> {
        const { needs_order::<T>() };
        TxRecords::new(self.tx, self.place, span_of_range(range))
    }

    /// The records whose keys begin with `prefix`, in order, from either end; safe while writing.
    pub fn prefix(&self, prefix: impl Prefix<T::Key>) -> TxRecords<'a, T> {
        const { needs_order::<T>() };
        TxRecords::new(self.tx, self.place, span_of_prefix(prefix))
    }

    /// All keys, in the order of [`iter`](Self::iter), from either end; safe while writing.
    #[must_use]
    pub fn keys(&self) -> TxKeys<'a, T> {
        TxKeys::new(self.iter())
    }

    /// The records by an index, plain or unique; safe while writing.
    ///
    /// # Panics
    ///
    /// If `T::indexes()` does not list the index; the derive always does.
    #[track_caller]
    pub fn by<I: IndexHandle<T>>(&self, index: I) -> TxIndex<'a, T, I::Key, I::Order> {
        let index = self.tx.with::<T, _>(self.place, |work| work.table().place_of(index));
        TxIndex::new(self.tx, self.place, index)
    }

    /// A number for a new record: 1 at first, always greater than all numbers given out before for
    /// the collection, and than the greatest key there is where keys are integers. Asking never
    /// conflicts with anybody. A number whose transaction did not commit leaves a gap, or, if the
    /// store was opened anew since, may be given out again.
    ///
    /// # Errors
    ///
    /// [`Error::IdsExhausted`] when there are no numbers left.
    pub fn next_id(&self) -> Result<u64> {
        self.tx.with::<T, _>(self.place, |work| {
            // Only a hint: no part of the footprint, and whoever took the key since made a conflict.
            let last = work.greatest_number();
            work.note_ids();
            let ids = &work.identity().ids_used;
            ids.fetch_max(last, Ordering::Relaxed);
            let more = |used: u64| used.checked_add(1);
            let used = ids.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
            let exhausted = |_| Error::IdsExhausted { collection: work.identity().name.clone() };
            used.map(|used| used + 1).map_err(exhausted)
        })
    }

    /// Adds a record whose key is new, and returns it as stored. O(log n) for each index.
    ///
    /// # Errors
    ///
    /// [`Error::KeyExists`], [`Error::UniqueViolation`], [`Error::ReadOnly`]. Nothing is changed then,
    /// and the transaction can go on.
    pub fn insert(&self, record: T) -> Result<Arc<T>> {
        let row = Row(Arc::new(record));
        self.insert_row(&row)?;
        Ok(row.0)
    }

    /// Adds a record, or puts it in the place of the one with its key; returns that one.
    ///
    /// # Errors
    ///
    /// [`Error::UniqueViolation`], [`Error::ReadOnly`].
    pub fn put(&self, record: T) -> Result<Option<Arc<T>>> {
        let key = record.key();
        self.write(key, Some(Row(Arc::new(record))))
    }

    /// Changes the record with this key and returns it as it is then.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::KeyChanged`] where `change` touched the key,
    /// [`Error::UniqueViolation`], [`Error::ReadOnly`].
    pub fn update<Q>(&self, key: &Q, change: impl FnOnce(&mut T)) -> Result<Arc<T>>
    where
        T::Key: Borrow<Q>,
        Q: Lookup<T::Key> + ?Sized,
    {
        let key = key.owned();
        match self.row(&key) {
            Some(row) => self.change(key, row, change),
            None => Err(Error::NotFound { collection: self.name(), key: Some(text(&key)) }),
        }
    }

    /// Changes the record with this key, or inserts the one that `insert` makes where there is none;
    /// returns the record as it is then.
    ///
    /// # Errors
    ///
    /// [`Error::KeyChanged`] where either gave a record with another key,
    /// [`Error::UniqueViolation`], [`Error::ReadOnly`].
    pub fn upsert<Q>(
        &self,
        key: &Q,
        insert: impl FnOnce() -> T,
        update: impl FnOnce(&mut T),
    ) -> Result<Arc<T>>
    where
        T::Key: Borrow<Q>,
        Q: Lookup<T::Key> + ?Sized,
    {
        let key = key.owned();
        match self.row(&key) {
            Some(row) => self.change(key, row, update),
            None => self.replace(key, None, insert()),
        }
    }

    /// Removes the record with this key and returns it.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`].
    pub fn remove<Q>(&self, key: &Q) -> Result<Option<Arc<T>>>
    where
        T::Key: Borrow<Q>,
        Q: Lookup<T::Key> + ?Sized,
    {
        self.write(key.owned(), None)
    }

    /// Adds records whose keys are new, all or none; returns how many.
    ///
    /// # Errors
    ///
    /// Like [`insert`](Self::insert), for the first record that can't be added.
    pub fn insert_all(&self, records: impl IntoIterator<Item = T>) -> Result<usize> {
        self.insert_rows(&rows_of(records))
    }

    /// Adds or replaces records, all or none; returns how many. Of records with one key the last
    /// stays.
    ///
    /// # Errors
    ///
    /// Like [`put`](Self::put), for the first record that can't be put.
    pub fn put_all(&self, records: impl IntoIterator<Item = T>) -> Result<usize> {
        self.put_rows(&rows_of(records))
    }

    /// Removes the records with these keys; returns how many there were.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`].
    pub fn remove_all<I>(&self, keys: I) -> Result<usize>
    where
        I: IntoIterator,
        I::Item: KeyPart<T::Key>,
    {
        self.remove_keys(keys.into_iter().map(KeyPart::to_key).collect())
    }

    /// Removes the records whose keys lie in a range; returns how many there were.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`].
    pub fn remove_range(&self, range: impl KeyRange<T::Key>) -> Result<usize> {
        const { needs_order::<T>() };
        self.remove_span(span_of_range(range))
    }

    /// Removes all records; returns how many there were.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`].
    pub fn clear(&self) -> Result<usize> {
        self.remove_keys(self.keys().collect())
    }

    /// The inside of the transaction, and the place of the collection in it.
    pub(crate) fn parts(&self) -> (&'a Context, usize) {
        (self.tx, self.place)
    }

    pub(crate) fn insert_row(&self, row: &Row<T>) -> Result<()> {
        self.tx.engine.check_writable()?;
        let key = row.key();
        self.tx.with::<T, _>(self.place, |work| work.insert(key, row.clone()))
    }

    pub(crate) fn put_row(&self, row: &Row<T>) -> Result<Option<Arc<T>>> {
        self.write(row.key(), Some(row.clone()))
    }

    pub(crate) fn insert_rows(&self, rows: &[Row<T>]) -> Result<usize> {
        self.write_rows(rows, Keys::New, |row| self.insert_row(row))
    }

    pub(crate) fn put_rows(&self, rows: &[Row<T>]) -> Result<usize> {
        self.write_rows(rows, Keys::Any, |row| self.put_row(row).map(drop))
    }

    pub(crate) fn remove_keys(&self, keys: Vec<T::Key>) -> Result<usize> {
        if keys.is_empty() {
            return Ok(0);
        }
        self.tx.engine.check_writable()?;
        let removals = keys.into_iter().map(|key| (key, None)).collect();
        let removed =
            self.tx.with::<T, _>(self.place, |work| work.write_batch(removals, Keys::Any));
        Ok(removed.expect("what is removed in any order takes no unique key"))
    }

    pub(crate) fn remove_span(&self, span: Span<T::Key>) -> Result<usize> {
        let keys = TxKeys::new(TxRecords::<T>::new(self.tx, self.place, span));
        self.remove_keys(keys.collect())
    }

    /// Writes all rows at once where that can be done, else one by one with `write`: all or none.
    fn write_rows(
        &self,
        rows: &[Row<T>],
        keys: Keys,
        write: impl Fn(&Row<T>) -> Result<()>,
    ) -> Result<usize> {
        if rows.is_empty() {
            return Ok(0);
        }
        if self.tx.engine.check_writable().is_ok() {
            let writes = rows.iter().map(|row| (row.key(), Some(row.clone()))).collect();
            let written = self.tx.with::<T, _>(self.place, |work| work.write_batch(writes, keys));
            if let Some(count) = written {
                return Ok(count);
            }
        }
        self.tx.all_or_none(|| rows.iter().try_for_each(write))?;
        Ok(rows.len())
    }

    fn row(&self, key: &T::Key) -> Option<Row<T>> {
        self.tx.with::<T, _>(self.place, |work| work.row(key))
    }

    fn write(&self, key: T::Key, after: Option<Row<T>>) -> Result<Option<Arc<T>>> {
        self.tx.engine.check_writable()?;
        let before = self.tx.with::<T, _>(self.place, |work| work.write(key, after))?;
        Ok(before.map(|row| row.0))
    }

    fn write_over(&self, seen: Option<Row<T>>, key: T::Key, after: Row<T>) -> Result<()> {
        self.tx.engine.check_writable()?;
        self.tx.with::<T, _>(self.place, |work| work.write_over(seen, key, Some(after)))?;
        Ok(())
    }

    fn change(&self, key: T::Key, row: Row<T>, change: impl FnOnce(&mut T)) -> Result<Arc<T>> {
        let mut record = T::clone(&row);
        change(&mut record);
        self.replace(key, Some(row), record)
    }

    /// Writes a record that must have this key, where this was seen.
    fn replace(&self, key: T::Key, seen: Option<Row<T>>, record: T) -> Result<Arc<T>> {
        let after = record.key();
        if after != key {
            let (before, after) = (text(&key), text(&after));
            return Err(Error::KeyChanged { collection: self.name(), before, after });
        }
        let record = Arc::new(record);
        self.write_over(seen, key, Row(record.clone()))?;
        Ok(record)
    }

    fn name(&self) -> String {
        self.tx.with::<T, _>(self.place, |work| work.identity().name.clone())
    }
}

/// Records as tables hold them.
pub(crate) fn rows_of<T>(records: impl IntoIterator<Item = T>) -> Vec<Row<T>> {
    records.into_iter().map(|record| Row(Arc::new(record))).collect()
}

#[expect(clippy::expl_impl_clone_on_copy, reason = "derived, it would ask for `T: Copy`")]
impl<T: Record> Clone for TxCollection<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Record> Copy for TxCollection<'_, T> {}

impl<T: Record> fmt::Debug for TxCollection<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TxCollection").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl<'a, T: Record> IntoIterator for &TxCollection<'a, T> {
    type Item = Arc<T>;
    type IntoIter = TxRecords<'a, T>;

    fn into_iter(self) -> TxRecords<'a, T> {
        self.iter()
    }
}
