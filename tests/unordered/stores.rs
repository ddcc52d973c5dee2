//! Unordered collections on disk, where nothing tells that they are, and through tools.

use super::common::{Random, seed};
use super::{Named, Numbered, Sample};
use folio::{Compression, Record, Result, Store, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// One record type twice: without order, and with it.
macro_rules! city {
    ($module:ident, $($unordered:ident)?) => {
        mod $module {
            #[derive(folio::Record, serde::Serialize, serde::Deserialize, Clone, Debug, PartialEq)]
            #[record(name = "cities" $(, $unordered)?)]
            pub(super) struct City {
                #[key]
                pub(super) name: String,
                #[index(unique)]
                pub(super) code: u32,
                #[index]
                pub(super) country: String,
            }

            pub(super) fn city(number: u32) -> City {
                let (name, country) = (format!("city {:03}", number % 500), (number % 7).to_string());
                City { name, code: number, country }
            }
        }
    };
}

city!(unordered, unordered);
city!(ordered,);

fn schema(store: &Store) -> String {
    store.collections().swap_remove(0).schema
}

/// Writes with the one type, and reads and writes with the other, three times round.
#[test]
fn a_store_opens_as_either_type() -> Result<()> {
    use {ordered::city as with_order, unordered::city as without};
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("cities.folio");
    let mut model = BTreeMap::new();
    let mut schemas = Vec::new();
    for round in 0..3_u32 {
        let store = Store::open(&path)?;
        let cities = store.collection::<unordered::City>()?;
        let there: BTreeMap<String, u32> =
            cities.view().iter().map(|city| (city.name.clone(), city.code)).collect();
        assert_eq!(there, model);
        cities.put_all((0..300).map(|number| without(number * 2 + round % 2)))?;
        cities.remove_all((0..40).map(|number| without(number * 11 + round).name))?;
        model = cities.view().iter().map(|city| (city.name.clone(), city.code)).collect();
        let code = 300 + round % 2;
        assert_eq!(cities.find(unordered::City::CODE, &code).map(|city| city.code), Some(code));
        schemas.push(schema(&store));
        store.close()?;

        let store = Store::open(&path)?;
        let cities = store.collection::<ordered::City>()?;
        let there: Vec<(String, u32)> =
            cities.view().iter().map(|city| (city.name.clone(), city.code)).collect();
        assert_eq!(there, model.clone().into_iter().collect::<Vec<_>>());
        let (first, _) = model.pop_first().unwrap();
        assert_eq!(cities.remove(&first)?.unwrap().name, first);
        assert_eq!(cities.first().unwrap().name, *model.keys().next().unwrap());
        let new = with_order(499);
        cities.put(new.clone())?;
        model.insert(new.name, new.code);
        schemas.push(schema(&store));
        store.close()?;
    }
    schemas.dedup();
    assert_eq!(schemas.len(), 1, "{schemas:?}");
    Ok(())
}

#[test]
fn one_process_uses_one_of_the_types() -> Result<()> {
    let store = Store::in_memory();
    store.collection::<unordered::City>()?.put(unordered::city(1))?;
    assert!(store.collection::<ordered::City>().is_err());
    Ok(())
}

/// What is on disk does not depend on where records lie in memory, which is another place in each process.
#[test]
fn both_types_write_the_same_operations() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let (one, other) = (directory.path().join("one"), directory.path().join("other"));
    // Names are looked for in the bytes.
    let plainly = || Store::options().compression(Compression::None);
    let store = plainly().open(&one)?;
    store.collection::<ordered::City>()?.put_all((0..100).rev().map(ordered::city))?;
    store.close()?;
    let store = plainly().open(&other)?;
    store.collection::<unordered::City>()?.put_all((0..100).rev().map(unordered::city))?;
    store.close()?;
    assert_eq!(names(&one), names(&other));
    assert_eq!(names(&one), (0..100).map(|number| ordered::city(number).name).collect::<Vec<_>>());
    Ok(())
}

/// The names of cities as they come in the log.
fn names(directory: &Path) -> Vec<String> {
    let bytes: Vec<u8> = super::common::segments(directory)
        .into_iter()
        .flat_map(|segment| std::fs::read(segment).expect("the segment can be read"))
        .collect();
    // Key and record: each has the name.
    let found = bytes.windows(8).filter(|window| window.starts_with(b"city "));
    found.step_by(2).map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}

#[test]
fn values_are_in_key_order() -> Result<()> {
    let store = Store::in_memory();
    let cities = store.collection::<unordered::City>()?;
    cities.put_all((0..200).rev().map(unordered::city))?;
    let values = store.values("cities")?;
    assert_eq!(values.len(), 200);
    let keys: Vec<Value> = values.iter().map(|entry| Ok(entry?.0)).collect::<Result<_>>()?;
    let expected: Vec<Value> =
        (0..200).map(|number| Value::from(unordered::city(number).name)).collect();
    assert_eq!(keys, expected);
    let keys: Vec<Value> = values.iter().rev().map(|entry| Ok(entry?.0)).collect::<Result<_>>()?;
    assert!(keys.iter().rev().eq(&expected));
    assert_eq!(values.get(&Value::from("city 007"))?.unwrap().get("code"), Some(&Value::from(7)));
    Ok(())
}

