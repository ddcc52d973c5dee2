//! Queries: which records are wanted, said by conditions, an order and a limit; and how they are found.
//!
//! # What is promised, and what is chosen
//!
//! What a query gives depends on the records alone, in contents and in order: all that satisfy its
//! conditions, each once, in the order of their keys, or in that of an index where it asks for one. How they
//! are found is chosen anew each time ([`plan`]), from what the indexes have at that moment. It makes no
//! difference but to the time, and, in a transaction, to what the transaction depends on. That is why the
//! numbers on which the choice rests need not be noted as read: had they been others, the result would have been
//! the same. A plan that gave another order, or other records where there is a limit, would break this.
//!
//! # The parts
//!
//! - [`condition`]: what users write, a tree of conditions. Those on indexes are typed when they are
//!   written and then stand behind [`on_index::IndexCondition`], so that everything else is made once for each
//!   record type, and only for those that are queried.
//! - [`order`]: the order of an index, along its entries or by sorting what was found.
//! - [`readers`] and [`reader`]: the reads that a query is made of (rows in a span, primary keys by an index, rows by
//!   their keys), in a view and in a transaction. In a transaction they note what they gave out, as they do for
//!   everybody else: there is no other way of reading here.
//! - [`wanted`]: all that a query says. [`plan`]: which of the reads to use. [`run`]: using them. [`explain`]: saying so.
//!
//! Functions of the user's (conditions that are closures) run outside of the transaction's workspace, so
//! that they may use the transaction.

mod condition;
mod explain;
mod on_index;
mod order;
mod plan;
pub(crate) mod reader;
mod readers;
mod run;
mod source;
mod wanted;

pub use condition::Condition;
pub use source::QuerySource;

use crate::collection::in_transaction::TxCollection;
use crate::collection::live::Collection;
use crate::collection::view::View;
use crate::table::index::{Index, IndexHandle};
use crate::table::key::{KeyPart, KeyRange, Prefix};
use crate::table::order::{IndexOrder, Ordered};
use crate::table::record::Record;
use crate::table::reference::Ref;
use order::ByIndex;
use std::collections::BTreeMap;
use std::fmt;
use wanted::Wanted;

/// A question to a collection: the records that satisfy all of some conditions, in the order of their keys
/// or of an index.
///
/// Made by `query()` of a [`View`], a [`Collection`] (which takes a view of its newest version)
/// or a [`TxCollection`]. Nothing is read before it is asked for records ([`iter`](Self::iter),
/// [`collect`](Self::collect), [`first`](Self::first)) or for numbers ([`count`](Self::count),
/// [`group_count`](Self::group_count)). Then the cheapest way is chosen by the numbers of entries that the
/// indexes have for it; [`explain`](Self::explain) says which.
///
/// The result is the same whichever way is taken: each record once, in the order of the keys, or as
/// [`order_by`](Self::order_by) says. In a transaction it becomes part of the footprint as far as it was
/// consumed: the entries and the records that the way led past. The page [`docs::queries`](crate::docs::queries) has
/// what each way costs, and when iterators are as good.
///
/// ```
/// # use folio::{Condition, Record, Store};
/// # use serde::{Deserialize, Serialize};
/// #[derive(Record, Serialize, Deserialize, Clone)]
/// struct User {
///     #[key]
///     id: u64,
///     #[index]
///     city: String,
///     #[index]
///     age: u8,
///     name: String,
/// }
///
/// # fn main() -> folio::Result<()> {
/// # let store = Store::in_memory();
/// let users = store.collection::<User>()?;
/// # for (id, (name, city, age)) in (1..).zip([("Ada", "London", 36), ("Bob", "Paris", 28), ("Cy", "London", 19)]) {
/// #     users.put(User { id, name: name.into(), city: city.into(), age })?;
/// # }
/// let young = users.query().eq(User::CITY, "London").range(User::AGE, 18..30);
/// assert_eq!(young.first().unwrap().name, "Cy");
///
/// let view = users.view();
/// let names: Vec<&str> = view
///     .query()
///     .filter(|user| user.name.len() <= 3)
///     .any([Condition::eq(User::CITY, "Paris"), Condition::range(User::AGE, 30..)])
///     .order_by(User::AGE)
///     .descending()
///     .limit(5)
///     .iter()
///     .map(|user| user.name.as_str())
///     .collect();
/// assert_eq!(names, ["Ada", "Bob"]);
/// # Ok(()) }
/// ```
#[must_use = "a query reads nothing until it is asked for records or numbers"]
pub struct Query<'c, S, T: Record> {
    source: S,
    wanted: Wanted<'c, T>,
}

