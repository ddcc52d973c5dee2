//! Everything at once, for as long as it is told: what only shows after hours, and what only shows
//! where all parts meet.
//!
//! Several threads run a mixture of transfers, lookups, scans, documents, batches, nested transactions,
//! conflicts and held snapshots at all levels of durability ([`work`]), while a checker looks at one
//! snapshot after the other ([`check`]). Every few seconds the store ends, in one of three ways:
//!
//! - it is closed and opened;
//! - its process ends, as far as its files can tell: an image of them is opened instead;
//! - another process works on it and is killed.
//!
//! Each time all that was promised must be there, and when no store is open, the process must have as
//! many threads and open files as at first, and no more memory than such a moment took before
//! ([`resources`]). There are no checkpoints yet, so a new store is begun when the log is longer than a
//! bound.
//!
//! | setting | meaning | usual |
//! |---|---|---|
//! | `FOLIO_SOAK_SECONDS` | how long it goes on | 30 |
//! | `FOLIO_SOAK_LOG_MIB` | the length of the log at which a new store is begun | 256 |
//! | `FOLIO_SEED` | the seed of all that is drawn | a new one |
//!
//! ```text
//! cargo test --release --test soak -- --nocapture
//! ```

#[path = "../common/mod.rs"]
mod common;

mod check;
mod records;
mod resources;
mod tally;
mod work;

use check::Checker;
use common::{Random, child_path, crash_image, figures, seed, start_child_with, tell, told};
use folio::{Result, Store};
use records::{LANES, found, prepare};
use resources::Resources;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tally::Tally;
use work::{Promised, Worker};

/// What the environment says, else `usual`.
fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|given| given.parse().ok()).unwrap_or(usual)
}

/// Where the store is now, and what must be in it.
struct Place {
    directory: tempfile::TempDir,
    path: PathBuf,
    moves: u64,
    promised: Promised,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let path = directory.path().join("0.folio");
        Self { directory, path, moves: 0, promised: Promised::default() }
    }

    /// Goes on with what the files would be if the process had ended now. The store is closed only
    /// after they were copied, and nobody sees any more what that writes.
    ///
    /// The files are copied one after the other. A background flush meanwhile would make a state that
    /// no crash leaves: a segment from before it was sealed beside the one that follows it. With no
    /// thread at work, a `sync` before leaves nothing to flush. What is lost with a process that has
    /// not synced, the kills show.
    fn crash(&mut self, store: Store) -> Result<()> {
        self.moves += 1;
        let image = self.directory.path().join(format!("{}.folio", self.moves));
        store.sync()?;
        crash_image(&self.path, &image);
        drop(store);
        let left = std::mem::replace(&mut self.path, image);
        fs::remove_dir_all(left).expect("the store can be removed");
        Ok(())
    }

    /// Begins anew if the log is too long.
    fn renew(&mut self, limit_bytes: u64) -> bool {
        let sizes = fs::read_dir(&self.path).expect("the store is there").map(|entry| {
            entry.and_then(|entry| entry.metadata()).map_or(0, |metadata| metadata.len())
        });
        let is_long = sizes.sum::<u64>() > limit_bytes;
        if is_long {
            *self = Self::new();
        }
        is_long
    }
}

/// Opens the store and checks that all that was promised is in it; what is found is promised from now
/// on.
fn open(place: &mut Place) -> Result<Store> {
    let store = Store::options().segment_bytes(16 << 20).open(&place.path)?;
    prepare(&store)?;
    let found = found(&store.snapshot())?;
    place.promised.check(&found);
    place.promised = Promised::of(&found);
    Ok(store)
}

/// Lets all threads work until `until`, and the checker with them. Leaves nothing of theirs.
fn work_for(store: &Store, place: &Place, until: Instant, random: &mut Random, tally: &Tally) {
    let mut workers: Vec<_> =
        (0..LANES).map(|lane| Worker::new(store, lane, random.fork())).collect();
    let mut checker = Checker::new(random.fork());
    let is_through = AtomicBool::new(false);
    thread::scope(|scope| {
        let checking = scope.spawn(|| {
            while !is_through.load(Ordering::Acquire) {
                checker.look_at(&store.snapshot()).expect("the types fit");
                tally.snapshots.add(1);
            }
        });
        let working: Vec<_> = workers
            .iter_mut()
            .map(|worker| {
                let promised = &place.promised;
                scope.spawn(move || {
                    while Instant::now() < until {
                        if let Some(number) = worker.step(tally).expect("a step can be made") {
                            promised.raise(worker.lane(), number);
                        }
                    }
                    worker.let_go(tally).expect("the types fit");
                })
            })
            .collect();
        let worked = working.into_iter().map(thread::ScopedJoinHandle::join);
        let failures = worked.filter_map(Result::err).count();
        // Before a failure goes on, for the scope waits for the checker.
        is_through.store(true, Ordering::Release);
        assert!(checking.join().is_ok() && failures == 0, "a thread failed, see above");
    });
    let stats = store.stats();
    tally.commits.add(stats.commits);
    tally.conflicts.add(stats.conflicts);
}

