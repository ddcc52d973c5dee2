//! [`Transaction::next_id`]: numbers that never conflict and are never
//! given twice.

use super::{Account, account, bank};
use folio::{Error, Record, Result, Store, Transaction};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::thread;

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "entries")]
struct Entry {
    #[key]
    id: u64,
    account: u64,
}

fn next(store: &Store) -> Result<u64> {
    store.transact(Transaction::next_id::<Entry>)
}

#[test]
fn ids_begin_with_one_and_count_up() -> Result<()> {
    let store = Store::in_memory();
    assert_eq!((next(&store)?, next(&store)?, next(&store)?), (1, 2, 3));
    // Of another collection they are others.
    assert_eq!(store.transact(Transaction::next_id::<Account>)?, 1);
    Ok(())
}

#[test]
fn ids_are_greater_than_keys_chosen_by_hand() -> Result<()> {
    let store = bank();
    assert_eq!(store.transact(Transaction::next_id::<Account>)?, 4);
    store.collection::<Account>()?.put(account(1_000, 1))?;
    assert_eq!(store.transact(Transaction::next_id::<Account>)?, 1_001);
    store.transact(|tx| {
        // A key that the same transaction has just chosen counts, too.
        tx.collection::<Account>()?.put(account(2_000, 1))?;
        assert_eq!(tx.next_id::<Account>()?, 2_001);
        Ok(())
    })
}

#[test]
fn asking_for_an_id_conflicts_with_nobody() -> Result<()> {
    let store = bank();
    let transactions: Vec<_> = (0..10).map(|_| store.begin()).collect();
    for tx in &transactions {
        let id = tx.next_id::<Account>()?;
        tx.collection::<Account>()?.insert(account(id, 1))?;
    }
    for tx in transactions {
        tx.commit()?;
    }
    assert_eq!(store.collection::<Account>()?.len(), 13);
    assert_eq!(store.stats().conflicts, 0);
    Ok(())
}

#[test]
fn an_id_of_a_transaction_that_failed_is_not_given_again() -> Result<()> {
    let store = Store::in_memory();
    let tx = store.begin();
    assert_eq!(tx.next_id::<Entry>()?, 1);
    tx.rollback();
    assert_eq!(next(&store)?, 2);
    store.transact(|tx| {
        let mut inner = 0;
        let failed = tx.nested(|tx| {
            inner = tx.next_id::<Entry>()?;
            Err::<(), _>(Error::abort("expected by the test"))
        });
        assert!(failed.is_err());
        assert_eq!((inner, tx.next_id::<Entry>()?), (3, 4));
        Ok(())
    })
}

#[test]
fn ids_are_unique_among_threads_and_across_reopening() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("ids.folio");
    let mut all = BTreeSet::new();
    for round in 0..3 {
        let store = Store::open(&path)?;
        let ids = thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|thread| {
                    let store = &store;
                    // Some put their id to use, some only take it.
                    scope.spawn(move || -> Result<Vec<u64>> {
                        (0..20)
                            .map(|turn| {
                                store.transact(|tx| {
                                    let id = tx.next_id::<Entry>()?;
                                    if (turn + thread) % 2 == 0 {
                                        let entry = Entry { id, account: thread };
                                        tx.collection::<Entry>()?.insert(entry)?;
                                    }
                                    Ok(id)
                                })
                            })
                            .collect()
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("it does not panic"))
                .collect::<Result<Vec<_>>>()
        })?;
        let greatest = all.last().copied().unwrap_or(0);
        for id in ids.concat() {
            assert!(id > greatest, "{id} after {greatest}, in round {round}");
            assert!(all.insert(id), "{id} was given twice, in round {round}");
        }
    }
    assert_eq!(all.len(), 3 * 8 * 20);
    Ok(())
}

/// An id may serve elsewhere, in a record of another collection: it must not come back although the
/// collection that gave it never had a record with it.
#[test]
fn an_id_that_was_used_in_another_collection_is_not_given_again() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("ids.folio");
    let mut last = 0;
    for _ in 0..3 {
        let store = Store::open(&path)?;
        let id = store.transact(|tx| {
            let id = tx.next_id::<Entry>()?;
            tx.collection::<Account>()?.put(account(id, 1))?;
            Ok(id)
        })?;
        assert!(id > last, "{id} after {last}");
        last = id;
    }
    Ok(())
}

#[test]
fn an_id_of_a_record_that_was_removed_is_not_given_again() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("ids.folio");
    for expected in 1..4 {
        let store = Store::open(&path)?;
        let id = store.transact(|tx| {
            let id = tx.next_id::<Entry>()?;
            tx.collection::<Entry>()?.insert(Entry { id, account: 0 })?;
            Ok(id)
        })?;
        assert_eq!(id, expected);
        assert_eq!(store.collection::<Entry>()?.clear()?, 1);
    }
    Ok(())
}

#[test]
fn a_key_that_the_transaction_has_removed_does_not_count() -> Result<()> {
    let store = Store::in_memory();
    let entries = store.collection::<Entry>()?;
    entries.put_all([Entry { id: 7, account: 0 }, Entry { id: u64::MAX, account: 0 }])?;
    let ids = store.transact(|tx| {
        let entries = tx.collection::<Entry>()?;
        entries.remove(&u64::MAX)?;
        entries.put(Entry { id: 20, account: 0 })?;
        let first = tx.next_id::<Entry>()?;
        entries.remove(&20)?;
        Ok((first, tx.next_id::<Entry>()?))
    })?;
    assert_eq!(ids, (21, 22));
    Ok(())
}

#[test]
fn when_the_numbers_are_used_up_that_is_an_error() -> Result<()> {
    let store = Store::in_memory();
    store.collection::<Entry>()?.put(Entry { id: u64::MAX - 1, account: 0 })?;
    assert_eq!(next(&store)?, u64::MAX);
    assert!(matches!(next(&store), Err(Error::IdsExhausted { .. })));
    Ok(())
}

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "named")]
struct Named {
    #[key]
    name: String,
}

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "signed")]
struct Signed {
    #[key]
    id: i64,
}

#[test]
fn keys_that_are_no_positive_numbers_leave_the_count_alone() -> Result<()> {
    let store = Store::in_memory();
    store.collection::<Named>()?.put(Named { name: "9".into() })?;
    assert_eq!(store.transact(Transaction::next_id::<Named>)?, 1);
    store.collection::<Signed>()?.put(Signed { id: -5 })?;
    assert_eq!(store.transact(Transaction::next_id::<Signed>)?, 1);
    store.collection::<Signed>()?.put(Signed { id: 40 })?;
    assert_eq!(store.transact(Transaction::next_id::<Signed>)?, 41);
    Ok(())
}
