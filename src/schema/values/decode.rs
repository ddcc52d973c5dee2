//! Bytes as a value.
//!
//! The numbers in the bytes are not believed. Every value counts against the limits before it is made,
//! so that a list of what takes no bytes ends; memory is reserved for as many items as the bytes could
//! hold. What a number, a text or a tag may look like is postcard's to say: it reads them.

use super::failure::{Cause, Failure, Step, shown};
use super::limits::{Budget, Limits};
use crate::codec::Reader;
use crate::schema::node::{Fields, Node, Primitive, Shape, TypeRef, Variant};
use crate::value::{Value, Variant as Chosen};
use serde::Deserialize;
use std::sync::Arc;

/// How many items are reserved on the word of the bytes or of the descriptor.
const MAX_RESERVE: usize = 1_024;

/// Reads all of `bytes` as a value of the type at `of`.
pub(super) fn decode(
    nodes: &[Node],
    of: TypeRef,
    bytes: &[u8],
    limits: Limits,
) -> Result<Value, Failure> {
    let mut decoder = Decoder { nodes, reader: Reader::new(bytes), budget: Budget::new(limits) };
    let value = decoder.value(of, 0);
    let value = value.and_then(|value| match decoder.reader.remaining() {
        0 => Ok(value),
        left => Err(Cause::Left(left).into()),
    });
    // Nothing is read after a failure: what is left began where it happened.
    value.map_err(|failure| failure.at(bytes.len() - decoder.reader.remaining()))
}

struct Decoder<'d, 'b> {
    nodes: &'d [Node],
    reader: Reader<'b>,
    budget: Budget,
}

impl<'d, 'b> Decoder<'d, 'b> {
    /// The next value, which has `depth` values around it.
    fn value(&mut self, of: TypeRef, depth: usize) -> Result<Value, Failure> {
        match self.content(of)? {
            Node::Primitive(primitive) => self.primitive(*primitive, depth),
            Node::Option(of) => self.option(*of, depth),
            Node::Sequence(of) | Node::Set(of) => {
                let count = self.count()?;
                self.items(*of, count, depth)
            }
            Node::Array(of, count) => self.items(*of, *count, depth),
            Node::Map(key, value) => self.map(*key, *value, depth),
            Node::Tuple(items) => self.row(items.iter().copied(), items.len(), depth),
            Node::Struct(_, shape) => self.shape(shape, depth),
            Node::Enum(_, variants) => self.variant(variants, depth),
            // Its content is what was asked for.
            Node::Named(..) => Err(Cause::NoType.into()),
        }
    }

