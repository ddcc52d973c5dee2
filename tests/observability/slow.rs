//! Slow transactions.

use crate::{Item, item, lose};
use folio::{Result, SlowTransaction, Store};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A store that tells of all transactions that take longer.
fn store(threshold: Duration) -> (Store, Receiver<SlowTransaction>) {
    let (sender, receiver) = channel();
    let told = move |slow: &SlowTransaction| sender.send(slow.clone()).unwrap();
    (Store::options().slow_transactions_to(threshold, told).in_memory(), receiver)
}

#[test]
fn a_slow_transaction_says_what_it_was() -> Result<()> {
    let (store, told) = store(Duration::ZERO);
    lose(&store, 2)?;
    let all: Vec<SlowTransaction> = told.try_iter().collect();
    // Each attempt that lost did so to a commit of its own, which is over first.
    let attempts: Vec<u32> = all.iter().map(|slow| slow.attempts).collect();
    assert_eq!(attempts, [1, 1, 3]);
    let last = all.last().unwrap();
    assert_eq!((&last.collections[..], last.committed), (&["items".to_owned()][..], true));
    assert_eq!(last.meta, [("actor".to_owned(), "ada".to_owned())]);
    assert!(last.duration >= all[0].duration + all[1].duration);
    assert_eq!(store.stats().slow_transactions, 3);
    Ok(())
}

#[test]
fn one_that_fails_is_told_of_as_well() -> Result<()> {
    let (store, told) = store(Duration::ZERO);
    let items = store.collection::<Item>()?;
    let tx = store.transaction().meta("why", "to lose").begin();
    tx.collection::<Item>()?.put(item(1, "late"))?;
    items.put(item(1, "early"))?;
    assert!(tx.commit().is_err_and(|error| error.is_conflict()));
    let all: Vec<_> = told.try_iter().map(|slow| (slow.attempts, slow.committed)).collect();
    assert_eq!(all, [(1, true), (1, false)]);

    // With all its attempts.
    let lost = store.transaction().retries(1).run(|tx| {
        items.put(item(1, "early"))?;
        tx.collection::<Item>()?.put(item(1, "late")).map(drop)
    });
    assert!(lost.is_err());
    let all: Vec<_> = told.try_iter().map(|slow| (slow.attempts, slow.committed)).collect();
    assert_eq!(all, [(1, true), (1, true), (2, false)]);
    Ok(())
}

#[test]
fn what_is_quick_is_not_told() -> Result<()> {
    let (store, told) = store(Duration::from_hours(1));
    lose(&store, 2)?;
    assert_eq!((told.try_iter().count(), store.stats().slow_transactions), (0, 0));
    let silent = Store::options().slow_transactions(Duration::ZERO).in_memory();
    lose(&silent, 0)?;
    assert_eq!(silent.stats().slow_transactions, 1);
    Ok(())
}
