//! The inputs for the targets that read the parts of a log, and types, as they were made. Many of them
//! are one mistake each in what is right otherwise.

use crate::committed;
use crate::types::{Person, State, Tree, later};
use folio::{Descriptor, Schema, Value};
use serde::Serialize;
use std::collections::BTreeMap;

/// Frames as bytes, with a header that claims something, and as they are written.
#[test]
fn the_corpus_of_frames_is_as_it_was_made() {
    // Kind, size, store, sequence, synced, base, commits, zero; chain and payload follow.
    let claim = |kind: u8, size: u8, synced: u8, zero: u8, payload: &[u8]| {
        let mut input = vec![1];
        for (value, width) in
            [(kind, 4), (size, 4), (5, 16), (3, 8), (synced, 8), (9, 8), (1, 4), (zero, 4)]
        {
            input.push(value);
            input.resize(input.len() + width - 1, 0);
        }
        input.extend([0; 32]);
        input.extend(payload);
        input
    };
    for (name, input) in [
        ("proven_commits", claim(1, 5, 2, 0, b"\x04abcd")),
        ("proven_size_of_more_than_there_is", claim(1, 200, 2, 0, b"abc")),
        ("proven_bytes_behind", claim(1, 2, 2, 0, b"abcdef")),
        ("proven_seal", claim(2, 0, 2, 0, b"")),
        ("proven_seal_with_commits", claim(2, 2, 2, 0, b"\x01a")),
        ("proven_unknown_kind", claim(4, 0, 2, 0, b"")),
        ("proven_block", claim(3, 0, 2, 0, b"")),
        ("proven_synced_before_itself", claim(1, 2, 3, 0, b"\x01a")),
        ("proven_not_zero", claim(1, 2, 2, 1, b"\x01a")),
        ("written_one", [&[2, 9, 1, 0, 5, 1, 0, 0, 1][..], b"\x03abc"].concat()),
        ("written_largest_numbers", [&[2, 99, 7][..], &[0xff; 30]].concat()),
        ("written_many", [&[2, 50, 3][..], &(0..240).collect::<Vec<u8>>()].concat()),
        ("plain_nothing", vec![0]),
        ("plain_magic", b"\0fRm1".to_vec()),
    ] {
        committed("frames", name, &input);
    }
}

/// Commits as bytes, and as a description of one.
#[test]
fn the_corpus_of_commits_is_as_it_was_made() {
    let full = b"\0\x07\x01\x02by\x03ada\x01\x00\x05users\x01\x00\x04type\x01\x00\x00\x01\x0c\x02\
        \x01\x01k\x06record\x00\x01g";
    for (name, input) in [
        ("plain_full", full.to_vec()),
        ("plain_nothing", b"\0\0\0\0\0\0".to_vec()),
        ("plain_byte_left_over", b"\0\0\0\0\0\0\0".to_vec()),
        ("plain_longer_numbers", b"\0\x80\0\x80\0\x80\x80\0\x80\0\x80\x80\x80\0".to_vec()),
        ("plain_longest_collection", b"\0\0\0\x01\x80\x80\x80\x80\0\0\0\0".to_vec()),
        ("plain_collection_of_six_bytes", b"\0\0\0\x01\x80\x80\x80\x80\x80\0\0\0\0".to_vec()),
        ("plain_largest_time", b"\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\0\0\0\0".to_vec()),
        ("plain_time_too_large", b"\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\0\0\0\0".to_vec()),
        ("plain_count_without_items", b"\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01".to_vec()),
        ("plain_no_text", b"\0\0\0\x01\0\x01\xff\0\0".to_vec()),
        ("plain_third_operation", b"\0\0\0\0\0\x01\0\0\0\0\x01\x02\x01k".to_vec()),
        ("plain_reset_of_two", b"\0\0\0\0\0\x01\0\0\x02\0\0".to_vec()),
        ("written_some", [&[1][..], &(1..200).collect::<Vec<u8>>()].concat()),
        ("written_more", [&[1][..], &(0..250).rev().collect::<Vec<u8>>()].concat()),
    ] {
        committed("commits", name, &input);
    }
}

