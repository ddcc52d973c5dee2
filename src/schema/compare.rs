//! Whether what one type stored can be read as another, and how.
//!
//! Both descriptors are walked together, from their records and from their keys. For each pair of
//! types there are three outcomes:
//!
//! - *straight*: decoding the stored bytes as the asked type gives the right value. Names of types,
//!   fields that go by an alias, wrapping in newtypes, new variants at the end and most wider integers
//!   do not show in the bytes, so this is more than equality.
//! - *by name*: the serde implementation of the asked type, told the stored names, gives the right
//!   value.
//! - *unfit*: neither. The difference says what and where.
//!
//! The rule behind all of it: no stored value may be changed or dropped, except for fields that the
//! asked type does not have. So a `Vec` is not read as a set, nor a number as a narrower one; and what
//! tells the members of a set or the keys of a map apart can't be removed.
//!
//! A variant that the asked type does not have is a *risk*: records can be read unless they have it.

use crate::schema::descriptor::Descriptor;
use crate::schema::kinds::{
    inside, integer, is_byte, is_row_of_one, is_tuple_structure, items, kind, numbers,
};
use crate::schema::node::{Field, Fields, Item, Node, Primitive, Shape, TypeRef, Variant};
use crate::schema::text;
use std::collections::HashMap;
use std::fmt::Write;

/// What comes of comparing two descriptors.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// Whether stored records can be decoded as the asked type at once.
    pub(crate) straight_record: bool,
    /// The same of their keys.
    pub(crate) straight_key: bool,
    /// Whether the asked type puts values of its own choice in the place of what is not stored.
    pub(crate) fills: bool,
    /// Of each stored type, whether all that is asked of it can be decoded at once.
    pub(crate) straight: Vec<bool>,
    /// Why the records can't be read, if they can't: a line or more for each difference.
    pub(crate) unfit: String,
    /// What makes records unreadable that have it.
    pub(crate) risks: String,
}

pub(crate) fn compare(stored: &Descriptor, asked: &Descriptor) -> Comparison {
    let mut walk = Walk {
        stored: &stored.parts.nodes,
        asked: &asked.parts.nodes,
        places: HashMap::new(),
        pairs: Vec::new(),
        apart: false,
        key: false,
        depth: 0,
        fills: false,
        unfit: String::new(),
        risks: String::new(),
    };
    let at = text::name(&asked.parts.nodes, asked.parts.record);
    let record = walk.pair(stored.parts.record, asked.parts.record, &at);
    let key = match (stored.parts.key, asked.parts.key) {
        (Some(stored), Some(asked)) => {
            walk.key = true;
            walk.pair(stored, asked, &format!("key of {at}"))
        }
        _ => record,
    };
    walk.settle();
    Comparison {
        straight_record: walk.is_straight(record),
        straight_key: walk.is_straight(key),
        fills: walk.fills,
        straight: walk.straight_types(),
        unfit: walk.unfit,
        risks: walk.risks,
    }
}

/// Two types that were compared.
struct Pair {
    stored: TypeRef,
    straight: bool,
    /// The pairs of their parts.
    parts: Vec<usize>,
}

struct Walk<'a> {
    stored: &'a [Node],
    asked: &'a [Node],
    /// By what was compared, and by whether it was to stay apart.
    places: HashMap<(TypeRef, TypeRef, bool), usize>,
    pairs: Vec<Pair>,
    /// Whether this is inside of what occurs once: the members of a set, the keys of a map.
    apart: bool,
    /// Whether this is the key beside the record.
    key: bool,
    /// How many pairs this is inside of.
    depth: usize,
    fills: bool,
    unfit: String,
    risks: String,
}

