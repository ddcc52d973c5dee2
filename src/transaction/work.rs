//! What a transaction has done to one collection.

use crate::codec;
use crate::error::{Error, Result};
use crate::log::commit::{CommitWriter, PUT, REMOVE, TableHead};
use crate::options::Isolation;
use crate::persistent::Map;
use crate::schema::descriptor::Descriptor;
use crate::sync::Ordering;
use crate::table::key::text;
use crate::table::record::Record;
use crate::table::rows::{AnyTable, Table};
use crate::table::secondary::{Edit, Row};
use crate::transaction::footprint::Footprint;
use crate::version::slot::{Identity, Slot};
use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

/// What a transaction has read and written of one collection.
pub(crate) struct Work<T: Record> {
    identity: Arc<Identity>,
    base: Arc<Table<T>>,
    /// The base with the transaction's own changes; `None` as long as there are none.
    fork: Option<Table<T>>,
    /// The keys written, each with the record it ends up with. Persistent, so that a nested
    /// transaction can go back to where it began.
    writes: Map<T::Key, Option<Row<T>>>,
    footprint: Footprint<T>,
    /// Whether ids were given out.
    used_ids: bool,
    /// Whether an index function panicked, so that the fork may be half changed.
    broken: bool,
}

impl<T: Record> Work<T> {
    pub(crate) fn new(identity: Arc<Identity>, base: Arc<Table<T>>) -> Self {
        Self {
            identity,
            base,
            fork: None,
            writes: Map::default(),
            footprint: Footprint::default(),
            used_ids: false,
            broken: false,
        }
    }

    pub(crate) fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// The table as the transaction sees it. Whoever reads from it notes what in
    /// [`Self::footprint`].
    pub(crate) fn table(&self) -> &Table<T> {
        self.fork.as_ref().unwrap_or(&self.base)
    }

    pub(crate) fn footprint(&mut self) -> &mut Footprint<T> {
        &mut self.footprint
    }

    pub(crate) fn note_ids(&mut self) {
        self.used_ids = true;
    }

    /// The row at `key`, noted as read.
    pub(crate) fn row(&mut self, key: &T::Key) -> Option<Row<T>> {
        let row = self.table().rows().get(key).cloned();
        self.footprint.keys.insert(key.clone());
        row
    }

    /// Sets the record at a key, or removes it; returns what was there. Notes the key as read, since
    /// the result tells.
    ///
    /// # Errors
    ///
    /// `UniqueViolation`; nothing is changed then.
    pub(crate) fn write(&mut self, key: T::Key, after: Option<Row<T>>) -> Result<Option<Row<T>>> {
        let before = self.row(&key);
        if before.is_none() && after.is_none() {
            return Ok(None);
        }
        let edit = [Edit { key, before, after }];
        match self.table().check(&edit) {
            Ok(reliances) => self.footprint.reliances.extend(reliances),
            Err(violation) => {
                // What the caller makes of the error depends on this record being as it is.
                self.footprint.keys.insert(violation.existing.clone());
                return Err(violation.into_error(&self.identity.name));
            }
        }
        let base = &self.base;
        self.broken = true;
        self.fork.get_or_insert_with(|| base.fork()).apply(&edit);
        self.broken = false;
        let [Edit { key, before, after }] = edit;
        self.writes.insert(key, after);
        Ok(before)
    }

    /// Carries the writes over to another table than the base.
    fn carry_over(&self, tip: &Table<T>) -> Result<Table<T>> {
        let edits: Vec<_> = self
            .writes
            .iter()
            .map(|(key, after)| Edit {
                key: key.clone(),
                before: tip.rows().get(key).cloned(),
                after: after.clone(),
            })
            .collect();
        if let Err(violation) = tip.check(&edits) {
            // The value was free where the transaction looked: run again, it will see who has it.
            return Err(self.conflict(text(&violation.existing)));
        }
        let mut table = tip.fork();
        table.apply(&edits);
        Ok(table)
    }

    fn conflict(&self, key: String) -> Error {
        Error::Conflict { collection: self.identity.name.clone(), key }
    }
}

/// [`Work`] without its type.
pub(crate) trait AnyWork: Debug + Send {
    fn identity(&self) -> &Arc<Identity>;

    /// Whether it leaves anything to commit: writes, or ids that must not be given out again.
    fn has_changes(&self) -> bool;

    /// Checks that nothing this work depends on differs in `tip`, the collection's slot there.
    fn validate(&self, tip: Option<&Slot>, isolation: Isolation) -> Result<()>;

    /// The table that the tip's becomes. The work is valid there.
    fn apply(&mut self, tip: &Slot) -> Result<Arc<dyn AnyTable>>;

    /// Appends the changes to the bytes of a commit.
    fn encode(&self, out: &mut CommitWriter, max_record_bytes: usize) -> Result<()>;

