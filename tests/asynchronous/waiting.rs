//! What a future waits for, and what it does not.

use super::{Account, Counted, Held, account, cents, poll};
use folio::simulation::Disk;
use folio::{Committing, Durability, Error, Result, Store};
use futures_executor::block_on;
use futures_util::future::join_all;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

fn deposit(store: &Store, id: u64) -> Committing<i64> {
    store.transact_async(|tx| {
        let accounts = tx.collection::<Account>()?;
        let added = accounts.upsert(&id, || account(id, 1), |account| account.cents += 1)?;
        Ok(added.cents)
    })
}

#[test]
fn many_on_one_thread_share_a_sync() -> Result<()> {
    let disk = Disk::new();
    let store = Store::options().open_simulated(&disk)?;
    store.collection::<Account>()?;
    let before = store.stats();
    let held = Held::at_sync(&disk);
    // The first is written by itself; the others come together while that waits for the disk.
    let first = deposit(&store, 0);
    disk.wait_held();
    let others: Vec<_> = (1..1_000_u64).map(|number| deposit(&store, number % 100)).collect();
    let counted = Arc::new(Counted::default());
    let mut waiting = deposit(&store, 1);
    assert!(poll(&mut waiting, &counted).is_pending());
    assert_eq!((store.collection::<Account>()?.len(), counted.count()), (0, 0));
    drop(held);
    assert_eq!(block_on(first)?, 1);
    let values = block_on(join_all(others)).into_iter().collect::<Result<Vec<_>>>()?;
    assert_eq!(values.iter().max(), Some(&10));
    assert_eq!(block_on(waiting)?, 11);
    let after = store.stats();
    assert_eq!((after.commits - before.commits, after.groups - before.groups), (1_001, 2));
    Ok(())
}

#[test]
fn a_task_is_woken_once_by_the_waker_of_its_last_look() -> Result<()> {
    let disk = Disk::new();
    let store = Store::options().open_simulated(&disk)?;
    store.collection::<Account>()?;
    let held = Held::at_sync(&disk);
    let mut waiting = deposit(&store, 1);
    let (earlier, later) = (Arc::new(Counted::default()), Arc::new(Counted::default()));
    for counted in [&earlier, &later, &later] {
        assert!(poll(&mut waiting, counted).is_pending());
    }
    let dropped = Arc::new(Counted::default());
    let mut given_up = deposit(&store, 2);
    assert!(poll(&mut given_up, &dropped).is_pending());
    drop(given_up);
    drop(held);
    store.sync()?;
    // Whoever flushes wakes tasks behind threads.
    super::common::wait_until("the task is woken", || later.count() > 0);
    assert_eq!((earlier.count(), later.count(), dropped.count()), (0, 1, 0));
    assert!(matches!(poll(&mut waiting, &later), Poll::Ready(Ok(1))));
    assert!(poll(&mut waiting, &later).is_pending(), "a future gives its value once");
    assert_eq!(cents(&store).len(), 2, "what was dropped took its course");
    Ok(())
}

#[test]
fn where_nothing_is_synced_there_is_nothing_to_wait_for() -> Result<()> {
    let disk = Disk::new();
    let counted = Arc::new(Counted::default());
    let ready = |store: &Store| {
        let mut waiting = deposit(store, 1);
        assert!(matches!(poll(&mut waiting, &counted), Poll::Ready(Ok(_))));
        let tx = store.begin();
        tx.collection::<Account>()?.put(account(9, 9))?;
        let mut commit = tx.commit_async();
        let Poll::Ready(Ok(commit)) = poll(&mut commit, &counted) else { panic!("{commit:?}") };
        assert_eq!(commit.version, store.version());
        // One that has only read.
        let mut read = store.transact_async(|tx| Ok(tx.collection::<Account>()?.len()));
        assert!(matches!(poll(&mut read, &counted), Poll::Ready(Ok(2))));
        Ok::<_, Error>(())
    };
    ready(&Store::in_memory())?;
    for durability in [Durability::Write, Durability::Background] {
        let store = Store::options().durability(durability).open_simulated(&disk)?;
        ready(&store)?;
        store.close()?;
    }
    assert_eq!(counted.count(), 0);
    Ok(())
}

