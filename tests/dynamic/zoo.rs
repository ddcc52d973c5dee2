//! Types of every kind, and random values of them.

use crate::any;
use folio::{Schema, TypeRef, Types, Value};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZero;
use std::ops::{Bound, RangeInclusive};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Derives what all of them have, and a strategy that fills the fields one by one.
macro_rules! zoo {
    ($($name:ident { $($field:ident: $type:ty = $strategy:expr,)* })*) => {$(
        #[derive(Schema, Serialize, Deserialize, Clone, PartialEq, Debug)]
        pub(crate) struct $name { $(pub(crate) $field: $type,)* }

        impl $name {
            pub(crate) fn any() -> BoxedStrategy<Self> {
                // Field by field, since tuples of strategies end at twelve.
                let start = Just(()).boxed();
                zoo!(@fields start, $($field = $strategy,)*)
                    .prop_map(|zoo!(@pattern () $($field,)*)| Self { $($field,)* })
                    .boxed()
            }
        }
    )*};
    (@fields $sofar:expr,) => { $sofar };
    (@fields $sofar:expr, $field:ident = $strategy:expr, $($rest:tt)*) => {
        zoo!(@fields ($sofar, $strategy), $($rest)*)
    };
    (@pattern $sofar:tt) => { $sofar };
    (@pattern $sofar:tt $field:ident, $($rest:tt)*) => {
        zoo!(@pattern ($sofar, $field) $($rest)*)
    };
}

zoo! {
    Scalars {
        nothing: () = Just(()),
        flag: bool = any::<bool>(),
        letter: char = any::<char>(),
        a: u8 = any::<u8>(),
        b: u16 = any::<u16>(),
        c: u32 = any::<u32>(),
        d: u64 = any::<u64>(),
        e: usize = any::<usize>(),
        f: i8 = any::<i8>(),
        g: i16 = any::<i16>(),
        h: i32 = any::<i32>(),
        i: i64 = any::<i64>(),
        j: isize = any::<isize>(),
        k: f32 = prop::num::f32::NORMAL | prop::num::f32::ZERO,
        l: f64 = prop::num::f64::NORMAL | prop::num::f64::ZERO,
        text: String = any::<String>(),
    }
    Wide {
        natural: u128 = any::<u128>(),
        integer: i128 = any::<i128>(),
        short: f32 = prop::num::f32::ANY,
        long: f64 = prop::num::f64::ANY,
    }
    Options {
        number: Option<Option<u8>> = any::<Option<Option<u8>>>(),
        unit: Option<()> = any::<Option<()>>(),
        units: Option<Option<()>> = any::<Option<Option<()>>>(),
        texts: Option<Vec<Option<String>>> = any::<Option<Vec<Option<String>>>>(),
        marker: Option<Marker> = prop::option::of(Just(Marker)),
        shape: Option<Shape> = prop::option::of(Shape::any()),
    }
    Lists {
        bytes: Vec<u8> = any::<Vec<u8>>(),
        words: Vec<u16> = any::<Vec<u16>>(),
        texts: BTreeSet<String> = any::<BTreeSet<String>>(),
        small: BTreeSet<u8> = any::<BTreeSet<u8>>(),
        three: [i32; 3] = any::<[i32; 3]>(),
        five: [u8; 5] = any::<[u8; 5]>(),
        seven: [(); 7] = Just([(); 7]),
        none: [u8; 0] = Just([]),
        row: (u8, (bool,), String) = any::<(u8, (bool,), String)>(),
        markers: Vec<Marker> = vec(Just(Marker), 0..9),
        blob: Blob = any::<Vec<u8>>().prop_map(Blob),
    }
    Maps {
        texts: BTreeMap<String, u8> = any::<BTreeMap<String, u8>>(),
        shapes: BTreeMap<i64, Shape> = btree_map(any::<i64>(), Shape::any(), 0..4),
        flags: BTreeMap<bool, u8> = any::<BTreeMap<bool, u8>>(),
        levels: BTreeMap<Level, u8> = btree_map(Level::any(), any::<u8>(), 0..3),
        letters: BTreeMap<char, Vec<i8>> = any::<BTreeMap<char, Vec<i8>>>(),
    }
    OddMaps {
        rows: BTreeMap<(u8, String), u8> = any::<BTreeMap<(u8, String), u8>>(),
        options: BTreeMap<Option<u8>, bool> = any::<BTreeMap<Option<u8>, bool>>(),
        pairs: BTreeMap<Pair, Level> = btree_map(Pair::any(), Level::any(), 0..4),
        sets: BTreeMap<BTreeSet<u16>, bool> =
            btree_map(btree_set(any::<u16>(), 0..3), any::<bool>(), 0..4),
        units: BTreeMap<(), u8> = any::<BTreeMap<(), u8>>(),
    }
    Standard {
        when: SystemTime = any::<u32>()
            .prop_map(|seconds| SystemTime::UNIX_EPOCH + Duration::new(seconds.into(), 7)),
        lasting: Duration = any::<Duration>(),
        lower: Bound<u8> = prop_oneof![
            Just(Bound::Unbounded),
            any::<u8>().prop_map(Bound::Included),
            any::<u8>().prop_map(Bound::Excluded),
        ],
        outcome: Result<u8, String> = any::<Result<u8, String>>(),
        number: NonZero<u32> = (1..u32::MAX).prop_filter_map("not zero", NonZero::new),
        range: RangeInclusive<i8> = any::<(i8, i8)>().prop_map(|(low, high)| low..=high),
        nowhere: PhantomData<String> = Just(PhantomData),
        cow: Cow<'static, str> = any::<String>().prop_map(Cow::Owned),
        shared: Arc<str> = any::<String>().prop_map(Arc::from),
        boxed: Box<u16> = any::<Box<u16>>(),
    }
    Addresses {
        address: IpAddr = any::<IpAddr>(),
        six: Ipv6Addr = any::<Ipv6Addr>(),
        socket: SocketAddr = any::<(IpAddr, u16)>().prop_map(SocketAddr::from),
    }
    Generic {
        bytes: Wrapped<u8> = Wrapped::any(any::<u8>()),
        shapes: Wrapped<Shape> = Wrapped::any(Shape::any()),
        wrapped: Wrapped<Wrapped<bool>> = Wrapped::any(Wrapped::any(any::<bool>())),
    }
    Dynamic {
        value: Value = any::value(),
        option: Option<Value> = prop::option::of(any::value()),
        list: Vec<Value> = vec(any::value(), 0..3),
        known: u8 = any::<u8>(),
    }
}

