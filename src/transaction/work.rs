//! What a transaction has done to one collection.
//!
//! # How a write gets into a table
//!
//! 1. **Planned.** A write looks up the record that is there, works out what the change means for each
//!    index (a [`Plan`]: the entries that go and those that come) and, where it claims unique keys,
//!    whether they are free. Here the functions of the user's run that make index keys, once for each
//!    record, and here the write can be refused. Nothing has changed so far.
//! 2. **Pending.** The record goes to `writes`, by its key, and the plan to the end of `pending`. Point
//!    reads look into `writes` first, so a transaction that reads and writes single records, as most do,
//!    needs nothing else.
//! 3. **Forked.** When something must see a whole table with the writes in it (a range, an index, the
//!    number of records, a claim of a unique key after other writes, a nested part that may have to be
//!    undone) the base is forked and what is pending carried out on the fork ([`Work::table`]). Later
//!    writes are pending again until the next such look.
//! 4. **Committed.** Without a fork, `writes` and the settled plan are carried out on the tip's table,
//!    whichever that is by then: all records that the transaction wrote are there as they were in the
//!    base, or it would not be valid, so the plan fits. With a fork, that is the new table if the tip's
//!    is the base; else `writes` are planned anew for the tip. Only the last runs functions of the
//!    user's under the commit lock. A transaction of many writes is forked before that lock is taken:
//!    mostly nobody else has changed the table, and then nothing is left to do under it.
//!
//! A batch ([`Work::write_batch`]) does for all its records at once what a write does for one, in the
//! order of the keys; if the collection is empty, it becomes the fork in one go. Where the order in
//! which the records were given matters, since one of them is refused or takes a unique key that
//! another gives up, it declines, and the caller writes them one by one.

mod any;
mod batch;
mod expired;
mod stored;

pub(crate) use any::AnyWork;
pub(crate) use batch::Keys;
pub(crate) use stored::{Put, Stored};

use crate::error::{Error, Result};
use crate::persistent::Map;
use crate::table::expiry::Moment;
use crate::table::key::{number, text};
use crate::table::plan::Plan;
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::table::secondary::{Edit, Handover, Row};
use crate::transaction::footprint::Footprint;
use crate::transaction::keys::KeyList;
use crate::version::slot::Identity;
use std::fmt::Debug;
use std::sync::Arc;

/// From this many writes on, a transaction is forked before it commits.
const FORK_FROM: usize = 256;

/// What a transaction has read and written of one collection.
pub(crate) struct Work<T: Record> {
    identity: Arc<Identity>,
    base: Arc<Table<T>>,
    /// The transaction's time of reading.
    moment: Moment,
    /// The keys written, each with the record it ends up with. Persistent, so that a nested
    /// transaction can go back to where it began.
    writes: Writes<T>,
    /// What the writes that the fork does not have change in the indexes.
    pending: Plan<T::Key, T>,
    /// The base with the transaction's own changes, up to those that are pending.
    fork: Option<Table<T>>,
    /// The keys written since the fork was up to date.
    behind: KeyList<T::Key>,
    footprint: Footprint<T>,
    /// Whether ids were given out.
    used_ids: bool,
    /// Whether a function of the user's panicked in a write, or is at work.
    broken: bool,
    /// How records are read that are in another form than the type's.
    plans: stored::Plans<T>,
}

type Writes<T> = Map<<T as Record>::Key, Option<Row<T>>>;

impl<T: Record> Work<T> {
    pub(crate) fn new(identity: Arc<Identity>, base: Arc<Table<T>>, moment: Moment) -> Self {
        Self {
            identity,
            base,
            moment,
            writes: Map::default(),
            pending: Plan::default(),
            fork: None,
            behind: KeyList::default(),
            footprint: Footprint::default(),
            used_ids: false,
            broken: false,
            plans: stored::Plans::default(),
        }
    }

    pub(crate) fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// When the transaction reads.
    pub(crate) fn moment(&self) -> Moment {
        self.moment
    }

