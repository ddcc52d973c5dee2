//! Types as text, in the form of Rust declarations.
//!
//! A descriptor that was read from a file may repeat a type in a type in a type …, so that its name
//! would be longer than any memory: a name ends in `…` where it gets too long.

use crate::schema::node::{Fields, Node, Parts, Shape, TypeRef, Variant};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

/// The length in bytes at which a name is cut off.
const LONGEST_NAME: usize = 4_096;

/// The name by which other types show this one.
pub(crate) fn name(nodes: &[Node], of: TypeRef) -> String {
    Text::new(nodes).name(of)
}

/// A struct or variant with its fields, in one line.
pub(crate) fn shape(nodes: &[Node], name: &str, shape: &Shape) -> String {
    let mut out = name.to_owned();
    Text::new(nodes).shape(&mut out, shape, &[]);
    out
}

/// All that people want to know of a collection's types: the first line, then the definitions that
/// are met from there, in the order of the table.
pub(crate) fn declarations(descriptor: &Parts) -> String {
    let text = Text::new(&descriptor.nodes);
    let mut out = text.name(descriptor.record);
    if let Some(key) = descriptor.key {
        let _ = write!(out, " by {}", text.name(key));
    }
    if descriptor.version != 1 {
        let _ = write!(out, ", version {}", descriptor.version);
    }
    out.push('\n');
    for (place, node) in descriptor.nodes.iter().enumerate() {
        let is_record = place == descriptor.record.place();
        let key_fields = if is_record { descriptor.key_fields.as_slice() } else { &[] };
        text.definition(&mut out, TypeRef::new(place), node, key_fields);
    }
    out
}

/// The table and the names of the types that are defined in it. Where several have one name, all
/// but the first get a number.
struct Text<'a> {
    nodes: &'a [Node],
    names: HashMap<usize, String>,
}

impl<'a> Text<'a> {
    fn new(nodes: &'a [Node]) -> Self {
        let mut taken: HashMap<&str, usize> = HashMap::new();
        let mut names = HashMap::new();
        for (place, node) in nodes.iter().enumerate() {
            let (Node::Struct(name, _) | Node::Enum(name, _)) = node else { continue };
            let number = taken.entry(name).or_default();
            *number += 1;
            if *number > 1 {
                names.insert(place, format!("{name}#{number}"));
            }
        }
        Self { nodes, names }
    }

    fn name(&self, of: TypeRef) -> String {
        let mut out = String::new();
        self.write(&mut out, of);
        out
    }

    fn write(&self, out: &mut String, of: TypeRef) {
        if out.len() > LONGEST_NAME {
            out.push('…');
            return;
        }
        let Some(node) = self.nodes.get(of.place()) else { return out.push('?') };
        match node {
            Node::Primitive(primitive) => out.push_str(primitive.name()),
            Node::Option(of) => self.generic(out, "Option", &[*of]),
            Node::Sequence(of) => self.generic(out, "Vec", &[*of]),
            Node::Set(of) => self.generic(out, "Set", &[*of]),
            Node::Map(key, value) => self.generic(out, "Map", &[*key, *value]),
            Node::Array(of, length) => {
                out.push('[');
                self.write(out, *of);
                let _ = write!(out, "; {length}]");
            }
            Node::Tuple(items) => {
                out.push('(');
                self.list(out, items.iter().copied());
                out.push_str(if items.len() == 1 { ",)" } else { ")" });
            }
            Node::Struct(name, _) | Node::Enum(name, _) => {
                out.push_str(self.names.get(&of.place()).map_or(name, |name| name));
            }
            Node::Named(name, _) => out.push_str(name),
        }
    }

    fn generic(&self, out: &mut String, name: &str, arguments: &[TypeRef]) {
        out.push_str(name);
        out.push('<');
        self.list(out, arguments.iter().copied());
        out.push('>');
    }

    fn list(&self, out: &mut String, types: impl Iterator<Item = TypeRef>) {
        for (place, of) in types.enumerate() {
            if place > 0 {
                out.push_str(", ");
            }
            if out.len() > LONGEST_NAME {
                out.push('…');
                return;
            }
            self.write(out, of);
        }
    }

    /// The definition of a type, with the fields marked that are the key of a record.
    fn definition(&self, out: &mut String, place: TypeRef, node: &Node, key_fields: &[Arc<str>]) {
        match node {
            Node::Struct(_, shape) => {
                let _ = write!(out, "struct {}", self.name(place));
                match shape {
                    Shape::Unit => out.push(';'),
                    Shape::Fields(fields) => self.lines(out, fields, key_fields),
                    Shape::Newtype(_) | Shape::Tuple(_) => {
                        self.shape(out, shape, key_fields);
                        out.push(';');
                    }
                }
                out.push('\n');
            }
            Node::Enum(_, variants) => {
                let _ = writeln!(out, "enum {} {{", self.name(place));
                for variant in variants {
                    self.variant(out, variant);
                }
                out.push_str("}\n");
            }
            _ => {}
        }
    }

    fn variant(&self, out: &mut String, variant: &Variant) {
        let _ = write!(out, "    {}", variant.names.name);
        self.shape(out, &variant.shape, &[]);
        out.push_str(",\n");
    }

    /// Named fields, a line each.
    fn lines(&self, out: &mut String, fields: &Fields, key_fields: &[Arc<str>]) {
        out.push_str(" {\n");
        for field in &fields.list {
            if key_fields.contains(&field.names.name) {
                out.push_str("    #[key]\n");
            }
            let _ = writeln!(out, "    {}: {},", field.names.name, self.name(field.of));
        }
        out.push('}');
    }

    /// What stands behind the name of a variant, or of a struct without named fields.
    fn shape(&self, out: &mut String, shape: &Shape, key_fields: &[Arc<str>]) {
        match shape {
            Shape::Unit => {}
            Shape::Newtype(_) | Shape::Tuple(_) => {
                let is_key =
                    |place: usize| key_fields.iter().any(|key| **key == *place.to_string());
                let item = |(place, of)| {
                    format!("{}{}", if is_key(place) { "#[key] " } else { "" }, self.name(of))
                };
                let items: Vec<String> = shape.parts().enumerate().map(item).collect();
                let _ = write!(out, "({})", items.join(", "));
            }
            Shape::Fields(fields) if fields.list.is_empty() => out.push_str(" {}"),
            Shape::Fields(fields) => {
                let fields: Vec<String> = fields
                    .list
                    .iter()
                    .map(|field| format!("{}: {}", field.names.name, self.name(field.of)))
                    .collect();
                let _ = write!(out, " {{ {} }}", fields.join(", "));
            }
        }
    }
}
