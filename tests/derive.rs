//! What `#[derive(Record)]` and `#[derive(Schema)]` make of a type: its key, its name, its indexes
//! and its description. What they refuse is in `compile_fail.rs`.

#![cfg(feature = "derive")]

use folio::{Descriptor, Hashed, Index, Record, Unique};
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
        Descriptor::of_record::<User>().to_string(),
        "User by u64\n\
         struct User {\n    \
             #[key]\n    \
             id: u64,\n    \
             email: String,\n    \
             city: String,\n    \
             tags: Vec<String>,\n    \
             logins: u32,\n\
         }\n"
    );
}

#[test]
fn the_fields_of_the_key_are_marked() {
    #[derive(Record, Serialize, Deserialize, Clone)]
    #[serde(rename_all = "camelCase")]
    struct Seat {
        #[key]
        flight_number: u16,
        taken: bool,
        #[key]
        #[serde(rename = "place")]
        row: (u8, char),
    }
    #[derive(Record, Serialize, Deserialize, Clone)]
    struct Word(u8, #[key] String);

    assert_eq!(Seat::key_fields(), ["flightNumber", "place"]);
    assert_eq!(
        Descriptor::of_record::<Seat>().to_string(),
        "Seat by (u16, (u8, char))\n\
         struct Seat {\n    \
             #[key]\n    \
             flightNumber: u16,\n    \
             taken: bool,\n    \
             #[key]\n    \
             place: (u8, char),\n\
         }\n"
    );
    assert_eq!(
        Descriptor::of_record::<Word>().to_string(),
        "Word by String\nstruct Word(u8, #[key] String);\n"
    );
}

mod names_and_keys {
    use super::{Descriptor, Deserialize, Hashed, Index, Record, Serialize, Unique, count};

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
    #[record(index(both = (1, 2), hash), unique(third = 2, when = |row| row.0 > 1, hash))]
    struct Row(
        #[key] u8,
        #[index(name = "label")] String,
        #[index(unique, name = "number", hash)] u32,
        #[index(hash, each, name = "letter")] Option<char>,
    );

    #[test]
    fn tuple_structs_have_numbered_fields() {
        assert_eq!(Row(7, "x".into(), 9, Some('x')).key(), 7);
        let _: Index<Row, String> = Row::LABEL;
        let _: Unique<Row, u32, Hashed> = Row::NUMBER;
        let _: Index<Row, char, Hashed> = Row::LETTER;
        let _: Index<Row, (String, u32)> = Row::BY_BOTH;
        let _: Unique<Row, u32> = Row::BY_THIRD;
        let _: Index<Row, (String, u32), Hashed> = Row::BOTH;
        let _: Unique<Row, u32, Hashed> = Row::THIRD;
        assert_eq!(count::<Row>(), "Indexes { count: 7 }");
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
            Descriptor::of::<r#Match>().to_string(),
            "Match\nstruct Match {\n    fn: u8,\n    type: String,\n}\n"
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

/// What the indexes find, seen from where it matters: the collection.
mod extraction {
    use super::index_declarations::{Bag, Person};
    use super::{Record, User, ada};
    use folio::{IndexHandle, Ordered, Store, View};

    fn view_of<T: Record>(records: impl IntoIterator<Item = T>) -> View<T> {
        let store = Store::in_memory();
        let collection = store.collection::<T>().expect("a new store takes any collection");
        collection.put_all(records).expect("no two records share a unique key");
        collection.view()
    }

    fn keys<T: Record, I: IndexHandle<T, Order = Ordered>>(
        view: &View<T>,
        index: I,
    ) -> Vec<I::Key> {
        view.by(index).keys().cloned().collect()
    }

    #[test]
    fn the_record_of_the_readme_is_found_by_its_indexes() {
        let view = view_of([ada()]);
        assert_eq!(view.find(User::EMAIL, "ada@lovelace.org"), Some(&ada()));
        assert_eq!(view.find(User::EMAIL, "ada"), None);
        assert_eq!(view.by(User::CITY).get("London").collect::<Vec<_>>(), [&ada()]);
        assert_eq!(keys(&view, User::TAGS), ["mathematics", "poetry"]);
        assert_eq!(view.by(User::TAGS).count("poetry"), 1);
    }

    /// Three people: all there, nothing there, and all there but inactive and young.
    fn people() -> View<Person> {
        let ann = Person {
            id: 1,
            name: "Ann".into(),
            city: Some("Rome".into()),
            age: 40,
            email: Some("ann@rome".into()),
            active: true,
        };
        let bob = Person { id: 2, name: "Bob".into(), city: None, email: None, ..ann.clone() };
        let cleo = Person {
            id: 3,
            name: "Cleo".into(),
            age: 17,
            email: Some("cleo@rome".into()),
            active: false,
            ..ann.clone()
        };
        view_of([ann, bob, cleo])
    }

    #[test]
    fn a_record_is_in_a_composite_index_when_all_its_options_are_there() {
        let view = people();
        let rome = || "Rome".to_owned();
        assert_eq!(keys(&view, Person::BY_CITY_AGE), [(rome(), 17), (rome(), 40)]);
        assert_eq!(
            keys(&view, Person::BY_NAME_CITY),
            [("Ann".to_owned(), rome()), ("Cleo".to_owned(), rome())]
        );
        let ids: Vec<u64> =
            view.by(Person::BY_CITY_AGE).prefix(("Rome",)).map(Record::key).collect();
        assert_eq!(ids, [3, 1]);
    }

    #[test]
    fn a_record_is_in_a_partial_index_when_its_condition_holds() {
        let view = people();
        assert_eq!(keys(&view, Person::BY_NAME), ["Ann", "Bob", "Cleo"]);
        assert_eq!(keys(&view, Person::ACTIVE_EMAIL), ["ann@rome"]);
        assert_eq!(keys(&view, Person::ADULT_NAME), ["Ann", "Bob"]);
        assert!(view.find(Person::ADULT_NAME, "Cleo").is_none());
    }

    #[test]
    fn a_record_is_in_an_index_of_elements_once_for_each() {
        let full = Bag {
            id: 1,
            list: vec![3, 1, 3],
            queue: [2, 1].into(),
            sorted: ["b".to_owned(), "a".to_owned()].into(),
            hashed: ['x', 'y'].into(),
            array: [-1, 0, 1],
            slice: Box::new([5]),
            maybe: Some(9),
            whole: vec![8, 7],
        };
        let empty = Bag {
            id: 2,
            list: Vec::new(),
            queue: [].into(),
            sorted: [].into(),
            hashed: [].into(),
            array: [0; 3],
            slice: Box::new([]),
            maybe: None,
            whole: Vec::new(),
        };
        let view = view_of([full, empty]);
        assert_eq!(keys(&view, Bag::LIST), [1, 3]);
        assert_eq!(keys(&view, Bag::QUEUE), [1, 2]);
        assert_eq!(keys(&view, Bag::WORD), ["a", "b"]);
        assert_eq!(keys(&view, Bag::HASHED), ['x', 'y']);
        assert_eq!(keys(&view, Bag::ARRAY), [-1, 0, 1]);
        assert_eq!(keys(&view, Bag::SLICE), [5]);
        assert_eq!(keys(&view, Bag::MAYBE), [9]);
        assert_eq!(keys(&view, Bag::MAYBE_ELEMENT), [9]);
        assert_eq!(keys(&view, Bag::WHOLE), [vec![], vec![8, 7]]);
        assert_eq!(keys(&view, Bag::WHOLE_ELEMENT), [7, 8]);
        assert_eq!(view.by(Bag::LIST).count(&3), 1);
        assert_eq!(view.by(Bag::ARRAY).count(&0), 2);
    }
}
