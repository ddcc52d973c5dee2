//! Crashes and faults of the disk that a backup is written to, or restored to.

use crate::{Item, item, items};
use folio::simulation::{Disk, Fault, Operation};
use folio::{Error, Snapshot, Store, Version};
use std::collections::BTreeMap;
use std::io;

/// A store, the disk with its backups, and what the versions were that were backed up.
struct Backups {
    store: Store,
    disk: Disk,
    truths: BTreeMap<Version, BTreeMap<u64, String>>,
    /// How many operations each backup had done when it was made, and its version.
    made: Vec<(usize, Version)>,
}

impl Backups {
    /// A full backup, one that continues it, and a full one that replaces both.
    fn new() -> Self {
        let store = Store::options().open_simulated(&Disk::new()).unwrap();
        let (truths, made) = (BTreeMap::new(), Vec::new());
        let mut backups = Self { store, disk: Disk::new(), truths, made };
        let collection = backups.store.collection::<Item>().unwrap();
        let put = |id| collection.put(item(id, "x")).unwrap();
        put(1);
        backups.make();
        put(2);
        backups.make();
        put(3);
        backups.store.compact().unwrap();
        put(4);
        backups.make();
        backups
    }

    fn make(&mut self) {
        let info = self.store.backup_simulated(&self.disk).unwrap();
        self.truths.insert(info.version, items(&self.store.snapshot()));
        self.made.push((self.disk.operations(), info.version));
    }

    /// Holds what is restored against what was backed up.
    fn check(&self, disk: &Disk, at_least: Option<Version>) {
        let target = Disk::new();
        match Store::options().restore_simulated(disk, &target) {
            Ok(version) => {
                assert!(Some(version) >= at_least, "{version} and not {at_least:?}");
                let restored = Store::options().open_simulated(&target).unwrap();
                assert_eq!(items(&restored.snapshot()), self.truths[&version]);
            }
            Err(Error::NotABackup { .. }) => assert_eq!(at_least, None),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_crash_leaves_the_backup_before_or_the_one_behind() {
    let seed = crate::common::seed("backups");
    let backups = Backups::new();
    let mut looked_at = 0;
    for at in 0..=backups.disk.operations() {
        let is_made = |(before, _): &&(usize, Version)| *before <= at;
        let at_least = backups.made.iter().rfind(is_made).map(|(_, version)| *version);
        let disk = &backups.disk;
        for crashed in disk.crash_states(at, seed).step_by(5).chain([disk.after_kill(at)]) {
            backups.check(&crashed, at_least);
            // What is there is continued, or replaced.
            let info = backups.store.backup_simulated(&crashed).unwrap();
            backups.check(&crashed, Some(info.version));
            looked_at += 1;
        }
    }
    assert!(looked_at > 100, "only {looked_at} states");
}

#[test]
fn a_backup_that_fails_leaves_the_one_before() {
    for operation in [Operation::Write, Operation::Sync, Operation::Create, Operation::Rename] {
        for after in 0..12 {
            let mut backups = Backups::new();
            let before = backups.made.last().unwrap().1;
            backups.store.collection::<Item>().unwrap().put(item(5, "x")).unwrap();
            backups.disk.fail(Fault::on(operation).after(after).error(io::ErrorKind::StorageFull));
            let made = backups.store.backup_simulated(&backups.disk);
            backups.disk.heal();
            let newest = made.as_ref().map_or(before, |info| info.version);
            backups.truths.insert(backups.store.version(), items(&backups.store.snapshot()));
            backups.check(&backups.disk, Some(newest));
            backups.make();
            backups.check(&backups.disk, Some(backups.store.version()));
        }
    }
}

#[test]
fn what_the_disk_did_not_write_is_noticed() {
    let backups = Backups::new();
    let before = backups.made.last().unwrap().1;
    backups.store.collection::<Item>().unwrap().put(item(5, "x")).unwrap();
    // The copy of the segment: the disk says that it wrote it, and did not.
    backups.disk.fail(Fault::on(Operation::Write).short(10).silent());
    let error = backups.store.backup_simulated(&backups.disk).unwrap_err();
    assert!(error.is_corrupt(), "{error}");
    backups.check(&backups.disk, Some(before));
}

#[test]
fn a_restore_that_was_cut_short_is_no_store() {
    let seed = crate::common::seed("restores");
    let backups = Backups::new();
    let target = Disk::new();
    let version = Store::options().restore_simulated(&backups.disk, &target).unwrap();
    for at in 0..=target.operations() {
        for crashed in target.crash_states(at, seed).chain([target.after_kill(at)]) {
            let has_files = crashed.files().keys().any(|name| name != "LOCK");
            match Store::options().create(false).open_simulated(&crashed) {
                Ok(store) => {
                    assert_eq!(store.version(), version);
                    let found: Snapshot = store.snapshot();
                    assert_eq!(items(&found), backups.truths[&version]);
                }
                Err(Error::Corrupt { .. }) => assert!(has_files),
                Err(Error::Io { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
    // Nor is one that failed, and it can be tried again.
    for after in 0..8 {
        let target = Disk::new();
        target.fail(Fault::on(Operation::Write).after(after));
        let restored = Store::options().restore_simulated(&backups.disk, &target);
        target.heal();
        if restored.is_err() {
            assert!(target.files().keys().all(|name| name == "LOCK"));
            Store::options().restore_simulated(&backups.disk, &target).unwrap();
        }
        assert_eq!(Store::options().open_simulated(&target).unwrap().version(), version);
    }
}
