//! Documents: values of any type by string keys, in the three contexts and across reopening.

#![cfg(feature = "derive")]

use folio::{Document, Error, Result, Store, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::thread;

#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
struct Profile {
    name: String,
    age: Option<u8>,
    kind: Kind,
    scores: BTreeMap<u32, f64>,
}

#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
enum Kind {
    Guest,
    Member { since: (u16, u8) },
    Staff(String),
}

fn profile() -> Profile {
    Profile {
        name: "Ada".into(),
        age: Some(36),
        kind: Kind::Member { since: (1843, 7) },
        scores: [(7, 0.5), (1, -0.0)].into(),
    }
}

/// What `set` is given, `get` gives back: for each key another type, now and after reopening.
#[test]
fn every_key_may_hold_another_type() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let documents = store.documents("things").unwrap();
    documents.set("profile", &profile()).unwrap();
    documents.set("staff", &Kind::Staff("ops".into())).unwrap();
    documents.set("guest", &Kind::Guest).unwrap();
    documents.set("exact", &9_007_199_254_740_993_i64).unwrap();
    documents.set("wide", &u128::MAX).unwrap();
    documents.set("text", "text").unwrap();
    documents.set("nothing", &()).unwrap();
    documents.set("none of some", &Some(None::<u8>)).unwrap();
    documents.set("list", &[1.5_f32, f32::INFINITY]).unwrap();
    documents.set("map", &HashMap::from([((1, 'a'), true)])).unwrap();
    store.close().unwrap();

    let store = Store::open(directory.path()).unwrap();
    let documents = store.documents("things").unwrap();
    assert_eq!(documents.get::<Profile>("profile").unwrap(), profile());
    assert_eq!(documents.get::<Kind>("staff").unwrap(), Kind::Staff("ops".into()));
    assert_eq!(documents.get::<Kind>("guest").unwrap(), Kind::Guest);
    assert_eq!(documents.get::<i64>("exact").unwrap(), 9_007_199_254_740_993);
    assert_eq!(documents.get::<u128>("wide").unwrap(), u128::MAX);
    assert_eq!(documents.get::<String>("text").unwrap(), "text");
    documents.get::<()>("nothing").unwrap();
    assert_eq!(documents.get::<Option<Option<u8>>>("none of some").unwrap(), Some(None));
    assert_eq!(documents.get::<Vec<f32>>("list").unwrap(), [1.5, f32::INFINITY]);
    let map: HashMap<(i32, char), bool> = documents.get("map").unwrap();
    assert_eq!(map, HashMap::from([((1, 'a'), true)]));
    assert_eq!(documents.len(), 10);
}

/// A missing key and a wrong type are two errors, and both say where.
#[test]
fn a_missing_key_is_not_a_wrong_type() {
    let documents = Store::in_memory().documents("settings").unwrap();
    documents.set("zoom", "large").unwrap();
    let missing = documents.get::<String>("theme").unwrap_err();
    assert!(missing.is_not_found());
    assert_eq!(missing.to_string(), "collection `settings` has no record with key \"theme\"");
    let wrong = documents.get::<f64>("zoom").unwrap_err();
    assert!(!wrong.is_not_found());
    assert!(matches!(&wrong, Error::Decode { collection: Some(_), key: Some(_), .. }));
    let said = wrong.to_string();
    assert!(said.contains("the record with key \"zoom\" of collection `settings`"), "{said}");
    assert!(said.contains("f64"), "{said}");
    assert_eq!(documents.find::<String>("theme").unwrap(), None);
    assert!(documents.find::<f64>("zoom").is_err());
}

/// An integer that has no exact float, and text that looks like a number, are refused, not bent.
#[test]
fn types_do_not_drift() {
    let documents = Store::in_memory().documents("settings").unwrap();
    documents.set("exact", &9_007_199_254_740_993_i64).unwrap();
    documents.set("text", "7").unwrap();
    documents.set("float", &7.0).unwrap();
    assert!(documents.get::<f64>("exact").is_err());
    assert!(documents.get::<i32>("exact").is_err());
    assert!(documents.get::<u32>("text").is_err());
    assert!(documents.get::<u32>("float").is_err());
}

#[test]
fn set_replaces_delete_removes_and_clear_empties() {
    let documents = Store::in_memory().documents("settings").unwrap();
    assert!(documents.is_empty() && !documents.has("a"));
    documents.set("a", &1).unwrap();
    documents.set("a", "one").unwrap();
    assert_eq!(documents.get::<String>("a").unwrap(), "one");
    assert!(documents.delete("a").unwrap());
    assert!(!documents.delete("a").unwrap());
    documents.set_all([("x", 1), ("y", 2), ("x", 3)]).unwrap();
    assert_eq!(documents.get_all::<i32>(["y", "z", "x"]).unwrap(), [Some(2), None, Some(3)]);
    assert_eq!(documents.keys(), ["x", "y"]);
    assert_eq!(documents.delete_all(["x", "nobody"]).unwrap(), 1);
    assert_eq!(documents.clear().unwrap(), 1);
    assert_eq!(documents.keys(), [] as [&str; 0]);
}

