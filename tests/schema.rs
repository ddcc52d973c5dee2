//! What `#[derive(Schema)]` says of a type: the description that is stored with a collection.

#![cfg(feature = "derive")]

use folio::{Schema, Types};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Schema, Serialize, Deserialize)]
struct Nothing;

#[derive(Schema, Serialize, Deserialize)]
struct Empty {}

#[derive(Schema, Serialize, Deserialize)]
struct Meters(u32);

#[derive(Schema, Serialize, Deserialize)]
struct Point(i32, i32);

#[derive(Schema, Serialize, Deserialize)]
#[serde(transparent)]
struct Id {
    raw: u64,
}

#[test]
fn structs_of_all_shapes() {
    assert_eq!(Types::text_of::<Nothing>(), "Nothing\nstruct Nothing\n");
    assert_eq!(Types::text_of::<Empty>(), "Empty\nstruct Empty\n");
    assert_eq!(Types::text_of::<Meters>(), "Meters\nstruct Meters(u32)\n");
    assert_eq!(Types::text_of::<Point>(), "Point\nstruct Point(i32, i32)\n");
    assert_eq!(Types::text_of::<Id>(), "u64\n");
}

#[derive(Schema, Serialize, Deserialize)]
enum Shape {
    Nowhere,
    Circle { center: Point, radius: Meters },
    Line(Point, Point),
    Void(),
    Group(Vec<Shape>),
}

#[test]
fn enums_with_variants_of_all_shapes() {
    assert_eq!(
        Types::text_of::<Shape>(),
        "Shape\n\
         enum Shape {\n    \
             Nowhere,\n    \
             Circle { center: Point, radius: Meters },\n    \
             Line(Point, Point),\n    \
             Void(),\n    \
             Group([Shape]),\n\
         }\n\
         struct Point(i32, i32)\n\
         struct Meters(u32)\n"
    );
}

#[derive(Schema, Serialize, Deserialize)]
#[serde(rename = "Account", rename_all = "camelCase", deny_unknown_fields)]
struct AccountVersion2 {
    user_name: String,
    #[serde(rename = "mail", alias = "email")]
    e_mail: String,
    #[serde(default, alias = "n", alias = "count")]
    log_ins: u32,
    #[serde(default = "yes")]
    is_active: bool,
}

fn yes() -> bool {
    true
}

#[derive(Schema, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE", rename_all_fields = "kebab-case")]
enum Event {
    LoggedIn,
    #[serde(rename = "bye")]
    LoggedOut {
        after_seconds: u32,
    },
    #[serde(rename_all = "PascalCase")]
    NameChanged {
        old_name: String,
        #[serde(rename = "to")]
        new_name: String,
    },
}

#[test]
fn names_are_those_of_serde() {
    assert_eq!(
        Types::text_of::<AccountVersion2>(),
        "Account\n\
         struct Account { userName: String, mail: String, logIns: u32, isActive: bool }\n"
    );
    assert_eq!(
        Types::text_of::<Event>(),
        "Event\n\
         enum Event {\n    \
             LOGGED-IN,\n    \
             bye { after-seconds: u32 },\n    \
             NAME-CHANGED { OldName: String, to: String },\n\
         }\n"
    );
}

/// The names in descriptions are compared with those that serde writes, in a format that shows
/// them.
#[test]
fn names_are_those_that_serde_writes() {
    let account = AccountVersion2 {
        user_name: "ada".into(),
        e_mail: "ada@lovelace.org".into(),
        log_ins: 3,
        is_active: yes(),
    };
    let account = serde_json::to_value(account).unwrap();
    let names: Vec<&String> = account.as_object().unwrap().keys().collect();
    assert_eq!(names, ["isActive", "logIns", "mail", "userName"]);
    let changed = Event::NameChanged { old_name: "a".into(), new_name: "b".into() };
    assert_eq!(
        serde_json::to_string(&changed).unwrap(),
        r#"{"NAME-CHANGED":{"OldName":"a","to":"b"}}"#
    );
    let out = Event::LoggedOut { after_seconds: 1 };
    assert_eq!(serde_json::to_string(&out).unwrap(), r#"{"bye":{"after-seconds":1}}"#);
    assert_eq!(serde_json::to_string(&Event::LoggedIn).unwrap(), r#""LOGGED-IN""#);
}

#[derive(Schema, Serialize, Deserialize)]
struct Pair<A, B = A> {
    first: A,
    second: B,
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
        Types::text_of::<Tree<u8>>(),
        "Tree<u8>\nenum Tree<u8> {\n    Leaf,\n    Node(Tree<u8>, u8, Tree<u8>),\n}\n"
    );
    assert_eq!(
        Types::text_of::<Holder<u8>>(),
        "Holder<u8>\n\
         struct Holder<u8> { pairs: [Pair<u8, String>], other: Pair<u8, u8>, \
         point: Pair<Point, {String: u8}> }\n\
         struct Pair<u8, String> { first: u8, second: String }\n\
         struct Pair<u8, u8> { first: u8, second: u8 }\n\
         struct Point(i32, i32)\n\
         struct Pair<Point, {String: u8}> { first: Point, second: {String: u8} }\n"
    );
    assert_eq!(
        Types::text_of::<FixedNumbers<4, true>>(),
        "Fixed<4, true>\nstruct Fixed<4, true> { digits: [u8] }\n"
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
struct Both(one::Same, two::Same, one::Same);

#[test]
fn types_of_one_name_are_told_apart() {
    assert_eq!(
        Types::text_of::<Both>(),
        "Both\n\
         struct Both(Same, Same#2, Same)\n\
         struct Same { number: u8 }\n\
         struct Same#2 { text: String }\n"
    );
}

mod renamed {
    use folio::{Error, Record, Store};
    use serde::{Deserialize, Serialize};

    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(name = "people")]
    struct User {
        #[key]
        id: u64,
        boss: Option<Box<User>>,
    }

    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(name = "people")]
    struct Person {
        #[key]
        id: u64,
        boss: Option<Box<Person>>,
    }

    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(name = "people")]
    struct Employee {
        #[key]
        id: u64,
        superior: Option<Box<Employee>>,
    }

    /// The collection's name is its identity, the Rust name of its records is not.
    #[test]
    fn a_record_type_may_be_renamed() -> folio::Result<()> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("app.folio");
        {
            let boss = Some(Box::new(User { id: 7, boss: None }));
            Store::open(&path)?.collection::<User>()?.put(User { id: 1, boss })?;
        }
        let store = Store::open(&path)?;
        let Err(Error::SchemaMismatch { diff, .. }) = store.collection::<Employee>() else {
            panic!("a renamed field is another type");
        };
        assert_eq!(
            diff,
            "  - struct Employee { id: u64, boss: Option<Employee> }\n  \
               + struct Employee { id: u64, superior: Option<Employee> }\n"
        );
        let person = store.collection::<Person>()?.get(&1).unwrap();
        assert_eq!(person.boss.as_ref().map(|boss| boss.id), Some(7));
        Ok(())
    }
}
