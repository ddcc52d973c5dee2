//! Long pieces of work that somebody observes, and ends at each of their steps: what they leave.
#![cfg(feature = "derive")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use folio::{EncryptionKey, Error, Options, Part, Record, Result, Step, Store};
use serde::{Deserialize, Serialize};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "items")]
struct Item {
    #[key]
    id: u64,
    text: String,
    #[index]
    even: bool,
}

fn items(from: u64, count: u64) -> impl Iterator<Item = Item> {
    (from..from + count).map(|id| Item { id, text: format!("{id:0>500}"), even: id % 2 == 0 })
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A store of several checkpoints, segments and blocks.
    fn store(&self, options: Options) -> Store {
        let store = options.segment_bytes(64 << 10).open(self.path("store")).unwrap();
        let collection = store.collection::<Item>().unwrap();
        for from in (0..4_000).step_by(250) {
            collection.put_all(items(from, 250)).unwrap();
            if from == 2_000 {
                store.checkpoint().unwrap();
            }
        }
        store
    }
}

/// All steps of a piece of work that goes to its end.
fn steps_of<R>(
    work: impl FnOnce(&mut dyn FnMut(&Step) -> ControlFlow<()>) -> Result<R>,
) -> Vec<Step> {
    let mut steps = Vec::new();
    work(&mut |step| {
        steps.push(*step);
        ControlFlow::Continue(())
    })
    .unwrap();
    steps
}

