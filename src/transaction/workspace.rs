//! Everything a transaction has done, and what the engine does with it.

use crate::error::{Error, Result};
use crate::log::commit::CommitWriter;
use crate::options::Isolation;
use crate::table::expiry::Moment;
use crate::table::record::Record;
use crate::transaction::work::{AnyWork, Work};
use crate::version::slot::Identity;
use crate::version::{CollectionId, Root};
use std::any::Any;
use std::sync::Arc;

/// The private changes of one transaction and what they depend on.
#[derive(Debug)]
pub(crate) struct Workspace {
    base: Arc<Root>,
    /// The time of reading, once anybody wants to know.
    moment: Option<Moment>,
    works: Vec<Box<dyn AnyWork>>,
}

/// The state of a workspace to which a nested transaction can go back.
#[derive(Debug)]
pub(crate) struct Savepoint {
    works: Vec<Box<dyn Any>>,
}

impl Workspace {
    pub(crate) fn new(base: Arc<Root>, moment: Option<Moment>) -> Self {
        Self { base, moment, works: Vec::new() }
    }

    /// The version the transaction started from.
    pub(crate) fn base(&self) -> &Arc<Root> {
        &self.base
    }

    /// The time of reading; what `begin` gives from now on, where there was none.
    pub(crate) fn moment(&mut self, begin: impl FnOnce(&Root) -> Moment) -> Moment {
        *self.moment.get_or_insert_with(|| begin(&self.base))
    }

    /// When the commit is, in microseconds since 1970: now, but not before anything was read.
    pub(crate) fn time(&self, now_micros: u64) -> u64 {
        self.moment.map_or(now_micros, |moment| moment.version_micros().max(now_micros))
    }

    pub(crate) fn has_changes(&self) -> bool {
        self.works.iter().any(|work| work.has_changes())
    }

    /// Whether it puts any record. O(records that it writes).
    pub(crate) fn has_puts(&self) -> bool {
        self.works.iter().any(|work| work.has_puts())
    }

    /// The collections that were opened.
    pub(crate) fn opened(&self) -> impl Iterator<Item = &Arc<Identity>> {
        self.works.iter().map(|work| work.identity())
    }

    /// The collections that it changes.
    pub(crate) fn changed(&self) -> impl Iterator<Item = &Arc<Identity>> {
        let changed = self.works.iter().filter(|work| work.has_changes());
        changed.map(|work| work.identity())
    }

    /// The place of a collection's work, if the collection was opened before.
    pub(crate) fn place_of(&self, id: CollectionId) -> Option<usize> {
        self.works.iter().position(|work| work.identity().id == id)
    }

    /// Adds the work of a collection that was not opened before; returns its place.
    pub(crate) fn add<T: Record>(&mut self, work: Work<T>) -> usize {
        self.works.push(Box::new(work));
        self.works.len() - 1
    }

    /// The work at a place, if its records are of type `T`.
    pub(crate) fn work<T: Record>(&mut self, place: usize) -> Option<&mut Work<T>> {
        self.works.get_mut(place)?.as_any_mut().downcast_mut()
    }

    /// The work at a place, of whatever type.
    pub(crate) fn any_work(&mut self, place: usize) -> Option<&mut dyn AnyWork> {
        Some(&mut **self.works.get_mut(place)?)
    }

    /// The bytes of the commit. Outside of any lock, and before anything is changed: a value that
    /// can't be encoded fails the whole transaction.
    pub(crate) fn encode(
        &mut self,
        time_micros: u64,
        meta: &[(String, String)],
        max_record_bytes: usize,
        max_bytes: usize,
    ) -> Result<Vec<u8>> {
        let mut out = CommitWriter::new(time_micros, meta);
        out.creates(&[]);
        out.schemas(&[]);
        out.tables(self.works.iter().filter(|work| work.has_changes()).count());
        for work in self.works.iter_mut().filter(|work| work.has_changes()) {
            work.encode(&mut out, max_record_bytes)?;
            work.prepare();
        }
        let bytes = out.into_bytes();
        if bytes.len() > max_bytes {
            return Err(Error::TooLarge {
                what: "a transaction",
                size_bytes: bytes.len() as u64,
                limit_bytes: max_bytes as u64,
            });
        }
        Ok(bytes)
    }

    /// Checks that the transaction can commit on top of `tip`.
    ///
    /// # Errors
    ///
    /// `Conflict`.
    pub(crate) fn validate(&self, tip: &Root, isolation: Isolation) -> Result<()> {
        self.works.iter().try_for_each(|work| {
            let slot = tip.slot(work.identity().id);
            work.validate(slot.map(Arc::as_ref), isolation)
        })
    }

    /// The version that `tip` becomes through this transaction, which is valid there.
    pub(crate) fn apply(&mut self, tip: &Root, time_micros: u64) -> Result<Root> {
        let mut next = tip.next(time_micros);
        for work in self.works.iter_mut().filter(|work| work.has_changes()) {
            let identity = work.identity().clone();
            let Some(slot) = tip.slot(identity.id) else { continue };
            if let Some(table) = work.apply(slot)? {
                next.replace(&identity, table);
            }
        }
        Ok(next)
    }

    pub(crate) fn save(&mut self) -> Savepoint {
        Savepoint { works: self.works.iter_mut().map(|work| work.save()).collect() }
    }

    /// Undoes all writes since `savepoint`. What was read since stays in the footprint.
    pub(crate) fn restore(&mut self, savepoint: Savepoint) {
        let mut saved = savepoint.works.into_iter();
        for work in &mut self.works {
            work.restore(saved.next());
        }
    }
}
