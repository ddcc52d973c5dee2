//! Kills at the two ends of a process: while it creates a store, recovers one, or closes it.
//!
//! Nothing tells from outside how far such a step is, so the moment is drawn: at first from the time
//! that the step took when it was let be, and half as much again; then from less where the kills come
//! too late, and from more where they don't. So about half of them fall inside, and the rounds go on
//! until enough did. Where a moment falls decides nothing else: whatever was told before must be there.

use super::common::{Random, child_path, crash_image, figures, seed, start_child, tell, told};
use super::entries::{
    Heard, LANE_OF_PARENT, Reached, check, check_kept, check_read_only, commit_entry, gained,
    tell_entry,
};
use super::{rounds, run_and_kill, turn, was_killed};
use folio::{Durability, Options, Result, Store};
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

const LANE: u32 = 7;

fn options() -> Options {
    // So that closing has something left to write.
    Store::options().flush_interval(Duration::from_mins(1)).segment_bytes(64 << 10)
}

/// A child that tells where it is: it opens the store, commits at all levels, and closes it.
#[test]
fn comes_and_goes() {
    let Some(path) = child_path() else { return };
    tell("opening");
    let store = options().open(path).expect("the store can be opened");
    tell("open");
    let mut last = 0;
    for durability in [Durability::Fsync, Durability::Write, Durability::Background] {
        for _ in 0..5 {
            last = commit_entry(&store, durability, LANE).expect("the entry is new");
            tell_entry(LANE, last, durability >= Durability::Write);
        }
    }
    tell("closing");
    store.close().expect("the store can be closed");
    // What a store has that was closed is promised, whatever the level.
    tell_entry(LANE, last, true);
    tell("closed");
}

/// How a child came to its end.
struct Ending {
    heard: Heard,
    /// How long the stage took; `None` where the child did not get through it.
    took: Option<Duration>,
    /// Whether it was killed before it had finished.
    was_killed: bool,
}

/// Starts the child, awaits that it tells `stage`, waits as long as `moment` says and kills it; lets
/// it be where that says nothing.
fn kill_in(stage: &str, end: &str, path: &Path, moment: Option<Duration>) -> Ending {
    let mut process = start_child("moments::comes_and_goes", path);
    let mut lines = told(&mut process);
    let mut heard = Heard::default();
    let mut note = |line: &str| {
        if line.contains(' ') {
            heard.note(line);
        }
    };
    for line in lines.by_ref().take_while(|line| line != stage) {
        note(&line);
    }
    let began = Instant::now();
    let mut took = None;
    if let Some(moment) = moment {
        thread::sleep(moment);
        process.kill().expect("the child can be killed");
    }
    for line in lines {
        note(&line);
        if line == end {
            took = Some(began.elapsed());
        }
    }
    let was_killed = was_killed(&mut process);
    Ending { heard, took, was_killed }
}

/// A moment before `window` is over.
fn moment(window: Duration, random: &mut Random) -> Duration {
    let micros = u64::try_from(window.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(random.below(micros.max(1)))
}

/// Looks at what a kill left and goes on with it, either in its place or in a copy, so that the next
/// process meets what the kill left and not what was made of it.
fn look_at(path: &Path, in_place: bool, known: &Reached, ending: &Ending) -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let copy = directory.path().join("copy.folio");
    // Killed before it made a directory, a process leaves none.
    if path.exists() {
        crash_image(path, &copy);
    }
    let store = Store::open(if in_place { path } else { &copy })?;
    let reached = check(&store.snapshot())?;
    check_kept(&reached, known, "from before");
    check_kept(&reached, &ending.heard.promised, "of this process");
    commit_entry(&store, Durability::Fsync, LANE_OF_PARENT).map(drop)
}

/// Kills in one stage, again and again. Each time `before` prepares the store and says what is in it;
/// it learns whether the store is as a kill in the stage left it.
fn kill_at(
    test: &str,
    (stage, end): (&str, &str),
    path: &Path,
    mut before: impl FnMut(&mut Random, bool) -> Result<Reached>,
) -> Result<()> {
    let usual_rounds = rounds(30);
    let enough = usual_rounds.div_ceil(5);
    let mut random = Random::new(seed(test));
    before(&mut random, false)?;
    let usual = kill_in(stage, end, path, None).took;
    let usual = usual.expect("a child that is let be goes through all of its stages");
    let mut window = usual + usual / 2;
    let (mut round, mut inside, mut killed, mut found) = (0, 0, 0, 0);
    let mut is_as_left = false;
    while round < usual_rounds || inside < enough {
        assert!(round < 20 * usual_rounds, "{test}: only {inside} of {round} in the midst of it");
        let known = before(&mut random, is_as_left)?;
        let ending = kill_in(stage, end, path, Some(moment(window, &mut random)));
        let is_inside = ending.was_killed && ending.took.is_none();
        window = window / 8 * if is_inside { 9 } else { 7 };
        inside += u32::from(is_inside);
        killed += u64::from(ending.was_killed);
        let in_place = round % 2 == 0;
        look_at(path, in_place, &known, &ending)?;
        is_as_left = is_inside && !in_place;
        found += gained(&known, &ending.heard.promised);
        round += 1;
    }
    println!("{test}: {inside} of {round} in the midst of it, {killed} before the process ended");
    figures::count("kill", "processes killed", killed);
    figures::count("kill", "acknowledged commits found again", found);
    Ok(())
}

#[test]
fn a_kill_while_a_store_is_created() -> Result<()> {
    let _turn = turn();
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("deep").join("created.folio");
    kill_at("create", ("opening", "open"), &path, |_, _| {
        if path.exists() {
            fs::remove_dir_all(path.parent().unwrap_or(&path)).expect("it can be removed");
        }
        Ok(Reached::new())
    })
}

/// What is recovered was left by a kill in the midst of commits, or by one in the midst of the recovery
/// before. Never by a process that closed it, which would leave nothing to recover; a store that this
/// process has opened and let go of is closed.
#[test]
fn a_kill_while_a_store_is_recovered() -> Result<()> {
    const CHILDREN: [&str; 3] = ["work_at_fsync", "work_at_write", "work_at_background"];
    /// A new store now and then: what has grown takes longer, and what is drawn would not fit.
    const PREPARED_OF_A_STORE: u32 = 10;
    let _turn = turn();
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("recovered.folio");
    let mut prepared = 0;
    kill_at("recover", ("opening", "open"), &path, |random, is_as_left| {
        let mut promised = Reached::new();
        if !is_as_left || random.below(2) == 0 {
            if prepared % PREPARED_OF_A_STORE == 0 && path.exists() {
                fs::remove_dir_all(&path).expect("it can be removed");
            }
            prepared += 1;
            promised = run_and_kill(random.pick(&CHILDREN), &path, random).promised;
        }
        // Read, and nothing touched: the process that is killed has to recover it.
        let reached = check_read_only(&path)?;
        check_kept(&reached, &promised, "before the recovery");
        Ok(reached)
    })
}

#[test]
fn a_kill_while_a_store_is_closed() -> Result<()> {
    let _turn = turn();
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("closed.folio");
    kill_at("close", ("closing", "closed"), &path, |_, _| check(&Store::open(&path)?.snapshot()))
}
