//! Writing many records at once.

use super::Work;
use crate::persistent::Map;
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::table::secondary::{Edit, Handover, Row};

/// A key and the record that it is to have; `None` to remove it.
pub(crate) type Write<T> = (<T as Record>::Key, Option<Row<T>>);

/// What a batch asks of the keys that it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    New,
    Any,
}

impl<T: Record> Work<T> {
    /// Does what [`Self::write`] does for each of these in turn, at once; returns how many records were
    /// set or removed. `None` where the turns matter or one would be refused: nothing is changed then, nor
    /// where an index function panics.
    pub(crate) fn write_batch(&mut self, mut writes: Vec<Write<T>>, keys: Keys) -> Option<usize> {
        writes.sort_by(|(one, _), (other, _)| one.cmp(other));
        // What is removed twice is removed once.
        writes.dedup_by(|(later, after), (first, _)| after.is_none() && later == first);
        if !writes.is_sorted_by(|(one, _), (other, _)| one < other) {
            return None;
        }
        let is_first = self.writes.is_empty() && self.base.rows().is_empty();
        if is_first { self.fill(writes) } else { self.edit(writes, keys) }
    }

    /// Writes the first records of an empty collection; their keys are in order.
    fn fill(&mut self, writes: Vec<Write<T>>) -> Option<usize> {
        let present = |(key, after): &Write<T>| Some((key.clone(), after.clone()?));
        let rows: Vec<_> = writes.iter().filter_map(present).collect();
        let count = rows.len();
        if count > 0 {
            let table = Table::build(rows).ok()?;
            self.footprint.reliances.extend(table.reliances_on_all());
            self.fork = Some(table);
        }
        let (idle, writes) =
            writes.into_iter().partition::<Vec<_>, _>(|(_, after)| after.is_none());
        self.footprint.keys.extend(idle.into_iter().map(|(key, _)| key));
        self.writes = Map::from_sorted(writes);
        Some(count)
    }

    /// Writes records whose keys are in order.
    fn edit(&mut self, writes: Vec<Write<T>>, keys: Keys) -> Option<usize> {
        let edits: Vec<_> = writes
            .into_iter()
            .map(|(key, after)| Edit { before: self.peek(&key), key, after })
            .collect();
        let is_shown = |row: &Row<T>| self.moment.shows(&**row);
        if keys == Keys::New && edits.iter().any(|edit| edit.before.as_ref().is_some_and(is_shown))
        {
            return None;
        }
        // An expired record is not there to be removed.
        let is_idle =
            |edit: &Edit<_, _>| edit.after.is_none() && !edit.before.as_ref().is_some_and(is_shown);
        let (idle, edits) = edits.into_iter().partition::<Vec<_>, _>(is_idle);
        let plan = self.base.plan(&edits);
        if plan.claims() {
            let reliances = self.table().check(&plan, Handover::Refused).ok()?;
            self.footprint.reliances.extend(reliances);
        }
        self.footprint.keys.extend(idle.into_iter().map(|edit| edit.key));
        let changes: Vec<_> = edits.into_iter().map(|edit| (edit.key, edit.after)).collect();
        let count = changes.len();
        self.guarded(|work| {
            if work.fork.is_some() {
                work.behind.extend(changes.iter().map(|(key, _)| key.clone()));
            }
            if work.writes.is_empty() {
                work.writes = Map::from_sorted(changes);
            } else {
                for (key, after) in changes {
                    work.writes.insert(key, after);
                }
            }
            work.pending.append(plan);
        });
        Some(count)
    }
}
