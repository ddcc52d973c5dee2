//! Values from formats that say themselves what comes next.

use crate::value::error::too_deep;
use crate::value::{Integer, MAX_DEPTH, MAX_RESERVE, Value};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A value of whatever kind comes next, at its place in the values around it.
#[derive(Clone, Copy)]
pub(super) struct Natural {
    pub(super) depth: usize,
}

impl Natural {
    /// For what is in the value.
    fn inner<E: Error>(self) -> Result<Self, E> {
        deeper(self.depth).map(|depth| Self { depth })
    }
}

/// The depth one further in, if there may be values.
pub(super) fn deeper<E: Error>(depth: usize) -> Result<usize, E> {
    if depth >= MAX_DEPTH {
        return Err(E::custom(too_deep()));
    }
    Ok(depth + 1)
}

/// How many elements to make room for, whatever the input says.
pub(super) fn believable(length: Option<usize>) -> usize {
    length.unwrap_or(0).min(MAX_RESERVE)
}

impl<'de> DeserializeSeed<'de> for Natural {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! scalars {
    ($($method:ident($type:ty))*) => {$(
        fn $method<E: Error>(self, value: $type) -> Result<Value, E> {
            Ok(Value::from(value))
        }
    )*};
}

impl<'de> Visitor<'de> for Natural {
    type Value = Value;

    scalars! {
        visit_bool(bool)
        visit_i64(i64)
        visit_i128(i128)
        visit_u64(u64)
        visit_u128(u128)
        visit_f32(f32)
        visit_f64(f64)
        visit_char(char)
        visit_str(&str)
        visit_string(String)
    }

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(bytes.to_vec()))
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Value, E> {
        Ok(Value::Bytes(bytes))
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Ok(Value::Some(Box::new(self.inner()?.deserialize(deserializer)?)))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Value, D::Error> {
        // It leaves no trace in the value, but counts: nothing else would end structs in structs.
        self.inner()?.deserialize(inner)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut values = Vec::with_capacity(believable(access.size_hint()));
        while let Some(value) = access.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Sequence(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut entries = Vec::with_capacity(believable(access.size_hint()));
        while let Some(entry) = access.next_entry_seed(inner, inner)? {
            entries.push(entry);
        }
        if let [(Value::String(mark), Value::String(text))] = entries.as_slice()
            && mark == JSON_NUMBER
        {
            return number(text);
        }
        Ok(Value::Map(entries))
    }
}

/// The name under which `serde_json` hands out every number, as text, if any crate of the program
/// turns on its feature `arbitrary_precision`. What a value is must not depend on that.
const JSON_NUMBER: &str = "$serde_json::private::Number";

fn number<E: Error>(text: &str) -> Result<Value, E> {
    if let Ok(integer) = text.parse::<Integer>() {
        return Ok(Value::Integer(integer));
    }
    text.parse().map(Value::F64).map_err(|_| E::custom(format_args!("`{text}` is not a number")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::value::{Error as Simple, MapDeserializer};

    #[test]
    fn numbers_of_any_precision_are_numbers() {
        let read = |text: &'static str| {
            let entries = MapDeserializer::new([(JSON_NUMBER, text)].into_iter());
            Natural { depth: 0 }.deserialize::<MapDeserializer<'_, _, Simple>>(entries)
        };
        assert_eq!(read("-5").unwrap(), Value::from(-5));
        let wide = "340282366920938463463374607431768211455";
        assert_eq!(read(wide).unwrap(), Value::from(u128::MAX));
        assert_eq!(read("1.5e3").unwrap(), Value::F64(1500.0));
        assert!(read("x").is_err());
    }
}