/// Segments: how many there are less one; of each, what is odd about its header, how many frames it
/// has, and each of them as what is odd, how many commits, and their sizes; then its end. A frame
/// whose first bit is set was written when only the segments before it were durable.
#[test]
fn the_corpus_of_segments_is_as_it_was_made() {
    const UNSYNCED: u8 = 0x80;
    const SEALED: [u8; 2] = [0, 0];
    const OPEN: [u8; 2] = [3, 40];
    let two = |odd: u8, next: u8| [0, 2, odd, 2, 5, 130, next, 1, 9];
    let one = |header: u8, odd: u8, next: u8, end: [u8; 2]| {
        let mut input = two(odd, next).to_vec();
        input[0] = header;
        [&[0], input.as_slice(), &end].concat()
    };
    let mut inputs = vec![
        ("empty".to_owned(), vec![]),
        ("sealed".to_owned(), one(0, 0, 0, SEALED)),
        ("open".to_owned(), one(0, 0, 0, OPEN)),
        ("sealed_with_zeros".to_owned(), one(0, 0, 0, [2, 0])),
        ("sealed_garbage_behind".to_owned(), [&one(0, 0, 0, [2, 0])[..], &[9]].concat()),
        ("torn_end".to_owned(), one(0, 0, 16, OPEN)),
        ("torn_hole".to_owned(), one(0, UNSYNCED | 16, UNSYNCED, OPEN)),
        ("damaged_hole".to_owned(), one(0, 16, 0, OPEN)),
        ("damaged_before_a_seal".to_owned(), one(0, 0, 16, SEALED)),
        ("torn_before_an_unsynced_seal".to_owned(), one(0, 0, UNSYNCED | 16, [0, UNSYNCED])),
        ("cut_short".to_owned(), [&one(0, 0, 0, SEALED)[..], &[0, 1, 0, 170, 0, 0]].concat()),
    ];
    for oddity in 1..=23 {
        inputs.push((format!("odd_frame_{oddity:02}"), one(0, oddity, 0, SEALED)));
        inputs.push((format!("odd_last_frame_{oddity:02}"), one(0, 0, oddity, OPEN)));
    }
    for oddity in 1..=15 {
        inputs.push((format!("odd_header_{oddity:02}"), one(oddity, 0, 0, SEALED)));
        let first = [two(0, 0).as_slice(), &SEALED].concat();
        let mut second = [two(0, 0).as_slice(), &SEALED].concat();
        second[0] = oddity;
        if oddity == 11 {
            second.truncate(2);
        }
        let both = [&[1], first.as_slice(), &second].concat();
        inputs.push((format!("odd_second_header_{oddity:02}"), both));
    }
    inputs.extend([
        // Only zeros behind the header of the first segment, which its first bytes are then cut from.
        (
            "damaged_header_of_an_empty_segment".to_owned(),
            [&[1, 0, 0, 3, 9][..], &two(0, 0), &SEALED, &[0, 0, 0, 3, 0, 1]].concat(),
        ),
        // Segments 1, 2 and 4, of which the last was cut short.
        (
            "missing_before_an_unfinished_segment".to_owned(),
            [&[2, 0, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0][..], &[2, 1, 0, 100, 0, 0]].concat(),
        ),
        (
            "torn_in_the_middle".to_owned(),
            [&[1][..], &two(0, 16), &OPEN, &two(0, 0), &OPEN].concat(),
        ),
    ]);
    for (name, input) in inputs {
        committed("segments", &name, &input);
    }
}

/// Pairs of types, and a value of the first.
#[test]
fn the_corpus_of_types_is_as_it_was_made() {
    let state = State::Gone { why: "moved".into() };
    let person =
        Person { name: "Ada".into(), logins: 200, state, tags: vec!["x".into(), String::new()] };
    let friends = BTreeMap::from([(7, ['a', 'b'].into())]);
    let title = Some("Ada".to_owned());
    let after = later::Person { state: later::State::Alive(300), logins: -1, title, friends };
    let named = Tree::Named { name: Some(Box::new(Tree::Leaf(-3))), pair: (true, 0.5) };
    let tree = Tree::Fork(vec![named, Tree::Fork(Vec::new())]);
    let pair = (5_u64, Some(Tree::Leaf(1)));
    for (name, input) in [
        ("person_to_later", two_types::<later::Person, _>(&person)),
        ("person_to_itself", two_types::<Person, _>(&person)),
        ("person_from_later", two_types::<Person, _>(&after)),
        ("tree_to_itself", two_types::<Tree, _>(&tree)),
        ("tree_to_value", two_types::<Value, _>(&tree)),
        ("value_to_tree", two_types::<Tree, _>(&Value::from(1))),
        ("tuple_to_longer", two_types::<(u64, Option<Tree>, String), _>(&pair)),
        ("numbers_wider", two_types::<(u128, Option<i64>, f64), _>(&(7_u8, Some(-7_i16), 0.5_f32))),
        ("numbers_narrower", two_types::<(u8, i16, f32), _>(&(7_u128, -7_i64, 0.5_f64))),
        ("units", two_types::<Vec<()>, _>(&vec![(); 9])),
    ] {
        committed("types", name, &input);
    }
}

/// A value with its type, and another type.
fn two_types<Asked: Schema, T: Schema + Serialize>(value: &T) -> Vec<u8> {
    let sized = |descriptor: Descriptor| {
        let bytes = descriptor.as_bytes();
        let length = u16::try_from(bytes.len()).expect("the type is small");
        [&length.to_be_bytes(), bytes].concat()
    };
    let bytes = postcard::to_stdvec(value).expect("the value can be written");
    assert!(Descriptor::of::<T>().decode(&bytes).is_ok());
    [sized(Descriptor::of::<T>()), sized(Descriptor::of::<Asked>()), bytes].concat()
}
