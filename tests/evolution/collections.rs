//! Lists, sets, maps and bytes.

use super::golden::Golden;
use folio::{Result, Schema, TypeRef, Types};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Bytes that serde knows as bytes, which a `Vec<u8>` is not.
#[derive(Clone, Debug, PartialEq)]
struct Bytes(Vec<u8>);

impl Schema for Bytes {
    fn describe(types: &mut Types) -> TypeRef {
        types.bytes()
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }

        deserializer.deserialize_byte_buf(Visitor)
    }
}

/// With a field that moves, so that all is read by name.
#[test]
fn bytes_that_were_a_list_and_the_other_way_round() -> Result<()> {
    users! {
        struct Earlier {
            #[key]
            id: u64,
            list: Vec<u8>,
            bytes: Bytes,
        }
        struct Later {
            #[key]
            id: u64,
            #[index]
            bytes: Vec<u8>,
            list: Bytes,
            more: Option<u8>,
        }
        struct Straight {
            #[key]
            id: u64,
            list: Bytes,
            #[index]
            bytes: Vec<u8>,
        }
    }
    let list: Vec<u8> = vec![0, 127, 128, 255];
    let golden = Golden::written(
        "bytes_and_lists",
        &[
            Earlier { id: 1, list: list.clone(), bytes: Bytes(vec![200, 1]) },
            Earlier { id: 2, list: vec![], bytes: Bytes(vec![]) },
        ],
    )?;
    let straight = [
        Straight { id: 1, list: Bytes(list.clone()), bytes: vec![200, 1] },
        Straight { id: 2, list: Bytes(vec![]), bytes: vec![] },
    ];
    let later = [
        Later { id: 1, list: Bytes(list), bytes: vec![200, 1], more: None },
        Later { id: 2, list: Bytes(vec![]), bytes: vec![], more: None },
    ];
    golden.reads(&straight, |users| assert_eq!(users.by(Straight::BYTES).count(&vec![]), 1))?;
    golden.reads(&later, |users| assert_eq!(users.by(Later::BYTES).count(&vec![]), 1))?;
    Ok(())
}

#[test]
fn an_array_that_becomes_a_list() -> Result<()> {
    users! {
        struct Earlier {
            #[key]
            id: u64,
            digits: [u8; 4],
            pairs: [(u8, String); 2],
            none: [u64; 0],
        }
        struct Later {
            #[key]
            id: u64,
            #[index]
            digits: Vec<u8>,
            pairs: Vec<(u16, String)>,
            none: Vec<u64>,
        }
    }
    let golden = Golden::written(
        "array_that_becomes_a_list",
        &[Earlier {
            id: 1,
            digits: [1, 2, 200, 4],
            pairs: [(200, "a".into()), (1, "b".into())],
            none: [],
        }],
    )?;
    let later = [Later {
        id: 1,
        digits: vec![1, 2, 200, 4],
        pairs: vec![(200, "a".into()), (1, "b".into())],
        none: vec![],
    }];
    golden.reads(&later, |users| {
        assert_eq!(users.by(Later::DIGITS).count(&vec![1, 2, 200, 4]), 1);
    })?;
    Ok(())
}

#[test]
fn a_set_that_becomes_a_list() -> Result<()> {
    users! {
        struct Earlier {
            #[key]
            id: u64,
            tags: BTreeSet<String>,
            numbers: BTreeSet<u8>,
        }
        struct Later {
            #[key]
            id: u64,
            #[index(each)]
            tags: Vec<String>,
            numbers: Vec<u16>,
        }
    }
    let golden = Golden::written(
        "set_that_becomes_a_list",
        &[Earlier { id: 1, tags: ["b".into(), "a".into()].into(), numbers: [200, 1].into() }],
    )?;
    let later = [Later { id: 1, tags: vec!["a".into(), "b".into()], numbers: vec![1, 200] }];
    golden.reads(&later, |users| assert_eq!(users.by(Later::TAGS).count("b"), 1))?;
    Ok(())
}

