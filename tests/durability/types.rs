//! What is stored, against the types that programs bring: a collection nobody asks for, a type that
//! does not fit, indexes that come and go.

use super::{Page, page, place};
use folio::{Error, Record, Result, Store};
use serde::{Deserialize, Serialize};

/// Types that a program had at different times, under one name.
mod versions {
    use super::{Deserialize, Record, Serialize};

    #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[record(name = "people")]
    #[serde(rename = "Person")]
    pub(super) struct Plain {
        #[key]
        pub(super) id: u64,
        pub(super) name: String,
        pub(super) city: String,
    }

    #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[record(name = "people", index(by_city_name = (city, name)))]
    #[serde(rename = "Person")]
    pub(super) struct Indexed {
        #[key]
        pub(super) id: u64,
        #[index]
        pub(super) name: String,
        #[index]
        pub(super) city: String,
    }

    #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[record(name = "people")]
    #[serde(rename = "Person")]
    pub(super) struct UniqueName {
        #[key]
        pub(super) id: u64,
        #[index(unique)]
        pub(super) name: String,
        pub(super) city: String,
    }

    #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[record(name = "people")]
    #[serde(rename = "Person")]
    pub(super) struct WithAge {
        #[key]
        pub(super) id: u64,
        pub(super) name: String,
        pub(super) age: u8,
    }

    #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[record(name = "people")]
    #[serde(rename = "Person")]
    pub(super) struct OtherKey {
        pub(super) id: u64,
        #[key]
        pub(super) name: String,
        pub(super) city: String,
    }
}

use versions::{Indexed, OtherKey, Plain, UniqueName, WithAge};

fn person(id: u64, name: &str, city: &str) -> Plain {
    Plain { id, name: name.into(), city: city.into() }
}

fn people() -> Vec<Plain> {
    vec![person(1, "Ada", "London"), person(2, "Alan", "London"), person(3, "Ada", "Paris")]
}

#[test]
fn a_collection_that_nobody_asks_for_survives() -> Result<()> {
    let (_directory, path) = place();
    {
        let store = Store::open(&path)?;
        store.collection::<Plain>()?.insert_all(people())?;
        store.collection::<Plain>()?.remove(&2)?;
        store.collection::<Plain>()?.put(person(1, "Ada", "Turin"))?;
        store.collection::<Page>()?;
    }
    for round in 1..6 {
        let store = Store::open(&path)?;
        let known = store.collections();
        let found = known.iter().find(|known| known.name == "people").expect("it is listed");
        assert_eq!((found.records, found.attached), (2, false));
        assert!(found.schema.contains("city: String"), "{}", found.schema);
        // Only another collection is written to, and read.
        store.collection::<Page>()?.put(page(round))?;
        store.transact(|tx| tx.collection::<Page>()?.put(page(round + 100)))?;
        assert_eq!(store.collection::<Page>()?.len() as u64, 2 * round);
        if round % 2 == 0 {
            store.close()?;
        }
    }
    let store = Store::open(&path)?;
    // A snapshot from before the type was named sees the collection all the same.
    let before = store.snapshot();
    store.collection::<Page>()?.put(page(77))?;
    let people = store.collection::<Plain>()?;
    let left: Vec<_> = people.view().iter().cloned().collect();
    assert_eq!(left, [person(1, "Ada", "Turin"), person(3, "Ada", "Paris")]);
    people.clear()?;
    assert_eq!(before.collection::<Plain>()?.len(), 2);
    Ok(())
}