/// The other process: it works on the store and tells what is promised, until it is killed.
#[test]
fn child() -> Result<()> {
    let Some(path) = child_path() else { return Ok(()) };
    let store = Store::options().segment_bytes(16 << 20).open(path)?;
    let mut random = Random::new(seed("soak child"));
    let tally = Tally::default();
    thread::scope(|scope| {
        for lane in 0..LANES {
            let mut worker = Worker::new(&store, lane, random.fork());
            let tally = &tally;
            scope.spawn(move || {
                loop {
                    if let Some(number) = worker.step(tally).expect("a step can be made") {
                        tell(&format!("{lane} {number}"));
                    }
                }
            });
        }
    });
    Ok(())
}

/// Lets another process work and kills it. Its seed is drawn, so that each does something else and the
/// seed of the run decides what.
fn kill_another(path: &Path, promised: &Promised, random: &mut Random) {
    let settings = [("FOLIO_SEED", random.next().to_string())];
    let mut process = start_child_with("child", path, &settings);
    let mut lines = told(&mut process);
    let note = |line: String| {
        let (lane, number) = line.split_once(' ').expect("a lane and a number");
        let number = number.parse().expect("a number");
        promised.raise(lane.parse().expect("a lane"), number);
    };
    for _ in 0..=random.below(2000) {
        note(lines.next().expect("the child works until it is killed"));
    }
    process.kill().expect("the child can be killed");
    lines.for_each(note);
    process.wait().expect("the child can be waited for");
}

/// How glibc is told to take all memory from one place. With one for each thread, what is free in the
/// many places would hide a leak for hours.
const ONE_ARENA: &str = "MALLOC_ARENA_MAX";

/// Runs the soak in another process, with memory that can be judged.
fn start_again() {
    let program = std::env::current_exe().expect("a test program knows its file");
    let mut process = std::process::Command::new(program);
    let process = process.args(["soak", "--exact", "--nocapture"]).env(ONE_ARENA, "1");
    let status = process.status().expect("this test program can be started again");
    assert!(status.success(), "it failed, see above");
}

#[test]
fn soak() -> Result<()> {
    if std::env::var_os(ONE_ARENA).is_none() {
        start_again();
        return Ok(());
    }
    let length = Duration::from_secs(setting("FOLIO_SOAK_SECONDS", 30));
    let limit_bytes = setting("FOLIO_SOAK_LOG_MIB", 256) << 20;
    let mut random = Random::new(seed("soak"));
    let tally = Tally::default();
    let mut resources = Resources::new();
    let mut place = Place::new();
    let (began, mut told_at) = (Instant::now(), Instant::now());
    while began.elapsed() < length {
        let store = open(&mut place)?;
        let slice = Duration::from_millis(500 + random.below(2500));
        work_for(&store, &place, Instant::now() + slice, &mut random, &tally);
        resources.note_peak(limit_bytes);
        match tally.endings() % 3 {
            0 => {
                store.close()?;
                drop(store);
                tally.reopens.add(1);
            }
            1 => {
                place.crash(store)?;
                tally.crash_images.add(1);
            }
            _ => {
                store.close()?;
                drop(store);
                kill_another(&place.path, &place.promised, &mut random);
                tally.kills.add(1);
            }
        }
        let is_new = place.renew(limit_bytes);
        resources.check_idle(is_new);
        tally.stores.add(u64::from(is_new));
        if told_at.elapsed() >= Duration::from_mins(1) {
            told_at = Instant::now();
            println!("{}", tally.line(began.elapsed(), &resources));
        }
    }
    // What the last one left is looked at like all before.
    open(&mut place)?.close()?;
    println!("{}", tally.table(began.elapsed(), &resources));
    for (what, count) in tally.figures() {
        figures::count("soak", what, count);
    }
    figures::count("soak", "seconds", began.elapsed().as_secs());
    Ok(())
}
