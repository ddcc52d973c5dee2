//! Every transaction comes to an end.

use super::{Account, add, balances, bank};
use folio::{Error, Result};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

#[test]
fn many_threads_on_one_key_all_finish_and_the_sum_is_exact() -> Result<()> {
    const THREADS: i64 = 32;
    const TURNS: i64 = 25;
    let directory = tempfile::tempdir().expect("a directory can be made");
    for store in [bank(), folio::Store::open(directory.path().join("hot.folio"))?] {
        store.collection::<Account>()?.put(super::account(1, 100))?;
        thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| -> Result<()> {
                        for _ in 0..TURNS {
                            store.transact(|tx| {
                                let accounts = tx.collection::<Account>()?;
                                let cents = accounts.get(&1).map_or(0, |account| account.cents);
                                // Others get their turn between the read and the write.
                                thread::yield_now();
                                accounts.update(&1, |account| account.cents = cents + 1)
                            })?;
                        }
                        Ok(())
                    })
                })
                .collect();
            threads.into_iter().try_for_each(|thread| thread.join().expect("it does not panic"))
        })?;
        let account = store.collection::<Account>()?.get(&1).expect("it was put");
        assert_eq!(account.cents, 100 + THREADS * TURNS);
    }
    Ok(())
}

/// A transaction that takes long, among many short ones that each undo it, must not run for ever:
/// the short ones go on until the long one is through.
#[test]
fn a_long_transaction_finishes_among_short_ones() -> Result<()> {
    let store = bank();
    let (is_through, runs) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for id in 1..4 {
            let (store, is_through) = (&store, &is_through);
            scope.spawn(move || {
                while !is_through.load(Ordering::Acquire) {
                    store.transact(|tx| add(tx, id, 1)).expect("short transactions succeed");
                }
            });
        }
        let through = store.transact(|tx| {
            runs.fetch_add(1, Ordering::Relaxed);
            let accounts = tx.collection::<Account>()?;
            let mut sum = 0;
            for account in &accounts {
                sum += account.cents;
                for _ in 0..200 {
                    thread::yield_now();
                }
            }
            accounts.update(&1, |account| account.cents = sum)
        });
        is_through.store(true, Ordering::Release);
        through.map(|_| ())
    })?;
    println!("it ran {} times", runs.into_inner());
    Ok(())
}

/// Runs a transaction that undoes itself each time by writing through another handle what it has
/// read. Returns how often it ran and what came of it.
fn undo_itself(retries: Option<u32>) -> (u32, Result<()>) {
    let store = bank();
    let mut runs = 0;
    let mut options = store.transaction();
    if let Some(retries) = retries {
        options = options.retries(retries);
    }
    let result = options.run(|tx| {
        runs += 1;
        add(tx, 1, 1)?;
        let other = store.collection::<Account>()?;
        other.update(&1, |account| account.cents += 10).map(|_| ())
    });
    // Whatever became of it, others are not held back.
    thread::scope(|scope| {
        let other = scope.spawn(|| store.transact(|tx| add(tx, 1, 1_000)));
        other.join().expect("it does not panic").expect("it has no competitor");
    });
    assert_eq!(balances(&store), [1_100 + 10 * i64::from(runs), 100, 100]);
    (runs, result)
}

#[test]
fn a_transaction_that_undoes_itself_ends_with_the_conflict() {
    let (runs, result) = undo_itself(None);
    assert!(matches!(result, Err(Error::Conflict { .. })));
    println!("it ran {runs} times");
}

#[test]
fn retries_are_as_many_as_asked_for() {
    for retries in [0, 1, 3, 7, 8, 9] {
        let (runs, result) = undo_itself(Some(retries));
        assert!(matches!(result, Err(Error::Conflict { .. })));
        assert_eq!(runs, retries + 1);
    }
}

/// A transaction that has lost often holds back everybody else's commits. What only reads must not
/// wait for it, nor for any commit: here it could only wait for ever.
#[test]
fn readers_do_not_wait_while_commits_do() -> Result<()> {
    let store = bank();
    let mut runs = 0;
    store.transact(|tx| {
        add(tx, 1, 1)?;
        runs += 1;
        if runs < 10 {
            let other = store.collection::<Account>()?;
            other.update(&1, |account| account.cents += 10)?;
        }
        thread::scope(|scope| {
            let reader = scope.spawn(|| -> Result<i64> {
                let accounts = store.snapshot().collection::<Account>()?;
                let live = store.collection::<Account>()?;
                assert_eq!((live.len(), live.view().len()), (3, 3));
                // A transaction that only reads commits without a place in the order.
                let tx = store.begin();
                let first = tx.collection::<Account>()?.first().expect("there is one");
                tx.commit()?;
                assert_eq!(accounts.first().map(|account| account.cents), Some(first.cents));
                Ok(first.cents)
            });
            reader.join().expect("it does not panic")
        })
    })?;
    assert_eq!((runs, balances(&store)), (10, vec![191, 100, 100]));
    Ok(())
}

/// The closure of a transaction may run other transactions, also when it holds back those of other
/// threads.
#[test]
fn a_closure_may_run_transactions_of_its_own() -> Result<()> {
    let store = bank();
    let mut runs = 0;
    store.transact(|tx| {
        runs += 1;
        add(tx, 1, 1)?;
        store.transact(|tx| add(tx, 2, 1))?;
        if runs < 10 {
            store.transact(|tx| add(tx, 1, 0))?;
        }
        Ok(())
    })?;
    assert_eq!((runs, balances(&store)), (10, vec![101, 110, 100]));
    Ok(())
}
