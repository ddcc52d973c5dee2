//! Records of any collection with the form that each is in, to be shown exactly.

use super::{Values, untyped};
use crate::error::Result;
use crate::schema::descriptor::Descriptor;
use crate::table::rows::EncodedRows;
use crate::value::Value;
use crate::version::untyped::UntypedKey;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

/// A record of a collection whose Rust type is not needed, with its key and its form. Given by [`Values::entry`] and
/// [`Values::entries`].
///
/// Where the type of a collection has changed, each record is in the form in which it was stored, until the collection is
/// attached as its Rust type: then all are in that form.
///
/// ```
/// # use folio::{Record, Store};
/// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
/// # #[record(name = "photos")]
/// # struct Photo { #[key] id: u64, bytes: Vec<u8> }
/// # fn main() -> folio::Result<()> {
/// # let store = Store::in_memory();
/// store.collection::<Photo>()?.put(Photo { id: 7, bytes: vec![255, 216] })?;
///
/// for entry in store.values("photos")?.entries() {
///     let entry = entry?;
///     assert_eq!(entry.key_to_json()?, "7");
///     assert_eq!(entry.to_json()?, r#"{"id":7,"bytes":"ffd8"}"#);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Entry {
    key: Value,
    record: Value,
    form: Arc<Descriptor>,
    newest: Arc<Descriptor>,
}

impl Entry {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &Value {
        &self.key
    }

    /// The record.
    #[must_use]
    pub fn record(&self) -> &Value {
        &self.record
    }

    /// What the record looks like.
    #[must_use]
    pub fn form(&self) -> &Descriptor {
        &self.form
    }

    /// The record as JSON that loses nothing: see [`Descriptor::to_json`]. O(size).
    ///
    /// # Errors
    ///
    /// Like [`Descriptor::to_json`]; a record that could be read gives none.
    pub fn to_json(&self) -> Result<String> {
        self.form.to_json(&self.record)
    }

    /// The key as JSON that loses nothing: see [`Descriptor::key_to_json`]. O(size).
    ///
    /// # Errors
    ///
    /// Like [`Descriptor::key_to_json`]; a key that could be read gives none.
    pub fn key_to_json(&self) -> Result<String> {
        self.newest.key_to_json(&self.key)
    }
}

impl Values {
    /// The record with this key and its form, if there is one. Like [`get`](Self::get).
    ///
    /// # Errors
    ///
    /// Like [`get`](Self::get).
    pub fn entry(&self, key: &Value) -> Result<Option<Entry>> {
        let bytes = self.descriptor.encode_key(key)?;
        let key = UntypedKey::new(&self.descriptor, &bytes)?;
        if let Some(table) = untyped(&*self.table) {
            let found = table.rows().get(&key).map(|row| (row.value(), row.schema()));
            let entry = |(record, form): (Result<Value>, &Arc<Descriptor>)| {
                Ok(self.entry_of(key.value.clone(), self.name(record)?, form))
            };
            return found.map(entry).transpose();
        }
        let record = self.get(&key.value)?;
        Ok(record.map(|record| self.entry_of(key.value, record, &self.descriptor)))
    }

    /// All records with their keys and forms, in the order of the keys, from either end; decoded one by one. Like
    /// [`iter`](Self::iter).
    #[must_use]
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = Result<Entry>> {
        let untyped = untyped(&*self.table);
        let as_they_are = untyped.into_iter().flat_map(|table| {
            table.rows().iter().map(|(key, row)| {
                Ok(self.entry_of(key.value.clone(), self.name(row.value())?, row.schema()))
            })
        });
        let attached = untyped.is_none().then(|| {
            self.iter().map(|entry| {
                entry.map(|(key, record)| self.entry_of(key, record, &self.descriptor))
            })
        });
        as_they_are.chain(attached.into_iter().flatten())
    }

    /// The records whose keys are in a range, with their keys and forms, in the order of the keys, from either end; decoded one
    /// by one. O(log n) to begin, but O(n log n) for a collection that is attached as an
    /// [unordered](crate::Record::UNORDERED) type.
    ///
    /// ```
    /// # use folio::{Store, Value};
    /// # fn main() -> folio::Result<()> {
    /// # let store = Store::in_memory();
    /// # let settings = store.documents("settings")?;
    /// # for key in ["font", "theme", "width"] { settings.set(key, &1)?; }
    /// let values = store.values("settings")?;
    /// let from_t = values.range(Value::from("t")..)?;
    /// assert_eq!(from_t.count(), 2);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Encode`](crate::Error::Encode) where an end of the range can't be a key of this collection.
    pub fn range(
        &self,
        range: impl RangeBounds<Value>,
    ) -> Result<impl DoubleEndedIterator<Item = Result<Entry>>> {
        let (lower, upper) = (self.bound(range.start_bound())?, self.bound(range.end_bound())?);
        let untyped = untyped(&*self.table);
        let attached = if untyped.is_none() { Some(self.encoded(&lower, &upper)?) } else { None };
        let attached = attached.into_iter().flatten().map(|row| {
            let (key, record) = self.name(row)?;
            let key = self.name(self.descriptor.decode_key(&key))?;
            let record = self.name(self.descriptor.decode(&record))?;
            Ok(self.entry_of(key, record, &self.descriptor))
        });
        let as_they_are = untyped.map(|table| table.rows().between(lower, upper));
        let as_they_are = as_they_are.into_iter().flatten().map(|(key, row)| {
            Ok(self.entry_of(key.value.clone(), self.name(row.value())?, row.schema()))
        });
        Ok(as_they_are.chain(attached))
    }

    /// Rows of a collection that is attached, as bytes.
    fn encoded(
        &self,
        lower: &Bound<UntypedKey>,
        upper: &Bound<UntypedKey>,
    ) -> Result<EncodedRows<'_>> {
        let bounds =
            (lower.as_ref().map(UntypedKey::as_bytes), upper.as_ref().map(UntypedKey::as_bytes));
        self.name(self.table.encoded_between(bounds, self.moment))
    }

    /// The end of a range, as a key of this collection.
    fn bound(&self, bound: Bound<&Value>) -> Result<Bound<UntypedKey>> {
        let key = |value: &Value| {
            let bytes = self.descriptor.encode_key(value)?;
            UntypedKey::new(&self.descriptor, &bytes)
        };
        Ok(match bound {
            Bound::Included(value) => Bound::Included(key(value)?),
            Bound::Excluded(value) => Bound::Excluded(key(value)?),
            Bound::Unbounded => Bound::Unbounded,
        })
    }

    fn entry_of(&self, key: Value, record: Value, form: &Arc<Descriptor>) -> Entry {
        Entry { key, record, form: form.clone(), newest: self.descriptor.clone() }
    }
}
