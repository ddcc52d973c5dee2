//! Values from formats that have to be asked for what they have: the kind first, then the content.

use super::MARK;
use super::natural::{Natural, believable, deeper};
use super::tag::{NAMES, Tag};
use crate::value::{Value, Variant};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use std::fmt;
use std::sync::Arc;

/// A value in either form, at its place in the values around it.
#[derive(Clone, Copy)]
pub(super) struct Any {
    pub(super) depth: usize,
}

impl<'de> DeserializeSeed<'de> for Any {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_newtype_struct(MARK, self)
        } else {
            deserializer.deserialize_enum(MARK, NAMES, self)
        }
    }
}

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    /// Formats for people pass the mark through.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        Natural { depth: self.depth }.deserialize(inner)
    }

    /// The key of a map is asked for a value, and has but its name.
    fn visit_str<E: Error>(self, name: &str) -> Result<Value, E> {
        Ok(Value::from(name))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        let (tag, content) = access.variant()?;
        let inner = || deeper(self.depth).map(|depth| Any { depth });
        match tag {
            Tag::Null => content.unit_variant().map(|()| Value::Null),
            Tag::Bool => scalar::<bool, _>(content),
            Tag::Natural => scalar::<u64, _>(content),
            Tag::Negative => scalar::<i64, _>(content),
            Tag::WideNatural => scalar::<u128, _>(content),
            Tag::WideNegative => scalar::<i128, _>(content),
            Tag::F32 => scalar::<f32, _>(content),
            Tag::F64 => scalar::<f64, _>(content),
            Tag::Char => scalar::<char, _>(content),
            Tag::String => scalar::<String, _>(content),
            Tag::Bytes => content.newtype_variant_seed(Bytes).map(Value::Bytes),
            Tag::Some => Ok(Value::Some(Box::new(content.newtype_variant_seed(inner()?)?))),
            Tag::Sequence => content.newtype_variant_seed(Sequence(inner()?)),
            Tag::Map => content.newtype_variant_seed(Entries(inner()?)),
            Tag::Struct => content.newtype_variant_seed(Fields(inner()?)),
            Tag::Variant => content.tuple_variant(2, NameAndValue(inner()?)),
        }
    }
}

fn scalar<'de, T, A>(content: A) -> Result<Value, A::Error>
where
    T: Deserialize<'de> + Into<Value>,
    A: VariantAccess<'de>,
{
    content.newtype_variant::<T>().map(Into::into)
}

struct Bytes;

impl<'de> DeserializeSeed<'de> for Bytes {
    type Value = Vec<u8>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_byte_buf(self)
    }
}

impl Visitor<'_> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}

struct Sequence(Any);

impl<'de> DeserializeSeed<'de> for Sequence {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Sequence {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut values = Vec::with_capacity(believable(access.size_hint()));
        while let Some(value) = access.next_element_seed(self.0)? {
            values.push(value);
        }
        Ok(Value::Sequence(values))
    }
}

struct Entries(Any);

impl<'de> DeserializeSeed<'de> for Entries {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entries {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Vec::with_capacity(believable(access.size_hint()));
        while let Some(entry) = access.next_entry_seed(self.0, self.0)? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }
}

struct Fields(Any);

impl<'de> DeserializeSeed<'de> for Fields {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fields of a struct")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut fields = Vec::with_capacity(believable(access.size_hint()));
        while let Some(field) = access.next_entry_seed(Name, self.0)? {
            fields.push(field);
        }
        Ok(Value::Struct(fields))
    }
}

struct NameAndValue(Any);

impl<'de> Visitor<'de> for NameAndValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name and the content of a variant")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let name = access.next_element_seed(Name)?;
        let name = name.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let value = access.next_element_seed(self.0)?;
        let value = value.ok_or_else(|| A::Error::invalid_length(1, &self))?;
        Ok(Value::from(Variant { name, value }))
    }
}

/// The name of a field or variant.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Arc<str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Arc<str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Arc<str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Arc<str>, E> {
        Ok(name.into())
    }
}
