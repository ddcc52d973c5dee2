//! Values as JSON.

use super::{
    append_bytes, append_f32, append_f64, append_integer, append_text, are_names, marked,
    may_be_null,
};
use crate::error::{Error, Result};
use crate::schema::kinds::inside;
use crate::schema::node::{Node, Primitive, Shape, TypeRef, Variant};
use crate::value::Value;
use std::fmt::Write;

/// Appends a value of the type at `of`.
pub(super) fn append(nodes: &[Node], of: TypeRef, value: &Value, out: &mut String) -> Result<()> {
    Writer { nodes, out }.value(of, value)
}

struct Writer<'a> {
    nodes: &'a [Node],
    out: &'a mut String,
}

impl<'a> Writer<'a> {
    fn value(&mut self, of: TypeRef, value: &Value) -> Result<()> {
        let node = self.nodes.get(inside(self.nodes, of).place()).ok_or_else(|| unfit(value))?;
        match (node, value) {
            (Node::Primitive(Primitive::Value), value) => marked::append(self.out, value),
            (Node::Option(_), Value::Null) => self.out.push_str("null"),
            (Node::Option(of), Value::Some(value)) if may_be_null(self.nodes, *of) => {
                self.out.push('[');
                self.value(*of, value)?;
                self.out.push(']');
            }
            (Node::Option(of), Value::Some(value)) => self.value(*of, value)?,
            (Node::Primitive(_), value) => self.primitive(value)?,
            (Node::Sequence(of) | Node::Set(of) | Node::Array(of, _), Value::Sequence(items)) => {
                self.items(items.iter().map(|item| (*of, item)))?;
            }
            // Lists of `u8`.
            (Node::Sequence(_) | Node::Set(_) | Node::Array(..), Value::Bytes(bytes)) => {
                append_bytes(self.out, bytes);
            }
            (Node::Map(key, of), Value::Map(entries)) => self.map(*key, *of, entries)?,
            (Node::Tuple(of), Value::Sequence(items)) => {
                self.items(of.iter().copied().zip(items))?;
            }
            (Node::Struct(_, shape), value) => self.shape(shape, value)?,
            (Node::Enum(_, variants), Value::Variant(chosen)) => {
                let variant = variants.iter().find(|variant| variant.names.name == chosen.name);
                self.variant(variant.ok_or_else(|| unfit(value))?, &chosen.value)?;
            }
            (_, value) => return Err(unfit(value)),
        }
        Ok(())
    }

    fn primitive(&mut self, value: &Value) -> Result<()> {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(value) => {
                let _ = write!(self.out, "{value}");
            }
            Value::Integer(integer) => append_integer(self.out, integer),
            Value::F32(number) => append_f32(self.out, *number),
            Value::F64(number) => append_f64(self.out, *number),
            Value::Char(letter) => append_text(self.out, letter.encode_utf8(&mut [0; 4])),
            Value::String(text) => append_text(self.out, text),
            Value::Bytes(bytes) => append_bytes(self.out, bytes),
            _ => return Err(unfit(value)),
        }
        Ok(())
    }

    fn items<'v>(&mut self, items: impl Iterator<Item = (TypeRef, &'v Value)>) -> Result<()> {
        self.out.push('[');
        for (place, (of, item)) in items.enumerate() {
            self.separate(place);
            self.value(of, item)?;
        }
        self.out.push(']');
        Ok(())
    }

    fn separate(&mut self, place: usize) {
        if place > 0 {
            self.out.push(',');
        }
    }

    fn map(&mut self, key: TypeRef, of: TypeRef, entries: &[(Value, Value)]) -> Result<()> {
        let are_names = are_names(self.nodes, key);
        self.out.push(if are_names { '{' } else { '[' });
        for (place, (name, value)) in entries.iter().enumerate() {
            self.separate(place);
            if are_names {
                append_text(self.out, &name_of(name).ok_or_else(|| unfit(name))?);
                self.out.push(':');
                self.value(of, value)?;
            } else {
                self.items([(key, name), (of, value)].into_iter())?;
            }
        }
        self.out.push(if are_names { '}' } else { ']' });
        Ok(())
    }

    fn shape(&mut self, shape: &'a Shape, value: &Value) -> Result<()> {
        match (shape, value) {
            (Shape::Unit, Value::Null) => self.out.push_str("null"),
            (Shape::Newtype(of), value) => self.value(*of, value)?,
            (Shape::Tuple(of), Value::Sequence(items)) => {
                self.items(of.iter().map(|item| item.of).zip(items))?;
            }
            (Shape::Fields(fields), Value::Struct(given)) => {
                self.out.push('{');
                for (place, (field, (name, value))) in fields.list.iter().zip(given).enumerate() {
                    self.separate(place);
                    append_text(self.out, name);
                    self.out.push(':');
                    self.value(field.of, value)?;
                }
                self.out.push('}');
            }
            (_, value) => return Err(unfit(value)),
        }
        Ok(())
    }

    fn variant(&mut self, variant: &'a Variant, content: &Value) -> Result<()> {
        if variant.shape == Shape::Unit {
            append_text(self.out, &variant.names.name);
            return Ok(());
        }
        self.out.push('{');
        append_text(self.out, &variant.names.name);
        self.out.push(':');
        self.shape(&variant.shape, content)?;
        self.out.push('}');
        Ok(())
    }
}

/// The key of a map as the name in an object.
fn name_of(key: &Value) -> Option<String> {
    Some(match key {
        Value::Bool(value) => value.to_string(),
        Value::Integer(integer) => integer.to_string(),
        Value::Char(letter) => letter.to_string(),
        Value::String(text) => text.clone(),
        Value::Variant(variant) => variant.name.to_string(),
        _ => return None,
    })
}

/// A value that is not what its descriptor says; decoding gives none.
fn unfit(value: &Value) -> Error {
    let text = format!("it is none of its type: {value}");
    let text: String = text.chars().take(100).collect();
    Error::encode("folio::Value", std::io::Error::other(text))
}
