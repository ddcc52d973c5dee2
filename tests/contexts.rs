//! The three contexts, each cell of their common vocabulary.

#![cfg(feature = "derive")]

use folio::{Collection, Error, Record, Store};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "users", index(by_city_age = (city, age)))]
struct User {
    #[key]
    id: u64,
    #[index(unique)]
    email: String,
    #[index]
    city: String,
    age: u8,
    #[index(each)]
    tags: Vec<String>,
}

fn user(id: u64, city: &str, age: u8, tags: &[&str]) -> User {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    User { id, email: format!("{id}@example.org"), city: city.into(), age, tags }
}

fn people() -> Vec<User> {
    vec![
        user(1, "London", 36, &["math", "poetry"]),
        user(2, "Paris", 41, &[]),
        user(3, "London", 28, &["math"]),
        user(4, "Lyon", 28, &["logic", "logic"]),
        user(5, "Lisbon", 77, &["poetry"]),
    ]
}

fn ids<'a>(users: impl Iterator<Item = &'a User>) -> Vec<u64> {
    users.map(|user| user.id).collect()
}

#[test]
fn handles_go_where_their_documentation_says() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    fn moved<T: Send + 'static>() {}
    shared::<Store>();
    shared::<folio::Snapshot>();
    shared::<folio::Collection<User>>();
    shared::<folio::View<User>>();
    moved::<folio::Transaction>();
    moved::<Error>();
}

