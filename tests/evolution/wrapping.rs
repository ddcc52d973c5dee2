//! Newtypes that come and go, and changes deep inside.

use super::golden::Golden;
use folio::Result;
use std::collections::BTreeMap;

parts! {
    struct Name(String);
    struct Id(u64);
    struct Point(i8, u8);
    struct Wrapped(Point);
    #[serde(transparent)]
    struct Clear { inner: u16 }
}

#[test]
fn values_wrapped_in_newtypes() -> Result<()> {
    users! {
        struct Earlier {
            #[key]
            id: u64,
            name: String,
            friends: Vec<u64>,
            notes: BTreeMap<String, u8>,
            clear: u16,
            point: (i8, u8),
        }
        struct Later {
            #[key]
            id: Id,
            #[index]
            name: Name,
            friends: Vec<Id>,
            notes: BTreeMap<Name, u8>,
            clear: Clear,
            point: Wrapped,
        }
        struct ByName {
            point: Option<Wrapped>,
            clear: Clear,
            notes: BTreeMap<Name, u16>,
            friends: Vec<Option<Id>>,
            #[index]
            name: Name,
            #[key]
            id: Id,
        }
    }
    let earlier = [Earlier {
        id: 300,
        name: "Ada".into(),
        friends: vec![1, 300],
        notes: [("a".into(), 200)].into(),
        clear: 500,
        point: (-100, 200),
    }];
    let later = [Later {
        id: Id(300),
        name: Name("Ada".into()),
        friends: vec![Id(1), Id(300)],
        notes: [(Name("a".into()), 200)].into(),
        clear: Clear { inner: 500 },
        point: Wrapped(Point(-100, 200)),
    }];
    let by_name = [ByName {
        point: Some(Wrapped(Point(-100, 200))),
        clear: Clear { inner: 500 },
        notes: [(Name("a".into()), 200)].into(),
        friends: vec![Some(Id(1)), Some(Id(300))],
        name: Name("Ada".into()),
        id: Id(300),
    }];
    let golden = Golden::written("values_wrapped_in_newtypes", &earlier)?;
    let name = Name("Ada".into());
    golden.reads(&later, |users| assert_eq!(users.by(Later::NAME).count(&name), 1))?;
    // And unwrapped again.
    golden.reads(&earlier, |_| ())?;
    golden.reads(&by_name, |users| assert_eq!(users.by(ByName::NAME).count(&name), 1))?;
    Ok(())
}

/// A wrapped tuple was taken for one that is stored as it is asked for, since only what is inside of the
/// newtype had been compared: its bytes were decoded as those of the wider one.
#[test]
fn values_unwrapped() -> Result<()> {
    parts! {
        #[serde(rename = "Point")]
        struct Wide(i32, u32);
    }
    users! {
        struct Earlier {
            #[key]
            id: Id,
            name: Name,
            point: Wrapped,
            points: Vec<Wrapped>,
        }
        struct Later {
            #[key]
            id: u64,
            #[index]
            name: String,
            point: Wide,
            points: Vec<Wide>,
        }
        struct Tuples {
            #[key]
            id: u64,
            #[index]
            name: String,
            point: (i16, u16),
            points: Vec<(i128, u128)>,
        }
    }
    let golden = Golden::written(
        "values_unwrapped",
        &[Earlier {
            id: Id(300),
            name: Name("Ada".into()),
            point: Wrapped(Point(-100, 200)),
            points: vec![Wrapped(Point(1, 128)), Wrapped(Point(-1, 255))],
        }],
    )?;
    let later = [Later {
        id: 300,
        name: "Ada".into(),
        point: Wide(-100, 200),
        points: vec![Wide(1, 128), Wide(-1, 255)],
    }];
    let tuples = [Tuples {
        id: 300,
        name: "Ada".into(),
        point: (-100, 200),
        points: vec![(1, 128), (-1, 255)],
    }];
    let copy = Golden::copied(&golden.path);
    golden.reads(&later, |users| assert_eq!(users.by(Later::NAME).count("Ada"), 1))?;
    copy.reads(&tuples, |users| assert_eq!(users.by(Tuples::NAME).count("Ada"), 1))?;
    Ok(())
}

