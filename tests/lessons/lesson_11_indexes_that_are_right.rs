//! `PolarysDB`'s indexes did not see what was written after they were created, nor what transactions
//! changed; they were gone after a reopen; the number 1 and the text "1" were one key to them; and
//! they did not tell upper from lower case, so that lookups gave the wrong records.

use super::place;
use folio::{Record, Result, Schema, Store};
use serde::{Deserialize, Serialize};

/// A key that is a number or a text.
#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Number(i64),
    Text(String),
}

impl Name {
    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "things")]
struct Thing {
    #[key]
    key: Name,
    #[index]
    color: Name,
    #[index(unique)]
    label: Name,
}

fn thing(key: Name, color: &str) -> Thing {
    Thing { label: key.clone(), key, color: Name::text(color) }
}

fn labels(store: &Store, color: &str) -> Result<Vec<Name>> {
    let things = store.snapshot().collection::<Thing>()?;
    let found = things.by(Thing::COLOR).get(&Name::text(color));
    Ok(found.map(|thing| thing.label.clone()).collect())
}

#[test]
fn an_index_sees_every_change_by_whichever_way() -> Result<()> {
    let (_directory, path) = place();
    let key = Name::Number;
    for is_reopened in [false, true] {
        let store = Store::open(&path)?;
        let things = store.collection::<Thing>()?;
        if !is_reopened {
            things.insert_all((0..6).map(|number| thing(key(number), "red")))?;
            things.put(thing(key(1), "blue"))?;
            things.update(&key(2), |thing| thing.color = Name::text("blue"))?;
            things.remove(&key(3))?;
            store.transact(|tx| {
                let things = tx.collection::<Thing>()?;
                things.update(&key(4), |thing| thing.color = Name::text("blue"))?;
                things.remove(&key(5))?;
                things.insert(thing(key(6), "red"))?;
                let undone = tx.nested(|tx| {
                    tx.collection::<Thing>()?.put(thing(key(7), "red"))?;
                    Err::<(), _>(folio::Error::abort("expected by the test"))
                });
                assert!(undone.is_err());
                Ok(())
            })?;
        }
        assert_eq!(labels(&store, "red")?, [key(0), key(6)]);
        assert_eq!(labels(&store, "blue")?, [key(1), key(2), key(4)]);
        assert!(labels(&store, "green")?.is_empty());
        for number in 0..8 {
            let is_there = ![3, 5, 7].contains(&number);
            assert_eq!(things.find(Thing::LABEL, &key(number)).is_some(), is_there, "{number}");
        }
    }
    Ok(())
}

#[test]
fn a_number_is_not_its_text() -> Result<()> {
    let (_directory, path) = place();
    let both = [Name::Number(1), Name::text("1")];
    Store::open(&path)?
        .collection::<Thing>()?
        .insert_all(both.iter().map(|key| thing(key.clone(), "red")))?;
    let store = Store::open(&path)?;
    let things = store.collection::<Thing>()?;
    assert_eq!(things.len(), 2);
    for key in &both {
        assert_eq!(&things.get(key).unwrap().key, key);
        assert_eq!(&things.find(Thing::LABEL, key).unwrap().key, key);
    }
    things.remove(&Name::Number(1))?;
    assert!(things.contains(&Name::text("1")));
    assert!(things.find(Thing::LABEL, &Name::Number(1)).is_none());
    Ok(())
}

#[test]
fn upper_case_is_not_lower_case() -> Result<()> {
    let (_directory, path) = place();
    let names = ["Straße", "STRASSE", "strasse", "straße", "", " ", "a\u{301}", "\u{e1}", "\0"];
    Store::open(&path)?
        .collection::<Thing>()?
        .insert_all(names.iter().map(|name| thing(Name::text(name), name)))?;
    let store = Store::open(&path)?;
    let things = store.collection::<Thing>()?;
    assert_eq!(things.len(), names.len());
    for name in names {
        assert_eq!(labels(&store, name)?, [Name::text(name)]);
        assert_eq!(things.find(Thing::LABEL, &Name::text(name)).unwrap().key, Name::text(name));
    }
    Ok(())
}
