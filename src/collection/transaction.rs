//! A transaction in a user's hands.

use crate::collection::committing::Committing;
use crate::collection::context::Context;
use crate::collection::documents::Document;
use crate::collection::documents::in_transaction::TxDocuments;
use crate::collection::in_transaction::TxCollection;
use crate::collection::slow::SlowWatch;
use crate::collection::values::in_transaction::TxValues;
use crate::engine::commit::Submitted;
use crate::engine::pipeline::Floor;
use crate::engine::{CommitOptions, Engine};
use crate::error::{Error, Result};
use crate::table::record::Record;
use crate::version::Root;
use crate::version::slot::Identity;
use crate::when::Version;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// A transaction: it reads one version, with its own changes on top, and commits all of them or
/// none.
///
/// [`Store::transact`](crate::Store::transact) passes one to its closure and commits it;
/// [`Store::begin`](crate::Store::begin) hands one out, to be ended with [`commit`](Self::commit) or
/// [`rollback`](Self::rollback). Dropping it rolls back.
///
/// A transaction belongs to one thread at a time (`Send`, not `Sync`). It blocks nobody and holds no
/// lock, however long it is open.
pub struct Transaction {
    context: Context,
    /// Of one that the caller commits.
    watch: SlowWatch,
}

/// What a successful commit was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Commit {
    /// The version that the transaction became, or, where it changed nothing, the one it read.
    pub version: Version,
    /// When that was.
    pub time: SystemTime,
}

impl Commit {
    fn of(root: &Root) -> Self {
        Self { version: Version::new(root.number), time: root.time() }
    }
}

impl Transaction {
    pub(crate) fn begin(engine: Arc<Engine>, options: CommitOptions) -> Self {
        Self { context: Context::begin(engine, options), watch: SlowWatch::default() }
    }

    /// Begins one that its caller commits, so that it is for nobody else to say how long it took.
    pub(crate) fn begin_watched(engine: Arc<Engine>, options: CommitOptions) -> Self {
        let watch = SlowWatch::begin(&engine);
        Self { watch, ..Self::begin(engine, options) }
    }

    /// The collections that it opened.
    pub(crate) fn opened(&self) -> Vec<Arc<Identity>> {
        self.context.workspace.borrow().opened().cloned().collect()
    }

    /// The version on top of which the transaction's changes are made.
    #[must_use]
    pub fn snapshot_version(&self) -> Version {
        Version::new(self.context.workspace.borrow().base().number)
    }

