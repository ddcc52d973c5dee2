//! Operations that fail: each one of a workload, in each way.

use crate::effort::pick;
use crate::explorer::{Explorer, open};
use crate::figures;
use crate::history::{History, Run, Step, options};
use crate::model::{Account, Edit, State, account};
use crate::workloads;
use folio::simulation::{Disk, Fault, Operation};
use folio::{Durability, Error, Store};
use std::io::ErrorKind;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How an operation may fail. The number is how many pass before it. What a failed sync leaves is a
/// chapter of its own.
fn faults(after: usize) -> Vec<(&'static str, Fault)> {
    let any = || Fault::on_any().after(after).retryable();
    let full = || any().error(ErrorKind::StorageFull);
    vec![
        ("an error", any()),
        ("errors from then on", any().forever()),
        ("no space", full()),
        ("no space from then on", full().forever()),
        ("no space after one byte", full().short(1)),
        ("no space half-way, for good", full().short(100).forever()),
        ("an error before the last byte", any().short(usize::MAX)),
        ("an interruption", any().error(ErrorKind::Interrupted)),
    ]
}

/// A store after its first failure: it takes no more commits and shows what it showed before.
fn is_poisoned(run: &Run<'_>) {
    let store = run.store();
    let put = store.transact(|tx| {
        tx.collection::<Account>()?.put(account(1, 1))?;
        Ok(())
    });
    assert!(matches!(put, Err(Error::Poisoned { .. })), "{put:?}");
    let background = store.transaction().durability(Durability::Background);
    let put = background.run(|tx| tx.collection::<Account>()?.put(account(1, 1)));
    assert!(matches!(put, Err(Error::Poisoned { .. })), "{put:?}");
    assert!(matches!(store.sync(), Err(Error::Poisoned { .. })));
    assert_eq!(State::read(store), Ok(run.state.clone()));
    assert!(matches!(store.close(), Err(Error::Poisoned { .. })));
    assert!(store.close().is_ok());
    assert_eq!(State::read(store), Ok(run.state.clone()));
}

/// Runs the workload on a disk with a fault. `None` where no operation met it.
fn meets(fault: Fault, steps: &[Step], explorer: &mut Explorer) -> Option<Result<(), String>> {
    let disk = Disk::new();
    disk.fail(fault);
    let (mut run, opened) = Run::start(&disk);
    let result = opened.and_then(|()| run.steps(steps));
    if disk.counters().faults == 0 {
        assert!(result.is_ok());
        return None;
    }
    match result {
        Err(Error::OutcomeUnknown { .. }) if run.store.is_some() => is_poisoned(&run),
        Err(Error::OutcomeUnknown { .. } | Error::Io { .. }) if run.store.is_none() => {}
        other => panic!("not what a fault gives: {other:?}"),
    }
    run.store = None;
    // The power may go as well, right after the fault or before it.
    let end = disk.operations();
    let mut points = end.saturating_sub(6)..=end;
    if let Err(wrong) = points.try_for_each(|at| explorer.power_loss_at(&disk, &run.history, at, 3))
    {
        return Some(Err(wrong));
    }
    // As long as it lasts there is nothing but errors, and nothing gets worse.
    match options().open_simulated(&disk) {
        Ok(_) | Err(Error::Io { .. }) => {}
        Err(other) => panic!("not what a fault gives: {other:?}"),
    }
    disk.heal();
    let at = disk.operations();
    let checked = explorer.kill_at(&disk, &run.history, at, 3);
    Some(checked.and_then(|()| goes_on(explorer, &disk, &run.history)))
}

/// Opens the same disk, whose lock was released, once the fault is over; what was not lost is there,
/// and another commit stays.
fn goes_on(explorer: &mut Explorer, disk: &Disk, history: &History) -> Result<(), String> {
    let (store, version) = open(disk, history)?;
    let mut run = Run::resume(disk, store, history, version);
    let edits = vec![Edit::PutAccount(account(78, 9))];
    let steps = [Step::Commit { durability: Durability::Fsync, edits }, Step::Reopen];
    run.steps(&steps).map_err(|error| format!("writing after a fault: {error}"))?;
    if State::read(run.store())? != run.state {
        return Err("what was written after a fault is not there".to_owned());
    }
    explorer.power_loss_at(disk, &run.history, disk.operations(), 3)
}

#[test]
fn every_operation_fails_in_every_way() {
    let steps = [workloads::scripted(), vec![Step::Reopen]].concat();
    let mut explorer = Explorer::thrifty(pick(16, 1, 1));
    explorer.begin();
    let mut count = 0;
    for after in 0.. {
        if cfg!(debug_assertions) && after % 7 != 0 {
            continue;
        }
        explorer.forget();
        let mut met = false;
        for (name, fault) in faults(after) {
            if let Some(result) = meets(fault, &steps, &mut explorer) {
                result.unwrap_or_else(|wrong| panic!("{name} at operation {after}: {wrong}"));
                (met, count) = (true, count + 1);
            }
        }
        if !met {
            break;
        }
    }
    println!("faults: {count} met, then {}", explorer.figures);
    figures::count("crash", "faults met", count);
    explorer.figures.count();
}

#[test]
fn nobody_waits_for_ever() {
    const THREADS: u64 = 4;
    for after in 0..12 {
        for fault in [Fault::on(Operation::Sync), Fault::on(Operation::Write).short(9)] {
            let disk = Disk::new();
            let store = options().open_simulated(&disk).unwrap();
            store.collection::<Account>().unwrap();
            disk.fail(fault.after(after));
            let (done, all_done) = mpsc::channel();
            for thread in 0..THREADS {
                let (store, done) = (store.clone(), done.clone());
                thread::spawn(move || done.send(write_until_it_fails(&store, thread)));
            }
            for _ in 0..THREADS {
                let error = all_done.recv_timeout(Duration::from_mins(1)).expect("nobody hangs");
                assert!(error.is_poisoned(), "{error:?}");
            }
        }
    }
}

fn write_until_it_fails(store: &Store, thread: u64) -> Error {
    for variant in 0.. {
        let id = thread * 2 + variant % 3;
        let level = if variant % 3 == 0 { Durability::Write } else { Durability::Fsync };
        let transaction = store.transaction().durability(level);
        let edit = Edit::PutAccount(account(id, variant));
        if let Err(error) = transaction.run(|tx| edit.run(tx)) {
            return error;
        }
    }
    unreachable!("the fault comes")
}

/// Linux file systems mark what a failed sync could not write as clean: it can still be read, by the
/// next process too, but no later sync writes it. So a sync that succeeds proves nothing about what
/// was written before one that failed. A store that reads a commit back after a failure and builds
/// on it once a sync of the old file succeeded loses it, and acknowledged commits behind it, when the
/// power goes.
#[test]
fn what_a_failed_sync_left_is_not_taken_for_durable() {
    let steps = workloads::scripted();
    let mut explorer = Explorer::thrifty(pick(16, 1, 1));
    let mut count = 0;
    while let Some(result) = meets(Fault::on(Operation::Sync).after(count), &steps, &mut explorer) {
        result.unwrap_or_else(|wrong| panic!("sync {count}: {wrong}"));
        count += 1;
    }
    figures::count("crash", "faults met", count as u64);
    explorer.figures.count();
}
