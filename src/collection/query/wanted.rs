//! What is wanted, whichever way it is found.

use crate::collection::query::condition::{Condition, Tree};
use crate::collection::query::on_index::IndexCondition;
use crate::collection::query::order::IndexOrdering;
use crate::table::record::Record;

/// What is wanted.
pub(crate) struct Wanted<'c, T: Record> {
    /// All of them must hold.
    pub(super) conditions: Vec<Condition<'c, T>>,
    pub(super) order: Option<Box<dyn IndexOrdering<T>>>,
    pub(super) descending: bool,
    pub(super) offset: usize,
    pub(super) limit: Option<usize>,
}

impl<T: Record> Wanted<'_, T> {
    /// How many records are found if there are enough and this many are asked for, those before the offset
    /// included.
    pub(super) fn most(&self, limit: Option<usize>) -> Option<usize> {
        limit.map(|limit| limit.saturating_add(self.offset))
    }

    /// The condition on the index that gives the order which tells what of it is gone through, and its
    /// place.
    pub(super) fn within(
        &self,
        order: &dyn IndexOrdering<T>,
    ) -> Option<(usize, &dyn IndexCondition<T>)> {
        self.conditions.iter().enumerate().find_map(|(place, condition)| match &condition.tree {
            Tree::Index(condition) if order.fits(&**condition) => Some((place, &**condition)),
            _ => None,
        })
    }

    /// The conditions that are left to be checked where those at some places are answered.
    pub(super) fn unanswered(&self, answered: &[usize]) -> Vec<&Condition<'_, T>> {
        let conditions = self.conditions.iter().enumerate();
        conditions.filter(|(place, _)| !answered.contains(place)).map(|(_, of)| of).collect()
    }

    /// What is left of a number of records by the offset and the limit.
    pub(super) fn part_of(&self, found: usize) -> usize {
        found.saturating_sub(self.offset).min(self.limit.unwrap_or(usize::MAX))
    }
}