impl Walk<'_> {
    /// Compares two types, unless that was done before; returns the place of the pair. It is straight
    /// as far as itself is concerned: [`Self::settle`] looks at its parts.
    fn pair(&mut self, stored: TypeRef, asked: TypeRef, at: &str) -> usize {
        let asked = inside(self.asked, asked);
        let is_longer = is_tuple_structure(self.asked, asked) && is_row_of_one(self.stored, stored);
        let stored = if is_longer { stored } else { inside(self.stored, stored) };
        let compared = (stored, asked, self.apart);
        if let Some(place) = self.places.get(&compared) {
            return *place;
        }
        let place = self.pairs.len();
        self.places.insert(compared, place);
        self.pairs.push(Pair { stored, straight: true, parts: Vec::new() });
        let (straight, parts) = if self.depth < DEEPEST {
            self.depth += 1;
            let compared = self.compare(stored, asked, at);
            self.depth -= 1;
            compared
        } else {
            self.refuse(
                at,
                stored,
                asked,
                "types are nested too deep in each other to be compared",
            );
            (false, Vec::new())
        };
        if let Some(pair) = self.pairs.get_mut(place) {
            pair.straight = straight;
            pair.parts = parts;
        }
        place
    }

    /// Like [`Self::pair`], of what occurs once and must not become equal to another.
    fn pair_apart(&mut self, stored: TypeRef, asked: TypeRef, at: &str) -> usize {
        let before = std::mem::replace(&mut self.apart, true);
        let place = self.pair(stored, asked, at);
        self.apart = before;
        place
    }

    /// Whether two types are straight as far as themselves are concerned, and the pairs of their
    /// parts.
    fn compare(&mut self, stored: TypeRef, asked: TypeRef, at: &str) -> (bool, Vec<usize>) {
        let (all_stored, all_asked) = (self.stored, self.asked);
        let (Some(old), Some(new)) = (all_stored.get(stored.place()), all_asked.get(asked.place()))
        else {
            return (false, Vec::new());
        };
        match (old, new) {
            (Node::Primitive(old), Node::Primitive(new)) => {
                let fit = numbers(*old, *new);
                if fit.is_none() {
                    let both = integer(*old).is_some() && integer(*new).is_some();
                    let advice = match (both, self.key) {
                        (true, _) => TOO_NARROW,
                        (false, true) => OTHER_KEY,
                        (false, false) => MIGRATE,
                    };
                    self.refuse(at, stored, asked, advice);
                }
                (fit == Some(true), Vec::new())
            }
            (Node::Option(old), Node::Option(new)) => (true, vec![self.pair(*old, *new, at)]),
            (_, Node::Option(new)) => (false, vec![self.pair(stored, *new, at)]),
            (Node::Sequence(old) | Node::Set(old), Node::Sequence(new)) => {
                (true, vec![self.pair(*old, *new, &format!("{at}[]"))])
            }
            (Node::Set(old), Node::Set(new)) => {
                (true, vec![self.pair_apart(*old, *new, &format!("{at}[]"))])
            }
            (Node::Array(old, _), Node::Sequence(new)) => {
                (false, vec![self.pair(*old, *new, &format!("{at}[]"))])
            }
            (Node::Array(old, length), Node::Array(new, wanted)) if length == wanted => {
                (true, vec![self.pair(*old, *new, &format!("{at}[]"))])
            }
            (Node::Sequence(item), Node::Primitive(Primitive::Bytes))
                if is_byte(all_stored, *item) =>
            {
                (true, Vec::new())
            }
            (Node::Primitive(Primitive::Bytes), Node::Sequence(item))
                if is_byte(all_asked, *item) =>
            {
                (true, Vec::new())
            }
            (Node::Map(old_key, old), Node::Map(new_key, new)) => {
                let keys = self.pair_apart(*old_key, *new_key, &format!("{at}[key]"));
                (true, vec![keys, self.pair(*old, *new, &format!("{at}[]"))])
            }
            (Node::Struct(name, old), Node::Struct(new_name, new)) => {
                self.shapes((name, old), (new_name, new), at)
            }
            (Node::Enum(_, old), Node::Enum(_, new)) => self.variants(old, new, at),
            _ => match (items(old), items(new)) {
                (Some(old), Some(new)) if old.len() == new.len() => {
                    let pairs = old.iter().zip(&new).enumerate();
                    let pairs = pairs
                        .map(|(place, (old, new))| self.pair(*old, *new, &format!("{at}.{place}")));
                    (true, pairs.collect())
                }
                _ => {
                    let advice = if self.key { OTHER_KEY } else { advice(old, new) };
                    self.refuse(at, stored, asked, advice);
                    (false, Vec::new())
                }
            },
        }
    }

    /// The insides of two structs or variants, each with its name.
    fn shapes(
        &mut self,
        stored: (&str, &Shape),
        asked: (&str, &Shape),
        at: &str,
    ) -> (bool, Vec<usize>) {
        let none = Fields::default();
        let found = match (stored.1, asked.1) {
            (Shape::Newtype(old), Shape::Newtype(new)) => {
                return (true, vec![self.pair(*old, *new, at)]);
            }
            (Shape::Fields(old), Shape::Fields(new)) => return self.fields(old, new, at),
            (Shape::Unit, Shape::Fields(new)) => return self.fields(&none, new, at),
            (Shape::Fields(old), Shape::Unit) => return self.fields(old, &none, at),
            (Shape::Unit, Shape::Unit) => return (true, Vec::new()),
            (Shape::Tuple(old), Shape::Tuple(new)) => self.items(old, new, at).ok_or(UNNAMED),
            (Shape::Newtype(old), Shape::Tuple(new)) => {
                let old = [Item { of: *old, default: false }];
                self.items(&old, new, at).ok_or(UNNAMED)
            }
            (Shape::Unit, Shape::Tuple(new)) => self.items(&[], new, at).ok_or(UNNAMED),
            (Shape::Tuple(_), Shape::Newtype(_) | Shape::Unit)
            | (Shape::Newtype(_), Shape::Unit)
            | (Shape::Unit, Shape::Newtype(_)) => Err(UNNAMED),
            (Shape::Fields(_), Shape::Newtype(_) | Shape::Tuple(_))
            | (Shape::Newtype(_) | Shape::Tuple(_), Shape::Fields(_)) => Err(MIGRATE),
        };
        found.unwrap_or_else(|advice| {
            let old = text::shape(self.stored, stored.0, stored.1);
            let new = text::shape(self.asked, asked.0, asked.1);
            self.note(at, &old, &format!("{new}: {advice}"));
            (false, Vec::new())
        })
    }

    /// Fields without names: there may be more of them now, if they have defaults. `None` where they
    /// do not fit.
    fn items(&mut self, stored: &[Item], asked: &[Item], at: &str) -> Option<(bool, Vec<usize>)> {
        let added = asked.get(stored.len()..)?;
        if !added.iter().all(|item| item.default) {
            return None;
        }
        self.fills |= !added.is_empty();
        let pairs = stored
            .iter()
            .zip(asked)
            .enumerate()
            .map(|(place, (old, new))| self.pair(old.of, new.of, &format!("{at}.{place}")));
        Some((added.is_empty(), pairs.collect()))
    }

    fn fields(&mut self, stored: &Fields, asked: &Fields, at: &str) -> (bool, Vec<usize>) {
        let mut straight = stored.list.len() == asked.list.len();
        let mut parts = Vec::new();
        let mut read = vec![false; asked.list.len()];
        let mut removed = Vec::new();
        for (place, old) in stored.list.iter().enumerate() {
            let found = asked.list.iter().position(|new| new.names.reads(&old.names.name));
            let Some((found, new)) = found.and_then(|at| Some((at, asked.list.get(at)?))) else {
                straight = false;
                removed.push(old);
                continue;
            };
            straight &= found == place;
            let at = format!("{at}.{}", new.names.name);
            if let Some(read) = read.get_mut(found)
                && std::mem::replace(read, true)
            {
                let advice = "one field that goes by both names: remove an alias";
                self.note(&at, "two fields", advice);
            }
            parts.push(self.pair(old.of, new.of, &at));
        }
        for old in &removed {
            self.removed(old, asked.deny_unknown, at);
        }
        for (new, _) in asked.list.iter().zip(&read).filter(|(_, read)| !**read) {
            straight = false;
            self.added(new, &removed, at);
        }
        (straight, parts)
    }

    /// A field that is stored and not asked for.
    fn removed(&mut self, field: &Field, is_denied: bool, at: &str) {
        let (at, of) = (format!("{at}.{}", field.names.name), text::name(self.stored, field.of));
        if is_denied {
            let advice = "nothing: keep the field, or remove `#[serde(deny_unknown_fields)]`, which refuses it";
            self.note(&at, &of, advice);
        }
        if self.apart {
            self.note(&at, &of, &format!("nothing: {BECOME_ONE}"));
        }
    }

    /// A field that is not stored.
    fn added(&mut self, field: &Field, removed: &[&Field], at: &str) {
        self.fills |= field.default;
        let is_option = matches!(self.asked.get(field.of.place()), Some(Node::Option(_)));
        if field.default || is_option {
            return;
        }
        let mut advice = format!(
            "{}, which is new: give it `#[serde(default)]`, or make it an `Option`",
            text::name(self.asked, field.of)
        );
        // Only a field that could be read as the new one may have been renamed.
        if let Some(old) = removed.iter().find(|old| self.could_be(old.of, field.of)) {
            let _ = write!(
                advice,
                "; if it was renamed, give it `#[serde(alias = \"{}\")]`",
                old.names.name
            );
        }
        self.note(&format!("{at}.{}", field.names.name), "nothing", &advice);
    }

    /// Whether two types have one name.
    fn could_be(&self, stored: TypeRef, asked: TypeRef) -> bool {
        text::name(self.stored, stored) == text::name(self.asked, asked)
    }

    fn variants(&mut self, stored: &[Variant], asked: &[Variant], at: &str) -> (bool, Vec<usize>) {
        let mut straight = true;
        let mut parts = Vec::new();
        let mut read = vec![false; asked.len()];
        for (place, old) in stored.iter().enumerate() {
            let found = asked.iter().position(|new| new.names.reads(&old.names.name));
            let Some((found, new)) = found.and_then(|at| Some((at, asked.get(at)?))) else {
                straight = false;
                let _ = write!(
                    self.risks,
                    "  {at}\n    - {0}, a variant\n    + nothing: keep the variant, or migrate the records that have it\n",
                    old.names.name
                );
                continue;
            };
            straight &= found == place;
            let at = format!("{at}::{}", new.names.name);
            if let Some(read) = read.get_mut(found)
                && std::mem::replace(read, true)
                && self.apart
            {
                let advice = format!("one variant that goes by both names: {BECOME_ONE}");
                self.note(&at, "two variants", &advice);
            }
            let (same, inside) =
                self.shapes((&old.names.name, &old.shape), (&new.names.name, &new.shape), &at);
            straight &= same;
            parts.extend(inside);
        }
        (straight, parts)
    }

    fn refuse(&mut self, at: &str, stored: TypeRef, asked: TypeRef, advice: &str) {
        let (mut old, mut new) = (text::name(self.stored, stored), text::name(self.asked, asked));
        if old == new {
            old.insert_str(0, kind(self.stored, stored));
            new.insert_str(0, kind(self.asked, asked));
        }
        self.note(at, &old, &format!("{new}: {advice}"));
    }

    fn note(&mut self, at: &str, stored: &str, asked: &str) {
        let _ = write!(self.unfit, "  {at}\n    - {stored}\n    + {asked}\n");
    }

    /// Takes the mark of straightness from pairs whose parts do not have it.
    fn settle(&mut self) {
        loop {
            let wrong: Vec<usize> = (0..self.pairs.len())
                .filter(|place| {
                    self.pairs.get(*place).is_some_and(|pair| {
                        pair.straight && !pair.parts.iter().all(|part| self.is_straight(*part))
                    })
                })
                .collect();
            if wrong.is_empty() {
                return;
            }
            for place in wrong {
                if let Some(pair) = self.pairs.get_mut(place) {
                    pair.straight = false;
                }
            }
        }
    }

    fn is_straight(&self, pair: usize) -> bool {
        self.pairs.get(pair).is_some_and(|pair| pair.straight)
    }

    fn straight_types(&self) -> Vec<bool> {
        let mut straight = vec![true; self.stored.len()];
        for pair in &self.pairs {
            if let Some(mark) = straight.get_mut(pair.stored.place()) {
                *mark &= pair.straight;
            }
        }
        straight
    }
}