#[test]
fn a_view_reads_by_key_range_prefix_and_index() -> folio::Result<()> {
    let store = Store::in_memory();
    let users = store.collection::<User>()?;
    assert_eq!(users.insert_all(people())?, 5);
    let view = users.view();

    assert_eq!(view.get(&2).map(|user| user.city.as_str()), Some("Paris"));
    assert_eq!(view.get(&9), None);
    assert!(view.contains(&5) && !view.contains(&6));
    assert_eq!((view.len(), view.is_empty()), (5, false));
    assert_eq!((view.first().unwrap().id, view.last().unwrap().id), (1, 5));
    assert_eq!(view.find(User::EMAIL, "3@example.org").unwrap().id, 3);
    assert_eq!(ids(view.iter()), [1, 2, 3, 4, 5]);
    assert_eq!(ids(view.iter().rev()), [5, 4, 3, 2, 1]);
    assert_eq!(ids(view.range(2..4)), [2, 3]);
    assert_eq!(ids(view.range(2..=4).rev()), [4, 3, 2]);
    #[expect(clippy::reversed_empty_ranges, reason = "that is what is tested")]
    let wrong_way = view.range(4..2);
    assert_eq!(wrong_way.count(), 0);
    assert_eq!(view.keys().copied().collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(view.get_all([&3, &9]).iter().flatten().count(), 1);
    assert_eq!(view.get_all([3, 9]), [view.get(&3), None]);
    assert_eq!(users.get_all(vec![5, 1]).iter().flatten().map(|user| user.id).sum::<u64>(), 6);

    let city = view.by(User::CITY);
    assert_eq!(ids(city.get("London")), [1, 3]);
    assert_eq!(ids(city.get("London").rev()), [3, 1]);
    assert_eq!(ids(city.prefix("L")), [5, 1, 3, 4]);
    assert_eq!(ids(city.range("London".."Paris")), [1, 3, 4]);
    assert_eq!(city.keys().collect::<Vec<_>>(), ["Lisbon", "London", "Lyon", "Paris"]);
    assert_eq!(city.keys().rev().collect::<Vec<_>>(), ["Paris", "Lyon", "London", "Lisbon"]);
    assert_eq!((city.count("London"), city.count("Rome")), (2, 0));
    assert_eq!(ids(city.iter()), [5, 1, 3, 4, 2]);
    assert_eq!(ids(view.by(User::BY_CITY_AGE).prefix(("London",))), [3, 1]);
    assert_eq!(ids(view.by(User::BY_CITY_AGE).prefix(("London", 36))), [1]);
    assert_eq!(ids(view.by(User::BY_CITY_AGE).get(&("Lyon".to_owned(), 28))), [4]);
    assert_eq!(ids(view.by(User::TAGS).get("math")), [1, 3]);
    assert_eq!(ids(view.by(User::TAGS).get("logic")), [4]);
    assert_eq!(ids(view.by(User::EMAIL).range("2".."4")), [2, 3]);
    Ok(())
}

#[test]
fn a_collection_is_read_in_place_by_key_and_unique_index() -> folio::Result<()> {
    let users = Store::in_memory().collection::<User>()?;
    users.insert_all(people())?;
    assert_eq!(users.with(&2, |user| user.city.clone()).as_deref(), Some("Paris"));
    assert_eq!(users.with(&9, |_| unreachable!()), None::<()>);
    assert_eq!(users.find_with(User::EMAIL, "3@example.org", |user| user.id), Some(3));
    assert_eq!(users.find_with(User::EMAIL, "3", |_| unreachable!()), None::<()>);

    let held = users.get(&1).unwrap();
    let references = Arc::strong_count(&held);
    let is_alone = |seen: &User| {
        assert!(std::ptr::eq(seen, Arc::as_ptr(&held)), "the record itself, and not a copy");
        assert_eq!(Arc::strong_count(&held), references, "without a reference of its own");
    };
    assert!(users.with(&1, is_alone).is_some());
    assert!(users.find_with(User::EMAIL, "1@example.org", is_alone).is_some());
    Ok(())
}

/// Changes and removes a record while it is looked at, then commits until nobody but who looks at it
/// can still have it.
fn change_under_the_eyes(users: &Collection<User>, seen: &User) -> folio::Result<()> {
    let before = seen.clone();
    users.update(&1, |user| user.city = "Rome".into())?;
    assert_eq!(users.with(&1, |user| user.city.clone()).as_deref(), Some("Rome"));
    users.put(user(1, "Oslo", 1, &[]))?;
    users.remove(&1)?;
    for age in 0..100 {
        users.put(user(2, "Paris", age, &[]))?;
    }
    assert_eq!((seen, users.get(&1)), (&before, None));
    users.insert(before)?;
    Ok(())
}

#[test]
fn a_record_that_is_read_in_place_stays_what_it_was_whatever_happens() -> folio::Result<()> {
    let directory = tempfile::tempdir().unwrap();
    for store in [Store::in_memory(), Store::open(directory.path().join("app.folio"))?] {
        let users = store.collection::<User>()?;
        users.insert_all(people())?;
        users.with(&1, |user| change_under_the_eyes(&users, user)).unwrap()?;
        let by_email = |user: &User| change_under_the_eyes(&users, user);
        users.find_with(User::EMAIL, "1@example.org", by_email).unwrap()?;
        assert_eq!(users.with(&2, |user| user.age), Some(99));
    }
    Ok(())
}

/// Looks at a record in place, changes it, and does so again inside of that.
fn look_within(users: &Collection<User>, depth: u8) -> folio::Result<()> {
    if depth == 20 {
        return Ok(());
    }
    let deeper = |user: &User| {
        assert_eq!(user.age, depth);
        users.update(&1, |user| user.age += 1)?;
        look_within(users, depth + 1)?;
        assert_eq!(user.age, depth, "its own version, whatever was done below");
        Ok(())
    };
    let looked = if depth.is_multiple_of(2) {
        users.with(&1, deeper)
    } else {
        users.find_with(User::EMAIL, "1@example.org", deeper)
    };
    looked.expect("the record is there")
}

/// Twenty at once are more than a thread has cheap guards for.
#[test]
fn reads_in_place_nest() -> folio::Result<()> {
    let users = Store::in_memory().collection::<User>()?;
    users.insert(user(1, "London", 0, &[]))?;
    look_within(&users, 0)?;
    assert_eq!(users.with(&1, |user| user.age), Some(20));
    Ok(())
}

/// If a commit waited for who reads in place, this would not end.
#[test]
fn nobody_waits_for_a_read_in_place() -> folio::Result<()> {
    let users = Store::in_memory().collection::<User>()?;
    users.insert_all(people())?;
    let seen = users.with(&1, |seen| {
        thread::scope(|scope| {
            let elsewhere = scope.spawn(|| {
                users.update(&1, |user| user.age += 1)?;
                Ok::<_, Error>(users.with(&1, |user| user.age))
            });
            (seen.age, elsewhere.join().expect("it does not panic"))
        })
    });
    let (age, elsewhere) = seen.unwrap();
    assert_eq!((age, elsewhere?), (36, Some(37)));
    Ok(())
}

#[test]
fn a_panic_in_a_read_in_place_leaves_nothing_behind() -> folio::Result<()> {
    let users = Store::in_memory().collection::<User>()?;
    users.insert_all(people())?;
    // More often than a thread has cheap guards.
    for age in 0..20 {
        let look = |_: &User| -> () { panic!("expected by the test") };
        let by_key = catch_unwind(AssertUnwindSafe(|| users.with(&1, look)));
        let by_email =
            catch_unwind(AssertUnwindSafe(|| users.find_with(User::EMAIL, "1@example.org", look)));
        assert!(by_key.is_err() && by_email.is_err());
        users.update(&1, |user| user.age = age)?;
        assert_eq!(users.with(&1, |user| user.age), Some(age));
    }
    Ok(())
}

#[test]
fn a_transaction_reads_its_own_writes_by_key_range_and_index() -> folio::Result<()> {
    let store = Store::in_memory();
    store.collection::<User>()?.insert_all(people())?;
    store.transact(|tx| {
        let users = tx.collection::<User>()?;
        users.update(&3, |user| user.city = "Rome".into())?;
        users.remove(&1)?;
        users.insert(user(6, "London", 50, &["math"]))?;

        assert!(matches!(users.insert(user(6, "x", 0, &[])), Err(Error::KeyExists { .. })));
        assert!(matches!(users.update(&1, |_| ()), Err(Error::NotFound { .. })));
        assert!(matches!(users.update(&2, |user| user.id = 7), Err(Error::KeyChanged { .. })));
        let twin = User { email: "2@example.org".into(), ..user(7, "x", 0, &[]) };
        assert!(matches!(users.put(twin), Err(Error::UniqueViolation { .. })));

        assert_eq!(users.get(&3).unwrap().city, "Rome");
        assert_eq!(users.len(), 5);
        assert_eq!((users.first().unwrap().id, users.last().unwrap().id), (2, 6));
        let by_city = |city: &str| -> Vec<u64> {
            users.by(User::CITY).get(city).map(|user| user.id).collect()
        };
        assert_eq!((by_city("London"), by_city("Rome")), (vec![6], vec![3]));
        assert_eq!(users.by(User::TAGS).get("math").map(|u| u.id).collect::<Vec<_>>(), [3, 6]);
        assert_eq!(users.by(User::CITY).count("Lyon"), 1);
        let cities: Vec<_> = users.by(User::CITY).keys().collect();
        assert_eq!(cities, ["Lisbon", "London", "Lyon", "Paris", "Rome"]);
        assert_eq!(users.range(3..).rev().map(|user| user.id).collect::<Vec<_>>(), [6, 5, 4, 3]);
        assert!(users.find(User::EMAIL, "1@example.org").is_none());
        let upserted = users.upsert(&9, || user(9, "Oslo", 1, &[]), |_| unreachable!())?;
        assert_eq!(upserted.id, 9);
        assert_eq!(users.upsert(&9, || unreachable!(), |user| user.age = 2)?.age, 2);
        assert_eq!(users.remove_range(4..=6)?, 3);
        assert_eq!(users.remove_all([2, 2, 77])?, 1);
        assert_eq!(users.keys().collect::<Vec<_>>(), [3, 9]);
        assert_eq!(users.clear()?, 2);
        assert!(users.is_empty());
        Ok(())
    })?;
    assert!(store.collection::<User>()?.is_empty());
    Ok(())
}

#[test]
fn iterating_while_writing_gives_what_was_there_at_the_start() -> folio::Result<()> {
    let store = Store::in_memory();
    let users = store.collection::<User>()?;
    users.put_all((0..300).map(|id| user(id, "London", 1, &[])))?;
    store.transact(|tx| {
        let users = tx.collection::<User>()?;
        let mut seen = 0;
        for found in users.by(User::CITY).get("London") {
            users.update(&found.id, |user| user.city = "Zagreb".into())?;
            users.insert(user(1_000 + found.id, "London", 2, &[]))?;
            seen += 1;
        }
        assert_eq!(seen, 300);
        assert_eq!(users.by(User::CITY).count("London"), 300);
        for found in &users {
            users.remove(&found.id)?;
        }
        assert!(users.is_empty());
        Ok(())
    })
}

#[test]
fn everything_is_there_after_a_reopen() -> folio::Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.folio");
    {
        let store = Store::open(&path)?;
        let users = store.collection::<User>()?;
        users.insert_all(people())?;
        users.update(&2, |user| user.age += 1)?;
        users.remove(&5)?;
        assert!(matches!(Store::open(&path), Err(Error::Locked { .. })));
    }
    let store = Store::open(&path)?;
    assert_eq!(store.collections()[0].records, 4);
    let view = store.snapshot().collection::<User>()?;
    assert_eq!(view.get(&2).unwrap().age, 42);
    assert_eq!(ids(view.by(User::CITY).get("London")), [1, 3]);
    assert_eq!(view.get(&5), None);
    let users = store.collection::<User>()?;
    users.put(user(8, "Bern", 3, &[]))?;
    assert_eq!(users.len(), 5);
    store.close()?;
    assert!(matches!(users.put(user(9, "Bern", 3, &[])), Err(Error::Closed)));
    let store = Store::open(&path)?;
    assert_eq!(store.collection::<User>()?.len(), 5);
    Ok(())
}

