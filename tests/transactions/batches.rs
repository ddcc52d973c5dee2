//! Batches: many records at once are what they would be one after the other, all or none.

use super::{Account, account, add, balances, bank};
use folio::{Error, Result, Store};

fn renamed(id: u64, owner: &str) -> Account {
    Account { owner: owner.into(), ..account(id, 100) }
}

fn owners(store: &Store) -> Vec<(u64, String)> {
    let accounts = store.snapshot().collection::<Account>().expect("it is there");
    accounts.iter().map(|account| (account.id, account.owner.clone())).collect()
}

/// The key that an error says is there already, or the unique key and the record that has it.
fn refused(result: Result<usize>) -> String {
    match result {
        Err(Error::KeyExists { key, .. }) => key,
        Err(Error::UniqueViolation { value, existing, .. }) => format!("{value} of {existing}"),
        other => panic!("{other:?}"),
    }
}

/// In an empty collection and in one that has records, outside of a transaction and inside of one that
/// has written before.
fn everywhere(act: impl Fn(&dyn Fn(Vec<Account>, bool) -> Result<usize>)) -> Result<()> {
    for is_empty in [true, false] {
        let store = if is_empty { Store::in_memory() } else { bank() };
        let accounts = store.collection::<Account>()?;
        let before = store.version();
        act(&|records, is_insert| {
            if is_insert { accounts.insert_all(records) } else { accounts.put_all(records) }
        });
        assert_eq!(store.version(), before, "nothing was committed");
        let result: Result<()> = store.transact(|tx| {
            let accounts = tx.collection::<Account>()?;
            accounts.put(renamed(70, "first"))?;
            let before = accounts.iter().count();
            act(&|records, is_insert| {
                if is_insert { accounts.insert_all(records) } else { accounts.put_all(records) }
            });
            assert_eq!(accounts.iter().count(), before);
            Err(Error::abort("expected by the test"))
        });
        assert!(result.is_err_and(|error| error.is_abort()));
    }
    Ok(())
}

/// The first record in the order given, not in the order of the keys.
#[test]
fn the_error_is_of_the_first_record_that_can_not_be_added() -> Result<()> {
    everywhere(|write| {
        let twice = vec![account(9, 1), account(8, 1), account(8, 2), account(9, 2)];
        assert_eq!(refused(write(twice, true)), "8");
        let taken =
            vec![account(9, 1), account(8, 1), renamed(7, "owner 9"), renamed(6, "owner 8")];
        assert_eq!(refused(write(taken.clone(), true)), "\"owner 9\" of 9");
        assert_eq!(refused(write(taken, false)), "\"owner 9\" of 9");
        let first = vec![renamed(9, "x"), renamed(8, "x"), account(7, 1), account(7, 1)];
        assert_eq!(refused(write(first, true)), "\"x\" of 9");
    })?;
    let accounts = bank().collection::<Account>()?;
    assert_eq!(refused(accounts.insert_all([account(9, 1), account(3, 1), account(2, 1)])), "3");
    let both = [renamed(9, "owner 3"), account(2, 1)];
    assert_eq!(refused(accounts.insert_all(both)), "\"owner 3\" of 3");
    Ok(())
}

/// A unique key goes from one record of a batch to another if it has been given up before it is taken.
#[test]
fn a_unique_key_is_handed_on_within_a_batch_in_the_order_given() -> Result<()> {
    for inside in [false, true] {
        let store = bank();
        let accounts = store.collection::<Account>()?;
        let put_all = |records: [Account; 2]| {
            if inside {
                store.transact(|tx| tx.collection::<Account>()?.put_all(records.clone()))
            } else {
                accounts.put_all(records)
            }
        };
        let too_early = [renamed(1, "owner 3"), renamed(3, "nobody")];
        assert_eq!(refused(put_all(too_early)), "\"owner 3\" of 3");
        assert_eq!(balances(&store), [100; 3]);
        put_all([renamed(3, "nobody"), renamed(1, "owner 3")])?;
        // And back, from the smaller key to the greater.
        put_all([renamed(1, "owner 1"), renamed(3, "owner 3")])?;
        put_all([renamed(1, "nobody"), renamed(3, "owner 1")])?;
        let expected = [(1, "nobody"), (2, "owner 2"), (3, "owner 1")];
        assert_eq!(owners(&store), expected.map(|(id, owner)| (id, owner.to_owned())));
        assert_eq!(balances(&store), [100; 3]);
    }
    Ok(())
}

