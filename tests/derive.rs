//! What `#[derive(Record)]` and `#[derive(Schema)]` make of a type: its key, its name, its indexes
//! and its description. What they refuse is in `compile_fail.rs`.

#![cfg(feature = "derive")]

use folio::{Index, Record, Schema, Types, Unique};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet, VecDeque};

/// The record of the README.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "users")]
struct User {
    #[key]
    id: u64,
    #[index(unique)]
    email: String,
    #[index]
    city: String,
    #[index(each)]
    tags: Vec<String>,
    logins: u32,
}

fn ada() -> User {
    User {
        id: 1,
        email: "ada@lovelace.org".into(),
        city: "London".into(),
        tags: vec!["mathematics".into(), "poetry".into()],
        logins: 0,
    }
}

fn count<T: Record>() -> String {
    format!("{:?}", T::indexes())
}

#[test]
fn the_record_of_the_readme() {
    assert_eq!(User::NAME, "users");
    assert_eq!(ada().key(), 1);
    let email: Unique<User, String> = User::EMAIL;
    let city: Index<User, String> = User::CITY;
    let tags: Index<User, String> = User::TAGS;
    assert_eq!([email.name(), city.name(), tags.name()], ["email", "city", "tags"]);
    assert_eq!(count::<User>(), "Indexes { count: 3 }");
    assert_eq!(
        Types::text_of::<User>(),
        "User\nstruct User { id: u64, email: String, city: String, tags: [String], logins: u32 }\n"
    );
}

mod names_and_keys {
    use super::{Deserialize, Index, Record, Serialize, Unique, count};

    #[derive(Record, Serialize, Deserialize, Clone)]
    struct HTTPRequest {
        #[key]
        id: u64,
    }

    #[test]
    fn the_default_name_is_the_type_in_snake_case() {
        assert_eq!(HTTPRequest::NAME, "http_request");
        assert_eq!(HTTPRequest { id: 3 }.key(), 3);
        assert_eq!(count::<HTTPRequest>(), "Indexes { count: 0 }");
    }

    #[derive(Record, Serialize, Deserialize, Clone)]
    struct Visit {
        #[key]
        city: String,
        note: String,
        #[key]
        day: u16,
        #[key]
        hour: Option<u8>,
    }

