//! Exports and imports beside others who commit.

use crate::{User, exported, user};
use folio::{ExportOptions, Format, ImportOptions, Merge, Store};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Two records move together in each commit: no export sees one without the other.
#[test]
fn an_export_is_one_version() {
    let store = Store::in_memory();
    let users = store.collection::<User>().unwrap();
    let numbered = |id: u64, number: u64| User { id, email: format!("{number}-{id}"), city: None };
    users.put_all([numbered(1, 0), numbered(2, 0)]).unwrap();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1.. {
                users.put_all([numbered(1, number), numbered(2, number)]).unwrap();
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        for _ in 0..50 {
            let other = Store::in_memory();
            other.import(exported(&store).as_slice(), Format::JsonLines).unwrap();
            let users = other.collection::<User>().unwrap();
            let number =
                |id: u64| users.get(&id).unwrap().email.split_once('-').unwrap().0.to_owned();
            assert_eq!(number(1), number(2));
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

/// Somebody opens the collection as its type, and writes to it, while records are imported into it.
#[test]
fn a_type_may_open_the_collection_between_two_batches() {
    let source = Store::in_memory();
    let users = source.collection::<User>().unwrap();
    users.insert_all((0..2_000).map(|id| user(id, &id.to_string()))).unwrap();
    let export = exported(&source);
    for begin in [0, 1, 700, 1_999] {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::options()
            .durability(folio::Durability::Background)
            .open(directory.path())
            .unwrap();
        let opened = Cell::new(false);
        let options = ImportOptions::new().batch_bytes(1_000).progress(|progress| {
            if progress.records >= begin && !opened.replace(true) {
                let users = store.collection::<User>().unwrap();
                users.insert(user(5_000 + begin, "mine")).unwrap();
            }
        });
        store.import(export.as_slice(), options).unwrap();
        assert!(opened.get());
        assert_eq!(store.collection::<User>().unwrap().len(), 2_001);
        store.close().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let users = store.collection::<User>().unwrap();
        assert_eq!(users.len(), 2_001);
        assert_eq!(users.find(User::EMAIL, "mine").map(|user| user.id), Some(5_000 + begin));
    }
}

/// The same from another thread, at any moment, through handles, snapshots and transactions.
#[test]
fn a_type_may_open_the_collection_at_any_moment() {
    let source = Store::in_memory();
    let users = source.collection::<User>().unwrap();
    users.insert_all((0..1_000).map(|id| user(id, &id.to_string()))).unwrap();
    let export = exported(&source);
    for round in 0..20_u64 {
        let store = Store::in_memory();
        thread::scope(|scope| {
            let opener = scope.spawn(|| {
                while store
                    .snapshot()
                    .collections()
                    .first()
                    .is_none_or(|users| (users.records as u64) < round * 50)
                {
                    thread::yield_now();
                }
                if round % 2 == 0 {
                    let users = store.collection::<User>().unwrap();
                    users.insert(user(9_000, "mine")).unwrap();
                    assert!(users.get(&9_000).is_some());
                } else {
                    store
                        .transact(|tx| tx.collection::<User>()?.insert(user(9_000, "mine")))
                        .unwrap();
                }
            });
            store.import(export.as_slice(), ImportOptions::new().batch_bytes(300)).unwrap();
            opener.join().unwrap();
        });
        let users = store.collection::<User>().unwrap();
        assert_eq!(users.len(), 1_001, "round {round}");
        assert_eq!(users.find(User::EMAIL, "999").map(|user| user.id), Some(999));
    }
}

#[test]
fn progress_leads_to_the_end() {
    let store = Store::in_memory();
    let users = store.collection::<User>().unwrap();
    users.insert_all((0..3_000).map(|id| user(id, &id.to_string()))).unwrap();
    let (mut seen, mut out) = (Vec::new(), Vec::new());
    let options = ExportOptions::new().progress(|progress| {
        assert_eq!((progress.collection, progress.of_records), ("users", 3_000));
        seen.push((progress.records, progress.bytes));
    });
    let done = store.export(&mut out, options).unwrap();
    assert!(seen.is_sorted() && seen.len() > 2);
    assert_eq!(seen.last().map(|(records, _)| *records), Some(3_000));
    assert!(
        seen.last().is_some_and(|(_, bytes)| *bytes < done.bytes && done.bytes == out.len() as u64)
    );

    let (other, mut landed) = (Store::in_memory(), Vec::new());
    let options =
        ImportOptions::new().merge(Merge::Replace).batch_bytes(10_000).progress(|progress| {
            let there = other.values("users").unwrap().len() as u64;
            assert_eq!(there, progress.records);
            landed.push(progress.records);
        });
    other.import(out.as_slice(), options).unwrap();
    assert!(landed.is_sorted() && landed.len() > 3 && landed.last() == Some(&3_000));
}
