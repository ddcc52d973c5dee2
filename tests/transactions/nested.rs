//! Parts of a transaction that can fail by themselves.

use super::{Account, account, add, balances, bank};
use folio::{Error, Record, Result, Transaction};
use serde::{Deserialize, Serialize};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn fail(tx: &Transaction) -> Result<()> {
    let _ = tx;
    Err(Error::abort("expected by the test"))
}

#[test]
fn a_part_that_succeeds_becomes_part_of_the_whole() -> Result<()> {
    let store = bank();
    store.transact(|tx| {
        add(tx, 1, 1)?;
        assert_eq!(tx.nested(|tx| add(tx, 1, 10))?, 111);
        add(tx, 1, 100)
    })?;
    assert_eq!(balances(&store), [211, 100, 100]);
    Ok(())
}

#[test]
fn a_part_that_fails_is_undone_by_itself() -> Result<()> {
    let store = bank();
    store.transact(|tx| {
        let accounts = tx.collection::<Account>()?;
        add(tx, 1, 1)?;
        let failed = tx.nested(|tx| {
            add(tx, 1, 10)?;
            add(tx, 2, 10)?;
            accounts.remove(&3)?;
            accounts.insert(account(4, 7))?;
            fail(tx)
        });
        assert!(failed.is_err_and(|error| error.is_abort()));
        assert_eq!(accounts.iter().map(|a| a.cents).collect::<Vec<_>>(), [101, 100, 100]);
        assert_eq!(accounts.by(Account::CENTS).get(&100).count(), 2);
        assert!(accounts.find(Account::OWNER, "owner 4").is_none());
        add(tx, 3, 5)
    })?;
    assert_eq!(balances(&store), [101, 100, 105]);
    Ok(())
}

#[test]
fn parts_within_parts() -> Result<()> {
    let store = bank();
    store.transact(|tx| {
        // Inner fails, outer succeeds.
        tx.nested(|tx| {
            add(tx, 1, 1)?;
            let inner = tx.nested(|tx| add(tx, 1, 10).and_then(|_| fail(tx)));
            assert!(inner.is_err());
            add(tx, 1, 100)
        })?;
        // Inner succeeds, outer fails and takes it along.
        let outer = tx.nested(|tx| {
            add(tx, 2, 1)?;
            tx.nested(|tx| add(tx, 2, 10))?;
            tx.nested(|tx| tx.nested(|tx| add(tx, 2, 100)))?;
            fail(tx)
        });
        assert!(outer.is_err());
        // Both fail, one after the other.
        let both = tx.nested(|tx| {
            add(tx, 3, 1)?;
            tx.nested(|tx| add(tx, 3, 10).and_then(|_| fail(tx)))
        });
        assert!(both.is_err());
        Ok(())
    })?;
    assert_eq!(balances(&store), [201, 100, 100]);
    Ok(())
}

#[test]
fn a_part_that_fails_leaves_nothing_to_commit() -> Result<()> {
    let store = bank();
    let before = store.version();
    store.transact(|tx| {
        let _ = tx.nested(|tx| add(tx, 1, 1).and_then(|_| fail(tx)));
        Ok(())
    })?;
    assert_eq!((store.version(), balances(&store)), (before, vec![100; 3]));
    Ok(())
}

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "entries")]
struct Entry {
    #[key]
    id: u64,
}

/// Undoing must reach a collection that was not yet opened when the part began, too.
#[test]
fn a_part_that_fails_undoes_collections_that_it_opened_first() -> Result<()> {
    let store = bank();
    store.transact(|tx| {
        let failed = tx.nested(|tx| {
            tx.collection::<Entry>()?.insert(Entry { id: 1 })?;
            add(tx, 1, 1)?;
            fail(tx)
        });
        assert!(failed.is_err());
        assert!(tx.collection::<Entry>()?.is_empty());
        tx.collection::<Entry>()?.insert(Entry { id: 2 }).map(|_| ())
    })?;
    let entries = store.collection::<Entry>()?.view();
    assert_eq!(entries.keys().copied().collect::<Vec<_>>(), [2]);
    assert_eq!(balances(&store), [100; 3]);
    Ok(())
}