    #[test]
    fn several_key_fields_make_a_tuple_in_their_order() {
        let visit = Visit { city: "Rome".into(), note: "rain".into(), day: 12, hour: None };
        let key: (String, u16, Option<u8>) = visit.key();
        assert_eq!(key, ("Rome".to_owned(), 12, None));
        assert_eq!(visit.note, "rain");
    }

    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(index(by_both = (1, 2)), unique(by_third = 2))]
    struct Row(#[key] u8, #[index(name = "label")] String, #[index(unique, name = "number")] u32);

    #[test]
    fn tuple_structs_have_numbered_fields() {
        assert_eq!(Row(7, "x".into(), 9).key(), 7);
        let _: Index<Row, String> = Row::LABEL;
        let _: Unique<Row, u32> = Row::NUMBER;
        let _: Index<Row, (String, u32)> = Row::BY_BOTH;
        let _: Unique<Row, u32> = Row::BY_THIRD;
        assert_eq!(count::<Row>(), "Indexes { count: 4 }");
    }

    #[derive(Record, Serialize, Deserialize, Clone)]
    struct r#Match {
        #[key]
        r#fn: u8,
        #[index]
        r#type: String,
    }

    #[test]
    fn raw_identifiers_are_named_without_their_mark() {
        assert_eq!(r#Match::NAME, "match");
        assert_eq!(r#Match::TYPE.name(), "type");
        assert_eq!(r#Match { r#fn: 1, r#type: String::new() }.key(), 1);
        assert_eq!(
            super::Types::text_of::<r#Match>(),
            "Match\nstruct Match { fn: u8, type: String }\n"
        );
    }

    /// An index called `name` hides the name of the collection, which stays with the trait.
    #[derive(Record, Serialize, Deserialize, Clone)]
    struct Named {
        #[key]
        #[index(name = "key")]
        id: u8,
        #[index]
        name: String,
    }

    #[test]
    fn an_index_may_be_called_name() {
        let name: Index<Named, String> = Named::NAME;
        assert_eq!(name.name(), "name");
        assert_eq!(<Named as Record>::NAME, "named");
        let record = Named { id: 1, name: "one".into() };
        assert_eq!((record.key(), record.name.as_str(), Named::KEY.name()), (1, "one", "key"));
    }
}

mod index_declarations {
    use super::{
        BTreeSet, Deserialize, HashSet, Index, Record, Serialize, Unique, VecDeque, count,
    };

    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(index(by_city_age = (city, age)), unique(by_name_city = (name, city,)))]
    #[record(index(by_name = name))]
    #[record(
        index(active_email = email, when = |person| person.active),
        unique(adult_name = name, when = Self::is_adult),
    )]
    pub(super) struct Person {
        #[key]
        pub(super) id: u64,
        pub(super) name: String,
        pub(super) city: Option<String>,
        pub(super) age: u8,
        pub(super) email: Option<String>,
        pub(super) active: bool,
    }

    impl Person {
        fn is_adult(&self) -> bool {
            self.age >= 18
        }
    }

    #[test]
    fn indexes_on_the_type() {
        let _: Index<Person, (String, u8)> = Person::BY_CITY_AGE;
        let _: Unique<Person, (String, String)> = Person::BY_NAME_CITY;
        let _: Index<Person, String> = Person::BY_NAME;
        let _: Index<Person, String> = Person::ACTIVE_EMAIL;
        let _: Unique<Person, String> = Person::ADULT_NAME;
        assert_eq!(Person::BY_CITY_AGE.name(), "by_city_age");
        assert_eq!(count::<Person>(), "Indexes { count: 5 }");
    }

    #[derive(Record, Serialize, Deserialize, Clone)]
    pub(super) struct Bag {
        #[key]
        pub(super) id: u64,
        #[index(each)]
        pub(super) list: Vec<u8>,
        #[index(unique, each)]
        pub(super) queue: VecDeque<u16>,
        #[index(each, name = "word")]
        pub(super) sorted: BTreeSet<String>,
        #[index(each)]
        pub(super) hashed: HashSet<char>,
        #[index(each)]
        pub(super) array: [i8; 3],
        #[index(each)]
        pub(super) slice: Box<[i16]>,
        #[index(each, name = "maybe_element")]
        #[index]
        pub(super) maybe: std::option::Option<i32>,
        #[index]
        #[index(each, name = "whole-element")]
        pub(super) whole: Vec<i64>,
    }

    #[test]
    fn indexes_of_each_element() {
        let _: Index<Bag, u8> = Bag::LIST;
        let _: Unique<Bag, u16> = Bag::QUEUE;
        let _: Index<Bag, String> = Bag::WORD;
        let _: Index<Bag, char> = Bag::HASHED;
        let _: Index<Bag, i8> = Bag::ARRAY;
        let _: Index<Bag, i16> = Bag::SLICE;
        let _: Index<Bag, i32> = Bag::MAYBE;
        let _: Index<Bag, i32> = Bag::MAYBE_ELEMENT;
        let _: Index<Bag, Vec<i64>> = Bag::WHOLE;
        let _: Index<Bag, i64> = Bag::WHOLE_ELEMENT;
        assert_eq!(Bag::WHOLE_ELEMENT.name(), "whole-element");
        assert_eq!(count::<Bag>(), "Indexes { count: 10 }");
    }

    mod inner {
        #[derive(folio::Record, serde::Serialize, serde::Deserialize, Clone)]
        pub(in super::super) struct Seen {
            #[key]
            pub(in super::super) id: u8,
            #[index]
            pub(in super::super) city: String,
        }
    }

    #[test]
    fn constants_are_as_visible_as_the_type() {
        let seen = inner::Seen { id: 1, city: "Oslo".into() };
        assert_eq!((inner::Seen::CITY.name(), seen.key(), &*seen.city), ("city", 1, "Oslo"));
    }
}

mod descriptions {
    use super::{Deserialize, Schema, Serialize, Types};
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
}