#[derive(Schema, Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct Marker;

#[derive(Schema, Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct Meters(f64);

#[derive(Schema, Serialize, Deserialize, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Pair(i32, String);

impl Pair {
    fn any() -> BoxedStrategy<Self> {
        any::<(i32, String)>().prop_map(|(number, text)| Self(number, text)).boxed()
    }
}

#[derive(Schema, Serialize, Deserialize, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Level {
    Low,
    High,
}

impl Level {
    fn any() -> BoxedStrategy<Self> {
        prop_oneof![Just(Self::Low), Just(Self::High)].boxed()
    }
}

/// Written as bytes and not as a list of numbers.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Blob(Vec<u8>);

impl Schema for Blob {
    fn describe(types: &mut Types) -> TypeRef {
        types.bytes()
    }
}

impl Serialize for Blob {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self)
    }
}

#[derive(Schema, Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) enum Shape {
    Point,
    Circle(Meters),
    Line(Pair, Pair),
    Polygon { corners: Vec<(i16, i16)>, closed: Option<bool> },
    Void(),
    Group(Vec<Shape>),
    Boxed(Box<Shape>),
}

impl Shape {
    pub(crate) fn any() -> BoxedStrategy<Self> {
        let leaf = prop_oneof![
            Just(Self::Point),
            Just(Self::Void()),
            prop::num::f64::NORMAL.prop_map(|radius| Self::Circle(Meters(radius))),
            (Pair::any(), Pair::any()).prop_map(|(from, to)| Self::Line(from, to)),
            (vec(any::<(i16, i16)>(), 0..4), any::<Option<bool>>())
                .prop_map(|(corners, closed)| Self::Polygon { corners, closed }),
        ];
        leaf.prop_recursive(3, 8, 3, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..3).prop_map(Self::Group),
                inner.prop_map(|shape| Self::Boxed(Box::new(shape))),
            ]
        })
        .boxed()
    }
}

#[derive(Schema, Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct Wrapped<T> {
    inner: T,
    more: Vec<T>,
}

impl<T: Clone + std::fmt::Debug + 'static> Wrapped<T> {
    fn any(of: impl Strategy<Value = T> + Clone + 'static) -> BoxedStrategy<Self> {
        (of.clone(), vec(of, 0..3)).prop_map(|(inner, more)| Self { inner, more }).boxed()
    }
}

#[derive(Schema, Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(crate) struct Tree {
    name: String,
    size: Option<u32>,
    children: Vec<Tree>,
}

impl Tree {
    pub(crate) fn any() -> BoxedStrategy<Self> {
        let leaf = any::<(String, Option<u32>)>().prop_map(|(name, size)| Self {
            name,
            size,
            children: Vec::new(),
        });
        leaf.prop_recursive(4, 12, 3, |inner| {
            (any::<String>(), vec(inner, 0..3)).prop_map(|(name, children)| Self {
                name,
                size: None,
                children,
            })
        })
        .boxed()
    }
}
