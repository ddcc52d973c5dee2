//! Values without their type look in JSON as they do with it, and typed values come from JSON.

use crate::zoo;
use folio::{Descriptor, Schema, Value};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

fn through_json<T>(typed: &T) -> Result<(), TestCaseError>
where
    T: Schema + Serialize + DeserializeOwned + PartialEq + Debug,
{
    let descriptor = Descriptor::of::<T>();
    let decoded = descriptor.decode(&postcard::to_stdvec(typed)?)?;
    prop_assert_eq!(serde_json::to_value(typed)?, serde_json::to_value(&decoded)?);
    let text = serde_json::to_string(typed)?;
    prop_assert_eq!(&decoded.to_json()?, &text);
    // JSON itself loses some: `Some(None)` is `null` there.
    let expected: T = serde_json::from_str(&text)?;
    let value: Value = serde_json::from_str(&text)?;
    let found: T = postcard::from_bytes(&descriptor.encode(&value)?)?;
    prop_assert_eq!(found, expected, "{}", text);
    Ok(())
}

macro_rules! through_json {
    ($($test:ident: $($type:ident)::+;)*) => {
        proptest! {
            $(#[test]
            fn $test(typed in $($type)::+::any()) {
                through_json(&typed)?;
            })*
        }
    };
}

through_json! {
    scalars: zoo::Scalars;
    options: zoo::Options;
    lists: zoo::Lists;
    maps: zoo::Maps;
    types_of_the_standard_library: zoo::Standard;
    generic_types: zoo::Generic;
    enums: zoo::Shape;
    types_in_themselves: zoo::Tree;
}
