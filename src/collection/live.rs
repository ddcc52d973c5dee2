//! A collection at its latest version.

use crate::collection::context;
use crate::collection::in_transaction::{TxCollection, rows_of};
use crate::collection::retry;
use crate::collection::view::View;
use crate::engine::Engine;
use crate::error::Result;
use crate::table::index::Unique;
use crate::table::key::{Key, KeyPart, KeyRange, Lookup, Sought, span_of_range};
use crate::table::order::IndexOrder;
use crate::table::record::Record;
use crate::table::row_map::needs_order;
use crate::table::rows::Table;
use crate::table::secondary::Row;
use crate::version::Root;
use crate::version::slot::Identity;
use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// A typed collection of records: a cheap handle that can be cloned and shared between threads.
///
/// Reads see the newest version that is durable, one version each; several reads that belong
/// together go to a [`view`](Self::view) or into a transaction. Each write is a transaction of its
/// own, and durable when it returns.
///
/// ```
/// # use folio::{Record, Store};
/// #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
/// struct Page {
///     #[key]
///     path: String,
///     hits: u64,
/// }
///
/// # fn main() -> folio::Result<()> {
/// # let store = Store::in_memory();
/// let pages = store.collection::<Page>()?;
/// pages.insert(Page { path: "/".into(), hits: 0 })?;
/// pages.update("/", |page| page.hits += 1)?;
/// assert_eq!(pages.get("/").map(|page| page.hits), Some(1));
/// assert!(pages.insert(Page { path: "/".into(), hits: 9 }).is_err());
/// # Ok(()) }
/// ```
pub struct Collection<T: Record> {
    engine: Arc<Engine>,
    identity: Arc<Identity>,
    records: PhantomData<fn() -> T>,
}

