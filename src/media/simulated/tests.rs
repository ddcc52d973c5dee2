//! What a simulated disk promises.

use super::*;
use std::collections::BTreeSet;

type Files = BTreeMap<String, Vec<u8>>;

fn states(disk: &Disk) -> BTreeSet<Files> {
    disk.crash_states(disk.operations(), 1).map(|disk| disk.files()).collect()
}

fn files(files: &[(&str, &[u8])]) -> Files {
    files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect()
}

/// A disk with one durable file.
fn disk_with_file(bytes: &[u8]) -> (Disk, Box<dyn MediumFile>) {
    let disk = Disk::from_files([("a".to_owned(), bytes.to_vec())]);
    let file = disk.open("a").unwrap();
    (disk, file)
}

#[test]
fn a_write_is_lost_kept_or_torn_until_it_is_synced() {
    let (disk, mut file) = disk_with_file(b"12");
    file.write_at(1, b"xyz").unwrap();
    assert_eq!(disk.read("a").unwrap(), b"1xyz");
    let found = states(&disk);
    let expected: [&[u8]; 5] = [b"12", b"1xyz", b"1x", b"1\0\0\0", b"1x\0\0"];
    for bytes in expected {
        assert!(found.contains(&files(&[("a", bytes)])), "{bytes:?} in {found:?}");
    }
    assert!(found.iter().all(|files| files["a"].len() <= 4 && files["a"][0] == b'1'));
    file.sync().unwrap();
    assert_eq!(states(&disk), [files(&[("a", b"1xyz")])].into());
    // Before the sync it was as it was.
    assert_eq!(disk.crash_states(1, 1).count(), found.len());
    assert_eq!(disk.crash_states(0, 1).count(), 1);
}

#[test]
fn operations_are_lost_and_kept_in_any_combination() {
    let (disk, mut file) = disk_with_file(b"123");
    file.set_length(1).unwrap();
    file.set_length(5).unwrap();
    let expected: [&[u8]; 4] = [b"123", b"1", b"123\0\0", b"1\0\0\0\0"];
    assert_eq!(states(&disk), expected.map(|bytes| files(&[("a", bytes)])).into());
}

#[test]
fn names_are_lost_or_kept_until_the_directory_is_synced() {
    let (disk, _) = disk_with_file(b"");
    disk.create("b").unwrap();
    disk.remove("a").unwrap();
    let [a, b]: [(&str, &[u8]); 2] = [("a", b""), ("b", b"")];
    let expected = [files(&[]), files(&[a]), files(&[b]), files(&[a, b])];
    assert_eq!(states(&disk), expected.into());
    disk.sync_directory().unwrap();
    assert_eq!(states(&disk), [files(&[b])].into());
    disk.rename("b", "c").unwrap();
    assert_eq!(states(&disk), [files(&[b]), files(&[("c", b"")])].into());
}

#[test]
fn a_rename_replaces_and_what_was_not_synced_stays_volatile() {
    let (disk, _) = disk_with_file(b"old");
    let mut file = disk.create("new").unwrap();
    file.write_at(0, b"n").unwrap();
    disk.rename("new", "a").unwrap();
    disk.sync_directory().unwrap();
    let found = states(&disk);
    assert!(found.contains(&files(&[("a", b"")])) && found.contains(&files(&[("a", b"n")])));
    assert!(!found.contains(&files(&[("a", b"old")])));
}

#[test]
fn what_a_failed_sync_left_stays_at_risk() {
    let (disk, mut file) = disk_with_file(b"");
    file.set_length(1).unwrap();
    disk.fail(Fault::on(Operation::Sync));
    assert!(file.sync().is_err());
    file.set_length(2).unwrap();
    file.sync().unwrap();
    assert_eq!(disk.read("a").unwrap(), b"\0\0");
    assert_eq!(states(&disk).len(), 1);
    file.write_at(0, b"x").unwrap();
    disk.fail(Fault::on(Operation::Sync));
    assert!(file.sync().is_err());
    file.sync().unwrap();
    assert_eq!(disk.read("a").unwrap(), b"x\0");
    assert!(states(&disk).contains(&files(&[("a", b"\0\0")])));
    // One that can be tried again.
    let (disk, mut file) = disk_with_file(b"");
    file.set_length(1).unwrap();
    disk.fail(Fault::on(Operation::Sync).retryable());
    assert!(file.sync().is_err());
    assert_eq!(states(&disk).len(), 2);
    file.sync().unwrap();
    assert_eq!(states(&disk).len(), 1);
}

#[test]
fn a_killed_process_leaves_everything_and_makes_nothing_durable() {
    let (disk, mut file) = disk_with_file(b"");
    file.write_at(0, b"x").unwrap();
    let killed = disk.after_kill(disk.operations());
    assert_eq!(killed.files(), disk.files());
    assert_eq!(killed.operations(), 0);
    assert!(states(&killed).contains(&files(&[("a", b"")])));
}

#[test]
fn writes_end_early_and_disks_lie() {
    let (disk, mut file) = disk_with_file(b"");
    disk.fail(Fault::on(Operation::Write).short(9).error(io::ErrorKind::StorageFull));
    let error = file.write_at(0, b"xyz").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!(disk.read("a").unwrap(), b"xy");
    disk.fail(Fault::on(Operation::Sync).silent().forever());
    file.sync().unwrap();
    assert!(states(&disk).contains(&files(&[("a", b"")])));
    disk.heal();
    file.sync().unwrap();
    assert_eq!(states(&disk).len(), 1);
    assert_eq!(disk.counters().faults, 2);
}

#[test]
fn many_volatile_operations_are_sampled() {
    let (disk, mut file) = disk_with_file(b"");
    for place in 0..12 {
        file.write_at(place, b"x").unwrap();
    }
    let found = states(&disk);
    assert!(found.len() >= 200, "{}", found.len());
    assert!(found.contains(&files(&[("a", b"")])));
    assert!(found.contains(&files(&[("a", b"xxxxxxxxxxxx")])));
    assert_eq!(found, states(&disk));
}

#[test]
fn locks_exclude_and_are_given_back() {
    let disk = Disk::new();
    assert!(disk.lock("LOCK", LockMode::Shared).is_err());
    let lock = disk.lock("LOCK", LockMode::Exclusive).unwrap();
    assert!(lock.is_some());
    assert!(disk.lock("LOCK", LockMode::Shared).unwrap().is_none());
    drop(lock);
    let readers = [(); 2].map(|()| disk.lock("LOCK", LockMode::Shared).unwrap().expect("shared"));
    let [first, second] = readers;
    drop(first);
    assert!(disk.lock("LOCK", LockMode::Exclusive).unwrap().is_none());
    drop(second);
    assert!(disk.lock("LOCK", LockMode::Exclusive).unwrap().is_some());
}
