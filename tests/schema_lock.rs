//! The check that the stored form of records does not change unnoticed.

#![cfg(feature = "derive")]

use folio::{Record, SchemaLock};
use serde::{Deserialize, Serialize};
use std::fs;

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "users")]
struct User {
    #[key]
    id: u64,
    name: String,
}

mod later {
    use folio::Record;
    use serde::{Deserialize, Serialize};

    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(name = "users")]
    pub(crate) struct User {
        #[key]
        pub(crate) id: u64,
        #[serde(alias = "name")]
        pub(crate) full_name: String,
        pub(crate) age: Option<u8>,
    }

    /// Reads nothing that was stored.
    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(name = "users")]
    pub(crate) struct Narrow {
        #[key]
        pub(crate) id: u32,
        pub(crate) name: String,
    }
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "orders")]
struct Order {
    #[key]
    id: u64,
}

#[test]
fn a_type_that_did_not_change_passes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("schema.lock");
    let lock = || SchemaLock::at(&path).record::<User>().record_named::<Order>("old orders");
    lock().write().unwrap();
    lock().check();
    lock().compare().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("# What the records"), "{text}");
    assert!(text.contains("collection \"old orders\"\n"), "{text}");
    assert!(
        text.contains(
            "    struct User {\n        #[key]\n        id: u64,\n        name: String,\n"
        ),
        "{text}"
    );
}

#[test]
fn a_type_that_changed_does_not_and_the_difference_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("schema.lock");
    SchemaLock::at(&path).record::<User>().write().unwrap();
    let before = fs::read(&path).unwrap();

    let said = SchemaLock::at(&path).record::<later::User>().compare().unwrap_err();
    for expected in [
        "collection `users` has changed:\n",
        "  -     name: String,\n",
        "  +     full_name: String,\n",
        "  +     age: Option<u8>,\n",
        "stored records are read by the names of their fields\n",
        "FOLIO_SCHEMA_LOCK=update",
    ] {
        assert!(said.contains(expected), "{expected:?} is not in:\n{said}");
    }

    let said = SchemaLock::at(&path).record::<later::Narrow>().compare().unwrap_err();
    assert!(said.contains("stored records can't be read as this"), "{said}");
    assert!(said.contains("not all stored numbers fit"), "{said}");
    assert_eq!(fs::read(&path).unwrap(), before, "comparing writes nothing");
}

#[test]
fn types_that_come_and_go_are_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("schema.lock");
    SchemaLock::at(&path).record::<User>().write().unwrap();
    let both = SchemaLock::at(&path).record::<User>().record::<Order>();
    assert!(both.compare().unwrap_err().contains("collection `orders` is new"));
    let other = SchemaLock::at(&path).record::<Order>();
    assert!(other.compare().unwrap_err().contains("collection `users` is not compared any more"));
}

#[test]
fn a_file_that_is_missing_or_broken_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("schema.lock");
    let lock = SchemaLock::at(&path).record::<User>();
    assert!(lock.compare().unwrap_err().contains("there is no `"));
    lock.write().unwrap();
    let text = fs::read_to_string(&path).unwrap();
    for broken in [
        text.replace("descriptor 0", "descriptor x"),
        text.replace("collection \"users\"\n", ""),
        text.replace("descriptor ", "descriptor f"),
        format!("{text}more\n"),
    ] {
        fs::write(&path, broken).unwrap();
        let said = lock.compare().unwrap_err();
        assert!(said.contains("`, line "), "{said}");
    }
}

#[test]
#[should_panic(expected = "the stored form of records is not as in")]
fn the_check_panics() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("schema.lock");
    SchemaLock::at(&path).record::<User>().write().unwrap();
    SchemaLock::at(&path).record::<later::User>().check();
}
