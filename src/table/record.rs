//! What a type must be to live in a collection.

use crate::schema::Schema;
use crate::table::deadline::nanos_of;
use crate::table::index::{Index, IndexHandle};
use crate::table::key::Key;
use crate::table::keyed::KeyedIndex;
use crate::table::reading::Previous;
use crate::table::secondary::Secondary;
#[cfg(feature = "text")]
use crate::table::text::{handle::Text, index::TextIndex};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// A type whose values are the records of a collection.
///
/// `#[derive(Record)]` writes the implementation; by hand it looks like this:
///
/// ```
/// use folio::{Fields, Index, Indexes, Record, Schema, Store, TypeRef, Types, Unique};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Clone)]
/// struct City { id: u32, name: String, country: String }
///
/// impl City {
///     pub const NAME: Unique<City, String> = Unique::new("name", |city, emit| emit(city.name.clone()));
///     pub const COUNTRY: Index<City, String> = Index::new("country", |city, emit| emit(city.country.clone()));
/// }
///
/// impl Schema for City {
///     fn describe(types: &mut Types) -> TypeRef {
///         types.structure::<City>("City", |fields: &mut Fields| {
///             fields.field::<u32>("id");
///             fields.field::<String>("name");
///             fields.field::<String>("country");
///         })
///     }
/// }
///
/// impl Record for City {
///     type Key = u32;
///     const NAME: &'static str = "cities";
///     fn key(&self) -> u32 { self.id }
///     fn indexes() -> Indexes<Self> { Indexes::new().with(City::NAME).with(City::COUNTRY) }
/// }
///
/// # fn main() -> folio::Result<()> {
/// let store = Store::in_memory();
/// let cities = store.collection::<City>()?;
/// cities.put(City { id: 1, name: "Paris".into(), country: "France".into() })?;
/// assert_eq!(cities.find(City::NAME, "Paris").unwrap().country, "France");
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    label = "this type can't live in a collection",
    note = "add `#[derive(folio::Record, serde::Serialize, serde::Deserialize, Clone)]` and mark its key with `#[key]`"
)]
pub trait Record: Schema + Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// What a record is found by.
    type Key: Key;

    /// The collection's name on disk. It stays when the Rust type is renamed or moved.
    const NAME: &'static str;

    /// The version of the type, which counts changes of meaning: a record that was stored as a
    /// smaller version is converted through [`previous`](Self::previous). Changes that names bridge,
    /// such as new fields with defaults, do not need another version.
    const VERSION: u32 = 1;

    /// Whether the records lie in a hash map instead of an ordered one: `#[record(unordered)]`.
    ///
    /// What looks for keys is O(1) then, expected, instead of O(log n): `get`, `get_all`, `contains`, the
    /// records that an index leads to, and the reading part of writes. It pays for keys that own memory, such
    /// as strings: of 30,000 to a million records with emails for keys, one was found in about half the time
    /// by `get`, and in a third by the `get` of a view, which counts no reference. Keys that are small and own
    /// nothing, such as integers, are found as quickly in order. A write copies more than in an ordered map
    /// and takes up to twice as long in memory; so does loading. Memory is the same within a tenth or so.
    ///
    /// What is given up is the order of the keys:
    ///
    /// - `range`, `prefix`, `first`, `last` and `remove_range` do not compile. Indexes are ordered as
    ///   ever: give a field of the key an index where it is to be looked through in order.
    /// - `iter` and `keys` come in an order that means nothing. It is the same for as long as one looks at
    ///   one version, from either end, and another after the store was opened anew.
    /// - A transaction that iterates depends on all records, from the first one that it is given: any
    ///   change of the collection by others is a conflict then. Reading single keys depends on these alone,
    ///   and `is_empty` on the number of records.
    /// - [`next_id`](crate::Transaction::next_id) stays ahead of every integer key that there has been since
    ///   the store was opened, also of those that were removed.
    ///
    /// It is a matter of this type and of this process alone. Nothing of it is on disk or in the schema: the
    /// same store opens with it and without it.
    ///
    /// ```
    /// use folio::{Record, Store};
    ///
    /// #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// #[record(name = "sessions", unordered)]
    /// struct Session {
    ///     #[key]
    ///     token: String,
    ///     #[index]
    ///     user: u64,
    /// }
    ///
    /// # fn main() -> folio::Result<()> {
    /// let sessions = Store::in_memory().collection::<Session>()?;
    /// sessions.put(Session { token: "e5f0".into(), user: 7 })?;
    /// sessions.put(Session { token: "1c9a".into(), user: 7 })?;
    /// assert!(sessions.contains("1c9a"));
    /// let view = sessions.view();
    /// assert_eq!(view.iter().count(), 2);
    /// assert_eq!(view.by(Session::USER).get(&7).count(), 2);
    /// # Ok(()) }
    /// ```
    ///
    /// What needs an order does not compile:
    ///
    /// ```compile_fail,E0080
    /// # use folio::{Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # #[record(name = "sessions", unordered)]
    /// # struct Session { #[key] token: String }
    /// # fn main() -> folio::Result<()> {
    /// # let sessions = Store::in_memory().collection::<Session>()?;
    /// let first = sessions.first();
    /// # Ok(()) }
    /// ```
    const UNORDERED: bool = false;

    /// When a record expires, where the type says so: `#[record(expires = field)]`, for a field of type
    /// [`SystemTime`] or `Option<SystemTime>` ([`Deadline`](crate::Deadline)).
    ///
    /// From its deadline on a record does not exist for anybody: it is not read, counted or found by any
    /// index, its key and its unique values are free, and `update` does not find it. A snapshot and a
    /// transaction look at the clock once, when they begin, so within one of them no record goes away.
    /// A *sweeper* in the background removes what is expired ([`Options::sweep`](crate::Options::sweep));
    /// nobody can tell what it has removed from what it will. The page [`docs::expiry`](crate::docs::expiry)
    /// has the rest.
    ///
    /// The function must depend on the record alone. It is called for each record that is read, and must
    /// not use the store. The deadlines are in an index that the store keeps for itself: a write that
    /// changes one takes as long as one that changes an indexed field. What asks for the number of records,
    /// `len` and `is_empty`, is O(records that are expired and not swept yet) instead of O(1).
    ///
    /// It is a matter of this type and of this process alone, and nothing of it is on disk: a field that was
    /// there before may become the deadline, and cease to be it.
    ///
    /// ```
    /// use folio::{Record, Store};
    /// use std::time::{Duration, SystemTime};
    ///
    /// #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// #[record(name = "sessions", expires = until)]
    /// struct Session {
    ///     #[key]
    ///     token: String,
    ///     until: Option<SystemTime>,
    /// }
    ///
    /// # fn main() -> folio::Result<()> {
    /// let sessions = Store::in_memory().collection::<Session>()?;
    /// let now = SystemTime::now();
    /// let session = |token: &str, until| Session { token: token.into(), until };
    /// sessions.put(session("over", Some(now)))?;
    /// sessions.put(session("open", Some(now + Duration::from_hours(1))))?;
    /// sessions.put(session("for ever", None))?;
    /// assert!(sessions.contains("open") && !sessions.contains("over"));
    /// assert_eq!(sessions.len(), 2);
    /// # Ok(()) }
    /// ```
    const EXPIRES: Option<fn(&Self) -> Option<SystemTime>> = None;

    /// The key of this record. The same record must always give the same key.
    fn key(&self) -> Self::Key;

    /// The indexes of the collection.
    fn indexes() -> Indexes<Self>;

    /// The fields that the key is made of, by the names under which they are stored, in the order of
    /// the parts of the key; numbers for fields without names. They are stored with the records, so
    /// that tools know the key of a record without its Rust type. None where the key is not just
    /// fields.
    #[must_use]
    fn key_fields() -> &'static [&'static str] {
        &[]
    }

    /// The earlier type that this one migrates from, if there is one.
    #[must_use]
    fn previous() -> Option<Previous<Self>> {
        None
    }
}

