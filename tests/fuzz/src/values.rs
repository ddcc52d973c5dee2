//! Whatever a file says of a type and of a value of it, reading both gives a value that holds
//! together, or an error. It never panics, hangs, or makes much of little.
//!
//! The input is the length of a descriptor, in two bytes, the descriptor, and the bytes of a value.
//! These are read as what the descriptor says, and as a value that describes itself, which is then
//! written as what the descriptor says.

use folio::{Descriptor, Limits, Value};

/// Enough for any path through the code, and quick.
const MOST_ITEMS: usize = 20_000;

/// Runs one input. Panics where something does not hold together.
pub(crate) fn run(input: &[u8]) {
    let Some(([high, low], input)) = input.split_first_chunk() else { return };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    let (descriptor, bytes) = input.split_at(length.min(input.len()));
    let Ok(descriptor) = Descriptor::from_bytes(descriptor) else { return };

    assert!(!descriptor.to_string().is_empty());
    let again = Descriptor::from_bytes(descriptor.as_bytes()).expect("a descriptor can be read");
    assert_eq!(again, descriptor);
    assert_eq!(again.as_bytes(), descriptor.as_bytes());

    let few = Limits::default().items(MOST_ITEMS);
    if let Ok(value) = descriptor.decode_within(bytes, few) {
        there_and_back(&descriptor, &value);
    }
    if let Ok(value) = Descriptor::of::<Value>().decode_within(bytes, few)
        && let Ok(bytes) = descriptor.encode(&value)
        && let Ok(value) = descriptor.decode_within(&bytes, few)
    {
        assert_eq!(descriptor.encode(&value).expect("it was written before"), bytes);
    }
}

/// What was decoded becomes bytes that become the same value.
fn there_and_back(descriptor: &Descriptor, value: &Value) {
    match descriptor.encode(value) {
        Ok(bytes) => {
            let again = descriptor.decode(&bytes).expect("what was written can be read");
            assert_eq!(&again, value);
        }
        // Bytes may have something twice in a set or a map, and a descriptor two variants of one name:
        // no type has.
        Err(error) => {
            let error = error.to_string();
            let is_twice = error.ends_with("is there twice") || error.contains("have the name");
            assert!(is_twice, "{error}");
        }
    }
}
