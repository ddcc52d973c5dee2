//! Where the records of an export go.
//!
//! A collection that is attached as its Rust type takes them through that type, in a transaction for each batch. One
//! that is not attached takes them as bytes (`engine::append`), and stays so. Which of the two it is may change between
//! two batches, when somebody opens the collection: so each batch looks anew.

use super::marks::CollectionMark;
use crate::engine::append::EncodedRecords;
use crate::error::{Error, Result};
use crate::options::Merge;
use crate::schema::compare::compare;
use crate::store::Store;
use crate::transaction::work::{Put, Stored};
use crate::version::schemas::SchemaId;
use crate::version::slot::Slot;
use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

/// A record of an export.
pub(super) struct Row {
    pub(super) line: u64,
    /// The number of its form in the export.
    pub(super) form: usize,
    pub(super) key: Vec<u8>,
    pub(super) record: Vec<u8>,
}

/// What became of one collection of an export.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ImportedCollection {
    /// Its name.
    pub name: String,
    /// Whether the import made it.
    pub created: bool,
    /// How many records came to it.
    pub inserted: u64,
    /// How many took the place of others with their keys.
    pub replaced: u64,
    /// How many were left out, since others with their keys were there.
    pub kept: u64,
}

/// What became of records.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) inserted: u64,
    pub(super) replaced: u64,
    pub(super) kept: u64,
}

impl Tally {
    fn count(&mut self, put: Put) {
        match put {
            Put::Inserted => self.inserted += 1,
            Put::Replaced => self.replaced += 1,
            Put::Kept => self.kept += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.inserted += other.inserted;
        self.replaced += other.replaced;
        self.kept += other.kept;
    }
}

/// A collection that takes records.
pub(super) struct Landing<'a> {
    /// `None` where nothing is written.
    store: Option<&'a Store>,
    pub(super) mark: CollectionMark,
    merge: Merge,
    /// The line of the mark.
    line: u64,
    created: bool,
    tally: Tally,
    /// The collection as it was behind the last batch, and its keys, while it is not attached.
    bytes: Option<(Arc<Slot>, HashSet<Vec<u8>>)>,
}

impl<'a> Landing<'a> {
    /// Makes the collection where there is none.
    pub(super) fn new(
        store: Option<&'a Store>,
        mark: CollectionMark,
        merge: Merge,
        line: u64,
    ) -> Result<Self> {
        let created = match store {
            Some(store) if store.engine.pipeline().tip().find(&mark.name).is_none() => {
                store.engine.create_of_forms(&mark.name, &mark.forms)?;
                true
            }
            _ => false,
        };
        let landing =
            Self { store, mark, merge, line, created, tally: Tally::default(), bytes: None };
        landing.check_empty()?;
        Ok(landing)
    }

    fn check_empty(&self) -> Result<()> {
        let Some(store) = self.store.filter(|_| self.merge == Merge::IntoEmpty) else {
            return Ok(());
        };
        let tip = store.engine.pipeline().tip();
        let moment = store.engine.moment(&tip);
        match tip.find(&self.mark.name).map_or(0, |slot| slot.len(moment)) {
            0 => Ok(()),
            count => {
                let reason = format!("it must be empty for that, and has {count} records");
                Err(self.not_imported(None, Error::abort(reason)))
            }
        }
    }

    /// Commits records, which are of one form.
    pub(super) fn land(&mut self, batch: &[Row]) -> Result<()> {
        let Some(store) = self.store else {
            self.tally.inserted += batch.len() as u64;
            return Ok(());
        };
        if batch.is_empty() && self.mark.ids_used == 0 {
            return Ok(());
        }
        loop {
            let tip = store.engine.pipeline().tip();
            let slot = tip.find(&self.mark.name).cloned().ok_or_else(|| self.gone())?;
            let identity = slot.identity();
            let is_open = identity.schemas.adopted().is_some() || slot.table().is_some();
            if is_open {
                self.bytes = None;
                let tally = self.land_typed(store, batch)?;
                self.tally.add(tally);
                return Ok(());
            }
            if let Some(tally) = self.land_bytes(store, slot, batch)? {
                self.tally.add(tally);
                return Ok(());
            }
        }
    }