#[test]
fn scans_are_in_key_order_from_either_end() {
    let store = Store::in_memory();
    let documents = store.documents("files").unwrap();
    documents.set_all(["b/2", "a/1", "b/1", "c", "b"].map(|key| (key, key.len()))).unwrap();
    let view = store.snapshot().documents("files").unwrap();
    documents.clear().unwrap();
    let keys = |documents: &mut dyn Iterator<Item = &Document>| -> Vec<String> {
        documents.map(|document| document.key().to_owned()).collect()
    };
    assert_eq!(keys(&mut view.iter()), ["a/1", "b", "b/1", "b/2", "c"]);
    assert_eq!(keys(&mut view.prefix("b/").rev()), ["b/2", "b/1"]);
    assert_eq!(keys(&mut view.range("b".."c")), ["b", "b/1", "b/2"]);
    assert_eq!(view.keys().next_back().map(String::as_str), Some("c"));
    assert_eq!(view.get::<usize>("b/1").unwrap(), 3);
    assert!(view.get::<usize>("nobody").unwrap_err().is_not_found());
    assert_eq!(view.len(), 5);
}

/// Inside a transaction they are read and written like records, and conflict like them.
#[test]
fn transactions_take_them_in() {
    let store = Store::in_memory();
    let documents = store.documents("counters").unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    store
                        .transact(|tx| {
                            let counters = tx.documents("counters")?;
                            let all: u32 = counters.find("all")?.unwrap_or(0);
                            counters.set("all", &(all + 1))
                        })
                        .unwrap();
                    documents.update("too", |count: &mut u32| *count += 1).unwrap();
                }
            });
        }
    });
    assert_eq!(documents.get::<u32>("all").unwrap(), 400);
    assert_eq!(documents.get::<u32>("too").unwrap(), 400);

    let undone: Result<()> = store.transact(|tx| {
        let counters = tx.documents("counters")?;
        assert_eq!(counters.keys().count(), 2);
        counters.delete("all")?;
        counters.set_all([("x/1", 1), ("x/2", 2)])?;
        assert!(!counters.has("all") && counters.len() == 3);
        assert_eq!(counters.prefix("x/").next_back().unwrap().to::<u32>()?, 2);
        assert!(counters.get::<u32>("all").unwrap_err().is_not_found());
        Err(Error::abort("no"))
    });
    assert!(undone.unwrap_err().is_abort());
    assert_eq!(documents.keys(), ["all", "too"]);
}

/// Serializes to nothing but an error.
struct Broken;

impl Serialize for Broken {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it is broken"))
    }
}

/// Lesson 7 for documents: of a batch in which one value can't be encoded, nothing is left anywhere.
#[test]
fn a_batch_is_made_as_a_whole_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let documents = store.documents("settings").unwrap();
    documents.set("old", &1).unwrap();
    let version = store.version();
    let batch = documents.batch().set("new", &1).set("broken", &Broken).delete("old");
    let error = batch.commit().unwrap_err();
    assert!(matches!(&error, Error::Encode { .. }), "{error}");
    assert!(error.to_string().contains("it is broken"));
    assert!(documents.set("broken", &Broken).is_err());
    assert!(documents.set_all([("broken", Broken)]).is_err());
    assert_eq!((documents.keys(), store.version()), (vec!["old".to_owned()], version));

    let batch = documents.batch().set("a", &1).set("a", &2).delete("b").set("b", &3).delete("old");
    assert_eq!(batch.len(), 3);
    batch.commit().unwrap();
    assert_eq!(store.version().number(), version.number() + 1, "one commit");
    drop((store, documents));
    let documents = Store::open(directory.path()).unwrap().documents("settings").unwrap();
    assert_eq!(documents.get_all::<i32>(["a", "b", "old"]).unwrap(), [Some(2), Some(3), None]);
}

/// A document is a record too, and a value that was stored is a value again.
#[test]
fn documents_are_records_of_values() {
    let store = Store::in_memory();
    let documents = store.documents("things").unwrap();
    documents.set("profile", &profile()).unwrap();
    let records = store.collection_named::<Document>("things").unwrap();
    let document = records.get("profile").unwrap();
    assert_eq!(document.value().get("name").and_then(Value::as_str), Some("Ada"));
    assert_eq!(documents.get::<Value>("profile").unwrap(), *document.value());
    documents.set("copy", document.value()).unwrap();
    assert_eq!(documents.get::<Profile>("copy").unwrap(), profile());
}

#[test]
fn a_collection_of_records_is_none_of_documents() {
    #[derive(folio::Record, Serialize, Deserialize, Clone)]
    struct Page {
        #[key]
        path: String,
    }
    let store = Store::in_memory();
    store.collection::<Page>().unwrap();
    let error = store.documents("page").unwrap_err();
    assert!(matches!(&error, Error::SchemaMismatch { .. }), "{error}");
    store.documents("documents").unwrap();
    assert!(store.collection_named::<Page>("documents").is_err());
}
