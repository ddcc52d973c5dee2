//! The JSON of exports in the hands of users: of records and keys, by a descriptor.

use super::parse::{Json, parse};
use crate::error::{Error, Result};
use crate::schema::descriptor::Descriptor;
use crate::value::Value;

/// JSON that loses nothing, for tools that show and edit records of any type. What the forms are is on the page
/// [`docs::export`](mod@crate::docs::export); [`Value::to_json`] is the JSON for people, which loses what JSON has no words for.
impl Descriptor {
    /// A value of this form as JSON on one line, from which [`from_json`](Self::from_json) makes the same value again, bit by
    /// bit. O(size).
    ///
    /// ```
    /// use folio::{Descriptor, Schema, Value};
    ///
    /// #[derive(Schema, serde::Serialize, serde::Deserialize)]
    /// struct Photo { id: u64, bytes: Vec<u8>, stars: f64 }
    ///
    /// let photos = Descriptor::of::<Photo>();
    /// let json = r#"{"id":"18446744073709551615","bytes":"ffd8","stars":"inf"}"#;
    /// let photo = photos.from_json(json)?;
    /// assert_eq!(photo.get("id").and_then(Value::as_u64), Some(u64::MAX));
    /// assert_eq!(photos.to_json(&photo)?, json);
    ///
    /// // Of a value that has no type but its own:
    /// let any = Descriptor::of::<Value>();
    /// assert_eq!(any.to_json(&Value::Bytes(vec![255, 216]))?, r#"{"$bytes":"ffd8"}"#);
    /// # Ok::<(), folio::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] where the value is not of this form, as [`decode`](Self::decode) gives it.
    pub fn to_json(&self, value: &Value) -> Result<String> {
        let mut text = String::new();
        self.append_json(&mut text, value)?;
        Ok(text)
    }

    /// The value of this form that a text of JSON is: what [`to_json`](Self::to_json) gives, with fields in any order, fields that
    /// are `Option`s left out or not, and space where JSON allows it. O(size).
    ///
    /// ```
    /// # use folio::{Descriptor, Schema};
    /// # #[derive(Schema, serde::Serialize, serde::Deserialize)]
    /// # struct City { name: String, people: u32 }
    /// let cities = Descriptor::of::<City>();
    /// let error = cities.from_json(r#"{"name": "Oslo", "people": -1.5}"#).unwrap_err();
    /// assert!(error.to_string().ends_with("people: expected an integer, found -1.5"), "{error}");
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] where the text is no JSON, or not of this form; it says what was expected, what was found and where. That
    /// all fields are there, and numbers in their range, shows when the value is [encoded](Self::encode) or put.
    pub fn from_json(&self, json: &str) -> Result<Value> {
        self.record_of_json(&tree(json)?)
    }

    /// Like [`to_json`](Self::to_json), of the key of a record.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] where the value is not of the type of the keys, as [`decode_key`](Self::decode_key) gives it, or where the
    /// descriptor says nothing of keys: only those of collections do.
    pub fn key_to_json(&self, key: &Value) -> Result<String> {
        self.must_have_keys().map_err(|error| Error::encode("folio::Value", error))?;
        let mut text = String::new();
        self.append_key_json(&mut text, key)?;
        Ok(text)
    }

    /// Like [`from_json`](Self::from_json), of the key of a record.
    ///
    /// ```
    /// # use folio::{Record, Store, Value};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # #[record(name = "seats")]
    /// # struct Seat { #[key] row: u32, #[key] letter: char }
    /// # fn main() -> folio::Result<()> {
    /// # let store = Store::in_memory();
    /// store.collection::<Seat>()?.put(Seat { row: 12, letter: 'C' })?;
    ///
    /// let seats = store.values("seats")?;
    /// let key = seats.descriptor().key_from_json(r#"[12, "C"]"#)?;
    /// let seat = seats.get(&key)?.unwrap();
    /// assert_eq!(seats.descriptor().to_json(&seat)?, r#"{"row":12,"letter":"C"}"#);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] where the text is no JSON, or not of the type of the keys, or where the descriptor says nothing of
    /// keys.
    pub fn key_from_json(&self, json: &str) -> Result<Value> {
        self.must_have_keys().map_err(|error| Error::decode("folio::Value", error))?;
        self.key_of_json(&tree(json)?)
    }

    fn must_have_keys(&self) -> Result<(), NoKeys> {
        self.parts.key.map(drop).ok_or(NoKeys)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the descriptor is of a type and not of a collection, and says nothing of keys")]
struct NoKeys;

fn tree(json: &str) -> Result<Json> {
    parse(json).map_err(|malformed| Error::decode("JSON", malformed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        let any = Descriptor::of::<Value>();
        let error = any.from_json("{\"a\": nul}").unwrap_err().to_string();
        assert!(error.ends_with("expected a value at byte 6, found \"nul}\""), "{error}");
        // An integer that no type holds is no float, and none that is near it.
        let digits = "9".repeat(60);
        assert!(any.from_json(&digits).is_err());
        let error = any.from_json("1e999").unwrap_err().to_string();
        assert!(
            error.ends_with("expected a number within the range of floats, found 1e999"),
            "{error}"
        );
    }

    #[test]
    fn zero_keeps_its_sign() {
        let any = Descriptor::of::<Value>();
        for (json, shown) in [("0", "0"), ("-0", "-0.0"), ("-0.0", "-0.0"), ("[-0]", "[-0.0]")] {
            assert_eq!(any.to_json(&any.from_json(json).unwrap()).unwrap(), shown, "{json}");
        }
    }

    #[test]
    fn a_type_alone_has_no_keys() {
        let alone = Descriptor::of::<u8>();
        for error in [
            alone.key_from_json("1").map(drop).unwrap_err(),
            alone.key_to_json(&Value::from(1)).map(drop).unwrap_err(),
        ] {
            assert!(error.to_string().ends_with("says nothing of keys"), "{error}");
        }
    }
}
