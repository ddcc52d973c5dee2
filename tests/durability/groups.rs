//! What is promised to a commit, and to a transaction that only reads, holds whoever else commits at
//! the same time. Each test has threads in each other's way and checks what must hold for every one
//! of their commits, however they meet.

use super::{Page, page, place};
use folio::{Durability, Result, Store};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

fn put(store: &Store, durability: Durability, number: u64) -> Result<()> {
    let options = store.transaction().durability(durability);
    options.run(|tx| tx.collection::<Page>()?.put(page(number)).map(|_| ()))
}

/// A group is written and synced for all of its commits at once, so it has to be as durable as the
/// most careful of them asked for: not as the first, nor as the last.
#[test]
fn a_commit_at_fsync_is_synced_whoever_shares_its_group() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    store.collection::<Page>()?;
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 1..=2 {
            let (store, done) = (&store, &done);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    put(store, Durability::Write, number).expect("nothing fails");
                }
            });
        }
        let careful: Vec<_> = (3..=4)
            .map(|number| {
                let store = &store;
                scope.spawn(move || {
                    for _ in 0..200 {
                        let syncs = store.stats().syncs;
                        put(store, Durability::Fsync, number)?;
                        // The sync that made it durable began after the commit did.
                        assert!(store.stats().syncs > syncs, "acknowledged without a sync");
                    }
                    Ok(())
                })
            })
            .collect();
        let joined: Vec<_> = careful.into_iter().map(thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        joined.into_iter().try_for_each(|thread| thread.expect("no assertion fails"))
    })
}

/// A transaction begins from the newest version, which may not be on disk yet. What it gave its caller
/// is promised only when that version is published.
#[test]
fn a_reader_is_not_told_what_may_still_be_lost() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let pages = store.collection::<Page>()?;
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut looks = 0_u64;
            while !done.load(Ordering::Relaxed) || looks == 0 {
                let seen = store.transact(|tx| {
                    tx.collection::<Page>()?.get(&1);
                    Ok(tx.snapshot_version())
                })?;
                assert!(store.version() >= seen, "read from a version that is not published");
                looks += 1;
            }
            Ok(())
        });
        let written = (0..200).try_for_each(|_| pages.put(page(1)).map(|_| ()));
        done.store(true, Ordering::Relaxed);
        written.and(reader.join().expect("no assertion fails"))
    })
}
