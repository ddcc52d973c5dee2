//! [`Work`] without its type: what a transaction does with each of its collections.

use crate::codec;
use crate::error::{Error, Result};
use crate::log::commit::{CommitWriter, PUT, REMOVE, TableHead};
use crate::options::{Isolation, Merge};
use crate::persistent::Map;
use crate::schema::descriptor::Descriptor;
use crate::sync::Ordering;
use crate::table::plan::Plan;
use crate::table::record::Record;
use crate::table::rows::{AnyTable, Table};
use crate::table::secondary::Row;
use crate::transaction::keys::KeyList;
use crate::transaction::work::{FORK_FROM, Put, Stored, Work, Writes};
use crate::version::slot::{Identity, Slot};
use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

/// [`Work`] without its type.
pub(crate) trait AnyWork: Debug + Send {
    fn identity(&self) -> &Arc<Identity>;

    /// Whether it leaves anything to commit: writes, or ids that must not be given out again.
    fn has_changes(&self) -> bool;

    /// Whether it puts any record.
    fn has_puts(&self) -> bool;

    /// Checks that nothing this work depends on differs in `tip`, the collection's slot there.
    fn validate(&self, tip: Option<&Slot>, isolation: Isolation) -> Result<()>;

    /// Does what can be done for [`Self::apply`] without the tip.
    fn prepare(&mut self);

    /// The table that the tip's becomes, if it changes. The work is valid there.
    fn apply(&mut self, tip: &Slot) -> Result<Option<Arc<dyn AnyTable>>>;

    /// Appends the changes to the bytes of a commit.
    fn encode(&self, out: &mut CommitWriter, max_record_bytes: usize) -> Result<()>;

    /// What [`Self::restore`] needs to come back to this state. O(indexes), and what is pending.
    fn save(&mut self) -> Box<dyn Any>;

    /// Undoes the writes since `saved`, or all of them. What was read stays noted.
    fn restore(&mut self, saved: Option<Box<dyn Any>>);

    /// What its records look like when they are encoded.
    fn descriptor(&self) -> Descriptor;

    /// The record under a key, both encoded. Notes the key as read.
    fn encoded(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// Puts an encoded record; returns whether it took the place of another.
    fn put_encoded(&mut self, record: &[u8]) -> Result<bool>;

    /// Puts a record that was stored in any form that the type can read.
    fn put_stored(&mut self, stored: &Stored<'_>, merge: Merge) -> Result<Put>;

    /// Sees to it that no id below this one is given out again.
    fn raise_ids(&mut self, ids_used: u64);

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

    fn has_puts(&self) -> bool {
        self.writes.iter().any(|(_, after)| after.is_some())
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
            Isolation::Serializable => {
                let clash = || self.footprint.clash(&self.base, tip, self.moment);
                self.lost_write(tip).or_else(clash)
            }
            Isolation::Snapshot => self.lost_write(tip),
        };
        match clash {
            Some(key) => Err(self.conflict(key)),
            None => Ok(()),
        }
    }

    fn prepare(&mut self) {
        if self.fork.is_some() || self.writes.len() >= FORK_FROM {
            self.catch_up();
        } else {
            self.pending.settle();
        }
    }

    fn apply(&mut self, tip: &Slot) -> Result<Option<Arc<dyn AnyTable>>> {
        if self.writes.is_empty() {
            return Ok(None);
        }
        let tip = tip.typed::<T>()?;
        // What was loaded into an empty table is good for any other that is empty.
        let is_empty = tip.rows().is_empty() && self.base.rows().is_empty();
        let table = match self.fork.take_if(|_| is_empty || Arc::ptr_eq(&tip, &self.base)) {
            Some(fork) => fork,
            None => self.carry_over(&tip)?,
        };
        Ok(Some(Arc::new(table)))
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
        let (mut puts, mut put_bytes) = (0, 0);
        for (key, after) in self.writes.iter() {
            out.push(if after.is_some() { PUT } else { REMOVE });
            let key_size = codec::append_sized(out, key)?;
            if let Some(row) = after {
                let size = codec::append_sized(out, &**row)?;
                (puts, put_bytes) = (puts + 1, put_bytes + (key_size + size) as u64);
                if size > max_record_bytes {
                    return Err(Error::TooLarge {
                        what: "a record",
                        size_bytes: size as u64,
                        limit_bytes: max_record_bytes as u64,
                    });
                }
            }
        }
        self.identity.weight.note(puts, put_bytes, self.base.rows().len() as u64);
        Ok(())
    }

    fn save(&mut self) -> Box<dyn Any> {
        self.catch_up();
        let (fork, writes) = (self.fork.as_ref().map(Table::fork), self.writes.clone());
        Box::new(Saved::<T> { fork, writes, broken: self.broken })
    }

    fn restore(&mut self, saved: Option<Box<dyn Any>>) {
        let saved = saved.and_then(|saved| saved.downcast::<Saved<T>>().ok());
        let Saved { fork, writes, broken } = saved.map_or_else(Saved::default, |saved| *saved);
        self.footprint.keys.extend(writes.diff(&self.writes).map(|(key, ..)| key.clone()));
        // The write in which a function of the user's panicked is not among them.
        self.footprint.all |= self.broken;
        (self.fork, self.writes, self.broken) = (fork, writes, broken);
        // Nothing was pending then.
        self.pending = Plan::default();
        self.behind = KeyList::default();
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

    fn put_stored(&mut self, stored: &Stored<'_>, merge: Merge) -> Result<Put> {
        self.put_as(stored, merge)
    }

    fn raise_ids(&mut self, ids_used: u64) {
        let before = self.identity.ids_used.fetch_max(ids_used, Ordering::Relaxed);
        self.used_ids |= ids_used > before;
    }

    fn remove_encoded(&mut self, key: &[u8]) -> Result<bool> {
        Ok(self.write(codec::decode_as(key)?, None)?.is_some())
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// The writes of a work at some point, all of them in the fork.
struct Saved<T: Record> {
    fork: Option<Table<T>>,
    writes: Writes<T>,
    broken: bool,
}

impl<T: Record> Default for Saved<T> {
    fn default() -> Self {
        Self { fork: None, writes: Map::default(), broken: false }
    }
}
