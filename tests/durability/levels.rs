//! The three levels of durability. What the end of the process leaves is seen in a copy of the files
//! that is made while the store is open.

use super::common::{Random, seed, wait_until};
use super::{Page, numbers, numbers_after_crash, page, place};
use folio::{Durability, Result, Store};
use std::time::Duration;

const LONG: Duration = Duration::from_hours(1);

fn put(store: &Store, durability: Durability, number: u64) -> Result<()> {
    let options = store.transaction().durability(durability);
    options.run(|tx| tx.collection::<Page>()?.put(page(number)).map(|_| ()))
}

/// The writes and syncs of a store so far.
fn used(store: &Store) -> (u64, u64) {
    let stats = store.stats();
    (stats.writes, stats.syncs)
}

#[test]
fn a_commit_at_write_is_written_and_not_synced() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::options().durability(Durability::Write).open(&path)?;
    let pages = store.collection::<Page>()?;
    let (writes, syncs) = used(&store);
    for number in 1..=10 {
        pages.put(page(number))?;
        assert_eq!(used(&store), (writes + number, syncs));
    }
    assert_eq!(numbers_after_crash(&path)?, (1..=10).collect::<Vec<_>>());
    store.sync()?;
    assert_eq!(used(&store), (writes + 10, syncs + 1));
    // There is nothing left to sync.
    store.sync()?;
    assert_eq!(used(&store), (writes + 10, syncs + 1));
    Ok(())
}

#[test]
fn a_commit_at_background_is_visible_at_once_and_written_later() -> Result<()> {
    let (_directory, path) = place();
    let store =
        Store::options().durability(Durability::Background).flush_interval(LONG).open(&path)?;
    let pages = store.collection::<Page>()?;
    store.sync()?;
    let (writes, syncs) = used(&store);
    for number in 1..=10 {
        pages.put(page(number))?;
        assert_eq!(numbers(&store)?.len() as u64, number);
    }
    assert_eq!(used(&store), (writes, syncs));
    assert!(numbers_after_crash(&path)?.is_empty());
    store.sync()?;
    assert_eq!(used(&store), (writes + 1, syncs + 1));
    assert_eq!(numbers_after_crash(&path)?, (1..=10).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn a_commit_at_background_is_flushed_by_itself() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::options()
        .durability(Durability::Background)
        .flush_interval(Duration::from_millis(1))
        .open(&path)?;
    let pages = store.collection::<Page>()?;
    for number in 1..=3 {
        let commits = store.stats().commits;
        let syncs = store.stats().syncs;
        pages.put(page(number))?;
        assert_eq!(store.stats().commits, commits + 1);
        // The flush of an earlier commit may end now, so one sync is not enough of a sign.
        wait_until("the commit is on disk", || {
            store.stats().syncs > syncs
                && numbers_after_crash(&path).is_ok_and(|on_disk| on_disk.contains(&number))
        });
    }
    Ok(())
}

#[test]
fn a_commit_at_fsync_takes_all_before_it_along() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::options().flush_interval(LONG).open(&path)?;
    store.collection::<Page>()?;
    let (writes, syncs) = used(&store);
    put(&store, Durability::Background, 1)?;
    put(&store, Durability::Background, 2)?;
    put(&store, Durability::Fsync, 3)?;
    assert_eq!(used(&store), (writes + 1, syncs + 1));
    assert_eq!(numbers_after_crash(&path)?, [1, 2, 3]);
    put(&store, Durability::Background, 4)?;
    put(&store, Durability::Write, 5)?;
    assert_eq!(used(&store), (writes + 2, syncs + 1));
    assert_eq!(numbers_after_crash(&path)?, [1, 2, 3, 4, 5]);
    Ok(())
}

/// A reader's transaction is told its outcome only when everything that it saw is on disk at the
/// level asked for; what was committed at background counts as there.
#[test]
fn reading_does_not_wait_for_the_background() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::options().flush_interval(LONG).open(&path)?;
    store.collection::<Page>()?;
    let (writes, _) = used(&store);
    put(&store, Durability::Background, 1)?;
    assert_eq!(store.transact(|tx| Ok(tx.collection::<Page>()?.len()))?, 1);
    assert_eq!(store.stats().writes, writes);
    Ok(())
}

#[test]
fn closing_and_dropping_flush_the_background() -> Result<()> {
    for close in [true, false] {
        let (_directory, path) = place();
        let store = Store::options().flush_interval(LONG).open(&path)?;
        store.collection::<Page>()?;
        put(&store, Durability::Background, 1)?;
        if close {
            store.close()?;
        }
        drop(store);
        assert_eq!(numbers(&Store::open(&path)?)?, [1]);
    }
    Ok(())
}

/// After any mixture of levels, what a crash leaves is a prefix of the commits, with the last one in
/// it that was acknowledged at more than background.
#[test]
fn a_crash_leaves_a_prefix() -> Result<()> {
    let mut random = Random::new(seed("prefix"));
    let (_directory, path) = place();
    let store = Store::options().flush_interval(LONG).open(&path)?;
    store.collection::<Page>()?;
    let levels = [Durability::Background, Durability::Write, Durability::Fsync];
    let mut acknowledged = 0;
    for number in 1..=60 {
        let durability = levels[random.place(3)];
        put(&store, durability, number)?;
        if durability > Durability::Background {
            acknowledged = number;
        }
        let found = numbers_after_crash(&path)?;
        let last = found.last().copied().unwrap_or(0);
        assert_eq!(found, (1..=last).collect::<Vec<_>>());
        assert!(last >= acknowledged, "{last} of {acknowledged} are there");
    }
    Ok(())
}

#[test]
fn a_store_in_memory_takes_all_levels() -> Result<()> {
    let store = Store::in_memory();
    for (number, durability) in
        (1..).zip([Durability::Background, Durability::Write, Durability::Fsync])
    {
        put(&store, durability, number)?;
    }
    store.sync()?;
    assert_eq!(numbers(&store)?, [1, 2, 3]);
    assert_eq!(used(&store), (0, 0));
    Ok(())
}