    /// The collection of `T`, under its own name. Created where there is none: that is a commit of
    /// its own, and stays if this transaction is rolled back.
    ///
    /// # Errors
    ///
    /// [`Error::SchemaMismatch`] where something else is stored under the name, [`Error::Decode`]
    /// where stored records can't be read, [`Error::NotFound`] where a read-only store has no such
    /// collection, and what creating it may give.
    pub fn collection<T: Record>(&self) -> Result<TxCollection<'_, T>> {
        self.collection_named(T::NAME)
    }

    /// The collection of records of type `T` under another name.
    ///
    /// # Errors
    ///
    /// Like [`collection`](Self::collection).
    pub fn collection_named<T: Record>(&self, name: &str) -> Result<TxCollection<'_, T>> {
        let place = self.context.open::<T>(name)?;
        Ok(TxCollection::new(&self.context, place))
    }

    /// The collection of a handle that was opened before.
    pub(crate) fn collection_known<T: Record>(
        &self,
        identity: &Identity,
    ) -> Result<TxCollection<'_, T>> {
        let place = self.context.open_known::<T>(identity)?;
        Ok(TxCollection::new(&self.context, place))
    }

    /// The documents of a collection, which is created where there is none, like
    /// [`collection`](Self::collection).
    ///
    /// # Errors
    ///
    /// Like [`collection`](Self::collection).
    pub fn documents(&self, name: &str) -> Result<TxDocuments<'_>> {
        Ok(TxDocuments::new(name, self.collection_named(name)?))
    }

    /// The records of any collection as [values](crate::Value), for reading and writing without their
    /// Rust type.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where the collection did not exist when the transaction began, and the transaction has
    /// not created it, [`Error::Decode`] where its keys can't be read, [`Error::SchemaMismatch`] where it is attached,
    /// but only by a snapshot.
    pub fn values(&self, name: &str) -> Result<TxValues<'_>> {
        // Of documents everybody knows the type, so they need not be without one for as long as the store is open.
        if self.context.awaits::<Document>(name) {
            self.context.open::<Document>(name)?;
        }
        TxValues::open(&self.context, name)
    }

    /// Runs a part of the transaction that can fail by itself: where `part` gives an error, what it
    /// wrote is undone and what was written before stays. What it read still counts.
    ///
    /// ```
    /// # use folio::{Error, Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Item { #[key] id: u64 }
    /// # fn main() -> folio::Result<()> {
    /// let store = Store::in_memory();
    /// store.transact(|tx| {
    ///     let items = tx.collection::<Item>()?;
    ///     items.put(Item { id: 1 })?;
    ///     let failed = tx.nested(|tx| {
    ///         tx.collection::<Item>()?.put(Item { id: 2 })?;
    ///         Err::<(), _>(Error::abort("on second thoughts"))
    ///     });
    ///     assert!(failed.is_err() && items.contains(&1) && !items.contains(&2));
    ///     Ok(())
    /// })
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What `part` gives.
    pub fn nested<R>(&self, part: impl FnOnce(&Self) -> Result<R>) -> Result<R> {
        self.context.all_or_none(|| part(self))
    }

    /// Like [`nested`](Self::nested), with an error type of the caller's own.
    ///
    /// # Errors
    ///
    /// What `part` gives.
    pub fn try_nested<R, E>(&self, part: impl FnOnce(&Self) -> Result<R, E>) -> Result<R, E> {
        self.context.all_or_none(|| part(self))
    }

    /// A number for a new record of `T`; see [`TxCollection::next_id`].
    ///
    /// # Errors
    ///
    /// Like [`collection`](Self::collection); [`Error::IdsExhausted`] when there are no numbers left.
    pub fn next_id<T: Record>(&self) -> Result<u64> {
        self.collection::<T>()?.next_id()
    }

    /// Commits. Returns when the commit, and all that the transaction saw, is durable at the level
    /// asked for.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] where something the transaction read or wrote was changed by another since
    /// it began: nothing is written then. [`Error::Encode`], [`Error::TooLarge`], [`Error::ReadOnly`],
    /// [`Error::Closed`] and [`Error::Poisoned`] likewise; after [`Error::OutcomeUnknown`], reopening
    /// the store shows what became of it.
    pub fn commit(self) -> Result<Commit> {
        let (engine, seen) = (self.context.engine.clone(), self.snapshot_version());
        let (watch, options) = (self.watch, self.context.options.clone());
        let collections = watch.collections(|| self.opened());
        let committed = self.try_commit(None);
        watch.end(&engine, 1, &collections, &options, committed.is_ok());
        committed.map_err(|error| settled(&engine, seen, error))
    }

    /// Commits, like [`commit`](Self::commit), but leaves it to a task to wait for the disk.
    ///
    /// When this returns, the commit is validated and on its way, or has failed. The [`Committing`] gives what
    /// became of it, once the commit, and all that the transaction saw, is durable at the level asked for; it waits
    /// without a thread, on any runtime. Dropping it undoes nothing.
    ///
    /// # Errors
    ///
    /// The future gives them, those of [`commit`](Self::commit).
    pub fn commit_async(self) -> Committing<Commit> {
        let (engine, seen) = (self.context.engine.clone(), self.snapshot_version());
        let (watch, options) = (self.watch, self.context.options.clone());
        let collections = watch.collections(|| self.opened());
        let submitted = self.submit(None);
        watch.end(&engine, 1, &collections, &options, submitted.is_ok());
        match submitted {
            Ok(submitted) => {
                let commit = Commit::of(&submitted.version);
                Committing::of(engine, Ok(commit), submitted)
            }
            Err(error) => {
                let seen = (!error.is_poisoned()).then_some(seen);
                Committing::behind(engine, Err(error), seen)
            }
        }
    }

    /// Commits, for a caller who will run the transaction again on a conflict: what the transaction
    /// saw need not be durable then.
    pub(crate) fn try_commit(self, floor: Option<Floor<'_>>) -> Result<Commit> {
        let Context { engine, workspace, options } = self.context;
        let root = engine.commit(workspace.into_inner(), &options, floor)?;
        Ok(Commit::of(&root))
    }

    /// The same, for a caller who does not wait until it is published.
    pub(crate) fn submit(self, floor: Option<Floor<'_>>) -> Result<Submitted> {
        let Context { engine, workspace, options } = self.context;
        engine.submit(workspace.into_inner(), &options, floor)
    }

    /// Gives up all changes. So does dropping the transaction.
    pub fn rollback(self) {
        drop(self);
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("base", &self.snapshot_version())
            .finish_non_exhaustive()
    }
}

/// The error of a transaction that started from `seen`, once that is durable: what the caller makes
/// of the error must not run ahead of the disk.
pub(crate) fn settled(engine: &Engine, seen: Version, error: Error) -> Error {
    if error.is_poisoned() {
        return error;
    }
    match engine.pipeline().wait_for(seen.number()) {
        Ok(()) => error,
        Err(failure) => failure,
    }
}

/// Holds back everybody else's commits until the transaction that it is for is the tip, or given up.
pub(crate) fn take_floor(engine: &Engine) -> Floor<'_> {
    engine.pipeline().exclusive()
}
