//! `next_id` of collections that have no greatest key at their end.

use super::{Named, Numbered, Sample};
use folio::{Error, Record, Result, Store, Transaction};
use serde::{Deserialize, Serialize};

fn next(store: &Store) -> Result<u64> {
    store.transact(Transaction::next_id::<Numbered>)
}

fn record(number: u64) -> Numbered {
    Numbered::new(number, None, 0)
}

#[test]
fn ids_are_greater_than_keys_chosen_by_hand() -> Result<()> {
    let store = Store::in_memory();
    assert_eq!((next(&store)?, next(&store)?), (1, 2));
    let records = store.collection::<Numbered>()?;
    records.put(record(10))?;
    assert_eq!(next(&store)?, 11);
    records.put_all([record(400), record(20), record(300)])?;
    assert_eq!(next(&store)?, 401);
    store.transact(|tx| {
        let records = tx.collection::<Numbered>()?;
        records.put(record(500))?;
        records.put(record(7))?;
        assert_eq!(tx.next_id::<Numbered>()?, 501);
        records.put_all([record(700), record(600)])?;
        assert_eq!(records.iter().count(), 8);
        records.put(record(650))?;
        assert_eq!(tx.next_id::<Numbered>()?, 701);
        Ok(())
    })?;
    assert_eq!(next(&store)?, 702);
    Ok(())
}

/// A key that a transaction put in another's table, while that was at work, counts too.
#[test]
fn ids_are_greater_than_keys_of_others() -> Result<()> {
    let store = Store::in_memory();
    let (one, other) = (store.begin(), store.begin());
    one.collection::<Numbered>()?.put(record(900))?;
    other.collection::<Numbered>()?.put(record(30))?;
    one.commit()?;
    other.commit()?;
    assert_eq!(next(&store)?, 901);
    Ok(())
}

#[test]
fn ids_stay_greater_than_keys_that_were_removed() -> Result<()> {
    let store = Store::in_memory();
    let records = store.collection::<Numbered>()?;
    records.put_all([record(3), record(90)])?;
    records.remove(&90)?;
    assert_eq!(next(&store)?, 91);
    records.put(record(200))?;
    records.clear()?;
    assert_eq!(next(&store)?, 201);
    Ok(())
}

#[test]
fn a_key_of_a_transaction_that_was_given_up_does_not_count() -> Result<()> {
    let store = Store::in_memory();
    let records = store.collection::<Numbered>()?;
    records.put(record(3))?;
    let tx = store.begin();
    tx.collection::<Numbered>()?.put(record(90))?;
    tx.rollback();
    assert_eq!(next(&store)?, 4);
    Ok(())
}

#[test]
fn ids_go_on_where_a_store_is_opened_again() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("ids.folio");
    let store = Store::open(&path)?;
    assert_eq!(next(&store)?, 1);
    store.collection::<Numbered>()?.put_all([record(8), record(77), record(12)])?;
    store.close()?;
    let store = Store::open(&path)?;
    assert_eq!(next(&store)?, 78);
    store.collection::<Numbered>()?.insert(record(78))?;
    store.collection::<Numbered>()?.remove(&78)?;
    store.close()?;
    assert_eq!(next(&Store::open(&path)?)?, 79);
    Ok(())
}

#[test]
fn when_the_numbers_are_used_up_that_is_an_error() -> Result<()> {
    let store = Store::in_memory();
    store.collection::<Numbered>()?.put(record(u64::MAX - 1))?;
    assert_eq!(next(&store)?, u64::MAX);
    assert!(matches!(next(&store), Err(Error::IdsExhausted { .. })));
    Ok(())
}

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(unordered)]
struct Signed {
    #[key]
    id: i64,
}

#[test]
fn keys_that_are_no_positive_numbers_leave_the_count_alone() -> Result<()> {
    let store = Store::in_memory();
    store.collection::<Named>()?.put(Named::new(9, None, 0))?;
    assert_eq!(store.transact(Transaction::next_id::<Named>)?, 1);
    let signed = store.collection::<Signed>()?;
    signed.put_all([Signed { id: -5 }, Signed { id: i64::MIN }])?;
    assert_eq!(store.transact(Transaction::next_id::<Signed>)?, 1);
    signed.put_all([Signed { id: 40 }, Signed { id: -40 }])?;
    assert_eq!(store.transact(Transaction::next_id::<Signed>)?, 41);
    Ok(())
}