#[test]
fn values_are_written_through_the_type() -> Result<()> {
    let store = Store::in_memory();
    let cities = store.collection::<unordered::City>()?;
    cities.put_all((0..20).map(unordered::city))?;
    store.transact(|tx| {
        let values = tx.values("cities")?;
        assert!(values.remove(&Value::from("city 003"))?);
        assert!(!values.remove(&Value::from("city 003"))?);
        let new = Value::of(&unordered::City { code: 700, ..unordered::city(5) })?;
        assert!(values.put(&new)?);
        assert_eq!(values.get(&Value::from("city 005"))?, Some(new));
        let taken = Value::of(&unordered::City { code: 6, ..unordered::city(90) })?;
        assert!(values.put(&taken).is_err());
        Ok(())
    })?;
    assert_eq!(cities.len(), 19);
    assert_eq!(cities.find(unordered::City::CODE, &700).unwrap().name, "city 005");
    assert!(cities.find(unordered::City::CODE, &5).is_none() && !cities.contains("city 003"));
    Ok(())
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "cities", version = 2, from = unordered::City, unordered)]
#[serde(rename = "City")]
struct Second {
    #[key]
    code: u64,
    #[index(unique)]
    name: String,
}

impl From<unordered::City> for Second {
    fn from(city: unordered::City) -> Self {
        Self { code: city.code.into(), name: city.name }
    }
}

/// The third version is ordered again.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "cities", version = 3, from = Second)]
#[serde(rename = "City")]
struct Third {
    #[key]
    name: String,
    code: u64,
}

impl From<Second> for Third {
    fn from(Second { code, name }: Second) -> Self {
        Self { name, code }
    }
}

#[test]
fn records_migrate_from_and_to_unordered_types() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("cities.folio");
    let store = Store::open(&path)?;
    store.collection::<ordered::City>()?.put_all((0..300).map(ordered::city))?;
    store.close()?;
    for _ in 0..2 {
        let store = Store::open(&path)?;
        let cities = store.collection::<Second>()?;
        assert_eq!((cities.len(), cities.get(&17).unwrap().name.as_str()), (300, "city 017"));
        assert_eq!(cities.find(Second::NAME, "city 123").unwrap().code, 123);
        store.close()?;
    }
    for _ in 0..2 {
        let store = Store::open(&path)?;
        let cities = store.collection::<Third>()?;
        assert!(cities.view().iter().map(|city| city.code).eq(0..300));
        store.close()?;
    }
    Ok(())
}

/// More records than any part of the map has room for at once, with every tenth changed one by one.
#[test]
fn two_hundred_thousand_records() -> Result<()> {
    const COUNT: u64 = 200_000;
    let random = &mut Random::new(seed("two hundred thousand"));
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("many.folio");
    let store = Store::open(&path)?;
    let records = store.collection::<Numbered>()?;
    let new = |number: u64| Numbered::new(number.wrapping_mul(0x9e37_79b9), None, 1);
    records.insert_all((0..COUNT).map(new))?;
    let before = records.view();
    let mut groups = BTreeMap::new();
    store.transact(|tx| {
        groups.clear();
        let records = tx.collection::<Numbered>()?;
        for _ in 0..COUNT / 10 {
            let key = new(random.below(COUNT)).id;
            if random.below(2) == 0 {
                records.remove(&key)?;
                groups.insert(key, None);
            } else {
                records.put(Numbered { id: key, mark: None, group: 2, count: 0 })?;
                groups.insert(key, Some(2));
            }
        }
        Ok(())
    })?;
    store.close()?;

    let after = Store::open(&path)?.collection::<Numbered>()?.view();
    let mut counted = 0;
    for key in (0..COUNT).map(|number| new(number).id) {
        assert_eq!(before.get(&key).map(|record| record.group), Some(1));
        let expected = groups.get(&key).copied().unwrap_or(Some(1));
        assert_eq!(after.get(&key).map(|record| record.group), expected);
        counted += usize::from(expected.is_some());
    }
    assert_eq!((after.len(), after.iter().count()), (counted, counted));
    assert_eq!((before.len() as u64, before.iter().count() as u64), (COUNT, COUNT));
    Ok(())
}

/// An empty collection that is opened and closed is one that can be opened again.
#[test]
fn an_empty_collection_stays_empty() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("empty.folio");
    let store = Store::open(&path)?;
    let named = store.collection::<Named>()?;
    named.put(Named::new(1, Some(1), 1))?;
    assert_eq!((named.clear()?, named.clear()?), (1, 0));
    store.close()?;
    let named = Store::open(&path)?.collection::<Named>()?;
    assert!(named.is_empty() && named.view().iter().next().is_none());
    Ok(())
}
