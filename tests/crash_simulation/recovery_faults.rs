//! Operations that fail while a store is opened: after it was closed, and in the recovery from a
//! crash.

use crate::damage::small_closed_store;
use crate::effort::{on_all_cores, pick};
use crate::explorer::{Explorer, open};
use crate::figures;
use crate::history::{History, Run, options};
use crate::model::State;
use crate::workloads::scripted;
use folio::simulation::{Disk, Fault, Operation};
use folio::{Durability, Error};
use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, Ordering};

/// What only looks at a disk, in the order in which an opening does it.
const LOOKS: [Operation; 5] = [
    Operation::CreateDirectory,
    Operation::List,
    Operation::Lock,
    Operation::Read,
    Operation::Open,
];

#[test]
fn what_cannot_be_looked_at_is_named_and_nothing_is_changed() {
    let closed = small_closed_store();
    let mut met = 0;
    for operation in LOOKS {
        let first = met;
        for after in 0.. {
            let disk = Disk::from_files(closed.files.clone());
            disk.fail(Fault::on(operation).after(after).error(ErrorKind::PermissionDenied));
            let opened = options().open_simulated(&disk);
            if disk.counters().faults == 0 {
                break;
            }
            met += 1;
            match opened {
                Err(Error::Io { source, .. }) => {
                    assert_eq!(source.kind(), ErrorKind::PermissionDenied);
                }
                other => panic!("{operation:?} {after} that failed gives {other:?}"),
            }
            assert_eq!(disk.operations(), 0, "{operation:?} {after}: something was changed");
            // The lock was given back, and all is there.
            let store = options().open_simulated(&disk).unwrap();
            assert_eq!(State::read(&store).as_ref(), Ok(closed.intact()));
        }
        assert!(met > first, "an opening has no {operation:?}");
    }
    figures::count("crash", "faults met while opening", met);
}

/// How an operation of a recovery may fail, after so many that pass.
fn faults(after: usize) -> [Fault; 5] {
    let any = || Fault::on_any().after(after);
    [
        any(),
        any().retryable().error(ErrorKind::StorageFull),
        any().forever(),
        any().short(usize::MAX).forever(),
        any().short(40).error(ErrorKind::Interrupted),
    ]
}

/// Opens what a crash left on a disk on which something fails, then looks at what the process left
/// when it ended, and at each crash of the power. `false` where no operation met the fault.
fn fails_to_recover(
    explorer: &mut Explorer,
    crashed: &Disk,
    history: &History,
    fault: Fault,
) -> Result<bool, String> {
    let disk = crashed.after_kill(0);
    disk.fail(fault);
    let opened = options().open_simulated(&disk);
    if disk.counters().faults == 0 {
        return Ok(false);
    }
    if !matches!(opened, Err(Error::Io { .. })) {
        return Err(format!("a fault of the recovery gives {opened:?}"));
    }
    drop(opened);
    disk.heal();
    for at in 0..=disk.operations() {
        explorer.power_loss_at(&disk, history, at, at as u64)?;
    }
    explorer.kill_at(&disk, history, disk.operations(), 1)?;
    // The same disk, whose lock was released.
    let (store, _) = open(&disk, history)?;
    store.close().map_err(|error| error.to_string())?;
    Ok(true)
}

#[test]
fn a_recovery_that_fails_does_no_harm() {
    let disk = Disk::new();
    let (mut run, opened) = Run::start(&disk);
    opened.and_then(|()| run.steps(&scripted())).unwrap();
    let history = &run.history;
    let (points, of_states) = pick((9, 17), (1, 1), (1, 1));
    let met = AtomicU64::new(0);
    let count = disk.operations() / points + 1;
    let figures = on_all_cores(count, 16, None, |explorer, number| {
        explorer.forget();
        let at = number * points;
        for crashed in disk.crash_states(at, 3).step_by(of_states) {
            let (store, version) = open(&crashed.after_kill(0), history)?;
            drop(store);
            // All that a crash leaves is durable.
            let mut resumed = history.resumed(version);
            resumed.acknowledge(0, version, Durability::Fsync);
            for after in 0.. {
                let mut any = false;
                for fault in faults(after) {
                    if fails_to_recover(explorer, &crashed, &resumed, fault)? {
                        any = true;
                        met.fetch_add(1, Ordering::Relaxed);
                    }
                }
                if !any {
                    break;
                }
            }
        }
        Ok(())
    });
    println!("faults in the recovery: {figures}");
    figures::count("crash", "faults met in a recovery", met.into_inner());
    figures.count();
}
