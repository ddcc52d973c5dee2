//! A watcher ends with its store, and not before everything published was given.

use crate::{User, user};
use folio::{Store, Watcher};
use std::thread;
use std::time::Duration;

/// How often a watcher gives something before it ends.
fn count(watcher: Watcher<User>) -> usize {
    watcher.count()
}

#[test]
fn what_was_published_is_given_before_the_end() {
    let store = Store::in_memory();
    let users = store.collection::<User>().unwrap();
    let (idle, behind) = (users.watch().key(9), users.watch());
    let mut of_store = store.watch();
    users.put(user(1, "Rome", 1)).unwrap();
    store.close().unwrap();
    assert_eq!(count(behind), 1);
    assert_eq!(count(idle), 0);
    assert!(of_store.next().is_some());
    assert!(of_store.next().is_none());
}

#[test]
fn closing_wakes_who_waits() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let users = store.collection::<User>().unwrap();
    let watchers: Vec<_> = (0..8).map(|_| users.watch()).collect();
    let waiting: Vec<_> =
        watchers.into_iter().map(|watcher| thread::spawn(move || count(watcher))).collect();
    store.close().unwrap();
    for thread in waiting {
        assert_eq!(thread.join().unwrap(), 0);
    }
}

#[test]
fn the_last_handle_wakes_who_waits_and_frees_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let users = store.collection::<User>().unwrap();
    let watcher = users.watch();
    let mut kept = users.watch();
    let waiting = thread::spawn(move || count(watcher));
    drop((users, store));
    assert_eq!(waiting.join().unwrap(), 0);
    Store::open(directory.path()).unwrap();
    assert!(kept.next().is_none());
}

#[test]
fn patience_ends() {
    let store = Store::in_memory();
    let users = store.collection::<User>().unwrap();
    let mut watcher = users.watch();
    assert!(watcher.next_timeout(Duration::ZERO).is_none());
    assert!(watcher.next_timeout(Duration::from_millis(1)).is_none());
    users.put(user(1, "Rome", 1)).unwrap();
    assert!(watcher.next_timeout(Duration::MAX).is_some());
}
