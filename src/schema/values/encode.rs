//! A value as bytes.
//!
//! What decoding gives becomes the same bytes again, if they were as short as postcard writes them.
//! Beyond that, values are taken for what is asked wherever nothing is lost by it, as JSON has few
//! kinds of values: the list is at [`Descriptor::encode`](crate::Descriptor::encode).

mod compound;
mod named;
mod scalar;

use super::failure::{Cause, Failure, Step};
use super::limits::{Budget, Limits};
use crate::codec;
use crate::schema::kinds::inside;
use crate::schema::node::{Node, Primitive, Shape, TypeRef};
use crate::value::Value;
use serde::Serialize;

/// Writes a value as the type at `of`.
pub(super) fn encode(nodes: &[Node], of: TypeRef, value: &Value) -> Result<Vec<u8>, Failure> {
    // What there is already needs no other limit than its depth.
    let budget = Budget::new(Limits::default().items(usize::MAX));
    let mut encoder = Encoder { nodes, out: Vec::new(), budget };
    encoder.value(of, value, 0)?;
    Ok(encoder.out)
}

struct Encoder<'d> {
    nodes: &'d [Node],
    out: Vec<u8>,
    budget: Budget,
}

impl<'d> Encoder<'d> {
    /// Writes a value that has `depth` values around it.
    fn value(&mut self, of: TypeRef, value: &Value, depth: usize) -> Result<(), Failure> {
        let node = self.content(of)?;
        let value = if keeps_options(node) { value } else { bare(value) };
        match node {
            Node::Primitive(primitive) => self.primitive(*primitive, value, depth),
            Node::Option(of) => self.option(*of, value, depth),
            Node::Sequence(of) => self.sequence(*of, value, depth),
            Node::Set(of) => self.set(*of, value, depth),
            Node::Array(of, count) => self.array(*of, *count, value, depth),
            Node::Map(key, of) => self.map(*key, *of, value, depth),
            Node::Tuple(items) => self.row(items.iter().copied(), items.len(), value, depth),
            Node::Struct(_, shape) => self.shape(shape, value, depth),
            Node::Enum(_, variants) => self.variant(variants, value, depth),
            // Its content is what was asked for.
            Node::Named(..) => Err(Cause::NoType.into()),
        }
    }

    /// The type whose values are stored: names and structs around a single value do not show.
    fn content(&self, of: TypeRef) -> Result<&'d Node, Failure> {
        Ok(self.nodes.get(inside(self.nodes, of).place()).ok_or(Cause::NoType)?)
    }

    fn option(&mut self, of: TypeRef, value: &Value, depth: usize) -> Result<(), Failure> {
        let value = match value {
            Value::Null => {
                self.out.push(0);
                return Ok(());
            }
            Value::Some(value) => value,
            other => other,
        };
        let inner = self.budget.inner(depth)?;
        self.out.push(1);
        self.value(of, value, inner)
    }

    fn shape(&mut self, shape: &Shape, value: &Value, depth: usize) -> Result<(), Failure> {
        match shape {
            Shape::Unit => scalar::unit(value),
            Shape::Newtype(of) => self.value(*of, value, depth),
            Shape::Tuple(items) => {
                self.row(items.iter().map(|item| item.of), items.len(), bare(value), depth)
            }
            Shape::Fields(fields) => self.fields(fields, bare(value), depth),
        }
    }

    /// Writes a value in another one, one step further in.
    fn part(
        &mut self,
        of: TypeRef,
        value: &Value,
        depth: usize,
        step: impl FnOnce() -> Step,
    ) -> Result<(), Failure> {
        self.value(of, value, depth).map_err(|failure| failure.inside(step()))
    }

    fn count(&mut self, count: usize) {
        codec::append_length(&mut self.out, count);
    }

    fn append<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        codec::append(&mut self.out, value).map_err(|error| Cause::Refused(error).into())
    }
}

/// Whether it makes a difference to a type if what it is given is in a [`Value::Some`].
fn keeps_options(node: &Node) -> bool {
    matches!(node, Node::Option(_) | Node::Primitive(Primitive::Value))
}

/// What is in it, if it is a `Some`, else itself.
fn bare(mut value: &Value) -> &Value {
    while let Value::Some(inner) = value {
        value = inner;
    }
    value
}

#[cfg(test)]
mod tests {
    use crate::schema::Schema;
    use crate::schema::build::Types;
    use crate::schema::descriptor::Descriptor;
    use crate::schema::node::TypeRef;
    use crate::value::{Value, Variant};
    use std::collections::BTreeMap;

    struct Order;

    impl Schema for Order {
        fn describe(types: &mut Types) -> TypeRef {
            types.structure::<Self>("Order", |fields| {
                fields.field::<u8>("total");
                fields.field::<Option<String>>("note");
                fields.field::<Vec<State>>("states");
            })
        }
    }

    struct State;

    impl Schema for State {
        fn describe(types: &mut Types) -> TypeRef {
            types.enumeration::<Self>("State", |variants| {
                variants.unit("New");
                variants.tuple("Paid", |items| {
                    items.item::<u8>();
                });
                variants.structure("Sent", |fields| {
                    fields.field::<bool>("express");
                });
            })
        }
    }