impl<T: Record> Collection<T> {
    /// The collection's name in the store.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.identity.name
    }

    /// The collection as it is now, for reading as much as wanted from one version. O(1).
    #[must_use]
    pub fn view(&self) -> View<T> {
        let root = self.engine.pipeline().published();
        let table = self.table_in(&root);
        View::new(root, table)
    }

    /// The record with this key. O(log n): one load of the newest version and one lookup.
    ///
    /// What it gives may be kept for as long as wanted, and counts a reference on the record for that.
    /// To look at a record and let it go, [`with`](Self::with) does without.
    pub fn get<Q>(&self, key: &Q) -> Option<Arc<T>>
    where
        T::Key: Borrow<Q>,
        Q: Lookup<T::Key> + ?Sized,
    {
        self.read(|table| table.rows().get(&Sought(key)).map(|row| row.0.clone()))
    }

    /// Looks at the record with this key where it lies, and returns what `look` makes of it; nothing
    /// where there is no such record. O(log n), without a reference of its own.
    ///
    /// [`get`](Self::get) counts a reference on the record, which is a write to memory that nobody
    /// else may have touched for long, and to the same memory from each thread that reads the same
    /// record. In a large collection that is about half of what a read takes; here it is saved.
    ///
    /// While `look` runs no lock is held and nobody waits for it, neither those who read nor those who
    /// commit. It sees the record as it was in the newest version when the call began, and may use the
    /// store itself: read, commit, change or remove the very record that it looks at, which stays
    /// for it what it was. That version stays in memory until `look` returns, with all that newer
    /// ones do not share with it. If `look` panics, the panic goes on to the caller, and the store is
    /// as it was.
    ///
    /// Use [`get`](Self::get) where the record outlives the call or goes to another thread, and where
    /// `look` would take long or wait for something: of those that look at once, or inside of each
    /// other, only a few in a thread are as cheap as this says. Use a [`view`](Self::view) for several
    /// reads that belong together: each call has a version of its own.
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Page { #[key] path: String, hits: u64 }
    /// # fn main() -> folio::Result<()> {
    /// # let store = Store::in_memory();
    /// # let pages = store.collection::<Page>()?;
    /// pages.insert(Page { path: "/".into(), hits: 3 })?;
    /// assert_eq!(pages.with("/", |page| page.hits), Some(3));
    /// assert_eq!(pages.with("/none", |page| page.hits), None);
    /// # Ok(()) }
    /// ```
    pub fn with<Q, R>(&self, key: &Q, look: impl FnOnce(&T) -> R) -> Option<R>
    where
        T::Key: Borrow<Q>,
        Q: Lookup<T::Key> + ?Sized,
    {
        self.read(|table| table.rows().get(&Sought(key)).map(|row| look(row)))
    }

    /// The records with these keys, or with what they stand for, at one version, in the order of the
    /// keys. O(log n) each, and several are looked for side by side.
    pub fn get_all<I>(&self, keys: I) -> Vec<Option<Arc<T>>>
    where
        I: IntoIterator,
        I::Item: KeyPart<T::Key>,
    {
        let keys: Vec<T::Key> = keys.into_iter().map(KeyPart::to_key).collect();
        self.read(|table| {
            let rows = table.rows().get_all(&keys);
            rows.into_iter().map(|row| row.map(|row| row.0.clone())).collect()
        })
    }

    /// Whether there is a record with this key. O(log n).
    pub fn contains<Q>(&self, key: &Q) -> bool
    where
        T::Key: Borrow<Q>,
        Q: Lookup<T::Key> + ?Sized,
    {
        self.read(|table| table.rows().contains(&Sought(key)))
    }

    /// The number of records. O(1).
    #[must_use]
    pub fn len(&self) -> usize {
        self.read(|table| table.rows().len())
    }

    /// Whether there are no records. O(1).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.read(|table| table.rows().is_empty())
    }

    /// The record with the smallest key. O(log n).
    #[must_use]
    pub fn first(&self) -> Option<Arc<T>> {
        const { needs_order::<T>() };
        self.read(|table| table.rows().ordered().first().map(|(_, row)| row.0.clone()))
    }

    /// The record with the greatest key. O(log n).
    #[must_use]
    pub fn last(&self) -> Option<Arc<T>> {
        const { needs_order::<T>() };
        self.read(|table| table.rows().ordered().last().map(|(_, row)| row.0.clone()))
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
        self.read(|table| table.find(index, key).map(|row| row.0.clone()))
    }

    /// Looks at the record that a unique index has under this key where it lies, like
    /// [`with`](Self::with). O(log n), without a reference of its own.
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// struct User {
    ///     #[key]
    ///     id: u64,
    ///     #[index(unique)]
    ///     email: String,
    ///     score: f64,
    /// }
    ///
    /// # fn main() -> folio::Result<()> {
    /// # let store = Store::in_memory();
    /// let users = store.collection::<User>()?;
    /// users.insert(User { id: 1, email: "ada@example.org".into(), score: 2.5 })?;
    /// assert_eq!(users.find_with(User::EMAIL, "ada@example.org", |user| user.score), Some(2.5));
    /// assert_eq!(users.find_with(User::EMAIL, "bob@example.org", |user| user.score), None);
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    ///
    /// If `T::indexes()` does not list the index; the derive always does. And where `look` does.
    #[track_caller]
    pub fn find_with<K, O, Q, R>(
        &self,
        index: Unique<T, K, O>,
        key: &Q,
        look: impl FnOnce(&T) -> R,
    ) -> Option<R>
    where
        K: Key + Borrow<Q>,
        Q: Lookup<K> + ?Sized,
        O: IndexOrder,
    {
        self.read(|table| table.find(index, key).map(|row| look(row)))
    }

    /// Adds a record whose key is new, and returns it as stored. Durable when it returns.
    ///
    /// # Errors
    ///
    /// [`Error::KeyExists`](crate::Error::KeyExists),
    /// [`Error::UniqueViolation`](crate::Error::UniqueViolation), and what
    /// [`Transaction::commit`](crate::Transaction::commit) gives.
    pub fn insert(&self, record: T) -> Result<Arc<T>> {
        let row = Row(Arc::new(record));
        self.write(|records| records.insert_row(&row))?;
        Ok(row.0)
    }

    /// Adds a record, or puts it in the place of the one with its key; returns that one. Durable when
    /// it returns.
    ///
    /// # Errors
    ///
    /// [`Error::UniqueViolation`](crate::Error::UniqueViolation), and what
    /// [`Transaction::commit`](crate::Transaction::commit) gives.
    pub fn put(&self, record: T) -> Result<Option<Arc<T>>> {
        let row = Row(Arc::new(record));
        self.write(|records| records.put_row(&row))
    }

    /// Changes the record with this key and returns it as it is then. Durable when it returns. On a
    /// conflict `change` runs again, on the newer record.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound),
    /// [`Error::KeyChanged`](crate::Error::KeyChanged) where `change` touched the key,
    /// [`Error::UniqueViolation`](crate::Error::UniqueViolation), and what
    /// [`Transaction::commit`](crate::Transaction::commit) gives.
    pub fn update<Q>(&self, key: &Q, mut change: impl FnMut(&mut T)) -> Result<Arc<T>>
    where
        T::Key: Borrow<Q>,
        Q: Lookup<T::Key> + ?Sized,
    {
        self.write(|records| records.update(key, &mut change))
    }

    /// Changes the record with this key, or inserts the one that `insert` makes where there is none;
    /// returns the record as it is then. Durable when it returns. On a conflict the closures run
    /// again.
    ///
    /// # Errors
    ///
    /// Like [`update`](Self::update), but never `NotFound`.
    pub fn upsert<Q>(
        &self,
        key: &Q,
        mut insert: impl FnMut() -> T,
        mut update: impl FnMut(&mut T),
    ) -> Result<Arc<T>>
    where
        T::Key: Borrow<Q>,
        Q: Lookup<T::Key> + ?Sized,
    {
        self.write(|records| records.upsert(key, &mut insert, &mut update))
    }

    /// Removes the record with this key and returns it. Durable when it returns.
    ///
    /// # Errors
    ///
    /// What [`Transaction::commit`](crate::Transaction::commit) gives.
    pub fn remove<Q>(&self, key: &Q) -> Result<Option<Arc<T>>>
    where
        T::Key: Borrow<Q>,
        Q: Lookup<T::Key> + ?Sized,
    {
        self.write(|records| records.remove(key))
    }

    /// Adds records whose keys are new, all in one commit or none; returns how many.
    ///
    /// # Errors
    ///
    /// Like [`insert`](Self::insert), for the first record that can't be added.
    pub fn insert_all(&self, records: impl IntoIterator<Item = T>) -> Result<usize> {
        let rows = rows_of(records);
        self.write(|records| records.insert_rows(&rows))
    }

    /// Adds or replaces records, all in one commit or none; returns how many. Of records with one key
    /// the last stays.
    ///
    /// # Errors
    ///
    /// Like [`put`](Self::put), for the first record that can't be put.
    pub fn put_all(&self, records: impl IntoIterator<Item = T>) -> Result<usize> {
        let rows = rows_of(records);
        self.write(|records| records.put_rows(&rows))
    }

    /// Removes the records with these keys in one commit; returns how many there were.
    ///
    /// # Errors
    ///
    /// What [`Transaction::commit`](crate::Transaction::commit) gives.
    pub fn remove_all<I>(&self, keys: I) -> Result<usize>
    where
        I: IntoIterator,
        I::Item: KeyPart<T::Key>,
    {
        let keys: Vec<T::Key> = keys.into_iter().map(KeyPart::to_key).collect();
        self.write(|records| records.remove_keys(keys.clone()))
    }

    /// Removes the records whose keys lie in a range, in one commit; returns how many there were.
    ///
    /// # Errors
    ///
    /// What [`Transaction::commit`](crate::Transaction::commit) gives.
    pub fn remove_range(&self, range: impl KeyRange<T::Key>) -> Result<usize> {
        const { needs_order::<T>() };
        let span = span_of_range(range);
        self.write(|records| records.remove_span(span.clone()))
    }

    /// Removes all records in one commit; returns how many there were.
    ///
    /// # Errors
    ///
    /// What [`Transaction::commit`](crate::Transaction::commit) gives.
    pub fn clear(&self) -> Result<usize> {
        self.write(|records| records.remove_keys(records.keys().collect()))
    }

    /// The collection called `name` in the store of `engine`.
    pub(crate) fn attach(engine: Arc<Engine>, name: &str) -> Result<Self> {
        let identity = engine.collection::<T>(name)?;
        context::remember::<T>(&identity);
        Ok(Self { engine, identity, records: PhantomData })
    }

    /// The table in a published version.
    fn table_in(&self, root: &Root) -> Arc<Table<T>> {
        // The collection was attached before this handle was made, and stays so.
        let table = root.slot(self.identity.id).and_then(|slot| slot.typed::<T>().ok());
        table.expect("a published collection keeps its type")
    }

    /// Looks at the newest published table.
    #[track_caller]
    fn read<R>(&self, look: impl FnOnce(&Table<T>) -> R) -> R {
        self.engine.pipeline().read(|root| {
            let table = root.slot(self.identity.id).and_then(|slot| slot.peek::<T>());
            look(table.expect("a published collection keeps its type"))
        })
    }

    /// Runs a transaction on this collection alone.
    pub(crate) fn write<R>(
        &self,
        mut act: impl FnMut(&TxCollection<'_, T>) -> Result<R>,
    ) -> Result<R> {
        let options = self.engine.commit_options();
        retry::run(&self.engine, &options, None, |tx| act(&tx.collection_known(&self.identity)?))
    }
}

impl<T: Record> Clone for Collection<T> {
    fn clone(&self) -> Self {
        let (engine, identity) = (self.engine.clone(), self.identity.clone());
        Self { engine, identity, records: PhantomData }
    }
}

impl<T: Record> fmt::Debug for Collection<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection")
            .field("name", &self.identity.name)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