#[test]
fn a_type_that_does_not_fit_is_refused_with_the_difference() -> Result<()> {
    let (_directory, path) = place();
    Store::open(&path)?.collection::<Plain>()?.insert_all(people())?;
    let store = Store::open(&path)?;
    match store.collection::<WithAge>() {
        Err(Error::SchemaMismatch { collection, diff }) => {
            assert_eq!(collection, "people");
            let advice = "u8, which is new: give it `#[serde(default)]`, or make it an `Option`";
            assert_eq!(diff, format!("  Person.age\n    - nothing\n    + {advice}\n"));
        }
        other => panic!("{other:?}"),
    }
    match store.collection::<OtherKey>() {
        Err(Error::SchemaMismatch { diff, .. }) => {
            assert!(diff.starts_with("  key of Person\n    - u64\n    + String: "), "{diff}");
        }
        other => panic!("{other:?}"),
    }
    assert!(store.snapshot().collection::<WithAge>().is_err());
    assert!(store.begin().collection::<WithAge>().is_err());
    // The data is as it was, for the type that fits.
    assert_eq!(store.collection::<Plain>()?.len(), 3);
    assert!(matches!(store.collection::<WithAge>(), Err(Error::SchemaMismatch { .. })));
    store.collection::<Plain>()?.put(person(4, "Grace", "New York"))?;
    drop(store);
    assert_eq!(Store::open(&path)?.collection::<Plain>()?.len(), 4);
    Ok(())
}

/// In one process a collection has one Rust type.
#[test]
fn a_collection_in_use_keeps_its_type() -> Result<()> {
    let store = Store::in_memory();
    store.collection::<Plain>()?.insert_all(people())?;
    match store.collection::<Indexed>() {
        Err(Error::SchemaMismatch { diff, .. }) => assert_eq!(
            diff,
            "  the collection is attached as another Rust type: use one type in one process\n"
        ),
        other => panic!("{other:?}"),
    }
    assert!(store.begin().collection::<Indexed>().is_err());
    assert_eq!(store.collection::<Plain>()?.len(), 3);
    Ok(())
}

#[test]
fn one_type_may_be_in_several_collections() -> Result<()> {
    let (_directory, path) = place();
    {
        let store = Store::open(&path)?;
        store.collection::<Plain>()?.insert_all(people())?;
        store.collection_named::<Plain>("former people")?.put(person(9, "Alan", "Rome"))?;
    }
    let store = Store::open(&path)?;
    let former = store.collection_named::<Plain>("former people")?;
    assert_eq!((former.name(), former.len(), former.get(&1)), ("former people", 1, None));
    assert_eq!(store.collection::<Plain>()?.len(), 3);
    Ok(())
}

#[test]
fn indexes_come_and_go_between_opens() -> Result<()> {
    let (_directory, path) = place();
    Store::open(&path)?.collection::<Plain>()?.insert_all(people())?;
    for round in 0..2 {
        {
            let store = Store::open(&path)?;
            let people = store.collection::<Indexed>()?;
            let view = people.view();
            assert_eq!(view.by(Indexed::NAME).count("Ada"), 2);
            let ids = |found: folio::IndexRecords<'_, Indexed, _>| -> Vec<u64> {
                found.map(|person| person.id).collect()
            };
            assert_eq!(ids(view.by(Indexed::CITY).get("London")), [1, 2]);
            let by_both = view.by(Indexed::BY_CITY_NAME).prefix(("London", "Ada"));
            assert_eq!(by_both.map(|person| person.id).collect::<Vec<_>>(), [1]);
            people.update(&2, |person| person.city = "Paris".into())?;
            assert_eq!(people.view().by(Indexed::CITY).count("Paris"), 2);
        }
        {
            // Without the indexes, and changed where they do not see it.
            let store = Store::open(&path)?;
            let people = store.collection::<Plain>()?;
            assert_eq!(people.get(&2).unwrap().city, "Paris", "round {round}");
            people.update(&2, |person| person.city = "London".into())?;
        }
    }
    Ok(())
}

