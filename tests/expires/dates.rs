//! The time of reading: when it is taken, and that it does not run backwards behind a commit.

use crate::{Session, clock_at, ids, second, session, unswept};
use folio::{Error, Store};
use std::time::Duration;

#[test]
fn a_record_is_gone_at_its_deadline_and_not_before() {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let sessions = store.collection::<Session>().unwrap();
    sessions.put(session(1, 110)).unwrap();
    clock.set(second(110) - Duration::from_nanos(1));
    assert_eq!(ids(&sessions), [1]);
    clock.advance(Duration::from_nanos(1));
    assert!(ids(&sessions).is_empty());
    assert!(sessions.is_empty() && sessions.get(&1).is_none());
}

#[test]
fn a_record_may_be_over_when_it_is_written() {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let sessions = store.collection::<Session>().unwrap();
    sessions.insert(session(1, 100)).unwrap();
    sessions.insert(session(1, 99)).unwrap();
    assert!(sessions.is_empty());
    // It is stored all the same: the time might be set back.
    assert_eq!(store.sweep().unwrap(), 1);
}

#[test]
fn a_snapshot_keeps_the_time_at_which_it_was_taken() {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let sessions = store.collection::<Session>().unwrap();
    sessions.put_all((0..20).map(|id| session(id, 100 + id))).unwrap();
    clock.set(second(105));
    let (snapshot, view) = (store.snapshot(), sessions.view());
    assert_eq!(snapshot.read_at(), second(105));
    clock.set(second(115));
    assert_eq!(store.sweep().unwrap(), 16);
    for view in [&view, &snapshot.collection::<Session>().unwrap(), &view.clone()] {
        assert!(view.keys().copied().eq(6..20));
        assert_eq!(view.len(), 14);
        assert_eq!(view.by(Session::USER).keys().count(), 3);
    }
    assert_eq!(snapshot.values("sessions").unwrap().len(), 14);
    assert_eq!(sessions.len(), 4);
}

#[test]
fn a_transaction_keeps_the_time_at_which_it_began() {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let sessions = store.collection::<Session>().unwrap();
    sessions.put_all((0..10).map(|id| session(id, 100 + id))).unwrap();
    clock.set(second(104));
    let tx = store.begin();
    clock.set(second(108));
    // Opened only now.
    let inside = tx.collection::<Session>().unwrap();
    assert_eq!(inside.len(), 5);
    assert!(inside.contains(&5) && !inside.contains(&4));
    assert_eq!(inside.by(Session::USER).iter().count(), 5);
    assert_eq!(inside.update(&5, |session| session.until = None).unwrap().id, 5);
    tx.commit().unwrap();
    assert_eq!(ids(&sessions), [5, 9]);
}

/// The first transaction of a program, which began when nobody had named the type.
#[test]
fn a_transaction_has_one_time_for_all_its_collections() {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let tx = store.begin();
    let some = tx.collection_named::<Session>("some").unwrap();
    some.put(session(1, 110)).unwrap();
    clock.set(second(120));
    let others = tx.collection_named::<Session>("others").unwrap();
    others.put(session(1, 110)).unwrap();
    assert!(some.contains(&1) && others.contains(&1));
}

#[test]
fn a_commit_is_not_dated_before_what_it_read() {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let sessions = store.collection::<Session>().unwrap();
    sessions.put(session(1, 110)).unwrap();
    sessions.put(session(2, 130)).unwrap();
    clock.set(second(120));
    let tx = store.begin();
    let inside = tx.collection::<Session>().unwrap();
    assert!(!inside.contains(&1));
    inside.update(&2, |session| session.user = 7).unwrap();
    // The clock is found to be fast, and set back to before the deadline that has passed.
    clock.set(second(105));
    assert!(sessions.contains(&1), "nobody has written that it was gone");
    let commit = tx.commit().unwrap();
    assert_eq!(commit.time, second(120));
    assert!(!sessions.contains(&1), "the commit rests on its absence");
    assert_eq!(store.snapshot().read_at(), second(120));
}

#[test]
fn what_was_swept_does_not_come_back_with_the_clock() {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let sessions = store.collection::<Session>().unwrap();
    sessions.put_all([session(1, 110), session(2, 112)]).unwrap();
    clock.set(second(111));
    assert_eq!(sessions.sweep().unwrap(), 1);
    clock.set(second(50));
    let snapshot = store.snapshot();
    assert_eq!((snapshot.time(), snapshot.read_at()), (second(111), second(111)));
    assert_eq!(ids(&sessions), [2]);
}

#[test]
fn deadlines_at_the_ends_of_time() {
    let clock = clock_at(1 << 33);
    let store = unswept(&clock).in_memory();
    let sessions = store.collection::<Session>().unwrap();
    let far = second(u64::from(u32::MAX) << 8);
    sessions.put(Session { until: Some(far), ..session(1, 0) }).unwrap();
    sessions.put(Session { until: None, ..session(2, 0) }).unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(store.sweep().unwrap(), 0);
}

#[test]
fn other_collections_never_ask_for_the_time() {
    #[derive(folio::Record, serde::Serialize, serde::Deserialize, Clone)]
    struct Plain {
        #[key]
        id: u64,
    }
    let store = Store::options().in_memory();
    let plain = store.collection::<Plain>().unwrap();
    plain.put(Plain { id: 1 }).unwrap();
    assert_eq!(plain.sweep().unwrap(), 0);
    assert!(matches!(plain.insert(Plain { id: 1 }), Err(Error::KeyExists { .. })));
}
