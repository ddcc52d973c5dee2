//! Descriptors as bytes; the form is in `docs/format.md`.
//!
//! What is read is checked before anybody walks through it: every reference leads somewhere, and the
//! types make sense ([`soundness`]).

use crate::codec::{self, Reader};
use crate::schema::node::{
    Field, Fields, Item, Names, Node, Parts, Primitive, Shape, TypeRef, Variant,
};
use crate::schema::soundness::{self, Unsound};
use std::fmt;
use std::sync::Arc;

/// Behind the tags of the primitives.
const OPTION: u8 = 32;
const SEQUENCE: u8 = 33;
const SET: u8 = 34;
const ARRAY: u8 = 35;
const MAP: u8 = 36;
const TUPLE: u8 = 37;
const STRUCT: u8 = 38;
const ENUM: u8 = 39;
const NAMED: u8 = 40;

const UNIT: u8 = 0;
const NEWTYPE: u8 = 1;
const ITEMS: u8 = 2;
const FIELDS: u8 = 3;

/// Why bytes are not a descriptor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    Bytes(postcard::Error),
    Tag(u8),
    Reference(u64),
    Unsound(Unsound),
    Left(usize),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(error) => write!(f, "a descriptor that breaks off: {error}"),
            Self::Tag(tag) => write!(f, "a descriptor with the unknown tag {tag}"),
            Self::Reference(place) => write!(f, "a descriptor without a type number {place}"),
            Self::Unsound(unsound) => write!(f, "a descriptor with {unsound}"),
            Self::Left(bytes) => write!(f, "a descriptor with {bytes} bytes behind it"),
        }
    }
}

impl std::error::Error for Malformed {}

impl From<postcard::Error> for Malformed {
    fn from(error: postcard::Error) -> Self {
        Self::Bytes(error)
    }
}

impl From<Unsound> for Malformed {
    fn from(unsound: Unsound) -> Self {
        Self::Unsound(unsound)
    }
}

pub(crate) fn encode(parts: &Parts) -> Vec<u8> {
    let Parts { nodes, version, record, key, key_fields } = parts;
    let mut out = Vec::with_capacity(64);
    codec::append_number(&mut out, (*version).into());
    codec::append_length(&mut out, key.map_or(0, |key| key.place() + 1));
    refer(&mut out, *record);
    codec::append_length(&mut out, nodes.len());
    for node in nodes {
        append_node(&mut out, node);
    }
    if !key_fields.is_empty() {
        codec::append_length(&mut out, key_fields.len());
        for name in key_fields {
            codec::append_bytes(&mut out, name.as_bytes());
        }
    }
    out
}

fn append_node(out: &mut Vec<u8>, node: &Node) {
    let mut with = |tag: u8, parts: &[TypeRef]| {
        out.push(tag);
        for part in parts {
            refer(out, *part);
        }
    };
    match node {
        Node::Primitive(primitive) => out.push(tag_of(*primitive)),
        Node::Option(of) => with(OPTION, &[*of]),
        Node::Sequence(of) => with(SEQUENCE, &[*of]),
        Node::Set(of) => with(SET, &[*of]),
        Node::Map(key, value) => with(MAP, &[*key, *value]),
        Node::Array(of, length) => {
            with(ARRAY, &[*of]);
            codec::append_number(out, *length);
        }
        Node::Tuple(items) => {
            out.push(TUPLE);
            codec::append_length(out, items.len());
            for item in items {
                refer(out, *item);
            }
        }
        Node::Struct(name, shape) => {
            out.push(STRUCT);
            codec::append_bytes(out, name.as_bytes());
            append_shape(out, shape);
        }
        Node::Enum(name, variants) => {
            out.push(ENUM);
            codec::append_bytes(out, name.as_bytes());
            codec::append_length(out, variants.len());
            for variant in variants {
                codec::append_bytes(out, variant.names.name.as_bytes());
                append_shape(out, &variant.shape);
            }
        }
        Node::Named(name, of) => {
            out.push(NAMED);
            codec::append_bytes(out, name.as_bytes());
            refer(out, *of);
        }
    }
}

fn append_shape(out: &mut Vec<u8>, shape: &Shape) {
    match shape {
        Shape::Unit => out.push(UNIT),
        Shape::Newtype(of) => {
            out.push(NEWTYPE);
            refer(out, *of);
        }
        Shape::Tuple(items) => {
            out.push(ITEMS);
            codec::append_length(out, items.len());
            for item in items {
                refer(out, item.of);
            }
        }
        Shape::Fields(fields) => {
            out.push(FIELDS);
            codec::append_length(out, fields.list.len());
            for field in &fields.list {
                codec::append_bytes(out, field.names.name.as_bytes());
                refer(out, field.of);
            }
        }
    }
}

