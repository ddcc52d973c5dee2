//! What a search of texts asks of a table, and what that comes to.

use crate::table::expiry::Moment;
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::table::text::handle::Text;
use crate::text::plan::Plan;
use crate::text::query::TextQuery;

/// What a search is for.
pub(crate) struct Asked<T> {
    pub(super) text: Text<T>,
    pub(super) query: TextQuery,
    pub(super) is_ranked: bool,
    pub(super) offset: usize,
    pub(super) limit: usize,
}

/// What a search of a table comes to.
pub(crate) struct Answer<'a, T: Record> {
    pub(crate) plan: Plan,
    pub(crate) hits: Vec<(&'a T::Key, f64)>,
}

impl<T: Record> Asked<T> {
    pub(super) fn new(text: Text<T>, query: TextQuery) -> Self {
        Self { text, query, is_ranked: true, offset: 0, limit: usize::MAX }
    }

    /// The place of the index in a table.
    pub(crate) fn place(&self, table: &Table<T>) -> usize {
        table.place_of_text(self.text)
    }

    /// What the search comes to; `None` where it asks for nothing.
    pub(crate) fn answer<'a>(
        &self,
        table: &'a Table<T>,
        moment: Moment,
        is_ranked: bool,
    ) -> Option<Answer<'a, T>> {
        let index = table.text_at(self.place(table));
        let plan = self.query.plan(index.text().language())?;
        let mut found = index.find(&plan);
        if T::EXPIRES.is_some() {
            found.keys.retain(|key| table.at(moment).get(*key).is_some());
        }
        let most = self.offset.saturating_add(self.limit);
        let mut hits = if is_ranked {
            index.rank(found, most)
        } else {
            found.keys.into_iter().take(most).map(|key| (key, 0.0)).collect()
        };
        hits.drain(..self.offset.min(hits.len()));
        Some(Answer { plan, hits })
    }
}
