//! serde attributes that change what is stored in ways that no description can follow.

use folio::{Record, Schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Record, Serialize, Deserialize, Clone)]
struct Fields {
    #[key]
    id: u64,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
    #[serde(skip)]
    cached: u8,
    #[serde(default, skip_serializing)]
    unwritten: u8,
    #[serde(skip_deserializing)]
    unread: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nickname: Option<String>,
    #[serde(with = "as_text")]
    number: u32,
    #[serde(serialize_with = "as_text::serialize", deserialize_with = "as_text::deserialize")]
    other_number: u32,
}

mod as_text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(number: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&number.to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[derive(Schema, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    One { a: u8 },
}

#[derive(Schema, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value")]
enum Tagged {
    One(u8),
}

#[derive(Schema, Serialize, Deserialize)]
enum Variants {
    One,
    #[serde(skip)]
    Two,
    #[serde(with = "as_text")]
    Three(u32),
}

#[derive(Schema, Serialize, Deserialize, Clone)]
#[serde(from = "u8", into = "u8")]
struct Converted(u8);

#[derive(Schema, Serialize, Deserialize, Clone)]
#[serde(try_from = "u8", into = "u8")]
struct Tried(u8);

impl From<u8> for Converted {
    fn from(number: u8) -> Self {
        Self(number)
    }
}

impl From<Converted> for u8 {
    fn from(converted: Converted) -> Self {
        converted.0
    }
}

impl From<Tried> for u8 {
    fn from(tried: Tried) -> Self {
        tried.0
    }
}

impl TryFrom<u8> for Tried {
    type Error = std::num::TryFromIntError;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        Ok(Self(number))
    }
}

mod elsewhere {
    pub struct Remote {
        number: u8,
    }

    impl Remote {
        pub fn new(number: u8) -> Self {
            Self { number }
        }

        pub fn number(&self) -> u8 {
            self.number
        }
    }
}

#[derive(Schema, Serialize, Deserialize)]
#[serde(remote = "elsewhere::Remote")]
struct Stand {
    #[serde(getter = "elsewhere::Remote::number")]
    number: u8,
}

impl From<Stand> for elsewhere::Remote {
    fn from(stand: Stand) -> Self {
        Self::new(stand.number)
    }
}

#[derive(Schema, Deserialize)]
#[serde(field_identifier)]
enum Field {
    Name,
    #[serde(other)]
    Unknown,
}

#[derive(Schema, Deserialize)]
#[serde(variant_identifier)]
enum Variant {
    One,
    Two,
}

fn main() {}
