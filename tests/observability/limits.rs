//! The limit for memory.

use crate::{Item, item};
use folio::{Error, ImportOptions, Result, Store};

const LIMIT: u64 = 1 << 20;

/// Puts records until that is refused; returns how many there are.
fn fill(store: &Store) -> Result<u64> {
    let items = store.collection::<Item>()?;
    let from = items.last().map_or(0, |item| item.id + 1);
    let refused = (from..).find_map(|id| Some((id, items.put(item(id, &"x".repeat(500))).err()?)));
    let (id, error) = refused.expect("it is refused at some time");
    let Error::MemoryLimit { used_bytes, limit_bytes } = error else { panic!("{error}") };
    assert_eq!(limit_bytes, LIMIT);
    assert!(used_bytes <= LIMIT && used_bytes > LIMIT / 10 * 9, "{used_bytes}");
    assert!(error.to_string().contains("Options::memory_limit"), "{error}");
    assert!(!items.contains(&id), "what was refused is not there");
    Ok(id)
}

#[test]
fn puts_are_refused_at_the_limit_and_removals_make_room() -> Result<()> {
    let store = Store::options().memory_limit(LIMIT).in_memory();
    let count = fill(&store)?;
    assert!(count > 500, "{count}");
    let items = store.collection::<Item>()?;
    let commits = store.stats().commits;
    // Also what puts and removes, or only replaces.
    let both = store.transact(|tx| {
        let items = tx.collection::<Item>()?;
        items.remove(&0)?;
        items.put(item(1, &"y".repeat(500))).map(drop)
    });
    assert!(matches!(both, Err(Error::MemoryLimit { .. })));
    assert_eq!((items.len() as u64, store.stats().commits), (count, commits));
    assert!(items.get(&1).is_some_and(|item| item.text.starts_with('x')));
    assert_eq!(store.stats().refused_for_memory, 2);
    // Reading, and transactions that only remove, or do nothing, go on.
    store.transact(|tx| Ok(tx.collection::<Item>()?.len()))?;
    assert_eq!(items.remove_range(0..100)?, 100);
    assert!(fill(&store)? >= count + 95);
    items.clear()?;
    assert!(fill(&store)? >= count - 5);
    Ok(())
}

#[test]
fn a_transaction_that_is_too_large_for_what_is_left_is_refused_whole() -> Result<()> {
    let store = Store::options().memory_limit(LIMIT).in_memory();
    let items = store.collection::<Item>()?;
    let refused = items.put_all((0..10_000).map(|id| item(id, &"x".repeat(500))));
    assert!(matches!(refused, Err(Error::MemoryLimit { .. })), "{refused:?}");
    assert!(items.is_empty());
    Ok(())
}

#[test]
fn a_store_over_the_limit_opens_and_can_be_emptied() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path())?;
    store.collection::<Item>()?.put_all((0..5_000).map(|id| item(id, &"x".repeat(500))))?;
    store.close()?;

    let store = Store::options().memory_limit(LIMIT).open(directory.path())?;
    let items = store.collection::<Item>()?;
    assert_eq!(items.len(), 5_000);
    assert!(matches!(items.put(item(1, "x")), Err(Error::MemoryLimit { .. })));
    items.remove_range(100..)?;
    items.put(item(1, "x"))?;
    Ok(())
}

#[test]
fn an_import_is_held_to_the_limit() -> Result<()> {
    let from = Store::in_memory();
    from.collection::<Item>()?.put_all((0..5_000).map(|id| item(id, &"x".repeat(500))))?;
    let mut lines = Vec::new();
    from.export(&mut lines, folio::ExportOptions::new())?;
    for is_attached in [false, true] {
        let store = Store::options().memory_limit(LIMIT).in_memory();
        if is_attached {
            store.collection::<Item>()?;
        }
        let imported = store.import(&lines[..], ImportOptions::new());
        let text = format!("{imported:?}");
        assert!(imported.is_err() && text.contains("MemoryLimit"), "{text}");
    }
    Ok(())
}

#[cfg(feature = "simulation")]
mod swept {
    use super::LIMIT;
    use folio::simulation::Clock;
    use folio::{Error, Record, Result, Store};
    use serde::{Deserialize, Serialize};
    use std::time::{Duration, SystemTime};

    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(name = "sessions", expires = until)]
    struct Session {
        #[key]
        id: u64,
        until: SystemTime,
        text: String,
    }

    /// The sweeper's commits are not the engine's: what it removes has to be seen all the same.
    #[test]
    fn what_is_swept_makes_room() -> Result<()> {
        let start = SystemTime::UNIX_EPOCH + Duration::from_hours(1);
        let clock = Clock::at(start);
        let store = Store::options().memory_limit(LIMIT).sweep(false).clock(&clock).in_memory();
        let sessions = store.collection::<Session>()?;
        let until = start + Duration::from_mins(1);
        let session = |id| Session { id, until, text: "x".repeat(500) };
        let refused = (0..).find_map(|id| sessions.put(session(id)).err());
        assert!(matches!(refused, Some(Error::MemoryLimit { .. })));
        clock.advance(Duration::from_mins(2));
        assert!(sessions.put(session(u64::MAX)).is_err(), "they are still in memory");
        assert!(store.sweep()? > 500);
        sessions.put(session(u64::MAX)).map(drop)
    }
}
