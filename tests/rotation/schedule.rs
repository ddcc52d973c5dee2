//! When a backup is made, which ones stay, and what a failure does.

use crate::common::wait_until;
use crate::{HOUR, Item, Place, clock, item, items, restored, whole};
use folio::simulation::{Disk, Fault, Operation, Shelf};
use folio::{EncryptionKey, Store};
use std::io;
use std::time::Duration;

#[test]
fn one_is_made_in_each_interval_and_the_oldest_go() {
    let place = Place::new(2);
    let mut truths = vec![restored(&place.shelf, &whole(&place.shelf)[0])];
    for made in 1..=5 {
        place.put(made);
        truths.insert(0, (place.store.version(), items(&place.store.snapshot())));
        place.hour();
        truths.truncate(2);
        let infos = place.store.backups().unwrap();
        let names: Vec<String> = infos
            .iter()
            .map(|info| info.path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert!(names.is_sorted_by(|newer, older| newer > older), "{names:?}");
        assert_eq!(names.iter().rev().cloned().collect::<Vec<_>>(), whole(&place.shelf));
        // Each of them is whole by itself.
        let found: Vec<_> = names.iter().map(|name| restored(&place.shelf, name)).collect();
        assert_eq!(found, truths);
        let stats = place.store.stats();
        assert_eq!(stats.last_backup, Some(truths[0].0));
        assert_eq!(stats.last_backup_time, Some(place.clock.now()));
    }
    let name = &whole(&place.shelf)[1];
    let version = place.store.version();
    assert!(name.starts_with(&format!("2026-11-23T061832Z-v{version}-")), "{name}");
}

#[test]
fn where_nothing_was_committed_none_is_made() {
    let place = Place::new(3);
    place.put(1);
    place.hour();
    // Nobody can be waited for who does nothing: a listing of the directory is the sign that it was looked at.
    for _ in 0..3 {
        place.backups.hold(Operation::List);
        place.clock.advance(HOUR);
        place.backups.wait_held();
        place.backups.release();
    }
    place.put(2);
    place.hour();
    assert_eq!(whole(&place.shelf).len(), 3);
    assert_eq!(place.store.stats().failed_backups, 0);
}

#[test]
fn the_schedule_goes_on_over_a_restart() {
    let mut place = Place::new(3);
    place.put(1);
    place.clock.advance(HOUR / 2);
    place.reopen();
    // Half an hour after the newest one none is due, half an hour later it is.
    wait_until("the newest one is found", || place.store.stats().last_backup.is_some());
    assert_eq!(place.store.stats().backups, 0);
    assert_eq!(whole(&place.shelf).len(), 1);
    place.clock.advance(HOUR / 2);
    place.wait_for(1);
    assert_eq!(whole(&place.shelf).len(), 2);

    // A process that comes late makes one at once.
    place.put(2);
    place.store.close().unwrap();
    place.clock.advance(10 * HOUR);
    place.reopen();
    place.wait_for(1);
    assert_eq!(place.versions()[0], place.store.version().number());
    assert_eq!(whole(&place.shelf).len(), 3);
}

/// The names that are given then come before all others.
#[test]
fn a_clock_that_was_set_back_stops_no_backup_and_removes_no_new_one() {
    for keep in 1..=2 {
        let place = Place::new(keep);
        place.put(1);
        place.hour();
        place.clock.set(place.clock.now() - 365 * 24 * HOUR);
        for id in 2..=4 {
            place.put(id);
            place.hour();
            let names = whole(&place.shelf);
            assert_eq!(names.len(), keep);
            let found: Vec<_> = names.iter().map(|name| restored(&place.shelf, name)).collect();
            let newest = (place.store.version(), items(&place.store.snapshot()));
            assert!(found.contains(&newest), "{found:?}");
        }
    }
}

#[test]
fn a_failure_is_counted_and_tried_again_and_leaves_nothing() {
    let place = Place::new(2);
    place.put(1);
    place.hour();
    for operation in [Operation::Write, Operation::Sync, Operation::Create, Operation::Rename] {
        let before = (place.store.stats(), whole(&place.shelf));
        place.put(10 + before.0.backups);
        place.backups.fail(Fault::on(operation).error(io::ErrorKind::StorageFull).forever());
        place.clock.advance(HOUR);
        let failed = before.0.failed_backups + 1;
        wait_until("it fails", || place.store.stats().failed_backups == failed);
        let stats = place.store.stats();
        assert_eq!(stats.backups, before.0.backups);
        let error = stats.last_backup_error.unwrap();
        assert!(error.contains("make room on its file system first"), "{error}");
        assert_eq!(whole(&place.shelf), before.1);
        if operation != Operation::Rename {
            assert_eq!(place.shelf.names(), before.1, "{operation:?} left something");
        }
        // The store is as it was.
        place.put(20);
        place.backups.heal();
        place.clock.advance(HOUR / 10);
        wait_until("it is tried again", || place.store.stats().backups > before.0.backups);
        assert_eq!(place.store.stats().last_backup_error, None);
        assert_eq!(whole(&place.shelf), place.shelf.names());
    }
}

#[test]
fn files_are_shared_with_the_backup_before() {
    let place = Place::new(2);
    let large = |id| Item { id, text: "x".repeat(1_000) };
    let collection = place.store.collection::<Item>().unwrap();
    collection.put_all((0..1_000).map(large)).unwrap();
    place.store.checkpoint().unwrap();
    place.put(1);
    place.hour();
    let written = |of: &dyn Fn()| {
        let before = place.backups.counters().bytes;
        of();
        place.backups.counters().bytes - before
    };
    let next = written(&|| {
        place.put(2);
        place.hour();
    });
    assert!(next < 10_000, "{next} bytes were written");

    // Where the other one is damaged, the file is copied.
    let checkpoint = |name: &str| {
        let files = place.shelf.directory(name).files();
        let file = files.keys().find(|file| file.contains(".ckp")).unwrap();
        format!("{name}/{file}")
    };
    let newest = whole(&place.shelf).remove(1);
    place.backups.flip_bit(&checkpoint(&newest), 50_000);
    let next = written(&|| {
        place.put(3);
        place.hour();
    });
    assert!(next > 10_000, "{next} bytes were written");
    let newest = whole(&place.shelf).remove(1);
    assert_eq!(restored(&place.shelf, &newest).1, items(&place.store.snapshot()));

    // So it is where the file system has no second names.
    place.backups.fail(Fault::on(Operation::Link).error(io::ErrorKind::Unsupported).forever());
    let next = written(&|| {
        place.put(4);
        place.hour();
    });
    assert!(next > 10_000, "{next} bytes were written");
    let newest = whole(&place.shelf).remove(1);
    assert_eq!(restored(&place.shelf, &newest).1, items(&place.store.snapshot()));
}

#[test]
fn closing_ends_a_backup_and_leaves_nothing_of_it() {
    let mut place = Place::new(2);
    place.put(1);
    place.hour();
    place.put(2);
    place.backups.hold(Operation::Write);
    place.clock.advance(HOUR);
    place.backups.wait_held();
    let store = place.store.clone();
    let error = store.close_timeout(Duration::ZERO).unwrap_err();
    assert!(error.to_string().contains("a backup"), "{error}");
    place.backups.release();
    store.close().unwrap();
    assert_eq!((store.stats().backups, store.stats().failed_backups), (2, 0));
    assert_eq!(whole(&place.shelf), place.shelf.names());
    // It is made when the store is open again.
    place.reopen();
    wait_until("the backup is made", || place.store.stats().backups == 1);
    assert_eq!(whole(&place.shelf).len(), 2);
}

#[test]
fn an_encrypted_store_is_backed_up_encrypted() {
    let (clock, disk, backups) = (clock(), Disk::new(), Disk::new());
    let (key, shelf) = (EncryptionKey::from_bytes([3; 32]), Shelf::on(&backups));
    let options = || Store::options().encryption(key.clone()).clock(&clock);
    let store = options().open_simulated(&disk).unwrap();
    store.collection::<Item>().unwrap().put(item(0)).unwrap();
    store.close().unwrap();
    let store = options().backups_simulated(&shelf, 2, HOUR).open_simulated(&disk).unwrap();
    for made in 1..=3 {
        wait_until("the backup is made", || store.stats().backups == made);
        store.collection::<Item>().unwrap().put(item(made)).unwrap();
        clock.advance(HOUR);
    }
    wait_until("the last one is made", || store.stats().backups == 4);
    let names = whole(&shelf);
    assert_eq!(names.len(), 2);
    let plain = |bytes: &Vec<u8>| bytes.windows(6).any(|part| part == b"item 3");
    assert!(!backups.files().values().any(plain));
    let (backup, target) = (shelf.directory(&names[1]), Disk::new());
    options().restore_simulated(&backup, &target).unwrap();
    let restored = options().open_simulated(&target).unwrap();
    assert_eq!(items(&restored.snapshot()), items(&store.snapshot()));
}

#[test]
fn a_store_that_is_not_written_makes_none() {
    let place = Place::new(1);
    place.put(1);
    place.store.close().unwrap();
    let before = place.backups.operations();
    let options = || {
        let options = Store::options().clock(&place.clock);
        options.backups_simulated(&place.shelf, 1, HOUR)
    };
    let reader = options().read_only(true).open_simulated(&place.disk).unwrap();
    let in_memory = options().in_memory();
    place.clock.advance(2 * HOUR);
    assert_eq!(in_memory.backups().unwrap(), []);
    reader.close().unwrap();
    in_memory.close().unwrap();
    assert_eq!(place.backups.operations(), before);
}
