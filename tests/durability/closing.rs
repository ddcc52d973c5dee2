//! Closing a store: it returns, whatever is still held, and releases the directory.

use super::{Page, numbers, page, place};
use folio::{Durability, Error, Result, Store};
use std::thread;
use std::time::Duration;

fn is_closed<R>(result: &Result<R>) -> bool {
    matches!(result, Err(Error::Closed))
}

#[test]
fn what_is_left_can_read_and_not_write() -> Result<()> {
    let (_directory, path) = place();
    for store in [Store::open(&path)?, Store::in_memory()] {
        let pages = store.collection::<Page>()?;
        pages.put_all((1..4).map(page))?;
        let (snapshot, tx, other) = (store.snapshot(), store.begin(), store.clone());
        tx.collection::<Page>()?.put(page(4))?;
        let reading = store.begin();
        assert_eq!(reading.collection::<Page>()?.len(), 3);
        store.close()?;

        assert_eq!((pages.len(), pages.get(&2).as_deref()), (3, Some(&page(2))));
        assert_eq!(snapshot.collection::<Page>()?.len(), 3);
        assert_eq!(numbers(&other)?, [1, 2, 3]);
        reading.commit()?;
        assert!(is_closed(&tx.commit()));
        assert!(is_closed(&pages.put(page(5))));
        assert!(is_closed(&other.transact(|tx| tx.collection::<Page>()?.clear())));
        assert!(is_closed(&other.collection_named::<Page>("new")));
        assert!(is_closed(&other.sync()));
        assert_eq!(pages.len(), 3);
        // Closing again does nothing.
        store.close()?;
        other.close()?;
    }
    Ok(())
}

#[test]
fn the_directory_is_free_while_handles_are_left() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let pages = store.collection::<Page>()?;
    pages.put(page(1))?;
    let (snapshot, tx) = (store.snapshot(), store.begin());
    store.close()?;
    let again = Store::open(&path)?;
    again.collection::<Page>()?.put(page(2))?;
    // The old handles keep to what they had.
    assert_eq!((pages.len(), snapshot.collection::<Page>()?.len()), (1, 1));
    assert_eq!(tx.collection::<Page>()?.len(), 1);
    drop((pages, snapshot, tx, store));
    assert!(matches!(Store::open(&path), Err(Error::Locked { .. })));
    drop(again);
    assert_eq!(numbers(&Store::open(&path)?)?, [1, 2]);
    Ok(())
}

#[test]
fn the_last_handle_closes_the_store() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let pages = store.collection::<Page>()?;
    drop(store);
    pages.put(page(1))?;
    let again = pages.clone();
    drop(pages);
    assert!(matches!(Store::open(&path), Err(Error::Locked { .. })));
    drop(again);
    assert_eq!(numbers(&Store::open(&path)?)?, [1]);
    Ok(())
}

/// A snapshot is data and not a handle of the store.
#[test]
fn a_snapshot_does_not_keep_a_store_open() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    store.collection::<Page>()?.put(page(1))?;
    let snapshot = store.snapshot();
    drop(store);
    let again = Store::open(&path)?;
    assert_eq!(snapshot.collection::<Page>()?.len(), 1);
    assert_eq!(numbers(&again)?, [1]);
    Ok(())
}

/// The second to close a store may find that the first is still at it. It must not return, and so
/// let somebody open the directory, before that is done.
#[test]
fn closing_from_two_threads_releases_the_directory_when_all_is_written() -> Result<()> {
    for _ in 0..5 {
        let (_directory, path) = place();
        let store = Store::options()
            .durability(Durability::Background)
            .flush_interval(Duration::from_hours(1))
            .open(&path)?;
        let pages = store.collection::<Page>()?;
        store.sync()?;
        // Large enough that writing it takes a while.
        let text = "x".repeat(100_000);
        pages.put_all((0..10).map(|number| Page { number, text: text.clone() }))?;
        thread::scope(|scope| -> Result<()> {
            let first = scope.spawn(|| store.close());
            // As soon as the first has begun, nothing more can be committed.
            while store.transact(folio::Transaction::next_id::<Page>).is_ok() {}
            store.close()?;
            assert_eq!(numbers(&Store::open(&path)?)?.len(), 10);
            first.join().expect("it does not panic")
        })?;
    }
    Ok(())
}

/// Everything that was acknowledged before the end is there after it, and nothing else.
#[test]
fn closing_among_writers_loses_nothing() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let pages = store.collection::<Page>()?;
    let mut acknowledged: Vec<u64> = thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|thread| {
                let pages = &pages;
                scope.spawn(move || {
                    let numbers = (0..).map(|turn| turn * 8 + thread);
                    numbers
                        .take_while(|number| pages.put(page(*number)).is_ok())
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        while store.version().number() < 200 {
            thread::yield_now();
        }
        store.close().expect("closing succeeds");
        writers.into_iter().flat_map(|writer| writer.join().expect("it does not panic")).collect()
    });
    acknowledged.sort_unstable();
    assert_eq!(numbers(&Store::open(&path)?)?, acknowledged);
    Ok(())
}
