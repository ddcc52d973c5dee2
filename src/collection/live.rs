//! A collection at its latest version.

use crate::collection::context;
use crate::collection::in_transaction::{TxCollection, rows_of};
use crate::collection::retry;
use crate::collection::revisions::Revisions;
use crate::collection::view::View;
use crate::collection::watch::Watcher;
use crate::engine::Engine;
use crate::error::Result;
use crate::table::expiry::Moment;
use crate::table::index::Unique;
use crate::table::key::{Key, KeyPart, KeyRange, Lookup, Sought, span_of_range};
use crate::table::order::IndexOrder;
use crate::table::present::Present;
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
        let (table, moment) = (self.table_in(&root), self.moment(&root));
        View::new(root, table, moment)
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
        self.read(|table| table.get(&Sought(key)).map(|row| row.0.clone()))
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
        self.read(|table| table.get(&Sought(key)).map(|row| look(row)))
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
            let rows = table.get_all(&keys);
            rows.into_iter().map(|row| row.map(|row| row.0.clone())).collect()
        })
    }

    /// Whether there is a record with this key. O(log n).
    pub fn contains<Q>(&self, key: &Q) -> bool
    where
        T::Key: Borrow<Q>,
        Q: Lookup<T::Key> + ?Sized,
    {
        self.read(|table| table.contains(&Sought(key)))
    }

    /// What every commit made of the record with this key, oldest first, as far as the log goes back; all
    /// there ever was where it is a [ledger](crate::Options::ledger). Records that were stored in an
    /// earlier form of the type are read as `T`, as they would be when the store is opened.
    ///
    /// A store in memory gives what it keeps by [`Options::history`](crate::Options::history), beginning
    /// with the record as it is in the oldest version kept.
    ///
    /// The log is read as the revisions are asked for: O(bytes of the log) for all of them. What is
    /// committed after this was called is not among them.
    ///
    /// ```
    /// use folio::{History, Record, Store};
    ///
    /// #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// struct Account { #[key] id: u64, cents: i64 }
    ///
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let path = directory.path().join("store");
    /// let store = Store::options().ledger(true).open(path)?;
    /// let accounts = store.collection::<Account>()?;
    /// accounts.put(Account { id: 1, cents: 500 })?;
    /// store.transaction().meta("actor", "ada").meta("reason", "rent").run(|tx| {
    ///     tx.collection::<Account>()?.update(&1, |account| account.cents -= 400)
    /// })?;
    /// accounts.remove(&1)?;
    ///
    /// let revisions = accounts.history(1)?.collect::<folio::Result<Vec<_>>>()?;
    /// let cents: Vec<_> = revisions.iter().map(|r| r.value.as_ref().map(|a| a.cents)).collect();
    /// assert_eq!(cents, [Some(500), Some(100), None]);
    /// assert_eq!(revisions[1].meta[0], ("actor".to_owned(), "ada".to_owned()));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Encode`](crate::Error::Encode) for a key that can't be encoded. The items are
    /// [`Error::Corrupt`](crate::Error::Corrupt) and [`Error::Io`](crate::Error::Io) where the log can't be
    /// read, [`Error::SchemaMismatch`](crate::Error::SchemaMismatch) at a form of the collection that `T`
    /// can't read, [`Error::Decode`](crate::Error::Decode) and
    /// [`Error::Migration`](crate::Error::Migration) at a record; in memory
    /// [`Error::OutOfHistory`](crate::Error::OutOfHistory), where versions went before they were asked for. The
    /// first error is the last item.
    pub fn history(&self, key: impl KeyPart<T::Key>) -> Result<Revisions<T>> {
        Revisions::of(self.engine.clone(), self.identity.clone(), key.to_key())
    }

    /// Watches the collection from now on: what it is now was seen, what comes is given. O(log w) for w
    /// watchers. See [`Watcher`].
    #[must_use]
    pub fn watch(&self) -> Watcher<T> {
        let root = self.engine.pipeline().published();
        Watcher::new(self.engine.shared_pipeline(), self.identity.id, &root, self.table_in(&root))
    }

    /// The number of records. O(1), but see [`Record::EXPIRES`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.read(|table| table.len())
    }

    /// Whether there are no records. O(1), but see [`Record::EXPIRES`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.read(|table| table.is_empty())
    }

    /// The record with the smallest key. O(log n).
    #[must_use]
    pub fn first(&self) -> Option<Arc<T>> {
        const { needs_order::<T>() };
        self.read(|table| table.first().map(|row| row.0.clone()))
    }

    /// The record with the greatest key. O(log n).
    #[must_use]
    pub fn last(&self) -> Option<Arc<T>> {
        const { needs_order::<T>() };
        self.read(|table| table.last().map(|row| row.0.clone()))
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

    /// Removes the records that are expired by now, in small transactions, and returns how many; 0 for a type
    /// whose records don't [expire](Record::EXPIRES). That is what the sweeper does in the background, for
    /// those who have turned it off ([`Options::sweep`](crate::Options::sweep)) or want it now. O(log n) for
    /// each of them and each index, whatever else there is.
    ///
    /// The transactions are at [`Durability::Write`](crate::Durability::Write), or the store's own level if
    /// that is less: an expired record that a crash brings back is expired still.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`](crate::Error::Conflict) where others keep changing the very records,
    /// [`Error::ReadOnly`](crate::Error::ReadOnly), and what writing may give. What was removed before stays
    /// removed.
    pub fn sweep(&self) -> Result<usize> {
        self.engine.sweep(Some(self.identity.id))
    }

    /// The collection called `name` in the store of `engine`.
    pub(crate) fn attach(engine: Arc<Engine>, name: &str) -> Result<Self> {
        let identity = engine.collection::<T>(name, context::remember::<T>)?;
        context::remember::<T>(&identity);
        Ok(Self { engine, identity, records: PhantomData })
    }

    /// The table in a published version.
    fn table_in(&self, root: &Root) -> Arc<Table<T>> {
        // The collection was attached before this handle was made, and stays so.
        let table = root.slot(self.identity.id).and_then(|slot| slot.typed::<T>().ok());
        table.expect("a published collection keeps its type")
    }

    /// Looks at the newest published table, as it is now.
    #[track_caller]
    fn read<R>(&self, look: impl FnOnce(Present<'_, T>) -> R) -> R {
        self.engine.pipeline().read(|root| {
            let table = root.slot(self.identity.id).and_then(|slot| slot.peek::<T>());
            look(table.expect("a published collection keeps its type").at(self.moment(root)))
        })
    }

    /// The time of reading of an operation that begins now. The clock is asked only by records that expire.
    fn moment(&self, root: &Root) -> Moment {
        if T::EXPIRES.is_some() { self.engine.moment(root) } else { Moment::default() }
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
