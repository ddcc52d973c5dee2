//! On a disk: names, second names of files, and what else is in the directory.

use crate::common::wait_until;
use crate::{HOUR, Item, clock, item, items};
use folio::simulation::Clock;
use folio::{BackupInfo, Error, Store};
use std::fs;
use std::path::{Path, PathBuf};

fn open(path: &Path, backups: &Path, clock: &Clock, keep: usize) -> Store {
    let store = Store::options().clock(clock).open(path).unwrap();
    store.collection::<Item>().unwrap();
    store.close().unwrap();
    let store = Store::options().clock(clock).backups(backups, keep, HOUR).open(path).unwrap();
    wait_until("the first one is looked for", || {
        let stats = store.stats();
        stats.backups + stats.failed_backups > 0
    });
    store
}

fn back_up(store: &Store, clock: &Clock, id: u64) {
    let made = store.stats().backups;
    store.collection::<Item>().unwrap().put(item(id)).unwrap();
    clock.advance(HOUR);
    wait_until("the backup is made", || store.stats().backups == made + 1);
    assert_eq!(store.stats().last_backup_error, None);
}

/// The names in a directory, sorted.
fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn only_backups_that_the_schedule_of_this_store_made_go() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    let (clock, backups) = (clock(), path("all/backups"));
    let store = open(&path("store"), &backups, &clock, 1);
    let other = open(&path("other"), &backups, &clock, 1);
    back_up(&store, &clock, 1);
    back_up(&other, &clock, 1);
    // By hand, renamed, damaged, empty, a file: all of them stay.
    store.backup(backups.join("by-hand")).unwrap();
    let renamed = store.backups().unwrap().remove(0).path;
    fs::rename(renamed, backups.join("before the holidays")).unwrap();
    back_up(&store, &clock, 2);
    let damaged = store.backups().unwrap().remove(0).path;
    fs::write(damaged.join("BACKUP.json"), "nothing").unwrap();
    fs::create_dir(backups.join("2020-01-01T000000Z-v1-0123456789abcdef")).unwrap();
    fs::write(backups.join("notes.txt"), "keep the first").unwrap();
    let foreign = names(&backups);
    for id in 3..=5 {
        back_up(&store, &clock, id);
    }
    let newest = store.backups().unwrap();
    assert_eq!(newest.len(), 1);
    let name = newest[0].path.file_name().unwrap().to_str().unwrap().to_owned();
    let expected = foreign.into_iter().chain([name]);
    let mut expected: Vec<String> = expected.collect();
    expected.sort();
    assert_eq!(names(&backups), expected);
    assert_eq!(fs::read_to_string(backups.join("notes.txt")).unwrap(), "keep the first");
    assert_eq!(other.backups().unwrap().len(), 1);

    let all = Store::backups_in(&backups).unwrap();
    assert!(all.is_sorted_by(|newer, older| newer.made >= older.made));
    assert_eq!(all.len(), 4, "{all:?}");
    assert_eq!(all[0], newest[0]);
    assert_eq!(BackupInfo::read(&newest[0].path).unwrap(), newest[0]);
    assert!(BackupInfo::read(damaged).is_err_and(|error| error.is_corrupt()));
    let missing = BackupInfo::read(path("nowhere"));
    assert!(matches!(missing, Err(Error::NotABackup { .. })), "{missing:?}");
    assert_eq!(Store::backups_in(path("nowhere")).unwrap(), []);
}

#[test]
fn what_somebody_put_beside_a_backup_stays() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    let (clock, backups) = (clock(), path("backups"));
    let store = open(&path("store"), &backups, &clock, 1);
    back_up(&store, &clock, 1);
    let first = store.backups().unwrap().remove(0).path;
    fs::write(first.join("why.txt"), "before the move").unwrap();
    back_up(&store, &clock, 2);
    back_up(&store, &clock, 3);
    assert_eq!(names(&first), ["why.txt"]);
    assert_eq!(store.backups().unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn files_have_second_names_and_stay_when_the_first_ones_go() {
    use std::os::unix::fs::MetadataExt;
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    let (clock, backups) = (clock(), path("backups"));
    let store = open(&path("store"), &backups, &clock, 2);
    for id in 1..=3 {
        back_up(&store, &clock, id);
    }
    let first_segment = |path: &PathBuf| fs::metadata(path.join("0000000000000001.log")).unwrap();
    let paths: Vec<PathBuf> = store.backups().unwrap().into_iter().map(|info| info.path).collect();
    assert_eq!(first_segment(&paths[0]).ino(), first_segment(&paths[1]).ino());
    // The store's own file is another one.
    let of_store = fs::metadata(path("store/0000000000000001.log")).unwrap();
    assert_ne!(first_segment(&paths[0]).ino(), of_store.ino());
    fs::remove_dir_all(&paths[1]).unwrap();
    Store::restore(&paths[0], path("restored")).unwrap();
    let restored = Store::open(path("restored")).unwrap();
    assert_eq!(items(&restored.snapshot()), items(&store.snapshot()));
}

#[test]
fn a_directory_that_is_gone_or_in_the_way_stops_nobody() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    let (clock, backups) = (clock(), path("backups"));
    fs::write(&backups, "a file").unwrap();
    let store = open(&path("store"), &backups, &clock, 1);
    store.collection::<Item>().unwrap().put(item(1)).unwrap();
    assert_eq!(store.stats().backups, 0);
    let error = store.stats().last_backup_error.unwrap();
    assert!(error.contains("backups"), "{error}");
    fs::remove_file(&backups).unwrap();
    clock.advance(HOUR);
    wait_until("the backup is made", || store.stats().backups == 1);
    // Removed by hand: the next one is the first again.
    fs::remove_dir_all(&backups).unwrap();
    back_up(&store, &clock, 2);
    assert_eq!(store.backups().unwrap().len(), 1);
}
