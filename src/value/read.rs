//! A serde deserializer that reads a [`Value`] as any type.
//!
//! Where the kinds differ, it gives what the value is if nothing is lost by that, and else says what
//! was expected and found. What may be given for what is listed at [`Value::to`].

mod access;
mod key;

use crate::value::error::{Failure, Step};
use crate::value::{Integer, MAX_DEPTH, Value, float, wire};
use access::{ByteElements, Elements, Entries, Fields, MarkedVariant, VariantContent};
use key::Key;
use serde::de::{DeserializeSeed, Deserializer, Error as _, Unexpected, Visitor};

/// Reads one value, at its place in the values around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'de> {
    value: &'de Value,
    depth: usize,
}

/// The content of a variant that has been given as its name.
static NULL: Value = Value::Null;

impl<'de> Reader<'de> {
    pub(super) fn new(value: &'de Value) -> Self {
        Self { value, depth: 0 }
    }

    /// The reader of a value in this one.
    fn inner(self, value: &'de Value) -> Result<Self, Failure> {
        // Values can be nested by hand as deep as one likes: the stack is not.
        if self.depth >= MAX_DEPTH {
            return Err(Failure::too_deep());
        }
        Ok(Self { value, depth: self.depth + 1 })
    }

    /// The reader of a name, or of a key that is a text.
    fn key(text: &'de str) -> Key<'de> {
        Key::new(text)
    }

    /// Reads a value in this one, and says where it was if that fails.
    fn read<T: DeserializeSeed<'de>>(
        self,
        value: &'de Value,
        seed: T,
        step: impl FnOnce() -> Step,
    ) -> Result<T::Value, Failure> {
        self.inner(value)
            .and_then(|inner| seed.deserialize(inner))
            .map_err(|failure| failure.inside(step()))
    }

    fn mismatch<V: Visitor<'de>>(self, visitor: &V) -> Failure {
        Failure::expected(visitor, self.value.kind())
    }

    /// Gives an integer as the type that was asked for or, if it doesn't fit, as what it is: the
    /// visitor knows best what to say of it.
    fn integer<V: Visitor<'de>, T: TryFrom<&'de Integer>>(
        self,
        visitor: V,
        visit: impl FnOnce(V, T) -> Result<V::Value, Failure>,
    ) -> Result<V::Value, Failure> {
        let Value::Integer(integer) = self.value.bare() else {
            return Err(self.mismatch(&visitor));
        };
        match T::try_from(integer) {
            Ok(number) => visit(visitor, number),
            Err(_) => Err(Failure::expected(&visitor, format_args!("the integer {integer}"))),
        }
    }

    /// Gives the variant that the value is, or that it can be taken for.
    fn variant<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let (name, content) = match self.value.bare() {
            Value::Variant(variant) => (&*variant.name, &variant.value),
            Value::String(name) => (name.as_str(), &NULL),
            Value::Map(entries) => match entries.as_slice() {
                [(Value::String(name), content)] => (name.as_str(), content),
                _ => return Err(self.mismatch(&visitor)),
            },
            Value::Struct(fields) => match fields.as_slice() {
                [(name, content)] => (&**name, content),
                _ => return Err(self.mismatch(&visitor)),
            },
            _ => return Err(self.mismatch(&visitor)),
        };
        visitor.visit_enum(VariantContent { outer: self, name, content })
    }

    fn sequence<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value.bare() {
            Value::Sequence(values) => Elements::visit(self, values, visitor),
            Value::Bytes(bytes) => ByteElements::visit(bytes, visitor),
            _ => Err(self.mismatch(&visitor)),
        }
    }
}

