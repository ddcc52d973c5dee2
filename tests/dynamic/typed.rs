//! Typed values, their bytes, and what is made of those without the type.

use crate::zoo;
use folio::{Descriptor, Schema};
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// The bytes of a typed value become a value that becomes the same bytes.
fn there_and_back<T>(typed: &T) -> Result<(), TestCaseError>
where
    T: Schema + Serialize + DeserializeOwned + PartialEq + Debug,
{
    let descriptor = Descriptor::of::<T>();
    // As it comes out of a file.
    let descriptor = Descriptor::from_bytes(descriptor.as_bytes())?;
    let bytes = postcard::to_stdvec(typed)?;
    let value = descriptor.decode(&bytes)?;
    prop_assert_eq!(&descriptor.encode(&value)?, &bytes, "{}", value);
    let again: T = postcard::from_bytes(&bytes)?;
    prop_assert_eq!(&postcard::to_stdvec(&again)?, &bytes);
    // Nothing equals a value that has a NaN in it. Its bits were compared.
    let has_nan = again != postcard::from_bytes(&bytes)?;
    prop_assert!(has_nan || again == *typed, "{:?}", typed);
    Ok(())
}

macro_rules! there_and_back {
    ($($test:ident: $($type:ident)::+;)*) => {
        proptest! {
            $(#[test]
            fn $test(typed in $($type)::+::any()) {
                there_and_back(&typed)?;
            })*
        }
    };
}

there_and_back! {
    scalars: zoo::Scalars;
    wide_numbers_and_odd_floats: zoo::Wide;
    options: zoo::Options;
    lists: zoo::Lists;
    maps: zoo::Maps;
    maps_with_keys_that_json_lacks: zoo::OddMaps;
    types_of_the_standard_library: zoo::Standard;
    addresses: zoo::Addresses;
    generic_types: zoo::Generic;
    dynamic_values: zoo::Dynamic;
    enums: zoo::Shape;
    types_in_themselves: zoo::Tree;
}

/// Bytes that are almost a typed value are refused or read by the descriptor as they are by the type.
fn refused_alike<T>(typed: &T, place: Index, byte: u8) -> Result<(), TestCaseError>
where
    T: Schema + Serialize + DeserializeOwned,
{
    let descriptor = Descriptor::of::<T>();
    let mut bytes = postcard::to_stdvec(typed)?;
    if bytes.is_empty() {
        return Ok(());
    }
    let place = place.index(bytes.len());
    bytes.splice(place..=place, [byte, byte.reverse_bits()].into_iter().take(1 + place % 2));
    match postcard::take_from_bytes::<T>(&bytes) {
        Ok((typed, [])) => {
            let value = descriptor.decode(&bytes)?;
            // Not compared with the bytes, which may say the same in more of them than needed.
            let again = descriptor.decode(&postcard::to_stdvec(&typed)?)?;
            prop_assert_eq!(again, value);
        }
        _ => prop_assert!(descriptor.decode(&bytes).is_err(), "{:?}", bytes),
    }
    Ok(())
}

macro_rules! refused_alike {
    ($($test:ident: $($type:ident)::+;)*) => {
        proptest! {
            $(#[test]
            fn $test(typed in $($type)::+::any(), place: Index, byte: u8) {
                refused_alike(&typed, place, byte)?;
            })*
        }
    };
}

refused_alike! {
    damaged_scalars: zoo::Scalars;
    damaged_wide_numbers: zoo::Wide;
    damaged_options: zoo::Options;
    damaged_addresses: zoo::Addresses;
    damaged_dynamic_values: zoo::Dynamic;
    damaged_enums: zoo::Shape;
    damaged_trees: zoo::Tree;
}
