//! Watching a store that another one writes.

use super::{Account, account, follow, place};
use folio::{Change, Result, Store};
use std::collections::BTreeMap;
use std::time::Duration;

#[test]
fn watchers_of_a_follower_see_what_the_writer_commits() -> Result<()> {
    let (_directory, path) = place();
    let writer = Store::open(&path)?;
    let written = writer.collection::<Account>()?;
    written.put(account(1, 100))?;
    let follower = follow(&path);
    let seen = follower.collection::<Account>()?;
    let (mut all, mut everything) = (seen.watch(), follower.watch());

    written.put_all((2..50).map(|id| account(id, 0)))?;
    written.remove(&1)?;
    assert!(all.try_next().is_none(), "nothing is seen before a look");
    follower.refresh()?;
    let delta = all.try_next().expect("the look has found two commits");
    assert_eq!((delta.changes().count(), delta.version()), (49, writer.version()));
    assert!(everything.try_next().is_some());
    // What the history has as one version after another comes as one piece, over a checkpoint too.
    written.put(account(2, 5))?;
    writer.checkpoint()?;
    written.put(account(2, 6))?;
    writer.checkpoint()?;
    writer.compact()?;
    follower.refresh()?;
    let delta = all.try_next().expect("the look has found the checkpoint");
    let changes: Vec<_> = delta.changes().collect();
    assert!(
        matches!(&changes[..], [Change::Updated { old, new }] if old.cents == 0 && new.cents == 6),
        "{changes:?}"
    );
    Ok(())
}

/// A watcher sleeps until the follower's thread finds something, and ends with the follower.
#[test]
fn watchers_of_a_follower_are_woken() -> Result<()> {
    let (_directory, path) = place();
    let writer = Store::open(&path)?;
    let written = writer.collection::<Account>()?;
    let follower = Store::options().follow_interval(Duration::from_millis(1)).follow(&path)?;
    let watcher = follower.collection::<Account>()?.watch();
    let accounts = std::thread::spawn(move || {
        let mut accounts = BTreeMap::new();
        for delta in watcher {
            for change in delta.changes() {
                match change.after() {
                    Some(after) => accounts.insert(after.id, after.cents),
                    None => accounts.remove(&change.key()),
                };
            }
        }
        accounts
    });
    for id in 0..100 {
        written.put(account(id % 10, id.cast_signed()))?;
    }
    written.remove(&3)?;
    super::common::wait_until("the follower sees it", || follower.version() == writer.version());
    follower.close()?;
    let accounts = accounts.join().expect("the watcher ends with its store");
    assert_eq!(accounts.len(), 9);
    assert!(accounts.iter().all(|(id, cents)| *cents == 90 + id.cast_signed()));
    Ok(())
}