#[test]
fn a_unique_index_that_does_not_fit_the_data_is_refused() -> Result<()> {
    let (_directory, path) = place();
    Store::open(&path)?.collection::<Plain>()?.insert_all(people())?;
    {
        let store = Store::open(&path)?;
        match store.collection::<UniqueName>() {
            Err(Error::UniqueViolation { collection, index, value, existing }) => {
                assert_eq!((&*collection, &*index), ("people", "name"));
                assert_eq!((&*value, &*existing), ("\"Ada\"", "1"));
            }
            other => panic!("{other:?}"),
        }
        assert!(store.snapshot().collection::<UniqueName>().is_err());
        // It is still nobody's, so the type without the index can have it, and mend it.
        let people = store.collection::<Plain>()?;
        assert_eq!(people.len(), 3);
        people.update(&3, |person| person.name = "Grace".into())?;
    }
    let store = Store::open(&path)?;
    let people = store.collection::<UniqueName>()?;
    assert_eq!(people.find(UniqueName::NAME, "Ada").unwrap().id, 1);
    assert!(people.update(&3, |person| person.name = "Ada".into()).is_err());
    Ok(())
}

#[test]
fn the_name_of_a_collection_may_be_anything() -> Result<()> {
    let (_directory, path) = place();
    let long = "long ".repeat(2_000);
    let names = ["", " ", "a/b", "../up", "\0", "\n", "Straße", "straße", long.as_str()];
    {
        let store = Store::open(&path)?;
        for (name, number) in names.iter().zip(1..) {
            store.collection_named::<Page>(name)?.put(page(number))?;
        }
    }
    let store = Store::open(&path)?;
    assert_eq!(store.collections().len(), names.len());
    for (name, number) in names.iter().zip(1..) {
        let pages = store.collection_named::<Page>(name)?;
        assert_eq!((pages.name(), pages.len(), pages.contains(&number)), (*name, 1, true));
    }
    Ok(())
}

/// Large collections are decoded, and their indexes built, by several threads.
#[test]
fn a_large_collection_is_recovered_as_it_was() -> Result<()> {
    let (_directory, path) = place();
    let id_of = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let make = |number: u64| person(id_of(number), &format!("name {number}"), "Rome");
    let expected: Vec<_> = {
        let store = Store::options().segment_bytes(64 << 10).open(&path)?;
        let people = store.collection::<Plain>()?;
        for batch in 0..4 {
            people.put_all((batch * 3_000..(batch + 1) * 3_000).map(make))?;
        }
        // Some are replaced, some removed, and some of those put back.
        people.put_all((0..6_000).step_by(7).map(|n| Plain { city: "Oslo".into(), ..make(n) }))?;
        let gone: Vec<u64> = (0..12_000).step_by(5).map(id_of).collect();
        assert_eq!(people.remove_all(&gone)?, gone.len());
        people.put_all((0..12_000).step_by(10).map(make))?;
        people.view().iter().cloned().collect()
    };
    assert_eq!(expected.len(), 10_800);
    {
        let store = Store::open(&path)?;
        assert_eq!(store.collections()[0].records, expected.len());
        let people = store.collection::<UniqueName>()?.view();
        let same = |(found, expected): (&UniqueName, &Plain)| {
            (found.id, &found.name, &found.city) == (expected.id, &expected.name, &expected.city)
        };
        assert_eq!(people.len(), expected.len());
        assert!(people.iter().zip(&expected).all(same));
        assert_eq!(people.by(UniqueName::NAME).iter().count(), expected.len());
        assert_eq!(people.find(UniqueName::NAME, "name 11").map(|found| found.id), Some(id_of(11)));
        drop(people);
        let people = store.collection::<UniqueName>()?;
        people.update(&id_of(11), |person| person.name = "name 5".into())?;
    }
    {
        let store = Store::open(&path)?;
        store.collection::<Plain>()?.put(make(5))?;
    }
    // Among thousands the two of one name are found.
    match Store::open(&path)?.collection::<UniqueName>() {
        Err(Error::UniqueViolation { value, .. }) => assert_eq!(value, "\"name 5\""),
        other => panic!("{other:?}"),
    }
    Ok(())
}
