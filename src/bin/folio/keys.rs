//! Keys, as people write them.

use crate::exit::{Failure, Result};
use crate::json;
use folio::{Descriptor, Value};

/// The key of a collection that an argument is: the text itself where keys are texts, else JSON.
pub(crate) fn parse(descriptor: &Descriptor, text: &str) -> Result<Value> {
    let itself = Value::from(text);
    if descriptor.encode_key(&itself).is_ok() {
        return Ok(itself);
    }
    let found = descriptor.key_from_json(text).and_then(|key| {
        // What JSON says must also be in range.
        let bytes = descriptor.encode_key(&key)?;
        descriptor.decode_key(&bytes)
    });
    found.map_err(|error| {
        Failure::Usage(format!("`{text}` is no key of this collection: {}", json::reason(&error)))
    })
}

/// A key for people: a text as it is, others as JSON.
pub(crate) fn text(descriptor: &Descriptor, key: &Value) -> Result<String> {
    match key.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Ok(descriptor.key_to_json(key)?),
    }
}
