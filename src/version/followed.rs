//! The next state of a collection, made of what another process committed.
//!
//! A collection that is attached gets the changes in its table, whatever its type. One that is not stays bytes:
//! the operations are added to those that are there. They are given room by keeping, from time to time,
//! only those that still count, so that a collection that nobody names takes no more and more memory.

use crate::error::Result;
use crate::sync::Ordering;
use crate::table::replayed::Replaced;
use crate::table::rows::{AnyTable, Table};
use crate::table::secondary::Row;
use crate::table::stored::StoredChange;
use crate::version::encoded::{Encoded, Followed, Operation};
use crate::version::slot::Slot;
use crate::version::untyped::{Untyped, UntypedKey};
use std::sync::Arc;

impl Followed {
    /// The operations, with their bytes and forms.
    fn changes<'a>(&'a self, bytes: &'a [u8]) -> Vec<StoredChange<'a>> {
        let change = |operation: &'a Operation| {
            Some(StoredChange {
                form: self.forms.get(operation.schema as usize)?,
                key: bytes.get(operation.key.clone()).unwrap_or_default(),
                record: operation
                    .record
                    .as_ref()
                    .map(|record| bytes.get(record.clone()).unwrap_or_default()),
            })
        };
        self.operations.iter().filter_map(change).collect()
    }
}

impl Slot {
    /// The slot of the collection behind what was done to it since, from a version on. What is attached stays so.
    ///
    /// # Errors
    ///
    /// What the attached type says of records that it can't have; the collection is then as it was.
    pub(crate) fn followed(
        &self,
        followed: &Followed,
        buffer: &Arc<Vec<u8>>,
        version: u64,
    ) -> Result<Slot> {
        let identity = self.identity();
        // Asked for first: it goes when the collection is attached.
        let encoded = self.unattached_contents();
        let next = match (self.table(), encoded) {
            (None, Some(encoded)) => {
                let next = encoded.followed(followed, buffer)?;
                Slot::unattached(identity.clone(), next)
            }
            (Some(table), _) => {
                let changes = followed.changes(buffer);
                let table = replay(&**table, &identity.name, &changes, followed.reset)?;
                Slot::attached(identity.clone(), table)
            }
            (None, None) => {
                let empty = Encoded::default().followed(followed, buffer)?;
                Slot::unattached(identity.clone(), empty)
            }
        };
        identity.schemas.learn(&followed.forms, version);
        identity.ids_used.fetch_max(followed.ids_used, Ordering::Relaxed);
        Ok(next)
    }

    /// What the collection is in a version that was read back by itself: the whole of it, in the place of this.
    pub(crate) fn replaced_by(&self, other: &Slot, version: u64) -> Result<Slot> {
        let forms = other.identity().schemas.known_at(version);
        let ids_used = other.identity().ids_used.load(Ordering::Relaxed);
        let mut bytes = Vec::new();
        let mut operations = Vec::new();
        let encoded = other.unattached_contents().unwrap_or_default();
        encoded.for_each_live(&mut |schema, key, record| {
            operations.push(Operation::appended(&mut bytes, schema, key, record));
            Ok(())
        })?;
        let followed = Followed { forms, reset: true, ids_used, operations };
        self.followed(&followed, &Arc::new(bytes), version)
    }
}

/// A table of the same type, behind changes.
fn replay(
    table: &dyn AnyTable,
    collection: &str,
    changes: &[StoredChange<'_>],
    reset: bool,
) -> Result<Arc<dyn AnyTable>> {
    let Some(untyped) = table.as_any().downcast_ref::<Table<Untyped>>() else {
        return table.replay(collection, changes, reset);
    };
    let mut replaced = Replaced::<Untyped>::default();
    for StoredChange { form, key, record } in changes {
        let key =
            UntypedKey::new(form, key).map_err(|error| error.within(Some(collection), None))?;
        let row = record.map(|record| Row(Arc::new(Untyped::new(form, key.clone(), record))));
        replaced.insert(key, row);
    }
    let empty = Table::empty();
    let base = if reset { &empty } else { untyped };
    Ok(Arc::new(base.with(collection, &replaced)?))
}
