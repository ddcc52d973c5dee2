//! What a reading of the code found, each with its story.

use folio::{Error, Record, Result, Schema, Store, Value};
use serde::{Deserialize, Deserializer, Serialize};

/// Mail addresses that were strings, and then a type of their own, which has one spelling for each.
mod spelling {
    use super::{Deserialize, Deserializer, Record, Schema, Serialize};

    #[derive(Record, Serialize, Deserialize, Clone, Debug)]
    #[record(name = "users")]
    pub(super) struct Before {
        #[key]
        pub(super) mail: String,
        pub(super) name: String,
    }

    #[derive(Schema, Serialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub(super) struct Mail(pub(super) String);

    impl<'de> Deserialize<'de> for Mail {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(Self(String::deserialize(deserializer)?.to_lowercase()))
        }
    }

    #[derive(Record, Serialize, Deserialize, Clone, Debug)]
    #[record(name = "users")]
    pub(super) struct After {
        #[key]
        pub(super) mail: Mail,
        pub(super) name: String,
    }
}

/// A key that could be decoded at once was taken to be encoded as it was. The new type spelled it in
/// another way, so that what it removed was another key in the log, and the record came back.
#[test]
fn a_key_with_another_spelling_is_removed_for_good() -> Result<()> {
    use spelling::{After, Before, Mail};
    let directory = tempfile::tempdir().expect("there is a place for a store");
    let store = Store::open(directory.path())?;
    let before = store.collection::<Before>()?;
    before.put(Before { mail: "Ada@Lovelace.org".into(), name: "Ada".into() })?;
    before.put(Before { mail: "Alan@Turing.uk".into(), name: "Alan".into() })?;
    store.close()?;

    let store = Store::open(directory.path())?;
    let users = store.collection::<After>()?;
    assert!(users.remove(&Mail("ada@lovelace.org".into()))?.is_some());
    users.put(After { mail: Mail("alan@turing.uk".into()), name: "Alan Turing".into() })?;
    assert_eq!(users.len(), 1);
    store.close()?;

    let users = Store::open(directory.path())?.collection::<After>()?;
    let names: Vec<String> = users.view().iter().map(|user| user.name.clone()).collect();
    assert_eq!(names, ["Alan Turing"]);
    Ok(())
}

/// Two records that become one by that are not silently one.
#[test]
fn two_keys_that_get_one_spelling_are_refused() -> Result<()> {
    use spelling::{After, Before};
    let directory = tempfile::tempdir().expect("there is a place for a store");
    let store = Store::open(directory.path())?;
    let before = store.collection::<Before>()?;
    for mail in ["Ada@x.org", "ada@x.org"] {
        before.put(Before { mail: mail.into(), name: mail.into() })?;
    }
    store.close()?;
    let store = Store::open(directory.path())?;
    let Err(Error::SchemaMismatch { diff, .. }) = store.collection::<After>() else {
        panic!("one of the records would be lost");
    };
    assert!(diff.contains("several keys"), "{diff}");
    assert_eq!(store.collection::<Before>()?.len(), 2);
    Ok(())
}

/// A type that has no values at all, which compiles, and of which there is none in the record.
#[derive(Schema, Serialize, Deserialize, Clone, Debug)]
struct Void(Box<Self>);

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "empty")]
struct WithVoid {
    #[key]
    id: u64,
    void: Option<Void>,
}

/// Its descriptor was written, and then refused by recovery, with the whole store.
#[test]
fn a_type_without_end_is_refused_before_it_is_written() -> Result<()> {
    let directory = tempfile::tempdir().expect("there is a place for a store");
    let store = Store::open(directory.path())?;
    store.documents("other")?.set("kept", &1)?;
    let error = store.collection::<WithVoid>().unwrap_err();
    assert!(matches!(&error, Error::Encode { .. }), "{error}");
    assert!(error.to_string().contains("contains itself without end"), "{error}");
    store.close()?;
    assert_eq!(Store::open(directory.path())?.documents("other")?.get::<i32>("kept")?, 1);
    Ok(())
}

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "entries")]
struct Entry {
    #[key]
    id: u64,
    debit: i64,
    credit: i64,
}

mod later {
    use super::{Deserialize, Record, Schema, Serialize};

    #[derive(Record, Serialize, Deserialize, Clone, Debug)]
    #[record(name = "entries")]
    pub(super) struct Entry {
        #[key]
        pub(super) id: u64,
        pub(super) credit: i64,
        pub(super) debit: i64,
    }

    #[derive(Record, Serialize, Deserialize, Clone, Debug)]
    #[record(name = "pets")]
    pub(super) struct Pet {
        #[key]
        pub(super) kind: Kind,
        pub(super) name: String,
    }

    #[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub(super) enum Kind {
        #[serde(alias = "Cat")]
        Feline,
        Dog,
    }
}

/// In a store that is read-only, records of a type with another form were shown by the form that is
/// stored: debit and credit changed places.
#[test]
fn values_of_a_read_only_store_are_those_of_the_attached_type() -> Result<()> {
    let directory = tempfile::tempdir().expect("there is a place for a store");
    let store = Store::open(directory.path())?;
    store.collection::<Entry>()?.put(Entry { id: 1, debit: 10, credit: 99 })?;
    store.close()?;
    let store = Store::options().read_only(true).open(directory.path())?;
    let entry = store.collection::<later::Entry>()?.get(&1).expect("it is there");
    assert_eq!((entry.id, entry.debit, entry.credit), (1, 10, 99));
    let in_transaction = store.transact(|tx| tx.values("entries")?.get(&Value::from(1)))?;
    for value in [in_transaction, store.values("entries")?.get(&Value::from(1))?] {
        let value = value.expect("it is there");
        assert_eq!(value.get("debit").and_then(Value::as_i64), Some(10));
        assert_eq!(value.get("credit").and_then(Value::as_i64), Some(99));
    }
    Ok(())
}

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "pets")]
struct Pet {
    #[key]
    kind: Kind,
    name: String,
}

#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Cat,
    Dog,
}

/// Keys of records in several forms were values of several types, so that one key was two.
#[test]
fn keys_without_their_type_are_those_of_the_newest_form() -> Result<()> {
    let directory = tempfile::tempdir().expect("there is a place for a store");
    let store = Store::open(directory.path())?;
    store.collection::<Pet>()?.put(Pet { kind: Kind::Cat, name: "Tom".into() })?;
    store.close()?;
    let store = Store::open(directory.path())?;
    let spike = later::Pet { kind: later::Kind::Dog, name: "Spike".into() };
    store.collection::<later::Pet>()?.put(spike)?;
    store.close()?;

    let store = Store::open(directory.path())?;
    let feline = Value::from("Feline");
    assert_eq!(store.values("pets")?.len(), 2);
    assert!(store.values("pets")?.get(&feline)?.is_some());
    store.transact(|tx| {
        let pets = tx.values("pets")?;
        let tom = serde_json::from_str(r#"{"kind": "Feline", "name": "Tom Cat"}"#);
        assert!(pets.put(&tom.expect("it is JSON"))?, "in the place of the old one");
        Ok(())
    })?;
    assert_eq!(store.values("pets")?.len(), 2);
    store.transact(|tx| tx.values("pets")?.remove(&Value::from("Dog")))?;
    store.close()?;

    let pets = Store::open(directory.path())?.collection::<later::Pet>()?;
    let names: Vec<String> = pets.view().iter().map(|pet| pet.name.clone()).collect();
    assert_eq!(names, ["Tom Cat"]);
    Ok(())
}
