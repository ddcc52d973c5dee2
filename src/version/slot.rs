//! The place of one collection in a version.
//!
//! A collection that was recovered from the log is bytes until somebody names its type: it is
//! *attached* by the first typed look, which decodes it and builds its table. The table then
//! appears in the slot itself, so that it is there for every version that shares the slot, older
//! snapshots included. Only attached collections are written to, with one exception: an import appends
//! to a collection that is not attached, nor adopted, and that makes a new slot of bytes, which is attached by itself
//! (`engine::append`). Once a type is adopted, which takes the slot of the tip, there are no other slots of the collection to come
//! than those that are attached as it.

use crate::error::{Error, Result};
use crate::schema::compare::compare;
use crate::schema::descriptor::Descriptor;
use crate::sync::{AtomicU64, Mutex, OnceLock, Tally};
use crate::table::expiry::Moment;
use crate::table::record::Record;
use crate::table::rows::{AnyTable, Table};
use crate::version::CollectionId;
use crate::version::decode::{self, Decoded};
use crate::version::encoded::Encoded;
use crate::version::schemas::Schemas;
use crate::version::untyped::Untyped;
use crate::version::weight::Weight;
use std::any::{Any, TypeId};
use std::sync::Arc;

/// What is said of a type that could read the collection, were it not attached as another one.
const ATTACHED_ALREADY: &str =
    "  the collection is attached as another Rust type: use one type in one process\n";

/// The difference between a type and none.
const ATTACHED_UNTYPED: &str =
    "  the collection was opened in a transaction without its Rust type: open the store again\n";

/// What stays the same of a collection in all its versions.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) id: CollectionId,
    pub(crate) name: String,
    /// The forms in which its records are stored.
    pub(crate) schemas: Schemas,
    /// The number below which every id was given out. Not part of any version: ids are never given
    /// twice, whatever becomes of the transaction that asked.
    pub(crate) ids_used: AtomicU64,
    /// What the layers above need to open the collection as the type that it is attached as, where
    /// they don't know the type themselves.
    pub(crate) opener: OnceLock<Box<dyn Any + Send + Sync>>,
    /// Set when the sweeper knows of the collection.
    pub(crate) swept: OnceLock<()>,
    /// Commits that met another one in this collection.
    pub(crate) conflicts: Tally,
    /// How large its records are.
    pub(crate) weight: Weight,
    /// What it was last taken to need of the memory limit, in bytes.
    pub(crate) charged: AtomicU64,
}

impl Identity {
    pub(crate) fn new(id: CollectionId, name: String, schemas: Schemas, ids_used: u64) -> Self {
        Self {
            id,
            name,
            schemas,
            ids_used: AtomicU64::new(ids_used),
            opener: OnceLock::new(),
            swept: OnceLock::new(),
            conflicts: Tally::new(0),
            weight: Weight::default(),
            charged: AtomicU64::new(0),
        }
    }
}

/// A collection in one version.
#[derive(Debug)]
pub(crate) struct Slot {
    identity: Arc<Identity>,
    table: OnceLock<Arc<dyn AnyTable>>,
    /// What was recovered, until a type is attached that writes in the newest form, or adopted.
    encoded: Mutex<Option<Arc<Encoded>>>,
}

/// What a collection holds.
#[derive(Debug, Clone)]
pub(super) enum Contents {
    Encoded(Arc<Encoded>),
    Table(Arc<dyn AnyTable>),
}

impl Slot {
    pub(crate) fn attached(identity: Arc<Identity>, table: Arc<dyn AnyTable>) -> Self {
        let slot = Self { identity, table: OnceLock::new(), encoded: Mutex::new(None) };
        let _ = slot.table.set(table);
        slot
    }

    pub(crate) fn unattached(identity: Arc<Identity>, encoded: Encoded) -> Self {
        Self { identity, table: OnceLock::new(), encoded: Mutex::new(Some(Arc::new(encoded))) }
    }

    pub(crate) fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// The table, if the collection is attached.
    pub(crate) fn table(&self) -> Option<&Arc<dyn AnyTable>> {
        self.table.get()
    }

    /// The table as records of type `T`, if the collection is attached as that.
    pub(crate) fn peek<T: Record>(&self) -> Option<&Table<T>> {
        self.table.get().and_then(|table| table.as_any().downcast_ref())
    }

    /// The table as records of type `T`; attaches the collection where it is not attached yet.
    ///
    /// # Errors
    ///
    /// `SchemaMismatch` where the type can't read what is stored, `Decode` where a record can't be
    /// read all the same, `Migration` where one can't be converted, `UniqueViolation` where a unique
    /// index does not fit the data. The collection is then as it was.
    pub(crate) fn typed<T: Record>(&self) -> Result<Arc<Table<T>>> {
        self.typed_by(|_| ())
    }

    /// Like [`typed`](Self::typed); `remember` is called before anybody sees that the collection is
    /// attached as `T`.
    pub(crate) fn typed_by<T: Record>(
        &self,
        remember: impl FnOnce(&Identity),
    ) -> Result<Arc<Table<T>>> {
        let table = match self.table.get() {
            Some(table) => {
                if table.as_any().is::<Table<T>>() {
                    remember(&self.identity);
                }
                table.clone()
            }
            None => self.attach_by(decode::decode::<T>, remember)?,
        };
        if !table.as_any().is::<Table<T>>() {
            return Err(self.mismatch::<T>(&*table));
        }
        Ok(table.into_any().downcast().expect("it was asked what it is"))
    }

