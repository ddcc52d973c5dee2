//! Random types, as a file could describe them, and random values of them.

use crate::any;
use folio::{Descriptor, Value, Variant};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The tags of what has special values; see the format of descriptors.
const U8: u8 = 3;
const VALUE: u8 = 19;

/// A type. The tags of primitives are those of the format.
#[derive(Debug, Clone)]
pub(crate) enum Type {
    Primitive(u8),
    Option(Box<Type>),
    Sequence(Box<Type>),
    Set(Box<Type>),
    Array(Box<Type>, u8),
    Map(Box<Type>, Box<Type>),
    Tuple(Vec<Type>),
    Struct(Shape),
    Enum(Vec<Shape>),
    Named(Box<Type>),
    /// `Option<T>` of the outermost type `T`.
    Again,
}

#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Unit,
    Newtype(Box<Type>),
    Tuple(Vec<Type>),
    Fields(Vec<Type>),
}

pub(crate) fn any_type() -> BoxedStrategy<Type> {
    let leaf = prop_oneof![
        8 => (0..20_u8).prop_map(Type::Primitive),
        1 => Just(Type::Again),
    ];
    let inside = leaf.prop_recursive(4, 16, 4, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let many = || vec(inner.clone(), 0..4);
        let shape = prop_oneof![
            Just(Shape::Unit),
            boxed().prop_map(Shape::Newtype),
            many().prop_map(Shape::Tuple),
            many().prop_map(Shape::Fields),
        ];
        prop_oneof![
            boxed().prop_map(Type::Option),
            boxed().prop_map(Type::Sequence),
            boxed().prop_map(Type::Set),
            (boxed(), 0..4_u8).prop_map(|(of, count)| Type::Array(of, count)),
            (boxed(), boxed()).prop_map(|(key, value)| Type::Map(key, value)),
            many().prop_map(Type::Tuple),
            shape.clone().prop_map(Type::Struct),
            vec(shape, 1..4).prop_map(Type::Enum),
            boxed().prop_map(Type::Named),
        ]
    });
    // What has no name can't contain itself.
    inside.prop_map(|of| Type::Struct(Shape::Fields(vec![of]))).boxed()
}

/// A table of types being written.
#[derive(Default)]
struct Table {
    nodes: Vec<Vec<u8>>,
}

impl Table {
    fn place(&mut self, of: &Type) -> u8 {
        let place = self.nodes.len();
        self.nodes.push(Vec::new());
        let node = match of {
            Type::Primitive(tag) => vec![*tag],
            Type::Option(of) => vec![32, self.place(of)],
            Type::Sequence(of) => vec![33, self.place(of)],
            Type::Set(of) => vec![34, self.place(of)],
            Type::Array(of, count) => vec![35, self.place(of), *count],
            Type::Map(key, value) => vec![36, self.place(key), self.place(value)],
            Type::Tuple(items) => [vec![37], self.items(items)].concat(),
            Type::Struct(shape) => [vec![38, 1, b'S'], self.shape(shape)].concat(),
            Type::Enum(variants) => {
                let mut node = vec![39, 1, b'E', small(variants.len())];
                for (number, variant) in variants.iter().enumerate() {
                    node.extend([2, b'V', b'0' + small(number)]);
                    node.extend(self.shape(variant));
                }
                node
            }
            Type::Named(of) => vec![40, 1, b'N', self.place(of)],
            Type::Again => vec![32, 0],
        };
        *self.nodes.get_mut(place).expect("it was just pushed") = node;
        small(place)
    }

    fn items(&mut self, items: &[Type]) -> Vec<u8> {
        let places: Vec<u8> = items.iter().map(|item| self.place(item)).collect();
        [vec![small(items.len())], places].concat()
    }

    fn shape(&mut self, shape: &Shape) -> Vec<u8> {
        match shape {
            Shape::Unit => vec![0],
            Shape::Newtype(of) => vec![1, self.place(of)],
            Shape::Tuple(items) => [vec![2], self.items(items)].concat(),
            Shape::Fields(fields) => {
                let mut node = vec![3, small(fields.len())];
                for (number, of) in fields.iter().enumerate() {
                    node.extend([2, b'f', b'0' + small(number), self.place(of)]);
                }
                node
            }
        }
    }
}

/// Numbers of one byte are enough here.
fn small(number: usize) -> u8 {
    u8::try_from(number).ok().filter(|number| *number < 128).expect("the types are small")
}

pub(crate) fn descriptor(of: &Type) -> Descriptor {
    let mut table = Table::default();
    table.place(of);
    let head = [1, 0, 0, small(table.nodes.len())];
    let bytes = [head.to_vec(), table.nodes.concat()].concat();
    Descriptor::from_bytes(&bytes).expect("the types are sound")
}

/// A random value of a type, as decoding gives it.
pub(crate) fn value_of(of: &Type) -> BoxedStrategy<Value> {
    value_in(of, Some(of))
}

