//! The parts of a value, one after the other.

use super::Reader;
use crate::value::Value;
use crate::value::error::{Failure, Step};
use crate::value::wire::tag::Tag;
use serde::de::value::SeqDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use std::iter::Enumerate;
use std::slice::Iter;
use std::sync::Arc;

/// The elements of a sequence.
pub(super) struct Elements<'de> {
    outer: Reader<'de>,
    values: Enumerate<Iter<'de, Value>>,
}

impl<'de> Elements<'de> {
    /// Gives all elements. One that isn't taken is an error: it would be lost.
    pub(super) fn visit<V: Visitor<'de>>(
        outer: Reader<'de>,
        values: &'de [Value],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let mut elements = Self { outer, values: values.iter().enumerate() };
        let value = visitor.visit_seq(&mut elements)?;
        all_taken(elements.values.len(), values.len())?;
        Ok(value)
    }
}

fn all_taken(left: usize, of: usize) -> Result<(), Failure> {
    if left == 0 {
        return Ok(());
    }
    Err(Failure::new(format!("expected {} elements, found {of}", of.saturating_sub(left))))
}

impl<'de> SeqAccess<'de> for &mut Elements<'de> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Failure> {
        let Some((index, value)) = self.values.next() else { return Ok(None) };
        self.outer.read(value, seed, || Step::Index(index)).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.values.len())
    }
}

/// Bytes, as a sequence of numbers.
pub(super) struct ByteElements;

impl ByteElements {
    pub(super) fn visit<'de, V: Visitor<'de>>(
        bytes: &'de [u8],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let mut elements = SeqDeserializer::new(bytes.iter().copied());
        let value = visitor.visit_seq(&mut elements)?;
        elements.end()?;
        Ok(value)
    }
}

/// The entries of a map.
pub(super) struct Entries<'de> {
    outer: Reader<'de>,
    rest: Iter<'de, (Value, Value)>,
    /// The entry whose value comes next.
    current: Option<&'de (Value, Value)>,
}

impl<'de> Entries<'de> {
    pub(super) fn visit<V: Visitor<'de>>(
        outer: Reader<'de>,
        entries: &'de [(Value, Value)],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let mut access = Self { outer, rest: entries.iter(), current: None };
        let value = visitor.visit_map(&mut access)?;
        all_taken(access.rest.len(), entries.len())?;
        Ok(value)
    }
}

impl<'de> MapAccess<'de> for &mut Entries<'de> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Failure> {
        self.current = self.rest.next();
        let Some((key, _)) = self.current else { return Ok(None) };
        match key {
            Value::String(text) => seed
                .deserialize(Reader::key(text))
                .map_err(|failure| failure.inside(Step::of_key(key))),
            _ => self.outer.read(key, seed, || Step::of_key(key)),
        }
        .map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Failure> {
        let Some((key, value)) = self.current.take() else { return Err(no_key()) };
        self.outer.read(value, seed, || Step::of_key(key))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

fn no_key() -> Failure {
    Failure::new("a value of a map was asked for before its key")
}

/// The fields of a struct, as the entries of a map.
pub(super) struct Fields<'de, I> {
    outer: Reader<'de>,
    rest: I,
    /// The field whose value comes next.
    current: Option<(&'de str, &'de Value)>,
}

impl<'de> Fields<'de, ()> {
    pub(super) fn visit<V: Visitor<'de>>(
        outer: Reader<'de>,
        fields: &'de [(Arc<str>, Value)],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let of = fields.len();
        let rest = fields.iter().map(|(name, value)| (&**name, value));
        let mut access = Fields { outer, rest, current: None };
        let value = visitor.visit_map(&mut access)?;
        all_taken(access.rest.len(), of)?;
        Ok(value)
    }

    /// Gives a variant as a map of one entry.
    pub(super) fn visit_one<V: Visitor<'de>>(
        outer: Reader<'de>,
        name: &'de str,
        value: &'de Value,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let mut access = Fields { outer, rest: std::iter::once((name, value)), current: None };
        let value = visitor.visit_map(&mut access)?;
        all_taken(access.rest.len(), 1)?;
        Ok(value)
    }
}

impl<'de, I> MapAccess<'de> for &mut Fields<'de, I>
where
    I: ExactSizeIterator<Item = (&'de str, &'de Value)>,
{
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Failure> {
        self.current = self.rest.next();
        let Some((name, _)) = self.current else { return Ok(None) };
        seed.deserialize(Reader::key(name))
            .map(Some)
            .map_err(|failure| failure.inside(Step::Name(name.to_owned())))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Failure> {
        let Some((name, value)) = self.current.take() else { return Err(no_key()) };
        self.outer.read(value, seed, || Step::Name(name.to_owned()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// A variant: its name, then its content.
pub(super) struct VariantContent<'de> {
    pub(super) outer: Reader<'de>,
    pub(super) name: &'de str,
    pub(super) content: &'de Value,
}

impl<'de> VariantContent<'de> {
    fn placed<T>(
        &self,
        read: impl FnOnce(Reader<'de>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.outer
            .inner(self.content)
            .and_then(read)
            .map_err(|failure| failure.inside(Step::Name(self.name.to_owned())))
    }
}

impl<'de> EnumAccess<'de> for VariantContent<'de> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Failure> {
        let name = seed.deserialize(Reader::key(self.name))?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for VariantContent<'de> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        if self.content.is_null() {
            return Ok(());
        }
        let found = self.content.kind();
        let failure = Failure::new(format!("expected a variant without content, found {found}"));
        Err(failure.inside(Step::Name(self.name.to_owned())))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        self.placed(|content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.placed(|content| content.deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.placed(|content| content.deserialize_map(visitor))
    }
}

/// A value that is wanted as a value: its tag, then its content.
pub(super) struct MarkedVariant<'de> {
    pub(super) reader: Reader<'de>,
}

impl<'de> EnumAccess<'de> for MarkedVariant<'de> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Failure> {
        let tag = Tag::of(self.reader.value);
        Ok((seed.deserialize(tag.deserializer::<Failure>())?, self))
    }
}

impl<'de> VariantAccess<'de> for MarkedVariant<'de> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        match self.reader.value {
            Value::Some(value) => seed.deserialize(self.reader.inner(value)?),
            _ => seed.deserialize(self.reader),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        let Value::Variant(variant) = self.reader.value else {
            return Err(Failure::invalid_type(Unexpected::TupleVariant, &visitor));
        };
        let outer = self.reader;
        visitor.visit_seq(NameAndContent {
            outer,
            name: Some(&variant.name),
            content: &variant.value,
        })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        Err(Failure::invalid_type(Unexpected::StructVariant, &visitor))
    }
}

/// The two parts of a variant that is wanted as a value.
struct NameAndContent<'de> {
    outer: Reader<'de>,
    /// Until it is taken.
    name: Option<&'de str>,
    content: &'de Value,
}

impl<'de> SeqAccess<'de> for NameAndContent<'de> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Failure> {
        match self.name.take() {
            Some(name) => seed.deserialize(Reader::key(name)),
            None => seed.deserialize(self.outer.inner(self.content)?),
        }
        .map(Some)
    }
}
