//! What has names: the fields of structs, and the variants of enums.

use super::{Encoder, scalar};
use crate::codec;
use crate::schema::node::{Field, Fields, Node, Shape, Variant};
use crate::schema::values::failure::{Cause, Failure, Step, list};
use crate::value::Value;
use std::sync::Arc;

/// What a variant without content has in it.
static NULL: Value = Value::Null;

impl Encoder<'_> {
    pub(super) fn fields(
        &mut self,
        fields: &Fields,
        value: &Value,
        depth: usize,
    ) -> Result<(), Failure> {
        let fields = &fields.list;
        let inner = self.budget.inner(depth)?;
        if let Value::Struct(given) = value
            && given.len() == fields.len()
            && given.iter().zip(fields).all(|((name, _), field)| *name == field.names.name)
        {
            let mut pairs = fields.iter().zip(given);
            return pairs.try_for_each(|(field, (_, value))| self.field(field, value, inner));
        }
        let expected = || {
            let names: Vec<_> = fields.iter().map(|field| Arc::clone(&field.names.name)).collect();
            format!("a struct with the fields {}", list(&names))
        };
        let given = given(value).ok_or_else(|| Failure::mismatch(expected(), value))?;
        self.fields_by_name(fields, given, inner)
    }

    /// Writes fields that are given in any order, and not all of them.
    fn fields_by_name(
        &mut self,
        fields: &[Field],
        mut given: Vec<(&str, &Value)>,
        depth: usize,
    ) -> Result<(), Failure> {
        // Those of one name are next to each other, in the order in which they are given.
        given.sort_by_key(|(name, _)| *name);
        if let Some(name) = given.windows(2).find_map(twice) {
            return Err(Cause::Twice(format!("the field `{name}`").into()).into());
        }
        let mut used = vec![false; given.len()];
        for field in fields {
            let name = &field.names.name;
            match given.binary_search_by_key(&&**name, |(name, _)| name) {
                Ok(place) => {
                    let (Some((_, value)), Some(used)) = (given.get(place), used.get_mut(place))
                    else {
                        break;
                    };
                    if std::mem::replace(used, true) {
                        return Err(Cause::Ambiguous("fields", Arc::clone(name)).into());
                    }
                    self.field(field, value, depth)?;
                }
                Err(_) if self.is_option(field) => self.out.push(0),
                Err(_) => return Err(Cause::Missing(Arc::clone(name)).into()),
            }
        }
        match given.iter().zip(used).find(|(_, used)| !used) {
            Some(((name, _), _)) => {
                let known = fields.iter().map(|field| Arc::clone(&field.names.name)).collect();
                Err(Cause::Unknown { what: "field", name: (*name).into(), known }.into())
            }
            None => Ok(()),
        }
    }

    fn field(&mut self, field: &Field, value: &Value, depth: usize) -> Result<(), Failure> {
        self.part(field.of, value, depth, || Step::Name(Arc::clone(&field.names.name)))
    }

    fn is_option(&self, field: &Field) -> bool {
        matches!(self.nodes.get(field.of.place()), Some(Node::Option(_)))
    }

    pub(super) fn variant(
        &mut self,
        variants: &[Variant],
        value: &Value,
        depth: usize,
    ) -> Result<(), Failure> {
        let names = || -> Vec<_> {
            variants.iter().map(|variant| Arc::clone(&variant.names.name)).collect()
        };
        let Some((name, content)) = named(value) else {
            return Err(Failure::mismatch(
                format!("one of the variants {}", list(&names())),
                value,
            ));
        };
        let mut fitting =
            variants.iter().enumerate().filter(|(_, variant)| *variant.names.name == *name);
        let Some((number, variant)) = fitting.next() else {
            return Err(
                Cause::Unknown { what: "variant", name: name.into(), known: names() }.into()
            );
        };
        if fitting.next().is_some() {
            return Err(Cause::Ambiguous("variants", Arc::clone(&variant.names.name)).into());
        }
        let inner = self.budget.inner(depth)?;
        codec::append_length(&mut self.out, number);
        let step = || Step::Name(Arc::clone(&variant.names.name));
        self.content_of(variant, content, inner).map_err(|failure| failure.inside(step()))
    }

    /// Writes what is in a variant. Nothing is given where there is but its name.
    fn content_of(
        &mut self,
        variant: &Variant,
        content: Option<&Value>,
        depth: usize,
    ) -> Result<(), Failure> {
        match (&variant.shape, content) {
            (Shape::Unit, content) => content.map_or(Ok(()), scalar::unit),
            (shape, Some(content)) => self.shape(shape, content, depth),
            (_, None) => Err(Failure::mismatch("the content of the variant", &NULL)),
        }
    }
}

/// What is taken for fields, by their names.
fn given(value: &Value) -> Option<Vec<(&str, &Value)>> {
    match value {
        Value::Struct(fields) => {
            Some(fields.iter().map(|(name, value)| (&**name, value)).collect())
        }
        Value::Map(entries) => entries
            .iter()
            .map(|(name, value)| match name {
                Value::String(name) => Some((name.as_str(), value)),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// What is taken for a variant: its name, and what is given of its content.
fn named(value: &Value) -> Option<(&str, Option<&Value>)> {
    match value {
        Value::Variant(variant) => Some((&variant.name, Some(&variant.value))),
        Value::String(name) => Some((name, None)),
        Value::Map(entries) => match entries.as_slice() {
            [(Value::String(name), content)] => Some((name, Some(content))),
            _ => None,
        },
        Value::Struct(fields) => match fields.as_slice() {
            [(name, content)] => Some((name, Some(content))),
            _ => None,
        },
        _ => None,
    }
}

fn twice<'v>(pair: &[(&'v str, &Value)]) -> Option<&'v str> {
    match pair {
        [(one, _), (other, _)] if one == other => Some(one),
        _ => None,
    }
}
