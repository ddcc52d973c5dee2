//! Records of collections whose Rust type is not known, for tools.
//!
//! Such a record is its bytes and the descriptor they follow. It is ordered by the value of its key,
//! and written to the log as the bytes that it is. What it can't have is indexes, which only the Rust
//! type knows.

use crate::error::Result;
use crate::schema::Schema;
use crate::schema::build::Types;
use crate::schema::descriptor::Descriptor;
use crate::schema::node::TypeRef;
use crate::table::record::{Indexes, Record};
use crate::value::Value;
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::sync::Arc;

/// A key, decoded, and as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct UntypedKey {
    pub(crate) value: Value,
    bytes: Arc<[u8]>,
}

/// A record as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Untyped {
    key: UntypedKey,
    schema: Arc<Descriptor>,
    bytes: Arc<[u8]>,
}

impl UntypedKey {
    pub(crate) fn new(schema: &Descriptor, bytes: &[u8]) -> Result<Self> {
        Ok(Self { value: schema.decode_key(bytes)?, bytes: bytes.into() })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Untyped {
    pub(crate) fn new(schema: &Arc<Descriptor>, key: UntypedKey, bytes: &[u8]) -> Self {
        Self { key, schema: schema.clone(), bytes: bytes.into() }
    }

    /// The form in which it is.
    pub(crate) fn schema(&self) -> &Arc<Descriptor> {
        &self.schema
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the record says.
    pub(crate) fn value(&self) -> Result<Value> {
        self.schema.decode(&self.bytes)
    }
}

impl PartialEq for UntypedKey {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for UntypedKey {}

impl PartialOrd for UntypedKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for UntypedKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl Serialize for UntypedKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.value.serialize(serializer);
        }
        as_they_are(&self.bytes, serializer)
    }
}

impl Serialize for Untyped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        as_they_are(&self.bytes, serializer)
    }
}

/// In the store's encoding a tuple of bytes is these bytes.
fn as_they_are<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    let mut tuple = serializer.serialize_tuple(bytes.len())?;
    for byte in bytes {
        tuple.serialize_element(byte)?;
    }
    tuple.end()
}

/// Bytes alone don't say what they are: untyped records are made by [`decode`](super::decode), which
/// has their descriptors.
macro_rules! not_from_bytes_alone {
    ($($of:ty),+) => {
        $(impl<'de> Deserialize<'de> for $of {
            fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
                Err(serde::de::Error::custom("a record without its type is read by its descriptor"))
            }
        }

        impl Schema for $of {
            fn describe(types: &mut Types) -> TypeRef {
                let nothing = <()>::describe(types);
                types.known("unknown", nothing)
            }
        })+
    };
}

not_from_bytes_alone!(UntypedKey, Untyped);

impl Record for Untyped {
    type Key = UntypedKey;
    const NAME: &'static str = "";

    fn key(&self) -> UntypedKey {
        self.key.clone()
    }

    fn indexes() -> Indexes<Self> {
        Indexes::new()
    }
}
