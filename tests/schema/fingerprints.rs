//! What makes two descriptors one: names, types and order, and nothing else.

use folio::{Descriptor, Record, Schema};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

mod base {
    #[derive(folio::Schema, serde::Serialize, serde::Deserialize)]
    pub(super) struct User {
        pub(super) id: u64,
        pub(super) name: String,
        pub(super) tags: Vec<String>,
    }
}

/// A module with another `User`.
macro_rules! user {
    ($module:ident, $(#[$attribute:meta])* { $($fields:tt)+ }) => {
        mod $module {
            #[derive(folio::Schema, serde::Serialize, serde::Deserialize)]
            $(#[$attribute])*
            pub(super) struct User {
                $($fields)+
            }
        }
    };
}

user!(same, { pub(super) id: u64, pub(super) name: Box<str>, tags: std::collections::VecDeque<String>, });
user!(renamed_field, { id: u64, nick: String, tags: Vec<String>, });
user!(other_order, { name: String, id: u64, tags: Vec<String>, });
user!(other_type, { id: u32, name: String, tags: Vec<String>, });
user!(more_fields, { id: u64, name: String, tags: Vec<String>, more: (), });
user!(reading, #[serde(deny_unknown_fields, default)] {
    #[serde(alias = "number", alias = "n")]
    id: u64,
    #[serde(default = "String::new")]
    name: String,
    #[serde(default, alias = "labels")]
    tags: Vec<String>,
});

impl Default for reading::User {
    fn default() -> Self {
        serde_json::from_str("{}").expect("all fields have a value")
    }
}

fn of<T: Schema>() -> [u8; 32] {
    Descriptor::of::<T>().fingerprint()
}

fn hex<T: Schema>() -> String {
    of::<T>().map(|byte| format!("{byte:02x}")).concat()
}

#[test]
fn equal_types_have_one_fingerprint() {
    assert_eq!(of::<base::User>(), of::<base::User>());
    assert_eq!(of::<base::User>(), of::<same::User>());
    assert_eq!(of::<HashMap<u8, String>>(), of::<BTreeMap<u8, Box<str>>>());
    assert_eq!(of::<HashSet<u8>>(), of::<BTreeSet<u8>>());
    assert_eq!(Descriptor::of::<base::User>(), Descriptor::of::<same::User>());
}

#[test]
fn names_types_and_order_make_another() {
    let all = [
        of::<base::User>(),
        of::<renamed_field::User>(),
        of::<other_order::User>(),
        of::<other_type::User>(),
        of::<more_fields::User>(),
        of::<Vec<u8>>(),
        of::<BTreeSet<u8>>(),
        of::<[u8; 3]>(),
        of::<[u8; 4]>(),
        of::<u64>(),
        of::<usize>(),
    ];
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
}

#[test]
fn what_is_said_about_reading_makes_no_other() {
    assert_eq!(of::<base::User>(), of::<reading::User>());
}

#[derive(Schema, Serialize, Deserialize)]
enum Plain {
    One(u8),
    Two { a: u8 },
}

mod aliased {
    #[derive(folio::Schema, serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) enum Plain {
        #[serde(alias = "Uno")]
        One(u8),
        Two {
            #[serde(default, alias = "b")]
            a: u8,
        },
    }
}

#[test]
fn nor_what_is_said_about_reading_variants() {
    assert_eq!(of::<Plain>(), of::<aliased::Plain>());
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "user")]
struct First {
    #[key]
    id: u64,
}

mod later {
    use super::{Deserialize, Record, Serialize};

    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(name = "user", version = 2)]
    pub(super) struct First {
        #[key]
        pub(super) id: u64,
    }
}

#[test]
fn another_version_makes_another() {
    let (first, later) =
        (Descriptor::of_record::<First>(), Descriptor::of_record::<later::First>());
    assert_eq!((first.version(), later.version()), (1, 2));
    assert_ne!(first.fingerprint(), later.fingerprint());
    assert_eq!(first.to_string(), "First by u64\nstruct First {\n    #[key]\n    id: u64,\n}\n");
    assert_eq!(
        later.to_string(),
        "First by u64, version 2\nstruct First {\n    #[key]\n    id: u64,\n}\n"
    );
    assert_eq!(later::First { id: 3 }.key(), First { id: 3 }.key());
}

/// The fingerprints of stores that exist: a change of these is a change of the format on disk.
#[test]
fn fingerprints_stay() {
    assert_eq!(hex::<()>(), "00294d7f4cd010c52fcb674e5b72f31f49c8ed8fd1343e7b397268fd14f0d7ae");
    assert_eq!(
        hex::<base::User>(),
        "71aa2deee55b5ab6f41430b04a80df702a33498ab88d2db100c6601df77d6a44"
    );
    assert_eq!(hex::<Plain>(), "7d1c4577261c2b53358959fc138e3462e00496cdbfc5b8f6168be00cf25e43a1");
}

#[test]
fn descriptors_read_back() {
    for descriptor in [
        Descriptor::of::<()>(),
        Descriptor::of::<base::User>(),
        Descriptor::of::<reading::User>(),
        Descriptor::of::<Plain>(),
        Descriptor::of_record::<First>(),
        Descriptor::of_record::<later::First>(),
        Descriptor::of::<(std::net::SocketAddr, Result<[Option<char>; 7], Vec<Plain>>)>(),
    ] {
        let read = Descriptor::from_bytes(descriptor.as_bytes()).unwrap();
        assert_eq!(read, descriptor);
        assert_eq!(read.as_bytes(), descriptor.as_bytes());
        assert_eq!(read.to_string(), descriptor.to_string());
        assert_eq!(read.version(), descriptor.version());
    }
}
