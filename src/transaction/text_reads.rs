//! What a transaction searched for in a full-text index.
//!
//! A search that is not ranked depends on which records it found, and on no more: whether a record is among them depends
//! on that record alone, so those whose texts changed are asked again, by what the base has of them and by what the tip
//! has.
//!
//! Ranks depend on all texts, since the weight of a word is how rare it is among them. So does what a ranked search found, where a limit
//! cuts it off. Then any change of any text is a clash.

use crate::table::key::text;
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::text::plan::Plan;

/// The searches of one index.
#[derive(Default)]
pub(crate) struct TextReads {
    found: Vec<Plan>,
    is_ranked: bool,
}

impl TextReads {
    /// Notes what was searched for, and whether the results were ranked.
    pub(crate) fn note(&mut self, plan: Plan, is_ranked: bool) {
        self.is_ranked |= is_ranked;
        if !self.found.contains(&plan) {
            self.found.push(plan);
        }
    }

    /// Where `tip` gives other results than `base`, as text.
    pub(super) fn clash<T: Record>(
        &self,
        place: usize,
        base: &Table<T>,
        tip: &Table<T>,
    ) -> Option<String> {
        let (before, now) = (base.text_at(place), tip.text_at(place));
        let mut changed = before.documents().diff(now.documents()).map(|(key, ..)| key);
        let is_clash = |key: &&T::Key| {
            let differs = |plan: &Plan| before.holds(plan, key) != now.holds(plan, key);
            self.is_ranked || self.found.iter().any(differs)
        };
        changed.find(is_clash).map(|key| format!("the text of {}", text(key)))
    }
}