impl<'c, S: QuerySource<T>, T: Record> Query<'c, S, T> {
    fn new(source: S) -> Self {
        let wanted = Wanted {
            conditions: Vec::new(),
            order: None,
            descending: false,
            offset: 0,
            limit: None,
        };
        Self { source, wanted }
    }

    /// Only records that satisfy this condition, beside those that were given before.
    pub fn matching(mut self, condition: Condition<'c, T>) -> Self {
        condition.split_into(&mut self.wanted.conditions);
        self
    }

    /// Only records that an index has under this key: [`Condition::eq`].
    pub fn eq<I: IndexHandle<T>>(self, index: I, key: impl KeyPart<I::Key>) -> Self {
        self.matching(Condition::eq(index, key))
    }

    /// Only records that an index has under one of these keys: [`Condition::one_of`].
    pub fn one_of<I, P>(self, index: I, keys: P) -> Self
    where
        I: IndexHandle<T>,
        P: IntoIterator<Item: KeyPart<I::Key>>,
    {
        self.matching(Condition::one_of(index, keys))
    }

    /// Only records that an index has under a key in this range: [`Condition::range`].
    pub fn range<I>(self, index: I, range: impl KeyRange<I::Key>) -> Self
    where
        I: IndexHandle<T, Order = Ordered>,
    {
        self.matching(Condition::range(index, range))
    }

    /// Only records that an index has under a key with this beginning: [`Condition::prefix`].
    pub fn prefix<I>(self, index: I, prefix: impl Prefix<I::Key>) -> Self
    where
        I: IndexHandle<T, Order = Ordered>,
    {
        self.matching(Condition::prefix(index, prefix))
    }

    /// Only records whose own keys lie in this range: [`Condition::key_range`].
    pub fn key_range(self, range: impl KeyRange<T::Key>) -> Self {
        self.matching(Condition::key_range(range))
    }

    /// Only records whose own keys begin like this: [`Condition::key_prefix`].
    pub fn key_prefix(self, prefix: impl Prefix<T::Key>) -> Self {
        self.matching(Condition::key_prefix(prefix))
    }

    /// Only records that refer to this one, by an index on the field that does.
    pub fn referring<R: Record, O: IndexOrder>(self, index: Index<T, Ref<R>, O>, to: &R) -> Self {
        self.eq(index, Ref::to(to))
    }

    /// Only records of which this holds. The closure is called for each record that the other
    /// conditions leave.
    pub fn filter(self, holds: impl Fn(&T) -> bool + 'c) -> Self {
        self.matching(Condition::filter(holds))
    }

    /// Only records that satisfy at least one of these conditions: [`Condition::any`].
    pub fn any(self, conditions: impl IntoIterator<Item = Condition<'c, T>>) -> Self {
        self.matching(Condition::any(conditions))
    }

    /// In the order of this index, and under one of its keys in the order of the records' own.
    ///
    /// Records that the index leaves out are left out. A record that it has under several keys comes
    /// once, at the first of them that the first [`range`](Self::range) or [`prefix`](Self::prefix) on the same index
    /// lets in; [`descending`](Self::descending), at the last.
    pub fn order_by<I>(mut self, index: I) -> Self
    where
        I: IndexHandle<T, Order = Ordered>,
    {
        self.wanted.order = Some(Box::new(ByIndex::new(index)));
        self
    }

    /// In the opposite order.
    pub fn descending(mut self) -> Self {
        self.wanted.descending = true;
        self
    }

    /// Without the first `offset` records. They are found all the same: the cost grows with the number.
    /// To go through many pages, let each begin behind the last key of the one before.
    pub fn offset(mut self, offset: usize) -> Self {
        self.wanted.offset = offset;
        self
    }

    /// At most this many records.
    pub fn limit(mut self, limit: usize) -> Self {
        self.wanted.limit = Some(limit);
        self
    }

