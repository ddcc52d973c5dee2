//! Snapshots: versions that somebody holds.

use crate::collection::documents::view::DocumentsView;
use crate::collection::values::Values;
use crate::collection::view::View;
use crate::error::Result;
use crate::store::catalog::{self, CollectionInfo};
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::version::Root;
use crate::version::number::Version;
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
#[derive(Clone)]
pub struct Snapshot {
    root: Arc<Root>,
}

impl Snapshot {
    pub(crate) fn new(root: Arc<Root>) -> Self {
        Self { root }
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
        Ok(View::new(self.root.clone(), table))
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
        Values::of(&self.root, name)
    }

    /// All collections of this version, by name.
    #[must_use]
    pub fn collections(&self) -> Vec<CollectionInfo> {
        catalog::of(&self.root)
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("version", &self.root.number).finish_non_exhaustive()
    }
}
