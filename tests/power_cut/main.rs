//! A real power cut: what a block device holds at one moment in the midst of commits, on a file
//! system that has to replay its journal.
//!
//! ```text
//! XFS with reflinks      in an image of its own; copies a file in one step
//! └ disk.image           the block device of the file system below
//!   └ ext4               loop mounted; a child process commits to a store on it, and tells
//! cut.image              the copy of disk.image: the device at the moment of the cut
//! └ ext4                 mounted, which replays its journal; the store on it is opened
//! ```
//!
//! The child lives on: it is the copy that had the cut. What the child's system held in memory (pages
//! that were not written back, names that were not committed to the journal) is not in the copy, as
//! it is not in a machine without power. The loop device passes on what ext4 flushes; the copy has
//! every write that the device had completed. A disk that loses writes which it completed but did not
//! yet flush is more than this can show: `crash_simulation` has those states.
//!
//! What must be there is what was told *before* the copy began. Three levels are cut:
//!
//! | level | promise | and the proof that the cuts cut |
//! |---|---|---|
//! | `Fsync` | every acknowledged commit | |
//! | `Write` | a prefix | some cuts lose what was acknowledged |
//! | `Background`, with calls of `sync` | a prefix, with all that was synced | some cuts lose the rest |
//!
//! Needs root, loop devices, `mkfs.ext4`, and `mkfs.xfs` (package `xfsprogs`); says in a line with
//! `skipped` what is missing. It is not part of the usual tests. `FOLIO_POWER_CUTS` is the number of
//! cuts at each level:
//!
//! ```text
//! cargo test --release --test power_cut -- --nocapture
//! ```
#![cfg(all(target_os = "linux", feature = "derive"))]

#[path = "../common/mod.rs"]
mod common;
mod device;
#[path = "../kill/entries.rs"]
mod entries;
#[path = "../common/mounts.rs"]
mod mounts;
mod worker;

use common::{Random, figures, seed};
use device::Device;
use entries::{Heard, LANE_OF_PARENT, Reached, check, check_kept, commit_entry, gained, work};
use folio::{Durability, Result, Store};
use std::path::Path;
use std::thread;
use std::time::Duration;
use worker::Worker;

/// How much of the journal's protection the file system gives to data: names and lengths may get to
/// the disk before the bytes they speak of, after them, or together.
const JOURNALS: [&str; 3] = ["data=ordered", "data=writeback", "data=journal"];

/// The cuts after which everything begins anew, on an empty file system: logs only grow.
const CUTS_OF_A_DEVICE: u32 = 5;

/// What was seen of the cuts at one level.
#[derive(Debug, Default)]
struct Seen {
    cuts: u32,
    /// Cuts that lost something that was acknowledged.
    losing: u32,
    promised: u64,
    lost: u64,
}

/// Opens the store that a cut left, checks it, goes on with it, and checks it again. Returns how far
/// the lanes were.
fn recover(path: &Path, promised: &Reached, context: &str) -> Result<Reached> {
    let store = Store::open(path)?;
    let reached = check(&store.snapshot())?;
    check_kept(&reached, promised, context);
    let mut expected = reached.clone();
    for _ in 0..3 {
        let number = commit_entry(&store, Durability::Fsync, LANE_OF_PARENT)?;
        expected.insert(LANE_OF_PARENT, number);
    }
    store.close()?;
    assert_eq!(check(&Store::open(path)?.snapshot())?, expected, "{context}: going on");
    Ok(reached)
}

/// Cuts the power under a child at one level, again and again.
fn cut_again_and_again(
    directory: &Path,
    child: &str,
    cuts: u32,
    random: &mut Random,
) -> Result<Seen, String> {
    let mut seen = Seen::default();
    while seen.cuts < cuts {
        let journal = random.pick(&JOURNALS);
        let device = Device::new(directory, journal)?;
        let path = device.path().join("store.folio");
        let mut worker = Worker::start(child, &path, Heard::default());
        for _ in 0..CUTS_OF_A_DEVICE {
            worker.await_lines(random.below(60));
            // To fall anywhere between two lines, and not only right behind one.
            thread::sleep(Duration::from_micros(random.below(20_000)));
            let heard = worker.heard();
            let cut = device.cut()?;
            let context = format!("{child}, cut {}, {journal}", seen.cuts);
            let reached = recover(&cut.path().join("store.folio"), &heard.promised, &context)
                .map_err(|error| format!("{context}: {error}"))?;
            let lost = gained(&reached, &heard.acknowledged);
            seen.cuts += 1;
            seen.losing += u32::from(lost > 0);
            seen.lost += lost;
            seen.promised += heard.promised.values().sum::<u64>();
            // Now and then the process ends as well, and another one goes on, so that cuts meet
            // recoveries. What the first one promised binds the later cuts as well.
            if random.below(3) == 0 {
                worker = Worker::start(child, &path, worker.end());
            }
        }
    }
    Ok(seen)
}

/// A test, inside of a namespace.
fn cut_at(test: &str, child: &str, must_lose: bool) {
    let Some(directory) = mounts::directory() else {
        return mounts::run_inside(test);
    };
    if let Err(why) = Device::new(&directory, JOURNALS[0]).and_then(|device| device.cut().map(drop))
    {
        println!("skipped: {test}: {why}");
        return;
    }
    let given = std::env::var("FOLIO_POWER_CUTS").ok();
    let cuts = given.and_then(|cuts| cuts.parse().ok()).unwrap_or(30);
    let mut random = Random::new(seed(test));
    let seen = cut_again_and_again(&directory, child, cuts, &mut random);
    let seen = seen.unwrap_or_else(|why| panic!("{why}"));
    println!("{test}: {seen:?}");
    if must_lose {
        assert!(seen.losing > 0, "no cut lost anything: were they cuts? {seen:?}");
    }
    figures::count("power cut", "cuts", seen.cuts.into());
    figures::count("power cut", "acknowledged commits found again", seen.promised);
    figures::count("power cut", "commits lost that might be", seen.lost);
}

#[test]
fn work_at_fsync() {
    work(Durability::Fsync, Durability::Fsync, false);
}

#[test]
fn work_at_write() {
    work(Durability::Write, Durability::Fsync, false);
}

#[test]
fn work_at_background() {
    work(Durability::Background, Durability::Fsync, true);
}

#[test]
fn what_was_acknowledged_at_fsync_survives_a_power_cut() {
    cut_at("what_was_acknowledged_at_fsync_survives_a_power_cut", "work_at_fsync", false);
}

#[test]
fn what_is_left_at_write_is_a_prefix() {
    cut_at("what_is_left_at_write_is_a_prefix", "work_at_write", true);
}

#[test]
fn what_was_synced_survives_a_power_cut() {
    cut_at("what_was_synced_survives_a_power_cut", "work_at_background", true);
}
