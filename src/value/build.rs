//! A serde serializer whose output is a [`Value`].

mod compound;

use super::error::{Failure, Step};
use super::{MAX_DEPTH, MAX_RESERVE, Value, Variant, wire};
use compound::{Elements, Entries, Fields};
use serde::{Serialize, Serializer};

/// Builds one value, at its place in the values around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Builder {
    /// Not for a value in a value, which is taken in the form that tells its kind.
    human_readable: bool,
    depth: usize,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self { human_readable: true, depth: 0 }
    }

    /// The builder of what is in the value that this one builds.
    fn inner(self) -> Result<Self, Failure> {
        if self.depth >= MAX_DEPTH {
            return Err(Failure::too_deep());
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

fn variant(name: &str, value: Value) -> Value {
    Value::from(Variant { name: name.into(), value })
}

fn reserved<T>(length: usize) -> Vec<T> {
    Vec::with_capacity(length.min(MAX_RESERVE))
}

macro_rules! scalars {
    ($($method:ident($type:ty))*) => {$(
        fn $method(self, value: $type) -> Result<Value, Failure> {
            Ok(Value::from(value))
        }
    )*};
}

impl Serializer for Builder {
    type Ok = Value;
    type Error = Failure;
    type SerializeSeq = Elements;
    type SerializeTuple = Elements;
    type SerializeTupleStruct = Elements;
    type SerializeTupleVariant = Elements;
    type SerializeMap = Entries;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Fields;

    scalars! {
        serialize_bool(bool)
        serialize_i8(i8)
        serialize_i16(i16)
        serialize_i32(i32)
        serialize_i64(i64)
        serialize_i128(i128)
        serialize_u8(u8)
        serialize_u16(u16)
        serialize_u32(u32)
        serialize_u64(u64)
        serialize_u128(u128)
        serialize_f32(f32)
        serialize_f64(f64)
        serialize_char(char)
        serialize_str(&str)
    }

    fn is_human_readable(&self) -> bool {
        self.human_readable
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Value, Failure> {
        Ok(Value::Bytes(bytes.to_vec()))
    }

    fn serialize_none(self) -> Result<Value, Failure> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Failure> {
        Ok(Value::Some(Box::new(value.serialize(self.inner()?)?)))
    }

    fn serialize_unit(self) -> Result<Value, Failure> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Failure> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        of: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<Value, Failure> {
        if of == wire::MARK {
            return Ok(Value::Null);
        }
        self.inner()?;
        Ok(variant(name, Value::Null))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value, Failure> {
        // A value in its form for machines says what kind it is, which its natural shape doesn't.
        let human_readable = self.human_readable && name != wire::MARK;
        value.serialize(Self { human_readable, ..self })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        of: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Value, Failure> {
        if of == wire::MARK {
            return match name {
                "Some" => self.serialize_some(value),
                "Struct" => Ok(as_struct(value.serialize(self)?)),
                _ => value.serialize(self),
            };
        }
        let inner = self.inner()?;
        let value =
            value.serialize(inner).map_err(|failure| failure.inside(Step::Name(name.into())))?;
        Ok(variant(name, value))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Elements, Failure> {
        Elements::new(self, length.unwrap_or(0))
    }

    fn serialize_tuple(self, length: usize) -> Result<Elements, Failure> {
        Elements::new(self, length)
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Elements, Failure> {
        Elements::new(self, length)
    }

    fn serialize_tuple_variant(
        self,
        of: &'static str,
        _: u32,
        name: &'static str,
        length: usize,
    ) -> Result<Elements, Failure> {
        if of == wire::MARK {
            return Elements::of_marked_variant(self);
        }
        Elements::of_variant(self, name, length)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Entries, Failure> {
        Entries::new(self, length.unwrap_or(0))
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Fields, Failure> {
        Fields::new(self, length)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        length: usize,
    ) -> Result<Fields, Failure> {
        Fields::of_variant(self, name, length)
    }
}

/// The struct whose fields a value in its form for machines wrote as a map.
fn as_struct(value: Value) -> Value {
    let Value::Map(entries) = value else { return value };
    let named = |(name, value)| match name {
        Value::String(name) => (name.into(), value),
        other => (other.to_string().into(), value),
    };
    Value::Struct(entries.into_iter().map(named).collect())
}
