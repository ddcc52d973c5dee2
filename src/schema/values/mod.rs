//! Stored bytes as values without the Rust type, and back.
//!
//! A descriptor is all that is needed to tell what bytes mean: [`decode`](mod@decode) makes a [`Value`]
//! of them, [`encode`](mod@encode) makes bytes of one. Neither believes anything: bytes may claim
//! lengths that they do not have, values may be nested to no end, and a descriptor that was read from a
//! file may be made so that few bytes stand for very many values. All of that ends at the
//! [`limits`](mod@limits), with an error that says where ([`failure`](mod@failure)).
//!
//! The shape of the values is that of [`Value::of`] in the form for machines, but for lists of `u8`:
//! they are bytes here, since serde can't tell them from other lists and a descriptor can.

mod decode;
mod encode;
mod failure;
pub(crate) mod limits;

use crate::error::{Error, Result};
use crate::schema::descriptor::Descriptor;
use crate::schema::node::TypeRef;
use crate::value::Value;
use failure::{Cause, Failure};
use limits::Limits;
use std::fmt::Write;

/// How much of an unreadable key is shown, in bytes.
const SHOWN_KEY_BYTES: usize = 32;

impl Descriptor {
    /// What stored bytes mean, as a value that needs no Rust type.
    ///
    /// `()` and structs without fields become [`Value::Null`], as does `None`; what is in a `Some`
    /// stays in a [`Value::Some`]. Lists, sets, arrays and tuples become sequences, or
    /// [`Value::Bytes`] where they are of `u8`. A struct around a single value without a name becomes
    /// that value. The names in structs and variants are shared with the descriptor. Takes time and
    /// memory in proportion to the bytes.
    ///
    /// ```
    /// use folio::{Descriptor, Schema, Value};
    ///
    /// #[derive(Schema, serde::Serialize, serde::Deserialize)]
    /// struct User {
    ///     name: String,
    ///     logins: u32,
    ///     email: Option<String>,
    /// }
    /// let stored = Descriptor::of::<User>();
    /// let bytes = [3, b'A', b'd', b'a', 7, 0]; // as a store has them
    ///
    /// // Elsewhere, in a tool that does not have the type:
    /// let ada = stored.decode(&bytes)?;
    /// assert_eq!(ada.to_json()?, r#"{"name":"Ada","logins":7,"email":null}"#);
    ///
    /// let edited: Value = serde_json::from_str(r#"{"logins": 8, "name": "Ada"}"#)?;
    /// assert_eq!(stored.encode(&edited)?, [3, b'A', b'd', b'a', 8, 0]);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if the bytes are none of this type, or would exceed the [default
    /// limits](Limits::default).
    pub fn decode(&self, bytes: &[u8]) -> Result<Value> {
        self.decode_within(bytes, Limits::default())
    }

    /// As [`decode`](Self::decode), within limits of one's own.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if the bytes are none of this type, or would exceed the limits.
    pub fn decode_within(&self, bytes: &[u8], limits: Limits) -> Result<Value> {
        decode::decode(&self.parts.nodes, self.parts.record, bytes, limits).map_err(undecodable)
    }

    /// As [`decode`](Self::decode), of the key of a record.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if the bytes are none of the type of the keys, or if the descriptor says
    /// nothing of keys: only those of collections do.
    pub fn decode_key(&self, bytes: &[u8]) -> Result<Value> {
        let of = self.key_type().map_err(undecodable)?;
        decode::decode(&self.parts.nodes, of, bytes, Limits::default()).map_err(undecodable)
    }

