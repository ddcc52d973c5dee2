//! The numbers and names by which the kinds of values are told apart in formats for machines.

use crate::value::Value;
use crate::value::integer::Narrowest;
use serde::de::value::U32Deserializer;
use serde::de::{Error, IntoDeserializer};

/// Which content follows. The order of the variants is the format.
#[derive(serde::Deserialize, Debug, Clone, Copy)]
#[serde(variant_identifier)]
pub(in crate::value) enum Tag {
    Null,
    Bool,
    Natural,
    Negative,
    WideNatural,
    WideNegative,
    F32,
    F64,
    Char,
    String,
    Bytes,
    Some,
    Sequence,
    Map,
    Struct,
    Variant,
}

/// For formats that name variants.
pub(super) const NAMES: &[&str] = &[
    "Null",
    "Bool",
    "Natural",
    "Negative",
    "WideNatural",
    "WideNegative",
    "F32",
    "F64",
    "Char",
    "String",
    "Bytes",
    "Some",
    "Sequence",
    "Map",
    "Struct",
    "Variant",
];

impl Tag {
    /// The tag with which a value is written.
    pub(in crate::value) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Integer(value) => match value.narrowest() {
                Narrowest::WideNegative(_) => Self::WideNegative,
                Narrowest::Negative(_) => Self::Negative,
                Narrowest::Natural(_) => Self::Natural,
                Narrowest::WideNatural(_) => Self::WideNatural,
            },
            Value::F32(_) => Self::F32,
            Value::F64(_) => Self::F64,
            Value::Char(_) => Self::Char,
            Value::String(_) => Self::String,
            Value::Bytes(_) => Self::Bytes,
            Value::Some(_) => Self::Some,
            Value::Sequence(_) => Self::Sequence,
            Value::Map(_) => Self::Map,
            Value::Struct(_) => Self::Struct,
            Value::Variant(_) => Self::Variant,
        }
    }

    /// The tag as a format gives it.
    pub(in crate::value) fn deserializer<E: Error>(self) -> U32Deserializer<E> {
        (self as u32).into_deserializer()
    }
}
