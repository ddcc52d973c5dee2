//! Adopting a type: making sure that the log knows the form in which its records will be written.
//!
//! A type whose form is the newest one in the log is adopted without further ado. Another form is
//! announced by a commit of its own. Where the type reads other records than those that are stored,
//! because it was migrated to or puts in values of its own choice, that commit also has the whole
//! collection as it is now: so the next opening finds these records, and not what the same code would
//! make of the old ones then.
//!
//! No record is written before its type is adopted, except by imports, which append to a collection that is not
//! attached ([`append`](super::append)) and give it another slot with each batch. So a type is adopted under the commit lock, and
//! only where the slot that it was attached to is the tip's: then nothing can have come between the reading of the
//! old records and that commit, and from that version on the collection is attached in all of them.

use crate::codec;
use crate::engine::Engine;
use crate::engine::pipeline::Staged;
use crate::error::{Error, Result};
use crate::log::commit::{CommitWriter, NewSchema, PUT, TableHead};
use crate::options::MOST_COMMIT_BYTES;
use crate::schema::descriptor::Descriptor;
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::version::Root;
use crate::version::schemas::SchemaId;
use crate::version::slot::Slot;
use crate::version::untyped::Untyped;
use std::sync::Arc;

impl Engine {
    /// Adopts `T` for a collection that is attached as it, unless that was done before or the store
    /// is read-only, and has it swept if its records expire. Returns when what had to be written is durable.
    pub(crate) fn adopt<T: Record>(&self, slot: &Slot, table: &Table<T>) -> Result<()> {
        self.make_known(slot, table)?;
        self.watch_deadlines::<T>(slot.identity())
    }

    /// Makes the log know `T`, unless it does.
    fn make_known<T: Record>(&self, slot: &Slot, table: &Table<T>) -> Result<()> {
        let identity = slot.identity();
        if identity.schemas.is_settled() || self.options.read_only {
            return Ok(());
        }
        if identity.schemas.adopted().is_none() {
            self.announce(slot, table)?;
        }
        // Whoever was faster may not be done, or may have failed: what the table has must not be handed
        // out before it is safe.
        if let Some(version) = identity.schemas.adopted_at() {
            self.pipeline.wait_for(version)?;
        }
        identity.schemas.settle();
        slot.forget_encoded();
        Ok(())
    }

    /// Lets records be written in the form that came last, of a collection that is attached without its type. Attaches
    /// it like that in the tip, where an import has gone on since the version of the slot.
    ///
    /// # Errors
    ///
    /// `Conflict` where the tip has it attached as a type.
    pub(crate) fn adopt_newest(&self, slot: &Slot) -> Result<()> {
        let schemas = &slot.identity().schemas;
        if schemas.adopted().is_some() {
            return Ok(());
        }
        let number = schemas.last();
        self.adopt_known(slot, number, |tip| match tip.slot(slot.identity().id) {
            Some(tip) => Ok(tip.attach_untyped()?.as_any().is::<Table<Untyped>>()),
            None => Ok(false),
        })
    }

    /// Adopts a form that the log knows, if `is_ready` says so of the tip. Nobody commits while it looks.
    fn adopt_known(
        &self,
        slot: &Slot,
        number: SchemaId,
        is_ready: impl FnOnce(&Root) -> Result<bool>,
    ) -> Result<()> {
        let schemas = &slot.identity().schemas;
        if self.options.read_only {
            schemas.adopt(number, 0);
            return Ok(());
        }
        let mut ready = Ok(false);
        let looked = self.commit_unless_done(&slot.identity().name, |tip| {
            // Somebody may have been faster.
            ready = if schemas.adopted().is_some() { Ok(true) } else { is_ready(tip) };
            if matches!(ready, Ok(true)) {
                schemas.adopt(number, tip.number);
            }
            None
        });
        match looked {
            Ok(()) if ready? => Ok(()),
            Ok(()) => Err(changed(slot)),
            // Nothing is appended any more.
            Err(Error::Poisoned { .. } | Error::Closed) => {
                schemas.adopt(number, 0);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Adopts `T`, and writes what that takes, unless another thread is faster.
    ///
    /// # Errors
    ///
    /// `Conflict` where the collection has changed since the version of the slot.
    fn announce<T: Record>(&self, slot: &Slot, table: &Table<T>) -> Result<()> {
        let identity = slot.identity();
        let schemas = &identity.schemas;
        let schema = Arc::new(Descriptor::of_record::<T>());
        schema.check::<T>()?;
        let rewrite = schemas.needs_rewrite();
        if let (Some(number), false) = (schemas.newest_is(&schema), rewrite) {
            return self.adopt_known(slot, number, |tip| Ok(is_at(tip, slot)));
        }
        let number = schemas.next();
        let time = self.now_micros();
        let bytes = announcement(identity.id, number, &schema, rewrite.then_some(table), time)?;
        let mut is_stale = false;
        self.commit_unless_done(&identity.name, |tip| {
            if schemas.adopted().is_some() {
                return None;
            }
            is_stale = !is_at(tip, slot);
            if is_stale {
                return None;
            }
            let version = tip.next(time);
            schemas.add(schema, version.number);
            Some(Staged { version, bytes })
        })?;
        if is_stale { Err(changed(slot)) } else { Ok(()) }
    }
}

/// Whether a collection is in a version as it is in this slot.
pub(super) fn is_at(tip: &Root, slot: &Slot) -> bool {
    tip.slot(slot.identity().id).is_some_and(|found| std::ptr::eq(&raw const **found, slot))
}

/// Somebody has imported into the collection since it was attached.
pub(super) fn changed(slot: &Slot) -> Error {
    let key = "the whole collection".to_owned();
    Error::Conflict { collection: slot.identity().name.clone(), key }
}

/// The bytes of the commit that announces a form, and writes a whole table in it.
fn announcement<T: Record>(
    collection: u32,
    schema: SchemaId,
    descriptor: &Descriptor,
    rewrite: Option<&Table<T>>,
    time: u64,
) -> Result<Vec<u8>> {
    let mut commit = CommitWriter::new(time, &[]);
    commit.creates(&[]);
    commit.schemas(&[NewSchema { collection, descriptor: descriptor.as_bytes() }]);
    commit.tables(rewrite.iter().len());
    if let Some(table) = rewrite {
        let head = TableHead { collection, schema, reset: true, ids_used: 0 };
        commit.table(head, table.rows().len());
        for (key, row) in table.rows().in_key_order() {
            let out = commit.operations();
            out.push(PUT);
            codec::append_sized(out, key)?;
            codec::append_sized(out, &**row)?;
            if out.len() > MOST_COMMIT_BYTES {
                return Err(Error::TooLarge {
                    what: "a collection that must be rewritten for its new type",
                    size_bytes: out.len() as u64,
                    limit_bytes: MOST_COMMIT_BYTES as u64,
                });
            }
        }
    }
    Ok(commit.into_bytes())
}
