//! JSON of records and documents, and of the parts of it.

use crate::exit::{Failure, Result};
use folio::{Descriptor, Error, Value};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::error::Error as _;
use std::fmt;
use std::sync::LazyLock;

/// The form of values that have no type but their own. It is made once: it is asked for with every cell of a file.
pub(crate) fn any() -> &'static Descriptor {
    static ANY: LazyLock<Descriptor> = LazyLock::new(Descriptor::of::<Value>);
    &ANY
}

/// What documents hold, without the marks of kinds that people have no need for: structs and maps, variants and
/// texts, options and what is in them look alike.
pub(crate) fn plain(value: &Value) -> Value {
    match value {
        Value::Some(inner) => plain(inner),
        Value::Char(letter) => Value::from(letter.to_string()),
        // The shortest digits that mean this float are those of the longer one that people would write.
        Value::F32(number) => Value::F64(number.to_string().parse().unwrap_or(f64::from(*number))),
        Value::Sequence(items) => Value::Sequence(items.iter().map(plain).collect()),
        Value::Map(entries) => {
            Value::Map(entries.iter().map(|(key, value)| (plain(key), plain(value))).collect())
        }
        Value::Struct(fields) => Value::Map(
            fields.iter().map(|(name, value)| (Value::from(&**name), plain(value))).collect(),
        ),
        Value::Variant(variant) if variant.value.is_null() => Value::from(&*variant.name),
        Value::Variant(variant) => {
            Value::Map(vec![(Value::from(&*variant.name), plain(&variant.value))])
        }
        other => other.clone(),
    }
}

/// What a document holds, as JSON.
pub(crate) fn of_document(value: &Value, exact: bool) -> Result<String> {
    let json = if exact { any().to_json(value) } else { any().to_json(&plain(value)) };
    Ok(json?)
}

/// What a record is for people, as JSON: what a document holds, or a typed record.
pub(crate) fn of_record(
    form: &Descriptor,
    record: &Value,
    is_document: bool,
    exact: bool,
) -> Result<String> {
    match record.get("value").filter(|_| is_document) {
        Some(value) => of_document(value, exact),
        None => Ok(form.to_json(record)?),
    }
}

/// A text as JSON.
pub(crate) fn of_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The value that JSON is, whatever it is. Readers of JSON don't agree on what an object means that has a name twice, so
/// none is taken.
pub(crate) fn value(what: &str, text: &str) -> Result<Value> {
    let value = any().from_json(text).map_err(|error| {
        let advice = if text.trim().starts_with(['{', '[', '"']) {
            String::new()
        } else {
            format!("; a text is written in quotes: '{}'", of_text(text.trim()))
        };
        Failure::Usage(format!("{what} is no JSON: {}{advice}", reason(&error)))
    })?;
    match twice(&value) {
        Some(name) => {
            let name = any().to_json(name)?;
            Err(Failure::Usage(format!("{what} has the name {name} twice in one object")))
        }
        None => Ok(value),
    }
}

/// A key that a map has twice, at any depth.
fn twice(value: &Value) -> Option<&Value> {
    match value {
        Value::Some(inner) => twice(inner),
        Value::Variant(variant) => twice(&variant.value),
        Value::Sequence(items) => items.iter().find_map(twice),
        Value::Struct(fields) => fields.iter().find_map(|(_, value)| twice(value)),
        Value::Map(entries) => {
            let mut seen = BTreeSet::new();
            let again = entries.iter().map(|(key, _)| key).find(|key| !seen.insert(*key));
            again.or_else(|| entries.iter().find_map(|(_, value)| twice(value)))
        }
        _ => None,
    }
}

/// What lies behind an error about JSON, which says all that is of use.
pub(crate) fn reason(error: &Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// The fields of an object, in their order, each as JSON.
pub(crate) struct Object(pub(crate) Vec<(String, Box<RawValue>)>);

impl Object {
    /// The fields of a text of JSON, if it is an object.
    pub(crate) fn of(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// What is in a field.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(other, value)| (other == name).then(|| value.get()))
    }

    fn take(self, name: &str) -> Option<Box<RawValue>> {
        self.0.into_iter().find_map(|(other, value)| (other == name).then_some(value))
    }
}

/// What is at a path, `address.city` or `tags.0`, in a text of JSON.
pub(crate) fn at_path(json: &str, path: &str) -> Option<String> {
    let mut json = json.to_owned();
    for step in path.split('.') {
        let inner = if let Some(object) = Object::of(&json) {
            object.take(step)?
        } else {
            let items: Vec<Box<RawValue>> = serde_json::from_str(&json).ok()?;
            items.into_iter().nth(step.parse().ok()?)?
        };
        inner.get().clone_into(&mut json);
    }
    Some(json)
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Object(fields))
    }
}
