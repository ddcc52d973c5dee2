//! Random dynamic values.

use folio::{Value, Variant};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

/// A value of any kind, not very large.
pub(crate) fn value() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u128>().prop_map(Value::from),
        any::<i128>().prop_map(Value::from),
        (0..300_u16).prop_map(Value::from),
        prop::num::f32::ANY.prop_map(Value::from),
        prop::num::f64::ANY.prop_map(Value::from),
        any::<char>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
        vec(any::<u8>(), 0..6).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|value| Value::Some(Box::new(value))),
            vec(inner.clone(), 0..4).prop_map(Value::Sequence),
            vec((inner.clone(), inner.clone()), 0..3).prop_map(Value::Map),
            vec((name(), inner.clone()), 0..3).prop_map(Value::Struct),
            (name(), inner).prop_map(|(name, value)| Variant { name, value }.into()),
        ]
    })
    .boxed()
}

fn name() -> impl Strategy<Value = Arc<str>> {
    "[a-f][0-3]?".prop_map(Arc::from)
}
