//! Appending records to a collection whose type nobody has named: what an import does.
//!
//! Such a collection is bytes: the operations on it, in the order of the log. An import knows the form of its
//! records, but not their type, so it adds operations to these bytes and to the log, as if they had been recovered.
//! The collection stays unattached, and is attached later as its Rust type, in the same process or in another.
//!
//! # Why that is sound
//!
//! Each batch is a commit that gives the collection a new slot. Under the commit lock it is held that the tip still has the
//! slot that the batch was made for, that it is not attached, and that no type was adopted. Whoever attaches the
//! slot of an earlier version, for a snapshot say, has a table of that version and no more. Whoever wants to write
//! through it has its type adopted first, under the same lock, and only if the tip still has that slot
//! ([`adopt`](super::adopt)); else it begins anew with the newer one. So of an adoption and a batch one comes first: behind
//! an adoption there is no batch of this kind, and behind a batch no adoption of what was before it.

use crate::codec;
use crate::engine::Engine;
use crate::engine::adopt::is_at;
use crate::engine::pipeline::Staged;
use crate::error::{Error, Result};
use crate::log::commit::{CommitWriter, Create, NewSchema, PUT, TableHead, place_in};
use crate::options::Durability;
use crate::schema::descriptor::Descriptor;
use crate::sync::Ordering;
use crate::version::encoded::{Encoded, Operation};
use crate::version::schemas::{SchemaId, Schemas};
use crate::version::slot::{Identity, Slot};
use std::sync::Arc;

/// Keys and records in one form, encoded.
#[derive(Debug, Default)]
pub(crate) struct EncodedRecords {
    /// The number of the form in the collection.
    pub(crate) form: SchemaId,
    /// The number below which all ids are used up; 0 if none are.
    pub(crate) ids_used: u64,
    pub(crate) records: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Engine {
    /// Creates a collection whose records have had these forms, and which is not attached, unless somebody
    /// else does it first. Returns when that is durable.
    pub(crate) fn create_of_forms(&self, name: &str, forms: &[Arc<Descriptor>]) -> Result<()> {
        self.check_writable()?;
        let time = self.now_micros();
        self.commit_unless_done(name, |tip| {
            if tip.find(name).is_some() {
                return None;
            }
            let id = tip.collections();
            let mut commit = CommitWriter::new(time, &[]);
            commit.creates(&[Create { collection: id, name }]);
            let schemas: Vec<NewSchema<'_>> = forms
                .iter()
                .map(|form| NewSchema { collection: id, descriptor: form.as_bytes() })
                .collect();
            commit.schemas(&schemas);
            commit.tables(0);
            let nothing = Encoded::new(&[], forms.to_vec(), Vec::new());
            let schemas = Schemas::recovered(forms.to_vec());
            let identity = Arc::new(Identity::new(id, name.to_owned(), schemas, 0));
            let mut version = tip.next(time);
            version.add(Arc::new(Slot::unattached(identity, nothing)));
            Some(Staged { version, bytes: commit.into_bytes() })
        })
    }

    /// Commits records to the collection as it is in a slot, and returns its new slot; nothing where the
    /// collection was attached, or has changed since.
    pub(crate) fn append(
        &self,
        slot: &Arc<Slot>,
        records: &EncodedRecords,
    ) -> Result<Option<Arc<Slot>>> {
        self.check_writable()?;
        if self.options.durability == Durability::Background {
            self.start_background()?;
        }
        let Some(encoded) = slot.unattached_contents() else { return Ok(None) };
        let identity = slot.identity();
        let time = self.now_micros();
        let bytes = self.bytes_of(identity.id, records, time)?;
        self.check_memory(bytes.len())?;
        let operations = operations(&bytes, records)?;
        let encoded = encoded.extended(Arc::new(bytes.clone()), operations);
        let next = Arc::new(Slot::unattached(identity.clone(), encoded));
        let committed = self.pipeline.commit(self.options.durability, |tip| {
            let is_attached = slot.table().is_some() || identity.schemas.adopted().is_some();
            if is_attached || !is_at(tip, slot) {
                return Err(super::adopt::changed(slot));
            }
            identity.ids_used.fetch_max(records.ids_used, Ordering::Relaxed);
            let mut version = tip.next(time);
            version.add(next.clone());
            Ok(Staged { version, bytes })
        });
        match committed {
            Ok(_) => {
                self.charge_slot(&next);
                self.look_after_log();
                Ok(Some(next))
            }
            Err(Error::Conflict { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The bytes of the commit.
    fn bytes_of(&self, collection: u32, records: &EncodedRecords, time: u64) -> Result<Vec<u8>> {
        let EncodedRecords { form, ids_used, ref records } = *records;
        let mut commit = CommitWriter::new(time, &[]);
        commit.creates(&[]);
        commit.schemas(&[]);
        commit.tables(1);
        let head = TableHead { collection, schema: form, reset: false, ids_used };
        commit.table(head, records.len());
        for (key, record) in records {
            if record.len() > self.options.max_record_bytes {
                return Err(Error::TooLarge {
                    what: "a record",
                    size_bytes: record.len() as u64,
                    limit_bytes: self.options.max_record_bytes as u64,
                });
            }
            let out = commit.operations();
            out.push(PUT);
            codec::append_bytes(out, key);
            codec::append_bytes(out, record);
        }
        let bytes = commit.into_bytes();
        if bytes.len() > self.options.max_transaction_bytes {
            return Err(Error::TooLarge {
                what: "a transaction",
                size_bytes: bytes.len() as u64,
                limit_bytes: self.options.max_transaction_bytes as u64,
            });
        }
        Ok(bytes)
    }
}

/// Where keys and records are in the bytes of their commit.
fn operations(bytes: &[u8], records: &EncodedRecords) -> Result<Vec<Operation>> {
    let commit = crate::log::commit::Commit::parse(bytes)
        .map_err(|source| Error::encode("the commit of an import", source))?;
    let tables = commit.tables.iter().flat_map(|table| &table.operations);
    let operation = |(key, record): &(&[u8], Option<&[u8]>)| Operation {
        buffer: 0,
        schema: records.form,
        key: place_in(bytes, key),
        record: record.map(|record| place_in(bytes, record)),
    };
    Ok(tables.map(operation).collect())
}
