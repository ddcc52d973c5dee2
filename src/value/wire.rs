//! How values are written in any serde format: in their natural shape in formats for people, as an
//! enum in formats for machines.
//!
//! Folio's own format is asked with a name that no type has, [`MARK`]: as a struct around one value,
//! which formats for people pass through, and as the name of the enum. It answers with the form for
//! machines even where people read, for that form alone tells a struct from a map.

use super::error::too_deep;
use super::integer::Narrowest;
use super::{MAX_DEPTH, Value};
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};

mod natural;
pub(super) mod tag;
mod tagged;

/// By this Folio's own format knows a value among the types that it is shown.
pub(super) const MARK: &str = "$folio::Value";

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shape = Shape { value: self, depth: 0 };
        if serializer.is_human_readable() {
            serializer.serialize_newtype_struct(MARK, &shape)
        } else {
            shape.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::DeserializeSeed;
        tagged::Any { depth: 0 }.deserialize(deserializer)
    }
}

/// A value at its place in the values around it.
#[derive(Clone, Copy)]
struct Shape<'a> {
    value: &'a Value,
    depth: usize,
}

/// The form for machines. The order of the variants is the format.
#[derive(serde::Serialize)]
#[serde(rename = "$folio::Value")]
enum Wire<'a> {
    Null,
    Bool(bool),
    Natural(u64),
    Negative(i64),
    WideNatural(u128),
    WideNegative(i128),
    F32(f32),
    F64(f64),
    Char(char),
    String(&'a str),
    Bytes(Bytes<'a>),
    Some(Shape<'a>),
    Sequence(Shapes<'a>),
    Map(Shapes<'a>),
    Struct(Shapes<'a>),
    Variant(&'a str, Shape<'a>),
}

impl Serialize for Shape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let has_parts = matches!(
            self.value,
            Value::Some(_)
                | Value::Sequence(_)
                | Value::Map(_)
                | Value::Struct(_)
                | Value::Variant(_)
        );
        if has_parts && self.depth >= MAX_DEPTH {
            return Err(S::Error::custom(too_deep()));
        }
        if serializer.is_human_readable() {
            self.natural(serializer)
        } else {
            self.wire().serialize(serializer)
        }
    }
}

impl<'a> Shape<'a> {
    fn inner(self, value: &'a Value) -> Self {
        Self { value, depth: self.depth + 1 }
    }

    fn natural<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Integer(value) => match value.narrowest() {
                Narrowest::WideNegative(number) => serializer.serialize_i128(number),
                Narrowest::Negative(number) => serializer.serialize_i64(number),
                Narrowest::Natural(number) => serializer.serialize_u64(number),
                Narrowest::WideNatural(number) => serializer.serialize_u128(number),
            },
            Value::F32(value) => serializer.serialize_f32(*value),
            Value::F64(value) => serializer.serialize_f64(*value),
            Value::Char(value) => serializer.serialize_char(*value),
            Value::String(value) => serializer.serialize_str(value),
            Value::Bytes(value) => serializer.serialize_bytes(value),
            Value::Some(value) => serializer.serialize_some(&self.inner(value)),
            Value::Sequence(_) | Value::Map(_) | Value::Struct(_) => {
                Shapes(self).serialize(serializer)
            }
            Value::Variant(variant) if variant.value == Value::Null => {
                serializer.serialize_str(&variant.name)
            }
            Value::Variant(variant) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(&*variant.name, &self.inner(&variant.value))?;
                map.end()
            }
        }
    }

    fn wire(self) -> Wire<'a> {
        match self.value {
            Value::Null => Wire::Null,
            Value::Bool(value) => Wire::Bool(*value),
            Value::Integer(value) => match value.narrowest() {
                Narrowest::WideNegative(number) => Wire::WideNegative(number),
                Narrowest::Negative(number) => Wire::Negative(number),
                Narrowest::Natural(number) => Wire::Natural(number),
                Narrowest::WideNatural(number) => Wire::WideNatural(number),
            },
            Value::F32(value) => Wire::F32(*value),
            Value::F64(value) => Wire::F64(*value),
            Value::Char(value) => Wire::Char(*value),
            Value::String(value) => Wire::String(value),
            Value::Bytes(value) => Wire::Bytes(Bytes(value)),
            Value::Some(value) => Wire::Some(self.inner(value)),
            Value::Sequence(_) => Wire::Sequence(Shapes(self)),
            Value::Map(_) => Wire::Map(Shapes(self)),
            Value::Struct(_) => Wire::Struct(Shapes(self)),
            Value::Variant(variant) => Wire::Variant(&variant.name, self.inner(&variant.value)),
        }
    }
}

/// The parts of a value that has any number of them.
struct Shapes<'a>(Shape<'a>);

impl Serialize for Shapes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shape = self.0;
        match shape.value {
            Value::Map(entries) => serializer.collect_map(
                entries.iter().map(|(key, value)| (shape.inner(key), shape.inner(value))),
            ),
            Value::Struct(fields) => serializer
                .collect_map(fields.iter().map(|(name, value)| (&**name, shape.inner(value)))),
            Value::Sequence(values) => {
                serializer.collect_seq(values.iter().map(|value| shape.inner(value)))
            }
            other => serializer.collect_seq([shape.inner(other)]),
        }
    }
}

struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}
