//! Several threads at once: which commit is which version is known only afterwards, and so is what
//! was acknowledged when. One of them may be the store's own, which writes checkpoints and removes what they
//! stand for whenever that is due.

use crate::explorer::Explorer;
use crate::history::History;
use crate::model::{Account, Edit, Note, State, note};
use crate::workloads::Random;
use folio::simulation::Disk;
use folio::{Compression, Durability, Error, Store};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

const THREADS: u64 = 3;

/// What a thread knows about one of its commits.
struct Committed {
    version: usize,
    edits: Vec<Edit>,
    level: Durability,
    /// The number of operations before it asked for the commit, and after it had it.
    began: usize,
    acknowledged: usize,
}

/// Commits once, again after each conflict; `None` where there was nothing to change.
fn commit(
    disk: &Disk,
    store: &Store,
    edits: &[Edit],
    level: Durability,
) -> folio::Result<Option<Committed>> {
    loop {
        let began = disk.operations();
        let tx = store.transaction().durability(level).begin();
        let before = tx.snapshot_version();
        edits.iter().try_for_each(|edit| edit.run(&tx))?;
        match tx.commit() {
            Ok(commit) if commit.version == before => return Ok(None),
            Ok(commit) => {
                let version = usize::try_from(commit.version.number()).unwrap();
                let (edits, acknowledged) = (edits.to_vec(), disk.operations());
                return Ok(Some(Committed { version, edits, level, began, acknowledged }));
            }
            Err(Error::Conflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
}

/// What makes a checkpoint due after a few commits: a note of this size in each.
const NOTE_BYTES: usize = 20_000;

/// Runs threads that commit at random, and puts together what they did. With large notes, the store writes checkpoints
/// meanwhile; returns how many.
fn history(disk: &Disk, seed: u64, with_large_notes: bool) -> folio::Result<(History, u64)> {
    let mut options = Store::options().segment_bytes(64 << 10);
    if with_large_notes {
        options = options.checkpoint_bytes(64 << 10).compression(Compression::None);
    }
    let mut history = History::new(options.clone());
    let store = options.flush_interval(Duration::from_micros(200)).open_simulated(disk)?;
    let mut state = State::default();
    store.collection::<Account>()?;
    state.accounts = Some([].into());
    history.push(state.clone(), 0);
    store.collection::<Note>()?;
    state.notes = Some([].into());
    history.push(state.clone(), 0);
    history.acknowledge(disk.operations(), 2, Durability::Fsync);

    let (store, together) = (&store, &Barrier::new(usize::try_from(THREADS).unwrap()));
    let mut committed: Vec<Committed> = thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    let mut random = Random(seed * THREADS + thread);
                    together.wait();
                    let once = |_| {
                        let mut edits = random.edits();
                        if with_large_notes {
                            edits.push(Edit::PutNote(note(random.below(3), NOTE_BYTES)));
                        }
                        commit(disk, store, &edits, random.durability())
                    };
                    (0..6).map(once).filter_map(Result::transpose).collect::<Vec<_>>()
                })
            })
            .collect();
        let results = workers.into_iter().flat_map(|worker| worker.join().unwrap());
        results.collect::<folio::Result<_>>()
    })?;
    committed.sort_by_key(|commit| commit.version);
    for commit in committed {
        assert_eq!(commit.version, history.last() + 1, "versions without gaps");
        commit.edits.iter().for_each(|edit| state.apply(edit));
        history.push(state.clone(), commit.began);
        history.acknowledge(commit.acknowledged, commit.version, commit.level);
    }
    store.close()?;
    let checkpoints = store.stats().checkpoints;
    history.acknowledge(disk.operations(), history.last(), Durability::Fsync);
    Ok((history, checkpoints))
}

/// Looks at crashes of one run, at one point in `stride`, after a loss of power and after the end of the process.
fn crash(explorer: &mut Explorer, (disk, history): (&Disk, &History), stride: usize, seed: u64) {
    explorer.begin();
    let crashed = explorer.power_loss_every(disk, history, stride, seed);
    let checked = crashed.and_then(|()| {
        let mut points = (0..=disk.operations()).step_by(stride);
        points.try_for_each(|at| explorer.kill_at(disk, history, at, seed))
    });
    checked.unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
}

#[test]
fn every_crash_among_threads_leaves_a_prefix() {
    let count = if cfg!(debug_assertions) { 1 } else { 12 };
    // With several commits under way at once, each point leaves hundreds of states.
    let (mut explorer, start) = (Explorer::thrifty(16), Instant::now());
    let stride = if cfg!(debug_assertions) { 11 } else { 3 };
    for seed in 0..count {
        let disk = Disk::new();
        let (history, _) = history(&disk, seed, false).expect("no fault");
        crash(&mut explorer, (&disk, &history), stride, seed);
    }
    println!("threads: {} in {:.1?}", explorer.figures, start.elapsed());
    explorer.figures.count();
}

/// The same, while the thread of the store that writes checkpoints is at work.
#[test]
fn every_crash_beside_checkpoints_of_the_store_leaves_a_prefix() {
    let count = if cfg!(debug_assertions) { 1 } else { 6 };
    let (mut explorer, start) = (Explorer::thrifty(16), Instant::now());
    let stride = if cfg!(debug_assertions) { 11 } else { 3 };
    let mut checkpoints = 0;
    for seed in 0..count {
        let disk = Disk::new();
        let (history, written) = history(&disk, seed, true).expect("no fault");
        checkpoints += written;
        crash(&mut explorer, (&disk, &history), stride, seed);
    }
    assert!(checkpoints >= count, "{checkpoints} checkpoints");
    let figures = explorer.figures;
    println!("threads beside {checkpoints} checkpoints: {figures} in {:.1?}", start.elapsed());
    figures.count();
}
