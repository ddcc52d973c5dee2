//! Bytes that are no value, or too much of one, are refused: no panic, no exhausted stack or memory.

use super::*;

/// Values around a null, `depth` of them.
fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Null, |value, turn| match turn % 4 {
        0 => Value::Some(Box::new(value)),
        1 => Value::Sequence(vec![value]),
        2 => variant("v", value),
        _ => fields([("f", value)]),
    })
}

#[test]
fn every_prefix_of_an_encoding_is_refused() {
    let value = Value::from(vec![nested(9), Value::from("text"), Value::from(u128::MAX)]);
    let bytes = written(&value);
    assert!((0..bytes.len()).all(|length| read(&bytes[..length]).is_err()));
    assert_eq!(read(&bytes).unwrap(), value);
}

#[test]
fn depth_is_bounded_in_every_direction() {
    let deepest = nested(Value::MAX_DEPTH);
    assert_eq!(read(&written(&deepest)).unwrap(), deepest);
    assert_eq!(Value::of(&deepest).unwrap(), deepest);
    assert_eq!(deepest.to::<Value>().unwrap(), deepest);
    let deeper = nested(Value::MAX_DEPTH + 1);
    assert!(postcard::to_stdvec(&deeper).is_err());
    assert!(deeper.to_json().is_err());
    assert!(matches!(Value::of(&deeper), Err(Error::Encode { .. })));
    assert!(matches!(deeper.to::<Value>(), Err(Error::Decode { .. })));
}

#[test]
fn a_hundred_thousand_deep_is_refused_and_not_followed() {
    for unit in [&[11][..], &[12, 1], &[13, 1, 0], &[13, 1], &[14, 1, 0], &[15, 0]] {
        let mut bytes = unit.repeat(100_000);
        bytes.push(0);
        assert!(read(&bytes).is_err());
    }
    let json = "[".repeat(100_000) + &"]".repeat(100_000);
    assert!(serde_json::from_str::<Value>(&json).is_err());
}

#[test]
fn a_list_in_rust_is_bounded_too() {
    #[derive(Serialize, Deserialize, Default)]
    struct List {
        next: Option<Box<List>>,
    }
    let long =
        |length| (1..length).fold(List::default(), |list, _| List { next: Some(Box::new(list)) });
    let fits = Value::of(&long(Value::MAX_DEPTH / 2)).unwrap();
    assert!(fits.to::<List>().is_ok());
    assert!(Value::of(&long(Value::MAX_DEPTH)).is_err());
    let by_hand = (0..1000).fold(Value::Null, |next, _| fields([("next", next)]));
    assert!(by_hand.to::<List>().is_err());
}

#[test]
fn counts_are_not_believed() {
    let count = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    for tag in [9, 10, 12, 13, 14] {
        let bytes = [&[tag][..], &count].concat();
        assert!(read(&bytes).is_err());
        assert!(read(&[&bytes[..], &[0; 5000]].concat()).is_err());
    }
}

#[test]
fn unknown_tags_and_broken_text_are_refused() {
    for bytes in [&[16][..], &[255, 255, 255, 255, 15], &[9, 1, 0xff], &[1, 2], &[8, 1, 0xff]] {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
}

proptest! {
    /// What random bytes mean, if anything, is a value like any other.
    #[test]
    fn random_bytes(bytes in vec(prop_oneof![0..16_u8, any::<u8>()], 0..200)) {
        if let Ok((value, _)) = postcard::take_from_bytes::<Value>(&bytes) {
            prop_assert_eq!(read(&written(&value)).unwrap(), value);
        }
    }
}
