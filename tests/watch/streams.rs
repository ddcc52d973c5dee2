//! Watchers as streams, on an executor.

use crate::{User, apply, user};
use folio::Store;
use futures_core::stream::{FusedStream, Stream};
use futures_executor::{LocalPool, block_on_stream};
use futures_util::StreamExt;
use futures_util::future::join;
use futures_util::task::LocalSpawnExt;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::thread;

fn assert_stream<S: Stream + FusedStream + Unpin + Send>(_: &S) {}

/// Many tasks on one thread, beside writers on others: each comes to the end that its filter lets through.
#[test]
fn tasks_on_one_thread_are_given_everything() {
    let store = Store::in_memory();
    let users = store.collection::<User>().unwrap();
    let mut pool = LocalPool::new();
    let watched: Vec<_> = (0..50_u64)
        .map(|number| {
            let model = Rc::new(RefCell::new(BTreeMap::new()));
            let watcher = users.watch();
            let mut deltas = if number == 0 { watcher } else { watcher.key(number) }.into_stream();
            assert_stream(&deltas);
            let seen = model.clone();
            let task = async move {
                while let Some(delta) = deltas.next().await {
                    apply(&mut seen.borrow_mut(), delta.changes());
                }
                assert!(deltas.is_terminated());
            };
            pool.spawner().spawn_local(task).unwrap();
            model
        })
        .collect();
    let versions = Rc::new(RefCell::new(0));
    let (counted, mut commits) = (versions.clone(), store.watch().into_stream());
    assert_stream(&commits);
    let count = async move {
        while let Some(delta) = commits.next().await {
            assert!(delta.before().version() < delta.version());
            *counted.borrow_mut() += 1;
        }
    };
    pool.spawner().spawn_local(count).unwrap();

    let (writer, writers) = (store.clone(), users.clone());
    let written = thread::spawn(move || {
        for round in 0..400_u64 {
            writers.put(user(round * 7 % 50, "Rome", u32::try_from(round).unwrap())).unwrap();
            if round % 5 == 0 {
                writers.remove(&(round * 3 % 50)).unwrap();
            }
        }
        let model: BTreeMap<u64, User> =
            writers.view().iter().map(|user| (user.id, user.clone())).collect();
        writer.close().unwrap();
        model
    });
    pool.run();
    let model = written.join().unwrap();
    for (number, watched) in (0..).zip(&watched) {
        let mut expected = model.clone();
        expected.retain(|id, _| number == 0 || *id == number);
        assert_eq!(*watched.borrow(), expected, "watcher {number}");
    }
    assert!(*versions.borrow() > 0);
}

/// A future that is dropped while it waits takes nothing with it.
#[test]
fn a_future_that_is_dropped_loses_nothing() {
    let store = Store::in_memory();
    let users = store.collection::<User>().unwrap();
    let mut deltas = users.watch().into_stream();
    let mut pool = LocalPool::new();
    pool.run_until(async {
        let write = async { users.put(user(1, "Rome", 1)).unwrap().is_none() };
        // Of two futures the first to be ready; the other one is dropped.
        let ready = futures_util::future::ready(());
        futures_util::future::select(ready, deltas.next()).await;
        let (delta, is_new) = join(deltas.next(), write).await;
        assert!(is_new);
        assert_eq!(delta.expect("the store is open").changes().count(), 1);
    });
    let mut watcher = deltas.into_watcher();
    users.put(user(2, "Rome", 1)).unwrap();
    assert_eq!(watcher.next().expect("the store is open").changes().count(), 1);
    users.remove(&2).unwrap();
    store.close().unwrap();
    assert_eq!(block_on_stream(watcher.into_stream()).count(), 1);
}
