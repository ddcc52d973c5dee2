//! Reading stored bytes by name: a serde deserializer that knows what was stored.
//!
//! The bytes follow the stored descriptor; the type that is read asks for what it wants. Structs are
//! given to it as maps from field names, variants by their names, so that it finds its own fields,
//! aliases and defaults. What can be decoded at once ([`compare`](mod@super::compare)) is.

mod parts;
mod skip;

use crate::codec::Reader;
use crate::schema::kinds::{inside, is_row_of_one};
use crate::schema::node::{Node, Primitive, Shape, TypeRef};
use parts::{Chosen, Entries, Items, Named, Repeated};
use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use std::fmt::{self, Display};

/// Why stored bytes could not be read as a type.
#[derive(Debug)]
pub(crate) enum ReadError {
    Bytes(postcard::Error),
    /// What the type said.
    Message(Box<str>),
}

impl Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(error) => error.fmt(f),
            Self::Message(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: Display>(message: T) -> Self {
        Self::Message(message.to_string().into())
    }
}

impl From<postcard::Error> for ReadError {
    fn from(error: postcard::Error) -> Self {
        Self::Bytes(error)
    }
}

/// Reads all of `bytes`, which are of the type at `of`, as a `T`. `straight` says of each type whether
/// it can be decoded at once.
pub(crate) fn by_name<T: DeserializeOwned>(
    nodes: &[Node],
    straight: &[bool],
    of: TypeRef,
    bytes: &[u8],
) -> Result<T, ReadError> {
    let mut reader = Reader::new(bytes);
    let value = T::deserialize(Stored { nodes, straight, of, reader: &mut reader })?;
    if reader.is_empty() { Ok(value) } else { Err(postcard::Error::DeserializeBadEncoding.into()) }
}

/// The next value in the bytes, and its type.
struct Stored<'r, 'de> {
    nodes: &'r [Node],
    straight: &'r [bool],
    of: TypeRef,
    reader: &'r mut Reader<'de>,
}

impl<'r, 'de> Stored<'r, 'de> {
    fn node(&self) -> Result<&'r Node, ReadError> {
        self.nodes.get(self.of.place()).ok_or_else(|| de::Error::custom("an unknown type"))
    }

    /// Looks through newtypes and names.
    fn inside(mut self) -> Self {
        self.of = inside(self.nodes, self.of);
        self
    }

    /// Only what is inside of newtypes and names has been compared: asked of nothing else.
    fn is_straight(&self) -> bool {
        self.straight.get(self.of.place()).copied().unwrap_or(false)
    }

    /// A part of this value, which comes next in the bytes.
    fn part(&mut self, of: TypeRef) -> Stored<'_, 'de> {
        Stored { nodes: self.nodes, straight: self.straight, of, reader: self.reader }
    }

    fn is_byte(&self, of: TypeRef) -> bool {
        self.nodes.get(of.place()) == Some(&Node::Primitive(Primitive::U8))
    }

    fn visit_primitive<V: Visitor<'de>>(
        self,
        primitive: Primitive,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let reader = self.reader;
        match primitive {
            Primitive::Unit => visitor.visit_unit(),
            Primitive::Bool => visitor.visit_bool(reader.value()?),
            Primitive::Char => visitor.visit_char(reader.value()?),
            Primitive::U8 => visitor.visit_u8(reader.value()?),
            Primitive::U16 => visitor.visit_u16(reader.value()?),
            Primitive::U32 => visitor.visit_u32(reader.value()?),
            Primitive::U64 | Primitive::Usize => visitor.visit_u64(reader.value()?),
            Primitive::U128 => visitor.visit_u128(reader.value()?),
            Primitive::I8 => visitor.visit_i8(reader.value()?),
            Primitive::I16 => visitor.visit_i16(reader.value()?),
            Primitive::I32 => visitor.visit_i32(reader.value()?),
            Primitive::I64 | Primitive::Isize => visitor.visit_i64(reader.value()?),
            Primitive::I128 => visitor.visit_i128(reader.value()?),
            Primitive::F32 => visitor.visit_f32(reader.value()?),
            Primitive::F64 => visitor.visit_f64(reader.value()?),
            Primitive::String => visitor.visit_borrowed_str(reader.value()?),
            Primitive::Bytes => visitor.visit_borrowed_bytes(reader.bytes()?),
            // Describes itself, and is always stored as itself.
            Primitive::Value => Ok(reader.with_postcard(|deserializer| {
                deserializer.deserialize_enum("Value", &[], visitor)
            })?),
        }
    }

    fn visit_items<V: Visitor<'de>>(
        self,
        items: impl Iterator<Item = TypeRef>,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let mut parts = Items { items, stored: self };
        let value = visitor.visit_seq(&mut parts)?;
        if parts.items.next().is_some() {
            return Err(de::Error::custom("there are more items than the type has"));
        }
        Ok(value)
    }

    fn visit_repeated<V: Visitor<'de>>(
        self,
        of: TypeRef,
        count: u64,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let mut parts = Repeated { of, left: count, stored: self };
        let value = visitor.visit_seq(&mut parts)?;
        if parts.left > 0 {
            return Err(de::Error::custom("there are more items than the type has"));
        }
        Ok(value)
    }

    fn visit_shape<V: Visitor<'de>>(
        mut self,
        shape: &'r Shape,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match shape {
            Shape::Unit => visitor.visit_unit(),
            Shape::Newtype(of) => self.part(*of).deserialize_any(visitor),
            Shape::Tuple(items) => self.visit_items(items.iter().map(|item| item.of), visitor),
            Shape::Fields(fields) => {
                let mut parts = Named { fields: fields.list.iter(), value: None, stored: self };
                let value = visitor.visit_map(&mut parts)?;
                parts.finish()?;
                Ok(value)
            }
        }
    }

    /// What a type with named fields gets.
    fn visit_fields<V: Visitor<'de>>(
        self,
        shape: &'r Shape,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        if matches!(shape, Shape::Unit) {
            let mut none = Named { fields: [].iter(), value: None, stored: self };
            return visitor.visit_map(&mut none);
        }
        self.visit_shape(shape, visitor)
    }

    /// What a type with fields that have no names gets.
    fn visit_row<V: Visitor<'de>>(
        self,
        shape: &'r Shape,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match shape {
            Shape::Unit => self.visit_items(std::iter::empty(), visitor),
            Shape::Newtype(of) => self.visit_items(std::iter::once(*of), visitor),
            _ => self.visit_shape(shape, visitor),
        }
    }
}

