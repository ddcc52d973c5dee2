//! Building a description: [`Types`] collects the definitions, [`Fields`] and [`Variants`] the
//! insides of one.

use crate::schema::Schema;
use std::any::TypeId;
use std::collections::HashMap;
use std::fmt::Write;

/// The definitions that a description needs, in the order in which they were first met.
#[derive(Debug, Default)]
pub struct Types {
    names: HashMap<TypeId, String>,
    taken: HashMap<String, usize>,
    definitions: Vec<String>,
}

impl Types {
    /// The whole description of `T`: its name, then the definitions it needs.
    #[must_use]
    pub fn text_of<T: Schema>() -> String {
        let mut types = Self::default();
        let name = T::describe(&mut types);
        types.text(&name)
    }

    /// The description of a collection: its record and its key.
    pub(crate) fn text_of_record<T: Schema, K: Schema>() -> String {
        let mut types = Self::default();
        let record = T::describe(&mut types);
        let key = K::describe(&mut types);
        types.text(&format!("{record} by {key}"))
    }

    /// Defines `struct name { fields }`.
    pub fn structure<T: ?Sized + 'static>(
        &mut self,
        name: &str,
        fields: impl FnOnce(&mut Fields<'_>),
    ) -> String {
        self.define::<T>(name, |types, name| {
            let inside = Fields::collect(types, fields).join(", ");
            if inside.is_empty() {
                format!("struct {name}")
            } else {
                format!("struct {name} {{ {inside} }}")
            }
        })
    }

    /// Defines `struct name(items)`.
    pub fn tuple_structure<T: ?Sized + 'static>(
        &mut self,
        name: &str,
        items: impl FnOnce(&mut Fields<'_>),
    ) -> String {
        self.define::<T>(name, |types, name| {
            let inside = Fields::collect(types, items).join(", ");
            format!("struct {name}({inside})")
        })
    }

    /// Defines `enum name { variants }`.
    pub fn enumeration<T: ?Sized + 'static>(
        &mut self,
        name: &str,
        variants: impl FnOnce(&mut Variants<'_>),
    ) -> String {
        self.define::<T>(name, |types, name| {
            let mut collected = Variants { types, lines: Vec::new() };
            variants(&mut collected);
            let mut text = format!("enum {name} {{\n");
            for line in collected.lines {
                let _ = writeln!(text, "    {line},");
            }
            text.push('}');
            text
        })
    }

    /// Gives the type a name, unique in this description, before its insides are looked at, so that
    /// a type may contain itself.
    fn define<T: ?Sized + 'static>(
        &mut self,
        name: &str,
        body: impl FnOnce(&mut Self, &str) -> String,
    ) -> String {
        let id = TypeId::of::<T>();
        if let Some(name) = self.names.get(&id) {
            return name.clone();
        }
        let same_name = self.taken.entry(name.to_owned()).or_default();
        *same_name += 1;
        let name = if *same_name == 1 { name.to_owned() } else { format!("{name}#{same_name}") };
        self.names.insert(id, name.clone());
        let place = self.definitions.len();
        self.definitions.push(String::new());
        let text = body(self, &name);
        if let Some(definition) = self.definitions.get_mut(place) {
            *definition = text;
        }
        name
    }

    fn text(&self, head: &str) -> String {
        let mut text = format!("{head}\n");
        for definition in &self.definitions {
            let _ = writeln!(text, "{definition}");
        }
        text
    }
}

/// The fields of a struct or of an enum's variant, in the order of the wire.
#[derive(Debug)]
pub struct Fields<'a> {
    types: &'a mut Types,
    lines: Vec<String>,
}

impl Fields<'_> {
    /// A named field.
    pub fn field<T: Schema>(&mut self, name: &str) {
        let of = T::describe(self.types);
        self.lines.push(format!("{name}: {of}"));
    }

    /// A field without a name.
    pub fn item<T: Schema>(&mut self) {
        let of = T::describe(self.types);
        self.lines.push(of);
    }

    fn collect(types: &mut Types, fields: impl FnOnce(&mut Fields<'_>)) -> Vec<String> {
        let mut collected = Fields { types, lines: Vec::new() };
        fields(&mut collected);
        collected.lines
    }
}

/// The variants of an enum, in the order of the wire.
#[derive(Debug)]
pub struct Variants<'a> {
    types: &'a mut Types,
    lines: Vec<String>,
}

impl Variants<'_> {
    /// A variant without fields.
    pub fn unit(&mut self, name: &str) {
        self.lines.push(name.to_owned());
    }

    /// A variant with fields that have no names.
    pub fn tuple(&mut self, name: &str, items: impl FnOnce(&mut Fields<'_>)) {
        let inside = Fields::collect(self.types, items).join(", ");
        self.lines.push(format!("{name}({inside})"));
    }

    /// A variant with named fields.
    pub fn structure(&mut self, name: &str, fields: impl FnOnce(&mut Fields<'_>)) {
        let inside = Fields::collect(self.types, fields).join(", ");
        self.lines.push(format!("{name} {{ {inside} }}"));
    }
}

/// The lines in which the descriptions of two collections differ: `-` only in `stored`, `+` only in
/// `asked`; `None` where both are the same but for the name of the record type, which may change.
pub(crate) fn difference(stored: &str, asked: &str) -> Option<String> {
    let stored = &renamed(stored, record_name(stored), record_name(asked));
    if stored == asked {
        return None;
    }
    let mut text = String::new();
    for line in stored.lines().filter(|line| !asked.lines().any(|other| other == *line)) {
        let _ = writeln!(text, "  - {line}");
    }
    for line in asked.lines().filter(|line| !stored.lines().any(|other| other == *line)) {
        let _ = writeln!(text, "  + {line}");
    }
    if text.is_empty() {
        text.push_str("  the same definitions in another order\n");
    }
    Some(text)
}

/// The name of the record type in the description of a collection.
fn record_name(text: &str) -> &str {
    text.split_once(" by ").map_or("", |(name, _)| name)
}

/// The text with one name in the place of another.
fn renamed(text: &str, from: &str, to: &str) -> String {
    let is_part = |character: char| character.is_alphanumeric() || "_#".contains(character);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let size = rest.find(|other| is_part(other) != is_part(character)).unwrap_or(rest.len());
        let (part, behind) = rest.split_at(size);
        out.push_str(if part == from { to } else { part });
        rest = behind;
    }
    out
}