    /// The type whose values are stored: names and structs around a single value do not show.
    fn content(&mut self, mut of: TypeRef) -> Result<&'d Node, Failure> {
        loop {
            self.budget.charge()?;
            match self.nodes.get(of.place()).ok_or(Cause::NoType)? {
                Node::Named(_, inner) | Node::Struct(_, Shape::Newtype(inner)) => of = *inner,
                node => return Ok(node),
            }
        }
    }

    fn read<T: Deserialize<'b>>(&mut self, wanted: &'static str) -> Result<T, Failure> {
        Ok(self.reader.value().map_err(|source| Cause::Bytes { wanted, source })?)
    }

    fn count(&mut self) -> Result<u64, Failure> {
        self.read("a count")
    }

    fn bytes(&mut self, count: u64) -> Result<Value, Failure> {
        // What does not fit into memory is not there.
        let bytes = self.reader.take(usize::try_from(count).unwrap_or(usize::MAX));
        let bytes = bytes.map_err(|source| Cause::Bytes { wanted: "bytes", source })?;
        Ok(Value::Bytes(bytes.to_vec()))
    }

    fn primitive(&mut self, primitive: Primitive, depth: usize) -> Result<Value, Failure> {
        Ok(match primitive {
            Primitive::Unit => Value::Null,
            Primitive::Bool => self.read::<bool>("a `bool`")?.into(),
            Primitive::Char => self.read::<char>("a `char`")?.into(),
            Primitive::U8 => self.read::<u8>("a `u8`")?.into(),
            Primitive::U16 => self.read::<u16>("a `u16`")?.into(),
            Primitive::U32 => self.read::<u32>("a `u32`")?.into(),
            Primitive::U64 | Primitive::Usize => self.read::<u64>("a `u64`")?.into(),
            Primitive::U128 => self.read::<u128>("a `u128`")?.into(),
            Primitive::I8 => self.read::<i8>("an `i8`")?.into(),
            Primitive::I16 => self.read::<i16>("an `i16`")?.into(),
            Primitive::I32 => self.read::<i32>("an `i32`")?.into(),
            Primitive::I64 | Primitive::Isize => self.read::<i64>("an `i64`")?.into(),
            Primitive::I128 => self.read::<i128>("an `i128`")?.into(),
            Primitive::F32 => self.read::<f32>("an `f32`")?.into(),
            Primitive::F64 => self.read::<f64>("an `f64`")?.into(),
            Primitive::String => self.read::<&str>("a text")?.into(),
            Primitive::Bytes => {
                let count = self.count()?;
                self.bytes(count)?
            }
            Primitive::Value => {
                let value = self.read::<Value>("a value")?;
                // It came at once: no value takes less than a byte, so that it is not much larger
                // than the bytes.
                self.budget.admit(&value, depth)?;
                value
            }
        })
    }

    fn option(&mut self, of: TypeRef, depth: usize) -> Result<Value, Failure> {
        match self.read::<u8>("an option")? {
            0 => Ok(Value::Null),
            1 => {
                let inner = self.budget.inner(depth)?;
                Ok(Value::Some(Box::new(self.value(of, inner)?)))
            }
            _ => {
                let source = postcard::Error::DeserializeBadOption;
                Err(Cause::Bytes { wanted: "an option", source }.into())
            }
        }
    }

    fn items(&mut self, of: TypeRef, count: u64, depth: usize) -> Result<Value, Failure> {
        if self.nodes.get(of.place()) == Some(&Node::Primitive(Primitive::U8)) {
            return self.bytes(count);
        }
        let inner = self.budget.inner(depth)?;
        let mut items = self.room_for(count);
        for index in 0..count {
            items.push(self.part(of, inner, || Step::index(index))?);
        }
        Ok(Value::Sequence(items))
    }

    fn map(&mut self, key: TypeRef, value: TypeRef, depth: usize) -> Result<Value, Failure> {
        let count = self.count()?;
        let inner = self.budget.inner(depth)?;
        let mut entries = self.room_for(count);
        for index in 0..count {
            let key = self.part(key, inner, || Step::entry(index))?;
            let value = self.part(value, inner, || Step::Key(shown(&key)))?;
            entries.push((key, value));
        }
        Ok(Value::Map(entries))
    }

    /// Items of several types.
    fn row(
        &mut self,
        items: impl Iterator<Item = TypeRef>,
        count: usize,
        depth: usize,
    ) -> Result<Value, Failure> {
        let inner = self.budget.inner(depth)?;
        let mut row = Vec::with_capacity(count.min(MAX_RESERVE));
        for (index, of) in items.enumerate() {
            row.push(self.part(of, inner, || Step::Index(index))?);
        }
        Ok(Value::Sequence(row))
    }

    fn shape(&mut self, shape: &Shape, depth: usize) -> Result<Value, Failure> {
        match shape {
            Shape::Unit => Ok(Value::Null),
            Shape::Newtype(of) => self.value(*of, depth),
            Shape::Tuple(items) => self.row(items.iter().map(|item| item.of), items.len(), depth),
            Shape::Fields(fields) => self.fields(fields, depth),
        }
    }

    fn fields(&mut self, fields: &Fields, depth: usize) -> Result<Value, Failure> {
        let inner = self.budget.inner(depth)?;
        let mut found = Vec::with_capacity(fields.list.len().min(MAX_RESERVE));
        for field in &fields.list {
            let name = Arc::clone(&field.names.name);
            let value = self.part(field.of, inner, || Step::Name(Arc::clone(&name)))?;
            found.push((name, value));
        }
        Ok(Value::Struct(found))
    }

    fn variant(&mut self, variants: &[Variant], depth: usize) -> Result<Value, Failure> {
        let number: u32 = self.read("the number of a variant")?;
        let variant = usize::try_from(number).ok().and_then(|number| variants.get(number));
        let variant = variant.ok_or(Cause::NoVariant { number, count: variants.len() })?;
        let inner = self.budget.inner(depth)?;
        let name = Arc::clone(&variant.names.name);
        match self.shape(&variant.shape, inner) {
            Ok(value) => Ok(Chosen { name, value }.into()),
            Err(failure) => Err(failure.inside(Step::Name(name))),
        }
    }

    /// A value in another one, one step further in.
    fn part(
        &mut self,
        of: TypeRef,
        depth: usize,
        step: impl FnOnce() -> Step,
    ) -> Result<Value, Failure> {
        self.value(of, depth).map_err(|failure| failure.inside(step()))
    }

    /// An empty list for so many items, if the bytes can hold them.
    fn room_for<T>(&self, count: u64) -> Vec<T> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Vec::with_capacity(count.min(self.reader.remaining()).min(MAX_RESERVE))
    }
}
