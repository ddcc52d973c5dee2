//! Structs and enums of all shapes, generic ones, and those that contain themselves.

use crate::text_of;
use folio::Schema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Schema, Serialize, Deserialize)]
struct Nothing;

#[derive(Schema, Serialize, Deserialize)]
struct Empty {}

#[derive(Schema, Serialize, Deserialize)]
struct NoItems();

#[derive(Schema, Serialize, Deserialize)]
struct Meters(u32);

#[derive(Schema, Serialize, Deserialize)]
struct Point(i32, i32);

#[derive(Schema, Serialize, Deserialize)]
struct Named {
    place: Point,
    height: Option<Meters>,
}

#[derive(Schema, Serialize, Deserialize)]
#[serde(transparent)]
struct Id<T> {
    raw: T,
}

#[test]
fn structs_of_all_shapes() {
    assert_eq!(text_of::<Nothing>(), "Nothing\nstruct Nothing;\n");
    assert_eq!(text_of::<Empty>(), "Empty\nstruct Empty;\n");
    assert_eq!(text_of::<NoItems>(), "NoItems\nstruct NoItems();\n");
    assert_eq!(text_of::<Meters>(), "Meters\nstruct Meters(u32);\n");
    assert_eq!(text_of::<Point>(), "Point\nstruct Point(i32, i32);\n");
    assert_eq!(
        text_of::<Named>(),
        "Named\n\
         struct Named {\n    place: Point,\n    height: Option<Meters>,\n}\n\
         struct Point(i32, i32);\n\
         struct Meters(u32);\n"
    );
}

#[test]
fn a_transparent_struct_is_its_field() {
    assert_eq!(text_of::<Id<u64>>(), "u64\n");
    assert_eq!(text_of::<Id<Meters>>(), text_of::<Meters>());
}

#[derive(Schema, Serialize, Deserialize)]
enum Shape {
    Nowhere,
    Circle { center: Point, radius: Meters },
    Line(Point, Point),
    Dot(Point),
    Void(),
    Blank {},
    Group(Vec<Shape>),
}

#[derive(Schema, Serialize, Deserialize)]
enum Never {}

#[test]
fn enums_with_variants_of_all_shapes() {
    assert_eq!(
        text_of::<Shape>(),
        "Shape\n\
         enum Shape {\n    \
             Nowhere,\n    \
             Circle { center: Point, radius: Meters },\n    \
             Line(Point, Point),\n    \
             Dot(Point),\n    \
             Void(),\n    \
             Blank {},\n    \
             Group(Vec<Shape>),\n\
         }\n\
         struct Point(i32, i32);\n\
         struct Meters(u32);\n"
    );
    assert_eq!(text_of::<Never>(), "Never\nenum Never {\n}\n");
}

#[derive(Schema, Serialize, Deserialize)]
struct Pair<A, B = A> {
    first: A,
    second: B,
}

#[derive(Schema, Serialize, Deserialize)]
struct Holder<T> {
    pairs: Vec<Pair<T, String>>,
    other: Pair<T>,
    point: Pair<Point, BTreeMap<String, T>>,
}

#[derive(Schema, Serialize, Deserialize)]
#[serde(rename = "Fixed")]
struct FixedNumbers<const N: usize, const SIGNED: bool> {
    digits: Vec<u8>,
}

#[test]
fn generic_types_are_named_with_their_arguments() {
    assert_eq!(
        text_of::<Holder<u8>>(),
        "Holder<u8>\n\
         struct Holder<u8> {\n    \
             pairs: Vec<Pair<u8, String>>,\n    \
             other: Pair<u8, u8>,\n    \
             point: Pair<Point, Map<String, u8>>,\n\
         }\n\
         struct Pair<u8, String> {\n    first: u8,\n    second: String,\n}\n\
         struct Pair<u8, u8> {\n    first: u8,\n    second: u8,\n}\n\
         struct Point(i32, i32);\n\
         struct Pair<Point, Map<String, u8>> {\n    first: Point,\n    \
             second: Map<String, u8>,\n}\n"
    );
    assert_eq!(
        text_of::<FixedNumbers<4, true>>(),
        "Fixed<4, true>\nstruct Fixed<4, true> {\n    digits: Vec<u8>,\n}\n"
    );
}

#[derive(Schema, Serialize, Deserialize)]
enum Tree<T>
where
    T: Clone,
{
    Leaf,
    Node(Box<Tree<T>>, T, Box<Tree<T>>),
}

#[derive(Schema, Serialize, Deserialize)]
struct Folder {
    files: Vec<File>,
}

#[derive(Schema, Serialize, Deserialize)]
struct File {
    inside: Option<Box<Folder>>,
    links: BTreeMap<String, File>,
}

#[test]
fn types_may_contain_themselves() {
    assert_eq!(
        text_of::<Tree<u8>>(),
        "Tree<u8>\nenum Tree<u8> {\n    Leaf,\n    Node(Tree<u8>, u8, Tree<u8>),\n}\n"
    );
    assert_eq!(
        text_of::<Folder>(),
        "Folder\n\
         struct Folder {\n    files: Vec<File>,\n}\n\
         struct File {\n    inside: Option<Folder>,\n    links: Map<String, File>,\n}\n"
    );
}

#[derive(Schema, Serialize, Deserialize)]
enum Json {
    Number(f64),
    Object(Vec<Pair<String, Json>>),
    Tried(Result<Box<Json>, String>),
}

/// The name of the pair shows the name of a type that is not told to its end.
#[test]
fn types_may_contain_themselves_as_arguments() {
    assert_eq!(
        text_of::<Json>(),
        "Json\n\
         enum Json {\n    \
             Number(f64),\n    \
             Object(Vec<Pair<String, Json>>),\n    \
             Tried(Result<Json, String>),\n\
         }\n\
         struct Pair<String, Json> {\n    first: String,\n    second: Json,\n}\n\
         enum Result<Json, String> {\n    Ok(Json),\n    Err(String),\n}\n"
    );
}

mod one {
    #[derive(folio::Schema, serde::Serialize, serde::Deserialize)]
    pub(super) struct Same {
        number: u8,
    }
}

mod two {
    #[derive(folio::Schema, serde::Serialize, serde::Deserialize)]
    pub(super) struct Same {
        text: String,
    }
}

#[derive(Schema, Serialize, Deserialize)]
struct Both(one::Same, two::Same, Vec<one::Same>, Pair<two::Same>);

#[test]
fn types_of_one_name_are_told_apart() {
    assert_eq!(
        text_of::<Both>(),
        "Both\n\
         struct Both(Same, Same#2, Vec<Same>, Pair<Same#2, Same#2>);\n\
         struct Same {\n    number: u8,\n}\n\
         struct Same#2 {\n    text: String,\n}\n\
         struct Pair<Same#2, Same#2> {\n    first: Same#2,\n    second: Same#2,\n}\n"
    );
}
