//! JSON as values.

use super::parse::Json;
use super::{Mismatch, are_names, bytes_of, f32_of, f64_of, integer_of, marked, may_be_null};
use crate::schema::kinds::{inside, is_byte};
use crate::schema::node::{Fields, Node, Primitive, Shape, TypeRef, Variant};
use crate::value::{Value, Variant as Chosen};
use std::sync::Arc;

/// The value of the type at `of` that JSON is. Whether it is allowed there, such as the size of an integer, is
/// for [`encode`](crate::Descriptor::encode) to say.
pub(super) fn value(nodes: &[Node], of: TypeRef, json: &Json) -> Result<Value, Mismatch> {
    Reader { nodes }.value(of, json)
}

struct Reader<'a> {
    nodes: &'a [Node],
}

impl<'a> Reader<'a> {
    fn value(&self, of: TypeRef, json: &Json) -> Result<Value, Mismatch> {
        let node = self.nodes.get(inside(self.nodes, of).place());
        match node.ok_or_else(|| Mismatch::new("a known type", json))? {
            Node::Primitive(primitive) => primitive_of(*primitive, json),
            Node::Option(of) => self.option(*of, json),
            Node::Sequence(of) | Node::Set(of) | Node::Array(of, _) => match json {
                Json::Text(text) if is_byte(self.nodes, *of) => bytes(text, json),
                json => self.items(list(json)?, |_| Some(*of)),
            },
            Node::Map(key, of) => self.map(*key, *of, json),
            Node::Tuple(of) => self.row(of.iter().copied(), json),
            Node::Struct(_, shape) => self.shape(shape, json),
            Node::Enum(_, variants) => self.variant(variants, json),
            Node::Named(..) => Err(Mismatch::new("a known type", json)),
        }
    }

    fn option(&self, of: TypeRef, json: &Json) -> Result<Value, Mismatch> {
        let value = match json {
            Json::Null => return Ok(Value::Null),
            Json::List(items) if may_be_null(self.nodes, of) => match items.as_slice() {
                [item] => self.value(of, item)?,
                _ => return Err(Mismatch::new("null, or a list of one item", json)),
            },
            json if may_be_null(self.nodes, of) => {
                return Err(Mismatch::new("null, or a list of one item", json));
            }
            json => self.value(of, json)?,
        };
        Ok(Value::Some(Box::new(value)))
    }

    fn items(
        &self,
        items: &[Json],
        of: impl Fn(usize) -> Option<TypeRef>,
    ) -> Result<Value, Mismatch> {
        let items = items.iter().enumerate().map(|(place, item)| {
            let of = of(place).ok_or_else(|| Mismatch::new("no more items", item))?;
            self.value(of, item).map_err(|found| found.inside(place.to_string()))
        });
        items.collect::<Result<_, _>>().map(Value::Sequence)
    }

    fn row(&self, of: impl Iterator<Item = TypeRef>, json: &Json) -> Result<Value, Mismatch> {
        let of: Vec<TypeRef> = of.collect();
        self.items(list(json)?, |place| of.get(place).copied())
    }

    fn map(&self, key: TypeRef, of: TypeRef, json: &Json) -> Result<Value, Mismatch> {
        let entries: Result<Vec<_>, _> = match (json, are_names(self.nodes, key)) {
            (Json::Object(fields), true) => fields
                .iter()
                .map(|(name, value)| {
                    let named = |found: Mismatch| found.inside(name.as_str());
                    let key = self.name(key, name).map_err(named)?;
                    Ok((key, self.value(of, value).map_err(named)?))
                })
                .collect(),
            (Json::List(items), false) => items
                .iter()
                .enumerate()
                .map(|(place, item)| match item {
                    Json::List(pair) if pair.len() == 2 => {
                        let placed = |found: Mismatch| found.inside(place.to_string());
                        let [name, value] = pair.as_slice() else {
                            return Err(Mismatch::new("a list of two items", item));
                        };
                        let name = self.value(key, name).map_err(placed)?;
                        Ok((name, self.value(of, value).map_err(placed)?))
                    }
                    item => Err(Mismatch::new("a list of two items", item)),
                })
                .collect(),
            (_, true) => Err(Mismatch::new("an object", json)),
            (_, false) => Err(Mismatch::new("a list of lists of two items", json)),
        };
        entries.map(Value::Map)
    }

    /// The key that a name is.
    fn name(&self, key: TypeRef, name: &str) -> Result<Value, Mismatch> {
        let text = || Json::Text(name.to_owned());
        match (self.nodes.get(inside(self.nodes, key).place()), name) {
            (Some(Node::Primitive(Primitive::Bool)), "true") => Ok(Value::Bool(true)),
            (Some(Node::Primitive(Primitive::Bool)), "false") => Ok(Value::Bool(false)),
            _ => self.value(key, &text()),
        }
    }

