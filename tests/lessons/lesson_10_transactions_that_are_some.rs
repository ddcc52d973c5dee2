//! The predecessors' "transactions" copied the whole database when they began, 16 a second at 100,000
//! records; allowed lost updates and write skew; or were aborted by any other write at all, three of
//! four where no two touched the same key. Beginning must cost nothing, what conflicts must be
//! refused, and what does not must not be.

use super::counting::{Counted, FIRST, Number, Work, counted, counted_record};
use super::{Value, place, value};
use folio::{Result, Store};
use std::thread;

#[test]
fn beginning_copies_nothing() -> Result<()> {
    let store = Store::in_memory();
    store.collection::<Counted>()?.put_all((0..50_000).map(counted_record))?;
    let (tx, work) = counted(|| store.begin());
    assert_eq!(work, Work::default());
    let records = tx.collection::<Counted>()?;
    let (_, work) = counted(|| records.update(&Number(FIRST + 9), |record| record.text.clear()));
    // The one record that changes is copied, and found by a few comparisons.
    assert_eq!((work.clones, work.encodings), (1, 0));
    assert!(work.comparisons < 500, "{work:?}");
    let (result, work) = counted(|| tx.commit());
    result?;
    assert_eq!((work.clones, work.encodings), (0, 1));
    assert!(work.comparisons < 500, "{work:?}");
    Ok(())
}

#[test]
fn transactions_on_different_keys_do_not_disturb_each_other() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    store.collection::<Value>()?.put_all((0..100).map(|n| value(&format!("{n:03}"), 0)))?;
    // All of them at once, each reading and writing its own ten keys by all sorts of ways.
    let open: Vec<_> = (0..10).map(|_| store.begin()).collect();
    for (tx, ten) in open.iter().zip(0..) {
        let values = tx.collection::<Value>()?;
        let first = format!("{ten:02}0");
        assert_eq!(values.prefix(format!("{ten:02}")).count(), 10);
        assert!(values.range(first.as_str()..).next().is_some());
        values.update(&first, |value| value.number = ten)?;
        values.insert(value(&format!("{ten:02}0 new"), ten))?;
        values.remove(&format!("{ten:02}9"))?;
    }
    for tx in open {
        tx.commit()?;
    }
    assert_eq!((store.collection::<Value>()?.len(), store.stats().conflicts), (100, 0));
    Ok(())
}

#[test]
fn no_update_is_lost() -> Result<()> {
    const THREADS: i64 = 8;
    const TURNS: i64 = 50;
    let store = Store::in_memory();
    let collection = store.collection::<Value>()?;
    collection.put(value("sum", 0))?;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    (0..TURNS).try_for_each(|_| {
                        store.transact(|tx| {
                            let values = tx.collection::<Value>()?;
                            let sum = values.get("sum").expect("it is there").number;
                            thread::yield_now();
                            values.put(value("sum", sum + 1)).map(|_| ())
                        })
                    })
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("it does not panic"))
    })?;
    assert_eq!(collection.get("sum").map(|sum| sum.number), Some(THREADS * TURNS));
    Ok(())
}

/// At least one of two doctors must be on call; each may leave if the other is there.
#[test]
fn no_two_transactions_each_rely_on_what_the_other_changes() -> Result<()> {
    let store = Store::in_memory();
    store.collection::<Value>()?.put_all([value("Ada", 1), value("Grace", 1)])?;
    let leave = |name: &'static str| {
        let tx = store.begin();
        let doctors = tx.collection::<Value>()?;
        let on_call = doctors.iter().filter(|doctor| doctor.number == 1).count();
        if on_call > 1 {
            doctors.put(value(name, 0))?;
        }
        Ok::<_, folio::Error>(tx)
    };
    let (ada, grace) = (leave("Ada")?, leave("Grace")?);
    ada.commit()?;
    assert!(grace.commit().is_err_and(|error| error.is_conflict()));
    leave("Grace")?.commit()?;
    let on_call = store.snapshot().collection::<Value>()?.iter().filter(|d| d.number == 1).count();
    assert_eq!(on_call, 1);
    Ok(())
}
