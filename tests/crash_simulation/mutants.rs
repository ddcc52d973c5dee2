//! Whether the tests bite: disks that lie about their syncs must be found out.

use crate::explorer::Explorer;
use crate::history::{Run, Step};
use crate::workloads::{alphabet, scripted};
use folio::simulation::{Disk, Fault, Operation};

/// Runs a workload on a disk that lies about so many operations in a row, after so many true ones, and
/// looks at all crashes.
fn on_a_lying_disk(
    lies: std::ops::Range<usize>,
    operation: Operation,
    steps: &[Step],
) -> Result<(), String> {
    let disk = Disk::new();
    for place in lies {
        disk.fail(Fault::on(operation).after(place).silent());
    }
    let (mut run, opened) = Run::start(&disk);
    opened.and_then(|()| run.steps(steps)).expect("nobody is told");
    assert!(disk.counters().faults > 0, "the disk lied");
    let mut explorer = Explorer::thrifty(if cfg!(debug_assertions) { 16 } else { 1 });
    explorer.begin();
    explorer.power_loss(&disk, &run.history, 1)?;
    (0..=disk.operations()).try_for_each(|at| explorer.kill_at(&disk, &run.history, at, 1))
}

#[test]
fn a_disk_that_never_syncs_files_is_found_out() {
    let result = on_a_lying_disk(0..1_000, Operation::Sync, &scripted());
    println!("without syncs: {}", result.unwrap_err());
}

#[test]
fn a_disk_that_never_syncs_names_is_found_out() {
    let result = on_a_lying_disk(0..1_000, Operation::SyncDirectory, &scripted());
    println!("without syncs of names: {}", result.unwrap_err());
}

/// Where one sync does not happen, the next may make up for it, or the first commit of the next
/// process does: those of the manifest's name and of a seal come twice on purpose, since the process
/// may end between writing and syncing. Two in a row are always missed.
#[test]
fn a_disk_that_forgets_a_sync_is_found_out() {
    let letters = alphabet();
    // Two commits, a full segment and the next, closed, and one more.
    let steps: Vec<Step> = [0, 1, 4, 0, 6, 0].map(|place: usize| letters[place].clone()).into();
    let disk = Disk::new();
    let (mut run, opened) = Run::start(&disk);
    opened.and_then(|()| run.steps(&steps)).unwrap();
    // Before the store is closed: nothing needs the last seal.
    let counters = disk.counters();
    drop(run);
    let stride = if cfg!(debug_assertions) { 6 } else { 1 };
    for (operation, count, doubled) in [
        (Operation::Sync, counters.syncs, 2),
        (Operation::SyncDirectory, counters.directory_syncs, 3),
    ] {
        let count = usize::try_from(count).unwrap();
        let is_found = |lies| on_a_lying_disk(lies, operation, &steps).is_err();
        let alone: Vec<bool> =
            (0..count).step_by(stride).map(|lie| is_found(lie..lie + 1)).collect();
        let pairs: Vec<bool> =
            (1..count).step_by(stride).map(|lie| is_found(lie - 1..lie + 1)).collect();
        println!("{operation:?}, one left out: {alone:?}; two: {pairs:?}");
        assert!(alone.iter().filter(|found| !**found).count() <= doubled);
        assert!(pairs.iter().all(|found| *found));
    }
}
