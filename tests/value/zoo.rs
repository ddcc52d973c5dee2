//! Types of all sorts come back as they were.

use super::*;

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Unit;

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Empty {}

#[derive(Serialize, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Clone)]
struct Newtype(u64);

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone)]
struct Pair(i8, String);

#[derive(Serialize, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Clone)]
enum Shape {
    Point,
    Circle(Option<u32>),
    Nothing(()),
    Line(i8, i8),
    Rectangle { width: u8, height: u8 },
}

fn shapes() -> Vec<Shape> {
    vec![
        Shape::Point,
        Shape::Circle(None),
        Shape::Circle(Some(3)),
        Shape::Nothing(()),
        Shape::Line(-1, 1),
        Shape::Rectangle { width: 1, height: 2 },
    ]
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(tag = "type")]
enum Internal {
    Unit,
    Newtype(BTreeMap<String, Shape>),
    #[expect(clippy::option_option, reason = "the three cases must stay apart")]
    Struct {
        shape: Shape,
        maybe: Option<Option<u8>>,
        float: f32,
        letter: char,
    },
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(tag = "type", content = "content")]
enum Adjacent {
    Unit,
    Newtype(Shape),
    Tuple(u8, f64),
    Struct { shapes: Vec<Shape> },
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Adjacent(Adjacent),
    Shape(Shape),
    List(Vec<Option<Shape>>),
    Named { unit: Unit, pairs: Vec<Pair>, keys: BTreeMap<Shape, Newtype> },
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Flat {
    id: u64,
    #[serde(flatten)]
    inner: Inner,
    #[serde(flatten)]
    rest: BTreeMap<String, Shape>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Inner {
    shape: Shape,
    pair: Pair,
    none: Option<u8>,
}

#[test]
fn structs_of_all_sorts() {
    assert_eq!(returns(Unit), Value::Null);
    assert_eq!(returns(Empty {}), fields([]));
    assert_eq!(returns(Newtype(7)), Value::from(7));
    assert_eq!(returns(Pair(-1, "x".into())).to_string(), r#"[-1, "x"]"#);
    let inner = Inner { shape: Shape::Point, pair: Pair(1, String::new()), none: None };
    assert_eq!(returns(inner).to_string(), r#"{shape: Point, pair: [1, ""], none: null}"#);
}

#[test]
fn variants_of_all_sorts() {
    let texts = shapes().into_iter().map(|shape| returns(shape).to_string());
    assert!(texts.eq([
        "Point",
        "Circle",
        "Circle(Some(3))",
        "Nothing",
        "Line([-1, 1])",
        "Rectangle({width: 1, height: 2})"
    ]));
}

#[test]
fn options_in_options() {
    assert_eq!(returns(None::<Option<()>>), Value::Null);
    assert_eq!(returns(Some(None::<()>)), Value::from(Some(())));
    returns(Some(Some(())));
    returns(vec![None, Some(None), Some(Some(5_u8))]);
    returns(Some(Unit));
}

#[test]
fn numbers_to_the_last_bit() {
    returns((u128::MAX, i128::MIN, u64::MAX, i64::MIN, 0_u8, -1_i8));
    returns((f32::MIN_POSITIVE, 0.1_f32, f64::MAX, -0.0_f64, f64::INFINITY, 1e-320_f64));
    for bits in [0x7ff8_0000_0000_0001_u64, 0xfff8_0000_dead_beef, (-0.0_f64).to_bits()] {
        let value = Value::of(&f64::from_bits(bits)).unwrap();
        assert_eq!(value.to::<f64>().unwrap().to_bits(), bits);
        let stored = read(&written(&value)).unwrap();
        assert_eq!(stored.to::<f64>().unwrap().to_bits(), bits);
    }
    let bits = 0x7fc0_0123_u32;
    assert_eq!(Value::of(&f32::from_bits(bits)).unwrap().to::<f32>().unwrap().to_bits(), bits);
}

#[test]
fn maps_with_any_keys() {
    returns(BTreeMap::from([(Newtype(1), "a".to_owned()), (Newtype(2), "b".to_owned())]));
    returns(BTreeMap::from([((1_u8, 'x'), BTreeMap::from([(true, 1.5_f64)]))]));
    returns(shapes().into_iter().zip(0_u8..).collect::<BTreeMap<_, _>>());
    returns(BTreeMap::from([(Some("a".to_owned()), 1), (None, 2)]));
    returns(BTreeMap::from([("a".to_owned(), Newtype(1))]));
    returns(BTreeMap::from([(vec![1_u8], BTreeSet::from(['a', 'b']))]));
    returns(HashMap::from([(Value::from("a"), Value::Null), (Value::Null, Value::from(1))]));
}

#[test]
fn types_that_serde_reads_through_a_copy() {
    for shape in shapes() {
        let rest = BTreeMap::from([("more".to_owned(), shape.clone())]);
        returns(Internal::Newtype(rest.clone()));
        let letter = 'é';
        returns(Internal::Struct { shape: shape.clone(), maybe: None, float: 0.1, letter });
        let maybe = Some(None);
        returns(Internal::Struct { shape: shape.clone(), maybe, float: 0.1, letter });
        returns(Adjacent::Newtype(shape.clone()));
        returns(Untagged::Shape(shape.clone()));
        returns(Untagged::Adjacent(Adjacent::Struct { shapes: vec![shape.clone()] }));
        returns(Untagged::List(vec![None, Some(shape.clone())]));
        let keys = BTreeMap::from([(shape.clone(), Newtype(1))]);
        returns(Untagged::Named { unit: Unit, pairs: vec![Pair(1, "x".into())], keys });
        let inner = Inner { shape, pair: Pair(1, String::new()), none: None };
        returns(Flat { id: u64::MAX, inner, rest });
    }
    returns(Internal::Unit);
    returns(Adjacent::Unit);
    returns(Adjacent::Tuple(1, 2.5));
    returns(Untagged::Adjacent(Adjacent::Unit));
    returns(Untagged::Number(i64::MIN));
}

#[test]
fn types_of_the_standard_library() {
    returns(Duration::new(5, 7));
    returns("127.0.0.1".parse::<IpAddr>().unwrap());
    returns(HashMap::from([("[::1]:80".parse::<SocketAddr>().unwrap(), [1_u8; 4])]));
    returns((1..5_u8, Ok::<u8, String>(1), Err::<u8, _>("no".to_owned())));
    returns((std::ops::Bound::<u8>::Unbounded, std::num::NonZeroU8::MAX, 'x'));
    returns(std::path::PathBuf::from("a/b"));
    returns(std::ffi::CString::new("bytes").unwrap());
    assert_eq!(returns(std::ffi::CString::new("a").unwrap()), Value::Bytes(vec![b'a']));
}

/// A value can be a part of a record, and is then what it was.
#[test]
fn values_in_types() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Record {
        id: u64,
        any: Value,
        more: Vec<Value>,
        maybe: Option<Value>,
        named: BTreeMap<String, Value>,
    }
    let any = fields([("a", variant("V", Value::Null)), ("b", Value::from(Some(())))]);
    let named = BTreeMap::from([("n".to_owned(), any.clone())]);
    let more = vec![Value::Bytes(vec![1]), Value::from(u128::MAX)];
    let record = Record { id: 1, any: any.clone(), more, maybe: Some(Value::Null), named };
    let value = returns(record);
    assert_eq!(value.get("any"), Some(&any));
}

/// What is flattened or untagged goes through a copy, which knows only the natural shape.
#[test]
fn values_in_types_that_serde_copies() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Open {
        id: u64,
        #[serde(flatten)]
        rest: Value,
    }
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Other(Value),
    }
    let rest = Value::Map(vec![(Value::from("a"), Value::from(vec![Value::from(1)]))]);
    returns(Open { id: 1, rest });
    returns(Either::Number(1));
    returns(Either::Other(Value::from("x")));
}

proptest! {
    #[test]
    fn any_content(
        numbers in any::<(i128, u128, i64, u8)>(),
        texts in any::<(String, char, Option<Option<String>>)>(),
        floats in any::<(f32, f64)>(),
        lists in any::<(Vec<u8>, BTreeMap<i32, Vec<bool>>, [u16; 3])>(),
    ) {
        returns((numbers, texts, floats, lists));
    }
}
