//! Values as JSON and back, exactly, under the guidance of a descriptor.
//!
//! [`Value::to_json`] is JSON for people: bytes become lists, `Some(None)` becomes `null`, NaN is lost. The JSON here
//! is for [exports](crate::docs::export): what is written of a value is read as the same value, bit by bit. The type
//! says where that takes more than JSON has, and what is written then. Everywhere else it is the JSON that one expects:
//! a struct is an object, a list an array. The table of forms is in `docs/export.md`.
//!
//! A [`Value`] that is stored as such describes itself and has no type that could guide. Its kinds that JSON
//! has not are marked by an object with one name that begins with `$` ([`marked`]).
//!
//! [`parse`] makes a tree of a line of text, within a limit on its depth. [`write`](mod@write) and
//! [`read`](mod@read) walk the type and the value together. What is read need not be what was written here: fields
//! may be in any order, and a string that is no number is an error that says where. [`public`] gives both to users.

mod marked;
pub(crate) mod parse;
mod public;
mod read;
mod write;

use crate::codec::hexadecimal;
use crate::error::{Error, Result};
use crate::schema::descriptor::Descriptor;
use crate::schema::kinds::inside;
use crate::schema::node::{Node, Primitive, Shape, TypeRef};
use crate::value::{Integer, Value};
use parse::Json;
use std::fmt::{self, Write};

/// The greatest integer up to which all have an exact double: what is beyond is written as a string, as RFC 7493
/// asks for.
const GREATEST_EXACT: u64 = (1 << 53) - 1;

/// Why JSON is not of a type.
#[derive(Debug)]
pub(crate) struct Mismatch {
    expected: String,
    found: String,
    /// From the innermost step to the outermost.
    path: Vec<String>,
}

impl Mismatch {
    fn new(expected: impl Into<String>, found: &Json) -> Self {
        Self { expected: expected.into(), found: found.kind(), path: Vec::new() }
    }

    fn inside(mut self, step: impl Into<String>) -> Self {
        self.path.push(step.into());
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.path.iter().rev().enumerate() {
            if place > 0 {
                f.write_char('.')?;
            }
            f.write_str(step)?;
        }
        if !self.path.is_empty() {
            f.write_str(": ")?;
        }
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

impl std::error::Error for Mismatch {}

impl Descriptor {
    /// Appends a record, which has this form, as JSON.
    pub(crate) fn append_json(&self, out: &mut String, record: &Value) -> Result<()> {
        write::append(&self.parts.nodes, self.parts.record, record, out)
    }

    /// Appends the key of a record as JSON.
    pub(crate) fn append_key_json(&self, out: &mut String, key: &Value) -> Result<()> {
        write::append(&self.parts.nodes, self.parts.key.unwrap_or(self.parts.record), key, out)
    }

    /// The record that JSON is in this form.
    pub(crate) fn record_of_json(&self, json: &Json) -> Result<Value> {
        read::value(&self.parts.nodes, self.parts.record, json).map_err(unreadable)
    }

    /// The key that JSON is in this form.
    pub(crate) fn key_of_json(&self, json: &Json) -> Result<Value> {
        let of = self.parts.key.unwrap_or(self.parts.record);
        read::value(&self.parts.nodes, of, json).map_err(unreadable)
    }
}

fn unreadable(mismatch: Mismatch) -> Error {
    Error::decode("folio::Value", mismatch)
}

/// Whether a value of this type may be written as `null`, so that an option around it needs a mark.
fn may_be_null(nodes: &[Node], of: TypeRef) -> bool {
    matches!(
        nodes.get(inside(nodes, of).place()),
        Some(
            Node::Option(_)
                | Node::Struct(_, Shape::Unit)
                | Node::Primitive(Primitive::Unit | Primitive::Value)
        )
    )
}

/// Whether the keys of a map are written as the names of an object.
fn are_names(nodes: &[Node], key: TypeRef) -> bool {
    use Primitive::{Bytes, F32, F64, Unit, Value};
    match nodes.get(inside(nodes, key).place()) {
        Some(Node::Primitive(primitive)) => !matches!(primitive, Unit | F32 | F64 | Bytes | Value),
        Some(Node::Enum(_, variants)) => {
            variants.iter().all(|variant| variant.shape == Shape::Unit)
        }
        _ => false,
    }
}

/// Appends a string in quotes.
pub(crate) fn append_text(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Those that some programs take for the end of a line, too.
            letter if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

fn append_integer(out: &mut String, integer: &Integer) {
    let is_exact =
        i64::try_from(integer).is_ok_and(|number| number.unsigned_abs() <= GREATEST_EXACT);
    let _ = if is_exact { write!(out, "{integer}") } else { write!(out, "\"{integer}\"") };
}

fn append_f64(out: &mut String, number: f64) {
    let _ = match number {
        number if number.is_finite() => write!(out, "{number:?}"),
        number if number.is_infinite() => write!(out, "\"{number}\""),
        // There are many, which differ in their bits.
        number => write!(out, "\"NaN {:016x}\"", number.to_bits()),
    };
}

fn append_f32(out: &mut String, number: f32) {
    let _ = match number {
        number if number.is_finite() => write!(out, "{number:?}"),
        number if number.is_infinite() => write!(out, "\"{number}\""),
        number => write!(out, "\"NaN {:08x}\"", number.to_bits()),
    };
}

fn append_bytes(out: &mut String, bytes: &[u8]) {
    out.push('"');
    out.push_str(&hexadecimal(bytes));
    out.push('"');
}

/// The integer that a number or a string is, if it is written as that integer is.
fn integer_of(text: &str) -> Option<Integer> {
    text.parse::<Integer>().ok().filter(|integer| integer.to_string() == text)
}

fn f64_of(json: &Json) -> Option<f64> {
    match json {
        Json::Number(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        Json::Text(text) => match text.as_str() {
            "inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            text => {
                let bits = text.strip_prefix("NaN ").filter(|digits| digits.len() == 16)?;
                let number = f64::from_bits(u64::from_str_radix(bits, 16).ok()?);
                number.is_nan().then_some(number)
            }
        },
        _ => None,
    }
}

fn f32_of(json: &Json) -> Option<f32> {
    match json {
        Json::Number(text) => text.parse().ok().filter(|number: &f32| number.is_finite()),
        Json::Text(text) => match text.as_str() {
            "inf" => Some(f32::INFINITY),
            "-inf" => Some(f32::NEG_INFINITY),
            text => {
                let bits = text.strip_prefix("NaN ").filter(|digits| digits.len() == 8)?;
                let number = f32::from_bits(u32::from_str_radix(bits, 16).ok()?);
                number.is_nan().then_some(number)
            }
        },
        _ => None,
    }
}

/// The bytes that hexadecimal digits are, two each.
pub(crate) fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit =
        |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}
