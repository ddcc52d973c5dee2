//! The records of any collection as values, for tools that don't have their Rust types.

pub(crate) mod entry;
pub(crate) mod in_transaction;
mod stored;

use crate::error::{Error, Result};
use crate::schema::descriptor::Descriptor;
use crate::table::expiry::Moment;
use crate::table::rows::{AnyTable, Table};
use crate::value::Value;
use crate::version::Root;
use crate::version::untyped::{Untyped, UntypedKey};
use std::fmt;
use std::sync::Arc;

/// The records of one collection in one version, as values. Made by
/// [`Snapshot::values`](crate::Snapshot::values).
///
/// It is owned and waits for nobody. Records that were stored by an earlier form of their type have
/// that form's fields, unless the collection was attached as its Rust type meanwhile. Only the Rust type
/// knows whether records [expire](crate::Record::EXPIRES): without it, expired ones are there until they are swept.
///
/// ```
/// # use folio::{Record, Store, Value};
/// #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
/// #[record(name = "cities")]
/// struct City { #[key] id: u32, name: String, people: Option<u64> }
///
/// # fn main() -> folio::Result<()> {
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path();
/// let store = Store::open(path)?;
/// store.collection::<City>()?.put(City { id: 7, name: "Oslo".into(), people: Some(717_710) })?;
/// store.close()?;
///
/// // Another program, which knows nothing of `City`:
/// let store = Store::options().read_only(true).open(path)?;
/// let cities = store.values("cities")?;
/// for entry in cities.iter() {
///     let (key, city) = entry?;
///     assert_eq!(key, Value::from(7));
///     assert_eq!(city.to_json()?, r#"{"id":7,"name":"Oslo","people":717710}"#);
/// }
/// println!("{}", cities.descriptor());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Values {
    name: String,
    table: Arc<dyn AnyTable>,
    descriptor: Arc<Descriptor>,
    moment: Moment,
}

impl Values {
    /// O(1) for a collection that is attached; otherwise O(n log n), for decoding its keys.
    pub(crate) fn of(root: &Root, name: &str, moment: Moment) -> Result<Self> {
        let missing = || Error::NotFound { collection: name.to_owned(), key: None };
        let slot = root.find(name).ok_or_else(missing)?;
        let table = slot.look()?;
        let descriptor = match untyped(&*table) {
            Some(_) => slot.identity().schemas.newest().ok_or_else(missing)?,
            None => Arc::new(table.descriptor()),
        };
        Ok(Self { name: name.to_owned(), table, descriptor, moment })
    }

    /// What the records look like; where they are stored in several forms, the newest.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// The number of records. O(1), but see [`Record::EXPIRES`](crate::Record::EXPIRES).
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len(self.moment)
    }

    /// Whether there are no records. O(1), but see [`Record::EXPIRES`](crate::Record::EXPIRES).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The record with this key, if there is one. The key may be in any form that
    /// [`Descriptor::encode_key`] takes. O(log n), and O(size) to decode the record.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] where the value can't be a key of this collection, [`Error::Decode`] where the
    /// record can't be read.
    pub fn get(&self, key: &Value) -> Result<Option<Value>> {
        let bytes = self.descriptor.encode_key(key)?;
        if let Some(table) = untyped(&*self.table) {
            let key = UntypedKey::new(&self.descriptor, &bytes)?;
            return table.rows().get(&key).map(|row| self.name(row.value())).transpose();
        }
        let record = self.name(self.table.encoded(&bytes, self.moment))?;
        record.map(|record| self.name(self.descriptor.decode(&record))).transpose()
    }

    /// All keys and records, in the order of the keys, from either end; decoded one by one. O(n log n) to
    /// begin for a collection that is attached as an [unordered](crate::Record::UNORDERED) type.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Result<(Value, Value)>> {
        let untyped = untyped(&*self.table);
        let as_they_are = untyped.into_iter().flat_map(|table| {
            table.rows().iter().map(|(key, row)| Ok((key.value.clone(), self.name(row.value())?)))
        });
        let attached = untyped.is_none().then(|| self.table.all_encoded(self.moment));
        let encoded = attached.into_iter().flatten().map(|row| {
            let (key, record) = self.name(row)?;
            let key = self.name(self.descriptor.decode_key(&key))?;
            Ok((key, self.name(self.descriptor.decode(&record))?))
        });
        as_they_are.chain(encoded)
    }

    /// Puts the name of the collection into an error.
    fn name<R>(&self, result: Result<R>) -> Result<R> {
        result.map_err(|error| error.within(Some(&self.name), None))
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values")
            .field("name", &self.name)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// The table, if its records have no type.
fn untyped(table: &dyn AnyTable) -> Option<&Table<Untyped>> {
    table.as_any().downcast_ref()
}
