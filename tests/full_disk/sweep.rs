//! A disk that is full at every place there is in making a store and in opening one: with room for so
//! many pages, then for one more, and so on until all succeeds.
//!
//! Whatever fails, it says that there is no room, nothing that was acknowledged is lost, and with room
//! the same call succeeds.

use super::check_reason;
use super::common::{contents, crash_image, figures};
use super::entries::{
    LANE_OF_PARENT, Reached, check, check_kept, check_read_only, commit_filled_entry,
};
use super::on;
use super::room::Room;
use folio::{Durability, Result, Store};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

const PAGE_KIB: u64 = 4;

/// Opens a store and commits an entry; returns whether there was room for that. `acknowledged` has what
/// must be there, and learns what is.
fn open_and_commit(path: &Path, acknowledged: &mut Reached) -> Result<bool> {
    let store = match Store::open(path) {
        Ok(store) => store,
        Err(error) => {
            check_reason(&error, ErrorKind::StorageFull);
            let copies = || contents(path).into_keys().filter(|name| name.ends_with(".log.new"));
            assert_eq!(copies().count(), 0, "a part of a copy takes the last room");
            return Ok(false);
        }
    };
    check_kept(&check(&store.snapshot())?, acknowledged, "opened");
    match commit_filled_entry(&store, Durability::Fsync, LANE_OF_PARENT, 5000) {
        Ok(number) => {
            acknowledged.insert(LANE_OF_PARENT, number);
            // The seal may be what there is no room for.
            if let Err(error) = store.close() {
                check_reason(&error, ErrorKind::StorageFull);
            }
            Ok(true)
        }
        Err(error) => {
            check_reason(&error, ErrorKind::StorageFull);
            Ok(false)
        }
    }
}

/// Leaves more and more room, a page at a time, until a store that is made by `prepare` can be opened
/// and written to; returns how often it could not.
fn sweep(room: &Room, prepare: impl Fn(&Path) -> Reached) -> Result<u64> {
    let path = room.path().join("store.folio");
    let mut refused = 0;
    loop {
        room.clear();
        if path.exists() {
            fs::remove_dir_all(&path).expect("the store can be removed");
        }
        let mut acknowledged = prepare(&path);
        room.leave_kib(refused * PAGE_KIB);
        let had_room = open_and_commit(&path, &mut acknowledged)?;
        room.clear();
        let mut after = acknowledged.clone();
        assert!(open_and_commit(&path, &mut after)?, "with all room there is");
        check_kept(&check_read_only(&path)?, &after, "with room again");
        if had_room {
            return Ok(refused);
        }
        refused += 1;
    }
}

#[test]
fn no_room_for_a_new_store() -> Result<()> {
    on("sweep::no_room_for_a_new_store", Room::tmpfs, |room, _| {
        let refused = sweep(room, |_| Reached::new())?;
        assert!(refused > 0, "a store needs room");
        figures::count("full disk", "amounts of room that were too little", refused);
        Ok(())
    })
}

/// What is opened was left by a process that ended without closing it, so that its last segment is
/// copied.
#[test]
fn no_room_for_a_recovery() -> Result<()> {
    on("sweep::no_room_for_a_recovery", Room::tmpfs, |room, directory| {
        let (made, left) = (directory.join("made"), directory.join("left"));
        let store = Store::open(&made)?;
        for _ in 0..20 {
            commit_filled_entry(&store, Durability::Fsync, 1, 2000)?;
        }
        crash_image(&made, &left);
        let refused = sweep(room, |path| {
            crash_image(&left, path);
            Reached::from([(1, 20)])
        })?;
        assert!(refused > 0, "a recovery needs room");
        figures::count("full disk", "amounts of room that were too little", refused);
        Ok(())
    })
}
