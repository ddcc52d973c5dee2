//! What is left when a process is killed (SIGKILL) at a random moment, and what must not be: half a
//! transaction, a commit without one before it, an index that disagrees, or a lock.
//!
//! The process is this test program itself, started again. Its threads commit transactions over
//! several collections and tell each that was acknowledged; after a random number of them it is
//! killed, the store is opened and looked at, written to, and given to the next process. What a loss
//! of power leaves is another test's business. What each level promises here:
//!
//! | level | after a kill |
//! |---|---|
//! | [`Durability::Fsync`] | every acknowledged commit is there |
//! | [`Durability::Write`] | the same: a kill leaves what was handed to the operating system |
//! | [`Durability::Background`] | a prefix of the commits, with all before an acknowledged `sync` |
//!
//! [`moments`] has the kills at the two ends of a process: while a store is created, recovered or
//! closed. `FOLIO_KILL_ROUNDS` says how many processes each test kills; [`moments`] goes on where too
//! few of its kills fell where they should.
#![cfg(feature = "derive")]

#[path = "../common/mod.rs"]
mod common;
mod entries;
mod moments;

use common::{Process, Random, figures, seed, start_child, told};
use entries::{Heard, LANE_OF_PARENT, Reached, check, check_kept, commit_entry, gained, work};
use folio::{Durability, Result, Store};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// Each test is to have the machine to itself.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many processes a test kills: what `FOLIO_KILL_ROUNDS` says, else `usual`.
fn rounds(usual: u32) -> u32 {
    let given = std::env::var("FOLIO_KILL_ROUNDS").ok();
    given.and_then(|rounds| rounds.parse().ok()).unwrap_or(usual)
}

/// Waits for a process that was killed; says whether it was killed before it had finished.
///
/// # Panics
///
/// If it failed by itself, which must not pass for a kill.
fn was_killed(process: &mut Process) -> bool {
    /// What a test program ends with where a test failed.
    const FAILED: i32 = 101;
    let status = process.wait().expect("the child can be waited for");
    assert_ne!(status.code(), Some(FAILED), "the child failed by itself");
    !status.success()
}

/// Lets a process commit until a random moment; returns what it told.
fn run_and_kill(child: &str, path: &Path, random: &mut Random) -> Heard {
    let mut process = start_child(child, path);
    let mut lines = told(&mut process);
    let mut heard = Heard::default();
    for _ in 0..=random.below(80) {
        heard.note(&lines.next().expect("the child works until it is killed"));
    }
    process.kill().expect("the child can be killed");
    // What it told before its death and was not yet heard counts as well.
    lines.for_each(|line| heard.note(&line));
    assert!(was_killed(&mut process), "the child works until it is killed");
    heard
}

/// Goes through rounds of work, death and recovery on one store.
fn kill_again_and_again(test: &str, child: &str, usual: u32) -> Result<()> {
    let _turn = turn();
    let rounds = rounds(usual);
    let mut random = Random::new(seed(test));
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("killed.folio");
    // What the last opening found, all of which it made durable.
    let mut known = Reached::new();
    let (mut acknowledged, mut promised) = (0, 0);
    for round in 0..rounds {
        let heard = run_and_kill(child, &path, &mut random);
        acknowledged += gained(&known, &heard.acknowledged);
        promised += gained(&known, &heard.promised);
        let store = Store::open(&path)?;
        let reached = check(&store.snapshot())?;
        check_kept(&reached, &known, &format!("round {round}, of earlier ones"));
        check_kept(&reached, &heard.promised, &format!("round {round}"));
        known = reached;
        if random.below(3) > 0 {
            let number = commit_entry(&store, Durability::Fsync, LANE_OF_PARENT)?;
            known.insert(LANE_OF_PARENT, number);
        }
        if random.below(2) > 0 {
            store.close()?;
        }
    }
    let kept: u64 = known.values().sum();
    println!(
        "{test}: {acknowledged} commits acknowledged, {promised} of them promised, {kept} kept"
    );
    figures::count("kill", "processes killed", rounds.into());
    figures::count("kill", "acknowledged commits found again", promised);
    Ok(())
}

/// The process that is killed: threads that commit and tell, for ever.
#[test]
fn work_at_fsync() {
    work(Durability::Fsync, Durability::Write, false);
}

#[test]
fn work_at_write() {
    work(Durability::Write, Durability::Write, false);
}

#[test]
fn work_at_background() {
    work(Durability::Background, Durability::Write, true);
}

#[test]
fn what_was_acknowledged_at_fsync_survives_kill() -> Result<()> {
    kill_again_and_again("fsync", "work_at_fsync", 50)
}

#[test]
fn what_was_acknowledged_at_write_survives_kill() -> Result<()> {
    kill_again_and_again("write", "work_at_write", 25)
}

#[test]
fn what_is_left_of_the_background_is_a_prefix_with_all_that_was_synced() -> Result<()> {
    kill_again_and_again("background", "work_at_background", 25)
}

/// A program that starts other programs must be able to close a store and open it again at any time.
/// For a moment, between its making and its beginning, a new process has copies of all that the old
/// one has open, the lock included: closing has to release that, not only to let go of it.
#[test]
fn a_process_that_is_started_meanwhile_does_not_keep_the_lock() -> Result<()> {
    let _turn = turn();
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("shared.folio");
    let program = std::env::current_exe().expect("a test program knows its file");
    let (is_through, started) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_through.load(Ordering::Acquire) {
                let listed = Command::new(&program).args(["--list", "no test"]).output();
                listed.expect("this test program can be started again");
                started.fetch_add(1, Ordering::Release);
            }
        });
        let mut opened = Ok(());
        while opened.is_ok() && started.load(Ordering::Acquire) < 150 {
            opened = Store::open(&path).and_then(|store| store.close());
        }
        is_through.store(true, Ordering::Release);
        opened
    })
}
