//! Loss of power, and the end of the process, at every point of a workload.

use crate::effort::{long_run, number, on_all_cores, pick};
use crate::explorer::{Explorer, Figures};
use crate::history::{History, Run, Step, options};
use crate::model::{Edit, account};
use crate::workloads::{
    Random, alphabet, checkpoint_alphabet, growing, scripted, sequence, sequences,
};
use folio::simulation::Disk;
use folio::{Durability, Options};
use std::time::{Duration, Instant};

/// A workload that was run: what was done to the disk, what was promised, and how many operations
/// there were before the last step.
pub(crate) struct Done {
    pub(crate) disk: Disk,
    pub(crate) history: History,
    before_last: usize,
}

impl Done {
    fn run(steps: &[Step]) -> Self {
        Self::run_with(options(), steps)
    }

    pub(crate) fn run_with(options: Options, steps: &[Step]) -> Self {
        let disk = Disk::new();
        let (mut run, opened) = Run::start_with(&disk, options);
        let (last, first) =
            steps.split_last().map_or((None, steps), |(last, all)| (Some(last), all));
        opened.and_then(|()| run.steps(first)).expect("no fault");
        let before_last = disk.operations();
        last.map_or(Ok(()), |last| run.step(last)).expect("no fault");
        // What is done to the disk when the store is dropped is promised by nobody, and looked at.
        let Run { store, history, .. } = run;
        drop(store);
        Self { disk, history, before_last }
    }

    /// The points of the last step. Those before it are those of a shorter workload.
    fn points(&self, of_length: u32) -> std::ops::RangeInclusive<usize> {
        let first = if of_length > 1 { self.before_last + 1 } else { 0 };
        first..=self.disk.operations()
    }
}

/// Looks at all losses of power.
fn crash(explorer: &mut Explorer, done: &Done, seed: u64) -> Result<(), String> {
    explorer.power_loss(&done.disk, &done.history, seed)
}

/// Looks at what the end of the process leaves, at all points or so many.
fn kill(explorer: &mut Explorer, done: &Done, seed: u64, points: usize) -> Result<(), String> {
    let last = done.disk.operations();
    let stride = (last / points).max(1);
    let first = usize::try_from(seed).unwrap_or_default() % stride;
    (first..=last)
        .step_by(stride)
        .try_for_each(|at| explorer.kill_at(&done.disk, &done.history, at, seed))
}

/// Runs one of all workloads of a length, then looks at all losses of power in its last step, and at
/// what the end of the process leaves at each point of that.
fn last_step(
    explorer: &mut Explorer,
    letters: &[Step],
    length: u32,
    number: usize,
) -> Result<(), String> {
    let (steps, seed) = (sequence(letters, length, number), number as u64);
    let done = Done::run(&steps);
    explorer.begin();
    let looked = done.points(length).try_for_each(|at| {
        explorer.power_loss_at(&done.disk, &done.history, at, seed)?;
        explorer.kill_at(&done.disk, &done.history, at, seed)
    });
    looked.map_err(|wrong| format!("{wrong}\n{steps:?}"))
}

pub(crate) fn report(what: &str, figures: Figures, since: Instant) {
    println!("{what}: {figures} in {:.1?}", since.elapsed());
    figures.count();
}

#[test]
fn every_crash_of_the_scripted_workload_leaves_a_prefix() {
    let thrift = if cfg!(debug_assertions) { 16 } else { 1 };
    let (mut explorer, start) = (Explorer::thrifty(thrift), Instant::now());
    explorer.begin();
    let result = crash(&mut explorer, &Done::run(&scripted()), 1);
    report("power loss, scripted", explorer.figures, start);
    result.unwrap();
    assert!(explorer.figures.states > 1_000);
}

/// With segments that are grown before they are full, so that frames come over zeros which no sync has
/// made durable yet.
#[test]
fn every_crash_of_a_segment_that_grows_leaves_a_prefix() {
    let thrift = if cfg!(debug_assertions) { 16 } else { 1 };
    let (mut explorer, start) = (Explorer::thrifty(thrift), Instant::now());
    explorer.begin();
    let done = Done::run_with(options().segment_bytes(1 << 20), &growing());
    let result = crash(&mut explorer, &done, 1).and_then(|()| kill(&mut explorer, &done, 1, 12));
    report("power loss, growing", explorer.figures, start);
    result.unwrap();
    assert!(explorer.figures.states > 1_000);
}

