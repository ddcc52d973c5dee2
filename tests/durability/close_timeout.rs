//! Closing within a time: what is said when that was not enough, and that closing goes on. The disk waits until
//! it is told, so that no time has to pass.

use super::{Page, numbers, page};
use folio::simulation::{Disk, Fault, Operation};
use folio::{Durability, Error, Pending, Result, Store};
use std::thread;
use std::time::Duration;

fn pending(result: Result<()>) -> Vec<Pending> {
    match result {
        Err(Error::CloseTimedOut { pending }) => pending,
        other => panic!("{other:?}"),
    }
}

#[test]
fn where_nothing_is_in_the_way_the_store_is_closed() -> Result<()> {
    let disk = Disk::new();
    let store = Store::options().open_simulated(&disk)?;
    store.collection::<Page>()?.put(page(1))?;
    store.close_timeout(Duration::MAX)?;
    store.close_timeout(Duration::ZERO)?;
    store.close()?;
    assert_eq!(numbers(&Store::options().open_simulated(&disk)?)?, [1]);
    Store::in_memory().close_timeout(Duration::MAX)
}

#[test]
fn a_disk_that_does_not_answer_holds_up_nobody() -> Result<()> {
    let disk = Disk::new();
    let store = Store::options().open_simulated(&disk)?;
    let pages = store.collection::<Page>()?;
    disk.hold(Operation::Sync);
    thread::scope(|scope| {
        let writer = scope.spawn(|| pages.put(page(1)));
        disk.wait_held();
        let result = store.close_timeout(Duration::ZERO);
        let text = result.as_ref().map_err(ToString::to_string).unwrap_err();
        assert!(text.contains("still to be done: ") && text.contains("one commit"), "{text}");
        assert!(pending(result).contains(&Pending::Commits(1)));
        // No more commits are taken, the directory is not free, and reading goes on. That it is refused is only
        // told once it is known what it was based on.
        let late = scope.spawn(|| pages.put(page(2)));
        assert!(pages.is_empty());
        let second = Store::options().open_simulated(&disk);
        assert!(matches!(second, Err(Error::Locked { .. })));
        // It can be asked again.
        assert!(!pending(store.close_timeout(Duration::ZERO)).is_empty());
        disk.release();
        store.close()?;
        assert!(matches!(late.join().unwrap(), Err(Error::Closed)));
        writer.join().unwrap().map(drop)
    })?;
    store.close_timeout(Duration::ZERO)?;
    assert_eq!(numbers(&Store::options().open_simulated(&disk)?)?, [1]);
    Ok(())
}

/// The handles may go: the thread that closes has what it needs.
#[test]
fn closing_goes_on_without_any_handle() -> Result<()> {
    let disk = Disk::new();
    let options = Store::options().durability(Durability::Background);
    let store = options.flush_interval(Duration::MAX).open_simulated(&disk)?;
    store.collection::<Page>()?.put(page(1))?;
    disk.hold(Operation::Sync);
    let waited_for = pending(store.close_timeout(Duration::ZERO));
    // One made the collection.
    assert!(waited_for.contains(&Pending::Commits(2)), "{waited_for:?}");
    drop(store);
    disk.wait_held();
    disk.release();
    super::common::wait_until("the directory is free", || {
        Store::options().open_simulated(&disk).is_ok_and(|store| numbers(&store).unwrap() == [1])
    });
    Ok(())
}

#[test]
fn a_failure_that_nobody_waited_for_is_told_to_who_asks_next() -> Result<()> {
    let disk = Disk::new();
    let options = Store::options().durability(Durability::Write);
    let store = options.open_simulated(&disk)?;
    store.collection::<Page>()?.put(page(1))?;
    disk.hold(Operation::Sync);
    disk.fail(Fault::on(Operation::Sync));
    pending(store.close_timeout(Duration::ZERO));
    disk.release();
    let error = store.close().unwrap_err();
    assert!(error.is_poisoned(), "{error}");
    // It was told.
    store.close()
}

#[test]
fn a_checkpoint_at_hand_is_given_up() -> Result<()> {
    let disk = Disk::new();
    let store = Store::options().open_simulated(&disk)?;
    store.collection::<Page>()?.put_all((0..100).map(page))?;
    // The log goes on in a new file first.
    disk.hold(Operation::Create);
    thread::scope(|scope| {
        let checkpoint = scope.spawn(|| store.checkpoint());
        disk.wait_held();
        let waited_for = pending(store.close_timeout(Duration::ZERO));
        assert!(waited_for.contains(&Pending::Checkpoint), "{waited_for:?}");
        disk.release();
        store.close()?;
        assert!(matches!(checkpoint.join().unwrap(), Err(Error::Closed)));
        Ok::<_, Error>(())
    })?;
    assert!(!disk.files().keys().any(|name| name.contains("ckp")), "{:?}", disk.files().keys());
    assert_eq!(numbers(&Store::options().open_simulated(&disk)?)?.len(), 100);
    Ok(())
}
