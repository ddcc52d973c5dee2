//! What a transaction depends on that puts a query.

use folio::{Condition, Error, Record, Result, Store, Transaction, TxCollection};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "people")]
struct Person {
    #[key]
    id: u32,
    #[index]
    city: String,
    #[index]
    age: u32,
    name: String,
}

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "notes")]
struct Note {
    #[key]
    id: u32,
}

/// 400 people: ten in each of 40 cities, one at each age, so that one in ten of an age is in a city of a hundred.
fn people() -> Result<Store> {
    let store = Store::in_memory();
    let person = |id: u32| Person {
        id,
        city: format!("city {:02}", id % 40),
        age: id,
        name: format!("name {id}"),
    };
    store.collection::<Person>()?.insert_all((0..400).map(person))?;
    store.collection::<Note>()?;
    Ok(store)
}

type Read = fn(&TxCollection<'_, Person>) -> bool;
type Change = fn(&TxCollection<'_, Person>) -> Result<()>;

/// Whether a transaction that read could commit in spite of the change.
fn commits(read: Read, change: Change) -> Result<bool> {
    let store = people()?;
    let reader = store.begin();
    assert!(read(&reader.collection()?), "what was read");
    reader.collection::<Note>()?.put(Note { id: 1 })?;
    store.transact(|tx| change(&tx.collection()?))?;
    match reader.commit() {
        Ok(_) => Ok(true),
        Err(Error::Conflict { collection, .. }) if collection == "people" => Ok(false),
        Err(error) => Err(error),
    }
}

#[track_caller]
fn check(read: Read, noticed: &[Change], unnoticed: &[Change]) {
    for (place, change) in noticed.iter().enumerate() {
        assert!(
            !commits(read, *change).expect("the steps succeed"),
            "change {place} was not noticed"
        );
    }
    for (place, change) in unnoticed.iter().enumerate() {
        assert!(
            commits(read, *change).expect("the steps succeed"),
            "change {place} is outside of what was read"
        );
    }
}

fn update(
    people: &TxCollection<'_, Person>,
    id: u32,
    change: impl FnOnce(&mut Person),
) -> Result<()> {
    people.update(&id, change).map(drop)
}

fn insert(people: &TxCollection<'_, Person>, id: u32, city: &str, age: u32) -> Result<()> {
    people.insert(Person { id, city: city.to_owned(), age, name: String::new() }).map(drop)
}

#[test]
fn the_records_under_an_index_key() {
    let read: Read = |people| people.query().eq(Person::CITY, "city 05").collect().len() == 10;
    let noticed: &[Change] = &[
        |people| insert(people, 1_000, "city 05", 0),
        |people| people.remove(&45).map(drop),
        |people| update(people, 45, |person| person.city = "city 06".into()),
        |people| update(people, 46, |person| person.city = "city 05".into()),
        |people| update(people, 45, |person| person.name.clear()),
    ];
    let unnoticed: &[Change] = &[
        |people| insert(people, 1_000, "city 06", 0),
        |people| update(people, 46, |person| person.name.clear()),
        |people| people.remove(&44).map(drop),
    ];
    check(read, noticed, unnoticed);
}

#[test]
fn their_number_without_the_records() {
    let read: Read = |people| people.query().eq(Person::CITY, "city 05").count() == 10;
    let noticed: &[Change] = &[
        |people| insert(people, 1_000, "city 05", 0),
        |people| update(people, 45, |person| person.city = "city 06".into()),
    ];
    let unnoticed: &[Change] = &[
        |people| update(people, 45, |person| person.name.clear()),
        |people| insert(people, 1_000, "city 06", 0),
    ];
    check(read, noticed, unnoticed);
    let all: Read = |people| people.query().count() == 400;
    check(all, &noticed[..1], &unnoticed[..1]);
}

#[test]
fn as_much_of_it_as_was_consumed() {
    // 5 and 45 are passed, 85 is the first that is old enough.
    let read: Read = |people| {
        let query = people.query().eq(Person::CITY, "city 05").filter(|person| person.age > 60);
        query.first().is_some_and(|person| person.id == 85)
    };
    let noticed: &[Change] = &[
        |people| update(people, 5, |person| person.age = 70),
        |people| insert(people, 1_000, "city 05", 9).and_then(|()| people.remove(&45).map(drop)),
        |people| people.remove(&85).map(drop),
    ];
    let unnoticed: &[Change] = &[
        |people| people.remove(&125).map(drop),
        |people| insert(people, 1_000, "city 05", 99),
        |people| update(people, 6, |person| person.age = 99),
    ];
    check(read, noticed, unnoticed);
}

#[test]
fn the_first_along_an_index() {
    let read: Read = |people| {
        let query = people.query().range(Person::AGE, 100..).order_by(Person::AGE).limit(2);
        query.iter().map(|person| person.id).eq([100, 101])
    };
    let noticed: &[Change] = &[
        |people| insert(people, 1_000, "x", 100),
        |people| update(people, 101, |person| person.name.clear()),
        |people| update(people, 300, |person| person.age = 100),
        |people| people.remove(&100).map(drop),
    ];
    let unnoticed: &[Change] = &[
        |people| insert(people, 1_000, "x", 102),
        |people| insert(people, 1_000, "x", 99),
        |people| update(people, 102, |person| person.name.clear()),
        |people| update(people, 99, |person| person.age = 98),
    ];
    check(read, noticed, unnoticed);
    let last: Read = |people| {
        let query = people.query().order_by(Person::AGE).descending();
        query.first().is_some_and(|person| person.id == 399)
    };
    let noticed: &[Change] =
        &[|people| insert(people, 1_000, "x", 400), |people| people.remove(&399).map(drop)];
    check(last, noticed, unnoticed);
}

#[test]
fn what_two_indexes_have_in_common() {
    let read: Read = |people| {
        let query = people.query().eq(Person::CITY, "city 05").range(Person::AGE, 40..50);
        assert!(query.explain().contains("intersect with"), "{}", query.explain());
        query.iter().map(|person| person.id).eq([45])
    };
    let noticed: &[Change] = &[
        |people| update(people, 45, |person| person.name.clear()),
        |people| insert(people, 1_000, "city 05", 44),
        |people| update(people, 85, |person| person.age = 44),
        |people| update(people, 44, |person| person.city = "city 05".into()),
    ];
    // The others that one of the two has were not looked at.
    let unnoticed: &[Change] = &[
        |people| update(people, 85, |person| person.name.clear()),
        |people| update(people, 44, |person| person.name.clear()),
        |people| insert(people, 1_000, "city 06", 51),
    ];
    check(read, noticed, unnoticed);
}

#[test]
fn one_of_several_conditions() {
    let read: Read = |people| {
        let either = [Condition::eq(Person::CITY, "city 05"), Condition::range(Person::AGE, ..2)];
        people.query().any(either).collect().len() == 12
    };
    let noticed: &[Change] = &[
        |people| insert(people, 1_000, "x", 1),
        |people| insert(people, 1_000, "city 05", 99),
        |people| update(people, 1, |person| person.name.clear()),
    ];
    let unnoticed: &[Change] = &[
        |people| insert(people, 1_000, "x", 2),
        |people| update(people, 2, |person| person.name.clear()),
    ];
    check(read, noticed, unnoticed);
}

#[test]
fn keys_in_a_range_and_nothing_at_all() {
    let read: Read = |people| people.query().key_range(10..20).collect().len() == 10;
    let noticed: &[Change] = &[|people| people.remove(&19).map(drop)];
    let unnoticed: &[Change] = &[|people| people.remove(&20).map(drop)];
    check(read, noticed, unnoticed);
    let nothing: Read = |people| {
        let query = people.query().order_by(Person::AGE).limit(0);
        !query.explain().is_empty() && query.first().is_none()
    };
    check(nothing, &[], &[|people| people.clear().map(drop)]);
}

/// Two that look whether anybody is in a town at an age, and put somebody there if not: at most one may.
#[test]
fn two_that_look_and_then_write_do_not_both_commit() -> Result<()> {
    let store = people()?;
    let settle = |tx: &Transaction, id: u32| -> Result<()> {
        let people = tx.collection::<Person>()?;
        let query = people.query().eq(Person::CITY, "nowhere").range(Person::AGE, 500..);
        assert_eq!(query.count(), 0);
        insert(&people, id, "nowhere", 500)
    };
    let (first, second) = (store.begin(), store.begin());
    settle(&first, 1_000)?;
    settle(&second, 2_000)?;
    first.commit()?;
    assert!(second.commit().is_err_and(|error| error.is_conflict()));
    Ok(())
}
