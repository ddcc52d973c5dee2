//! Snapshots: versions that somebody holds.

use crate::clock::Clock;
use crate::collection::changes::Changes;
use crate::collection::documents::view::DocumentsView;
use crate::collection::values::Values;
use crate::collection::view::View;
use crate::engine::Engine;
use crate::error::Result;
use crate::store::catalog::{self, CollectionInfo};
use crate::sync::OnceLock;
use crate::table::expiry::Moment;
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::version::Root;
use crate::when::Version;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// One version of everything, held for as long as wanted.
///
/// A snapshot waits for nobody and nobody waits for it. Cloning it is cheap. It keeps in memory what
/// its version does not share with newer ones.
///
/// ```
/// # use folio::{Record, Store};
/// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
/// # struct Item { #[key] id: u64 }
/// # fn main() -> folio::Result<()> {
/// # let store = Store::in_memory();
/// # let items = store.collection::<Item>()?;
/// let before = store.snapshot();
/// items.put(Item { id: 1 })?;
/// let after = store.snapshot();
/// assert_eq!(before.collection::<Item>()?.len(), 0);
/// assert_eq!(after.collection::<Item>()?.len(), 1);
/// assert!(before.version() < after.version());
/// # Ok(()) }
/// ```
pub struct Snapshot {
    pub(super) root: Arc<Root>,
    /// The time of reading. Taken at once where any records are known to expire, else when somebody wants
    /// to know: programs without such records need not ask the clock.
    moment: OnceLock<Moment>,
    clock: Clock,
}

impl Snapshot {
    pub(crate) fn new(root: Arc<Root>, engine: &Engine) -> Self {
        let snapshot = Self { root, moment: OnceLock::new(), clock: engine.clock().clone() };
        if engine.has_expiring() {
            snapshot.moment();
        }
        snapshot
    }

    /// A version that a watcher has come to.
    pub(super) fn watched(root: Arc<Root>, clock: Clock) -> Self {
        Self { root, moment: OnceLock::new(), clock }
    }

    /// A version of the past, as of a time.
    pub(super) fn at(root: Arc<Root>, time: SystemTime, engine: &Engine) -> Self {
        let moment = OnceLock::new();
        let _ = moment.set(Moment::at(time, root.time_micros));
        Self { root, moment, clock: engine.clock().clone() }
    }

    pub(super) fn moment(&self) -> Moment {
        let begin = || Moment::begin(self.clock.now_nanos(), self.root.time_micros);
        *self.moment.get_or_init(begin)
    }

    /// Which version it is.
    #[must_use]
    pub fn version(&self) -> Version {
        Version::new(self.root.number)
    }

    /// When that version was committed: to the microsecond, and never before the version before it.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        self.root.time()
    }

    /// The time as of which it shows records that [expire](crate::Record::EXPIRES): when it was taken, or, if
    /// the program had opened no collection of such records by then, when it or a clone of it was first asked
    /// for one; but not before [`time`](Self::time).
    #[must_use]
    pub fn read_at(&self) -> SystemTime {
        self.moment().time()
    }

    /// The collection of `T` in this version; empty where it did not exist yet. The first typed look
    /// at a collection that was recovered decodes it.
    ///
    /// # Errors
    ///
    /// [`Error::SchemaMismatch`](crate::Error::SchemaMismatch) where something else is stored under
    /// the name, [`Error::Decode`](crate::Error::Decode) where stored records can't be read.
    pub fn collection<T: Record>(&self) -> Result<View<T>> {
        self.collection_named(T::NAME)
    }

    /// The collection of records of type `T` under another name.
    ///
    /// # Errors
    ///
    /// Like [`collection`](Self::collection).
    pub fn collection_named<T: Record>(&self, name: &str) -> Result<View<T>> {
        let table = match self.root.find(name) {
            Some(slot) => slot.typed::<T>()?,
            None => Arc::new(Table::empty()),
        };
        let moment = if T::EXPIRES.is_some() { self.moment() } else { Moment::default() };
        Ok(View::new(self.root.clone(), table, moment))
    }

    /// The documents of a collection in this version; none where it did not exist yet.
    ///
    /// # Errors
    ///
    /// Like [`collection`](Self::collection).
    pub fn documents(&self, name: &str) -> Result<DocumentsView> {
        Ok(DocumentsView::new(name, self.collection_named(name)?))
    }

    /// The records of any collection as [values](crate::Value), without their Rust type.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound) where there is no such collection,
    /// [`Error::Decode`](crate::Error::Decode) where its keys can't be read.
    pub fn values(&self, name: &str) -> Result<Values> {
        Values::of(&self.root, name, self.moment())
    }

    /// What became of the records of a collection between an older version and this one, in the order of
    /// the keys, or in no order for an [unordered](Record::UNORDERED) collection. A collection that did not
    /// exist yet had no records.
    ///
    /// A record that was written anew with the same content is no change. Of two versions in the other
    /// order, the changes are those that lead back. The changes are found as they are asked for, so that
    /// looking for the first costs no more than that.
    ///
    /// The cost grows with what changed, and with the logarithm of the collection; memory with the
    /// logarithm alone. Where one of the two was read from the log
    /// ([`Store::as_of`](crate::Store::as_of)), or the store was opened anew between them, they share
    /// nothing in memory, and all records are compared: O(n).
    ///
    /// ```
    /// # use folio::{Change, Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Item { #[key] id: u64, price: u32 }
    /// # fn main() -> folio::Result<()> {
    /// # let store = Store::in_memory();
    /// let items = store.collection::<Item>()?;
    /// items.put_all([Item { id: 1, price: 10 }, Item { id: 2, price: 20 }])?;
    /// let before = store.snapshot();
    /// items.update(&1, |item| item.price = 15)?;
    /// items.remove(&2)?;
    ///
    /// let after = store.snapshot();
    /// let changes: Vec<_> = after.changes_since::<Item>(&before)?.collect();
    /// assert!(matches!(&changes[0], Change::Updated { old, new } if (old.price, new.price) == (10, 15)));
    /// assert!(matches!(&changes[1], Change::Removed(item) if item.id == 2));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::OtherStore`](crate::Error::OtherStore) where the two are of different stores; otherwise
    /// like [`collection`](Self::collection), for either version: where a collection is attached as
    /// another type in one of them, there is no answer.
    pub fn changes_since<'a, T: Record>(&'a self, older: &'a Self) -> Result<Changes<'a, T>> {
        self.changes_since_named(older, T::NAME)
    }

    /// What became of the records of type `T` under another name.
    ///
    /// # Errors
    ///
    /// Like [`changes_since`](Self::changes_since).
    pub fn changes_since_named<'a, T: Record>(
        &'a self,
        older: &'a Self,
        name: &str,
    ) -> Result<Changes<'a, T>> {
        Changes::between(&older.root, &self.root, name)
    }

    /// All collections of this version, by name.
    #[must_use]
    pub fn collections(&self) -> Vec<CollectionInfo> {
        catalog::of(&self.root, self.moment())
    }
}

impl Clone for Snapshot {
    fn clone(&self) -> Self {
        // One time for both.
        self.moment();
        Self { root: self.root.clone(), moment: self.moment.clone(), clock: self.clock.clone() }
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("version", &self.root.number).finish_non_exhaustive()
    }
}
