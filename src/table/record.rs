//! What a type must be to live in a collection.

use crate::schema::Schema;
use crate::table::index::IndexHandle;
use crate::table::key::Key;
use crate::table::ordered::OrderedIndex;
use crate::table::reading::Previous;
use crate::table::secondary::Secondary;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;

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

    /// These and one more. Of two indexes with one name and one key type, lookups see the first.
    #[must_use]
    pub fn with<I: IndexHandle<T>>(mut self, index: I) -> Self {
        self.indexes.push(Arc::new(OrderedIndex::<T::Key, T, I::Key>::of(index)));
        self
    }

    /// The indexes themselves, with nothing in them yet.
    pub(crate) fn into_empty(self) -> Vec<Arc<dyn Secondary<T::Key, T>>> {
        self.indexes
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
