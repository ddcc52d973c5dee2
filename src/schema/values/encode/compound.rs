//! Lists, sets, maps and rows.

use super::{Encoder, bare};
use crate::schema::node::{Node, Primitive, TypeRef};
use crate::schema::values::failure::{Cause, Failure, Step, shown};
use crate::value::Value;
use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

/// What is taken for a list.
enum Items<'v> {
    Values(&'v [Value]),
    Bytes(&'v [u8]),
}

impl<'v> Items<'v> {
    fn of(value: &'v Value) -> Option<Self> {
        match value {
            Value::Sequence(values) => Some(Self::Values(values)),
            Value::Bytes(bytes) => Some(Self::Bytes(bytes)),
            _ => None,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }

    fn iter(&self) -> impl Iterator<Item = Cow<'v, Value>> {
        let (values, bytes): (&[Value], &[u8]) = match self {
            Self::Values(values) => (values, &[]),
            Self::Bytes(bytes) => (&[], bytes),
        };
        let bytes = bytes.iter().map(|byte| Cow::Owned(Value::from(*byte)));
        values.iter().map(Cow::Borrowed).chain(bytes)
    }
}

impl Encoder<'_> {
    pub(super) fn sequence(
        &mut self,
        of: TypeRef,
        value: &Value,
        depth: usize,
    ) -> Result<(), Failure> {
        let items = Items::of(value).ok_or_else(|| Failure::mismatch("a list", value))?;
        self.count(items.len());
        self.items(of, &items, depth)
    }

    pub(super) fn set(&mut self, of: TypeRef, value: &Value, depth: usize) -> Result<(), Failure> {
        let items = Items::of(value).ok_or_else(|| Failure::mismatch("a list", value))?;
        let inner = self.depth_of_items(of, depth)?;
        self.count(items.len());
        let mut written = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let start = self.out.len();
            self.part(of, &item, inner, || Step::Index(index))?;
            written.push(start..self.out.len());
        }
        match self.twice(&written).and_then(|index| items.iter().nth(index)) {
            Some(item) => Err(Cause::Twice(shown(&item)).into()),
            None => Ok(()),
        }
    }

    pub(super) fn array(
        &mut self,
        of: TypeRef,
        count: u64,
        value: &Value,
        depth: usize,
    ) -> Result<(), Failure> {
        let items = Items::of(value).filter(|items| items.len() as u64 == count);
        let expected = || format!("a list of {count} items");
        let items = items.ok_or_else(|| Failure::mismatch(expected(), value))?;
        self.items(of, &items, depth)
    }

    /// Items of several types.
    pub(super) fn row(
        &mut self,
        of: impl Iterator<Item = TypeRef>,
        count: usize,
        value: &Value,
        depth: usize,
    ) -> Result<(), Failure> {
        let items = Items::of(value).filter(|items| items.len() == count);
        let expected = || format!("a list of {count} items");
        let items = items.ok_or_else(|| Failure::mismatch(expected(), value))?;
        let inner = self.budget.inner(depth)?;
        for (index, (of, item)) in of.zip(items.iter()).enumerate() {
            self.part(of, &item, inner, || Step::Index(index))?;
        }
        Ok(())
    }

    /// Writes items of one type.
    fn items(&mut self, of: TypeRef, items: &Items<'_>, depth: usize) -> Result<(), Failure> {
        let inner = self.depth_of_items(of, depth)?;
        if let (Items::Bytes(bytes), true) = (items, self.is_byte(of)) {
            self.out.extend_from_slice(bytes);
            return Ok(());
        }
        for (index, item) in items.iter().enumerate() {
            self.part(of, &item, inner, || Step::Index(index))?;
        }
        Ok(())
    }

    fn is_byte(&self, of: TypeRef) -> bool {
        self.nodes.get(of.place()) == Some(&Node::Primitive(Primitive::U8))
    }

    /// Bytes are one value, whatever they are given as.
    fn depth_of_items(&self, of: TypeRef, depth: usize) -> Result<usize, Failure> {
        if self.is_byte(of) { Ok(depth) } else { self.budget.inner(depth) }
    }

    pub(super) fn map(
        &mut self,
        key: TypeRef,
        of: TypeRef,
        value: &Value,
        depth: usize,
    ) -> Result<(), Failure> {
        let entries = entries(value).ok_or_else(|| Failure::mismatch("a map", value))?;
        let inner = self.budget.inner(depth)?;
        self.count(entries.len());
        let mut written = Vec::with_capacity(entries.len());
        for (index, (name, value)) in entries.iter().enumerate() {
            let start = self.out.len();
            self.key(key, name, inner).map_err(|failure| failure.inside(Step::Entry(index)))?;
            written.push(start..self.out.len());
            self.part(of, value, inner, || Step::Key(shown(name)))?;
        }
        match self.twice(&written).and_then(|index| entries.get(index)) {
            Some((key, _)) => Err(Cause::Twice(format!("the key {}", shown(key)).into()).into()),
            None => Ok(()),
        }
    }

    /// Writes the key of a map. JSON has no other keys than texts, so they are taken for integers and
    /// booleans too.
    fn key(&mut self, of: TypeRef, value: &Value, depth: usize) -> Result<(), Failure> {
        let Value::String(text) = bare(value) else { return self.value(of, value, depth) };
        match (self.content(of)?, text.as_str()) {
            (Node::Primitive(Primitive::Bool), "true") => self.append(&true),
            (Node::Primitive(Primitive::Bool), "false") => self.append(&false),
            (Node::Primitive(primitive), text) if is_integer(*primitive) => {
                self.integer(*primitive, value, Some(text))
            }
            _ => self.value(of, value, depth),
        }
    }

    /// The first of these that has the same bytes as one before it: what is equal is written in the
    /// same way, whatever it was given as.
    fn twice(&self, written: &[Range<usize>]) -> Option<usize> {
        let mut seen = HashSet::with_capacity(written.len());
        written.iter().position(|range| !seen.insert(self.out.get(range.clone())))
    }
}

/// What is taken for a map.
fn entries(value: &Value) -> Option<Vec<(Cow<'_, Value>, &Value)>> {
    match value {
        Value::Map(entries) => {
            Some(entries.iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
        }
        Value::Struct(fields) => {
            let key = |name: &str| Cow::Owned(Value::from(name));
            Some(fields.iter().map(|(name, value)| (key(name), value)).collect())
        }
        _ => None,
    }
}

fn is_integer(primitive: Primitive) -> bool {
    use Primitive::{I8, I16, I32, I64, I128, Isize, U8, U16, U32, U64, U128, Usize};
    matches!(primitive, I8 | I16 | I32 | I64 | I128 | Isize | U8 | U16 | U32 | U64 | U128 | Usize)
}