fn value_in(of: &Type, outermost: Option<&Type>) -> BoxedStrategy<Value> {
    let inner = |of: &Type| value_in(of, outermost);
    match of {
        Type::Primitive(tag) => primitive(*tag),
        Type::Option(of) => optional(inner(of)),
        Type::Sequence(of) if is_byte(of) => any::<Vec<u8>>().prop_map(Value::Bytes).boxed(),
        Type::Set(of) if is_byte(of) => any::<BTreeSet<u8>>()
            .prop_map(|bytes| Value::Bytes(bytes.into_iter().collect()))
            .boxed(),
        Type::Array(of, count) if is_byte(of) => {
            vec(any::<u8>(), usize::from(*count)).prop_map(Value::Bytes).boxed()
        }
        Type::Sequence(of) => vec(inner(of), 0..4).prop_map(Value::Sequence).boxed(),
        Type::Set(of) => vec(inner(of), 0..4)
            .prop_map(|items| {
                let items: BTreeSet<Value> = items.into_iter().collect();
                Value::Sequence(items.into_iter().collect())
            })
            .boxed(),
        Type::Array(of, count) => {
            vec(inner(of), usize::from(*count)).prop_map(Value::Sequence).boxed()
        }
        Type::Map(key, value) => vec((inner(key), inner(value)), 0..4)
            .prop_map(|mut entries| {
                let mut seen = BTreeSet::new();
                entries.retain(|(key, _)| seen.insert(key.clone()));
                Value::Map(entries)
            })
            .boxed(),
        Type::Tuple(items) => row(items, &inner),
        Type::Struct(shape) => content(shape, &inner),
        Type::Enum(variants) => {
            let variants = variants.iter().enumerate().map(|(number, shape)| {
                let name = format!("V{number}");
                let variant = move |value| Variant { name: name.as_str().into(), value }.into();
                content(shape, &inner).prop_map(variant).boxed()
            });
            proptest::strategy::Union::new(variants).boxed()
        }
        Type::Named(of) => inner(of),
        Type::Again => match outermost {
            Some(of) => optional(value_in(of, None)),
            None => Just(Value::Null).boxed(),
        },
    }
}

fn optional(of: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop_oneof![Just(Value::Null), of.prop_map(|value| Value::Some(Box::new(value)))].boxed()
}

fn row(items: &[Type], inner: &dyn Fn(&Type) -> BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let items: Vec<_> = items.iter().map(inner).collect();
    items.prop_map(Value::Sequence).boxed()
}

fn content(shape: &Shape, inner: &dyn Fn(&Type) -> BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    match shape {
        Shape::Unit => Just(Value::Null).boxed(),
        Shape::Newtype(of) => inner(of),
        Shape::Tuple(items) => row(items, inner),
        Shape::Fields(fields) => {
            let fields: Vec<_> = fields.iter().map(inner).collect();
            let named = |(number, value)| (format!("f{number}").as_str().into(), value);
            fields
                .prop_map(move |values| {
                    Value::Struct(values.into_iter().enumerate().map(named).collect())
                })
                .boxed()
        }
    }
}

fn is_byte(of: &Type) -> bool {
    matches!(of, Type::Primitive(U8))
}

fn primitive(tag: u8) -> BoxedStrategy<Value> {
    match tag {
        0 => Just(Value::Null).boxed(),
        1 => any::<bool>().prop_map(Value::from).boxed(),
        2 => any::<char>().prop_map(Value::from).boxed(),
        U8 => any::<u8>().prop_map(Value::from).boxed(),
        4 => any::<u16>().prop_map(Value::from).boxed(),
        5 => any::<u32>().prop_map(Value::from).boxed(),
        6 | 8 => any::<u64>().prop_map(Value::from).boxed(),
        7 => any::<u128>().prop_map(Value::from).boxed(),
        9 => any::<i8>().prop_map(Value::from).boxed(),
        10 => any::<i16>().prop_map(Value::from).boxed(),
        11 => any::<i32>().prop_map(Value::from).boxed(),
        12 | 14 => any::<i64>().prop_map(Value::from).boxed(),
        13 => any::<i128>().prop_map(Value::from).boxed(),
        15 => prop::num::f32::ANY.prop_map(Value::from).boxed(),
        16 => prop::num::f64::ANY.prop_map(Value::from).boxed(),
        17 => any::<String>().prop_map(Value::from).boxed(),
        18 => any::<Vec<u8>>().prop_map(Value::Bytes).boxed(),
        VALUE => any::value(),
        other => unreachable!("{other} is no primitive"),
    }
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_as_it_was(
        (of, value) in any_type().prop_flat_map(|of| (Just(of.clone()), value_of(&of)))
    ) {
        let descriptor = descriptor(&of);
        let bytes = descriptor.encode(&value)?;
        prop_assert_eq!(descriptor.decode(&bytes)?, value, "{}", descriptor);
    }
}
