//! A little of everything, small enough for Miri, which looks for undefined behaviour: `just miri`.
//!
//! Folio has no `unsafe` code, but what it is made of has: the persistent maps, the swapped pointers,
//! the locks, the hashes. So these tests go where those are used: maps that are shared and changed,
//! versions that are published while others read. Frames, segments and commits have unit tests, which
//! run under Miri too. In the normal suite the same tests take more steps.
#![cfg(feature = "derive")]

use folio::{Durability, Error, Record, Result, Store, Value, Version};
use serde::{Deserialize, Serialize};
use std::thread;

/// Fewer steps under Miri, which takes some thousand times as long.
const fn steps(usual: u64) -> u64 {
    if cfg!(miri) { usual.div_ceil(100) } else { usual }
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "accounts")]
struct Account {
    #[key]
    id: u64,
    #[index]
    balance: i64,
    #[index(unique)]
    owner: String,
}

fn account(id: u64, balance: i64) -> Account {
    Account { id, balance, owner: format!("owner {id}") }
}

#[test]
fn a_table_and_its_indexes() -> Result<()> {
    let store = Store::in_memory();
    let accounts = store.collection::<Account>()?;
    let count = steps(2_000);
    for id in 0..count {
        accounts.put(account(id, i64::try_from(id % 7).expect("a small number")))?;
    }
    let before = accounts.view();
    for id in (0..count).step_by(3) {
        accounts.update(&id, |account| account.balance = -1)?;
    }
    let taken = accounts.put(Account { id: count, balance: 0, owner: "owner 1".into() });
    assert!(matches!(taken, Err(Error::UniqueViolation { .. })));
    for id in (0..count).step_by(2) {
        accounts.remove(&id)?;
    }
    let view = accounts.view();
    let negative = view.by(Account::BALANCE).get(&-1).count() as u64;
    assert_eq!(negative, (0..count).step_by(3).filter(|id| id % 2 == 1).count() as u64);
    assert_eq!(view.range(1..8).rev().map(|account| account.id).collect::<Vec<_>>(), [7, 5, 3, 1]);
    assert_eq!(view.find(Account::OWNER, "owner 3"), view.get(&3));
    assert_eq!(before.len() as u64, count);
    assert!(before.iter().all(|account| account.balance == (account.id % 7).cast_signed()));
    Ok(())
}

/// Transfers of several threads keep the sum, for whoever reads meanwhile too.
#[test]
fn transactions_of_several_threads() -> Result<()> {
    const ACCOUNTS: u64 = 4;
    let store = Store::in_memory();
    store.collection::<Account>()?.put_all((0..ACCOUNTS).map(|id| account(id, 100)))?;
    let transfers = |seed: u64| -> Result<()> {
        for step in 0..steps(200) {
            let (from, to) = ((seed + step) % ACCOUNTS, (seed * 3 + step * 2 + 1) % ACCOUNTS);
            let durability = if step % 2 == 0 { Durability::Fsync } else { Durability::Background };
            store.transaction().durability(durability).run(|tx| {
                let accounts = tx.collection::<Account>()?;
                accounts.update(&from, |account| account.balance -= 1)?;
                accounts.update(&to, |account| account.balance += 1)?;
                Ok(())
            })?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let writers = [scope.spawn(|| transfers(0)), scope.spawn(|| transfers(1))];
        let mut last = Version::default();
        for _ in 0..steps(200) {
            let snapshot = store.snapshot();
            assert!(snapshot.version() >= last);
            last = snapshot.version();
            let view = snapshot.collection::<Account>()?;
            assert_eq!(view.iter().map(|account| account.balance).sum::<i64>(), 400);
        }
        writers.into_iter().try_for_each(|writer| writer.join().expect("no thread panics"))
    })?;
    let sum: i64 = store.collection::<Account>()?.view().iter().map(|one| one.balance).sum();
    assert_eq!(sum, 400);
    store.close()
}

#[test]
fn a_transaction_in_a_transaction() -> Result<()> {
    let store = Store::in_memory();
    store.collection::<Account>()?.put(account(1, 5))?;
    let tx = store.begin();
    let accounts = tx.collection::<Account>()?;
    accounts.put(account(2, 6))?;
    let refused: Result<()> = tx.nested(|tx| {
        tx.collection::<Account>()?.clear()?;
        Err(Error::abort("thought better of it"))
    });
    assert!(refused.is_err());
    tx.nested(|tx| tx.collection::<Account>()?.put(account(3, 7)))?;
    assert_eq!(accounts.len(), 3);
    tx.rollback();
    assert_eq!(store.collection::<Account>()?.len(), 1);
    Ok(())
}

#[test]
fn documents_and_values() -> Result<()> {
    let store = Store::in_memory();
    let documents = store.documents("settings")?;
    for step in 0..steps(200) {
        let value = (step, vec![Some("a"), None], 1.5_f32);
        documents.set(format!("key {step}"), &value)?;
    }
    let found: Option<(u64, Vec<Option<String>>, f32)> = documents.find("key 1")?;
    assert_eq!(found, Some((1, vec![Some("a".to_owned()), None], 1.5)));
    let values = store.values("settings")?;
    assert_eq!(values.len() as u64, steps(200));
    assert!(values.iter().all(|entry| entry.is_ok_and(|(_, value)| value != Value::Null)));
    Ok(())
}