    /// The table as the transaction has it, with the records that are expired at its moment. Whoever reads
    /// from it notes what in [`Self::footprint`].
    pub(crate) fn table(&mut self) -> &Table<T> {
        self.catch_up();
        self.fork.as_ref().unwrap_or(&self.base)
    }

    pub(crate) fn footprint(&mut self) -> &mut Footprint<T> {
        &mut self.footprint
    }

    pub(crate) fn note_ids(&mut self) {
        self.used_ids = true;
    }

    /// The greatest number that a key is; 0 if none is one. Without order, keys that were removed may
    /// count as well.
    pub(crate) fn greatest_number(&mut self) -> u64 {
        let written = self.writes.last();
        let greatest_of = |key: Option<&T::Key>| key.and_then(number).unwrap_or(0);
        if T::UNORDERED {
            let stored = self.base.rows().greatest_number();
            return stored.max(greatest_of(written.map(|(key, _)| key)));
        }
        let stored = self.base.rows().ordered().last().map(|(key, _)| key);
        let is_removed = |key| self.writes.get(key).is_some_and(Option::is_none);
        let is_told_by_writes = match (stored, written) {
            (_, Some((_, None))) => false,
            (stored, _) => !stored.is_some_and(is_removed),
        };
        if is_told_by_writes {
            greatest_of(stored.max(written.map(|(key, _)| key)))
        } else {
            self.table().rows().greatest_number()
        }
    }

    /// The number of records, noted as read.
    pub(crate) fn len(&mut self) -> usize {
        self.footprint.len = true;
        let moment = self.moment;
        self.table().at(moment).len()
    }

    /// The row at `key`, noted as read.
    pub(crate) fn row(&mut self, key: &T::Key) -> Option<Row<T>> {
        self.footprint.keys.note(key);
        self.shown(self.peek(key))
    }

    /// A row, unless it is expired.
    fn shown(&self, row: Option<Row<T>>) -> Option<Row<T>> {
        row.filter(|row| self.moment.shows(&**row))
    }

    /// The row at `key`, expired or not.
    fn peek(&self, key: &T::Key) -> Option<Row<T>> {
        // What was not written is the same in the base as in the fork.
        match self.writes.get(key) {
            Some(row) => row.clone(),
            None => self.base.rows().get(key).cloned(),
        }
    }

    /// Sets the record at a key, or removes it; returns what was there. The result tells, so the key
    /// counts as read: as one of the writes, or, where it does not become one, in the footprint.
    ///
    /// # Errors
    ///
    /// `UniqueViolation`; nothing is changed then.
    pub(crate) fn write(&mut self, key: T::Key, after: Option<Row<T>>) -> Result<Option<Row<T>>> {
        let before = self.peek(&key);
        self.write_over(before, key, after)
    }

    /// Sets the record at a key that has none.
    ///
    /// # Errors
    ///
    /// `KeyExists`, `UniqueViolation`; nothing is changed then.
    pub(crate) fn insert(&mut self, key: T::Key, row: Row<T>) -> Result<()> {
        let before = self.peek(&key);
        if before.as_ref().is_some_and(|row| self.moment.shows(&**row)) {
            let collection = self.identity.name.clone();
            let error = Error::KeyExists { collection, key: text(&key) };
            self.footprint.keys.insert(key);
            return Err(error);
        }
        self.write_over(before, key, Some(row)).map(drop)
    }