/// Does a piece of work that is ended at its step of this number.
fn ended_at<R>(
    number: usize,
    work: impl FnOnce(&mut dyn FnMut(&Step) -> ControlFlow<()>) -> Result<R>,
) {
    let mut seen = 0;
    let ended = work(&mut |_| {
        seen += 1;
        assert!(seen <= number + 1, "told of step {seen}, though it was ended at {number}");
        if seen > number { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(ended, Err(Error::Cancelled)), "at step {number} of the work");
}

/// Each part begins with nothing done, goes on and never back, and comes to its end.
#[track_caller]
fn check(steps: &[Step], parts: &[Part]) {
    let mut found = Vec::new();
    let mut before: Option<Step> = None;
    for step in steps {
        assert!(step.done <= step.of, "{step:?}");
        match before {
            Some(last)
                if last.part == step.part && last.of == step.of && last.done <= step.done => {}
            _ => {
                assert!(before.is_none_or(|last| last.done == last.of), "{before:?}, {step:?}");
                assert_eq!(step.done, 0, "{step:?}");
                found.push(step.part);
            }
        }
        before = Some(*step);
    }
    assert!(before.is_some_and(|last| last.done == last.of), "{before:?}");
    assert_eq!(found, parts);
}

fn names(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "LOCK");
    names.sort();
    names
}

#[test]
fn a_backup_tells_its_steps() {
    let place = Place::new();
    let store = place.store(Store::options());
    let steps = steps_of(|observer| store.observed(observer).backup(place.path("backup")));
    check(&steps, &[Part::Copying, Part::Reading, Part::Reading]);
    let info = store.observed(|_| ControlFlow::Continue(())).backup(place.path("other")).unwrap();
    assert_eq!(steps[0].of, info.copied_bytes);
    assert!(steps.len() > 15, "{}", steps.len());
}

#[test]
fn a_backup_that_is_ended_leaves_the_earlier_one() {
    let place = Place::new();
    let (store, backup) = (place.store(Store::options()), place.path("backup"));
    let first = store.backup(&backup).unwrap();
    store.collection::<Item>().unwrap().put_all(items(4_000, 1_000)).unwrap();
    let count = steps_of(|observer| store.observed(observer).backup(place.path("other"))).len();
    let mut ended = 0;
    for number in 0..count {
        let mut seen = 0;
        let result = store
            .observed(|_| {
                seen += 1;
                if seen > number { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .backup(&backup);
        match result {
            // It is continued, and so has fewer steps than one of everything.
            Ok(_) => break,
            Err(Error::Cancelled) => ended += 1,
            Err(error) => panic!("{error}"),
        }
        let restored = place.path(&format!("restored-{number}"));
        assert_eq!(Store::restore(&backup, &restored).unwrap(), first.version);
    }
    assert!(ended > 5, "{ended}");
    let last = store.backup(&backup).unwrap();
    assert!(last.version > first.version);
    assert!(Store::options().verify(&backup).unwrap().is_intact());
}

#[test]
fn verifying_tells_its_steps_and_ends_at_each() {
    let place = Place::new();
    let store = place.store(Store::options());
    let steps = steps_of(|observer| store.observed(observer).verify());
    check(&steps, &[Part::Reading, Part::Indexes]);
    assert_eq!(steps.last().unwrap().of, 4_000);
    for number in 0..steps.len() {
        ended_at(number, |observer| store.observed(observer).verify());
    }
    // Nothing is held any more.
    store.checkpoint().unwrap();
    let head = store.head().unwrap();
    let report = store.observed(|_| ControlFlow::Continue(())).verify_against(&head).unwrap();
    assert!(report.is_intact(), "{report}");
    store.close().unwrap();

    let path = place.path("store");
    let steps = steps_of(|observer| Store::options().observed(observer).verify(&path));
    check(&steps, &[Part::Reading]);
    let bytes = report.bytes;
    assert!(steps[0].of >= bytes, "{} of {bytes}", steps[0].of);
    for number in 0..steps.len() {
        ended_at(number, |observer| {
            Store::options().observed(observer).verify_against(&path, &head)
        });
    }
}

#[test]
fn a_backup_is_verified_in_steps() {
    let place = Place::new();
    let store = place.store(Store::options());
    store.backup(place.path("backup")).unwrap();
    let verify = |observer: &mut dyn FnMut(&Step) -> ControlFlow<()>| {
        Store::options().observed(observer).verify(place.path("backup"))
    };
    let steps = steps_of(verify);
    check(&steps, &[Part::Reading, Part::Reading]);
    for number in 0..steps.len() {
        ended_at(number, verify);
    }
}

#[test]
fn a_checkpoint_that_is_ended_leaves_nothing() {
    let place = Place::new();
    let store = place.store(Store::options());
    let before = names(&place.path("store"));
    let (count, steps_to_remove) = {
        let other = Place::new();
        let store = other.store(Store::options());
        let steps = steps_of(|observer| store.observed(observer).checkpoint());
        // What the earlier one makes superfluous goes first, if it can be read.
        check(&steps, &[Part::Reading, Part::Writing, Part::Reading]);
        assert_eq!(steps.iter().find(|step| step.part == Part::Writing).unwrap().of, 4_000);
        let to_remove = steps.iter().take_while(|step| step.part == Part::Reading).count();
        (steps.len(), to_remove)
    };
    // Once what the earlier one makes superfluous is gone, there is less to do.
    for number in (0..=steps_to_remove).chain(0..count - steps_to_remove) {
        ended_at(number, |observer| store.observed(observer).checkpoint());
        let now = names(&place.path("store"));
        let is_checkpoint = |name: &&String| name.contains(".ckp");
        assert!(
            now.iter().filter(is_checkpoint).eq(before.iter().filter(is_checkpoint)),
            "{now:?}"
        );
    }
    store.checkpoint().unwrap();
    assert!(store.verify().unwrap().is_intact());
}

#[test]
fn compacting_ends_at_each_step_and_loses_nothing() {
    let count = {
        let place = Place::new();
        let store = place.store(Store::options());
        let steps = steps_of(|observer| store.observed(observer).compact());
        check(&steps, &[Part::Reading, Part::Writing, Part::Reading, Part::Reading]);
        steps.len()
    };
    for number in 0..count {
        let place = Place::new();
        let store = place.store(Store::options());
        ended_at(number, |observer| store.observed(observer).compact());
        let collection = store.collection::<Item>().unwrap();
        collection.put_all(items(4_000, 1)).unwrap();
        store.close().unwrap();
        let store = Store::open(place.path("store")).unwrap();
        assert_eq!(store.collection::<Item>().unwrap().len(), 4_001);
        assert!(store.verify().unwrap().is_intact());
        store.compact().unwrap();
        assert_eq!(names(&place.path("store")).len(), 2, "the checkpoint and the manifest");
    }
}

#[test]
fn a_ledgers_segments_are_archived_in_steps() {
    let place = Place::new();
    let archive = place.path("archive");
    let options = || Store::options().ledger(true).archive(&archive);
    let store = place.store(options());
    let steps = steps_of(|observer| store.observed(observer).compact());
    assert_eq!(steps.last().unwrap().part, Part::Copying);
    check(
        &steps[steps.iter().position(|step| step.part == Part::Copying).unwrap()..],
        &[Part::Copying],
    );
    assert!(!names(&archive).is_empty());

    let place = Place::new();
    let archive = place.path("archive");
    let store = place.store(Store::options().ledger(true).archive(&archive));
    let mut copied = 0;
    let ended = store
        .observed(|step| {
            copied += usize::from(step.part == Part::Copying);
            if copied > 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .compact();
    assert!(matches!(ended, Err(Error::Cancelled)));
    assert_eq!(store.stats().last_archive_error, None, "that it was ended is no failure");
    assert!(store.verify().unwrap().is_intact());
    store.compact().unwrap();
    assert!(store.verify().unwrap().is_intact());
    assert_eq!(store.commits(..).unwrap().count(), 17);
}

#[test]
fn encrypting_anew_can_be_ended_and_done_again() {
    let (old, new) = (EncryptionKey::from_bytes([1; 32]), EncryptionKey::from_bytes([2; 32]));
    let count = {
        let place = Place::new();
        let store = place.store(Store::options().encryption(old.clone()));
        steps_of(|observer| store.observed(observer).reencrypt(new.clone())).len()
    };
    for number in 0..count {
        let place = Place::new();
        let store = place.store(Store::options().encryption(old.clone()));
        ended_at(number, |observer| store.observed(observer).reencrypt(new.clone()));
        store.close().unwrap();
        let path = place.path("store");
        let store = Store::options().encryption(new.clone()).open(&path).unwrap();
        assert_eq!(store.collection::<Item>().unwrap().len(), 4_000);
        store.reencrypt(new.clone()).unwrap();
        assert!(store.verify().unwrap().is_intact());
    }
}

#[test]
fn a_restore_that_is_ended_leaves_nothing() {
    let place = Place::new();
    let store = place.store(Store::options());
    store.checkpoint().unwrap();
    store.collection::<Item>().unwrap().put_all(items(4_000, 1_000)).unwrap();
    let (backup, target) = (place.path("backup"), place.path("target"));
    let version = store.backup(&backup).unwrap().version;
    let restore = |observer: &mut dyn FnMut(&Step) -> ControlFlow<()>| {
        Store::options().observed(observer).restore(&backup, &target)
    };
    let until = |observer: &mut dyn FnMut(&Step) -> ControlFlow<()>| {
        Store::options().observed(observer).restore_until(&backup, &target, version)
    };
    let steps = steps_of(restore);
    check(&steps, &[Part::Copying, Part::Reading]);
    fs::remove_dir_all(&target).unwrap();
    for number in 0..steps.len() {
        ended_at(number, restore);
        assert_eq!(names(&target), [] as [&str; 0]);
    }
    let steps = steps_of(until);
    check(&steps, &[Part::Reading, Part::Copying, Part::Reading]);
    fs::remove_dir_all(&target).unwrap();
    for number in 0..steps.len() {
        ended_at(number, until);
        assert_eq!(names(&target), [] as [&str; 0]);
    }
    assert_eq!(Store::restore(&backup, &target).unwrap(), version);
}

#[test]
fn a_repair_that_is_ended_leaves_nothing() {
    let place = Place::new();
    place.store(Store::options()).close().unwrap();
    let (damaged, target) = (place.path("store"), place.path("target"));
    fs::remove_file(damaged.join("MANIFEST")).unwrap();
    let before = names(&damaged);
    let repair = |observer: &mut dyn FnMut(&Step) -> ControlFlow<()>| {
        Store::options().observed(observer).repair(&damaged, &target)
    };
    let steps = steps_of(repair);
    check(&steps, &[Part::Reading, Part::Copying, Part::Reading]);
    fs::remove_dir_all(&target).unwrap();
    for number in 0..steps.len() {
        ended_at(number, repair);
        assert_eq!(names(&target), [] as [&str; 0]);
        assert_eq!(names(&damaged), before);
    }
    assert!(Store::repair(&damaged, &target).unwrap().is_complete());
}
