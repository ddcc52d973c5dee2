//! Whether the tests bite: disks that lie about their syncs must be found out.

use crate::explorer::Explorer;
use crate::history::{Run, Step};
use crate::workloads::{alphabet, scripted};
use folio::simulation::{Disk, Fault, Operation};

/// Looks at all crashes of a workload on a disk that lies so many times in a row, after so many
/// operations. `None` where there were not that many.
fn on_a_lying_disk(
    operation: Operation,
    after: usize,
    lies: usize,
    steps: &[Step],
) -> Option<Result<(), String>> {
    let disk = Disk::new();
    for place in after..after.saturating_add(lies).min(1_000) {
        disk.fail(Fault::on(operation).after(place).silent());
    }
    let (mut run, opened) = Run::start(&disk);
    opened.and_then(|()| run.steps(steps)).expect("nobody is told");
    let mut explorer = Explorer::thorough();
    explorer.begin();
    let mut result = explorer.power_loss(&disk, &run.history, 1);
    for at in 0..=disk.operations() {
        result = result.and_then(|()| explorer.kill_at(&disk, &run.history, at, 1));
    }
    let met = disk.counters().faults;
    (met > 0 && (lies > 1_000 || met == lies as u64)).then_some(result)
}

#[test]
fn a_disk_that_never_syncs_files_is_found_out() {
    let result = on_a_lying_disk(Operation::Sync, 0, usize::MAX, &scripted());
    println!("without syncs: {}", result.unwrap().unwrap_err());
}

#[test]
fn a_disk_that_never_syncs_names_is_found_out() {
    let result = on_a_lying_disk(Operation::SyncDirectory, 0, usize::MAX, &scripted());
    println!("without syncs of names: {}", result.unwrap().unwrap_err());
}

/// Where one sync does not happen, the next may make up for it, or the first commit of the next
/// process does: those of the manifest's name and of a seal come twice on purpose, since the process
/// may end between writing and syncing. Two in a row are always missed.
#[test]
fn a_disk_that_forgets_a_sync_is_found_out() {
    let letters = alphabet();
    // Two commits, a full segment and the next, closed, and one more.
    let steps: Vec<Step> = [0, 1, 4, 0, 6, 0].map(|place: usize| letters[place].clone()).into();
    for (operation, at_least, doubled) in
        [(Operation::Sync, 13, 2), (Operation::SyncDirectory, 6, 3)]
    {
        let lies = |lies| (0..).map_while(move |after| Some((after, lies)));
        let check = |(after, lies)| on_a_lying_disk(operation, after, lies, &steps);
        let alone: Vec<bool> = lies(1).map_while(check).map(|result| result.is_err()).collect();
        let pairs: Vec<bool> = lies(2).map_while(check).map(|result| result.is_err()).collect();
        println!("{operation:?}, one left out: {alone:?}; two: {pairs:?}");
        assert!(alone.len() >= at_least && pairs.len() + 1 == alone.len());
        assert!(alone.iter().filter(|found| !**found).count() <= doubled);
        assert!(pairs.iter().all(|found| *found));
    }
}
