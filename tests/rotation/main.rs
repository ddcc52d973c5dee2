//! Backups by a schedule: when they are made, which ones stay, what they share, and what a crash or a failure
//! leaves of them. Time passes when a test says so.
#![cfg(all(feature = "derive", feature = "simulation"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod crashes;
mod directories;
mod schedule;

#[path = "../common/mod.rs"]
mod common;

use common::wait_until;
use folio::simulation::{Clock, Disk, Shelf};
use folio::{Record, Snapshot, Store, Version};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

const HOUR: Duration = Duration::from_hours(1);

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "items")]
struct Item {
    #[key]
    id: u64,
    text: String,
}

fn item(id: u64) -> Item {
    Item { id, text: format!("item {id}") }
}

/// What a version has.
fn items(snapshot: &Snapshot) -> BTreeMap<u64, String> {
    let items = snapshot.collection::<Item>().expect("items can be read");
    items.iter().map(|item| (item.id, item.text.clone())).collect()
}

/// 2026-11-23T01:18:32Z.
fn clock() -> Clock {
    Clock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_396_712))
}

/// A store on a simulated disk with a collection, which is backed up on a shelf, and its clock.
struct Place {
    clock: Clock,
    disk: Disk,
    backups: Disk,
    shelf: Shelf,
    keep: usize,
    store: Store,
}

impl Place {
    fn new(keep: usize) -> Self {
        let (clock, disk, backups) = (clock(), Disk::new(), Disk::new());
        let shelf = Shelf::on(&backups);
        let store = Store::options().clock(&clock).open_simulated(&disk).unwrap();
        store.collection::<Item>().unwrap();
        let mut place = Self { clock, disk, backups, shelf, keep, store };
        place.reopen();
        // The first is due at once, since something was committed.
        place.wait_for(1);
        place
    }

    fn put(&self, id: u64) {
        self.store.collection::<Item>().unwrap().put(item(id)).unwrap();
    }

    /// Lets an hour pass, and waits for what the schedule makes of it.
    fn hour(&self) {
        let made = self.store.stats().backups;
        self.clock.advance(HOUR);
        self.wait_for(made + 1);
    }

    /// Waits until so many backups were made.
    fn wait_for(&self, made: u64) {
        wait_until("the backup is made", || self.store.stats().backups == made);
        assert_eq!(self.store.stats().last_backup_error, None);
    }

    /// Closes the store and opens it again.
    fn reopen(&mut self) {
        self.store.close().unwrap();
        let options = Store::options().clock(&self.clock);
        let options = options.backups_simulated(&self.shelf, self.keep, HOUR);
        self.store = options.open_simulated(&self.disk).unwrap();
    }

    /// The versions of the backups that are there, the newest first.
    fn versions(&self) -> Vec<u64> {
        self.store.backups().unwrap().iter().map(|info| info.version.number()).collect()
    }
}

/// The names on a shelf of what is a backup.
fn whole(shelf: &Shelf) -> Vec<String> {
    let has_listing = |name: &String| shelf.directory(name).files().contains_key("BACKUP.json");
    shelf.names().into_iter().filter(has_listing).collect()
}

/// What comes out when one is restored.
fn restored(shelf: &Shelf, name: &str) -> (Version, BTreeMap<u64, String>) {
    let target = Disk::new();
    let version = Store::options().restore_simulated(&shelf.directory(name), &target).unwrap();
    let store = Store::options().open_simulated(&target).unwrap();
    assert_eq!(store.version(), version);
    (version, items(&store.snapshot()))
}
