//! The place of one collection in a version.
//!
//! A collection that was recovered from the log is bytes until somebody names its type: it is
//! *attached* by the first typed look, which decodes it and builds its table. The table then
//! appears in the slot itself, so that it is there for every version that shares the slot, older
//! snapshots included. Only attached collections are written to, so a slot of bytes is the same in
//! all versions.

use crate::error::{Error, Result};
use crate::schema::{Types, difference};
use crate::sync::{AtomicU64, Mutex, OnceLock};
use crate::table::record::Record;
use crate::table::rows::{AnyTable, Table};
use crate::version::CollectionId;
use crate::version::decode::{self, Encoded};
use std::sync::Arc;

/// What stays the same of a collection in all its versions.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) id: CollectionId,
    pub(crate) name: String,
    /// The description of its records, as stored.
    pub(crate) schema: String,
    /// The number below which every id was given out. Not part of any version: ids are never given
    /// twice, whatever becomes of the transaction that asked.
    pub(crate) ids_used: AtomicU64,
}

/// A collection in one version.
#[derive(Debug)]
pub(crate) struct Slot {
    identity: Arc<Identity>,
    table: OnceLock<Arc<dyn AnyTable>>,
    encoded: Mutex<Option<Encoded>>,
}

impl Slot {
    pub(crate) fn attached(identity: Arc<Identity>, table: Arc<dyn AnyTable>) -> Self {
        let slot = Self { identity, table: OnceLock::new(), encoded: Mutex::new(None) };
        let _ = slot.table.set(table);
        slot
    }

    pub(crate) fn unattached(identity: Arc<Identity>, encoded: Encoded) -> Self {
        Self { identity, table: OnceLock::new(), encoded: Mutex::new(Some(encoded)) }
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
    /// `SchemaMismatch` where the type does not describe itself as what is stored, `Decode` where a
    /// record can't be read, `UniqueViolation` where a unique index does not fit the data. The
    /// collection is then as it was.
    pub(crate) fn typed<T: Record>(&self) -> Result<Arc<Table<T>>> {
        let table = match self.table.get() {
            Some(table) => table.clone(),
            None => self.attach::<T>()?,
        };
        table.into_any().downcast().map_err(|_| {
            let same = || "  the same definitions, attached as another Rust type\n".to_owned();
            let diff = self.difference::<T>().unwrap_or_else(same);
            Error::SchemaMismatch { collection: self.identity.name.clone(), diff }
        })
    }

    /// The number of records. Of a collection that is not attached, keys are counted: O(operations).
    pub(crate) fn len(&self) -> usize {
        if let Some(table) = self.table.get() {
            return table.len();
        }
        match &*self.encoded.lock() {
            Some(encoded) => encoded.len(),
            // It was attached since.
            None => self.table.get().map_or(0, |table| table.len()),
        }
    }

    fn attach<T: Record>(&self) -> Result<Arc<dyn AnyTable>> {
        let mut encoded = self.encoded.lock();
        if let Some(table) = self.table.get() {
            return Ok(table.clone());
        }
        if let Some(diff) = self.difference::<T>() {
            return Err(Error::SchemaMismatch { collection: self.identity.name.clone(), diff });
        }
        let rows = encoded.as_ref().map(|encoded| decode::rows::<T>(encoded, &self.identity.name));
        let table = Table::<T>::build(rows.transpose()?.unwrap_or_default())
            .map_err(|violation| violation.into_error(&self.identity.name))?;
        let table: Arc<dyn AnyTable> = Arc::new(table);
        let _ = self.table.set(table.clone());
        *encoded = None;
        Ok(table)
    }

    /// How `T` differs from what is stored, if it does.
    fn difference<T: Record>(&self) -> Option<String> {
        difference(&self.identity.schema, &Types::text_of_record::<T, T::Key>())
    }
}
