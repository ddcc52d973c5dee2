//! The parts of compound values, one after the other.

use crate::codec::Reader;
use crate::schema::node::{Field, Shape, TypeRef, Variant};
use crate::schema::read::{ReadError, Stored};
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use std::slice;

/// Items of several types.
pub(super) struct Items<'r, 'de, I> {
    pub(super) items: I,
    pub(super) stored: Stored<'r, 'de>,
}

impl<'de, I: Iterator<Item = TypeRef>> SeqAccess<'de> for &mut Items<'_, 'de, I> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        self.items.next().map(|of| seed.deserialize(self.stored.part(of))).transpose()
    }
}

/// Items of one type.
pub(super) struct Repeated<'r, 'de> {
    pub(super) of: TypeRef,
    pub(super) left: u64,
    pub(super) stored: Stored<'r, 'de>,
}

impl<'de> SeqAccess<'de> for &mut Repeated<'_, 'de> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(self.stored.part(self.of)).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(bounded(self.left, &self.stored))
    }
}

/// Keys with values.
pub(super) struct Entries<'r, 'de> {
    pub(super) key: TypeRef,
    pub(super) value: TypeRef,
    pub(super) left: u64,
    pub(super) stored: Stored<'r, 'de>,
}

impl Entries<'_, '_> {
    /// Checks that all were read.
    pub(super) fn finish(self) -> Result<(), ReadError> {
        if self.left == 0 {
            return Ok(());
        }
        Err(serde::de::Error::custom("there are more entries than the type reads"))
    }
}

impl<'de> MapAccess<'de> for &mut Entries<'_, 'de> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(self.stored.part(self.key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        seed.deserialize(self.stored.part(self.value))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(bounded(self.left, &self.stored))
    }
}

/// Fields with names.
pub(super) struct Named<'r, 'de> {
    pub(super) fields: slice::Iter<'r, Field>,
    /// The type of the field whose name was read last.
    pub(super) value: Option<TypeRef>,
    pub(super) stored: Stored<'r, 'de>,
}

impl<'de> Named<'_, 'de> {
    /// Passes over the fields that were not read.
    pub(super) fn finish(mut self) -> Result<(), ReadError> {
        if let Some(of) = self.value.take() {
            self.stored.part(of).skip()?;
        }
        for field in self.fields.by_ref() {
            self.stored.part(field.of).skip()?;
        }
        Ok(())
    }

    fn key<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ReadError> {
        let Some(field) = self.fields.next() else { return Ok(None) };
        self.value = Some(field.of);
        let name: StrDeserializer<'_, ReadError> = (*field.names.name).into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn field<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        let Some(of) = self.value.take() else {
            return Err(serde::de::Error::custom("a value was asked for before its name"));
        };
        seed.deserialize(self.stored.part(of))
    }
}

impl<'de> MapAccess<'de> for &mut Named<'_, 'de> {
    type Error = ReadError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        self.key(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ReadError> {
        self.field(seed)
    }
}

/// The variant of an enum that is stored.
pub(super) struct Chosen<'r, 'de> {
    pub(super) variant: &'r Variant,
    pub(super) stored: Stored<'r, 'de>,
}

impl<'de> EnumAccess<'de> for Chosen<'_, 'de> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), ReadError> {
        let name: StrDeserializer<'_, ReadError> = (*self.variant.names.name).into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Chosen<'_, 'de> {
    type Error = ReadError;

    fn unit_variant(mut self) -> Result<(), ReadError> {
        self.stored.skip_shape(&self.variant.shape)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(
        mut self,
        seed: S,
    ) -> Result<S::Value, ReadError> {
        match &self.variant.shape {
            Shape::Newtype(of) => seed.deserialize(self.stored.part(*of)),
            _ => Err(serde::de::Error::custom("the stored variant has not one field")),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.stored.visit_row(&self.variant.shape, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.stored.visit_fields(&self.variant.shape, visitor)
    }
}

/// Reads which variant it is.
pub(super) fn variant<'v>(
    variants: &'v [Variant],
    reader: &mut Reader<'_>,
) -> Result<&'v Variant, ReadError> {
    let number: u32 = reader.value()?;
    usize::try_from(number).ok().and_then(|number| variants.get(number)).ok_or_else(|| {
        let count = variants.len();
        serde::de::Error::custom(format!("variant number {number} of an enum of {count}"))
    })
}

/// How many items come, as far as the bytes could hold them.
fn bounded(count: u64, stored: &Stored<'_, '_>) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX).min(stored.reader.remaining())
}
