//! Stores that are closed, or lost, and opened again: the log knows nothing of deadlines.

use crate::{Session, clock_at, ids, second, session, unswept};
use folio::simulation::Disk;
use folio::{Durability, Error, Store};

#[test]
fn deadlines_pass_while_a_store_is_closed() {
    let (disk, clock) = (Disk::new(), clock_at(100));
    let store = unswept(&clock).open_simulated(&disk).unwrap();
    store
        .collection::<Session>()
        .unwrap()
        .put_all((0..10).map(|id| session(id, 100 + id)))
        .unwrap();
    store.close().unwrap();
    drop(store);

    clock.set(second(105));
    let store = unswept(&clock).open_simulated(&disk).unwrap();
    // Nobody knows of the deadlines before the type is named.
    assert_eq!(store.collections()[0].records, 10);
    assert_eq!(store.values("sessions").unwrap().len(), 10);
    let before = store.snapshot();
    let sessions = store.collection::<Session>().unwrap();
    assert_eq!(ids(&sessions), [6, 7, 8, 9]);
    assert_eq!(before.values("sessions").unwrap().len(), 4);
    assert_eq!(store.collections()[0].records, 4);
    // Opening has not removed them.
    assert_eq!(store.stats().swept, 0);
    assert_eq!(sessions.sweep().unwrap(), 6);
    assert_eq!(store.stats().swept, 6);
    store.close().unwrap();
    drop((store, sessions, before));

    let store = unswept(&clock).open_simulated(&disk).unwrap();
    assert_eq!(store.collections()[0].records, 4);
    // The version is later than the clock would have it.
    clock.set(second(50));
    assert_eq!(ids(&store.collection::<Session>().unwrap()), [6, 7, 8, 9]);
}

#[test]
fn a_read_only_store_hides_and_does_not_sweep() {
    let (disk, clock) = (Disk::new(), clock_at(100));
    let store = unswept(&clock).open_simulated(&disk).unwrap();
    store.collection::<Session>().unwrap().put_all([session(1, 110), session(2, 200)]).unwrap();
    store.close().unwrap();
    drop(store);

    clock.set(second(110));
    let files = disk.files();
    let options = Store::options().clock(&clock).read_only(true);
    let store = options.open_simulated(&disk).unwrap();
    let sessions = store.collection::<Session>().unwrap();
    assert_eq!(ids(&sessions), [2]);
    let seen = store.transact(|tx| Ok(tx.collection::<Session>()?.len())).unwrap();
    assert_eq!(seen, 1);
    assert!(matches!(sessions.sweep(), Err(Error::ReadOnly)));
    assert!(matches!(store.sweep(), Err(Error::ReadOnly)));
    store.close().unwrap();
    assert_eq!(disk.files(), files);
}

/// A sweep that a crash undoes is made again; nothing that is there is lost with it.
#[test]
fn a_sweep_that_was_lost_is_no_loss() {
    let (disk, clock) = (Disk::new(), clock_at(100));
    let store = unswept(&clock).open_simulated(&disk).unwrap();
    let sessions = store.collection::<Session>().unwrap();
    sessions.put_all((0..600).map(|id| session(id, if id % 3 == 0 { 500 } else { 110 }))).unwrap();
    clock.set(second(110));
    let syncs = store.stats().syncs;
    assert_eq!(sessions.sweep().unwrap(), 400);
    assert_eq!(store.stats().syncs, syncs, "the sweeper waits for no disk");
    let mut seen = 0;
    for disk in disk.crash_states(disk.operations(), 7) {
        let store = unswept(&clock).open_simulated(&disk).unwrap();
        let sessions = store.collection::<Session>().unwrap();
        assert!(ids(&sessions).into_iter().eq((0..600).filter(|id| id % 3 == 0)));
        let left = sessions.sweep().unwrap();
        assert!(left == 400 || left == 400 - 256 || left == 0, "{left}");
        seen += 1;
    }
    assert!(seen > 0);
}

/// The same type in a program that does not mind when a session ends.
mod heedless {
    #[derive(folio::Record, serde::Serialize, serde::Deserialize, Clone)]
    #[record(name = "sessions")]
    pub(super) struct Session {
        #[key]
        id: u64,
        #[index(unique)]
        token: String,
        user: u64,
        until: Option<std::time::SystemTime>,
    }
}

#[test]
fn whether_a_field_is_a_deadline_is_not_on_disk() {
    let (disk, clock) = (Disk::new(), clock_at(100));
    let open = || unswept(&clock).durability(Durability::Write).open_simulated(&disk).unwrap();
    let store = open();
    store.collection::<Session>().unwrap().put_all([session(1, 110), session(2, 200)]).unwrap();
    store.close().unwrap();
    drop(store);
    clock.set(second(110));
    let store = open();
    let all = store.collection::<heedless::Session>().unwrap();
    assert_eq!(all.len(), 2);
    let writes = store.stats().writes;
    assert_eq!(writes, 0, "no form had to be announced");
    store.close().unwrap();
    drop((store, all));
    assert_eq!(ids(&open().collection().unwrap()), [2]);
}