/// Fields without names can be added at the end, also to a struct that had one and was stored as if
/// it was not there.
#[test]
fn tuple_structs_that_get_longer() -> Result<()> {
    parts! {
        struct One(u8);
        struct Two(u8, String);
        #[serde(rename = "One")]
        struct LongerOne(u16, #[serde(default)] String);
        #[serde(rename = "Two")]
        struct LongerTwo(u16, String, #[serde(default)] Vec<u8>);
    }
    users! {
        struct Earlier {
            #[key]
            id: u64,
            one: One,
            ones: Vec<One>,
            two: Two,
        }
        struct Later {
            #[key]
            id: u64,
            #[index]
            one: LongerOne,
            ones: Vec<LongerOne>,
            two: LongerTwo,
        }
    }
    let golden = Golden::written(
        "tuple_structs_that_get_longer",
        &[Earlier {
            id: 1,
            one: One(200),
            ones: vec![One(1), One(255)],
            two: Two(200, "a".into()),
        }],
    )?;
    let longer = |number| LongerOne(number, String::new());
    let later = [Later {
        id: 1,
        one: longer(200),
        ones: vec![longer(1), longer(255)],
        two: LongerTwo(200, "a".into(), vec![]),
    }];
    golden.reads(&later, |users| assert_eq!(users.by(Later::ONE).count(&longer(200)), 1))?;
    Ok(())
}

/// The types of the record as they were and as they became, two levels down.
mod deep {
    pub(super) mod earlier {
        parts! {
            pub(crate) enum Contact { None, Address { place: Place, primary: bool }, Both(Place, Place) }
            pub(crate) struct Place { pub(crate) city: String, pub(crate) spot: Spot }
            pub(crate) struct Spot { pub(crate) x: i8, pub(crate) y: i8 }
        }
    }

    pub(super) mod later {
        parts! {
            pub(crate) enum Contact { Both(Place, Place), Address { place: Place, primary: bool }, None }
            pub(crate) struct Place { pub(crate) spot: Option<Spot>, pub(crate) city: String }
            pub(crate) struct Spot { pub(crate) y: i32, pub(crate) x: i16, pub(crate) z: Option<u8> }
        }
    }
}

#[test]
fn a_struct_in_a_struct_in_an_enum() -> Result<()> {
    use deep::{earlier, later};

    users! {
        struct Earlier {
            #[key]
            id: u64,
            contacts: Vec<earlier::Contact>,
        }
        struct Later {
            #[key]
            id: u64,
            #[index(each)]
            contacts: Vec<later::Contact>,
        }
    }
    let before =
        |city: &str, x, y| earlier::Place { city: city.into(), spot: earlier::Spot { x, y } };
    let after = |city: &str, x: i16, y: i32| later::Place {
        spot: Some(later::Spot { y, x, z: None }),
        city: city.into(),
    };
    let golden = Golden::written(
        "struct_in_a_struct_in_an_enum",
        &[Earlier {
            id: 1,
            contacts: vec![
                earlier::Contact::None,
                earlier::Contact::Address { place: before("Rome", -100, 100), primary: true },
                earlier::Contact::Both(before("Oslo", 1, -1), before("Bonn", 0, i8::MIN)),
            ],
        }],
    )?;
    let later = [Later {
        id: 1,
        contacts: vec![
            later::Contact::None,
            later::Contact::Address { place: after("Rome", -100, 100), primary: true },
            later::Contact::Both(after("Oslo", 1, -1), after("Bonn", 0, -128)),
        ],
    }];
    golden.reads(&later, |users| {
        assert_eq!(users.by(Later::CONTACTS).count(&later::Contact::None), 1);
    })?;
    Ok(())
}

mod tree {
    pub(super) mod earlier {
        parts! {
            pub(crate) struct Tree { pub(crate) weight: u8, pub(crate) under: Vec<Tree>, pub(crate) link: Link }
            pub(crate) enum Link { End, To(Box<Tree>) }
        }
    }

    pub(super) mod later {
        parts! {
            pub(crate) struct Tree {
                pub(crate) link: Link,
                pub(crate) under: Vec<Tree>,
                pub(crate) label: Option<String>,
                pub(crate) weight: u32,
            }
            pub(crate) enum Link { Cut, To(Box<Tree>), End }
        }
    }
}

#[test]
fn a_recursive_type() -> Result<()> {
    use tree::{earlier, later};

    users! {
        struct Earlier {
            #[key]
            id: u64,
            tree: earlier::Tree,
        }
        struct Later {
            #[key]
            id: u64,
            #[index]
            tree: later::Tree,
        }
    }
    fn before(depth: u8) -> earlier::Tree {
        let under = (0..depth.min(2)).map(|_| before(depth - 1)).collect();
        let link = match depth {
            0 => earlier::Link::End,
            _ => earlier::Link::To(Box::new(before(depth - 1))),
        };
        earlier::Tree { weight: 200 + depth, under, link }
    }
    fn after(depth: u8) -> later::Tree {
        let under = (0..depth.min(2)).map(|_| after(depth - 1)).collect();
        let link = match depth {
            0 => later::Link::End,
            _ => later::Link::To(Box::new(after(depth - 1))),
        };
        later::Tree { link, under, label: None, weight: 200 + u32::from(depth) }
    }
    let earlier: Vec<Earlier> =
        (0..4).map(|depth| Earlier { id: depth.into(), tree: before(depth) }).collect();
    let later: Vec<Later> =
        (0..4).map(|depth| Later { id: depth.into(), tree: after(depth) }).collect();
    let golden = Golden::written("recursive_type", &earlier)?;
    golden.reads(&later, |users| assert_eq!(users.by(Later::TREE).count(&after(2)), 1))?;
    Ok(())
}
