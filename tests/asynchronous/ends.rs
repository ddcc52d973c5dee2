//! How waiting ends that is not simply done: dropped futures, closed stores, failing disks, a loss of power.

use super::{Account, Counted, Held, account, cents, poll};
use folio::simulation::{Disk, Fault, Operation};
use folio::{Error, Result, Store};
use futures_executor::block_on;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

#[test]
fn a_future_that_is_dropped_at_any_time_leaves_a_whole_transaction() -> Result<()> {
    let disk = Disk::new();
    let store = Store::options().open_simulated(&disk)?;
    store.collection::<Account>()?;
    for polls in 0..4 {
        let held = Held::at_sync(&disk);
        let mut waiting = store.transact_async(|tx| {
            let accounts = tx.collection::<Account>()?;
            accounts.put(account(2 * polls, 1))?;
            accounts.put(account(2 * polls + 1, -1))
        });
        let counted = Arc::new(Counted::default());
        for _ in 0..polls {
            assert!(poll(&mut waiting, &counted).is_pending());
        }
        drop(waiting);
        drop(held);
        store.sync()?;
        assert_eq!(counted.count(), 0);
    }
    assert_eq!((cents(&store).len(), cents(&store).values().sum::<i64>()), (8, 0));
    store.close()?;
    assert_eq!(cents(&Store::options().open_simulated(&disk)?).len(), 8);
    Ok(())
}

#[test]
fn closing_writes_what_is_on_its_way_and_takes_no_more() -> Result<()> {
    let disk = Disk::new();
    let store = Store::options().open_simulated(&disk)?;
    let accounts = store.collection::<Account>()?;
    let held = Held::at_sync(&disk);
    let put = |id| store.transact_async(move |tx| tx.collection::<Account>()?.put(account(id, 0)));
    let first = put(1);
    disk.wait_held();
    let second = put(2);
    assert!(matches!(store.close_timeout(Duration::ZERO), Err(Error::CloseTimedOut { .. })));
    let late = put(3);
    drop(held);
    store.close()?;
    assert!(matches!(block_on(late), Err(Error::Closed)));
    assert!(block_on(first)?.is_none() && block_on(second)?.is_none());
    assert_eq!(accounts.len(), 2);
    drop((store, accounts));
    assert_eq!(cents(&Store::options().open_simulated(&disk)?).len(), 2);
    Ok(())
}

/// The handles may go: a future keeps the store until it is done.
#[test]
fn a_future_outlives_the_handles() -> Result<()> {
    let disk = Disk::new();
    let store = Store::options().open_simulated(&disk)?;
    store.collection::<Account>()?;
    let held = Held::at_sync(&disk);
    let waiting = store.transact_async(|tx| tx.collection::<Account>()?.put(account(1, 7)));
    drop(store);
    disk.wait_held();
    assert!(matches!(Store::options().open_simulated(&disk), Err(Error::Locked { .. })));
    drop(held);
    block_on(waiting)?;
    assert_eq!(cents(&Store::options().open_simulated(&disk)?), BTreeMap::from([(1, 7)]));
    Ok(())
}

#[test]
fn a_disk_that_fails_is_told_to_all_who_wait() -> Result<()> {
    let disk = Disk::new();
    let store = Store::options().open_simulated(&disk)?;
    store.collection::<Account>()?;
    let held = Held::at_sync(&disk);
    disk.fail(Fault::on(Operation::Sync).forever());
    let put = |id| store.transact_async(move |tx| tx.collection::<Account>()?.put(account(id, 0)));
    let in_flight = put(1);
    disk.wait_held();
    let behind = put(2);
    let seen = store.transact_async(|tx| Ok(tx.collection::<Account>()?.len()));
    let counted = Arc::new(Counted::default());
    let mut polled = put(3);
    assert!(poll(&mut polled, &counted).is_pending());
    drop(held);
    assert!(matches!(block_on(in_flight), Err(Error::OutcomeUnknown { .. })));
    assert!(matches!(block_on(behind), Err(Error::Poisoned { .. })));
    assert!(matches!(block_on(seen), Err(Error::Poisoned { .. })));
    super::common::wait_until("the task is woken", || counted.count() > 0);
    assert!(matches!(block_on(polled), Err(Error::Poisoned { .. })));
    assert!(matches!(block_on(put(4)), Err(Error::Poisoned { .. })));
    assert_eq!(cents(&store).len(), 0);
    Ok(())
}

/// Tasks that submit faster than the disk writes do not fill the memory.
#[test]
fn a_full_queue_is_waited_for() -> Result<()> {
    let disk = Disk::new();
    let store = Store::options().max_queued_bytes(64 << 10).open_simulated(&disk)?;
    store.collection::<Account>()?;
    let held = Held::at_sync(&disk);
    let put = |ids: Range<u64>| {
        store.transact_async(move |tx| {
            tx.collection::<Account>()?.put_all(ids.clone().map(|id| account(id, 0)))
        })
    };
    let in_flight = put(0..1);
    disk.wait_held();
    let counted = Arc::new(Counted::default());
    thread::scope(|scope| {
        let submitter = scope.spawn(|| poll(&mut put(1..30_000), &counted).is_ready());
        let staged = || store.begin().collection::<Account>().unwrap().len() == 30_000;
        super::common::wait_until("the second is validated", staged);
        drop(held);
        assert!(submitter.join().unwrap(), "it had to be written before the call returned");
    });
    block_on(in_flight)?;
    assert_eq!((cents(&store).len(), counted.count()), (30_000, 0));
    Ok(())
}

/// A commit whose future has given its value is in every state that a loss of power may leave.
#[test]
fn what_a_future_has_given_survives_a_loss_of_power() -> Result<()> {
    let disk = Disk::new();
    let store = Store::options().open_simulated(&disk)?;
    store.collection::<Account>()?;
    for given in 1..=12_u64 {
        let batch: Vec<_> = (0..given)
            .map(|_| {
                store.transact_async(|tx| {
                    let accounts = tx.collection::<Account>()?;
                    accounts
                        .put(account(given, accounts.get(&given).map_or(0, |old| old.cents) + 1))
                })
            })
            .collect();
        for waiting in batch {
            block_on(waiting)?;
        }
        for state in disk.crash_states(disk.operations(), given) {
            let after = Store::options().open_simulated(&state)?;
            let expected: BTreeMap<_, _> = (1..=given).map(|id| (id, id.cast_signed())).collect();
            assert_eq!(cents(&after), expected);
        }
    }
    Ok(())
}