    /// The records, found as they are asked for as far as the plan allows: see
    /// [`explain`](Self::explain). In a transaction they are those that there are when this is called.
    ///
    /// # Panics
    ///
    /// If `T::indexes()` does not list an index that the query names; the derive always does.
    pub fn iter(&self) -> QueryRecords<'_, S::Found> {
        QueryRecords {
            records: Box::new(run::rows(&self.source.reader(), &self.wanted).map(S::give)),
        }
    }

    /// The records, in a list.
    ///
    /// # Panics
    ///
    /// Like [`iter`](Self::iter).
    #[must_use]
    pub fn collect(&self) -> Vec<S::Found> {
        self.iter().collect()
    }

    /// The first of the records. With [`order_by`](Self::order_by) that is the one with the least key
    /// of an index; [`descending`](Self::descending), with the greatest. The way is chosen for one record:
    /// it is that of [`limit(1)`](Self::limit).
    ///
    /// # Panics
    ///
    /// Like [`iter`](Self::iter).
    #[must_use]
    pub fn first(&self) -> Option<S::Found> {
        run::first(&self.source.reader(), &self.wanted).map(S::give)
    }

    /// How many records there are. Where one index, or several, answer the conditions, no record is
    /// looked at, unless the type's records [expire](Record::EXPIRES); a transaction then depends on the entries
    /// alone.
    ///
    /// # Panics
    ///
    /// Like [`iter`](Self::iter).
    #[must_use]
    pub fn count(&self) -> usize {
        run::count(&self.source.reader(), &self.wanted)
    }

    /// How many of the records an index has under each of its keys. A record that it has under several
    /// counts for each; one that it leaves out for none. O(records of the query).
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct User { #[key] id: u64, #[index] city: String, age: u8 }
    /// # fn main() -> folio::Result<()> {
    /// # let users = Store::in_memory().collection::<User>()?;
    /// users.put(User { id: 1, city: "London".into(), age: 36 })?;
    /// users.put(User { id: 2, city: "London".into(), age: 17 })?;
    /// let adults = users.query().filter(|user| user.age >= 18).group_count(User::CITY);
    /// assert_eq!(adults["London"], 1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    ///
    /// Like [`iter`](Self::iter).
    pub fn group_count<I: IndexHandle<T>>(&self, index: I) -> BTreeMap<I::Key, usize> {
        run::group_count(&self.source.reader(), &self.wanted, index)
    }

    /// How the records would be found now, for people: which indexes are read and how many entries they
    /// have for it, what is checked on the records, and where it is sorted. Numbers up to 64 are exact, those behind
    /// `about` an estimate. The text may change from one release to the next. In a transaction nothing becomes part of
    /// the footprint.
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct User { #[key] id: u64, #[index] city: String, age: u8 }
    /// # fn main() -> folio::Result<()> {
    /// # let users = Store::in_memory().collection::<User>()?;
    /// users.put_all((0..100).map(|id| User { id, city: format!("city {}", id % 50), age: 36 }))?;
    /// let query = users.query().eq(User::CITY, "city 7").filter(|user| user.age > 18);
    /// assert_eq!(query.explain(), "read index `city` at \"city 7\": 2 entries\ncheck a closure\n");
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    ///
    /// Like [`iter`](Self::iter).
    #[must_use]
    pub fn explain(&self) -> String {
        explain::text(&self.source.reader(), &self.wanted)
    }
}

impl<S, T: Record> fmt::Debug for Query<'_, S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("collection", &T::NAME)
            .field("conditions", &self.wanted.conditions)
            .finish_non_exhaustive()
    }
}

impl<'q, S: QuerySource<T>, T: Record> IntoIterator for &'q Query<'_, S, T> {
    type Item = S::Found;
    type IntoIter = QueryRecords<'q, S::Found>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The records of a [`Query`].
pub struct QueryRecords<'q, R> {
    records: Box<dyn Iterator<Item = R> + 'q>,
}

impl<R> Iterator for QueryRecords<'_, R> {
    type Item = R;

    fn next(&mut self) -> Option<R> {
        self.records.next()
    }
}

impl<R> fmt::Debug for QueryRecords<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryRecords").finish_non_exhaustive()
    }
}

impl<T: Record> View<T> {
    /// A question to this version, that gives `&T`.
    pub fn query<'c>(&self) -> Query<'c, &Self, T> {
        Query::new(self)
    }
}

impl<T: Record> Collection<T> {
    /// A question to the newest version as it is when this is called, that gives `Arc<T>`.
    pub fn query<'c>(&self) -> Query<'c, View<T>, T> {
        Query::new(self.view())
    }
}

impl<T: Record> TxCollection<'_, T> {
    /// A question to the collection as the transaction sees it, that gives `Arc<T>`; safe while writing.
    pub fn query<'c>(&self) -> Query<'c, Self, T> {
        Query::new(*self)
    }
}