macro_rules! integers {
    ($($method:ident => $visit:ident($type:ty))*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.integer::<V, $type>(visitor, V::$visit)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Failure;

    integers! {
        deserialize_i8 => visit_i8(i8)
        deserialize_i16 => visit_i16(i16)
        deserialize_i32 => visit_i32(i32)
        deserialize_i64 => visit_i64(i64)
        deserialize_i128 => visit_i128(i128)
        deserialize_u8 => visit_u8(u8)
        deserialize_u16 => visit_u16(u16)
        deserialize_u32 => visit_u32(u32)
        deserialize_u64 => visit_u64(u64)
        deserialize_u128 => visit_u128(u128)
    }

    /// What it is. serde reads untagged and flattened types by this, through a copy that knows no
    /// variants: so a variant is always a map of one entry, in which its content is not lost, and
    /// never a bare name.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Integer(integer) => match (u64::try_from(integer), i64::try_from(integer)) {
                (Ok(number), _) => visitor.visit_u64(number),
                (_, Ok(number)) => visitor.visit_i64(number),
                _ => match i128::try_from(integer) {
                    Ok(number) => visitor.visit_i128(number),
                    Err(_) => self.deserialize_u128(visitor),
                },
            },
            Value::F32(value) => visitor.visit_f32(*value),
            Value::F64(value) => visitor.visit_f64(*value),
            Value::Char(value) => visitor.visit_char(*value),
            Value::String(value) => visitor.visit_borrowed_str(value),
            Value::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Value::Some(value) => visitor.visit_some(self.inner(value)?),
            Value::Sequence(values) => Elements::visit(self, values, visitor),
            Value::Map(entries) => Entries::visit(self, entries, visitor),
            Value::Struct(fields) => Fields::visit(self, fields, visitor),
            Value::Variant(variant) => {
                Fields::visit_one(self, &variant.name, &variant.value, visitor)
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value.bare() {
            Value::Bool(value) => visitor.visit_bool(*value),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let exact = match self.value.bare() {
            Value::F32(value) => Some(*value),
            Value::F64(value) => float::short(*value),
            Value::Integer(integer) => integer.exact_f32(),
            _ => return Err(self.mismatch(&visitor)),
        };
        match exact {
            Some(value) => visitor.visit_f32(value),
            None => Err(inexact(self.value, &visitor)),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value.bare() {
            Value::F32(value) => visitor.visit_f64(f64::from(*value)),
            Value::F64(value) => visitor.visit_f64(*value),
            Value::Integer(integer) => match integer.exact_f64() {
                Some(value) => visitor.visit_f64(value),
                None => Err(inexact(self.value, &visitor)),
            },
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value.bare() {
            Value::Char(value) => visitor.visit_char(*value),
            Value::String(text) => match only_char(text) {
                Some(value) => visitor.visit_char(value),
                None => Err(Failure::invalid_value(Unexpected::Str(text), &visitor)),
            },
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value.bare() {
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Char(value) => visitor.visit_char(*value),
            Value::Variant(variant) if variant.value == Value::Null => {
                visitor.visit_borrowed_str(&variant.name)
            }
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value.bare() {
            Value::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Value::Sequence(values) => {
                let byte = |value: &Value| u8::try_from(value.as_integer()?).ok();
                match values.iter().map(byte).collect() {
                    Some(bytes) => visitor.visit_byte_buf(bytes),
                    None => Err(self.mismatch(&visitor)),
                }
            }
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value {
            Value::Null => visitor.visit_none(),
            Value::Some(value) => visitor.visit_some(self.inner(value)?),
            value => visitor.visit_some(self.inner(value)?),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value.bare() {
            Value::Null => visitor.visit_unit(),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if name == wire::MARK {
            return visitor.visit_enum(MarkedVariant { reader: self });
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.sequence(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        self.sequence(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.sequence(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value.bare() {
            Value::Map(entries) => Entries::visit(self, entries, visitor),
            Value::Struct(fields) => Fields::visit(self, fields, visitor),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if name == wire::MARK {
            return visitor.visit_enum(MarkedVariant { reader: self });
        }
        self.variant(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value.bare() {
            Value::String(_) | Value::Char(_) | Value::Variant(_) => self.deserialize_str(visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }
}

/// The one character of a text.
fn only_char(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}

fn inexact<'de, V: Visitor<'de>>(value: &Value, visitor: &V) -> Failure {
    Failure::expected(visitor, format_args!("{}, which it can't be exactly", value.bare()))
}
