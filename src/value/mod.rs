//! A value of any type, for what doesn't know the type: exports, queries, migrations, dynamic data.
//!
//! A [`Value`] describes itself, orders itself and loses nothing: what serde says of a Rust value is
//! kept, down to the bits of a float, and a value of the same type is made of it again. The module
//! knows no store, no schema and no file.
//!
//! # Three ways in and out
//!
//! - [`Value::of`] and [`Value::to`] are a serde format whose output is the value itself: `build` and
//!   `read`. Reading is lenient where nothing is lost by it (a map with string keys reads as a
//!   struct) and strict where something would be (`9007199254740993` is not read as a float).
//! - In formats for people, JSON above all, a value has its natural shape. What JSON can't say is
//!   lost there: see [`Value::to_json`].
//! - In formats for machines, postcard above all, a value is written as an enum, its kind before its
//!   content, and comes back as it was.
//!
//! Folio's own format (`build`, `read`) has to know values that are in values, or a struct would
//! come back from it as the map that JSON sees: `wire` marks them with a name that no type has.
//!
//! # The form in bytes
//!
//! This is stored on disk: numbers are never reused, new kinds get new ones. In postcard a value is
//! the tag, as a varint, and then the content.
//!
//! | tag | name | content |
//! |----:|------|---------|
//! | 0 | `Null` | nothing |
//! | 1 | `Bool` | a byte, 0 or 1 |
//! | 2 | `Natural` | varint of a `u64` |
//! | 3 | `Negative` | zigzag varint of an `i64` |
//! | 4 | `WideNatural` | varint of a `u128` |
//! | 5 | `WideNegative` | zigzag varint of an `i128` |
//! | 6 | `F32` | 4 bytes, little-endian |
//! | 7 | `F64` | 8 bytes, little-endian |
//! | 8 | `Char` | its UTF-8, the length before it |
//! | 9 | `String` | its UTF-8, the length before it |
//! | 10 | `Bytes` | the bytes, the length before them |
//! | 11 | `Some` | the value |
//! | 12 | `Sequence` | count, then the values |
//! | 13 | `Map` | count, then key and value of each entry |
//! | 14 | `Struct` | count, then name (a string) and value of each field |
//! | 15 | `Variant` | name (a string), then the value |
//!
//! An integer is written with the first of its four tags that holds it. Reading takes any of the
//! four and makes the same [`Integer`] of them.
//!
//! # Hostile input
//!
//! Lengths are not believed: no more than 1,024 elements are reserved before they are seen. Values
//! nest at most [`Value::MAX_DEPTH`] deep, counted wherever they are built, written or read, so
//! that no input exhausts the stack and nothing is written that can't be read back.

mod access;
mod build;
mod convert;
mod error;
pub(crate) mod float;
mod integer;
mod order;
mod read;
mod text;
mod wire;

pub use integer::{Integer, IntegerError};

use crate::error::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::type_name;
use std::sync::Arc;

/// How many values may be around a value.
const MAX_DEPTH: usize = 128;

/// How many elements are reserved on the word of a length.
const MAX_RESERVE: usize = 1024;

/// A value of any type that serde knows.
///
/// What differs in Rust differs here: `Some(None)` and `None`, bytes and a list of numbers, `f32` and
/// `f64`, a struct and a map. Only the widths of integers and the names of structs are forgotten, and
/// structs around a single unnamed value are transparent. Values are ordered: by kind, as listed here,
/// then by content; floats by [`f64::total_cmp`].
///
/// ```
/// use folio::Value;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, PartialEq, Debug)]
/// struct User {
///     name: String,
///     logins: u64,
/// }
///
/// let ada = User { name: "Ada".into(), logins: 9_007_199_254_740_993 };
/// let value = Value::of(&ada)?;
/// assert_eq!(value.to_string(), r#"{name: "Ada", logins: 9007199254740993}"#);
/// assert_eq!(value.get("name").and_then(Value::as_str), Some("Ada"));
/// assert_eq!(value.to::<User>()?, ada);
/// # Ok::<_, folio::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Value {
    /// `None`, `()`, and structs without content.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any integer of up to 128 bits.
    Integer(Integer),
    /// A short float.
    F32(f32),
    /// A float.
    F64(f64),
    /// A character.
    Char(char),
    /// A text.
    String(String),
    /// Bytes that their type writes as such; a `Vec<u8>` is a sequence unless it says otherwise.
    Bytes(Vec<u8>),
    /// What is in a `Some`.
    Some(Box<Value>),
    /// A list, a set, a tuple, an array.
    Sequence(Vec<Value>),
    /// Keys of any kind and their values, in the order in which they were given.
    Map(Vec<(Value, Value)>),
    /// Named fields, in the order of their declaration.
    Struct(Vec<(Arc<str>, Value)>),
    /// A variant of an enum.
    Variant(Box<Variant>),
}

/// A variant of an enum, as part of a [`Value`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variant {
    /// The name of the variant.
    pub name: Arc<str>,
    /// [`Value::Null`] if there is nothing in it, the value itself if there is one without a name,
    /// else a sequence or a struct.
    pub value: Value,
}

