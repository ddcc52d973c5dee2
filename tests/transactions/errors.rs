//! What writing refuses, in a transaction and outside of one, and that nothing is changed then.

use super::{Account, account, balances, bank};
use folio::{Error, Result};

fn renamed(id: u64, owner: &str) -> Account {
    Account { owner: owner.into(), ..account(id, 100) }
}

#[test]
fn a_key_that_is_there_is_not_inserted_again() -> Result<()> {
    let store = bank();
    let accounts = store.collection::<Account>()?;
    let again = accounts.insert(renamed(2, "new"));
    match again {
        Err(Error::KeyExists { collection, key }) => {
            assert_eq!((&*collection, &*key), ("accounts", "2"));
        }
        other => panic!("{other:?}"),
    }
    store.transact(|tx| {
        let accounts = tx.collection::<Account>()?;
        assert!(accounts.insert(renamed(2, "new")).is_err_and(|error| error.is_constraint()));
        // The transaction goes on.
        accounts.insert(account(4, 100)).map(|_| ())
    })?;
    assert_eq!(balances(&store), [100; 4]);
    Ok(())
}

#[test]
fn a_unique_key_that_is_taken_is_not_given_again() -> Result<()> {
    let store = bank();
    let accounts = store.collection::<Account>()?;
    match accounts.put(renamed(1, "owner 2")) {
        Err(Error::UniqueViolation { collection, index, value, existing }) => {
            assert_eq!((&*collection, &*index), ("accounts", "owner"));
            assert_eq!((&*value, &*existing), ("\"owner 2\"", "2"));
        }
        other => panic!("{other:?}"),
    }
    let violates = |result: Result<()>| matches!(result, Err(Error::UniqueViolation { .. }));
    assert!(violates(accounts.insert(renamed(9, "owner 2")).map(|_| ())));
    assert!(violates(accounts.update(&1, |account| account.owner = "owner 2".into()).map(|_| ())));
    assert!(violates(accounts.upsert(&9, || renamed(9, "owner 2"), |_| ()).map(|_| ())));
    store.transact(|tx| {
        let accounts = tx.collection::<Account>()?;
        let update = accounts.update(&1, |account| account.owner = "owner 2".into());
        assert!(violates(update.map(|_| ())));
        assert_eq!(accounts.get(&1).unwrap().owner, "owner 1");
        // Once its owner has given it up, it is free.
        accounts.update(&2, |account| account.owner = "nobody".into())?;
        accounts.update(&1, |account| account.owner = "owner 2".into()).map(|_| ())
    })?;
    assert_eq!(accounts.find(Account::OWNER, "owner 2").unwrap().id, 1);
    assert_eq!(balances(&store), [100; 3]);
    Ok(())
}

#[test]
fn what_is_missing_is_not_updated() -> Result<()> {
    let store = bank();
    match store.collection::<Account>()?.update(&9, |_| ()) {
        Err(error @ Error::NotFound { .. }) => {
            assert!(error.is_not_found());
            assert_eq!(error.to_string(), "collection `accounts` has no record with key 9");
        }
        other => panic!("{other:?}"),
    }
    let inside = store.transact(|tx| tx.collection::<Account>()?.update(&9, |_| ()));
    assert!(inside.is_err_and(|error| error.is_not_found()));
    Ok(())
}

#[test]
fn a_key_is_not_changed_by_an_update() -> Result<()> {
    let store = bank();
    let accounts = store.collection::<Account>()?;
    let changed = |result: Result<()>| match result {
        Err(Error::KeyChanged { collection, before, after }) => (collection, before, after),
        other => panic!("{other:?}"),
    };
    let from_1_to_7 = ("accounts".to_owned(), "1".to_owned(), "7".to_owned());
    let from_8_to_7 = ("accounts".to_owned(), "8".to_owned(), "7".to_owned());
    let update = accounts.update(&1, |account| account.id = 7).map(|_| ());
    assert_eq!(changed(update), from_1_to_7);
    let upsert = accounts.upsert(&1, || account(1, 0), |account| account.id = 7).map(|_| ());
    assert_eq!(changed(upsert), from_1_to_7);
    let upsert = accounts.upsert(&8, || account(7, 0), |_| ()).map(|_| ());
    assert_eq!(changed(upsert), from_8_to_7);
    let inside = store.transact(|tx| {
        let accounts = tx.collection::<Account>()?;
        let update = accounts.update(&1, |account| account.id = 7).map(|_| ());
        assert_eq!(changed(update), from_1_to_7);
        accounts.upsert(&8, || account(7, 0), |_| ()).map(|_| ())
    });
    assert_eq!(changed(inside), from_8_to_7);
    assert_eq!(balances(&store), [100; 3]);
    Ok(())
}

#[test]
fn removing_what_is_missing_is_no_error_and_no_commit() -> Result<()> {
    let store = bank();
    let accounts = store.collection::<Account>()?;
    let before = store.version();
    assert_eq!(accounts.remove(&9)?, None);
    assert_eq!(accounts.remove_all([8, 9])?, 0);
    assert_eq!(accounts.remove_range(50..)?, 0);
    assert_eq!(accounts.insert_all([])?, 0);
    assert_eq!(store.version(), before);
    Ok(())
}

#[test]
fn a_batch_is_all_or_nothing() -> Result<()> {
    let store = bank();
    let accounts = store.collection::<Account>()?;
    let before = store.version();
    // The last record of each is the one that can't be.
    let keys = accounts.insert_all([account(4, 1), account(5, 1), account(2, 1)]);
    assert!(matches!(keys, Err(Error::KeyExists { .. })));
    let twice = accounts.insert_all([account(4, 1), renamed(4, "new")]);
    assert!(matches!(twice, Err(Error::KeyExists { .. })));
    let unique = accounts.put_all([account(1, 1), account(4, 1), renamed(5, "owner 4")]);
    assert!(matches!(unique, Err(Error::UniqueViolation { .. })));
    assert_eq!((store.version(), balances(&store)), (before, vec![100; 3]));

    store.transact(|tx| {
        let accounts = tx.collection::<Account>()?;
        accounts.put(account(1, 50))?;
        assert!(accounts.put_all([account(4, 1), renamed(5, "owner 1")]).is_err());
        assert!(accounts.insert_all([account(4, 1), account(1, 1)]).is_err());
        assert_eq!(accounts.len(), 3);
        // Of records with one key the last stays.
        accounts.put_all([account(4, 1), account(4, 2)]).map(|_| ())
    })?;
    assert_eq!(balances(&store), [50, 100, 100, 2]);
    assert_eq!(store.version().number(), before.number() + 1);
    Ok(())
}

#[test]
fn writes_return_what_was_there() -> Result<()> {
    let store = bank();
    let accounts = store.collection::<Account>()?;
    assert_eq!(accounts.put(account(4, 1))?, None);
    assert_eq!(accounts.put(account(4, 2))?.unwrap().cents, 1);
    assert_eq!(accounts.remove(&4)?.unwrap().cents, 2);
    store.transact(|tx| {
        let accounts = tx.collection::<Account>()?;
        assert_eq!(accounts.put(account(4, 3))?, None);
        assert_eq!(accounts.put(account(4, 4))?.unwrap().cents, 3);
        assert_eq!(accounts.remove(&4)?.unwrap().cents, 4);
        assert_eq!(accounts.remove(&4)?, None);
        Ok(())
    })
}
