//! Values lose nothing: of Rust types, in postcard, and in JSON as far as JSON goes. Bytes that are
//! no value are refused, whatever they are.

use folio::{Error, Integer, Value, Variant};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

mod formats;
mod hostile;
mod leniency;
mod order;
mod zoo;

fn variant(name: &str, value: Value) -> Value {
    Value::from(Variant { name: name.into(), value })
}

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Struct(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

fn written(value: &Value) -> Vec<u8> {
    postcard::to_stdvec(value).expect("values of tests can be written")
}

fn read(bytes: &[u8]) -> Result<Value, postcard::Error> {
    match postcard::take_from_bytes(bytes)? {
        (value, []) => Ok(value),
        _ => Err(postcard::Error::DeserializeBadEncoding),
    }
}

/// Through a value, through a value in postcard, and beside a value in JSON.
#[track_caller]
fn returns<T: Serialize + DeserializeOwned + PartialEq + Debug>(original: T) -> Value {
    let value = Value::of(&original).expect("types of tests have values");
    assert_eq!(value.to::<T>().as_ref().ok(), Some(&original));
    let stored = read(&written(&value)).expect("it was just written");
    assert_eq!(stored, value);
    assert_eq!(stored.to::<T>().ok(), Some(original));
    assert_eq!(Value::of(&value).as_ref().ok(), Some(&value));
    assert_eq!(value.to::<Value>().as_ref().ok(), Some(&value));
    value
}

#[track_caller]
fn refused<T: DeserializeOwned + Debug>(value: impl Into<Value>, message: &str) {
    let error = value.into().to::<T>().expect_err(message);
    assert!(matches!(error, Error::Decode { .. }));
    let source = std::error::Error::source(&error).map(ToString::to_string);
    assert_eq!(source.as_deref(), Some(message));
}

/// Any value, not too large.
fn values() -> impl Strategy<Value = Value> {
    let integers = prop_oneof![
        (-2..3_i8).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i128>().prop_map(Value::from),
        any::<u128>().prop_map(Value::from),
    ];
    let scalars = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        integers,
        any::<u32>().prop_map(|bits| Value::F32(f32::from_bits(bits))),
        any::<u64>().prop_map(|bits| Value::F64(f64::from_bits(bits))),
        any::<char>().prop_map(Value::from),
        "[ab\"é]{0,3}".prop_map(Value::from),
        vec(any::<u8>(), 0..4).prop_map(Value::Bytes),
    ];
    scalars.prop_recursive(4, 24, 4, |inner| {
        let named = || ("[abc]{0,2}", inner.clone());
        prop_oneof![
            inner.clone().prop_map(|value| Value::from(Some(value))),
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((inner.clone(), inner.clone()), 0..4).prop_map(Value::Map),
            vec(named().prop_map(|(name, value)| (name.into(), value)), 0..4)
                .prop_map(Value::Struct),
            named().prop_map(|(name, value)| variant(&name, value)),
        ]
    })
}
