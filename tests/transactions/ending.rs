//! The ways in which a transaction ends.

use super::{Account, account, add, balances, bank};
use folio::{Error, Isolation, Result, Store};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

#[test]
fn a_closure_that_succeeds_is_committed_and_its_value_returned() -> Result<()> {
    let store = bank();
    let before = store.version();
    let value = store.transact(|tx| {
        add(tx, 1, -30)?;
        add(tx, 2, 30)
    })?;
    assert_eq!((value, balances(&store)), (130, vec![70, 130, 100]));
    assert_eq!(store.version().number(), before.number() + 1);
    Ok(())
}

#[test]
fn a_closure_that_fails_changes_nothing_and_its_error_is_returned() {
    let store = bank();
    let before = store.version();
    let result: Result<()> = store.transact(|tx| {
        add(tx, 1, -30)?;
        Err(Error::abort("no"))
    });
    assert!(result.is_err_and(|error| error.is_abort()));
    let missing = store.transact(|tx| {
        add(tx, 1, -30)?;
        add(tx, 99, 30)
    });
    assert!(missing.is_err_and(|error| error.is_not_found()));
    assert_eq!((store.version(), balances(&store)), (before, vec![100; 3]));
}

/// An error type of a program's own.
#[derive(Debug)]
enum Refusal {
    TooPoor(i64),
    Store(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

fn withdraw(store: &Store, id: u64, cents: i64) -> Result<i64, Refusal> {
    store.try_transact(|tx| match add(tx, id, -cents)? {
        rest if rest < 0 => Err(Refusal::TooPoor(rest)),
        rest => Ok(rest),
    })
}

#[test]
fn a_closure_may_have_an_error_type_of_its_own() {
    let store = bank();
    assert!(matches!(withdraw(&store, 1, 60), Ok(40)));
    assert!(matches!(withdraw(&store, 1, 60), Err(Refusal::TooPoor(-20))));
    let missing = withdraw(&store, 9, 60);
    assert!(matches!(missing, Err(Refusal::Store(Error::NotFound { .. }))));
    assert_eq!(balances(&store), [40, 100, 100]);
}

#[test]
fn nothing_is_seen_before_the_commit_and_all_after_it() -> Result<()> {
    let store = bank();
    let live = store.collection::<Account>()?;
    let tx = store.begin();
    assert_eq!(tx.snapshot_version(), store.version());
    add(&tx, 1, 1)?;
    tx.collection::<Account>()?.insert(account(4, 4))?;
    assert_eq!(tx.collection::<Account>()?.len(), 4);
    assert_eq!((live.len(), live.get(&1).unwrap().cents), (3, 100));
    let held = store.snapshot();
    let commit = tx.commit()?;
    assert_eq!(commit.version, store.version());
    assert_eq!(commit.time, store.snapshot().time());
    assert_eq!((live.len(), live.get(&1).unwrap().cents), (4, 101));
    assert_eq!(held.collection::<Account>()?.len(), 3);
    assert!(held.version() < commit.version && held.time() <= commit.time);
    Ok(())
}

#[test]
fn rolling_back_and_dropping_change_nothing() -> Result<()> {
    let store = bank();
    let tx = store.begin();
    add(&tx, 1, 1)?;
    tx.rollback();
    {
        let tx = store.begin();
        add(&tx, 1, 1)?;
    }
    assert_eq!(balances(&store), [100; 3]);
    // Nor do they stand in anybody's way.
    store.transact(|tx| add(tx, 1, 1))?;
    assert_eq!(balances(&store), [101, 100, 100]);
    Ok(())
}

#[test]
fn a_transaction_without_changes_commits_as_the_version_it_read() -> Result<()> {
    let store = bank();
    let (before, stats) = (store.version(), store.stats());
    let tx = store.begin();
    assert_eq!(tx.collection::<Account>()?.len(), 3);
    store.transact(|tx| add(tx, 1, 1))?;
    // Everything it read has changed, but it stands where it began.
    assert_eq!(tx.commit()?.version, before);
    assert_eq!(store.stats().commits, stats.commits + 1);
    Ok(())
}

#[test]
fn a_transaction_may_be_moved_to_another_thread() -> Result<()> {
    let store = bank();
    let tx = store.begin();
    add(&tx, 1, 1)?;
    let moved = thread::spawn(move || {
        add(&tx, 2, 2)?;
        tx.commit()
    });
    moved.join().expect("it does not panic")?;
    assert_eq!(balances(&store), [101, 102, 100]);
    Ok(())
}

#[test]
fn the_first_of_two_to_commit_wins() -> Result<()> {
    let store = bank();
    let (first, second) = (store.begin(), store.begin());
    add(&first, 1, 1)?;
    add(&second, 1, 2)?;
    second.commit()?;
    match first.commit() {
        Err(error @ Error::Conflict { .. }) => {
            assert!(error.is_conflict());
            assert!(error.to_string().contains("`accounts` at 1"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!((store.stats().conflicts, balances(&store)), (1, vec![102, 100, 100]));
    Ok(())
}

#[test]
fn a_closure_that_panics_is_rolled_back_and_the_store_goes_on() -> Result<()> {
    let store = bank();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.transact(|tx| -> Result<()> {
            add(tx, 1, 1)?;
            panic!("expected by the test");
        })
    }));
    assert!(panicked.is_err());
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let accounts = store.collection::<Account>()?;
        accounts.update(&2, |account| {
            account.cents = 0;
            panic!("expected by the test");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(balances(&store), [100; 3]);
    store.transact(|tx| add(tx, 1, 1))?;
    thread::scope(|scope| {
        scope.spawn(|| store.transact(|tx| add(tx, 1, 1))).join().expect("it does not panic")
    })?;
    assert_eq!(balances(&store), [102, 100, 100]);
    Ok(())
}

/// A transaction that has lost often holds back everybody else's commits. If it panics then, they
/// must go on all the same.
#[test]
fn a_closure_that_panics_while_others_wait_for_it_lets_them_go_on() -> Result<()> {
    let store = bank();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut runs = 0;
        store.transact(|tx| -> Result<()> {
            add(tx, 1, 1)?;
            runs += 1;
            assert!(runs < 10, "expected by the test");
            // Its own undoing: what it read is changed behind its back.
            store.collection::<Account>()?.update(&1, |account| account.cents += 10)?;
            Ok(())
        })
    }));
    assert!(panicked.is_err());
    thread::scope(|scope| {
        scope.spawn(|| store.transact(|tx| add(tx, 1, 1))).join().expect("it does not panic")
    })?;
    assert_eq!(balances(&store), [191, 100, 100]);
    Ok(())
}

#[test]
fn the_options_of_a_store_are_those_of_its_transactions() -> Result<()> {
    for isolation in [Isolation::Serializable, Isolation::Snapshot] {
        let store = Store::options().isolation(isolation).in_memory();
        let accounts = store.collection::<Account>()?;
        accounts.insert_all((1..4).map(|id| account(id, 100)))?;
        let tx = store.begin();
        assert_eq!(tx.collection::<Account>()?.get(&1).unwrap().cents, 100);
        add(&tx, 2, 1)?;
        accounts.update(&1, |account| account.cents = 0)?;
        assert_eq!(tx.commit().is_ok(), isolation == Isolation::Snapshot);
    }
    Ok(())
}

#[test]
fn a_transaction_may_say_something_about_itself() -> Result<()> {
    let store = bank();
    let options = store.transaction().meta("actor", "ada").meta("reason", "");
    assert_eq!(options.run(|tx| add(tx, 1, 1))?, 101);
    Ok(())
}
