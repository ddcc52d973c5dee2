//! The numbers themselves.

use crate::{Item, item, lose, of};
use folio::{Durability, Record, Result, Store};
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "others")]
struct Other {
    #[key]
    id: u64,
}

#[test]
fn collections_are_counted_with_the_entries_of_their_indexes() -> Result<()> {
    let store = Store::in_memory();
    let items = store.collection::<Item>()?;
    store.collection::<Other>()?;
    items.put_all((0..30).map(|id| item(id, "text")))?;
    let check = |records: u64, tags: u64| {
        let stats = store.stats();
        let names: Vec<&str> = stats.collections.iter().map(|of| &*of.name).collect();
        assert_eq!(names, ["items", "others"]);
        let (items, others) = (of(&stats, "items"), of(&stats, "others"));
        assert_eq!((items.records, others.records), (records, 0));
        let entries: Vec<_> = items.indexes.iter().map(|of| (of.name, of.entries)).collect();
        assert_eq!(entries, [("color", records), ("shape", records), ("tags", tags)]);
        assert_eq!(others.indexes, []);
        assert_eq!(stats.memory_bytes, items.memory_bytes + others.memory_bytes);
    };
    check(30, 30);
    // Ids 0, 1 and 2 have no tag, one and two.
    items.remove_all([0_u64, 1, 2])?;
    check(27, 27);
    // Another shape, which is another key of the hash index, and no tag any more.
    items.update(&5, |item| (item.shape, item.tags) = (9, vec![]))?;
    check(27, 25);
    items.put(item(5, "as before"))?;
    items.put(item(5, "as before"))?;
    check(27, 27);
    items.clear()?;
    check(0, 0);
    Ok(())
}

#[test]
fn a_collection_that_nobody_has_opened_is_counted_too() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path())?;
    store.collection::<Item>()?.put_all((0..100).map(|id| item(id, "text")))?;
    let before = store.stats();
    store.close()?;

    let store = Store::open(directory.path())?;
    let closed = store.stats();
    assert_eq!((of(&closed, "items").records, &of(&closed, "items").indexes[..]), (100, &[][..]));
    assert_eq!(of(&closed, "items").encoded_bytes, of(&before, "items").encoded_bytes);
    assert!(closed.memory_bytes >= of(&closed, "items").encoded_bytes);
    store.collection::<Item>()?;
    let opened = store.stats();
    assert_eq!(of(&opened, "items"), of(&before, "items"));
    Ok(())
}

#[test]
fn conflicts_count_where_they_were_and_retries_with_them() -> Result<()> {
    let store = Store::in_memory();
    store.collection::<Other>()?;
    lose(&store, 3)?;
    let stats = store.stats();
    assert_eq!((stats.conflicts, stats.retries), (3, 3));
    assert_eq!((of(&stats, "items").conflicts, of(&stats, "others").conflicts), (3, 0));

    // What the caller does not want run again is a conflict and no retry.
    let transaction = store.transaction().retries(0);
    let items = store.collection::<Item>()?;
    let lost = transaction.run(|tx| {
        items.put(item(1, "first"))?;
        tx.collection::<Item>()?.put(item(1, "second")).map(drop)
    });
    assert!(lost.is_err_and(|error| error.is_conflict()));
    let stats = store.stats();
    assert_eq!((stats.conflicts, stats.retries, of(&stats, "items").conflicts), (4, 3, 4));
    Ok(())
}

#[test]
fn commits_that_wait_for_a_sync_are_all_timed() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path())?;
    let items = store.collection::<Item>()?;
    let before = store.stats();
    for id in 0..40 {
        items.put(item(id, "text"))?;
    }
    let stats = store.stats();
    let latency = &stats.latency;
    assert_eq!(latency.commit.count() - before.latency.commit.count(), 40);
    assert_eq!(latency.validation.count() - before.latency.validation.count(), 40);
    assert_eq!(latency.sync.count() - before.latency.sync.count(), 40);
    // Each of them waits for its own sync, here.
    assert!(latency.commit.sum() >= latency.sync.sum() - before.latency.sync.sum());
    assert!(latency.commit.sum() >= latency.validation.sum());
    assert!(latency.commit.quantile_time(0.5) > Duration::ZERO);
    assert_eq!((stats.group_commits.max(), stats.group_commits.sum()), (1, stats.commits));
    Ok(())
}

#[test]
fn of_commits_that_wait_for_nothing_some_are_timed() -> Result<()> {
    let store = Store::in_memory();
    let items = store.collection::<Item>()?;
    for id in 0..1_700 {
        items.put(item(id, "text"))?;
    }
    let timed = store.stats().latency.commit.count();
    assert!((99..=101).contains(&timed), "{timed}");
    assert_eq!(store.stats().latency.sync.count(), 0);
    Ok(())
}

#[test]
fn files_are_the_checkpoint_and_what_is_behind_it() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let open = || Store::options().durability(Durability::Write).open(directory.path());
    let size = |name: &str| std::fs::metadata(directory.path().join(name)).unwrap().len();
    let store = open()?;
    let items = store.collection::<Item>()?;
    items.put_all((0..100).map(|id| item(id, "text")))?;
    let files = store.stats().files;
    assert_eq!((files.checkpoint_bytes, files.older_bytes), (0, 0));
    assert_eq!(files.log_bytes, store.stats().log_bytes);

    store.checkpoint()?;
    let files = store.stats().files;
    let name = std::fs::read_dir(directory.path()).unwrap().map(|of| of.unwrap().file_name());
    let name = name.map(|name| name.into_string().unwrap()).find(|of| of.contains(".ckp"));
    assert_eq!(files.checkpoint_bytes, size(&name.unwrap()));
    assert!(files.log_bytes < 100 && files.older_bytes > 0, "{files:?}");

    items.put(item(1, &"x".repeat(5_000)))?;
    let log = store.stats().files.log_bytes;
    assert!(log > files.log_bytes);
    store.close()?;
    let store = open()?;
    assert_eq!(store.stats().files.checkpoint_bytes, files.checkpoint_bytes);
    assert!(store.stats().files.log_bytes >= log - files.log_bytes);
    Ok(())
}
