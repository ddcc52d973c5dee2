//! Whether the tests bite: disks that lie about their syncs must be found out.

use crate::explorer::Explorer;
use crate::history::{Run, Step};
use crate::workloads::{alphabet, scripted};
use folio::simulation::{Disk, Fault, Operation};

/// Looks at all crashes of a workload on a disk that lies.
fn on_a_lying_disk(lie: Fault, steps: &[Step]) -> (bool, Result<(), String>) {
    let disk = Disk::new();
    disk.fail(lie.silent());
    let (mut run, opened) = Run::start(&disk);
    opened.and_then(|()| run.steps(steps)).expect("nobody is told");
    let mut explorer = Explorer::default();
    explorer.begin();
    let mut result = explorer.power_loss(&disk, &run.history, 1);
    for at in 0..=disk.operations() {
        result = result.and_then(|()| explorer.kill_at(&disk, &run.history, at, 1));
    }
    (disk.counters().faults > 0, result)
}

#[test]
fn a_disk_that_never_syncs_files_is_found_out() {
    let (_, result) = on_a_lying_disk(Fault::on(Operation::Sync).forever(), &scripted());
    println!("without syncs: {}", result.unwrap_err());
}

#[test]
fn a_disk_that_never_syncs_names_is_found_out() {
    let (_, result) = on_a_lying_disk(Fault::on(Operation::SyncDirectory).forever(), &scripted());
    println!("without syncs of names: {}", result.unwrap_err());
}

/// Every single sync is needed.
#[test]
fn a_disk_that_forgets_one_sync_is_found_out() {
    let letters = alphabet();
    // Two commits, a full segment and the next, closed, and one more.
    let steps: Vec<Step> = [0, 1, 4, 0, 6, 0].map(|place: usize| letters[place].clone()).into();
    for operation in [Operation::Sync, Operation::SyncDirectory] {
        let mut superfluous = Vec::new();
        for after in 0.. {
            let (met, result) = on_a_lying_disk(Fault::on(operation).after(after), &steps);
            if !met {
                println!("{operation:?}: {after} times, {superfluous:?} not missed");
                break;
            }
            if result.is_ok() {
                superfluous.push(after);
            }
        }
    }
}