/// What a transaction saw must be durable before its caller acts upon it, be it that it changed nothing, or failed.
#[test]
fn what_was_seen_is_waited_for() -> Result<()> {
    let disk = Disk::new();
    let store = Store::options().open_simulated(&disk)?;
    store.collection::<Account>()?;
    let held = Held::at_sync(&disk);
    let written = deposit(&store, 1);
    disk.wait_held();
    let counted = Arc::new(Counted::default());
    let mut read = store.transact_async(|tx| Ok(tx.collection::<Account>()?.len()));
    assert!(poll(&mut read, &counted).is_pending(), "it has read what is not durable");
    let mut refused = store.transact_async(|tx| {
        tx.collection::<Account>()?.insert(account(1, 0))?;
        Ok(())
    });
    assert!(poll(&mut refused, &counted).is_pending(), "it was refused for what is not durable");
    // And of the next group, which nobody has begun to write.
    let queued = deposit(&store, 2);
    let mut both = store.transact_async(|tx| Ok(tx.collection::<Account>()?.len()));
    assert!(poll(&mut both, &counted).is_pending());
    drop(held);
    assert_eq!(block_on(read)?, 1);
    assert!(matches!(block_on(refused), Err(Error::KeyExists { .. })));
    assert_eq!(block_on(both)?, 2);
    assert_eq!((block_on(written)?, block_on(queued)?), (1, 1));
    Ok(())
}

/// An error type of a user's own.
#[derive(Debug, PartialEq)]
enum Refusal {
    TooPoor,
    Store(String),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Store(error.to_string())
    }
}

#[test]
fn a_closure_that_lost_runs_again_and_a_commit_by_hand_says_so() -> Result<()> {
    let store = Store::in_memory();
    let accounts = store.collection::<Account>()?;
    accounts.put(account(1, 100))?;
    let mut runs = 0;
    let left = block_on(store.transact_async(|tx| {
        runs += 1;
        let seen = tx.collection::<Account>()?;
        let cents = seen.get(&1).map_or(0, |account| account.cents);
        if runs == 1 {
            accounts.put(account(1, 50))?;
        }
        seen.put(account(1, cents - 10))?;
        Ok(cents - 10)
    }))?;
    assert_eq!((left, runs), (40, 2));

    let tx = store.begin();
    tx.collection::<Account>()?.update(&1, |account| account.cents += 1)?;
    accounts.put(account(1, 0))?;
    assert!(block_on(tx.commit_async()).unwrap_err().is_conflict());
    assert_eq!(accounts.get(&1).unwrap().cents, 0);

    let refused = store.transaction().try_run_async(|tx| {
        tx.collection::<Account>()?.update(&1, |account| account.cents -= 1)?;
        Err::<(), _>(Refusal::TooPoor)
    });
    assert_eq!(block_on(refused), Err(Refusal::TooPoor));
    assert_eq!(accounts.get(&1).unwrap().cents, 0);
    Ok(())
}

/// Threads that wait and tasks that wait, on a real disk: all come through, and nothing is lost.
#[test]
fn tasks_beside_threads() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path())?;
    let accounts = store.collection::<Account>()?;
    accounts.put_all((0..8).map(|id| account(id, 0)))?;
    thread::scope(|scope| {
        for thread in 0..2_u64 {
            let (store, accounts) = (&store, &accounts);
            scope.spawn(move || {
                for round in 0..100 {
                    accounts.update(&((thread + round) % 8), |account| account.cents += 1).unwrap();
                }
            });
            scope.spawn(move || {
                for _ in 0..10 {
                    let some: Vec<_> = (0..30).map(|id| deposit(store, id % 8)).collect();
                    for value in block_on(join_all(some)) {
                        value.unwrap();
                    }
                }
            });
        }
    });
    store.close()?;
    let store = Store::open(directory.path())?;
    assert_eq!(cents(&store).values().sum::<i64>(), 2 * 100 + 2 * 300);
    Ok(())
}
