//! Descriptors that read back, and bytes that are none.

use super::*;
use crate::error::Error;
use crate::schema::Schema;
use crate::schema::build::Types;
use crate::schema::descriptor::Descriptor;
use std::collections::BTreeMap;

/// A type with each kind of type in it.
struct All;

impl Schema for All {
    fn describe(types: &mut Types) -> TypeRef {
        types.enumeration::<Self>("All", |variants| {
            variants.unit("Unit");
            variants.tuple("Newtype", |items| {
                items.item::<Option<Vec<Self>>>();
            });
            variants.tuple("Tuple", |items| {
                items.item::<[u8; 300]>();
                items.item::<std::net::Ipv4Addr>();
            });
            variants.structure("Fields", |fields| {
                fields.field::<BTreeMap<String, (u128, ())>>("map");
                fields.field::<std::collections::BTreeSet<char>>("set");
                fields.field::<std::time::Duration>("duration");
            });
        })
    }
}

/// The descriptor of a table that may be wrong.
fn read(nodes: &[Node]) -> Result<Descriptor, Malformed> {
    Descriptor::parse(&encode(&parts(nodes, None)))
}

fn parts(nodes: &[Node], key: Option<TypeRef>) -> Parts {
    Parts { nodes: nodes.to_vec(), version: 1, record: at(0), key, key_fields: Vec::new() }
}

fn at(place: usize) -> TypeRef {
    TypeRef::new(place)
}

#[test]
fn all_kinds_of_types_read_back() {
    for descriptor in [
        Descriptor::of::<All>(),
        Descriptor::of_collection::<Vec<All>, (u8, String)>(7, &["a", "b"]),
    ] {
        let read = Descriptor::parse(descriptor.as_bytes()).unwrap();
        assert_eq!(read.parts.nodes, descriptor.parts.nodes);
        assert_eq!(
            (read.parts.version, read.parts.record, read.parts.key),
            (descriptor.parts.version, descriptor.parts.record, descriptor.parts.key)
        );
        assert_eq!(read.as_bytes(), descriptor.as_bytes());
    }
}

#[test]
fn no_prefix_is_a_descriptor() {
    let descriptor = Descriptor::of_collection::<All, u64>(300, &[]);
    let whole = descriptor.as_bytes();
    for length in 0..whole.len() {
        let error = Descriptor::parse(&whole[..length]).unwrap_err();
        assert!(matches!(error, Malformed::Bytes(_)), "{length}: {error}");
    }
}

/// No byte that is wrong does harm: it makes another descriptor, which reads back, or none.
#[test]
fn no_wrong_byte_does_harm() {
    let descriptor = Descriptor::of_collection::<All, u64>(1, &["key"]);
    for place in 0..descriptor.as_bytes().len() {
        for byte in 0..=u8::MAX {
            let mut bytes = descriptor.as_bytes().to_vec();
            bytes[place] = byte;
            if let Ok(read) = Descriptor::parse(&bytes) {
                assert_eq!(Descriptor::parse(read.as_bytes()).unwrap(), read);
                assert!(!read.to_string().is_empty());
            }
        }
    }
}

#[test]
fn bytes_behind_it_are_refused() {
    let mut bytes = Descriptor::of::<All>().as_bytes().to_vec();
    bytes.extend([0, 0]);
    assert_eq!(Descriptor::parse(&bytes), Err(Malformed::Left(2)));
}

#[test]
fn unknown_tags_are_refused() {
    for tag in [20, 31, 41, 255] {
        assert_eq!(Descriptor::parse(&[1, 0, 0, 1, tag]), Err(Malformed::Tag(tag)));
    }
    let shape = [1, 0, 0, 1, STRUCT, 1, b'S', 4];
    assert_eq!(Descriptor::parse(&shape), Err(Malformed::Tag(4)));
}

#[test]
fn references_to_nowhere_are_refused() {
    assert_eq!(read(&[]), Err(Malformed::Reference(0)));
    assert_eq!(read(&[Node::Option(at(1))]), Err(Malformed::Reference(1)));
    let key = encode(&parts(&[Node::Primitive(Primitive::Bool)], Some(at(3))));
    assert_eq!(Descriptor::parse(&key), Err(Malformed::Reference(3)));
    let mut far = vec![1, 0];
    codec::append_number(&mut far, u64::MAX);
    far.push(0);
    assert_eq!(Descriptor::parse(&far), Err(Malformed::Reference(u64::MAX)));
}

#[test]
fn names_are_text() {
    let bytes = [1, 0, 0, 1, STRUCT, 1, 0xff, UNIT];
    assert!(matches!(Descriptor::parse(&bytes), Err(Malformed::Bytes(_))));
}

#[test]
fn types_that_make_no_sense_are_refused() {
    let itself = Node::Struct("S".into(), Shape::Newtype(at(0)));
    assert_eq!(read(&[itself]), Err(Unsound::Endless.into()));
    let circle = [Node::Option(at(1)), Node::Option(at(0))];
    assert_eq!(read(&circle), Err(Unsound::Deep.into()));
}

#[test]
fn what_is_wrong_is_said() {
    let error = Descriptor::from_bytes(&[1, 0, 0, 1, 99]).unwrap_err();
    assert!(matches!(error, Error::Decode { collection: None, .. }));
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "a descriptor with the unknown tag 99");
    for (malformed, said) in [
        (Malformed::Left(2), "a descriptor with 2 bytes behind it"),
        (Malformed::Reference(7), "a descriptor without a type number 7"),
        (Unsound::Endless.into(), "a descriptor with a type that contains itself without end"),
        (Unsound::Deep.into(), "a descriptor with types more than 128 deep in each other"),
    ] {
        assert_eq!(malformed.to_string(), said);
    }
}
