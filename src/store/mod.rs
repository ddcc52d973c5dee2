//! The store in a user's hands: opening, closing, snapshots, transactions, the catalog.

mod catalog;
mod open;
mod snapshot;
mod stats;

pub use catalog::{CollectionInfo, IndexInfo};
pub use snapshot::Snapshot;
pub use stats::Stats;

use crate::collection::documents::live::Documents;
use crate::collection::live::Collection;
use crate::collection::retry::TransactionOptions;
use crate::collection::transaction::Transaction;
use crate::collection::values::Values;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::options::Options;
use crate::table::record::Record;
use crate::version::number::Version;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A database: one directory, or memory alone.
///
/// A `Store` is a handle: cloning it is cheap, and all clones, and the collections made from them,
/// are the same open store. It is closed when the last of them is dropped, or by
/// [`close`](Self::close).
///
/// ```
/// use folio::{Record, Store};
///
/// #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
/// struct Account {
///     #[key]
///     id: u64,
///     cents: i64,
/// }
///
/// # fn main() -> folio::Result<()> {
/// let store = Store::in_memory();
/// let accounts = store.collection::<Account>()?;
/// accounts.insert_all([Account { id: 1, cents: 500 }, Account { id: 2, cents: 0 }])?;
///
/// store.transact(|tx| {
///     let accounts = tx.collection::<Account>()?;
///     accounts.update(&1, |account| account.cents -= 200)?;
///     accounts.update(&2, |account| account.cents += 200)?;
///     Ok(())
/// })?;
/// assert_eq!(accounts.get(&2).map(|account| account.cents), Some(200));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Store {
    engine: Arc<Engine>,
}

impl Store {
    /// Opens the store in a directory: created if it is not there, recovered if its last user did not
    /// close it. O(bytes of the log).
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] where it is open already, here or in another process; [`Error::Corrupt`]
    /// where a file is damaged, [`Error::UnsupportedFormat`], [`Error::Io`]. Nothing on disk is
    /// changed then.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::options().open(path)
    }

    /// A store without files. It behaves in all things like one with files, and is gone with its last
    /// handle.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::options().in_memory()
    }

    /// Choices to make before opening.
    ///
    /// ```
    /// # use folio::{Durability, Store};
    /// # use std::time::Duration;
    /// let store = Store::options()
    ///     .durability(Durability::Background)
    ///     .flush_interval(Duration::from_millis(20))
    ///     .in_memory();
    /// ```
    pub fn options() -> Options {
        Options::default()
    }

    /// The collection of `T`, under its own name: created, or attached, which decodes it once.
    ///
    /// # Errors
    ///
    /// [`Error::SchemaMismatch`] where something else is stored under the name, [`Error::Decode`]
    /// where stored records can't be read, [`Error::UniqueViolation`] where a unique index does not
    /// fit what is stored, [`Error::NotFound`] where a read-only store has no such collection, and
    /// what a commit may give.
    pub fn collection<T: Record>(&self) -> Result<Collection<T>> {
        self.collection_named(T::NAME)
    }

    /// The collection of records of type `T` under another name: several collections may hold one
    /// type.
    ///
    /// # Errors
    ///
    /// Like [`collection`](Self::collection).
    pub fn collection_named<T: Record>(&self, name: &str) -> Result<Collection<T>> {
        Collection::attach(self.engine.clone(), name)
    }

    /// The documents of a collection: values of any type by string keys. Created where there is none.
    ///
    /// # Errors
    ///
    /// Like [`collection`](Self::collection): a collection of records is no collection of documents.
    pub fn documents(&self, name: &str) -> Result<Documents> {
        self.collection_named(name).map(Documents::new)
    }

    /// The records of any collection, as it is now, as [values](crate::Value), without their Rust
    /// type.
    ///
    /// # Errors
    ///
    /// Like [`Snapshot::values`].
    pub fn values(&self, name: &str) -> Result<Values> {
        self.snapshot().values(name)
    }

    /// All collections, by name.
    #[must_use]
    pub fn collections(&self) -> Vec<CollectionInfo> {
        catalog::of(&self.engine.pipeline().published())
    }

    /// The newest version of everything, to be kept as long as wanted. O(1), and never waits.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.engine.pipeline().published())
    }

    /// The newest version: what a snapshot taken now would see.
    #[must_use]
    pub fn version(&self) -> Version {
        Version::new(self.engine.pipeline().read(|root| root.number))
    }

    /// Runs a transaction: serializable, and durable when this returns.
    ///
    /// The closure runs again, from a newer version, when another transaction changed something that
    /// it read or wrote, so it must have no effect but through the transaction. After some attempts
    /// the commits of other threads wait for it, so it always comes to an end; it must not itself wait
    /// for another thread's commit. Where it gives an error, nothing is changed.
    ///
    /// # Errors
    ///
    /// What the closure gives, and what [`Transaction::commit`] gives, except that a conflict is
    /// returned only where the closure itself, with other transactions of its own, keeps causing it.
    pub fn transact<R>(&self, closure: impl FnMut(&Transaction) -> Result<R>) -> Result<R> {
        self.transaction().run(closure)
    }

    /// Like [`transact`](Self::transact), with an error type of the caller's own.
    ///
    /// # Errors
    ///
    /// Like [`transact`](Self::transact).
    pub fn try_transact<R, E: From<Error>>(
        &self,
        closure: impl FnMut(&Transaction) -> Result<R, E>,
    ) -> Result<R, E> {
        self.transaction().try_run(closure)
    }

    /// A transaction with choices of its own.
    pub fn transaction(&self) -> TransactionOptions {
        TransactionOptions::new(self.engine.clone())
    }

    /// Begins a transaction that the caller commits or drops.
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Item { #[key] id: u64 }
    /// # fn main() -> folio::Result<()> {
    /// # let store = Store::in_memory();
    /// let tx = store.begin();
    /// tx.collection::<Item>()?.put(Item { id: 1 })?;
    /// let commit = tx.commit()?;
    /// assert_eq!(commit.version, store.version());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn begin(&self) -> Transaction {
        self.transaction().begin()
    }

    /// Makes everything committed so far durable, at whatever level it was committed.
    ///
    /// # Errors
    ///
    /// [`Error::OutcomeUnknown`] where the write or sync fails; [`Error::Poisoned`] where one did
    /// before; [`Error::Closed`].
    pub fn sync(&self) -> Result<()> {
        self.engine.pipeline().sync()
    }

    /// What the store has done since it was opened.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::of(&self.engine)
    }

    /// Makes everything durable and releases the directory. Handles that are left can read what was
    /// published; writing through them gives [`Error::Closed`]. Closing again does nothing.
    ///
    /// # Errors
    ///
    /// [`Error::OutcomeUnknown`] and [`Error::Poisoned`], as for [`sync`](Self::sync), and
    /// [`Error::Io`]. The directory is released all the same.
    pub fn close(&self) -> Result<()> {
        self.engine.close()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("version", &self.version().number()).finish_non_exhaustive()
    }
}