#[test]
fn a_value_that_becomes_an_option() -> Result<()> {
    users! {
        struct Earlier {
            #[key]
            id: u64,
            name: String,
            scores: Vec<u8>,
            pairs: Vec<(u8, u8)>,
            notes: BTreeMap<String, u32>,
            maybe: Option<i8>,
        }
        #[expect(clippy::option_option, reason = "what was an option becomes one")]
        struct Later {
            #[key]
            id: u64,
            #[index]
            name: Option<String>,
            scores: Vec<Option<u8>>,
            pairs: Option<Vec<(u8, Option<u16>)>>,
            notes: HashMap<String, Option<u64>>,
            maybe: Option<Option<i16>>,
        }
    }
    let golden = Golden::written(
        "value_that_becomes_an_option",
        &[
            Earlier {
                id: 1,
                name: "Ada".into(),
                scores: vec![0, 1, 255],
                pairs: vec![(1, 200)],
                notes: [("a".into(), 1), ("b".into(), u32::MAX)].into(),
                maybe: Some(-100),
            },
            Earlier {
                id: 2,
                name: String::new(),
                scores: vec![],
                pairs: vec![],
                notes: BTreeMap::new(),
                maybe: None,
            },
        ],
    )?;
    let later = [
        Later {
            id: 1,
            name: Some("Ada".into()),
            scores: vec![Some(0), Some(1), Some(255)],
            pairs: Some(vec![(1, Some(200))]),
            notes: [("a".into(), Some(1)), ("b".into(), Some(u64::from(u32::MAX)))].into(),
            maybe: Some(Some(-100)),
        },
        Later {
            id: 2,
            name: Some(String::new()),
            scores: vec![],
            pairs: Some(vec![]),
            notes: HashMap::new(),
            maybe: None,
        },
    ];
    golden.reads(&later, |users| assert_eq!(users.by(Later::NAME).count("Ada"), 1))?;
    Ok(())
}

/// Two keys of a map must never become one: an entry would be lost, and nothing would tell.
#[test]
fn keys_of_maps_and_members_of_sets_stay_apart() -> Result<()> {
    parts! {
        struct Place { city: String, street: String }
        #[serde(rename = "Place")]
        struct City { city: String }
    }
    users! {
        struct Earlier {
            #[key]
            id: u64,
            visits: BTreeMap<Place, u8>,
        }
        struct Later {
            #[key]
            id: u64,
            visits: BTreeMap<City, u8>,
        }
        struct Members {
            #[key]
            id: u64,
            visits: BTreeSet<Place>,
        }
        struct LaterMembers {
            #[key]
            id: u64,
            visits: BTreeSet<City>,
        }
        struct Listed {
            #[key]
            id: u64,
            #[index]
            visits: Vec<City>,
        }
    }
    let place = |street: &str| Place { city: "Rome".into(), street: street.into() };
    let earlier = [Earlier { id: 1, visits: [(place("a"), 1), (place("b"), 2)].into() }];
    let golden = Golden::written("map_keys_that_lose_a_field", &earlier)?;
    assert_eq!(
        golden.refuses::<_, Later>(&earlier)?,
        "  User.visits[key].street\n    \
           - String\n    \
           + nothing: two that differ in it alone would become one; keep them apart, or migrate: \
             `#[record(version = …, from = …)]`\n"
    );
    let members = [Members { id: 1, visits: [place("a"), place("b")].into() }];
    let golden = Golden::written("set_members_that_lose_a_field", &members)?;
    assert_eq!(
        golden.refuses::<_, LaterMembers>(&members)?,
        "  User.visits[].street\n    \
           - String\n    \
           + nothing: two that differ in it alone would become one; keep them apart, or migrate: \
             `#[record(version = …, from = …)]`\n"
    );
    // A list may hold the same twice.
    let rome = || City { city: "Rome".into() };
    golden.reads(&[Listed { id: 1, visits: vec![rome(), rome()] }], |users| {
        assert_eq!(users.by(Listed::VISITS).count(&vec![rome(), rome()]), 1);
    })?;
    Ok(())
}