    /// Why a table of another type can't be one of `T`.
    fn mismatch<T: Record>(&self, attached: &dyn AnyTable) -> Error {
        let diff = if attached.as_any().is::<Table<Untyped>>() {
            ATTACHED_UNTYPED.to_owned()
        } else {
            compare(&attached.descriptor(), &Descriptor::of_record::<T>()).unfit
        };
        let diff = if diff.is_empty() { ATTACHED_ALREADY.to_owned() } else { diff };
        Error::SchemaMismatch { collection: self.identity.name.clone(), diff }
    }

    /// The number of records at a moment. Of a collection that is not attached, keys are counted, those of
    /// expired records too: O(operations).
    pub(crate) fn len(&self, moment: Moment) -> usize {
        if let Some(table) = self.table.get() {
            return table.len(moment);
        }
        match &*self.encoded.lock() {
            Some(encoded) => encoded.len(),
            // It was attached since.
            None => self.table.get().map_or(0, |table| table.len(moment)),
        }
    }

    /// The table, attached as records without a type where it is not attached yet. It stays so for as
    /// long as the store is open.
    pub(crate) fn attach_untyped(&self) -> Result<Arc<dyn AnyTable>> {
        match self.table.get() {
            Some(table) => Ok(table.clone()),
            None => self.attach_by(decode::untyped, |_| ()),
        }
    }

    /// The table as it is, or, where the collection is not attached, a table of records without a type
    /// that is made for the caller alone.
    pub(crate) fn look(&self) -> Result<Arc<dyn AnyTable>> {
        if let Some(table) = self.table.get() {
            return Ok(table.clone());
        }
        let encoded = self.encoded.lock();
        if let Some(table) = self.table.get() {
            return Ok(table.clone());
        }
        let decoded = encoded.as_ref().map(|encoded| decode::untyped(encoded, &self.identity.name));
        Ok(Arc::new(self.build(decoded.transpose()?.unwrap_or_default())?))
    }

    fn attach_by<T: Record>(
        &self,
        decode: impl FnOnce(&Encoded, &str) -> Result<Decoded<T>>,
        remember: impl FnOnce(&Identity),
    ) -> Result<Arc<dyn AnyTable>> {
        let mut encoded = self.encoded.lock();
        if let Some(table) = self.table.get() {
            return Ok(table.clone());
        }
        let decoded = encoded.as_ref().map(|encoded| decode(encoded, &self.identity.name));
        let decoded = decoded.transpose()?.unwrap_or_default();
        if let Some(encoded) = &*encoded {
            let (puts, bytes) = encoded.puts();
            self.identity.weight.note(puts, bytes, u64::MAX / 8);
        }
        let rewrite = decoded.rewrite;
        let is_untyped = TypeId::of::<T>() == TypeId::of::<Untyped>();
        let table: Arc<dyn AnyTable> = Arc::new(self.build(decoded)?);
        if rewrite {
            self.identity.schemas.set_rewrite();
        }
        remember(&self.identity);
        let _ = self.table.set(table.clone());
        // Else it is needed until the form is announced: no version knows it before.
        if !rewrite
            && (is_untyped || self.identity.schemas.newest_is(&table.descriptor()).is_some())
        {
            *encoded = None;
        }
        Ok(table)
    }

    /// What was recovered, if the collection is not attached.
    pub(crate) fn unattached_contents(&self) -> Option<Arc<Encoded>> {
        let encoded = self.encoded.lock();
        if self.table.get().is_some() { None } else { encoded.clone() }
    }

    /// Lets go of what was recovered: the table is written in a form that is announced.
    pub(crate) fn forget_encoded(&self) {
        let encoded = self.encoded.lock().take();
        drop(encoded);
    }

    /// What the collection holds, to be written down.
    pub(super) fn contents(&self) -> Contents {
        let encoded = self.encoded.lock();
        match (&*encoded, self.table.get()) {
            (None, Some(table)) => Contents::Table(table.clone()),
            (encoded, _) => Contents::Encoded(encoded.clone().unwrap_or_default()),
        }
    }

    /// About the number of records, and never below it. O(1).
    pub(crate) fn most_records(&self) -> usize {
        if let Some(table) = self.table.get() {
            return table.len(Moment::default());
        }
        self.encoded.lock().as_ref().map_or(0, |encoded| encoded.operations())
    }

    /// The size of the records in bytes, of keys and records as they are encoded: a part of what is in memory, known
    /// as well as [`Weight`] does. O(1).
    pub(crate) fn encoded_bytes(&self) -> u64 {
        if let Some(table) = self.table.get() {
            return self.identity.weight.of(table.len(Moment::default()) as u64);
        }
        self.encoded.lock().as_ref().map_or(0, |encoded| encoded.puts().1)
    }

    /// About what the collection takes of memory, in bytes: the sizes of the types and nodes, and as much again as its
    /// records are when encoded, for what they own. O(indexes).
    pub(crate) fn memory_bytes(&self) -> u64 {
        let fixed = self.table.get().map_or(0, |table| table.fixed_bytes());
        self.encoded_bytes().saturating_add(fixed)
    }

    fn build<T: Record>(&self, decoded: Decoded<T>) -> Result<Table<T>> {
        Table::build(decoded.rows).map_err(|violation| violation.into_error(&self.identity.name))
    }
}
