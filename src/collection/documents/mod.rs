//! Documents: values of any type under string keys.
//!
//! A collection of documents is a collection of [`Document`]s like any other, with the same
//! transactions, snapshots and log. A document holds a [`Value`], which knows of itself what it is: so
//! each may be of another type, can be read without its type, and comes back as what it was.

pub(crate) mod batch;
pub(crate) mod in_transaction;
pub(crate) mod live;
pub(crate) mod view;

use crate::error::{Error, Result};
use crate::schema::Schema;
use crate::schema::build::Types;
use crate::schema::node::TypeRef;
use crate::table::key;
use crate::table::record::{Indexes, Record};
use crate::value::Value;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use std::sync::Arc;

/// A value of any type and the string it is found by.
///
/// ```
/// use folio::Document;
///
/// let document = Document::new("limits", &("cpu", 0.5_f32))?;
/// assert_eq!(document.key(), "limits");
/// assert_eq!(document.to::<(String, f32)>()?, ("cpu".to_owned(), 0.5));
/// assert!(document.to::<bool>().is_err());
/// # Ok::<(), folio::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Document {
    key: String,
    #[serde(deserialize_with = "shared")]
    value: Arc<Value>,
}

impl Document {
    /// A document that holds what `value` serializes to.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] where the value can't be serialized, or is nested too deep
    /// ([`Value::MAX_DEPTH`]).
    pub fn new<V: Serialize + ?Sized>(key: impl Into<String>, value: &V) -> Result<Self> {
        Ok(Self { key: key.into(), value: Arc::new(Value::of(value)?) })
    }

    /// What it is found by.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it holds.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// What it holds, as a value of type `V`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] where it is something else.
    pub fn to<V: DeserializeOwned>(&self) -> Result<V> {
        self.value.to().map_err(|error| error.within(None, Some(key::text(&self.key))))
    }

    /// Like [`Self::to`], for a document of which it is known where it is.
    fn to_in<V: DeserializeOwned>(&self, collection: &str) -> Result<V> {
        self.to().map_err(|error| error.within(Some(collection), None))
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut document = serializer.serialize_struct("Document", 2)?;
        document.serialize_field("key", &self.key)?;
        document.serialize_field("value", &*self.value)?;
        document.end()
    }
}

fn shared<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Arc<Value>, D::Error> {
    Value::deserialize(deserializer).map(Arc::new)
}

impl Schema for Document {
    fn describe(types: &mut Types) -> TypeRef {
        types.structure::<Self>("Document", |fields| {
            fields.field::<String>("key");
            fields.field::<Value>("value");
        })
    }
}

impl Record for Document {
    type Key = String;
    const NAME: &'static str = "documents";

    fn key(&self) -> String {
        self.key.clone()
    }

    fn indexes() -> Indexes<Self> {
        Indexes::new()
    }

    fn key_fields() -> &'static [&'static str] {
        &["key"]
    }
}

fn missing(collection: &str, key: &str) -> Error {
    Error::NotFound { collection: collection.to_owned(), key: Some(key::text(&key)) }
}
