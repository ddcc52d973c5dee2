//! The store in a user's hands: opening, closing, snapshots, transactions, the catalog.

mod audit;
mod backup;
mod backups;
mod catalog;
mod commits;
mod follow;
mod history;
mod observed;
mod open;
mod repair;
mod snapshot;
mod stats;
#[cfg(feature = "stream")]
mod stream;
mod transfer;
mod verify;
mod watch;
mod witness;

pub use backup::BackupInfo;
pub use catalog::{CollectionInfo, IndexInfo};
pub use commits::{CollectionChanges, CommitInfo, Commits};
pub use observed::Observed;
pub use repair::{RepairReport, UnreadablePart};
pub use snapshot::Snapshot;
pub use stats::{
    CollectionStats, FileStats, Following, HeldVersions, IndexStats, Latency, Opening, Stats,
};
#[cfg(feature = "stream")]
pub use stream::WatchStream;
pub use transfer::export::{ExportOptions, Exported};
pub use transfer::import::{ImportOptions, Imported};
pub use transfer::landing::ImportedCollection;
pub use transfer::{Format, Progress};
pub use verify::Report;
pub use watch::{StoreDelta, StoreWatcher};
pub use witness::Head;

use crate::collection::committing::Committing;
use crate::collection::documents::live::Documents;
use crate::collection::live::Collection;
use crate::collection::retry::TransactionOptions;
use crate::collection::transaction::Transaction;
use crate::collection::values::Values;
use crate::engine::Engine;
use crate::envelope::key::EncryptionKey;
use crate::error::{Error, Result};
use crate::options::Options;
use crate::steps::UNOBSERVED;
use crate::table::record::Record;
use crate::when::Version;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

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
    /// where a file is damaged, [`Error::WrongKey`] where the store is encrypted
    /// ([`Options::encryption`]), [`Error::InvalidKey`], [`Error::UnsupportedFormat`],
    /// [`Error::MissingFeature`], [`Error::Io`]. Nothing on disk is changed then.
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
        self.snapshot().collections()
    }

    /// The newest version of everything, to be kept as long as wanted. O(1), and never waits.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.engine.pipeline().published(), &self.engine)
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

    /// Runs a transaction like [`transact`](Self::transact), here and now, but leaves it to a task to wait for the disk.
    ///
    /// When this returns, the closure has run, as often as need be, and its transaction is validated and on its way, or
    /// has failed; that takes as long as a commit at [`Durability::Write`](crate::Durability::Write). The
    /// [`Committing`](crate::Committing) gives the closure's value once the commit is durable at the level asked for. It waits without a thread, on any
    /// runtime, and many that wait together share a sync. Dropping it undoes nothing. See the page
    /// [`asynchronous`](crate::docs::asynchronous).
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Item { #[key] id: u64, count: u32 }
    /// # async fn sold(store: &Store) -> folio::Result<()> {
    /// let left = store
    ///     .transact_async(|tx| tx.collection::<Item>()?.update(&1, |item| item.count -= 1))
    ///     .await?
    ///     .count;
    /// # assert_eq!(left, 2); Ok(()) }
    /// # fn main() -> folio::Result<()> {
    /// # let store = Store::in_memory();
    /// # store.collection::<Item>()?.put(Item { id: 1, count: 3 })?;
    /// # futures_executor::block_on(sold(&store))
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The future gives them, those of [`transact`](Self::transact).
    pub fn transact_async<R>(
        &self,
        closure: impl FnMut(&Transaction) -> Result<R>,
    ) -> Committing<R> {
        self.transaction().run_async(closure)
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

    /// Writes a checkpoint: the newest version, in a file of its own, so that opening the store again
    /// does not read the log from its beginning. The log before the checkpoint stays until the next
    /// one, should this one turn out to be damaged. A store does this by itself when it is worth it
    /// ([`Options::checkpoint_bytes`]).
    ///
    /// O(records); nobody waits for it but the caller. Everything committed before is durable when it
    /// returns. Does nothing where nothing was committed since the last one, and in memory.
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Item { #[key] id: u64 }
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// let store = Store::open(directory.path())?;
    /// store.collection::<Item>()?.put(Item { id: 1 })?;
    /// store.checkpoint()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where it can't be written: the store goes on as it was.
    /// [`Error::OutcomeUnknown`] and [`Error::Poisoned`] where the log could not; [`Error::ReadOnly`],
    /// [`Error::Closed`], and [`Error::Encode`] where a record can't be encoded.
    pub fn checkpoint(&self) -> Result<()> {
        self.engine.checkpoint(UNOBSERVED)
    }

    /// Brings the files of the store to their least size: writes a checkpoint, and removes the log and
    /// the checkpoint before it as soon as the new one was read back; of a
    /// [ledger](Options::ledger) the log stays. O(records).
    ///
    /// Behind it nothing is left of records that were removed, nor of what was written before encryption
    /// was turned on or off.
    ///
    /// # Errors
    ///
    /// Like [`checkpoint`](Self::checkpoint).
    pub fn compact(&self) -> Result<()> {
        self.engine.compact(UNOBSERVED)
    }

    /// Gives an encrypted store another key: from now on it is opened with that one, and no longer with
    /// the one before. O(1): what the store encrypts with stays, and is wrapped anew in the manifest,
    /// which is replaced in one step, so that after a crash it is either key. Segments that are begun
    /// from now on have keys of the new key's size. Reads and commits go on meanwhile.
    ///
    /// Whoever has the key before *and* a copy of the manifest from then still has what opens the
    /// segments: see [`docs::encryption`](crate::docs::encryption).
    ///
    /// ```
    /// # use folio::{EncryptionKey, Error, Store};
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().expect("there is a place for temporary files");
    /// # let path = directory.path().join("app.folio");
    /// let (old, new) = (EncryptionKey::from_bytes([1; 16]), EncryptionKey::from_bytes([2; 32]));
    /// let store = Store::options().encryption(old.clone()).open(&path)?;
    /// store.rotate_key(new.clone())?;
    /// store.close()?;
    ///
    /// let opened = Store::options().encryption(old).open(&path);
    /// assert!(matches!(opened, Err(Error::WrongKey)));
    /// Store::options().encryption(new).open(&path)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotEncrypted`], [`Error::InvalidKey`], [`Error::ReadOnly`], [`Error::Closed`];
    /// [`Error::Io`], after which it may be either key.
    #[expect(clippy::needless_pass_by_value, reason = "a key is handed over, not shared")]
    pub fn rotate_key(&self, new: EncryptionKey) -> Result<()> {
        self.engine.rotate_key(&new)
    }

    /// Encrypts the store anew: another key opens it from now on, as behind [`rotate_key`](Self::rotate_key), and everything
    /// that is there is written again under a new store key, so that whoever has the old key *and a copy of the
    /// old manifest* can read nothing of it, and nothing that comes. What was there before is removed.
    ///
    /// It goes on beside reads and commits, like a [checkpoint](Self::checkpoint), and takes as long: O(bytes that are
    /// live). When it returns everything is durable, and the store key before is forgotten. Where it fails or the
    /// process ends on the way, the store opens with the key before or, mostly, the new one, and has all its data; call it again
    /// to have the rest done.
    ///
    /// The segments of a [ledger](Options::ledger) can't be written again, and stay under the store key that they have,
    /// as the result says. So do backups and copies, wherever they are.
    ///
    /// ```
    /// # use folio::{EncryptionKey, Error, Store};
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().expect("there is a place for temporary files");
    /// # let path = directory.path().join("app.folio");
    /// let (stolen, new) = (EncryptionKey::from_bytes([1; 32]), EncryptionKey::from_bytes([2; 32]));
    /// let store = Store::options().encryption(stolen.clone()).open(&path)?;
    /// store.documents("notes")?.set("a", "b")?;
    /// assert_eq!(store.reencrypt(new.clone())?.kept_segments, 0);
    /// store.close()?;
    ///
    /// let opened = Store::options().encryption(stolen).open(&path);
    /// assert!(matches!(opened, Err(Error::WrongKey)));
    /// Store::options().encryption(new).open(&path)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Like [`rotate_key`](Self::rotate_key) and [`compact`](Self::compact). [`Error::NotEncrypted`] also where the store was
    /// opened with [`encryption_off`](Options::encryption_off); a store of which only a part is encrypted is wholly so behind
    /// this, or behind `compact`.
    #[doc(alias = "rotate_key_fully")]
    #[expect(clippy::needless_pass_by_value, reason = "a key is handed over, not shared")]
    pub fn reencrypt(&self, new: EncryptionKey) -> Result<Reencrypted> {
        self.engine.reencrypt(&new, UNOBSERVED).map(|kept_segments| Reencrypted { kept_segments })
    }

    /// Removes all records that are expired by now, in all collections that were opened with a type whose
    /// records [expire](crate::Record::EXPIRES); returns how many. Like
    /// [`Collection::sweep`](crate::Collection::sweep).
    ///
    /// # Errors
    ///
    /// Like [`Collection::sweep`](crate::Collection::sweep).
    pub fn sweep(&self) -> Result<usize> {
        self.engine.sweep(None)
    }

    /// Whether every commit is kept for ever: whether the store was opened as a
    /// [ledger](Options::ledger), now or before.
    #[must_use]
    pub fn is_ledger(&self) -> bool {
        self.engine.is_ledger()
    }

    /// Watches all collections from now on. See [`StoreWatcher`].
    #[must_use]
    pub fn watch(&self) -> StoreWatcher {
        StoreWatcher::new(&self.engine)
    }

    /// What the store has done since it was opened, and how large it is. O(collections, their indexes, and old versions that
    /// are held): no record is looked at and nothing is read from disk. Locks that commits take are held for moments; it can be called every
    /// second.
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

    /// Like [`close`](Self::close), but waits no longer than `time`: on a disk that does not answer, say. When that
    /// is over the store takes no more commits, what was published can be read, and closing goes on in
    /// the background; the directory is free when it is done. `close` waits for that, and so does this again.
    ///
    /// A checkpoint or a backup that is being written is ended at once, by `close` too. Whoever waits for the
    /// disk in a commit of their own goes on waiting.
    ///
    /// ```
    /// # use folio::Store;
    /// # use std::time::Duration;
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// let store = Store::open(directory.path())?;
    /// store.close_timeout(Duration::from_secs(10))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::CloseTimedOut`], with what is not done yet; else like [`close`](Self::close), and
    /// [`Error::Io`] where no thread can be started: nothing is closed then, but no more commits are taken.
    pub fn close_timeout(&self, time: Duration) -> Result<()> {
        self.engine.close_timeout(time)
    }
}

/// What came of encrypting a store anew ([`Store::reencrypt`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reencrypted {
    /// How many segments of a ledger stay as they were written, in the store's directory and its archive: under an earlier
    /// store key, or not encrypted at all. 0 where the store is no ledger.
    pub kept_segments: u64,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("version", &self.version().number()).finish_non_exhaustive()
    }
}