    pub(super) fn finish(self) -> ImportedCollection {
        let Tally { inserted, replaced, kept } = self.tally;
        let (name, created) = (self.mark.name, self.created);
        ImportedCollection { name, created, inserted, replaced, kept }
    }

    /// Through the type as which the collection is attached.
    fn land_typed(&self, store: &Store, batch: &[Row]) -> Result<Tally> {
        let at = Cell::new(None);
        let landed = store.transact(|tx| {
            at.set(None);
            let mut tally = Tally::default();
            let values = tx.values(&self.mark.name)?;
            values.raise_ids(self.mark.ids_used);
            for row in batch {
                at.set(Some(row));
                let Some(form) = self.mark.forms.get(row.form) else { return Err(self.gone()) };
                let stored = Stored { form, key: &row.key, record: &row.record };
                tally.count(values.put_stored(&stored, self.merge)?);
            }
            at.set(None);
            Ok(tally)
        });
        landed.map_err(|error| match at.get() {
            Some(row) => self.not_imported(Some(row), error),
            None => error,
        })
    }

    /// As bytes; nothing where the collection has changed meanwhile.
    fn land_bytes(
        &mut self,
        store: &Store,
        slot: Arc<Slot>,
        batch: &[Row],
    ) -> Result<Option<Tally>> {
        let mut keys = match self.bytes.take() {
            Some((known, keys)) if Arc::ptr_eq(&known, &slot) => keys,
            _ => match slot.unattached_contents() {
                Some(encoded) => encoded.live_keys(),
                None => return Ok(None),
            },
        };
        let form = self.form_in(&slot, batch)?;
        let mut records = Vec::with_capacity(batch.len());
        let mut tally = Tally::default();
        for row in batch {
            let put = match (keys.contains(&row.key), self.merge) {
                (false, _) => Put::Inserted,
                (true, Merge::Keep) => Put::Kept,
                (true, Merge::Replace) => Put::Replaced,
                (true, _) => {
                    let key = self.key_text(row);
                    let collection = self.mark.name.clone();
                    return Err(self.not_imported(Some(row), Error::KeyExists { collection, key }));
                }
            };
            tally.count(put);
            if put != Put::Kept {
                keys.insert(row.key.clone());
                records.push((row.key.clone(), row.record.clone()));
            }
        }
        if records.is_empty() && self.mark.ids_used == 0 {
            self.bytes = Some((slot, keys));
            return Ok(Some(tally));
        }
        let records = EncodedRecords { form, ids_used: self.mark.ids_used, records };
        let Some(next) = store.engine.append(&slot, &records)? else { return Ok(None) };
        self.bytes = Some((next, keys));
        Ok(Some(tally))
    }

    /// The number that the form of a batch has in a collection.
    fn form_in(&self, slot: &Slot, batch: &[Row]) -> Result<SchemaId> {
        let schemas = &slot.identity().schemas;
        let Some(first) = batch.first() else { return Ok(schemas.last()) };
        let Some(form) = self.mark.forms.get(first.form) else { return Err(self.gone()) };
        if let Some(number) = schemas.number_of(form) {
            return Ok(number);
        }
        let diff = schemas.newest().map(|newest| compare(form, &newest).unfit).unwrap_or_default();
        let diff = format!(
            "{diff}  the records of the export have another form, which only their Rust type can convert: open the collection with `Store::collection` before the import\n"
        );
        let collection = self.mark.name.clone();
        Err(self.not_imported(None, Error::SchemaMismatch { collection, diff }))
    }

    fn key_text(&self, row: &Row) -> String {
        self.mark.forms.last().map(|newest| newest.key_text(&row.key)).unwrap_or_default()
    }

    fn not_imported(&self, row: Option<&Row>, source: Error) -> Error {
        Error::NotImported {
            line: row.map_or(self.line, |row| row.line),
            collection: self.mark.name.clone(),
            key: row.map(|row| self.key_text(row)),
            source: Box::new(source),
        }
    }

    /// Collections are never removed, and a row's form was looked up before.
    fn gone(&self) -> Error {
        Error::NotFound { collection: self.mark.name.clone(), key: None }
    }
}
