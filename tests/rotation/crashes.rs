//! A crash at any point of a rotation: each backup that is there is whole, and there are as many as there
//! should be.

use crate::common::{seed, wait_until};
use crate::{HOUR, Place, clock, items, restored, whole};
use folio::simulation::{Disk, Shelf};
use folio::{Store, Version};
use std::collections::BTreeMap;

const KEEP: usize = 2;

/// What the backups were of, and how many operations had been done when each was made.
struct History {
    place: Place,
    truths: BTreeMap<Version, BTreeMap<u64, String>>,
    made: Vec<usize>,
}

impl History {
    /// Five rotations, with a checkpoint in the middle.
    fn new() -> Self {
        let place = Place::new(KEEP);
        let mut history = Self { place, truths: BTreeMap::new(), made: Vec::new() };
        history.note();
        for made in 1..=4 {
            let place = &history.place;
            place.put(made);
            if made == 3 {
                place.store.compact().unwrap();
            }
            place.hour();
            history.note();
        }
        history
    }

    /// Takes note of the backup that was just made.
    fn note(&mut self) {
        let Place { store, backups, .. } = &self.place;
        self.made.push(backups.operations());
        self.truths.insert(store.version(), items(&store.snapshot()));
    }

    /// What a crash left: everything that is a backup can be restored. Returns how many.
    fn check(&self, crashed: &Disk) -> usize {
        let left = Shelf::on(crashed);
        let names = whole(&left);
        for name in &names {
            let (version, found) = restored(&left, name);
            assert_eq!(found, self.truths[&version], "{name}");
        }
        names.len()
    }
}

#[test]
fn a_crash_leaves_as_many_backups_as_there_were_and_each_is_whole() {
    let seed = seed("rotation");
    let history = History::new();
    let backups = &history.place.backups;
    let mut looked_at = 0;
    for at in 0..=backups.operations() {
        let made = history.made.iter().filter(|before| **before <= at).count();
        for crashed in backups.crash_states(at, seed).step_by(7).chain([backups.after_kill(at)]) {
            let there = history.check(&crashed);
            assert!(there >= made.min(KEEP), "{there} of {made} at {at}");
            assert!(there <= KEEP + 1);
            looked_at += 1;
        }
    }
    assert!(looked_at > 200, "only {looked_at} states");
}

#[test]
fn the_next_process_clears_away_what_a_crash_left() {
    let seed = seed("clearing away");
    let history = History::new();
    let place = &history.place;
    place.store.close().unwrap();
    for at in (0..=place.backups.operations()).step_by(3) {
        let Some(crashed) = place.backups.crash_states(at, seed).last() else { continue };
        let (shelf, clock) = (Shelf::on(&crashed), clock());
        clock.set(place.clock.now() + 2 * HOUR);
        let disk = place.disk.after_kill(place.disk.operations());
        let options = Store::options().clock(&clock).backups_simulated(&shelf, KEEP, HOUR);
        let store = options.open_simulated(&disk).unwrap();
        let collection = store.collection::<crate::Item>().unwrap();
        collection.put(crate::item(99)).unwrap();
        // The first attempt may have been before that commit.
        clock.advance(HOUR);
        let newest = || store.stats().last_backup == Some(store.version());
        wait_until("the newest version is backed up", newest);
        store.close().unwrap();
        let names = whole(&shelf);
        assert_eq!(names, shelf.names());
        assert!(names.len() <= KEEP);
        let found = restored(&shelf, names.last().unwrap());
        assert_eq!(found, (store.version(), items(&store.snapshot())));
    }
}