    /// What [`Self::restore`] needs to come back to this state. O(1).
    fn save(&self) -> Box<dyn Any>;

    /// Undoes the writes since `saved`, or all of them. What was read stays noted.
    fn restore(&mut self, saved: Option<Box<dyn Any>>);

    /// What its records look like when they are encoded.
    fn descriptor(&self) -> Descriptor;

    /// The record under a key, both encoded. Notes the key as read.
    fn encoded(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// Puts an encoded record; returns whether it took the place of another.
    fn put_encoded(&mut self, record: &[u8]) -> Result<bool>;

    /// Removes the record under an encoded key; returns whether there was one.
    fn remove_encoded(&mut self, key: &[u8]) -> Result<bool>;

    fn as_any_mut(&mut self) -> &mut dyn Any;
}

impl<T: Record> AnyWork for Work<T> {
    fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    fn has_changes(&self) -> bool {
        self.broken || self.used_ids || !self.writes.is_empty()
    }

    fn validate(&self, tip: Option<&Slot>, isolation: Isolation) -> Result<()> {
        let Some(tip) = tip.and_then(Slot::peek::<T>) else {
            // The collection is attached as this type since the transaction opened it, for good.
            return Err(self.conflict("the whole collection".to_owned()));
        };
        if std::ptr::eq(tip, &raw const *self.base) {
            return Ok(());
        }
        let clash = match isolation {
            // Every key that was written is in the footprint too.
            Isolation::Serializable => self.footprint.clash(&self.base, tip),
            Isolation::Snapshot => {
                let rows = self.base.rows();
                let changed = |key: &&T::Key| rows.get(*key) != tip.rows().get(*key);
                self.writes.iter().map(|(key, _)| key).find(changed).map(text)
            }
        };
        match clash {
            Some(key) => Err(self.conflict(key)),
            None => Ok(()),
        }
    }

    fn apply(&mut self, tip: &Slot) -> Result<Arc<dyn AnyTable>> {
        let tip = tip.typed::<T>()?;
        if self.writes.is_empty() {
            return Ok(tip);
        }
        let table = match self.fork.take_if(|_| Arc::ptr_eq(&tip, &self.base)) {
            Some(fork) => fork,
            None => self.carry_over(&tip)?,
        };
        Ok(Arc::new(table))
    }

    fn encode(&self, out: &mut CommitWriter, max_record_bytes: usize) -> Result<()> {
        if self.broken {
            return Err(Error::abort(format!(
                "an index function of collection `{}` panicked in it",
                self.identity.name
            )));
        }
        let ids_used =
            if self.used_ids { self.identity.ids_used.load(Ordering::Relaxed) } else { 0 };
        let schema = self.identity.schemas.adopted();
        let schema = schema.expect("a type is adopted before it can be written");
        let collection = self.identity.id;
        let head = TableHead { collection, schema, reset: false, ids_used };
        out.table(head, self.writes.len());
        let out = out.operations();
        for (key, after) in self.writes.iter() {
            out.push(if after.is_some() { PUT } else { REMOVE });
            codec::append_sized(out, key)?;
            if let Some(row) = after {
                let size = codec::append_sized(out, &**row)?;
                if size > max_record_bytes {
                    return Err(Error::TooLarge {
                        what: "a record",
                        size_bytes: size as u64,
                        limit_bytes: max_record_bytes as u64,
                    });
                }
            }
        }
        Ok(())
    }

    fn save(&self) -> Box<dyn Any> {
        let saved: Saved<T> = (self.fork.as_ref().map(Table::fork), self.writes.clone());
        Box::new(saved)
    }

    fn restore(&mut self, saved: Option<Box<dyn Any>>) {
        let saved = saved.and_then(|saved| saved.downcast::<Saved<T>>().ok());
        (self.fork, self.writes) = saved.map(|saved| *saved).unwrap_or_default();
        self.broken = false;
    }

    fn descriptor(&self) -> Descriptor {
        Descriptor::of_record::<T>()
    }

    fn encoded(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.row(&codec::decode_as(key)?).map(|row| codec::encode(&*row)).transpose()
    }

    fn put_encoded(&mut self, record: &[u8]) -> Result<bool> {
        let record: T = codec::decode_as(record)?;
        let before = self.write(record.key(), Some(Row(Arc::new(record))))?;
        Ok(before.is_some())
    }

    fn remove_encoded(&mut self, key: &[u8]) -> Result<bool> {
        Ok(self.write(codec::decode_as(key)?, None)?.is_some())
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// The writes of a work at some point.
type Saved<T> = (Option<Table<T>>, Map<<T as Record>::Key, Option<Row<T>>>);

impl<T: Record> Debug for Work<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work")
            .field("collection", &self.identity.name)
            .field("writes", &self.writes.len())
            .finish_non_exhaustive()
    }
}