/// How many types may be in each other. A program's types are far from that; a descriptor that was
/// made to harm must not use up the stack.
const DEEPEST: usize = 192;

const MIGRATE: &str = "nothing tells how to make one of the other; keep the type, or migrate: `#[record(version = …, from = …)]`";

const TOO_NARROW: &str = "not all stored numbers fit; keep a type that has room for them, or migrate: `#[record(version = …, from = …)]`";

const OTHER_KEY: &str = "the key is of another type; keep the field that is the key, or migrate: `#[record(version = …, from = …)]`";

const UNNAMED: &str = "fields without names can't be removed, and new ones at the end need `#[serde(default)]`; keep the fields, or migrate: `#[record(version = …, from = …)]`";

const NO_NONE: &str = "it can't be `None`, which may be stored; keep the `Option`, or migrate: `#[record(version = …, from = …)]`";

const NO_TWINS: &str = "it can't have an item twice, which the stored one may; keep the type, or migrate: `#[record(version = …, from = …)]`";

const BECOME_ONE: &str = "two that differ in it alone would become one; keep them apart, or migrate: `#[record(version = …, from = …)]`";

/// What to do where types of different kinds meet.
fn advice(stored: &Node, asked: &Node) -> &'static str {
    match (stored, asked) {
        (Node::Option(_), _) => NO_NONE,
        (Node::Sequence(_) | Node::Array(..), Node::Set(_)) => NO_TWINS,
        _ => MIGRATE,
    }
}
