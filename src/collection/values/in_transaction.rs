//! The records of any collection as values, in a transaction.

use crate::collection::context::Context;
use crate::error::{Error, Result};
use crate::schema::descriptor::Descriptor;
use crate::table::secondary::Row;
use crate::value::Value;
use crate::version::untyped::{Untyped, UntypedKey};
use std::fmt;
use std::sync::Arc;

/// The records of a collection as a transaction sees them, as values, for reading and writing. Made by
/// [`Transaction::values`](crate::Transaction::values).
///
/// What is written is checked against the descriptor of the records. Where the collection is attached
/// as its Rust type, it goes through that type, indexes and unique constraints included. Where it is
/// not, there is nobody who knows its indexes: then a unique constraint that is broken here shows when
/// the Rust type is attached next time. A collection that was opened like that, be it for reading, can't
/// be attached as its Rust type before the store is opened again; [`Store::values`](crate::Store::values)
/// reads without that. Documents are not concerned: their type is always there.
///
/// ```
/// # use folio::{Record, Store, Value};
/// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
/// # #[record(name = "cities")]
/// # struct City { #[key] id: u32, name: String, people: Option<u64> }
/// # fn main() -> folio::Result<()> {
/// let store = Store::in_memory();
/// let cities = store.collection::<City>()?;
/// store.transact(|tx| {
///     let city: Value = serde_json::from_str(r#"{"id": 7, "name": "Oslo"}"#).unwrap();
///     tx.values("cities")?.put(&city)?;
///     Ok(())
/// })?;
/// assert_eq!(cities.get(&7).unwrap().name, "Oslo");
///
/// let wrong = store.transact(|tx| {
///     let city: Value = serde_json::from_str(r#"{"id": -7, "name": "Oslo"}"#).unwrap();
///     tx.values("cities")?.put(&city).map(drop)
/// });
/// assert!(wrong.is_err());
/// # Ok(()) }
/// ```
pub struct TxValues<'a> {
    pub(super) tx: &'a Context,
    pub(super) place: usize,
    /// The form in which records are written, where they have no Rust type.
    pub(super) untyped: Option<Arc<Descriptor>>,
    /// The form in which values come and go.
    descriptor: Arc<Descriptor>,
    pub(super) name: String,
}

impl<'a> TxValues<'a> {
    pub(crate) fn open(tx: &'a Context, name: &str) -> Result<Self> {
        let (place, is_untyped) = tx.open_untyped(name)?;
        // Records without a type are as they are stored, others as their type encodes them: that may
        // be another form, in a store that is read-only.
        let descriptor = tx.with_any(place, |work| {
            let stored = is_untyped.then(|| work.identity().schemas.newest()).flatten();
            stored.unwrap_or_else(|| Arc::new(work.descriptor()))
        });
        let untyped = is_untyped.then(|| descriptor.clone());
        Ok(Self { tx, place, untyped, descriptor, name: name.to_owned() })
    }

    /// What the records look like.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// The record with this key, if there is one. The transaction then depends on it. O(log n), and
    /// O(size) to decode the record.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] where the value can't be a key of this collection, [`Error::Decode`] where the
    /// record can't be read.
    pub fn get(&self, key: &Value) -> Result<Option<Value>> {
        let bytes = self.descriptor.encode_key(key)?;
        let record = match &self.untyped {
            Some(schema) => {
                let key = UntypedKey::new(schema, &bytes)?;
                let row = self.tx.with::<Untyped, _>(self.place, |work| work.row(&key));
                row.map(|row| row.value()).transpose()
            }
            None => self.tx.with_any(self.place, |work| work.encoded(&bytes)).and_then(|record| {
                record.map(|record| self.descriptor.decode(&record)).transpose()
            }),
        };
        record.map_err(|error| error.within(Some(&self.name), None))
    }

    /// Adds a record, or puts it in the place of the one with its key; returns whether there was one.
    /// The record may be in any form that [`Descriptor::encode`] takes.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] where the value is no record of this collection, [`Error::UniqueViolation`],
    /// [`Error::ReadOnly`].
    pub fn put(&self, record: &Value) -> Result<bool> {
        self.tx.engine.check_writable()?;
        let bytes = self.descriptor.encode(record)?;
        match &self.untyped {
            None => self.tx.with_any(self.place, |work| work.put_encoded(&bytes)),
            Some(schema) => {
                let key = self.key_of(&schema.decode(&bytes)?)?;
                let row = Row(Arc::new(Untyped::new(schema, key.clone(), &bytes)));
                let before =
                    self.tx.with::<Untyped, _>(self.place, |work| work.write(key, Some(row)))?;
                Ok(before.is_some())
            }
        }
    }

    /// The key of a record that was just decoded.
    fn key_of(&self, record: &Value) -> Result<UntypedKey> {
        let key = self.descriptor.key_in(record);
        let Some(key) = key else {
            let diff = "  only its Rust type knows what the key of a record is: open the collection as that\n";
            let (collection, diff) = (self.name.clone(), diff.to_owned());
            return Err(Error::SchemaMismatch { collection, diff });
        };
        UntypedKey::new(&self.descriptor, &self.descriptor.encode_key(&key)?)
    }

    /// Removes the record with this key; returns whether there was one.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] where the value can't be a key of this collection, [`Error::ReadOnly`].
    pub fn remove(&self, key: &Value) -> Result<bool> {
        self.tx.engine.check_writable()?;
        let bytes = self.descriptor.encode_key(key)?;
        match &self.untyped {
            None => self.tx.with_any(self.place, |work| work.remove_encoded(&bytes)),
            Some(schema) => {
                let key = UntypedKey::new(schema, &bytes)?;
                let before =
                    self.tx.with::<Untyped, _>(self.place, |work| work.write(key, None))?;
                Ok(before.is_some())
            }
        }
    }
}

impl fmt::Debug for TxValues<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TxValues").field("name", &self.name).finish_non_exhaustive()
    }
}