    /// Like [`Self::write`], at a key where this was seen.
    ///
    /// # Errors
    ///
    /// Like [`Self::write`].
    pub(crate) fn write_over(
        &mut self,
        seen: Option<Row<T>>,
        key: T::Key,
        after: Option<Row<T>>,
    ) -> Result<Option<Row<T>>> {
        // Whoever looked may have written since. Where there are no writes, all is as it was. And whoever
        // saw nothing may have seen an expired record, which the plan must not leave in the indexes.
        let is_known = self.writes.is_empty() && (T::EXPIRES.is_none() || seen.is_some());
        let before = if is_known { seen } else { self.peek(&key) };
        if after.is_none() && !before.as_ref().is_some_and(|row| self.moment.shows(&**row)) {
            self.footprint.keys.insert(key);
            return Ok(None);
        }
        let edit = [Edit { key, before, after }];
        let plan = self.guarded(|work| work.base.plan(&edit));
        if plan.claims() {
            match self.claim(&plan) {
                Ok(reliances) => self.footprint.reliances.extend(reliances),
                Err(violation) => {
                    // What the caller makes of the error depends on these records being as they are.
                    let [Edit { key, .. }] = edit;
                    self.footprint.keys.extend([key, violation.existing.clone()]);
                    return Err(violation.into_error(&self.identity.name));
                }
            }
        }
        let [Edit { key, before, after }] = edit;
        // Keys are compared and cloned in here, and a plan without its record would be a mistake.
        self.guarded(|work| {
            if work.fork.is_some() {
                work.behind.insert(key.clone());
            }
            work.writes.insert(key, after);
            work.pending.append(plan);
        });
        Ok(self.shown(before))
    }

    /// Carries out on the fork what is pending; makes the fork where there is none.
    fn catch_up(&mut self) {
        let is_up_to_date = self.fork.is_some() && self.behind.is_empty();
        if is_up_to_date || self.writes.is_empty() {
            return;
        }
        let plan = std::mem::take(&mut self.pending);
        let behind = std::mem::take(&mut self.behind);
        self.guarded(|Self { fork, base, writes, .. }| match fork {
            Some(fork) => {
                let written = |key| writes.held_at(key);
                fork.apply(plan, behind.iter().filter_map(written));
            }
            None => fork.insert(base.fork()).apply(plan, writes.iter_held()),
        });
    }

    /// Does what calls functions of the user's. If one panics the transaction can't commit, except
    /// without the part of it in which that was.
    fn guarded<R>(&mut self, act: impl FnOnce(&mut Self) -> R) -> R {
        let was_broken = std::mem::replace(&mut self.broken, true);
        let result = act(self);
        self.broken = was_broken;
        result
    }

    /// The tip's table with the writes in it.
    fn carry_over(&mut self, tip: &Table<T>) -> Result<Table<T>> {
        let plan = if self.fork.is_some() {
            self.plan_anew(tip)
        } else {
            std::mem::take(&mut self.pending)
        };
        // In the base the writes were allowed.
        let is_base = std::ptr::eq(tip, &raw const *self.base);
        if !is_base && let Err(violation) = tip.check(&plan, Handover::Allowed) {
            // The value was free where the transaction looked: run again, it will see who has it.
            return Err(self.conflict(text(&violation.existing)));
        }
        let mut table = tip.fork();
        table.apply(plan, self.writes.iter_held());
        Ok(table)
    }

    fn plan_anew(&self, tip: &Table<T>) -> Plan<T::Key, T> {
        let edit = |(key, after): (&T::Key, &Option<Row<T>>)| Edit {
            key: key.clone(),
            before: tip.rows().get(key).cloned(),
            after: after.clone(),
        };
        tip.plan(&self.writes.iter().map(edit).collect::<Vec<_>>())
    }

    /// A key that was written and has changed in `tip` since, as text.
    fn lost_write(&self, tip: &Table<T>) -> Option<String> {
        let (base, tip) = (self.base.rows(), tip.rows());
        if base.is_same(tip) {
            return None;
        }
        let changed = |key: &&T::Key| base.get(*key) != tip.get(*key);
        self.writes.iter().map(|(key, _)| key).find(changed).map(text)
    }

    fn conflict(&self, key: String) -> Error {
        Error::Conflict { collection: self.identity.name.clone(), key }
    }
}

impl<T: Record> Debug for Work<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work")
            .field("collection", &self.identity.name)
            .field("writes", &self.writes.len())
            .finish_non_exhaustive()
    }
}
