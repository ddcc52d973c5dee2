//! Bytes that are none of the type, and values that are not: they give an error or something that
//! holds together, and nothing worse.

use crate::any;
use crate::random_types::{any_type, descriptor, value_of};
use folio::{Descriptor, Limits, Schema, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

/// Decodes, and looks at whether what comes out of it holds together.
fn decode(descriptor: &Descriptor, bytes: &[u8]) -> Result<(), TestCaseError> {
    let few = Limits::default().items(5_000);
    let Ok(value) = descriptor.decode_within(bytes, few) else { return Ok(()) };
    match descriptor.encode(&value) {
        Ok(again) => {
            prop_assert!(again.len() <= bytes.len());
            prop_assert_eq!(descriptor.decode(&again)?, value);
        }
        // Bytes may have something twice in a set or a map, which no typed value has.
        Err(error) => prop_assert!(error.to_string().ends_with("is there twice"), "{}", error),
    }
    Ok(())
}

proptest! {
    #[test]
    fn random_bytes(of in any_type(), bytes in vec(any::<u8>(), 0..64)) {
        decode(&descriptor(&of), &bytes)?;
    }

    #[test]
    fn small_bytes(of in any_type(), bytes in vec(0..4_u8, 0..64)) {
        decode(&descriptor(&of), &bytes)?;
    }

    #[test]
    fn beginnings_and_flipped_bits(
        (of, value) in any_type().prop_flat_map(|of| (Just(of.clone()), value_of(&of)))
    ) {
        let descriptor = descriptor(&of);
        let mut bytes = descriptor.encode(&value)?;
        for length in 0..bytes.len() {
            prop_assert!(descriptor.decode(&bytes[..length]).is_err());
        }
        // As many as are quick to look at.
        for bit in 0..bytes.len().min(64) * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            decode(&descriptor, &bytes)?;
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }

    #[test]
    fn values_of_no_type(of in any_type(), value in any::value()) {
        let descriptor = descriptor(&of);
        if let Ok(bytes) = descriptor.encode(&value) {
            let decoded = descriptor.decode(&bytes)?;
            prop_assert_eq!(descriptor.encode(&decoded)?, bytes);
        }
    }

    #[test]
    fn damaged_descriptors(
        of in any_type(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        bytes in vec(0..8_u8, 0..32),
    ) {
        let mut damaged = descriptor(&of).as_bytes().to_vec();
        for (place, byte) in changes {
            let place = place.index(damaged.len());
            damaged[place] = byte;
        }
        if let Ok(descriptor) = Descriptor::from_bytes(&damaged) {
            let _ = descriptor.to_string();
            let few = Limits::default().items(5_000);
            if let Ok(value) = descriptor.decode_within(&bytes, few) {
                let _ = descriptor.encode(&value);
            }
        }
    }
}

/// A struct of two of the next struct, which has two of the next …: no bytes for 2^60 values.
#[test]
fn types_that_grow_without_bytes() {
    let mut bytes = vec![1, 0, 0, 61];
    for next in 1..=60 {
        bytes.extend([38, 1, b'S', 2, 2, next, next]);
    }
    bytes.push(0);
    let descriptor = Descriptor::from_bytes(&bytes).unwrap();
    let error = descriptor.decode(&[]).unwrap_err().to_string();
    assert!(error.ends_with("there are more than 4000000 values in it"), "{error}");
}

/// Structs around a single value don't show, but each of them takes time.
#[test]
fn types_around_types_around_types() {
    let count = 100_u8;
    let mut bytes = vec![1, 0, 0, count + 2, 33, 1];
    for next in 2..=count + 1 {
        bytes.extend([38, 1, b'S', 1, next]);
    }
    bytes.pop();
    bytes.extend([count + 1, 1]);
    let descriptor = Descriptor::from_bytes(&bytes).unwrap();
    let limits = Limits::default().items(1_000);
    assert!(descriptor.decode_within(&[[9].as_slice(), &[1; 9]].concat(), limits).is_ok());
    assert!(descriptor.decode_within(&[[10].as_slice(), &[1; 10]].concat(), limits).is_err());
}

/// The deepest types around the deepest values, on the stack of a thread.
#[test]
fn nothing_is_too_deep_for_the_stack() {
    let mut deep = Value::Null;
    for _ in 0..Value::MAX_DEPTH {
        deep = Value::Some(Box::new(deep));
    }
    let value = Descriptor::of::<Value>();
    let bytes = value.encode(&deep).unwrap();
    assert_eq!(value.decode(&bytes).unwrap(), deep);

    let mut options = vec![1, 0, 0, 127];
    (1..127).for_each(|next| options.extend([32, next]));
    options.push(19);
    let options = Descriptor::from_bytes(&options).unwrap();
    let both = [vec![1; 126], bytes].concat();
    assert!(options.decode(&both).unwrap_err().to_string().contains("more than 128 deep"));
    assert!(options.decode(&[vec![1; 126], vec![0]].concat()).is_ok());
    for _ in 0..126 {
        deep = Value::Some(Box::new(deep));
    }
    assert!(options.encode(&deep).unwrap_err().to_string().contains("more than 128 deep"));
}

#[derive(Schema, Serialize, Deserialize)]
struct List {
    #[serde(rename = "n")]
    next: Option<Box<List>>,
}

/// Types that are in each other a thousand deep used up the stack when they were compared with a type
/// that is in itself.
#[test]
fn types_that_are_too_deep_in_each_other_to_be_compared() {
    let mut bytes = vec![1, 0, 0];
    number(&mut bytes, 2 * DEEP + 1);
    for place in 0..DEEP {
        // A struct `S` with a field `n`, which is an option of the next one.
        bytes.extend([38, 1, b'S', 3, 1, 1, b'n']);
        number(&mut bytes, 2 * place + 1);
        bytes.push(32);
        number(&mut bytes, 2 * place + 2);
    }
    bytes.extend([38, 1, b'S', 0]);
    let deep = Descriptor::from_bytes(&bytes).expect("it is sound");
    let error = deep.decoder::<List>().unwrap_err().to_string();
    assert!(error.contains("nested too deep"), "{error}");
}

const DEEP: u32 = 1_000;

fn number(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend(postcard::to_stdvec(&number).expect("a number can be written"));
}
