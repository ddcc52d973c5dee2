//! Values read as types that they were not made of, where nothing is lost by it.

use super::*;

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct User {
    name: String,
    logins: Option<u64>,
}

#[derive(Serialize, Deserialize, PartialEq, Eq, Hash, Debug)]
enum Shape {
    Point,
    Circle(f64x),
}

/// A float that can be compared, for the derive above.
#[derive(Serialize, Deserialize, PartialEq, Eq, Hash, Debug)]
#[expect(non_camel_case_types, reason = "it stands for a primitive")]
struct f64x(u64);

#[test]
fn json_reads_as_the_types_that_were_meant() {
    let json = r#"{"name": "Ada", "logins": 3}"#;
    let value: Value = serde_json::from_str(json).unwrap();
    let ada = User { name: "Ada".into(), logins: Some(3) };
    assert_eq!(value.to::<User>().unwrap(), ada);
    let value: Value = serde_json::from_str(r#"["Point", {"Circle": 3}]"#).unwrap();
    assert_eq!(value.to::<Vec<Shape>>().unwrap(), [Shape::Point, Shape::Circle(f64x(3))]);
    let value: Value = serde_json::from_str(r#"{"5": true, "-7": false}"#).unwrap();
    let expected = BTreeMap::from([(5_i8, true), (-7, false)]);
    assert_eq!(value.to::<BTreeMap<i8, bool>>().unwrap(), expected);
    let value: Value = serde_json::from_str(r#"{"Point": "x"}"#).unwrap();
    let expected = HashMap::from([(Shape::Point, 'x')]);
    assert_eq!(value.to::<HashMap<Shape, char>>().unwrap(), expected);
}

#[test]
fn kinds_read_as_others_that_hold_them() {
    assert_eq!(Value::from(5).to::<Option<Option<u8>>>().unwrap(), Some(Some(5)));
    assert_eq!(Value::from(Some(Some(5))).to::<u8>().unwrap(), 5);
    assert_eq!(Value::from('x').to::<String>().unwrap(), "x");
    assert_eq!(Value::Bytes(vec![1, 2]).to::<Vec<u8>>().unwrap(), [1, 2]);
    assert_eq!(variant("Point", Value::Null).to::<String>().unwrap(), "Point");
    let numbers = Value::of(b"ab").unwrap();
    assert_eq!(numbers.to::<std::ffi::CString>().unwrap().as_bytes(), b"ab");
    let user = fields([("name", Value::from(1)), ("logins", Value::from(2))]);
    assert_eq!(user.to::<BTreeMap<String, u8>>().unwrap().len(), 2);
    assert_eq!(Value::F32(0.1).to::<f64>().unwrap().to_bits(), f64::from(0.1_f32).to_bits());
    assert_eq!(Value::F64(0.5).to::<f32>().unwrap().to_bits(), 0.5_f32.to_bits());
    assert!(Value::F64(f64::NAN).to::<f32>().unwrap().is_nan());
    // What JSON says of either.
    assert_eq!(Value::F64(0.1).to::<f32>().unwrap().to_bits(), 0.1_f32.to_bits());
    assert_eq!(Value::from(1_u64 << 53).to::<f64>().unwrap().to_bits(), 2_f64.powi(53).to_bits());
}

#[test]
fn what_would_be_lost_is_refused() {
    refused::<f64>(
        9_007_199_254_740_993_u64,
        "expected f64, found 9007199254740993, which it can't be exactly",
    );
    refused::<f32>(
        0.123_456_789_12_f64,
        "expected f32, found 0.12345678912, which it can't be exactly",
    );
    refused::<u64>(3.0_f64, "expected u64, found a float");
    refused::<u8>(256, "expected u8, found the integer 256");
    refused::<u64>(-1, "expected u64, found the integer -1");
    refused::<(u8, u8)>(
        vec![Value::from(1), Value::from(2), Value::from(3)],
        "expected 2 elements, found 3",
    );
    refused::<char>("xy", r#"expected a character, found string "xy""#);
    refused::<std::ffi::CString>(vec![Value::from(256)], "expected byte array, found a sequence");
    let number_as_text = Value::Map(vec![(Value::from("05"), Value::Null)]);
    assert!(number_as_text.to::<BTreeMap<u8, Option<u8>>>().is_err());
    assert!(Value::from("5").to::<u8>().is_err());
}

#[test]
fn errors_say_where() {
    let json = r#"{"users": [{"name": "a"}, {"name": 5}]}"#;
    let value: Value = serde_json::from_str(json).unwrap();
    refused::<BTreeMap<String, Vec<User>>>(
        value,
        "at `users[1].name`: expected a string, found an integer",
    );
    refused::<Vec<User>>(vec![fields([])], "at `[0]`: missing field `name`");
    let deep = Value::Map(vec![(Value::from(7), variant("Circle", Value::from("x")))]);
    refused::<BTreeMap<u8, Shape>>(deep, "at `[7].Circle`: expected u64, found a string");
    refused::<Shape>(
        variant("Square", Value::Null),
        "unknown variant `Square`, expected `Point` or `Circle`",
    );
}

#[test]
fn errors_of_serializing_say_where() {
    struct Stubborn;
    impl Serialize for Stubborn {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("I won't"))
        }
    }
    let error = Value::of(&BTreeMap::from([("a", vec![Stubborn])])).unwrap_err();
    assert!(matches!(error, Error::Encode { .. }));
    assert!(error.to_string().ends_with("at `a[0]`: I won't"), "{error}");
}