#[test]
fn of_records_with_one_key_the_last_stays_and_each_counts() -> Result<()> {
    for size in [0, 5_000] {
        let store = Store::in_memory();
        let accounts = store.collection::<Account>()?;
        accounts.insert_all((100..100 + size).map(|id| account(id, 1)))?;
        assert_eq!(accounts.put_all([account(2, 1), account(1, 1), account(2, 2)])?, 3);
        assert_eq!(accounts.view().range(..10).map(|one| one.cents).collect::<Vec<_>>(), [1, 2]);
        // What is removed twice was there once, and what is missing never.
        assert_eq!(accounts.remove_all([2, 9, 2, 1])?, 2);
        assert_eq!(balances(&store).len() as u64, size);
        assert_eq!(accounts.remove_all([2, 9, 2, 1])?, 0);
    }
    Ok(())
}

/// A batch into a collection that is empty builds it in one go, also where somebody else is faster, and
/// where the transaction goes on with what it built.
#[test]
fn a_batch_into_an_empty_collection() -> Result<()> {
    let store = Store::in_memory();
    let records = || (0..5_000).rev().map(|id| account(id, 7));
    let tx = store.begin();
    let accounts = tx.collection::<Account>()?;
    assert_eq!(accounts.insert_all(records())?, 5_000);
    assert_eq!(accounts.find(Account::OWNER, "owner 4321").unwrap().id, 4_321);
    add(&tx, 17, 1)?;
    accounts.remove(&18)?;
    // Its unique keys are all taken, and free again when their records are gone.
    assert!(accounts.insert(renamed(6_000, "owner 17")).is_err());
    accounts.insert(renamed(6_000, "owner 18"))?;
    assert!(tx.nested(|_| accounts.insert_all([account(6_001, 7), account(17, 7)])).is_err());
    let other = store.collection::<Account>()?;
    other.insert(account(10_000, 1))?;
    tx.commit()?;
    let balances = balances(&store);
    assert_eq!((balances.len(), balances.iter().sum::<i64>()), (5_001, 4_999 * 7 + 1 + 100 + 1));
    Ok(())
}

/// What was free when the batch was made must be free when it is committed.
#[test]
fn a_batch_into_an_empty_collection_depends_on_its_keys_alone() -> Result<()> {
    let load = |changed: &str, other: Account| -> Result<bool> {
        let store = Store::in_memory();
        let tx = store.begin();
        let accounts = tx.collection::<Account>()?;
        accounts.insert_all((0..100).map(|id| account(id, 7)))?;
        // The unique key that was relied upon is not in the end result any more.
        accounts.update(&50, |account| account.owner = changed.to_owned())?;
        store.collection::<Account>()?.insert(other)?;
        Ok(tx.commit().is_err_and(|error| error.is_conflict()))
    };
    assert!(!load("somebody", account(200, 1))?);
    assert!(load("somebody", account(50, 1))?, "the same key");
    assert!(load("somebody", renamed(200, "owner 51"))?, "a unique key that is taken");
    assert!(load("somebody", renamed(200, "somebody"))?, "a unique key that was taken later");
    assert!(load("somebody", renamed(200, "owner 50"))?, "a unique key that was free at first");
    Ok(())
}

/// Each record of a batch is read, whether it is there or not.
#[test]
fn a_batch_depends_on_the_records_that_it_writes() -> Result<()> {
    for (key, conflicts) in [(1, true), (2, false), (8, true), (9, false)] {
        let store = bank();
        let tx = store.begin();
        let accounts = tx.collection::<Account>()?;
        accounts.put_all([account(1, 5), account(3, 5)])?;
        assert_eq!(accounts.remove_all([8])?, 0);
        store.collection::<Account>()?.put(account(key, 77))?;
        assert_eq!(tx.commit().is_err(), conflicts, "{key}");
    }
    Ok(())
}
