//! Records of any collection as values: read and edited without their Rust types.

#![cfg(feature = "derive")]

use folio::{Error, Record, Result, Store, Value};
use serde::{Deserialize, Serialize};
use std::ops::{Bound, RangeBounds};
use std::path::Path;

#[derive(Record, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[record(name = "cities")]
struct City {
    #[key]
    id: u32,
    #[index(unique)]
    name: String,
    people: Option<u64>,
    #[serde(rename = "at")]
    place: (f64, f64),
}

#[derive(Record, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[record(name = "visits")]
#[serde(rename_all = "camelCase")]
struct Visit {
    #[key]
    city_id: u32,
    #[key]
    visitor: String,
    times: u8,
}

#[derive(Record, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[record(name = "tags")]
struct Tag(#[key] String);

fn oslo() -> City {
    City { id: 7, name: "Oslo".into(), people: Some(717_710), place: (59.9, 10.75) }
}

fn paris() -> City {
    City { id: 300, name: "Paris".into(), people: None, place: (48.85, 2.35) }
}

fn visit(visitor: &str, times: u8) -> Visit {
    Visit { city_id: 7, visitor: visitor.into(), times }
}

fn filled(path: &Path) -> Result<Store> {
    let store = Store::open(path)?;
    store.collection::<City>()?.insert_all([oslo(), paris()])?;
    store.collection::<Visit>()?.insert_all([visit("ada", 2), visit("bob", 1)])?;
    store.collection::<Tag>()?.insert_all([Tag("b".into()), Tag("a".into())])?;
    Ok(store)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("the tests write JSON")
}

/// The records as JSON, in order.
fn shown(store: &Store, name: &str) -> Result<Vec<String>> {
    let values = store.values(name)?;
    let lines: Vec<String> =
        values.iter().map(|entry| entry?.1.to_json()).collect::<Result<_>>()?;
    let backwards = values.iter().rev().map(|entry| entry?.1.to_json());
    assert!(backwards.collect::<Result<Vec<_>>>()?.iter().eq(lines.iter().rev()));
    assert_eq!(values.len(), lines.len());
    Ok(lines)
}

const CITIES: [&str; 2] = [
    r#"{"id":7,"name":"Oslo","people":717710,"at":[59.9,10.75]}"#,
    r#"{"id":300,"name":"Paris","people":null,"at":[48.85,2.35]}"#,
];

/// Attached or not, a collection shows the same records in the same order.
#[test]
fn any_collection_can_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(directory.path()).unwrap();
    let look = |store: &Store| {
        assert_eq!(shown(store, "cities").unwrap(), CITIES);
        assert_eq!(
            shown(store, "visits").unwrap(),
            [
                r#"{"cityId":7,"visitor":"ada","times":2}"#,
                r#"{"cityId":7,"visitor":"bob","times":1}"#
            ]
        );
        assert_eq!(shown(store, "tags").unwrap(), [r#""a""#, r#""b""#]);
        let cities = store.values("cities").unwrap();
        assert_eq!(cities.get(&Value::from(300)).unwrap().unwrap().to_json().unwrap(), CITIES[1]);
        assert_eq!(cities.get(&Value::from(8)).unwrap(), None);
        assert!(matches!(cities.get(&Value::from("Oslo")), Err(Error::Encode { .. })));
        let visits = store.values("visits").unwrap();
        let key = json(r#"[7, "bob"]"#);
        assert_eq!(visits.get(&key).unwrap().unwrap().get("times").unwrap().as_u64(), Some(1));
    };
    look(&store);
    store.close().unwrap();
    look(&Store::options().read_only(true).open(directory.path()).unwrap());
    let store = Store::open(directory.path()).unwrap();
    look(&store);
    // Looking attached nothing.
    assert_eq!(*store.collection::<City>().unwrap().get(&7).unwrap(), oslo());
    look(&store);
    assert!(store.values("nobody").unwrap_err().is_not_found());
}

/// In a program that has the Rust type, edits go through it: indexes and constraints hold.
#[test]
fn attached_collections_are_edited_through_their_type() {
    let store = Store::in_memory();
    let cities = store.collection::<City>().unwrap();
    cities.insert_all([oslo(), paris()]).unwrap();
    store
        .transact(|tx| {
            let values = tx.values("cities")?;
            let mut city = values.get(&Value::from(7))?.unwrap();
            if let Value::Struct(fields) = &mut city {
                fields[1].1 = Value::from("Kristiania");
            }
            assert!(values.put(&city)?);
            assert!(!values.put(&json(r#"{"id": 1, "name": "Rome", "at": [41, 12.5]}"#))?);
            assert!(values.remove(&Value::from(300))?);
            assert!(!values.remove(&Value::from(300))?);
            Ok(())
        })
        .unwrap();
    assert_eq!(cities.find(City::NAME, "Kristiania").unwrap().id, 7);
    assert_eq!(cities.get(&1).unwrap().place, (41.0, 12.5));
    assert_eq!(cities.len(), 2);
    let twice = store.transact(|tx| {
        tx.values("cities")?.put(&json(r#"{"id": 2, "name": "Rome", "at": [0, 0]}"#))
    });
    assert!(matches!(twice, Err(Error::UniqueViolation { .. })));
}

/// In one that has not, they are checked against the descriptor, and the type reads them later.
#[test]
fn collections_without_a_type_are_edited_by_their_descriptor() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path()).unwrap().close().unwrap();
    let store = Store::open(directory.path()).unwrap();
    store
        .transact(|tx| {
            let cities = tx.values("cities")?;
            assert!(cities.put(&json(r#"{"id": 7, "name": "Kristiania", "at": [1, 2]}"#))?);
            assert!(!cities.put(&json(r#"{"name": "Rome", "at": [41, 12.5], "id": 1}"#))?);
            assert_eq!(
                cities.get(&Value::from(1))?.unwrap().get("people"),
                Some(&Value::Null),
                "an option that is left out is none"
            );
            assert!(cities.remove(&Value::from(300))?);
            let visits = tx.values("visits")?;
            visits.put(&json(r#"{"cityId": 7, "visitor": "ada", "times": 3}"#))?;
            visits.remove(&json(r#"[7, "bob"]"#))?;
            tx.values("tags")?.put(&json(r#""c""#))
        })
        .unwrap();
    assert_eq!(shown(&store, "tags").unwrap(), [r#""a""#, r#""b""#, r#""c""#]);

    for wrong in [
        r#"{"id": -7, "name": "Oslo", "at": [1, 2]}"#,
        r#"{"id": 7, "name": 1, "at": [1, 2]}"#,
        r#"{"id": 7, "at": [1, 2]}"#,
        r#"{"id": 7, "name": "Oslo", "at": [1, 2, 3]}"#,
        r#"{"id": 7, "name": "Oslo", "at": [1, 2], "mayor": "?"}"#,
        "[7]",
    ] {
        let error = store.transact(|tx| tx.values("cities")?.put(&json(wrong))).unwrap_err();
        assert!(matches!(&error, Error::Encode { .. }), "{wrong}: {error}");
    }
    // The type comes too late in this process, and says so.
    let Err(Error::SchemaMismatch { diff, .. }) = store.collection::<City>() else {
        panic!("it was attached without its type");
    };
    assert!(diff.contains("open the store again"), "{diff}");
    store.close().unwrap();

    let store = Store::open(directory.path()).unwrap();
    let cities = store.collection::<City>().unwrap();
    assert_eq!(cities.find(City::NAME, "Kristiania").unwrap().people, None);
    assert_eq!(cities.find(City::NAME, "Rome").unwrap().place, (41.0, 12.5));
    assert_eq!(cities.len(), 2);
    let visits: Vec<Visit> = store.collection().unwrap().view().iter().cloned().collect();
    assert_eq!(visits, [visit("ada", 3)]);
}

/// Edits without a type conflict like others, and are undone like others.
#[test]
fn edits_are_transactions() {
    let directory = tempfile::tempdir().unwrap();
    filled(directory.path()).unwrap().close().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let first = store.begin();
    assert!(first.values("cities").unwrap().get(&Value::from(7)).unwrap().is_some());
    store.transact(|tx| tx.values("cities")?.remove(&Value::from(7))).unwrap();
    first.values("cities").unwrap().remove(&Value::from(300)).unwrap();
    assert!(first.commit().unwrap_err().is_conflict());
    assert_eq!(shown(&store, "cities").unwrap(), CITIES[1..]);

    let read_only = || Store::options().read_only(true).open(directory.path());
    store.close().unwrap();
    let store = read_only().unwrap();
    let refused = store.transact(|tx| tx.values("cities")?.remove(&Value::from(300)));
    assert!(matches!(refused, Err(Error::ReadOnly)));
}

/// What a transaction has created is there for it, also without its type; what others create meanwhile is not.
#[test]
fn a_transaction_sees_the_collections_that_it_created() {
    let store = Store::in_memory();
    let tx = store.begin();
    tx.collection::<City>().unwrap().insert(oslo()).unwrap();
    tx.documents("notes").unwrap().set("a", &1).unwrap();
    let cities = tx.values("cities").unwrap();
    let found = cities.get(&Value::from(7)).unwrap().unwrap();
    assert_eq!(found.get("name").and_then(Value::as_str), Some("Oslo"));
    assert!(
        cities.put(&json("{\"id\":8,\"name\":\"Oslo\",\"people\":null,\"at\":[0.0,0.0]}")).is_err()
    );
    let notes = tx.values("notes").unwrap();
    assert!(notes.remove(&Value::from("a")).unwrap());
    assert!(!tx.documents("notes").unwrap().has("a"));
    store.documents("others").unwrap();
    assert!(matches!(tx.values("others"), Err(Error::NotFound { .. })));
    tx.commit().unwrap();
    assert_eq!(shown(&store, "cities").unwrap(), CITIES[..1]);
}

/// Records without a type can't be attached as one later; of documents the type is always there.
#[test]
fn documents_stay_documents() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(directory.path()).unwrap();
    store.documents("notes").unwrap().set("a", &1).unwrap();
    store.close().unwrap();
    let store = Store::open(directory.path()).unwrap();
    store.transact(|tx| tx.values("notes")?.remove(&Value::from("a"))).unwrap();
    store.documents("notes").unwrap().set("b", &2).unwrap();
    store.transact(|tx| tx.values("cities")?.remove(&Value::from(7))).unwrap();
    assert!(matches!(store.collection::<City>(), Err(Error::SchemaMismatch { .. })));
    assert_eq!(shown(&store, "notes").unwrap(), [r#"{"key":"b","value":2}"#]);
}

/// A record whose key is calculated: nobody but its type knows it.
#[derive(Serialize, Deserialize, Clone, folio::Schema)]
struct Word(String);

impl Record for Word {
    type Key = String;
    const NAME: &'static str = "words";
    fn key(&self) -> String {
        self.0.to_lowercase()
    }
    fn indexes() -> folio::Indexes<Self> {
        folio::Indexes::new()
    }
}

#[test]
fn a_key_that_only_the_type_knows_is_not_guessed() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    store.collection::<Word>().unwrap().put(Word("Ada".into())).unwrap();
    store.close().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let refused = store.transact(|tx| tx.values("words")?.put(&Value::from("Bob")));
    let Err(Error::SchemaMismatch { diff, .. }) = refused else { panic!("the key is not known") };
    assert!(diff.contains("only its Rust type"), "{diff}");
    assert!(store.transact(|tx| tx.values("words")?.remove(&Value::from("ada"))).unwrap());
}

mod entries {
    use super::filled;
    use folio::{Entry, Record, Result, Store, Value};
    use serde::{Deserialize, Serialize};

    /// A city as a later program has it.
    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(name = "cities")]
    struct City2 {
        #[key]
        id: u32,
        #[serde(alias = "name")]
        label: String,
        people: Option<u64>,
        at: (f64, f64),
        #[serde(default)]
        flag: Vec<u8>,
    }

    fn lines(store: &Store) -> Result<Vec<String>> {
        let values = store.values("cities")?;
        let line = |entry: Result<Entry>| {
            let entry = entry?;
            let alone = values.entry(entry.key())?.expect("it is there");
            assert_eq!(alone.record(), entry.record());
            assert_eq!(alone.to_json()?, entry.to_json()?);
            // What is shown is read as the same again, by its own form.
            assert_eq!(entry.form().from_json(&entry.to_json()?)?, *entry.record());
            Ok(format!("{} {}", entry.key_to_json()?, entry.to_json()?))
        };
        let forward = values.entries().map(line).collect::<Result<Vec<_>>>()?;
        let mut backward = values.entries().rev().map(line).collect::<Result<Vec<_>>>()?;
        backward.reverse();
        assert_eq!(forward, backward);
        assert!(values.entry(&Value::from(9))?.is_none());
        assert!(values.entry(&Value::from("x")).is_err());
        Ok(forward)
    }

    #[test]
    fn records_of_several_forms_are_shown_by_their_own() -> Result<()> {
        let directory = tempfile::tempdir().expect("there is a place for temporary files");
        let store = filled(directory.path())?;
        let old = [
            r#"7 {"id":7,"name":"Oslo","people":717710,"at":[59.9,10.75]}"#,
            r#"300 {"id":300,"name":"Paris","people":null,"at":[48.85,2.35]}"#,
        ];
        assert_eq!(lines(&store)?, old);
        store.close()?;

        let store = Store::open(directory.path())?;
        assert_eq!(lines(&store)?, old);
        let (label, flag) = ("Rome".to_owned(), vec![255]);
        store.collection::<City2>()?.put(City2 {
            id: 8,
            label,
            people: None,
            at: (41.9, 12.5),
            flag,
        })?;
        // Attached, all are in the form of their type.
        assert_eq!(
            lines(&store)?,
            [
                r#"7 {"id":7,"label":"Oslo","people":717710,"at":[59.9,10.75],"flag":""}"#,
                r#"8 {"id":8,"label":"Rome","people":null,"at":[41.9,12.5],"flag":"ff"}"#,
                r#"300 {"id":300,"label":"Paris","people":null,"at":[48.85,2.35],"flag":""}"#,
            ]
        );
        store.close()?;

        let store = Store::open(directory.path())?;
        let mixed = lines(&store)?;
        assert!(mixed[1].contains("\"label\":\"Rome\""), "{mixed:?}");
        assert_eq!(store.values("cities")?.entries().count(), 3);
        Ok(())
    }
}

#[derive(Record, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[record(name = "loose", unordered)]
struct Loose {
    #[key]
    id: i32,
}

/// A range gives just what going through all records and leaving out the others does: attached or not, with an order or without.
#[test]
fn ranges_are_parts_of_all() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let texts = ["", "a", "ab", "b", "ba", "東"];
    store.collection::<Tag>().unwrap().insert_all(texts.map(|text| Tag(text.into()))).unwrap();
    store.collection::<Loose>().unwrap().insert_all((-3..4).map(|id| Loose { id })).unwrap();
    let look = |store: &Store| {
        for (name, keys) in [
            (
                "tags",
                [texts.as_slice(), &["aa", "c"]].concat().into_iter().map(Value::from).collect(),
            ),
            ("loose", (-5..6).map(Value::from).collect::<Vec<_>>()),
        ] {
            let values = store.values(name).unwrap();
            let all: Vec<Value> = values.iter().map(|entry| entry.unwrap().0).collect();
            let ends = |key: &Value| [Bound::Included(key.clone()), Bound::Excluded(key.clone())];
            let mut bounds: Vec<Bound<Value>> = keys.iter().flat_map(ends).collect();
            bounds.push(Bound::Unbounded);
            for lower in &bounds {
                for upper in &bounds {
                    let range = (lower.clone(), upper.clone());
                    let expected: Vec<&Value> =
                        all.iter().filter(|key| range.contains(*key)).collect();
                    let found = values.range(range.clone()).unwrap();
                    let found: Vec<Value> =
                        found.map(|entry| entry.unwrap().key().clone()).collect();
                    assert!(
                        found.iter().eq(expected.iter().copied()),
                        "{name}: {range:?}: {found:?}"
                    );
                    let back = values.range(range).unwrap().rev();
                    let back: Vec<Value> = back.map(|entry| entry.unwrap().key().clone()).collect();
                    assert!(back.iter().rev().eq(&found), "{name}: {back:?}");
                }
            }
        }
        let wrong = store.values("loose").unwrap().range(Value::from("x")..).map(drop);
        assert!(matches!(wrong, Err(Error::Encode { .. })));
    };
    look(&store);
    store.close().unwrap();
    look(&Store::options().read_only(true).open(directory.path()).unwrap());
}
