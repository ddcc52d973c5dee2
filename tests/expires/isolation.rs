//! Transactions that run beside each other, and beside the sweeper, on records that expire.

use crate::{Session, clock_at, ids, second, session, unswept};
use folio::simulation::Clock;
use folio::{Collection, Error, Isolation, Store, Transaction};

/// Session 1 expired at 110, and it is 110. Session 2 lives on.
fn expired() -> (Clock, Store, Collection<Session>) {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let sessions = store.collection::<Session>().expect("it is made");
    sessions.put_all([session(1, 110), session(2, 500)]).expect("they can be put");
    clock.set(second(110));
    (clock, store, sessions)
}

fn write_elsewhere(tx: &Transaction) {
    let elsewhere = tx.collection_named::<Session>("elsewhere").expect("it is there");
    elsewhere.put(session(9, 900)).expect("it can be put");
}

/// Who saw that a record is not there loses to whoever revives it, however they looked.
#[test]
fn an_expired_record_that_was_looked_for_may_not_be_revived() {
    type Look = fn(&folio::TxCollection<'_, Session>) -> bool;
    let looks: [(&str, Look); 10] = [
        ("get", |of| of.get(&1).is_none()),
        ("contains", |of| !of.contains(&1)),
        ("get_all", |of| of.get_all([1]) == [None]),
        ("find", |of| of.find(Session::TOKEN, "token 1").is_none()),
        ("iter", |of| of.iter().count() == 1),
        ("range", |of| of.range(..2).next().is_none()),
        ("first", |of| of.first().is_some_and(|first| first.id == 2)),
        ("len", |of| of.len() == 1),
        ("count", |of| of.by(Session::USER).count(&1) == 0),
        ("keys of an index", |of| of.by(Session::USER).keys().eq([2])),
    ];
    for (name, look) in looks {
        let (_clock, store, sessions) = expired();
        store.collection_named::<Session>("elsewhere").unwrap();
        let tx = store.begin();
        assert!(look(&tx.collection::<Session>().unwrap()), "{name}");
        write_elsewhere(&tx);
        // The same index keys as before, and the same number of rows.
        sessions.put(session(1, 200)).unwrap();
        let outcome = tx.commit();
        assert!(matches!(outcome, Err(Error::Conflict { .. })), "{name}: {outcome:?}");
    }
}

#[test]
fn refused_and_idle_writes_saw_that_nothing_was_there() {
    type Write = fn(&folio::TxCollection<'_, Session>) -> bool;
    let writes: [(&str, Write); 4] = [
        ("remove", |of| of.remove(&1).unwrap().is_none()),
        ("remove_all", |of| of.remove_all([1]).unwrap() == 0),
        ("update", |of| of.update(&1, |_| ()).is_err()),
        ("remove_range", |of| of.remove_range(..2).unwrap() == 0),
    ];
    for (name, write) in writes {
        let (_clock, store, sessions) = expired();
        store.collection_named::<Session>("elsewhere").unwrap();
        let tx = store.begin();
        assert!(write(&tx.collection::<Session>().unwrap()), "{name}");
        write_elsewhere(&tx);
        sessions.put(session(1, 200)).unwrap();
        assert!(matches!(tx.commit(), Err(Error::Conflict { .. })), "{name}");
    }
}

/// The number that was seen is what counts: the sweeper does not change it.
#[test]
fn the_number_of_records_does_not_depend_on_the_sweeper() {
    let (_clock, store, sessions) = expired();
    store.collection_named::<Session>("elsewhere").unwrap();
    let tx = store.begin();
    assert_eq!(tx.collection::<Session>().unwrap().len(), 1);
    write_elsewhere(&tx);
    assert_eq!(sessions.sweep().unwrap(), 1);
    tx.commit().unwrap();
}

/// The deadline passed between the two, so what the first one saw is not what the sweeper left.
#[test]
fn who_saw_a_record_alive_loses_to_the_sweeper() {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let sessions = store.collection::<Session>().unwrap();
    let levels = [(Isolation::Serializable, 100), (Isolation::Snapshot, 300)];
    for (isolation, now) in levels {
        clock.set(second(now));
        sessions.put(session(1, now + 10)).unwrap();
        let tx = store.transaction().isolation(isolation).begin();
        let inside = tx.collection::<Session>().unwrap();
        inside.update(&1, |session| session.until = Some(second(900))).unwrap();
        clock.set(second(now + 10));
        assert_eq!(sessions.sweep().unwrap(), 1);
        assert!(matches!(tx.commit(), Err(Error::Conflict { .. })), "{isolation:?}");
        assert!(sessions.is_empty());
        let late = store.transact(|tx| tx.collection::<Session>()?.update(&1, |_| ()).map(drop));
        assert!(matches!(late, Err(Error::NotFound { .. })));
    }
}

/// A commit that gives a value of an expired record to another loses to whoever revives the holder, and
/// does not take the value from whom it is by then.
#[test]
fn a_value_that_was_free_may_be_taken_again() {
    for isolation in [Isolation::Serializable, Isolation::Snapshot] {
        let (_clock, store, sessions) = expired();
        let tx = store.transaction().isolation(isolation).begin();
        let heir = Session { token: "token 1".to_owned(), ..session(3, 300) };
        tx.collection::<Session>().unwrap().insert(heir).unwrap();
        sessions.put(session(1, 200)).unwrap();
        assert!(matches!(tx.commit(), Err(Error::Conflict { .. })), "{isolation:?}");
        assert_eq!(sessions.find(Session::TOKEN, "token 1").map(|of| of.id), Some(1));
    }
}

/// The holder was removed by the sweeper meanwhile: run again, the transaction finds the value free.
#[test]
fn two_may_want_the_same_holder_gone() {
    let (_clock, store, sessions) = expired();
    let heir = || Session { token: "token 1".to_owned(), ..session(3, 300) };
    let mut runs = 0;
    store
        .transact(|tx| {
            runs += 1;
            tx.collection::<Session>()?.insert(heir())?;
            if runs == 1 {
                assert_eq!(sessions.sweep()?, 1);
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(ids(&sessions), [2, 3]);
    assert_eq!(sessions.find(Session::TOKEN, "token 1").map(|of| of.id), Some(3));
}
