//! What a transaction depends on that reads records without order.

use super::{Named, Numbered, Sample};
use folio::{Isolation, Result, Store, Transaction, TxCollection};

const COUNT: u64 = 40;

fn record(number: u64) -> Numbered {
    Numbered::new(number, None, 0)
}

fn store() -> Result<Store> {
    let store = Store::in_memory();
    store.collection::<Numbered>()?.insert_all((0..COUNT).map(record))?;
    Ok(store)
}

/// What others do.
type Disturbance = fn(&Store) -> Result<()>;

fn insert(store: &Store) -> Result<()> {
    store.collection::<Numbered>()?.insert(record(100)).map(drop)
}

fn remove(store: &Store) -> Result<()> {
    store.collection::<Numbered>()?.remove(&5).map(drop)
}

fn change(store: &Store) -> Result<()> {
    store.collection::<Numbered>()?.update(&5, Numbered::count_up).map(drop)
}

fn exchange(store: &Store) -> Result<()> {
    store.transact(|tx| {
        let records = tx.collection::<Numbered>()?;
        records.remove(&5)?;
        records.insert(record(100)).map(drop)
    })
}

/// In another collection.
fn elsewhere(store: &Store) -> Result<()> {
    store.collection::<Named>()?.put(Named::new(5, None, 0)).map(drop)
}

/// Whether a transaction that reads like this, and writes something of its own, is in conflict with
/// what others do meanwhile.
fn is_disturbed<R>(
    read: impl FnOnce(&TxCollection<'_, Numbered>) -> R,
    disturb: Disturbance,
) -> Result<bool> {
    let store = store()?;
    let tx = store.begin();
    let records = tx.collection::<Numbered>()?;
    drop(read(&records));
    records.put(record(1_000))?;
    disturb(&store)?;
    match tx.commit() {
        Ok(_) => Ok(false),
        Err(error) if error.is_conflict() => Ok(true),
        Err(error) => Err(error),
    }
}

#[test]
fn one_record_of_an_iteration_depends_on_all() -> Result<()> {
    type Read = fn(&TxCollection<'_, Numbered>) -> Option<u64>;
    let reads: [Read; 4] = [
        |records| records.iter().next().map(|record| record.id),
        |records| records.iter().next_back().map(|record| record.id),
        |records| records.keys().next(),
        |records| records.iter().map(|record| record.count).max(),
    ];
    for read in reads {
        for disturb in [insert, remove, change, exchange] {
            assert!(is_disturbed(read, disturb)?);
        }
        assert!(!is_disturbed(read, elsewhere)?);
    }
    Ok(())
}

#[test]
fn an_iterator_that_was_not_asked_depends_on_nothing() -> Result<()> {
    for disturb in [insert, remove, change, exchange] {
        assert!(!is_disturbed(|records| drop(records.iter()), disturb)?);
    }
    Ok(())
}

#[test]
fn iterating_over_nothing_depends_on_there_being_nothing() -> Result<()> {
    let store = Store::in_memory();
    let (tx, other) = (store.begin(), store.begin());
    let records = tx.collection::<Numbered>()?;
    assert!(records.iter().next().is_none());
    records.put(record(1))?;
    other.collection::<Numbered>()?.put(record(2))?;
    other.commit()?;
    assert!(tx.commit().is_err_and(|error| error.is_conflict()));
    Ok(())
}

#[test]
fn reading_a_key_depends_on_that_alone() -> Result<()> {
    for disturb in [insert, remove, change, exchange] {
        assert!(!is_disturbed(|records| records.get(&7), disturb)?);
        assert!(!is_disturbed(|records| records.get_all([7, 8, 200]), disturb)?);
    }
    for disturb in [remove, change, exchange] {
        assert!(is_disturbed(|records| records.get(&5), disturb)?);
        assert!(is_disturbed(|records| records.contains(&5), disturb)?);
    }
    // A key that was not there, and comes.
    assert!(is_disturbed(|records| records.get(&100), insert)?);
    assert!(!is_disturbed(|records| records.get(&100), change)?);
    Ok(())
}

#[test]
fn whether_there_are_records_depends_on_their_number() -> Result<()> {
    for disturb in [insert, remove] {
        assert!(is_disturbed(|records| !records.is_empty(), disturb)?);
        assert!(is_disturbed(|records| records.len() > 1, disturb)?);
    }
    for disturb in [change, exchange] {
        assert!(!is_disturbed(|records| !records.is_empty(), disturb)?);
    }
    Ok(())
}

#[test]
fn clearing_depends_on_all() -> Result<()> {
    for disturb in [insert, change] {
        assert!(is_disturbed(|records| records.clear().is_ok(), disturb)?);
    }
    Ok(())
}

/// What a part that was undone has read counts all the same.
#[test]
fn an_iteration_in_a_part_that_was_undone_counts() -> Result<()> {
    let store = store()?;
    let tx = store.begin();
    let part = tx.nested(|tx| {
        let sum = tx.collection::<Numbered>()?.iter().count();
        Err::<(), _>(folio::Error::abort(format!("{sum} are too many")))
    });
    assert!(part.is_err());
    tx.collection::<Numbered>()?.put(record(1_000))?;
    insert(&store)?;
    assert!(tx.commit().is_err_and(|error| error.is_conflict()));
    Ok(())
}

/// Each counts and adds one if there is room: together they would be too many.
#[test]
fn two_that_look_at_all_and_write_disturb_each_other() -> Result<()> {
    let store = store()?;
    let (one, other) = (store.begin(), store.begin());
    for (tx, number) in [(&one, 500), (&other, 600)] {
        let records = tx.collection::<Numbered>()?;
        assert_eq!(records.iter().count() as u64, COUNT);
        records.insert(record(number))?;
    }
    one.commit()?;
    assert!(other.commit().is_err_and(|error| error.is_conflict()));
    assert_eq!(store.collection::<Numbered>()?.len() as u64, COUNT + 1);
    Ok(())
}

fn take_unless_both(tx: &Transaction, number: u64) -> Result<()> {
    let records = tx.collection::<Numbered>()?;
    let both = records.get_all([1, 2]);
    assert!(both.iter().flatten().all(|record| record.group == 0));
    records.update(&number, |record| record.group = 1).map(drop)
}

/// Both read both records, and each writes one: the anomaly by which snapshot isolation is known.
#[test]
fn write_skew_is_refused() -> Result<()> {
    let store = store()?;
    let (one, other) = (store.begin(), store.begin());
    take_unless_both(&one, 1)?;
    take_unless_both(&other, 2)?;
    one.commit()?;
    assert!(other.commit().is_err_and(|error| error.is_conflict()));

    let store = Store::options().isolation(Isolation::Snapshot).in_memory();
    store.collection::<Numbered>()?.insert_all((0..COUNT).map(record))?;
    let (one, other) = (store.begin(), store.begin());
    take_unless_both(&one, 1)?;
    take_unless_both(&other, 2)?;
    one.commit()?;
    other.commit()?;
    Ok(())
}