/// What a failed part read may have made it fail: the transaction depends on it.
#[test]
fn reads_of_a_part_that_failed_still_count() -> Result<()> {
    let store = bank();
    let tx = store.begin();
    let poor = tx.nested(|tx| match add(tx, 1, -500)? {
        rest if rest < 0 => Err(Error::abort("too poor")),
        rest => Ok(rest),
    });
    assert!(poor.is_err());
    add(&tx, 2, -1)?;
    // Now the account would have been rich enough.
    store.transact(|tx| add(tx, 1, 1_000))?;
    assert!(tx.commit().is_err_and(|error| error.is_conflict()));
    assert_eq!(balances(&store), [1_100, 100, 100]);
    Ok(())
}

/// What a failed part only wrote does not stand in anybody's way, though that the records were
/// there does.
#[test]
fn writes_of_a_part_that_failed_are_not_committed_with_the_rest() -> Result<()> {
    let store = bank();
    let tx = store.begin();
    let failed = tx.nested(|tx| {
        tx.collection::<Account>()?.insert(account(50, 1))?;
        fail(tx)
    });
    assert!(failed.is_err());
    add(&tx, 2, 1)?;
    // The tip moves on, so that the commit carries the writes over one by one.
    store.transact(|tx| add(tx, 3, 1))?;
    tx.commit()?;
    assert_eq!(balances(&store), [100, 101, 101]);
    Ok(())
}

#[test]
fn a_unique_key_is_free_again_after_a_part_that_failed() -> Result<()> {
    let store = bank();
    store.transact(|tx| {
        let accounts = tx.collection::<Account>()?;
        let failed = tx.nested(|tx| {
            accounts.update(&1, |account| account.owner = "new".into())?;
            accounts.insert(Account { owner: "owner 1".into(), ..account(9, 0) })?;
            fail(tx)
        });
        assert!(failed.is_err());
        assert_eq!(accounts.find(Account::OWNER, "owner 1").unwrap().id, 1);
        accounts.update(&2, |account| account.owner = "new".into()).map(|_| ())
    })?;
    assert_eq!(balances(&store), [100; 3]);
    Ok(())
}

/// An iterator shows what was there when it was made, also across an undone part.
#[test]
fn an_iterator_survives_a_part_that_failed() -> Result<()> {
    let store = bank();
    store.transact(|tx| {
        let accounts = tx.collection::<Account>()?;
        let mut during = None;
        let before = accounts.iter();
        let failed = tx.nested(|tx| {
            accounts.clear()?;
            during = Some(accounts.iter());
            fail(tx)
        });
        assert!(failed.is_err());
        assert_eq!((before.count(), during.unwrap().count()), (3, 0));
        assert_eq!(accounts.iter().count(), 3);
        Ok(())
    })
}

/// A panic that the closure catches is a way for a part to fail, and must not leave half of it.
#[test]
fn a_part_that_panics_is_undone_as_well() -> Result<()> {
    let store = bank();
    store.transact(|tx| {
        let accounts = tx.collection::<Account>()?;
        let part = catch_unwind(AssertUnwindSafe(|| {
            tx.nested(|tx| -> Result<()> {
                add(tx, 1, 1)?;
                panic!("expected by the test");
            })
        }));
        assert!(part.is_err());
        let batch = (4..9).map(|id| if id < 7 { account(id, 1) } else { panic!("expected") });
        let batch = catch_unwind(AssertUnwindSafe(|| accounts.insert_all(batch)));
        assert!(batch.is_err());
        add(tx, 2, 1)
    })?;
    assert_eq!(balances(&store), [100, 101, 100]);
    Ok(())
}
