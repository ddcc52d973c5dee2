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

/// A write can make a file longer, and that is a change of its own: a crash may leave what was
/// written within the old length and not what was written behind it, or the new length and zeros.
#[test]
fn growth_is_lost_or_kept_until_it_is_synced() {
    let (disk, mut file) = disk_with_file(b"12345");
    file.write_at(2, b"abcdefghijkl").unwrap();
    let found = states(&disk);
    for bytes in [b"12abc".as_slice(), b"12abc\0\0\0\0\0\0\0\0\0"] {
        assert!(found.contains(&files(&[("a", bytes)])), "{bytes:?} in {found:?}");
    }
    file.sync().unwrap();
    assert_eq!(states(&disk), [files(&[("a", b"12abcdefghijkl")])].into());
}

/// Two writes that make a file longer, and its old length: each is there as far as that goes, though
/// the second began within what the first had added.
#[test]
fn all_growth_is_lost_and_what_lies_before_it_kept() {
    let (disk, mut file) = disk_with_file(b"12345");
    file.write_at(2, b"abcdefgh").unwrap();
    file.write_at(4, b"ABCDEFGH").unwrap();
    let found = states(&disk);
    assert!(found.contains(&files(&[("a", b"12abA")])), "{found:?}");
}

/// A disk may write the second sector of two and not the first.
#[test]
fn a_write_loses_its_head_and_keeps_its_tail() {
    let tail_behind = |old: &[u8], offset: usize, length: usize, lost: usize| {
        let (disk, mut file) = disk_with_file(old);
        file.write_at(offset as u64, &vec![b'x'; length]).unwrap();
        let mut expected = old.to_vec();
        expected.resize(old.len().max(offset + length), 0);
        expected[offset + lost..offset + length].fill(b'x');
        states(&disk).contains(&files(&[("a", &expected)]))
    };
    // In the middle of what was there; behind its end, with zeros for what is lost.
    assert!(tail_behind(&[b'o'; 9000], 512, 6000, 512));
    assert!(tail_behind(&[b'o'; 9000], 512, 6000, 4096));
    assert!(tail_behind(&[b'o'; 100], 100, 6000, 512));
    assert!(tail_behind(&[b'o'; 100], 1000, 6000, 4096));
    // A short write over the border of two sectors.
    assert!(tail_behind(&[b'o'; 2000], 500, 30, 12));
    assert!(!tail_behind(&[b'o'; 2000], 500, 12, 6));
    // One whose tail is zeros makes the file longer all the same.
    let (disk, mut file) = disk_with_file(b"o");
    file.write_at(0, &[[b'x'; 512], [0; 512]].concat()).unwrap();
    let zeros = [b"o".as_slice(), &[0; 1023]].concat();
    assert!(states(&disk).contains(&files(&[("a", &zeros)])));
}

/// Zeros at the end of a file are not kept as bytes, and are there all the same.
#[test]
fn zeros_at_the_end_are_read_overwritten_and_cut() {
    let (disk, mut file) = disk_with_file(b"ab");
    file.write_at(1, b"x\0\0\0").unwrap();
    assert_eq!(disk.read("a").unwrap(), b"ax\0\0\0");
    file.write_at(0, b"\0\0").unwrap();
    assert_eq!(disk.read("a").unwrap(), b"\0\0\0\0\0");
    assert_eq!(disk.fingerprint(), disk_with_file(b"\0\0\0\0\0").0.fingerprint());
    assert_ne!(disk.fingerprint(), disk_with_file(b"\0\0\0\0").0.fingerprint());
    file.write_at(3, b"y").unwrap();
    disk.flip_bit("a", 8 * 4);
    assert_eq!(disk.read("a").unwrap(), b"\0\0\0y\x01");
    file.set_length(3).unwrap();
    file.set_length(4).unwrap();
    assert_eq!(disk.read("a").unwrap(), b"\0\0\0\0");
}

/// Whoever asks for points out of order gets what those get who ask in order.
#[test]
fn points_can_be_asked_for_in_any_order() {
    let (disk, mut file) = disk_with_file(b"");
    for place in 0..5 {
        file.write_at(place, b"z").unwrap();
    }
    let at = |at| disk.after_kill(at).files();
    let [last, first, third, again] = [at(5), at(0), at(3), at(5)];
    assert_eq!(first, files(&[("a", b"")]));
    assert_eq!(third, files(&[("a", b"zzz")]));
    assert_eq!((&last, last.clone()), (&again, files(&[("a", b"zzzzz")])));
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

/// Syncing one directory says nothing of the names in another.
#[test]
fn each_directory_of_a_shelf_is_synced_by_itself() {
    use crate::media::Shelf as _;
    let disk = Disk::new();
    let shelf = Shelf::on(&disk);
    let [one, two] = ["one", "two"].map(|name| shelf.medium(name));
    one.create("a").unwrap();
    two.create("b").unwrap();
    assert_eq!(shelf.list().unwrap(), ["one", "two"]);
    one.sync_directory().unwrap();
    let found = states(&disk);
    assert_eq!(found, [files(&[("one/a", b"")]), files(&[("one/a", b""), ("two/b", b"")])].into());
    disk.sync_directory().unwrap();
    assert_eq!(states(&disk).len(), 2);
    two.sync_directory().unwrap();
    assert_eq!(states(&disk).len(), 1);
}

#[test]
fn a_second_name_is_of_the_same_file() {
    use crate::media::Shelf as _;
    let disk = Disk::new();
    let shelf = Shelf::on(&disk);
    let [one, two] = ["one", "two"].map(|name| shelf.medium(name));
    one.create("a").unwrap().write_at(0, &[0]).unwrap();
    shelf.link("a", "one", "two").unwrap();
    let taken = shelf.link("a", "one", "two").unwrap_err();
    assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
    disk.flip_bit("one/a", 0);
    assert_eq!(two.read("a").unwrap(), [1]);
    // It stays when the first one goes, and the directory is there as long as it has something.
    one.remove("a").unwrap();
    shelf.remove("one").unwrap();
    assert_eq!(two.read("a").unwrap(), [1]);
    assert_eq!(shelf.remove("two").unwrap_err().kind(), io::ErrorKind::DirectoryNotEmpty);
}