#[test]
fn a_process_may_end_anywhere_and_the_power_go_later() {
    let (mut explorer, start) = (Explorer::thorough(), Instant::now());
    let points = if cfg!(debug_assertions) { 12 } else { usize::MAX };
    let result = kill(&mut explorer, &Done::run(&scripted()), 1, points);
    report("end of process, scripted", explorer.figures, start);
    result.unwrap();
}

/// Recovery took a sealed segment for durable and went on behind it. But a process can be killed
/// between writing the seal and syncing it: when the power went later, the seal was gone and the next
/// segment was there, which is damage.
#[test]
fn a_seal_that_a_killed_process_left_is_made_durable() {
    let put = Edit::PutAccount(account(1, 1));
    let commit = Step::Commit { durability: Durability::Fsync, edits: vec![put] };
    let done = Done::run(&[commit, Step::Reopen]);
    kill(&mut Explorer::thorough(), &done, 1, usize::MAX).unwrap();
}

/// A process that was killed before it synced the directory left a manifest whose name was not
/// durable. The next one found it and created the first segment: of the two names a loss of power
/// could keep the second alone.
#[test]
fn names_that_a_killed_process_left_are_made_durable() {
    kill(&mut Explorer::thorough(), &Done::run(&[]), 1, usize::MAX).unwrap();
}

#[test]
fn every_crash_of_every_short_workload_leaves_a_prefix() {
    let (letters, start) = (alphabet(), Instant::now());
    for length in 1..=pick(1, 3, 3) {
        let count = sequences(&letters, length);
        let figures = on_all_cores(count, 1, None, |explorer, number| {
            last_step(explorer, &letters, length, number)
        });
        report(&format!("all workloads of {length} steps"), figures, start);
    }
}

#[test]
fn every_crash_of_workloads_of_four_steps_leaves_a_prefix() {
    let (letters, stride, start) = (alphabet(), pick(500, 1, 1), Instant::now());
    let count = sequences(&letters, 4).div_ceil(stride);
    let figures = on_all_cores(count, pick(16, 1, 1), None, |explorer, number| {
        last_step(explorer, &letters, 4, number * stride)
    });
    report("workloads of four steps", figures, start);
}

/// With checkpoints in the workload, and in what comes behind a recovery.
#[test]
fn every_crash_of_short_workloads_with_checkpoints_leaves_a_prefix() {
    let (letters, start) = (checkpoint_alphabet(), Instant::now());
    for length in 1..=pick(2, 3, 4) {
        let count = sequences(&letters, length);
        let figures = on_all_cores(count, pick(16, 8, 1), None, |explorer, number| {
            explorer.write_checkpoints();
            last_step(explorer, &letters, length, number)
        });
        report(&format!("workloads of {length} steps with checkpoints"), figures, start);
    }
}

/// Some thousand workloads, or as many as 20 seconds allow. `FOLIO_CRASH_SECONDS` is how long it goes
/// on instead, `FOLIO_CRASH_SEED` where it begins.
#[test]
fn every_crash_of_random_workloads_leaves_a_prefix() {
    let start = Instant::now();
    let until = start + long_run().unwrap_or(Duration::from_secs(20));
    let first = number("FOLIO_CRASH_SEED").unwrap_or(0);
    // What comes after a recovery is looked at in full in the tests above.
    let figures = on_all_cores(pick(10, 5_000, usize::MAX), 32, Some(until), |explorer, number| {
        let seed = first.wrapping_add(number as u64);
        let steps = Random(seed).workload(6);
        let done = Done::run(&steps);
        explorer.begin();
        let looked = crash(explorer, &done, seed).and_then(|()| kill(explorer, &done, seed, 2));
        looked.map_err(|wrong| format!("FOLIO_CRASH_SEED={seed}: {wrong}\n{steps:?}"))
    });
    report("random workloads", figures, start);
}