impl Value {
    /// How many values may be around a value: deeper ones are refused wherever they are built by
    /// [`of`](Self::of), written or read. (Enums can be nested by hand without a bound, but such a
    /// value is of no use.)
    pub const MAX_DEPTH: usize = MAX_DEPTH;

    /// The value of a Rust value.
    ///
    /// Types that have one form for people and one for machines (addresses, identifiers) are taken
    /// in the form for people.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] if the type refuses to be serialized, or is nested deeper than
    /// [`MAX_DEPTH`](Self::MAX_DEPTH).
    ///
    /// ```
    /// use folio::Value;
    ///
    /// assert_eq!(Value::of(&vec![1, 2])?, Value::from(vec![Value::from(1), Value::from(2)]));
    /// assert_ne!(Value::of(&Some(None::<u8>))?, Value::of(&None::<Option<u8>>)?);
    /// # Ok::<_, folio::Error>(())
    /// ```
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        value
            .serialize(build::Builder::new())
            .map_err(|failure| Error::encode(type_name::<T>(), failure))
    }

    /// A Rust value made of this value.
    ///
    /// What was made by [`of`](Self::of) from a `T` comes back as it was. Beyond that, a value reads
    /// as any type that loses nothing of it:
    ///
    /// - a map with string keys reads as a struct, and a struct as a map;
    /// - a string reads as a variant without content, and a map of one entry as one with content;
    ///   a variant without content reads as a string;
    /// - `x` reads as `Some(x)` and `Some(x)` as `x`;
    /// - a string of one character reads as a character, and the reverse;
    /// - bytes read as a sequence of numbers, and a sequence of small numbers as bytes;
    /// - an integer reads as every integer type that holds it, and as a float that is exactly it; an
    ///   `f32` reads as an `f64`, and the reverse if it is the same number, in binary or in decimal;
    ///   a float is never an integer;
    /// - the keys of a map may be integers or booleans written as strings, as JSON has them.
    ///
    /// Types that serde reads through a copy of its own (untagged, flattened, internally tagged) are
    /// bound by what that copy holds: no integers beyond 64 bits, and a [`Value`] inside them has its
    /// natural shape, in which a struct is a map. A variant without content is in it a map of one
    /// entry, so that it can't be mistaken for a string.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`], whose message says what was expected, what was found and where.
    ///
    /// ```
    /// use folio::Value;
    ///
    /// let value: Value = serde_json::from_str(r#"{"users": [{"name": 5}]}"#)?;
    /// #[derive(serde::Deserialize, Debug)]
    /// struct User { name: String }
    /// #[derive(serde::Deserialize, Debug)]
    /// struct Users { users: Vec<User> }
    /// let message = value.to::<Users>().unwrap_err().to_string();
    /// assert!(message.ends_with("at `users[0].name`: expected a string, found an integer"));
    /// # Ok::<_, serde_json::Error>(())
    /// ```
    pub fn to<T: DeserializeOwned>(&self) -> Result<T> {
        T::deserialize(read::Reader::new(self))
            .map_err(|failure| Error::decode(type_name::<T>(), failure))
    }

    /// The value as JSON.
    ///
    /// Integers are exact, of whatever width. What JSON has no words for becomes what is closest:
    /// infinities and NaN become `null`, `Some(x)` becomes `x`, bytes become a list of numbers, a
    /// character a string, a struct an object, a variant its name or an object of one entry, and
    /// keys that are numbers become strings. [`to`](Self::to) makes up for most of that, as it knows
    /// what it should read.
    ///
    /// The other way, `serde_json` reads a `Value` like any type. It makes floats of integers beyond
    /// 64 bits, unless its feature `arbitrary_precision` is on.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] if a key of a map is something that can't be a string, such as a list, or
    /// if values are nested too deep.
    ///
    /// ```
    /// let value = folio::Value::of(&(u64::MAX, Some("x"), ()))?;
    /// assert_eq!(value.to_json()?, r#"[18446744073709551615,"x",null]"#);
    /// # Ok::<_, folio::Error>(())
    /// ```
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|failure| Error::encode(type_name::<Self>(), failure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn a_value_is_four_words() {
        assert_eq!(size_of::<Value>(), 32);
    }

    #[test]
    fn the_form_is_that_for_people() {
        let address: IpAddr = "127.0.0.1".parse().unwrap();
        let people = Value::of(&address).unwrap();
        assert_eq!(people, Value::from("127.0.0.1"));
        assert_eq!(people.to::<IpAddr>().unwrap(), address);
    }

    #[test]
    fn values_in_values_stay_what_they_are() {
        let fields = vec![("a".into(), Value::F32(1.0)), ("b".into(), Value::from(Some(())))];
        let variant = Variant { name: "V".into(), value: Value::Struct(fields) };
        let unit = Variant { name: "U".into(), value: Value::Null };
        let value = Value::from(vec![
            Value::Variant(Box::new(variant)),
            Value::Map(vec![(Value::Bytes(vec![1]), Value::Variant(Box::new(unit)))]),
            Value::Map(vec![(Value::from("key"), Value::from('c'))]),
            Value::from(i128::MIN),
        ]);
        assert_eq!(Value::of(&value).unwrap(), value);
        assert_eq!(value.to::<Value>().unwrap(), value);
    }
}
