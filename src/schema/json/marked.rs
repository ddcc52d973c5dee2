//! Values that describe themselves, as JSON that does.
//!
//! `null`, `true`, strings, integers that are exact in a double, floats with a point or an exponent, lists, and maps
//! whose keys are strings are themselves. All else is an object with one name that begins with `$`; a map that has such a
//! key itself is written as `$map`.

use super::parse::Json;
use super::{
    GREATEST_EXACT, Mismatch, append_bytes, append_f32, append_f64, append_text, bytes_of, f32_of,
    f64_of, integer_of,
};
use crate::value::{Integer, Value, Variant};
use std::fmt::Write;

pub(super) fn append(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        Value::Integer(integer) if is_exact(integer) => {
            let _ = write!(out, "{integer}");
        }
        Value::Integer(integer) => {
            let _ = write!(out, "{{\"$integer\":\"{integer}\"}}");
        }
        Value::F64(number) if number.is_finite() => append_f64(out, *number),
        Value::F64(number) => mark(out, "$f64", |out| append_f64(out, *number)),
        Value::F32(number) => mark(out, "$f32", |out| append_f32(out, *number)),
        Value::Char(letter) => {
            mark(out, "$char", |out| append_text(out, letter.encode_utf8(&mut [0; 4])));
        }
        Value::String(text) => append_text(out, text),
        Value::Bytes(bytes) => mark(out, "$bytes", |out| append_bytes(out, bytes)),
        Value::Some(value) => mark(out, "$some", |out| append(out, value)),
        Value::Sequence(items) => list(out, items.iter()),
        Value::Map(entries) => map(out, entries),
        Value::Struct(fields) => mark(out, "$struct", |out| {
            object(out, fields.iter().map(|(name, value)| (&**name, value)));
        }),
        Value::Variant(variant) => mark(out, "$variant", |out| {
            object(out, std::iter::once((&*variant.name, &variant.value)));
        }),
    }
}

fn is_exact(integer: &Integer) -> bool {
    i64::try_from(integer).is_ok_and(|number| number.unsigned_abs() <= GREATEST_EXACT)
}

fn mark(out: &mut String, name: &str, content: impl FnOnce(&mut String)) {
    let _ = write!(out, "{{\"{name}\":");
    content(out);
    out.push('}');
}

fn list<'v>(out: &mut String, items: impl Iterator<Item = &'v Value>) {
    out.push('[');
    for (place, item) in items.enumerate() {
        if place > 0 {
            out.push(',');
        }
        append(out, item);
    }
    out.push(']');
}

fn object<'v>(out: &mut String, fields: impl Iterator<Item = (&'v str, &'v Value)>) {
    out.push('{');
    for (place, (name, value)) in fields.enumerate() {
        if place > 0 {
            out.push(',');
        }
        append_text(out, name);
        out.push(':');
        append(out, value);
    }
    out.push('}');
}

fn map(out: &mut String, entries: &[(Value, Value)]) {
    let named = entries.iter().map(|(key, value)| match key {
        Value::String(name) if !name.starts_with('$') => Some((name.as_str(), value)),
        _ => None,
    });
    let named: Option<Vec<(&str, &Value)>> = named.collect();
    match named {
        Some(fields) => object(out, fields.into_iter()),
        None => mark(out, "$map", |out| {
            out.push('[');
            for (place, (key, value)) in entries.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                list(out, [key, value].into_iter());
            }
            out.push(']');
        }),
    }
}

pub(super) fn value(json: &Json) -> Result<Value, Mismatch> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        // No integer has the sign of `-0`.
        Json::Number(text) if text.contains(['.', 'e', 'E']) || &**text == "-0" => Value::F64(
            f64_of(json)
                .ok_or_else(|| Mismatch::new("a number within the range of floats", json))?,
        ),
        Json::Number(text) => {
            Value::Integer(integer_of(text).ok_or_else(|| Mismatch::new("an integer", json))?)
        }
        Json::Text(text) => Value::String(text.clone()),
        Json::List(items) => Value::Sequence(items.iter().map(value).collect::<Result<_, _>>()?),
        Json::Object(fields) => match fields.as_slice() {
            [(name, content)] if name.starts_with('$') => return marked(name, content, json),
            fields => {
                let entry = |(name, content): &(String, Json)| {
                    if name.starts_with('$') {
                        return Err(Mismatch::new("names without `$`, or one alone", json));
                    }
                    let content = value(content).map_err(|found| found.inside(name.as_str()))?;
                    Ok((Value::from(name.as_str()), content))
                };
                Value::Map(fields.iter().map(entry).collect::<Result<_, _>>()?)
            }
        },
    })
}

fn marked(name: &str, content: &Json, whole: &Json) -> Result<Value, Mismatch> {
    let text = || content.as_text().unwrap_or_default();
    let found = match name {
        "$integer" => integer_of(text()).map(Value::Integer),
        "$f64" => f64_of(content).map(Value::F64),
        "$f32" => f32_of(content).map(Value::F32),
        "$char" => one_letter(text()).map(Value::Char),
        "$bytes" => content.as_text().and_then(bytes_of).map(Value::Bytes),
        "$some" => Some(Value::Some(Box::new(value(content)?))),
        "$map" => entries(content)?.map(Value::Map),
        "$struct" => match content {
            Json::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, content)| Ok((name.as_str().into(), value(content)?)));
                Some(Value::Struct(fields.collect::<Result<_, _>>()?))
            }
            _ => None,
        },
        "$variant" => match content {
            Json::Object(fields) => match fields.as_slice() {
                [(name, content)] => {
                    Some(Variant { name: name.as_str().into(), value: value(content)? }.into())
                }
                _ => None,
            },
            _ => None,
        },
        _ => return Err(Mismatch::new("a known mark", whole)),
    };
    found.ok_or_else(|| Mismatch::new(format!("what belongs to `{name}`"), content))
}

fn one_letter(text: &str) -> Option<char> {
    let mut letters = text.chars();
    letters.next().filter(|_| letters.next().is_none())
}

/// The entries that a list of pairs is.
fn entries(json: &Json) -> Result<Option<Vec<(Value, Value)>>, Mismatch> {
    let Json::List(pairs) = json else { return Ok(None) };
    let mut entries = Vec::with_capacity(pairs.len());
    for pair in pairs {
        match pair {
            Json::List(pair) => match pair.as_slice() {
                [key, content] => entries.push((value(key)?, value(content)?)),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        }
    }
    Ok(Some(entries))
}
