//! Whatever two types a file describes, comparing them ends, and says of stored bytes what reading
//! them then shows.
//!
//! The input is two descriptors, each with its length in two bytes before it, and the bytes of a value
//! of the first. They are compared with each other; then the bytes are read as types that this module
//! has, by name where that must be.

use folio::fuzzing::{Reading, compare};
use folio::{Descriptor, Limits, Schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const MOST_ITEMS: usize = 20_000;

/// A person, as a program may have stored one.
#[derive(Schema, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) logins: u8,
    pub(crate) state: State,
    pub(crate) tags: Vec<String>,
}

#[derive(Schema, Serialize, Deserialize)]
pub(crate) enum State {
    New,
    Active(u16),
    Gone { why: String },
}

/// The same person some versions later: in another order, with wider numbers, with another name for a
/// field and one that is new.
pub(crate) mod later {
    use super::{BTreeMap, BTreeSet, Deserialize, Schema, Serialize};

    #[derive(Schema, Serialize, Deserialize)]
    pub(crate) struct Person {
        pub(crate) state: State,
        pub(crate) logins: i64,
        #[serde(alias = "name")]
        pub(crate) title: Option<String>,
        #[serde(default)]
        pub(crate) friends: BTreeMap<u32, BTreeSet<char>>,
    }

    #[derive(Schema, Serialize, Deserialize)]
    pub(crate) enum State {
        Gone {
            why: String,
        },
        #[serde(alias = "Active")]
        Alive(u64),
        New,
        Never([f32; 2]),
    }
}

/// A type that contains itself.
#[derive(Schema, Serialize, Deserialize)]
pub(crate) enum Tree {
    Leaf(i32),
    Fork(Vec<Tree>),
    Named { name: Option<Box<Tree>>, pair: (bool, f64) },
}

/// Runs one input. Panics where something does not hold together.
pub(crate) fn run(input: &[u8]) {
    let mut rest = input;
    let (Some(stored), Some(asked)) = (descriptor(&mut rest), descriptor(&mut rest)) else {
        return;
    };
    let few = || Limits::default().items(MOST_ITEMS);
    let value = stored.decode_within(rest, few());

    // Bytes may have something twice that is there once in any value; those can't be written.
    if compare(&stored, &asked) == Reading::Straight
        && let Ok(value) = &value
        && let Ok(bytes) = stored.encode(value)
    {
        let read = asked.decode_within(&bytes, few()).expect("straight bytes can be decoded");
        if let Ok(again) = asked.encode(&read) {
            assert_eq!(again, bytes, "{stored}\n{asked}");
        }
    }
    read::<Person>(&stored, rest);
    read::<later::Person>(&stored, rest);
    read::<Tree>(&stored, rest);
    read::<BTreeMap<String, Vec<Option<i128>>>>(&stored, rest);
    read::<(u64, Option<Tree>, BTreeSet<(u8, String)>)>(&stored, rest);
}

fn descriptor(rest: &mut &[u8]) -> Option<Descriptor> {
    let (length, behind) = rest.split_first_chunk()?;
    let (bytes, behind) = behind.split_at_checked(u16::from_be_bytes(*length).into())?;
    *rest = behind;
    Descriptor::from_bytes(bytes).ok()
}

/// Reads stored bytes as a `T`: what comes of it is a value like any other.
fn read<T: Schema + Serialize + DeserializeOwned>(stored: &Descriptor, bytes: &[u8]) {
    let asked = Descriptor::of::<T>();
    let reading = compare(stored, &asked);
    let Ok(decoder) = stored.decoder::<T>() else {
        assert_eq!(reading, Reading::Unfit);
        return;
    };
    assert_ne!(reading, Reading::Unfit);
    if let Ok(value) = decoder.decode(bytes) {
        let written = postcard::to_stdvec(&value).expect("the type can be written");
        let shown = asked.decode(&written).expect("what a type writes is as it is described");
        assert_eq!(asked.encode(&shown).expect("it was written before"), written);
    }
}
