//! What a durable commit costs: for one writer one write and one sync each, for many a share of one.

use super::{Page, numbers, page, place};
use folio::{Error, Result, Stats, Store};
use std::path::Path;
use std::thread;

/// What happened between two looks at a store: commits, writes and syncs.
fn between(before: &Stats, after: &Stats) -> (u64, u64, u64) {
    let (commits, writes) = (after.commits - before.commits, after.writes - before.writes);
    (commits, writes, after.syncs - before.syncs)
}

/// Does something and tells what it cost.
fn cost(store: &Store, act: impl FnOnce() -> Result<()>) -> Result<(u64, u64, u64)> {
    let before = store.stats();
    act()?;
    Ok(between(&before, &store.stats()))
}

#[test]
fn a_commit_of_one_thread_is_one_write_and_one_sync() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let pages = store.collection::<Page>()?;
    let others = store.collection_named::<Page>("other pages")?;
    for number in 0..40 {
        assert_eq!(cost(&store, || pages.put(page(number)).map(|_| ()))?, (1, 1, 1));
    }
    assert_eq!(cost(&store, || pages.update(&7, |page| page.text.clear()).map(|_| ()))?, (1, 1, 1));
    assert_eq!(cost(&store, || pages.remove(&7).map(|_| ()))?, (1, 1, 1));
    assert_eq!(cost(&store, || others.put_all((0..1_000).map(page)).map(|_| ()))?, (1, 1, 1));
    let transfer = || {
        store.transact(|tx| {
            let page = tx.collection::<Page>()?.remove(&3)?.expect("it is there");
            tx.collection_named::<Page>("other pages")?.put((*page).clone()).map(|_| ())
        })
    };
    assert_eq!(cost(&store, transfer)?, (1, 1, 1));
    Ok(())
}

#[test]
fn what_changes_nothing_costs_nothing() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let pages = store.collection::<Page>()?;
    pages.put_all((0..10).map(page))?;
    let look = || {
        assert_eq!(pages.len(), 10);
        assert_eq!(store.snapshot().collection::<Page>()?.iter().count(), 10);
        store.transact(|tx| Ok(tx.collection::<Page>()?.iter().count())).map(|_| ())
    };
    assert_eq!(cost(&store, look)?, (0, 0, 0));
    let give_up = || {
        let result = store.transact(|tx| {
            tx.collection::<Page>()?.clear()?;
            Err::<(), _>(Error::abort("expected by the test"))
        });
        assert!(result.is_err());
        store.begin().collection::<Page>()?.clear().map(|_| ())
    };
    assert_eq!(cost(&store, give_up)?, (0, 0, 0));
    assert_eq!(cost(&store, || store.sync())?, (0, 0, 0));
    Ok(())
}

/// How many share a sync depends on how fast the machine is at everything else, so a round on a busy
/// one proves nothing; a store that did not share could not do it in any.
#[test]
fn many_threads_share_their_syncs() -> Result<()> {
    const ROUNDS: u64 = 10;
    let (_directory, path) = place();
    for round in 0..ROUNDS {
        let (commits, writes, syncs) = put_from_many_threads(&path, round * THREADS * TURNS)?;
        println!("{commits} commits in {writes} writes and {syncs} syncs");
        assert_eq!((commits, writes), (THREADS * TURNS, syncs));
        let expected: Vec<u64> = (0..(round + 1) * THREADS * TURNS).collect();
        assert_eq!(numbers(&Store::open(&path)?)?, expected);
        if commits > 8 * syncs {
            return Ok(());
        }
    }
    panic!("in no round did more than eight commits share a sync");
}

const THREADS: u64 = 64;
const TURNS: u64 = 25;

fn put_from_many_threads(path: &Path, first: u64) -> Result<(u64, u64, u64)> {
    let store = Store::open(path)?;
    let pages = store.collection::<Page>()?;
    let before = store.stats();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let pages = &pages;
                scope.spawn(move || {
                    let numbers = (0..TURNS).map(|turn| first + thread * TURNS + turn);
                    numbers.map(page).try_for_each(|page| pages.put(page).map(|_| ()))
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("it does not panic"))
    })?;
    Ok(between(&before, &store.stats()))
}