    /// A value as the bytes that are stored.
    ///
    /// What [`decode`](Self::decode) gives becomes the same bytes again. Beyond that, a value is
    /// taken for what is asked wherever nothing is lost by it, so that values can come from JSON:
    ///
    /// - a map with strings as keys for a struct, its fields in any order; a field that is missing is
    ///   `None` where it is an `Option`, and an error elsewhere;
    /// - a string for a variant without content, a map of one entry for one with content;
    /// - a string of one character for a character;
    /// - a sequence of integers for bytes, and bytes for a sequence of integers;
    /// - an integer for a float, and a float for one of another length, where both are the same number;
    /// - `x` for `Some(x)`, and `Some(x)` for `x`;
    /// - strings for the keys of a map that are integers or booleans;
    /// - an empty map for a struct without fields.
    ///
    /// ```
    /// use folio::{Descriptor, Value};
    /// use std::collections::BTreeMap;
    ///
    /// let scores = Descriptor::of::<BTreeMap<u8, Vec<u8>>>();
    /// let value: Value = serde_json::from_str(r#"{"1": [2, 300]}"#)?;
    /// let error = scores.encode(&value).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "a value of type `folio::Value` can't be encoded: \
    ///      `[\"1\"][1]`: expected an integer from 0 to 255, found 300"
    /// );
    /// # Ok::<_, serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] if the value is none of this type, if a set or a map has something twice, or
    /// if values are nested deeper than [`Value::MAX_DEPTH`]. The message says what was expected,
    /// what was found and where.
    pub fn encode(&self, value: &Value) -> Result<Vec<u8>> {
        encode::encode(&self.parts.nodes, self.parts.record, value).map_err(unencodable)
    }

    /// As [`encode`](Self::encode), of the key of a record.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] if the value is none of the type of the keys, or if the descriptor says
    /// nothing of keys: only those of collections do.
    pub fn encode_key(&self, value: &Value) -> Result<Vec<u8>> {
        let of = self.key_type().map_err(unencodable)?;
        encode::encode(&self.parts.nodes, of, value).map_err(unencodable)
    }

    /// The key of a record, where it is made of fields.
    pub(crate) fn key_in(&self, record: &Value) -> Option<Value> {
        let parts = self.parts.key_fields.iter().map(|name| match record {
            // A struct of one field without a name is that field.
            other if other.as_sequence().is_none() && other.get(name).is_none() => Some(other),
            Value::Sequence(items) => items.get(name.parse::<usize>().ok()?),
            fields => fields.get(name),
        });
        let mut parts: Vec<Value> = parts.map(Option::<&Value>::cloned).collect::<Option<_>>()?;
        match parts.len() {
            0 => None,
            1 => parts.pop(),
            _ => Some(Value::Sequence(parts)),
        }
    }

    /// A key as text, for messages: in the same form as keys whose type is known.
    pub(crate) fn key_text(&self, bytes: &[u8]) -> String {
        let Ok(key) = self.decode_key(bytes) else { return hexadecimal(bytes) };
        key.to_json().unwrap_or_else(|_| key.to_string())
    }

    fn key_type(&self) -> Result<TypeRef, Failure> {
        Ok(self.parts.key.ok_or(Cause::NoKey)?)
    }
}

fn undecodable(failure: Failure) -> Error {
    Error::decode("folio::Value", failure)
}