/// The indexes of a record type.
pub struct Indexes<T: Record> {
    indexes: Vec<Arc<dyn Secondary<T::Key, T>>>,
}

impl<T: Record> Indexes<T> {
    /// No index.
    #[must_use]
    pub fn new() -> Self {
        Self { indexes: Vec::new() }
    }

    /// These and one more. Of two indexes with one name, one key type and one order,
    /// lookups see the first.
    #[must_use]
    pub fn with<I: IndexHandle<T>>(mut self, index: I) -> Self {
        self.indexes.push(Arc::new(KeyedIndex::<T::Key, T, I::Key, I::Order>::of(index)));
        self
    }

    /// These and a full-text index.
    #[cfg(feature = "text")]
    #[must_use]
    pub fn with_text(mut self, text: Text<T>) -> Self {
        self.indexes.push(Arc::new(TextIndex::<T::Key, T>::of(text)));
        self
    }

    /// The indexes themselves, with nothing in them yet; behind them that of the deadlines, where there
    /// are any.
    pub(crate) fn into_empty(self) -> Vec<Arc<dyn Secondary<T::Key, T>>> {
        if T::EXPIRES.is_none() {
            return self.indexes;
        }
        self.with(deadlines()).indexes
    }
}

impl<T: Record> Default for Indexes<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Record> fmt::Debug for Indexes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Indexes").field("count", &self.indexes.len()).finish()
    }
}

/// The name of the index of deadlines, which no field can have.
const DEADLINES: &str = "#expires";

/// The index of a table's own that has the deadlines of its records in order, in nanoseconds since 1970.
fn deadlines<T: Record>() -> Index<T, u64> {
    Index::comparing(
        DEADLINES,
        |record, emit| {
            if let Some(deadline) = deadline_of(record) {
                emit(deadline);
            }
        },
        |before, after| deadline_of(before) == deadline_of(after),
    )
}

fn deadline_of<T: Record>(record: &T) -> Option<u64> {
    T::EXPIRES?(record).map(nanos_of)
}
