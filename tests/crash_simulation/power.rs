//! Loss of power, and the end of the process, at every point of a workload.

use crate::explorer::{Explorer, Figures};
use crate::history::{Run, Step};
use crate::model::{Edit, account};
use crate::workloads::{Random, scripted, sequences};
use folio::Durability;
use folio::simulation::Disk;
use std::time::{Duration, Instant};

/// Runs a workload, then looks at all crashes.
fn crash(explorer: &mut Explorer, steps: &[Step], seed: u64) -> Result<(), String> {
    let disk = Disk::new();
    let (mut run, opened) = Run::start(&disk);
    opened.and_then(|()| run.steps(steps)).expect("no fault");
    explorer.begin();
    explorer.power_loss(&disk, &run.history, seed)
}

/// Runs a workload, then looks at what the end of the process leaves, at all points or so many.
fn kill(explorer: &mut Explorer, steps: &[Step], seed: u64, points: usize) -> Result<(), String> {
    let disk = Disk::new();
    let (mut run, opened) = Run::start(&disk);
    opened.and_then(|()| run.steps(steps)).expect("no fault");
    explorer.begin();
    let last = disk.operations();
    let stride = (last / points).max(1);
    let first = usize::try_from(seed).unwrap_or_default() % stride;
    (first..=last)
        .step_by(stride)
        .try_for_each(|at| explorer.kill_at(&disk, &run.history, at, seed))
}

fn report(what: &str, figures: Figures, since: Instant) {
    println!("{what}: {figures} in {:.1?}", since.elapsed());
}

#[test]
fn every_crash_of_the_scripted_workload_leaves_a_prefix() {
    let thrift = if cfg!(debug_assertions) { 16 } else { 1 };
    let (mut explorer, start) = (Explorer::thrifty(thrift), Instant::now());
    let result = crash(&mut explorer, &scripted(), 1);
    report("power loss, scripted", explorer.figures, start);
    result.unwrap();
    assert!(explorer.figures.states > 1_000);
}

#[test]
fn a_process_may_end_anywhere_and_the_power_go_later() {
    let (mut explorer, start) = (Explorer::thorough(), Instant::now());
    let points = if cfg!(debug_assertions) { 12 } else { usize::MAX };
    let result = kill(&mut explorer, &scripted(), 1, points);
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
    kill(&mut Explorer::thorough(), &[commit, Step::Reopen], 1, usize::MAX).unwrap();
}

/// A process that was killed before it synced the directory left a manifest whose name was not
/// durable. The next one found it and created the first segment: of the two names a loss of power
/// could keep the second alone.
#[test]
fn names_that_a_killed_process_left_are_made_durable() {
    kill(&mut Explorer::thorough(), &[], 1, usize::MAX).unwrap();
}

#[test]
fn every_crash_of_every_short_workload_leaves_a_prefix() {
    let (mut explorer, start) = (Explorer::thorough(), Instant::now());
    let longest = if cfg!(debug_assertions) { 1 } else { 2 };
    for steps in (1..=longest).flat_map(sequences) {
        let result = crash(&mut explorer, &steps, 5)
            .and_then(|()| kill(&mut explorer, &steps, 5, usize::MAX));
        result.unwrap_or_else(|wrong| panic!("{wrong}\n{steps:?}"));
    }
    report("all short workloads", explorer.figures, start);
}

#[test]
fn every_crash_of_every_workload_of_three_steps_leaves_a_prefix() {
    let (mut explorer, start) = (Explorer::thrifty(32), Instant::now());
    let stride = if cfg!(debug_assertions) { 50 } else { 1 };
    for (seed, steps) in (0..).zip(sequences(3)).step_by(stride) {
        let result =
            crash(&mut explorer, &steps, seed).and_then(|()| kill(&mut explorer, &steps, seed, 2));
        result.unwrap_or_else(|wrong| panic!("{wrong}\n{steps:?}"));
    }
    report("workloads of three steps", explorer.figures, start);
}

/// Some thousand workloads, or as many as 12 seconds allow. `FOLIO_CRASH_SECONDS` is how long it goes
/// on instead, `FOLIO_CRASH_SEED` where it begins.
#[test]
fn every_crash_of_random_workloads_leaves_a_prefix() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let long_run = number("FOLIO_CRASH_SECONDS");
    let seconds = Duration::from_secs(long_run.unwrap_or(12));
    let count = if long_run.is_some() { u64::MAX } else { 2_000 };
    let first = number("FOLIO_CRASH_SEED").unwrap_or(0);
    // What comes after a recovery is looked at in full in the tests above.
    let (mut explorer, start) = (Explorer::thrifty(32), Instant::now());
    for seed in first..first.saturating_add(count) {
        if start.elapsed() > seconds {
            break;
        }
        let steps = Random(seed).workload(6);
        let result =
            crash(&mut explorer, &steps, seed).and_then(|()| kill(&mut explorer, &steps, seed, 2));
        result.unwrap_or_else(|wrong| panic!("FOLIO_CRASH_SEED={seed}: {wrong}\n{steps:?}"));
    }
    report("random workloads", explorer.figures, start);
}