fn unencodable(failure: Failure) -> Error {
    Error::encode("folio::Value", failure)
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = "the bytes 0x".to_owned();
    for byte in bytes.iter().take(SHOWN_KEY_BYTES) {
        let _ = write!(text, "{byte:02x}");
    }
    if bytes.len() > SHOWN_KEY_BYTES {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;
    use serde::Serialize;
    use std::collections::{BTreeMap, BTreeSet};

    fn key_text<K: Schema + Serialize>(key: &K) -> (String, String) {
        let collection = Descriptor::of_collection::<(), K>(1, &[]);
        let mut bytes = Vec::new();
        crate::codec::append(&mut bytes, key).unwrap();
        let value = collection.decode_key(&bytes).unwrap();
        assert_eq!(collection.encode_key(&value).unwrap(), bytes);
        (collection.key_text(&bytes), serde_json::to_string(key).unwrap())
    }

    #[test]
    fn keys_look_as_they_do_where_their_type_is_known() {
        for (found, typed) in [
            key_text(&7_u64),
            key_text(&-7_i8),
            key_text(&u128::MAX),
            key_text(&"ada \"the\" \n".to_owned()),
            key_text(&("EU".to_owned(), 3_u16)),
            key_text(&Some('x')),
            key_text(&None::<u8>),
            key_text(&vec![1_u8, 2]),
            key_text(&[true, false]),
            key_text(&()),
            key_text(&Ok::<u8, String>(1)),
            key_text(&BTreeMap::from([(1, "one".to_owned())])),
        ] {
            assert_eq!(found, typed);
        }
    }

    #[test]
    fn keys_that_are_not_json_are_text_all_the_same() {
        let collection = Descriptor::of_collection::<(), BTreeMap<(u8, u8), bool>>(1, &[]);
        assert_eq!(collection.key_text(&[1, 2, 3, 1]), "{[2, 3]: true}");
    }

    #[test]
    fn keys_that_cannot_be_read_are_their_bytes() {
        let collection = Descriptor::of_collection::<(), u8>(1, &[]);
        assert_eq!(collection.key_text(&[1, 0xab]), "the bytes 0x01ab");
        let long = collection.key_text(&[0; 100]);
        assert_eq!(long, format!("the bytes 0x{}…", "0".repeat(64)));
    }

    #[test]
    fn a_type_alone_has_no_keys() {
        let alone = Descriptor::of::<u8>();
        let expected = "the descriptor is of a type and not of a collection";
        assert!(alone.decode_key(&[1]).unwrap_err().to_string().contains(expected));
        assert!(alone.encode_key(&Value::Null).unwrap_err().to_string().contains(expected));
        assert_eq!(alone.key_text(&[1]), "the bytes 0x01");
    }

    #[test]
    fn what_is_refused_is_named_with_its_place() {
        let of = Descriptor::of::<BTreeMap<String, Vec<(bool, u16)>>>();
        let decode = |bytes: &[u8]| {
            let error = of.decode(bytes).unwrap_err().to_string();
            error.split_once(": ").unwrap().1.to_owned()
        };
        let error = decode(&[1, 1, b'a', 2, 1, 5, 2, 5]);
        assert!(error.starts_with("`[\"a\"][1][0]` at byte 6: expected a `bool`: "), "{error}");
        let error = decode(&[1, 1, b'a', 1, 1, 0xff, 0xff, 0x7f]);
        assert!(error.starts_with("`[\"a\"][0][1]` at byte 5: expected a `u16`: "), "{error}");
        let error = decode(&[1, 1, 0xff, 0]);
        assert!(error.starts_with("`[key 0]` at byte 1: expected a text: "), "{error}");
        assert_eq!(decode(&[0, 7, 7]), "at byte 1: 2 bytes are left over");
        let error = Descriptor::of::<Result<u8, ()>>().decode(&[2]).unwrap_err().to_string();
        assert!(error.ends_with("variant number 2 of an enum with 2"), "{error}");
    }

    #[test]
    fn what_takes_no_bytes_ends_too() {
        let error = Descriptor::of::<Vec<()>>().decode(&[0xff, 0xff, 0xff, 0xff, 0x0f]);
        assert!(error.unwrap_err().to_string().contains("more than 4000000 values"));
        let error = Descriptor::of::<[[(); 1 << 40]; 1 << 20]>().decode(&[]);
        assert!(error.unwrap_err().to_string().contains("more than 4000000 values"));
        let error = Descriptor::of::<Vec<u8>>().decode(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1]);
        assert!(error.unwrap_err().to_string().contains("expected bytes"));
    }

    #[test]
    fn dynamic_values_count_as_well() {
        let of = Descriptor::of::<(u8, Value)>();
        let value = Value::Sequence(vec![Value::Sequence(vec![]), Value::Null]);
        let bytes = of.encode(&Value::Sequence(vec![1.into(), value])).unwrap();
        // The row, the number, the value and the two in it.
        assert!(of.decode_within(&bytes, Limits::default().items(5)).is_ok());
        assert!(of.decode_within(&bytes, Limits::default().items(4)).is_err());
        assert!(of.decode_within(&bytes, Limits::default().depth(3)).is_ok());
        assert!(of.decode_within(&bytes, Limits::default().depth(2)).is_err());
    }

    #[test]
    fn sets_and_maps_have_nothing_twice() {
        let set = Descriptor::of::<BTreeSet<u8>>();
        let twice = "can't be encoded: 7 is there twice";
        assert!(set.encode(&Value::Bytes(vec![7, 1, 7])).unwrap_err().to_string().ends_with(twice));
        let map = Descriptor::of::<BTreeMap<u8, u8>>();
        let value = Value::Map(vec![(7.into(), 1.into()), ("7".into(), 2.into())]);
        let twice = "can't be encoded: the key \"7\" is there twice";
        assert!(map.encode(&value).unwrap_err().to_string().ends_with(twice));
    }
}
