//! Old versions that somebody holds.

use crate::{Item, item};
use folio::{HeldVersions, History, Result, Store};
#[cfg(feature = "simulation")]
use std::time::Duration;

fn held(store: &Store) -> HeldVersions {
    store.stats().held
}

#[test]
fn a_snapshot_is_known_from_when_it_is_old_until_it_is_dropped() -> Result<()> {
    let store = Store::in_memory();
    let items = store.collection::<Item>()?;
    items.put(item(1, "first"))?;
    let snapshot = store.snapshot();
    // It is the newest version, and keeps nothing that is not needed anyway.
    assert_eq!(held(&store), HeldVersions::default());
    let commit = store.begin();
    commit.collection::<Item>()?.put(item(1, "second"))?;
    let commit = commit.commit()?;
    let found = held(&store);
    assert_eq!((found.count, found.oldest), (1, Some(snapshot.version())));
    assert_eq!(found.superseded, Some(commit.time));
    // So many commits that notes are swept; and a second one, a view, that outlives its snapshot.
    for _ in 0..200 {
        items.put(item(1, "more"))?;
    }
    let (newer, version) = {
        let newer = store.snapshot();
        (newer.collection::<Item>()?, newer.version())
    };
    for _ in 0..200 {
        items.put(item(1, "more"))?;
    }
    assert_eq!((held(&store).count, held(&store).oldest), (2, Some(snapshot.version())));
    drop(snapshot);
    assert_eq!((held(&store).count, held(&store).oldest), (1, Some(version)));
    drop(newer);
    assert_eq!(held(&store), HeldVersions::default());
    Ok(())
}

#[test]
fn a_transaction_that_is_left_open_holds_its_version() -> Result<()> {
    let store = Store::in_memory();
    let items = store.collection::<Item>()?;
    let forgotten = store.begin();
    items.put(item(1, "text"))?;
    assert_eq!(held(&store).oldest, Some(forgotten.snapshot_version()));
    forgotten.rollback();
    assert_eq!(held(&store).count, 0);
    Ok(())
}

#[test]
fn what_the_history_keeps_is_held_by_nobody() -> Result<()> {
    let store = Store::options().history(History::Versions(3)).in_memory();
    let items = store.collection::<Item>()?;
    let snapshot = store.snapshot();
    for expected in [0, 0, 1, 1] {
        items.put(item(1, "text"))?;
        assert_eq!(held(&store).count, expected);
    }
    assert_eq!(held(&store).oldest, Some(snapshot.version()));
    // It was superseded when the version behind it was committed, not when the history let it go.
    let second = store.begin();
    let later = second.snapshot_version();
    assert_eq!(later.number(), snapshot.version().number() + 4);
    drop((second, snapshot));
    assert_eq!(held(&store).count, 0);
    Ok(())
}

#[cfg(feature = "simulation")]
#[test]
fn versions_that_are_held_for_long_are_reported_once_each() -> Result<()> {
    let clock = folio::simulation::Clock::at(std::time::UNIX_EPOCH + Duration::from_hours(1));
    let most = Duration::from_mins(1);
    let store = Store::options().max_snapshot_age(most).clock(&clock).in_memory();
    let items = store.collection::<Item>()?;
    let put_after = |seconds| {
        clock.advance(Duration::from_secs(seconds));
        items.put(item(1, "text")).map(drop)
    };
    put_after(0)?;
    let first = store.snapshot();
    // However old a version is, its age begins when it is superseded.
    put_after(1_000)?;
    put_after(60)?;
    assert_eq!((store.stats().long_held_versions, store.stats().held.age), (0, most));
    put_after(1)?;
    put_after(100)?;
    assert_eq!(store.stats().long_held_versions, 1);
    // It is never taken from who holds it.
    assert_eq!(first.collection::<Item>()?.len(), 1);
    drop(first);
    let second = store.snapshot();
    put_after(0)?;
    put_after(61)?;
    put_after(1)?;
    assert_eq!(store.stats().long_held_versions, 2);
    drop(second);
    put_after(100)?;
    assert_eq!((store.stats().long_held_versions, store.stats().held.count), (2, 0));
    Ok(())
}
