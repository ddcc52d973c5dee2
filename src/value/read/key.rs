//! A name, or the key of a map that is a string: JSON has no other keys, so it reads as an integer or
//! a boolean where those are asked for.

use super::access::VariantContent;
use super::{NULL, Reader, only_char};
use crate::value::error::Failure;
use crate::value::{Integer, wire};
use serde::de::{Deserializer, Error as _, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

/// Reads a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'de> {
    text: &'de str,
}

impl<'de> Key<'de> {
    pub(super) fn new(text: &'de str) -> Self {
        Self { text }
    }

    fn mismatch<V: Visitor<'de>>(self, visitor: &V) -> Failure {
        Failure::invalid_type(Unexpected::Str(self.text), visitor)
    }

    /// Gives the number that the text is, if this is how that number is written: `05` is not, or two
    /// keys would become one.
    fn integer<V: Visitor<'de>, T: TryFrom<Integer>>(
        self,
        visitor: V,
        visit: impl FnOnce(V, T) -> Result<V::Value, Failure>,
    ) -> Result<V::Value, Failure> {
        let integer = self.text.parse::<Integer>().ok();
        let integer = integer.filter(|integer| integer.to_string() == self.text);
        match integer.and_then(|integer| T::try_from(integer).ok()) {
            Some(number) => visit(visitor, number),
            None => Err(self.mismatch(&visitor)),
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

impl<'de> Deserializer<'de> for Key<'de> {
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

    forward_to_deserialize_any! {
        f32 f64 str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_borrowed_str(self.text)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.text {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match only_char(self.text) {
            Some(value) => visitor.visit_char(value),
            None => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if name == wire::MARK {
            return visitor.visit_borrowed_str(self.text);
        }
        let outer = Reader::new(&NULL);
        visitor.visit_enum(VariantContent { outer, name: self.text, content: &NULL })
    }
}
