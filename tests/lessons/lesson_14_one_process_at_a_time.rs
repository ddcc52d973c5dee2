//! Two processes could open one directory and overwrote each other's files. `PolarysDB`'s lock stayed
//! behind when an open failed, so that nobody could open the store any more; and its `Close` did not
//! return.

use super::common::{child_path, start_child, tell, told, wait_for_parent};
use super::{Value, place, value, values};
use folio::{Error, Result, Store};
use std::fs;
use std::thread;

#[test]
fn a_second_process_is_told_at_once() -> Result<()> {
    let (_directory, path) = place();
    let mut first = start_child("lesson_14_one_process_at_a_time::other_process", &path);
    let mut lines = told(&mut first);
    assert_eq!(lines.next().as_deref(), Some("open"));
    let before = super::common::contents(&path);
    match Store::open(&path) {
        Err(error @ Error::Locked { .. }) => {
            assert!(error.is_locked());
            let text = error.to_string();
            assert!(text.contains("store.folio") && text.contains("another process"), "{text}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(super::common::contents(&path), before);
    // The first goes on undisturbed, and leaves when it is told.
    drop(first.stdin.take());
    assert_eq!(lines.next(), None);
    assert!(first.wait().expect("the child can be waited for").success());
    assert_eq!(values(&Store::open(&path)?)?, [value("a", 1), value("b", 2)]);
    Ok(())
}

/// The other process: it writes, waits for its end, and writes once more.
#[test]
fn other_process() -> Result<()> {
    let Some(path) = child_path() else { return Ok(()) };
    let store = Store::open(path)?;
    let collection = store.collection::<Value>()?;
    collection.put(value("a", 1))?;
    tell("open");
    wait_for_parent();
    collection.put(value("b", 2))?;
    store.close()
}

#[test]
fn an_open_that_failed_leaves_no_lock() -> Result<()> {
    let (_directory, path) = place();
    Store::open(&path)?.collection::<Value>()?.put(value("a", 1))?;
    let manifest = path.join("MANIFEST");
    let intact = fs::read(&manifest).expect("it is there");
    fs::write(&manifest, "nonsense").expect("it can be written");
    for _ in 0..3 {
        assert!(Store::open(&path).is_err_and(|error| error.is_corrupt()));
    }
    fs::write(&manifest, intact).expect("it can be written");
    assert_eq!(values(&Store::open(&path)?)?, [value("a", 1)]);
    Ok(())
}

/// Whatever else is going on: readers, an open transaction, a held snapshot, writers.
#[test]
fn closing_returns() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let collection = store.collection::<Value>()?;
    let (snapshot, tx) = (store.snapshot(), store.begin());
    tx.collection::<Value>()?.put(value("never", 0))?;
    thread::scope(|scope| {
        for writer in 0..4 {
            let collection = &collection;
            scope.spawn(move || {
                let mut number = 0;
                while collection.put(value(&format!("{writer}"), number)).is_ok() {
                    number += 1;
                }
            });
        }
        while store.version().number() < 50 {
            thread::yield_now();
        }
        store.close()
    })?;
    assert!(matches!(tx.commit(), Err(Error::Closed)));
    assert!(snapshot.collection::<Value>()?.is_empty());
    let there = values(&store)?;
    assert_eq!(values(&Store::open(&path)?)?, there);
    Ok(())
}