    fn encode<T: Schema>(json: &str) -> Result<Vec<u8>, String> {
        let value: Value = serde_json::from_str(json).unwrap();
        let error = |error: crate::Error| error.to_string().split_once(": ").unwrap().1.to_owned();
        Descriptor::of::<T>().encode(&value).map_err(error)
    }

    #[test]
    fn structs_are_written_from_maps() {
        let json = r#"{"states": ["New", {"Paid": 7}, {"Sent": {"express": true}}], "total": 9}"#;
        assert_eq!(encode::<Order>(json).unwrap(), [9, 0, 3, 0, 1, 7, 2, 1]);
        let json = r#"{"states": [{"New": null}], "note": "x", "total": 9}"#;
        assert_eq!(encode::<Order>(json).unwrap(), [9, 1, 1, b'x', 1, 0]);
    }

    #[test]
    fn what_is_refused_is_named_with_its_place() {
        for (json, expected) in [
            ("[]", "expected a struct with the fields `total`, `note`, `states`, found []"),
            (r#"{"total": 1}"#, "the field `states` is missing"),
            (
                r#"{"total": 1, "states": [], "sum": 1}"#,
                "there is no field `sum`; there is `total`, `note`, `states`",
            ),
            (
                r#"{"total": "x", "states": []}"#,
                "`total`: expected an integer from 0 to 255, found \"x\"",
            ),
            (
                r#"{"total": 1, "states": ["New", "Gone"]}"#,
                "`states[1]`: there is no variant `Gone`; there is `New`, `Paid`, `Sent`",
            ),
            (
                r#"{"total": 1, "states": [{"Sent": {"express": 1}}]}"#,
                "`states[0].Sent.express`: expected `true` or `false`, found 1",
            ),
            (
                r#"{"total": 1, "states": ["Paid"]}"#,
                "`states[0].Paid`: expected the content of the variant, found null",
            ),
            (
                r#"{"total": 1, "states": [5]}"#,
                "`states[0]`: expected one of the variants `New`, `Paid`, `Sent`, found 5",
            ),
        ] {
            assert_eq!(encode::<Order>(json).unwrap_err(), expected);
        }
        let twice = [("total", 1), ("total", 2)].map(|(name, value)| (name.into(), value.into()));
        let error = Descriptor::of::<Order>().encode(&Value::Map(twice.to_vec())).unwrap_err();
        assert!(error.to_string().ends_with("the field `total` is there twice"), "{error}");
    }

    #[test]
    fn keys_are_written_from_texts() {
        assert_eq!(encode::<BTreeMap<i8, u8>>(r#"{"-1": 3, "2": 4}"#).unwrap(), [2, 255, 3, 2, 4]);
        assert_eq!(encode::<BTreeMap<bool, u8>>(r#"{"true": 5}"#).unwrap(), [1, 1, 5]);
        let error = encode::<BTreeMap<u8, u8>>(r#"{"05": null}"#).unwrap_err();
        assert_eq!(error, "`[key 0]`: expected an integer from 0 to 255, found \"05\"");
    }

    #[test]
    fn options_are_written_around_values_and_through_them() {
        assert_eq!(encode::<Option<Option<u8>>>("5").unwrap(), [1, 1, 5]);
        assert_eq!(encode::<Option<Option<u8>>>("null").unwrap(), [0]);
        let some = Value::from(Some(Value::Null));
        assert_eq!(Descriptor::of::<Option<Option<u8>>>().encode(&some).unwrap(), [1, 0]);
        assert_eq!(Descriptor::of::<u8>().encode(&Some(5).into()).unwrap(), [5]);
    }

    #[test]
    fn a_name_that_two_variants_have_says_nothing() {
        struct Odd;
        impl Schema for Odd {
            fn describe(types: &mut Types) -> TypeRef {
                types.enumeration::<Self>("Odd", |variants| {
                    variants.unit("Same");
                    variants.unit("Same");
                })
            }
        }
        let odd = Descriptor::of::<Odd>();
        let error = odd.encode(&odd.decode(&[1]).unwrap()).unwrap_err();
        assert!(error.to_string().ends_with("two variants have the name `Same`"), "{error}");
    }

    #[test]
    fn depth_ends_where_decoding_ends() {
        struct Chain;
        impl Schema for Chain {
            fn describe(types: &mut Types) -> TypeRef {
                types.enumeration::<Self>("Chain", |variants| {
                    variants.unit("End");
                    variants.tuple("Link", |items| {
                        items.item::<Self>();
                    });
                })
            }
        }
        let chain = Descriptor::of::<Chain>();
        let variant = |name: &str, value| Value::from(Variant { name: name.into(), value });
        let mut value = variant("End", Value::Null);
        for _ in 1..Value::MAX_DEPTH {
            value = variant("Link", value);
        }
        let bytes = chain.encode(&value).unwrap();
        assert_eq!(chain.decode(&bytes).unwrap(), value);
        value.to_json().unwrap();
        assert!(chain.encode(&variant("Link", value)).is_err());
        let deeper = [&[1], bytes.as_slice()].concat();
        let error = chain.decode(&deeper).unwrap_err();
        assert!(error.to_string().ends_with("values are nested more than 128 deep"), "{error}");
    }
}
