//! In the predecessors values went through JSON: 9007199254740993 came back as …992, bytes as base64
//! text, and an integer as a float nine seconds after it was last used. What is read must be what was
//! written, to the bit, now and after a reopen.

use super::place;
use folio::{Record, Result, Schema, Store};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum Kind {
    Unit,
    One(i64),
    Two(u8, String),
    Named { inner: Option<Box<Kind>> },
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "everything")]
struct Everything {
    #[key]
    id: i64,
    signed: (i8, i16, i32, i64, i128),
    unsigned: (u8, u16, u32, u64, u128),
    single: Vec<f32>,
    double: Vec<f64>,
    yes: bool,
    letter: char,
    text: String,
    bytes: Vec<u8>,
    maybe: Vec<Option<u8>>,
    nothing: (),
    array: [i64; 3],
    map: BTreeMap<String, Vec<i64>>,
    set: BTreeSet<i64>,
    kind: Kind,
    time: SystemTime,
    duration: Duration,
}

fn lowest() -> Everything {
    Everything {
        id: i64::MIN,
        signed: (i8::MIN, i16::MIN, i32::MIN, i64::MIN, i128::MIN),
        unsigned: (0, 0, 0, 0, 0),
        single: vec![f32::MIN, -0.0, f32::MIN_POSITIVE, f32::NEG_INFINITY],
        double: vec![f64::MIN, -0.0, 5e-324, f64::NEG_INFINITY],
        yes: false,
        letter: '\0',
        text: String::new(),
        bytes: Vec::new(),
        maybe: vec![],
        nothing: (),
        array: [i64::MIN; 3],
        map: BTreeMap::new(),
        set: BTreeSet::new(),
        kind: Kind::Unit,
        time: SystemTime::UNIX_EPOCH,
        duration: Duration::ZERO,
    }
}

fn highest() -> Everything {
    Everything {
        id: i64::MAX,
        signed: (i8::MAX, i16::MAX, i32::MAX, i64::MAX, i128::MAX),
        unsigned: (u8::MAX, u16::MAX, u32::MAX, u64::MAX, u128::MAX),
        single: vec![f32::MAX, 0.1, 1.0, f32::INFINITY, f32::NAN],
        double: vec![f64::MAX, 0.1, 1.0, f64::INFINITY, f64::from_bits(0x7ff8_0000_dead_beef)],
        yes: true,
        letter: char::MAX,
        text: "\0 \u{feff} \u{10ffff} 👩‍🚀 \"1\" 1.0".into(),
        bytes: (0..=255).collect(),
        maybe: vec![None, Some(0)],
        nothing: (),
        array: [i64::MAX, 9_007_199_254_740_993, -9_007_199_254_740_993],
        map: BTreeMap::from([("1".into(), vec![1]), ("1.0".into(), vec![i64::MAX])]),
        set: BTreeSet::from([i64::MIN, -1, 0, 1, i64::MAX]),
        kind: Kind::Named { inner: Some(Box::new(Kind::Two(255, "two".into()))) },
        time: SystemTime::UNIX_EPOCH + Duration::new(4_102_444_800, 999_999_999),
        duration: Duration::MAX,
    }
}

/// Compares to the bit: NaN is no number that equals itself, and 0 equals −0.
#[track_caller]
fn assert_same(found: &Everything, expected: &Everything) {
    let bits = |everything: &Everything| {
        let single: Vec<_> = everything.single.iter().map(|float| float.to_bits()).collect();
        let double: Vec<_> = everything.double.iter().map(|float| float.to_bits()).collect();
        let rest = Everything { single: vec![], double: vec![], ..everything.clone() };
        (single, double, rest)
    };
    assert_eq!(bits(found), bits(expected));
}

#[test]
fn what_is_read_is_what_was_written() -> Result<()> {
    let (_directory, path) = place();
    let others = [Kind::One(9_007_199_254_740_993), Kind::Named { inner: None }];
    let others = others.into_iter().zip([0, 9_007_199_254_740_993]);
    let others = others.map(|(kind, id)| Everything { id, kind, ..highest() });
    let all: Vec<_> = others.chain([lowest(), highest()]).collect();
    Store::open(&path)?.collection::<Everything>()?.insert_all(all.clone())?;
    for _ in 0..3 {
        let store = Store::open(&path)?;
        let collection = store.collection::<Everything>()?;
        let ids: Vec<_> = collection.view().keys().copied().collect();
        assert_eq!(ids, [i64::MIN, 0, 9_007_199_254_740_993, i64::MAX]);
        for expected in &all {
            assert_same(&collection.get(&expected.id).unwrap(), expected);
            // Written back as it was read, it must be the same the next time.
            collection.put((*collection.get(&expected.id).unwrap()).clone())?;
        }
    }
    Ok(())
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "bytes")]
struct Bytes {
    #[key]
    key: Vec<u8>,
    #[index]
    number: i64,
}

/// Keys keep their type as well, and their order.
#[test]
fn keys_are_ordered_as_their_type_is() -> Result<()> {
    let (_directory, path) = place();
    let keys: [&[u8]; 6] = [b"", b"\0", b"\0\0", b"1", b"\x7f", b"\xff\xfe"];
    let numbers = [i64::MIN, -256, -1, 0, 255, i64::MAX];
    let records = keys.iter().zip(numbers).map(|(key, number)| Bytes { key: key.to_vec(), number });
    // Written in another order than theirs.
    Store::open(&path)?.collection::<Bytes>()?.insert_all(records.clone().rev())?;
    let view = Store::open(&path)?.collection::<Bytes>()?.view();
    assert!(view.iter().cloned().eq(records.clone()));
    assert!(view.by(Bytes::NUMBER).iter().cloned().eq(records));
    assert!(view.by(Bytes::NUMBER).range(-256..0).map(|bytes| bytes.number).eq([-256, -1]));
    Ok(())
}
