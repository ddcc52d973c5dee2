//! Whether a table of types that was read from bytes makes sense: every type has a value of finite
//! size, and types without a definition of their own are not in each other without end. So a walk over
//! a type ends if it is careful with structs and enums that contain themselves.
//!
//! Both checks take time that is linear in the size of the table, whatever is in it.

use crate::schema::node::{Node, TypeRef};
use std::fmt;

/// How deep types without a definition of their own may be in each other.
const DEEPEST: usize = 128;

/// What makes no sense about a table of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsound {
    Endless,
    Deep,
}

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endless => f.write_str("a type that contains itself without end"),
            Self::Deep => write!(f, "types more than {DEEPEST} deep in each other"),
        }
    }
}

/// Checks a table whose references all lead somewhere.
pub(crate) fn check(nodes: &[Node]) -> Result<(), Unsound> {
    check_depth(nodes)?;
    check_finite(nodes)
}

/// Whether a type has a definition of its own, in which it may appear again.
fn is_defined(node: &Node) -> bool {
    matches!(node, Node::Struct(..) | Node::Enum(..))
}

/// Refuses types without a definition that are in each other too deep, be it in a circle.
fn check_depth(nodes: &[Node]) -> Result<(), Unsound> {
    // The depth of each type, as far as it is known: those with a definition begin anew.
    let mut depths: Vec<Option<usize>> = nodes
        .iter()
        .map(|node| (is_defined(node) || node.parts().is_empty()).then_some(0))
        .collect();
    // Each round finds the types that are one deeper.
    for depth in 1..=DEEPEST {
        let mut open = false;
        for (place, node) in nodes.iter().enumerate() {
            if depths.get(place).is_none_or(Option::is_some) {
                continue;
            }
            let known = node.parts().iter().all(|part| {
                depths.get(part.place()).copied().flatten().is_some_and(|below| below < depth)
            });
            match depths.get_mut(place) {
                Some(found) if known => *found = Some(depth),
                _ => open = true,
            }
        }
        if !open {
            return Ok(());
        }
    }
    Err(Unsound::Deep)
}

/// Refuses types that have no value of finite size.
///
/// A type has one if all types in one of its [`rows`] do. Types with an empty row begin; each that is
/// found is crossed off the rows that it is in, and a row that has become empty finds the next.
fn check_finite(nodes: &[Node]) -> Result<(), Unsound> {
    let mut crossed: Vec<Row> = Vec::new();
    let mut inside: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut found = Vec::new();
    for (of, node) in nodes.iter().enumerate() {
        for row in rows(node) {
            for part in &row {
                inside.get_mut(part.place()).into_iter().for_each(|all| all.push(crossed.len()));
            }
            if row.is_empty() {
                found.push(of);
            }
            crossed.push(Row { of, left: row.len() });
        }
    }
    let mut finite = vec![false; nodes.len()];
    while let Some(place) = found.pop() {
        let Some(known) = finite.get_mut(place) else { continue };
        if std::mem::replace(known, true) {
            continue;
        }
        for number in inside.get_mut(place).map(std::mem::take).unwrap_or_default() {
            let Some(row) = crossed.get_mut(number) else { continue };
            row.left -= 1;
            if row.left == 0 {
                found.push(row.of);
            }
        }
    }
    if finite.iter().all(|finite| *finite) { Ok(()) } else { Err(Unsound::Endless) }
}

/// A row of a type, and how many of its parts are not known to be finite.
struct Row {
    of: usize,
    left: usize,
}

/// What a value needs: all the types of one of these rows.
fn rows(node: &Node) -> Vec<Vec<TypeRef>> {
    match node {
        // There may be none of their parts.
        Node::Option(_) | Node::Sequence(_) | Node::Set(_) | Node::Map(..) | Node::Array(_, 0) => {
            vec![Vec::new()]
        }
        // One without variants has no values at all, which is fine.
        Node::Enum(_, variants) if variants.is_empty() => vec![Vec::new()],
        Node::Enum(_, variants) => {
            variants.iter().map(|variant| variant.shape.parts().collect()).collect()
        }
        _ => vec![node.parts()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::node::{Item, Names, Primitive, Shape, Variant};

    fn at(place: usize) -> TypeRef {
        TypeRef::new(place)
    }

    /// A struct with these fields.
    fn structure(of: &[TypeRef]) -> Node {
        let items = of.iter().map(|of| Item { of: *of, default: false }).collect();
        Node::Struct("S".into(), Shape::Tuple(items))
    }

    #[test]
    fn types_without_a_finite_value_are_refused() {
        let one = |shape| vec![Variant { names: Names::new("One"), shape }];
        for endless in [
            vec![structure(&[at(0)])],
            vec![structure(&[at(1)]), structure(&[at(0)])],
            vec![structure(&[at(1)]), Node::Tuple(vec![at(0)])],
            vec![structure(&[at(1)]), Node::Array(at(0), 2)],
            vec![Node::Enum("E".into(), one(Shape::Newtype(at(0))))],
        ] {
            assert_eq!(check(&endless), Err(Unsound::Endless), "{endless:?}");
        }
        for finite in [
            vec![structure(&[at(1)]), Node::Option(at(0))],
            vec![structure(&[at(1)]), Node::Array(at(0), 0)],
            vec![structure(&[at(1)]), Node::Map(at(0), at(0))],
            vec![Node::Enum("Never".into(), Vec::new())],
        ] {
            assert!(check(&finite).is_ok(), "{finite:?}");
        }
    }

    #[test]
    fn circles_of_types_without_a_definition_are_refused() {
        for circle in [
            vec![Node::Option(at(0))],
            vec![Node::Option(at(1)), Node::Option(at(0))],
            vec![Node::Named("Loop".into(), at(0))],
            vec![structure(&[at(1)]), Node::Map(at(1), at(1))],
        ] {
            assert_eq!(check(&circle), Err(Unsound::Deep), "{circle:?}");
        }
    }

    #[test]
    fn types_without_a_definition_are_in_each_other_only_so_deep() {
        let options = |count| {
            let mut nodes: Vec<Node> = (1..=count).map(|inner| Node::Option(at(inner))).collect();
            nodes.push(Node::Primitive(Primitive::Bool));
            nodes
        };
        assert!(check(&options(DEEPEST)).is_ok());
        assert_eq!(check(&options(DEEPEST + 1)), Err(Unsound::Deep));
    }

    /// A program may have many types, each in the next.
    #[test]
    fn types_with_a_definition_are_in_each_other_as_deep_as_they_like() {
        let mut nodes = Vec::new();
        for place in 0..1_000 {
            nodes.push(structure(&[at(2 * place + 1)]));
            nodes.push(Node::Tuple(vec![at(2 * place + 2)]));
        }
        nodes.push(Node::Primitive(Primitive::Bool));
        assert!(check(&nodes).is_ok());
        let turned = |of: TypeRef| at(2_000 - of.place());
        let nodes: Vec<Node> = nodes
            .iter()
            .rev()
            .map(|node| match node.parts().as_slice() {
                [of] if is_defined(node) => structure(&[turned(*of)]),
                [of] => Node::Tuple(vec![turned(*of)]),
                _ => node.clone(),
            })
            .collect();
        assert!(check(&nodes).is_ok());
    }
}
