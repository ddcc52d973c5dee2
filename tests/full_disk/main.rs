//! What happens where no room is left: on small file systems that are really full, and under a limit
//! of the operating system for the size of files.
//!
//! The promise: a commit that could not be written is reported as such, with the reason and what to
//! do; whatever was acknowledged stays, can be read at once and is there after opening again, with
//! room or without; and with room the store goes on as if nothing had been.
//!
//! The simulated medium fails every operation in turn (`crash_simulation`). What it can't show is what
//! a real file system does: writes that end half-way, a `close` or a `sync` that says it, files that
//! can be made but not filled. Mounting takes rights that not everybody has: a test that lacks them
//! says so in a line with `skipped`. The limit of [`file_size`] is there for everybody.
#![cfg(all(target_os = "linux", feature = "derive"))]

#[path = "../common/mod.rs"]
mod common;
#[path = "../kill/entries.rs"]
mod entries;
mod file_size;
#[path = "../common/mounts.rs"]
mod mounts;
mod room;
mod sweep;

use common::{Random, figures, seed};
use entries::{
    LANE_OF_PARENT, LANES, Reached, check, check_kept, check_read_only, commit_filled_entry,
};
use folio::{Durability, Error, Result, Store};
use room::Room;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

/// Checks that an error says that there is no room, where, and what to do.
fn check_reason(error: &Error, expected: io::ErrorKind) {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    let mut found = None;
    while let Some(cause) = source {
        found = cause.downcast_ref::<io::Error>().map(io::Error::kind).or(found);
        source = cause.source();
    }
    assert_eq!(found, Some(expected), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("store.folio"), "{text}");
    assert!(text.contains("make room"), "{text}");
}

/// What one thread has when it could not go on: the lane, the last entry that was acknowledged, and the
/// error.
type Stopped = (u32, u64, Error);

/// Commits in several threads until each was refused.
fn fill(store: &Store, durability: Durability, filling: usize) -> Vec<Stopped> {
    let stopped = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for lane in LANES {
            let stopped = &stopped;
            scope.spawn(move || {
                let mut last = 0;
                let error = loop {
                    match commit_filled_entry(store, durability, lane, filling) {
                        Ok(number) => last = number,
                        Err(error) => break error,
                    }
                };
                stopped.lock().expect("no thread panicked").push((lane, last, error));
            });
        }
    });
    stopped.into_inner().expect("no thread panicked")
}

/// Checks that a store that met a full disk tells so, and is readable and poisoned; returns what it had
/// acknowledged.
fn check_refusal(store: &Store, stopped: &[Stopped], durability: Durability) -> Result<Reached> {
    let mut acknowledged = Reached::new();
    for (lane, last, error) in stopped {
        assert!(error.is_poisoned(), "{error}");
        check_reason(error, io::ErrorKind::StorageFull);
        let known = acknowledged.entry(*lane).or_default();
        *known = u64::max(*known, *last);
    }
    let is_unknown = |(_, _, error): &Stopped| matches!(error, Error::OutcomeUnknown { .. });
    if durability > Durability::Background {
        assert!(stopped.iter().any(is_unknown), "{stopped:?}");
    }
    let refused = commit_filled_entry(store, durability, LANE_OF_PARENT, 0);
    assert!(matches!(refused, Err(Error::Poisoned { .. })), "{refused:?}");
    assert!(matches!(store.sync(), Err(Error::Poisoned { .. })));
    // Reading goes on, of all that was acknowledged and nothing else.
    let readable = check(&store.snapshot())?;
    check_kept(&readable, &acknowledged, "while the disk is full");
    assert!(matches!(store.close(), Err(Error::Poisoned { .. })));
    Ok(acknowledged)
}

