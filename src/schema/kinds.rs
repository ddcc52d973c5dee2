//! What kinds of types there are, as far as their bytes and their comparison go.

use crate::schema::node::{Node, Primitive, Shape, TypeRef};

/// What is stored of a type: that which is inside of newtypes and names.
pub(crate) fn inside(nodes: &[Node], mut of: TypeRef) -> TypeRef {
    // A descriptor has no circle of these; the bound is for one that is being built.
    for _ in 0..nodes.len() {
        match nodes.get(of.place()) {
            Some(Node::Struct(_, Shape::Newtype(inner)) | Node::Named(_, inner)) => of = *inner,
            _ => break,
        }
    }
    of
}

/// Whether a type is a struct that could have got more fields without names: one with a single field,
/// of which only that is stored. If that is a row of items itself, it is taken for the fields.
pub(crate) fn is_row_of_one(nodes: &[Node], of: TypeRef) -> bool {
    let is_newtype = matches!(nodes.get(of.place()), Some(Node::Struct(_, Shape::Newtype(_))));
    is_newtype && nodes.get(inside(nodes, of).place()).is_some_and(|node| items(node).is_none())
}

pub(crate) fn is_tuple_structure(nodes: &[Node], of: TypeRef) -> bool {
    matches!(nodes.get(of.place()), Some(Node::Struct(_, Shape::Tuple(_))))
}

/// The items of what is stored as a row of items.
pub(crate) fn items(node: &Node) -> Option<Vec<TypeRef>> {
    match node {
        Node::Tuple(items) => Some(items.clone()),
        Node::Struct(_, Shape::Tuple(items)) => Some(items.iter().map(|item| item.of).collect()),
        Node::Array(of, length @ 0..=32) => {
            Some(std::iter::repeat_n(*of, usize::try_from(*length).unwrap_or(0)).collect())
        }
        _ => None,
    }
}

pub(crate) fn is_byte(nodes: &[Node], of: TypeRef) -> bool {
    nodes.get(of.place()) == Some(&Node::Primitive(Primitive::U8))
}

/// Whether one type without parts can be read as another, and if so, at once or by name.
pub(crate) fn numbers(stored: Primitive, asked: Primitive) -> Option<bool> {
    if stored == asked {
        return Some(true);
    }
    if (stored, asked) == (Primitive::F32, Primitive::F64) {
        return Some(false);
    }
    match (integer(stored)?, integer(asked)?) {
        // Single bytes are stored as they are, all others as varints, whatever their width.
        ((signed, bits), (wanted, width)) if signed == wanted && bits <= width => {
            Some(bits > 8 || width == 8)
        }
        ((false, bits), (true, width)) if bits < width => Some(false),
        _ => None,
    }
}

/// Whether an integer has a sign, and its bits.
pub(crate) fn integer(primitive: Primitive) -> Option<(bool, u32)> {
    Some(match primitive {
        Primitive::U8 => (false, 8),
        Primitive::U16 => (false, 16),
        Primitive::U32 => (false, 32),
        Primitive::U64 | Primitive::Usize => (false, 64),
        Primitive::U128 => (false, 128),
        Primitive::I8 => (true, 8),
        Primitive::I16 => (true, 16),
        Primitive::I32 => (true, 32),
        Primitive::I64 | Primitive::Isize => (true, 64),
        Primitive::I128 => (true, 128),
        _ => return None,
    })
}

/// What stands before the name of a type to tell it from one of another kind that has the same.
pub(crate) fn kind(nodes: &[Node], of: TypeRef) -> &'static str {
    match nodes.get(of.place()) {
        Some(Node::Struct(..)) => "struct ",
        Some(Node::Enum(..)) => "enum ",
        _ => "",
    }
}
