//! Searching texts, in a view and in a transaction.

use crate::collection::asked::Asked;
use crate::collection::in_transaction::TxCollection;
use crate::collection::live::Collection;
use crate::collection::query::QuerySource;
use crate::collection::query::reader::Reader;
use crate::collection::view::View;
use crate::table::record::Record;
use crate::table::text::handle::Text;
use crate::text::query::TextQuery;
use std::fmt;
use std::ops::Deref;

/// A search of a full-text index: the records whose texts have what a [`TextQuery`] asks for, the best first.
///
/// Made by `search()` of a [`View`], a [`Collection`] (which takes a view of its newest version) or a [`TxCollection`].
/// Nothing is read before it is asked for [`hits`](Self::hits) or their [number](Self::count).
///
/// # What it costs
///
/// All words are looked up in the index, and of what all of them must have, those few records that have the rarest are
/// held against the other words: O(such records × words × log n). The word that most records have is as dear alone as there
/// are such records. A phrase looks at the text of each record that has all its words; nothing else looks at records. With a
/// [`limit`](Self::limit) only so many are sorted.
///
/// # In a transaction
///
/// Scores depend on how rare a word is among all texts, and so does a ranked search: at
/// [`Isolation::Serializable`](crate::Isolation::Serializable) it conflicts with every commit that changes a text of the index. One that is
/// [`unranked`](Self::unranked) depends on which records have what was asked for, and conflicts only with what changes that.
///
/// ```
/// # use folio::{Record, Store};
/// # use serde::{Deserialize, Serialize};
/// #[derive(Record, Serialize, Deserialize, Clone)]
/// struct Article {
///     #[key]
///     id: u64,
///     #[index(text = "english")]
///     body: String,
/// }
///
/// # fn main() -> folio::Result<()> {
/// let articles = Store::in_memory().collection::<Article>()?;
/// articles.put(Article { id: 1, body: "A quick brown fox jumps over a lazy dog.".into() })?;
/// articles.put(Article { id: 2, body: "Foxes are not dogs. A fox is a fox.".into() })?;
/// articles.put(Article { id: 3, body: "Dogs sleep.".into() })?;
///
/// let view = articles.view();
/// let found: Vec<u64> = view.search(Article::BODY, "fox dog").iter().map(|hit| hit.id).collect();
/// assert_eq!(found, [2, 1]);
/// assert_eq!(view.search(Article::BODY, "\"brown fox\" jump*").count(), 1);
/// assert_eq!(articles.search(Article::BODY, "dog -fox").hits()[0].id, 3);
/// # Ok(()) }
/// ```
#[must_use = "a search reads nothing until it is asked for hits"]
pub struct Search<S, T> {
    source: S,
    asked: Asked<T>,
}

impl<S: QuerySource<T>, T: Record> Search<S, T> {
    fn new(source: S, text: Text<T>, query: TextQuery) -> Self {
        Self { source, asked: Asked::new(text, query) }
    }

    /// In the order of the keys instead, and all scores are 0. In a transaction it depends on less then.
    pub fn unranked(mut self) -> Self {
        self.asked.is_ranked = false;
        self
    }

    /// Without the first `offset` hits. They are found all the same.
    pub fn offset(mut self, offset: usize) -> Self {
        self.asked.offset = offset;
        self
    }

    /// At most this many hits.
    pub fn limit(mut self, limit: usize) -> Self {
        self.asked.limit = limit;
        self
    }

    /// The records that were found, the best first; of equally good ones the one with the least key.
    ///
    /// # Panics
    ///
    /// If `T::indexes()` does not list the index; the derive always does.
    #[must_use]
    pub fn hits(&self) -> Vec<Hit<S::Found>> {
        let found = self.source.reader().search(&self.asked).into_iter();
        found.map(|(row, score)| Hit { record: S::give(row), score }).collect()
    }

    /// [`hits`](Self::hits), one after the other.
    pub fn iter(&self) -> std::vec::IntoIter<Hit<S::Found>> {
        self.hits().into_iter()
    }

    /// How many [`hits`](Self::hits) there are. Nothing is ranked, so a transaction depends on what an
    /// [`unranked`](Self::unranked) search depends on.
    ///
    /// # Panics
    ///
    /// Like [`hits`](Self::hits).
    #[must_use]
    pub fn count(&self) -> usize {
        self.source.reader().count_found(&self.asked)
    }
}

impl<S: QuerySource<T>, T: Record> IntoIterator for Search<S, T> {
    type Item = Hit<S::Found>;
    type IntoIter = std::vec::IntoIter<Hit<S::Found>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<S: QuerySource<T>, T: Record> IntoIterator for &Search<S, T> {
    type Item = Hit<S::Found>;
    type IntoIter = std::vec::IntoIter<Hit<S::Found>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<S, T> fmt::Debug for Search<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search")
            .field("index", &self.asked.text.name())
            .field("query", &self.asked.query)
            .finish_non_exhaustive()
    }
}

/// A record that a [`Search`] found, and its score. It dereferences to the record.
#[derive(Debug, Clone)]
pub struct Hit<R> {
    record: R,
    score: f64,
}

impl<R> Hit<R> {
    /// The record.
    pub fn into_record(self) -> R {
        self.record
    }

    /// How well it fits, by BM25: greater is better. It compares with those of the same search alone.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.score
    }
}

impl<R: Deref> Deref for Hit<R> {
    type Target = R::Target;

    fn deref(&self) -> &R::Target {
        &self.record
    }
}

impl<T: Record> View<T> {
    /// Searches a full-text index. A query is what people write, or a [`TextQuery`].
    ///
    /// # Panics
    ///
    /// When it is asked for hits, if `T::indexes()` does not list the index; the derive always does.
    pub fn search(&self, text: Text<T>, query: impl Into<TextQuery>) -> Search<&Self, T> {
        Search::new(self, text, query.into())
    }
}

impl<T: Record> Collection<T> {
    /// Searches a full-text index of a view of the newest version: [`View::search`].
    ///
    /// # Panics
    ///
    /// Like [`View::search`].
    pub fn search(&self, text: Text<T>, query: impl Into<TextQuery>) -> Search<View<T>, T> {
        Search::new(self.view(), text, query.into())
    }
}

impl<T: Record> TxCollection<'_, T> {
    /// Searches a full-text index, with what the transaction itself has written. What it then depends on is told at [`Search`].
    ///
    /// # Panics
    ///
    /// Like [`View::search`].
    pub fn search(&self, text: Text<T>, query: impl Into<TextQuery>) -> Search<Self, T> {
        Search::new(*self, text, query.into())
    }
}
