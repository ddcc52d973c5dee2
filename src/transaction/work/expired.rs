//! Removing what is expired: all that is, for the sweeper, and what stands in the way of a write.

use super::Work;
use crate::persistent::Map;
use crate::table::plan::Plan;
use crate::table::record::Record;
use crate::table::rows::PlacedReliance;
use crate::table::secondary::{Edit, Handover, Violation};

impl<T: Record> Work<T> {
    /// Removes up to `most` of the records that are expired, those that expired first at first; returns how
    /// many. Nothing was written before.
    ///
    /// It needs no footprint but its writes: whoever replaced or removed one of these records since is a
    /// conflict, and to leave out one that expired as well is always right.
    pub(crate) fn remove_expired(&mut self, most: usize) -> usize {
        let keys = self.base.expired(self.moment).take(most).cloned();
        let mut edits: Vec<_> =
            keys.map(|key| Edit { before: self.peek(&key), key, after: None }).collect();
        // Without a row there is nothing to remove, except for whom `expires` gave two answers.
        edits.retain(|edit| edit.before.is_some());
        edits.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        let plan = self.guarded(|work| work.base.plan(&edits));
        let count = edits.len();
        self.guarded(|work| {
            work.writes = Map::from_sorted(edits.into_iter().map(|edit| (edit.key, None)));
            work.pending.append(plan);
        });
        count
    }

    /// Checks that the unique keys are free that a write claims. A record that has one of them and is expired
    /// makes room: it is removed, as a write of the same transaction.
    pub(super) fn claim(
        &mut self,
        plan: &Plan<T::Key, T>,
    ) -> Result<Vec<PlacedReliance<T>>, Violation<T::Key>> {
        loop {
            let violation = match self.table().check(plan, Handover::Refused) {
                Err(violation) if T::EXPIRES.is_some() => violation,
                result => return result,
            };
            let row = self.peek(&violation.existing).filter(|row| !self.moment.shows(&**row));
            let Some(row) = row else { return Err(violation) };
            let edit = [Edit { key: violation.existing, before: Some(row), after: None }];
            let removal = self.guarded(|work| work.base.plan(&edit));
            let [Edit { key, .. }] = edit;
            self.guarded(|work| {
                if work.fork.is_some() {
                    work.behind.insert(key.clone());
                }
                work.writes.insert(key, None);
                work.pending.append(removal);
            });
        }
    }
}
