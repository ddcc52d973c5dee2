//! The types of a descriptor: a table of nodes that refer to each other by their places.

use std::sync::Arc;

/// A type in the table of types that is being built or read. Means something in that table only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeRef(u32);

impl TypeRef {
    pub(crate) fn new(place: usize) -> Self {
        Self(u32::try_from(place).unwrap_or(u32::MAX))
    }

    pub(crate) fn place(self) -> usize {
        self.0 as usize
    }
}

/// What a descriptor says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The table of types.
    pub(crate) nodes: Vec<Node>,
    /// The version of the record type.
    pub(crate) version: u32,
    pub(crate) record: TypeRef,
    /// The type of the key, if it is the descriptor of a collection.
    pub(crate) key: Option<TypeRef>,
    /// The fields of the record that the key is made of, where it is made of fields.
    pub(crate) key_fields: Vec<Arc<str>>,
}

/// A type without parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Primitive {
    Unit,
    Bool,
    Char,
    U8,
    U16,
    U32,
    U64,
    U128,
    Usize,
    I8,
    I16,
    I32,
    I64,
    I128,
    Isize,
    F32,
    F64,
    String,
    Bytes,
    /// A [`Value`](crate::value::Value), which describes itself.
    Value,
}

impl Primitive {
    /// All of them with their names. The places in this list are the tags on disk.
    pub(crate) const ALL: [(Self, &'static str); 20] = [
        (Self::Unit, "()"),
        (Self::Bool, "bool"),
        (Self::Char, "char"),
        (Self::U8, "u8"),
        (Self::U16, "u16"),
        (Self::U32, "u32"),
        (Self::U64, "u64"),
        (Self::U128, "u128"),
        (Self::Usize, "usize"),
        (Self::I8, "i8"),
        (Self::I16, "i16"),
        (Self::I32, "i32"),
        (Self::I64, "i64"),
        (Self::I128, "i128"),
        (Self::Isize, "isize"),
        (Self::F32, "f32"),
        (Self::F64, "f64"),
        (Self::String, "String"),
        (Self::Bytes, "Bytes"),
        (Self::Value, "Value"),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(primitive, _)| *primitive == self).map_or("", |(_, name)| name)
    }
}

/// A type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Primitive(Primitive),
    Option(TypeRef),
    /// A list.
    Sequence(TypeRef),
    /// Like a list, each item once.
    Set(TypeRef),
    /// A list whose length is known and not stored.
    Array(TypeRef, u64),
    Map(TypeRef, TypeRef),
    Tuple(Vec<TypeRef>),
    Struct(Arc<str>, Shape),
    Enum(Arc<str>, Vec<Variant>),
    /// A type that is known by its name, and what is stored of it.
    Named(Arc<str>, TypeRef),
}

/// What is in a struct or in a variant of an enum.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Shape {
    Unit,
    /// One field without a name. Of a struct, only the field is stored.
    Newtype(TypeRef),
    Tuple(Vec<Item>),
    Fields(Fields),
}

/// A field without a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Item {
    pub(crate) of: TypeRef,
    /// Whether the type has something to put in its place. Not stored.
    pub(crate) default: bool,
}

/// Named fields.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Fields {
    pub(crate) list: Vec<Field>,
    /// Whether the type refuses fields that it does not know. Not stored.
    pub(crate) deny_unknown: bool,
}

/// A named field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Field {
    pub(crate) names: Names,
    pub(crate) of: TypeRef,
    /// Whether the type has something to put in its place. Not stored.
    pub(crate) default: bool,
}

/// A variant of an enum.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Variant {
    pub(crate) names: Names,
    pub(crate) shape: Shape,
}

/// The name of a field or variant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Names {
    pub(crate) name: Arc<str>,
    /// Other names by which the type reads it. Not stored.
    pub(crate) aliases: Vec<Arc<str>>,
}

impl Node {
    /// The types in it, in the order of the wire.
    pub(crate) fn parts(&self) -> Vec<TypeRef> {
        match self {
            Self::Primitive(_) => Vec::new(),
            Self::Option(of)
            | Self::Sequence(of)
            | Self::Set(of)
            | Self::Array(of, _)
            | Self::Named(_, of) => vec![*of],
            Self::Map(key, value) => vec![*key, *value],
            Self::Tuple(items) => items.clone(),
            Self::Struct(_, shape) => shape.parts().collect(),
            Self::Enum(_, variants) => {
                variants.iter().flat_map(|variant| variant.shape.parts()).collect()
            }
        }
    }
}

impl Names {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.into(), aliases: Vec::new() }
    }

    /// Whether the type reads what is stored under `name` as this.
    pub(crate) fn reads(&self, name: &str) -> bool {
        *self.name == *name || self.aliases.iter().any(|alias| **alias == *name)
    }
}

impl Shape {
    /// The types in it, in the order of the wire.
    pub(crate) fn parts(&self) -> impl Iterator<Item = TypeRef> {
        let (one, items, fields) = match self {
            Self::Unit => (None, None, None),
            Self::Newtype(of) => (Some(*of), None, None),
            Self::Tuple(items) => (None, Some(items), None),
            Self::Fields(fields) => (None, None, Some(&fields.list)),
        };
        let items = items.into_iter().flatten().map(|item| item.of);
        let fields = fields.into_iter().flatten().map(|field| field.of);
        one.into_iter().chain(items).chain(fields)
    }
}
