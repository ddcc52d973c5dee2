//! A `Write` of `PolarysDB` waited for a ticker of 100 ms before it was acknowledged: ten a second for
//! one writer, where its description claimed 50,000. Nothing on the path of a commit may wait for
//! time to pass: what a writer waits for is the disk, and nothing else.

use super::{Value, place, value};
use folio::{Durability, Result, Store};
use std::thread;
use std::time::Duration;

/// If any commit waited for this, the tests would not end.
const NEVER: Duration = Duration::from_hours(24 * 365);

#[test]
fn each_commit_of_one_writer_is_on_disk_when_it_returns() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::options().flush_interval(NEVER).open(&path)?;
    let collection = store.collection::<Value>()?;
    let before = store.stats();
    for number in 0..100 {
        collection.put(value("a", number))?;
        store.transact(|tx| tx.collection::<Value>()?.put(value("b", number)))?;
    }
    let after = store.stats();
    assert_eq!((after.writes - before.writes, after.syncs - before.syncs), (200, 200));
    Ok(())
}

#[test]
fn no_level_and_no_number_of_writers_brings_a_timer_in() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::options().flush_interval(NEVER).open(&path)?;
    let collection = store.collection::<Value>()?;
    let levels = [Durability::Fsync, Durability::Write, Durability::Background];
    thread::scope(|scope| {
        let writers: Vec<_> = levels
            .iter()
            .cycle()
            .take(12)
            .zip(0..)
            .map(|(durability, writer)| {
                let store = &store;
                scope.spawn(move || {
                    (0..20).try_for_each(|turn| {
                        let options = store.transaction().durability(*durability);
                        let name = format!("{writer} {turn}");
                        options.run(|tx| tx.collection::<Value>()?.put(value(&name, turn)))?;
                        // A transaction that only reads does not wait either.
                        store.transact(|tx| Ok(tx.collection::<Value>()?.len())).map(|_| ())
                    })
                })
            })
            .collect();
        writers.into_iter().try_for_each(|writer| writer.join().expect("it does not panic"))
    })?;
    assert_eq!(collection.len(), 240);
    store.sync()?;
    store.close()
}
