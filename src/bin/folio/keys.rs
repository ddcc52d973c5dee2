//! Keys, as people write them.

use crate::exit::{Failure, Result};
use crate::json;
use folio::{Descriptor, Value};
use std::ops::Bound;

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

/// That there is nothing under any of these keys.
pub(crate) fn missing<'t>(collection: &str, texts: impl IntoIterator<Item = &'t str>) -> Failure {
    let shown: Vec<String> = texts.into_iter().map(json::of_text).collect();
    Failure::NotFound(format!("collection `{collection}` has nothing under {}", shown.join(", ")))
}

/// Holds that the keys of a collection are texts, which can begin with something.
pub(crate) fn must_be_texts(descriptor: &Descriptor) -> Result<()> {
    descriptor.encode_key(&Value::from("")).map(drop).map_err(|_| {
        Failure::Usage(
            "the keys of this collection are no texts, so they have no prefix; use --from and --to"
                .to_owned(),
        )
    })
}

/// The range of the keys that begin with a text.
pub(crate) fn beginning_with(text: &str) -> (Bound<Value>, Bound<Value>) {
    let mut behind: Vec<char> = text.chars().collect();
    let upper = loop {
        let Some(last) = behind.pop() else { break Bound::Unbounded };
        // The next letter there is; behind the last one of all comes none.
        if let Some(next) = (last..=char::MAX).nth(1) {
            behind.push(next);
            break Bound::Excluded(Value::from(behind.iter().collect::<String>()));
        }
    };
    (Bound::Included(Value::from(text)), upper)
}

/// A key on a line of its own: a text as it is, unless it would not be seen, not stay on the line or be taken for JSON; others as JSON.
pub(crate) fn line(descriptor: &Descriptor, key: &Value) -> Result<String> {
    match key.as_str() {
        Some(text)
            if !text.is_empty()
                && !text.starts_with('"')
                && !text.chars().any(char::is_control) =>
        {
            Ok(text.to_owned())
        }
        Some(text) => Ok(json::of_text(text)),
        None => Ok(descriptor.key_to_json(key)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::RangeBounds;

    #[test]
    fn what_begins_with_a_text_is_in_its_range() {
        let texts = [
            "",
            "a",
            "a\u{10ffff}",
            "a\u{10ffff}b",
            "ab",
            "b",
            "\u{d7ff}",
            "\u{d7ff}x",
            "\u{e000}",
            "\u{10ffff}",
            "\u{10ffff}a",
        ];
        for prefix in texts {
            let range = beginning_with(prefix);
            for text in texts {
                let is_within = range.contains(&Value::from(text));
                assert_eq!(is_within, text.starts_with(prefix), "{text:?} begins with {prefix:?}");
            }
        }
    }
}