/// Types that say what they want, where nothing depends on that.
macro_rules! as_any {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.deserialize_any(visitor)
        })+
    };
}

/// Compound types that can be decoded at once are.
macro_rules! straight {
    ($self:ident, $visitor:ident, $method:ident($($argument:expr),*)) => {
        if $self.is_straight() {
            return Ok($self
                .reader
                .with_postcard(|deserializer| deserializer.$method($($argument,)* $visitor))?);
        }
    };
}

impl<'de> Deserializer<'de> for Stored<'_, 'de> {
    type Error = ReadError;

    fn is_human_readable(&self) -> bool {
        false
    }

    as_any! {
        deserialize_bool deserialize_char deserialize_str deserialize_string
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_f32 deserialize_f64 deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ReadError> {
        match self.node()? {
            Node::Primitive(primitive) => self.visit_primitive(*primitive, visitor),
            Node::Option(of) => match self.reader.value::<u8>()? {
                0 => visitor.visit_none(),
                1 => visitor.visit_some(self.part(*of)),
                _ => Err(postcard::Error::DeserializeBadOption.into()),
            },
            Node::Sequence(of) | Node::Set(of) => {
                let count = self.reader.number()?;
                self.visit_repeated(*of, count, visitor)
            }
            Node::Array(of, count) => self.visit_repeated(*of, *count, visitor),
            Node::Map(key, value) => {
                let left = self.reader.number()?;
                let mut parts = Entries { key: *key, value: *value, left, stored: self };
                let value = visitor.visit_map(&mut parts)?;
                parts.finish()?;
                Ok(value)
            }
            Node::Tuple(items) => self.visit_items(items.iter().copied(), visitor),
            Node::Struct(_, shape) => self.visit_shape(shape, visitor),
            Node::Enum(_, variants) => {
                let variant = parts::variant(variants, self.reader)?;
                visitor.visit_enum(Chosen { variant, stored: self })
            }
            Node::Named(_, of) => self.part(*of).deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let stored = self.inside();
        straight!(stored, visitor, deserialize_option());
        match stored.node()? {
            Node::Option(_) => stored.deserialize_any(visitor),
            _ => visitor.visit_some(stored),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.node()? {
            Node::Struct(_, Shape::Newtype(of)) => visitor.visit_newtype_struct(self.part(*of)),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, ReadError> {
        let nodes = self.nodes;
        let of = inside(nodes, self.of);
        self.of = of;
        match self.node()? {
            Node::Primitive(Primitive::Bytes) => self
                .reader
                .with_postcard(|deserializer| deserializer.deserialize_seq(visitor))
                .map_err(ReadError::Bytes),
            Node::Sequence(_) | Node::Set(_) => {
                straight!(self, visitor, deserialize_seq());
                self.deserialize_any(visitor)
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let stored = self.inside();
        match stored.node()? {
            Node::Sequence(of) if stored.is_byte(*of) => {
                visitor.visit_borrowed_bytes(stored.reader.bytes()?)
            }
            _ => stored.deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let stored = self.inside();
        if matches!(stored.node()?, Node::Map(..)) {
            straight!(stored, visitor, deserialize_map());
        }
        stored.deserialize_any(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let stored = self.inside();
        straight!(stored, visitor, deserialize_tuple(length));
        stored.deserialize_any(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        if let Node::Struct(_, shape) = self.node()?
            && is_row_of_one(self.nodes, self.of)
        {
            return self.visit_row(shape, visitor);
        }
        let stored = self.inside();
        straight!(stored, visitor, deserialize_tuple_struct(name, length));
        match stored.node()? {
            Node::Struct(_, shape) => stored.visit_row(shape, visitor),
            _ => stored.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let stored = self.inside();
        straight!(stored, visitor, deserialize_struct(name, fields));
        match stored.node()? {
            Node::Struct(_, shape) => stored.visit_fields(shape, visitor),
            _ => stored.deserialize_any(visitor),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let mut stored = self.inside();
        stored.skip()?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let stored = self.inside();
        straight!(stored, visitor, deserialize_enum(name, variants));
        stored.deserialize_any(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(
        mut self,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.skip()?;
        visitor.visit_unit()
    }
}
