//! A transaction sees its own writes whichever way it looks, at whatever moment, and they are in the
//! indexes when it has committed, whether or not it looked.

use super::{Account, account, add, balances, bank};
use folio::{Error, Result, TxCollection};

fn renamed(id: u64, owner: &str) -> Account {
    Account { owner: owner.into(), ..account(id, 100) }
}

/// All ways of looking at the accounts, each of which is to see `expected` ids.
fn look(accounts: &TxCollection<'_, Account>, expected: &[u64]) {
    let ids = |records: Vec<std::sync::Arc<Account>>| -> Vec<u64> {
        let mut ids: Vec<u64> = records.iter().map(|account| account.id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(accounts.len(), expected.len());
    assert_eq!(ids(accounts.iter().collect()), expected);
    assert_eq!(ids(accounts.by(Account::OWNER).iter().collect()), expected);
    assert_eq!(ids(accounts.by(Account::CENTS).iter().collect()), expected);
    assert_eq!(accounts.by(Account::LABELS).count("all"), expected.len());
    for id in expected {
        let account = accounts.get(id).expect("it is there");
        let found = accounts.find(Account::OWNER, account.owner.as_str());
        assert_eq!(found.map(|found| found.id), Some(*id));
    }
}

/// The transaction writes, looks, and writes again; `looks` has a bit for each moment at which it looks,
/// and `contended` says whether somebody else commits meanwhile.
fn write_and_look(looks: u32, contended: bool) -> Result<()> {
    let store = bank();
    let tx = store.begin();
    let accounts = tx.collection::<Account>()?;
    let look_at = |moment: u32, expected: &[u64]| {
        if looks & (1 << moment) != 0 {
            look(&accounts, expected);
        }
    };
    accounts.insert(account(5, 1))?;
    look_at(0, &[1, 2, 3, 5]);
    add(&tx, 5, 10)?;
    accounts.remove(&1)?;
    look_at(1, &[2, 3, 5]);
    // The key that the removed record had, and one that a record gave up.
    accounts.insert(renamed(4, "owner 1"))?;
    accounts.update(&3, |account| account.owner = "nobody".into())?;
    accounts.put(renamed(6, "owner 3"))?;
    look_at(2, &[2, 3, 4, 5, 6]);
    assert!(accounts.insert(renamed(7, "owner 2")).is_err());
    assert!(
        tx.nested(|_| accounts.remove(&4).and(Err::<(), _>(Error::abort("expected")))).is_err()
    );
    look_at(3, &[2, 3, 4, 5, 6]);
    // Comes and goes again, and comes back to what it was.
    accounts.insert(account(9, 1))?;
    add(&tx, 9, 1)?;
    accounts.remove(&9)?;
    add(&tx, 5, -10)?;
    look_at(4, &[2, 3, 4, 5, 6]);
    if contended {
        store.collection::<Account>()?.insert(account(100, 50))?;
    }
    tx.commit()?;
    let expected: &[i64] =
        if contended { &[100, 100, 100, 1, 100, 50] } else { &[100, 100, 100, 1, 100] };
    assert_eq!(balances(&store), expected);
    let live = store.collection::<Account>()?;
    for (owner, id) in [("owner 1", 4), ("owner 2", 2), ("nobody", 3), ("owner 3", 6)] {
        assert_eq!(live.find(Account::OWNER, owner).map(|found| found.id), Some(id));
    }
    Ok(())
}

#[test]
fn writes_are_seen_at_whatever_moment_one_looks() -> Result<()> {
    for looks in 0..32 {
        write_and_look(looks, false)?;
        // Having looked at everything, it would depend on what the other adds.
        if looks == 0 {
            write_and_look(looks, true)?;
        }
    }
    Ok(())
}

/// A part that fails takes back what it wrote, be it pending or in what the transaction has looked at
/// since; what was written before the part stays, be it pending or not.
#[test]
fn parts_undo_what_is_pending() -> Result<()> {
    for (before, inside, after) in (0..8).map(|bits| (bits & 1, bits & 2, bits & 4)) {
        let store = bank();
        store.transact(|tx| {
            let accounts = tx.collection::<Account>()?;
            let seen = |when: i32| (when != 0).then(|| accounts.by(Account::CENTS).count(&7));
            accounts.insert(account(4, 7))?;
            assert!(seen(before).is_none_or(|count| count == 1));
            let failed = tx.nested(|tx| {
                accounts.insert(account(5, 7))?;
                assert!(seen(inside).is_none_or(|count| count == 2));
                add(tx, 4, 1)?;
                accounts.put_all([account(6, 7), account(7, 7)])?;
                Err::<(), _>(Error::abort("expected by the test"))
            });
            assert!(failed.is_err());
            assert!(seen(after).is_none_or(|count| count == 1));
            accounts.insert(account(7, 7)).map(drop)
        })?;
        assert_eq!(balances(&store), [100, 100, 100, 7, 7]);
    }
    Ok(())
}

/// A unique key that a transaction had for a while must have been free, though it gave it back.
#[test]
fn a_unique_key_that_was_given_back_was_relied_upon() -> Result<()> {
    let store = bank();
    let tx = store.begin();
    let accounts = tx.collection::<Account>()?;
    accounts.insert(renamed(8, "for a while"))?;
    accounts.update(&8, |account| account.owner = "owner 8".into())?;
    store.collection::<Account>()?.insert(renamed(9, "for a while"))?;
    assert!(tx.commit().is_err_and(|error| error.is_conflict()));
    Ok(())
}

/// The record that an update was given may be another by the time its closure has returned: the index
/// entries that go are those of the record that is there then.
#[test]
fn an_update_sees_what_its_closure_wrote() -> Result<()> {
    let store = bank();
    store.transact(|tx| {
        let accounts = tx.collection::<Account>()?;
        accounts.update(&1, |account| {
            add(tx, 1, 5).expect("it is there");
            account.cents = 300;
        })?;
        let insert = || {
            accounts.insert(account(4, 7)).expect("it is not there yet");
            account(4, 8)
        };
        accounts.upsert(&4, insert, |_| unreachable!("it is not there")).map(drop)
    })?;
    assert_eq!(balances(&store), [300, 100, 100, 8]);
    let accounts = store.collection::<Account>()?.view();
    let cents: Vec<i64> = accounts.by(Account::CENTS).keys().copied().collect();
    assert_eq!(cents, [8, 100, 300]);
    Ok(())
}