    fn shape(&self, shape: &'a Shape, json: &Json) -> Result<Value, Mismatch> {
        match shape {
            Shape::Unit if *json == Json::Null => Ok(Value::Null),
            Shape::Unit => Err(Mismatch::new("null", json)),
            Shape::Newtype(of) => self.value(*of, json),
            Shape::Tuple(items) => self.row(items.iter().map(|item| item.of), json),
            Shape::Fields(fields) => self.fields(fields, json),
        }
    }

    fn fields(&self, fields: &'a Fields, json: &Json) -> Result<Value, Mismatch> {
        let Json::Object(given) = json else { return Err(Mismatch::new("an object", json)) };
        let mut found = Vec::with_capacity(given.len());
        for (place, (name, value)) in given.iter().enumerate() {
            // Mostly they come in their order.
            let listed = fields.list.get(place).filter(|field| *field.names.name == **name);
            let by_name = || fields.list.iter().find(|field| *field.names.name == **name);
            let Some(field) = listed.or_else(by_name) else {
                let names: Vec<&str> = fields.list.iter().map(|field| &*field.names.name).collect();
                let names = names.join(", ");
                return Err(
                    Mismatch::new(format!("one of the fields {names}"), json).inside(name.as_str())
                );
            };
            let value = self.value(field.of, value).map_err(|found| found.inside(name.as_str()))?;
            found.push((Arc::clone(&field.names.name), value));
        }
        Ok(Value::Struct(found))
    }

    fn variant(&self, variants: &'a [Variant], json: &Json) -> Result<Value, Mismatch> {
        let (name, content) = match json {
            Json::Text(name) => (name, None),
            Json::Object(fields) => match fields.as_slice() {
                [(name, content)] => (name, Some(content)),
                _ => return Err(Mismatch::new("an object with the name of a variant", json)),
            },
            json => return Err(Mismatch::new("a variant", json)),
        };
        let variant = variants.iter().find(|variant| *variant.names.name == **name);
        let Some(variant) = variant else {
            let names: Vec<&str> = variants.iter().map(|variant| &*variant.names.name).collect();
            return Err(Mismatch::new(format!("one of the variants {}", names.join(", ")), json));
        };
        let value = match content {
            None if variant.shape == Shape::Unit => Value::Null,
            None => return Err(Mismatch::new("the content of the variant", json)),
            Some(content) => {
                self.shape(&variant.shape, content).map_err(|found| found.inside(name.as_str()))?
            }
        };
        Ok(Chosen { name: Arc::clone(&variant.names.name), value }.into())
    }
}

fn list(json: &Json) -> Result<&[Json], Mismatch> {
    match json {
        Json::List(items) => Ok(items),
        json => Err(Mismatch::new("a list", json)),
    }
}

fn bytes(text: &str, json: &Json) -> Result<Value, Mismatch> {
    let bytes = bytes_of(text).ok_or_else(|| Mismatch::new("hexadecimal digits", json))?;
    Ok(Value::Bytes(bytes))
}

fn primitive_of(primitive: Primitive, json: &Json) -> Result<Value, Mismatch> {
    let mismatch = |expected: &str| Mismatch::new(expected, json);
    match (primitive, json) {
        (Primitive::Unit, Json::Null) => Ok(Value::Null),
        (Primitive::Unit, _) => Err(mismatch("null")),
        (Primitive::Bool, Json::Bool(value)) => Ok(Value::Bool(*value)),
        (Primitive::Bool, _) => Err(mismatch("true or false")),
        (Primitive::Char, Json::Text(text)) => {
            let mut letters = text.chars();
            match (letters.next(), letters.next()) {
                (Some(letter), None) => Ok(Value::Char(letter)),
                _ => Err(mismatch("one character")),
            }
        }
        (Primitive::Char, _) => Err(mismatch("one character")),
        (Primitive::F32, json) => {
            f32_of(json).map(Value::F32).ok_or_else(|| mismatch("a short float"))
        }
        (Primitive::F64, json) => f64_of(json).map(Value::F64).ok_or_else(|| mismatch("a float")),
        (Primitive::String, Json::Text(text)) => Ok(Value::String(text.clone())),
        (Primitive::String, _) => Err(mismatch("a string")),
        (Primitive::Bytes, Json::Text(text)) => bytes(text, json),
        (Primitive::Bytes, _) => Err(mismatch("hexadecimal digits")),
        (Primitive::Value, json) => marked::value(json),
        (_, json) => {
            let integer = match json {
                Json::Number(text) => integer_of(text),
                Json::Text(text) => integer_of(text),
                _ => None,
            };
            integer.map(Value::Integer).ok_or_else(|| mismatch("an integer"))
        }
    }
}
