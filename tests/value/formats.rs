//! What values are in postcard and in JSON.

use super::*;

/// These bytes are on disks: a failure here is a new format.
#[test]
fn each_kind_has_these_bytes() {
    let name = || "a".into();
    for (value, bytes) in [
        (Value::Null, &[0][..]),
        (Value::from(true), &[1, 1]),
        (Value::from(300), &[2, 0xac, 2]),
        (Value::from(-2), &[3, 3]),
        (Value::from(1_u128 << 64), &[4, 128, 128, 128, 128, 128, 128, 128, 128, 128, 2]),
        (
            Value::from(i128::from(i64::MIN) - 1),
            &[5, 129, 128, 128, 128, 128, 128, 128, 128, 128, 2],
        ),
        (Value::F32(1.0), &[6, 0, 0, 0x80, 0x3f]),
        (Value::F64(1.0), &[7, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]),
        (Value::from('é'), &[8, 2, 0xc3, 0xa9]),
        (Value::from("ab"), &[9, 2, b'a', b'b']),
        (Value::Bytes(vec![7, 8]), &[10, 2, 7, 8]),
        (Value::from(Some(())), &[11, 0]),
        (Value::from(vec![Value::Null, Value::from(1)]), &[12, 2, 0, 2, 1]),
        (Value::Map(vec![(Value::from(1), Value::Null)]), &[13, 1, 2, 1, 0]),
        (Value::Struct(vec![(name(), Value::from(1))]), &[14, 1, 1, b'a', 2, 1]),
        (variant("a", Value::Null), &[15, 1, b'a', 0]),
    ] {
        assert_eq!(written(&value), bytes, "{value}");
        assert_eq!(read(bytes).unwrap(), value);
    }
}

#[test]
fn an_integer_that_was_written_too_wide_is_the_same_integer() {
    for bytes in [&[2, 5][..], &[3, 10], &[4, 5], &[5, 10]] {
        let value = read(bytes).unwrap();
        assert_eq!(value, Value::from(5));
        assert_eq!(written(&value), [2, 5]);
    }
    assert_eq!(read(&[5, 1]).unwrap(), Value::from(-1));
}

#[test]
fn json_has_the_natural_shape() {
    let value = fields([
        ("null", Value::Null),
        ("some", Value::from(Some(1))),
        ("wide", Value::from(u128::MAX)),
        ("bytes", Value::Bytes(vec![1, 2])),
        ("unit", variant("Point", Value::Null)),
        ("newtype", variant("Circle", Value::from(2))),
        ("map", Value::Map(vec![(Value::from(5), Value::from('x'))])),
    ]);
    let json = concat!(
        r#"{"null":null,"some":1,"wide":340282366920938463463374607431768211455,"#,
        r#""bytes":[1,2],"unit":"Point","newtype":{"Circle":2},"map":{"5":"x"}}"#
    );
    assert_eq!(value.to_json().unwrap(), json);
    let keyed = Value::Map(vec![(Value::from(vec![]), Value::Null)]);
    assert!(matches!(keyed.to_json(), Err(Error::Encode { .. })));
}

#[test]
fn json_reads_as_what_it_is() {
    let json = r#"{"b":[null,true,-1,18446744073709551615,1.5,"x"],"a":{}}"#;
    let value: Value = serde_json::from_str(json).unwrap();
    assert_eq!(value.to_json().unwrap(), json);
    let Value::Map(entries) = &value else { panic!("an object is a map") };
    assert_eq!(entries[0].0, Value::from("b"));
    assert_eq!(value.get("b").and_then(|list| list.at(3)), Some(&Value::from(u64::MAX)));
}

/// A store that came before this one turned every number into a float on the way to its disk,
/// and bytes into text: `9007199254740993` came back as `9007199254740992`.
#[test]
fn lesson_12_types_stay() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Row {
        number: u64,
        bytes: std::ffi::CString,
        whole: f64,
    }
    let bytes = std::ffi::CString::new([0xff, 0xfe]).unwrap();
    let row = Row { number: 9_007_199_254_740_993, bytes, whole: 3.0 };
    let value = Value::of(&row).unwrap();
    let stored = read(&written(&value)).unwrap();
    assert_eq!(stored.get("number"), Some(&Value::from(9_007_199_254_740_993_u64)));
    assert_eq!(stored.get("bytes").and_then(Value::as_bytes), Some(&[0xff, 0xfe][..]));
    assert_eq!(stored.get("whole"), Some(&Value::F64(3.0)));
    assert_eq!(stored.to::<Row>().unwrap(), row);
    let json: Value = serde_json::from_str(&value.to_json().unwrap()).unwrap();
    assert_eq!(json.get("number"), Some(&Value::from(9_007_199_254_740_993_u64)));
    assert_eq!(json.get("whole"), Some(&Value::F64(3.0)));
    assert_eq!(json.to::<Row>().unwrap(), row);
}