fn refer(out: &mut Vec<u8>, of: TypeRef) {
    codec::append_length(out, of.place());
}

fn tag_of(primitive: Primitive) -> u8 {
    let place = Primitive::ALL.iter().position(|(other, _)| *other == primitive);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Parts, Malformed> {
    let mut reader = Reader::new(bytes);
    let version = reader.value()?;
    let key = match reader.number()? {
        0 => None,
        number => Some(reference(number - 1)?),
    };
    let record = read_reference(&mut reader)?;
    let nodes = list(&mut reader, read_node)?;
    let behind = reader.remaining();
    let key_fields: Vec<Arc<str>> = match behind {
        0 => Vec::new(),
        _ => list(&mut reader, |reader| Ok(read_name(reader)?.into()))?,
    };
    // None at all are not written, so that a descriptor has one form.
    if !reader.is_empty() || (behind > 0 && key_fields.is_empty()) {
        return Err(Malformed::Left(behind));
    }
    let all = nodes.iter().flat_map(Node::parts).chain(key).chain([record]);
    if let Some(wrong) = all.into_iter().find(|of| of.place() >= nodes.len()) {
        return Err(Malformed::Reference(wrong.place() as u64));
    }
    soundness::check(&nodes)?;
    Ok(Parts { nodes, version, record, key, key_fields })
}

fn read_node(reader: &mut Reader<'_>) -> Result<Node, Malformed> {
    let tag: u8 = reader.value()?;
    if let Some((primitive, _)) = Primitive::ALL.get(usize::from(tag)) {
        return Ok(Node::Primitive(*primitive));
    }
    Ok(match tag {
        OPTION => Node::Option(read_reference(reader)?),
        SEQUENCE => Node::Sequence(read_reference(reader)?),
        SET => Node::Set(read_reference(reader)?),
        ARRAY => Node::Array(read_reference(reader)?, reader.number()?),
        MAP => Node::Map(read_reference(reader)?, read_reference(reader)?),
        TUPLE => Node::Tuple(list(reader, read_reference)?),
        STRUCT => Node::Struct(read_name(reader)?.into(), read_shape(reader)?),
        ENUM => Node::Enum(
            read_name(reader)?.into(),
            list(reader, |reader| {
                let names = Names::new(read_name(reader)?);
                Ok(Variant { names, shape: read_shape(reader)? })
            })?,
        ),
        NAMED => Node::Named(read_name(reader)?.into(), read_reference(reader)?),
        unknown => return Err(Malformed::Tag(unknown)),
    })
}

fn read_shape(reader: &mut Reader<'_>) -> Result<Shape, Malformed> {
    Ok(match reader.value::<u8>()? {
        UNIT => Shape::Unit,
        NEWTYPE => Shape::Newtype(read_reference(reader)?),
        ITEMS => Shape::Tuple(list(reader, |reader| {
            Ok(Item { of: read_reference(reader)?, default: false })
        })?),
        FIELDS => Shape::Fields(Fields {
            list: list(reader, |reader| {
                let names = Names::new(read_name(reader)?);
                Ok(Field { names, of: read_reference(reader)?, default: false })
            })?,
            deny_unknown: false,
        }),
        unknown => return Err(Malformed::Tag(unknown)),
    })
}

fn read_name<'a>(reader: &mut Reader<'a>) -> Result<&'a str, Malformed> {
    let name = std::str::from_utf8(reader.bytes()?);
    name.map_err(|_| Malformed::Bytes(postcard::Error::DeserializeBadUtf8))
}

fn read_reference(reader: &mut Reader<'_>) -> Result<TypeRef, Malformed> {
    reference(reader.number()?)
}

fn reference(place: u64) -> Result<TypeRef, Malformed> {
    let in_range = u32::try_from(place).map_err(|_| Malformed::Reference(place))?;
    Ok(TypeRef::new(in_range as usize))
}

/// Reads a count and as many items. A count that the bytes can't hold ends in an error at the first
/// missing item, before anything is allocated for the rest.
fn list<I>(
    reader: &mut Reader<'_>,
    mut item: impl FnMut(&mut Reader<'_>) -> Result<I, Malformed>,
) -> Result<Vec<I>, Malformed> {
    let count = reader.number()?;
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(item(reader)?);
    }
    Ok(items)
}

#[cfg(test)]
mod tests;