/// Fills a file system, opens what is there while it is full, makes room, and goes on.
fn fill_again_and_again(room: &Room, random: &mut Random) -> Result<(u64, u64)> {
    let path = room.path().join("store.folio");
    let (mut refused, mut found) = (0, 0);
    let mut known = Reached::new();
    for durability in [Durability::Fsync, Durability::Write, Durability::Background] {
        for _ in 0..3 {
            // Not always the same place: the disk is filled by somebody else first.
            room.leave_kib(200 + random.below(400));
            let filling = random.place(6000);
            let store = Store::open(&path)?;
            check_kept(&check(&store.snapshot())?, &known, "before");
            let stopped = fill(&store, durability, filling);
            let acknowledged = check_refusal(&store, &stopped, durability)?;
            let attempted = attempts(&stopped);
            drop(store);
            refused += stopped.len() as u64;
            let promised = if durability > Durability::Background { &acknowledged } else { &known };
            let seen = check_read_only(&path)?;
            check_kept(&seen, promised, "read while the disk is full");
            check_kept(&attempted, &seen, "nothing that was not attempted");
            refused += open_while_full(&path, &seen)?;
            room.clear();
            let store = Store::open(&path)?;
            known = check(&store.snapshot())?;
            assert_eq!(known, seen, "with room again");
            let number = commit_filled_entry(&store, Durability::Fsync, LANE_OF_PARENT, filling)?;
            known.insert(LANE_OF_PARENT, number);
            store.close()?;
            assert_eq!(check_read_only(&path)?, known);
            found += known.values().sum::<u64>();
            std::fs::remove_dir_all(&path).expect("the store can be removed");
            known.clear();
        }
    }
    Ok((refused, found))
}

/// How far each lane would have got if what was refused had been written: one further for each thread.
fn attempts(stopped: &[Stopped]) -> Reached {
    let mut attempted = BTreeMap::new();
    for (lane, last, _) in stopped {
        let most = attempted.entry(*lane).or_insert(0);
        *most = u64::max(*most, *last);
    }
    for (lane, ..) in stopped {
        *attempted.entry(*lane).or_insert(0) += 1;
    }
    attempted
}

/// Opening for writing may need room, for the copy of the last segment. Without it, it says so and
/// changes nothing; returns how often.
fn open_while_full(path: &Path, known: &Reached) -> Result<u64> {
    let mut refused = 0;
    for _ in 0..3 {
        match Store::open(path) {
            Ok(store) => assert_eq!(check(&store.snapshot())?, *known),
            Err(error) => {
                assert!(matches!(error, Error::Io { .. }), "{error}");
                check_reason(&error, io::ErrorKind::StorageFull);
                refused += 1;
            }
        }
        assert_eq!(check_read_only(path)?, *known);
    }
    Ok(refused)
}

/// Runs a test on a small file system of its own, under a directory of a mount namespace. Where there is
/// none to be had, that is said.
fn on(
    test: &str,
    make: fn(&Path) -> Result<Room, String>,
    act: impl FnOnce(&Room, &Path) -> Result<()>,
) -> Result<()> {
    let Some(directory) = mounts::directory() else {
        mounts::run_inside(test);
        return Ok(());
    };
    match make(&directory) {
        Ok(room) => act(&room, &directory),
        Err(why) => {
            figures::skipped(test, &why);
            Ok(())
        }
    }
}

/// Fills a file system in turns, with a seed of the test's own.
fn fill_in_turns(test: &str, room: &Room) -> Result<()> {
    let mut random = Random::new(seed(test));
    let (refused, found) = fill_again_and_again(room, &mut random)?;
    figures::count("full disk", "commits and openings refused", refused);
    figures::count("full disk", "commits found again", found);
    Ok(())
}

#[test]
fn a_full_tmpfs() -> Result<()> {
    let test = "a_full_tmpfs";
    on(test, Room::tmpfs, |room, _| fill_in_turns(test, room))
}

#[test]
fn a_full_ext4() -> Result<()> {
    let test = "a_full_ext4";
    on(test, Room::ext4, |room, _| fill_in_turns(test, room))
}