#[derive(Record, Serialize, Deserialize, Clone)]
struct Tag {
    #[key]
    name: Cow<'static, str>,
    #[index]
    words: Vec<String>,
    #[index(unique)]
    place: Box<str>,
}

#[test]
fn keys_are_looked_up_by_what_they_borrow() -> folio::Result<()> {
    let tags = Store::in_memory().collection::<Tag>()?;
    for number in 0..40 {
        let words = vec![format!("a word that is longer than its abbreviation {}", number % 4)];
        let name = format!("a name that is longer than its abbreviation {number}").into();
        tags.put(Tag { name, words, place: format!("place {number}").into() })?;
    }
    let name = "a name that is longer than its abbreviation 7";
    assert_eq!(tags.get(name).map(|tag| tag.place.clone()), Some("place 7".into()));
    assert!(!tags.contains("a name that is longer than its abbreviation"));
    assert_eq!(tags.find(Tag::PLACE, "place 7").map(|tag| tag.name.clone()), Some(name.into()));
    assert!(tags.find(Tag::PLACE, "place").is_none());
    let word = ["a word that is longer than its abbreviation 3".to_owned()];
    let view = tags.view();
    assert_eq!(view.by(Tag::WORDS).get(word.as_slice()).count(), 10);
    assert_eq!(view.by(Tag::WORDS).count([].as_slice()), 0);
    assert_eq!(view.get(&Cow::from(name)).map(|tag| &*tag.place), Some("place 7"));
    Ok(())
}
