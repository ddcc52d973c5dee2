//! Keys and unique values of expired records are free.

use crate::{Session, clock_at, ids, second, session, unswept};
use folio::Error;

fn with_token(id: u64, token: &str, until: u64) -> Session {
    Session { token: token.to_owned(), ..session(id, until) }
}

#[test]
fn a_key_and_a_value_are_free_at_the_deadline() {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let sessions = store.collection::<Session>().unwrap();
    sessions.insert(with_token(1, "t", 110)).unwrap();
    assert!(matches!(sessions.insert(session(1, 200)), Err(Error::KeyExists { .. })));
    let taken = sessions.insert(with_token(2, "t", 200));
    assert!(matches!(taken, Err(Error::UniqueViolation { .. })));

    clock.set(second(110));
    sessions.insert(with_token(2, "t", 200)).unwrap();
    assert_eq!(sessions.find(Session::TOKEN, "t").map(|session| session.id), Some(2));
    // The holder made room in the same commit, so nothing is left to sweep.
    assert_eq!(sessions.sweep().unwrap(), 0);
    sessions.insert(with_token(1, "u", 200)).unwrap();
    assert_eq!(ids(&sessions), [1, 2]);
}

#[test]
fn the_record_itself_may_come_back_with_its_value() {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let sessions = store.collection::<Session>().unwrap();
    sessions.insert(with_token(1, "t", 110)).unwrap();
    clock.set(second(110));
    assert!(matches!(sessions.update(&1, |_| ()), Err(Error::NotFound { .. })));
    assert!(sessions.remove(&1).unwrap().is_none());
    assert!(sessions.put(with_token(1, "t", 120)).unwrap().is_none());
    assert_eq!(sessions.find(Session::TOKEN, "t").map(|session| session.id), Some(1));
    clock.set(second(120));
    let again = sessions.upsert(&1, || with_token(1, "t", 130), |_| panic!("it is not there"));
    assert_eq!(again.unwrap().until, Some(second(130)));
    assert_eq!(sessions.view().by(Session::USER).count(&1), 1);
    // One row, and no entry of an index is left of those before.
    clock.set(second(130));
    assert_eq!(sessions.sweep().unwrap(), 1);
    assert_eq!(sessions.sweep().unwrap(), 0);
}

#[test]
fn a_write_may_need_the_room_of_several() {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let sessions = store.collection::<Session>().unwrap();
    sessions.insert_all((0..300).map(|id| session(id, 110))).unwrap();
    sessions.insert(session(1_000, 200)).unwrap();
    clock.set(second(110));
    // All of them at once, under other keys: the holders go in the same commit.
    let others = (0..300).map(|id| with_token(id + 500, &format!("token {id}"), 200));
    assert_eq!(sessions.insert_all(others).unwrap(), 300);
    assert_eq!(sessions.len(), 301);
    assert_eq!(sessions.sweep().unwrap(), 0);
    let taken = sessions.put(with_token(7, "token 1000", 200));
    assert!(matches!(taken, Err(Error::UniqueViolation { .. })));
    assert!(!sessions.contains(&7));
}

/// The removal of the holder is a write of the transaction, so it goes with it.
#[test]
fn a_holder_that_made_room_stays_where_that_is_undone() {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let sessions = store.collection::<Session>().unwrap();
    sessions.insert(with_token(1, "t", 110)).unwrap();
    clock.set(second(110));
    store
        .transact(|tx| {
            let sessions = tx.collection::<Session>()?;
            let failed: folio::Result<()> = tx.nested(|_| {
                sessions.insert(with_token(2, "t", 200))?;
                Err(Error::abort("no"))
            });
            assert!(failed.is_err());
            assert!(sessions.find(Session::TOKEN, "t").is_none());
            sessions.insert(with_token(3, "t", 200)).map(drop)
        })
        .unwrap();
    assert_eq!(ids(&sessions), [3]);
    assert_eq!(sessions.sweep().unwrap(), 0);
}

/// A record of which nothing is indexed but the deadline.
#[derive(folio::Record, serde::Serialize, serde::Deserialize, Clone)]
#[record(name = "leases", expires = until)]
struct Lease {
    #[key]
    id: u64,
    until: std::time::SystemTime,
}

/// The deadline that has passed goes with the record that had it.
#[test]
fn an_upsert_leaves_nothing_of_the_expired_record() {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let leases = store.collection::<Lease>().unwrap();
    leases.insert(Lease { id: 1, until: second(110) }).unwrap();
    clock.set(second(110));
    let fresh = || Lease { id: 1, until: second(200) };
    leases.upsert(&1, fresh, |_| panic!("it is not there")).unwrap();
    assert_eq!((leases.len(), leases.view().iter().count()), (1, 1));
    assert_eq!(leases.sweep().unwrap(), 0);
    assert!(leases.contains(&1));
}
