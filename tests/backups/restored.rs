//! What comes back.

use super::{Item, Place, item, items, names};
use folio::{Durability, EncryptionKey, Error, History, Store, Version};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

#[test]
fn a_backup_made_while_threads_write_is_the_version_that_it_says() {
    let place = Place::new();
    let store = Store::options().history(History::Versions(100_000)).open(place.path("store"));
    let store = store.unwrap();
    let collection = store.collection::<Item>().unwrap();
    let is_done = AtomicBool::new(false);
    let infos = thread::scope(|scope| {
        for writer in 0..3 {
            let (collection, is_done) = (&collection, &is_done);
            scope.spawn(move || {
                for round in 0.. {
                    if is_done.load(Ordering::Relaxed) {
                        break;
                    }
                    let id = writer * 1_000 + round % 50;
                    collection.put(item(id, &format!("{writer} {round}"))).unwrap();
                }
            });
        }
        let mut infos = Vec::new();
        for round in 0..6 {
            let version = store.version();
            if round == 3 {
                store.compact().unwrap();
            }
            let info = store.backup(place.path(&format!("backup {}", round / 2))).unwrap();
            assert!(info.version >= version);
            infos.push(info);
        }
        is_done.store(true, Ordering::Relaxed);
        infos
    });
    for (number, info) in infos.iter().enumerate().skip(1).step_by(2) {
        let target = place.path(&format!("restored {number}"));
        assert_eq!(Store::restore(&info.path, &target).unwrap(), info.version);
        let restored = Store::open(&target).unwrap();
        assert_eq!(restored.version(), info.version);
        let then = store.as_of(info.version).unwrap();
        assert_eq!(items(&restored.snapshot()), items(&then));
        assert_eq!(restored.snapshot().time(), info.time);
        assert_eq!(info.collections, [("items".to_owned(), items(&then).len() as u64)]);
    }
}

#[test]
fn what_was_restored_goes_on_as_the_store_did() {
    let place = Place::new();
    let store = place.store();
    store.collection::<Item>().unwrap().put(item(1, "one")).unwrap();
    store.backup(place.backup()).unwrap();
    let head = store.head().unwrap();
    Store::restore(place.backup(), place.path("restored")).unwrap();
    assert_eq!(
        names(&place.path("restored")),
        ["0000000000000001.log", "MANIFEST"],
        "a store, and nothing of a backup"
    );
    let restored = Store::open(place.path("restored")).unwrap();
    assert_eq!(restored.check_witness(&head).unwrap(), head);
    restored.collection::<Item>().unwrap().put(item(2, "two")).unwrap();
    assert_eq!(restored.version().number(), store.version().number() + 1);
}

#[test]
fn every_version_on_the_way_can_be_restored() {
    let place = Place::new();
    let options = Store::options().history(History::Versions(1_000)).flush_interval(Duration::MAX);
    let store = options.open(place.path("store")).unwrap();
    let collection = store.collection::<Item>().unwrap();
    let put = |id: u64| collection.put(item(id, "x")).unwrap();
    put(0);
    store.compact().unwrap();
    let oldest = store.version();
    (1..4).for_each(|id| drop(put(id)));
    store.backup(place.backup()).unwrap();
    // Commits that are flushed together share a frame, which a version may cut.
    for id in 4..25 {
        let in_background = store.transaction().durability(Durability::Background);
        in_background.run(|tx| tx.collection::<Item>()?.put(item(id, "x"))).unwrap();
    }
    let info = store.backup(place.backup()).unwrap();
    assert_eq!((info.oldest, info.version), (oldest, store.version()));
    for number in oldest.number()..=info.version.number() {
        let (version, target) = (Version::new(number), place.path(&format!("{number}")));
        assert_eq!(Store::restore_until(place.backup(), &target, version).unwrap(), version);
        let restored = Store::open(&target).unwrap();
        let then = store.as_of(version).unwrap();
        assert_eq!(restored.version(), version);
        assert_eq!(items(&restored.snapshot()), items(&then));

        let by_time = place.path(&format!("{number} by time"));
        let found = Store::restore_until(place.backup(), &by_time, then.time()).unwrap();
        assert_eq!(found, store.as_of(then.time()).unwrap().version());
        let before = then.time() - Duration::from_micros(1);
        let target = place.path(&format!("{number} before"));
        let expected = (number > oldest.number()).then(|| store.as_of(before).unwrap().version());
        match Store::restore_until(place.backup(), &target, before) {
            Ok(found) => assert_eq!(Some(found), expected),
            Err(Error::OutOfHistory { oldest: said }) => {
                assert_eq!((said, expected), (oldest, None));
            }
            Err(error) => panic!("{error}"),
        }
    }
    let next = Version::new(info.version.number() + 1);
    let early = Version::new(oldest.number() - 1);
    let until = |version| Store::restore_until(place.backup(), place.path("none"), version);
    assert!(matches!(until(next), Err(Error::NotYet { .. })));
    assert!(matches!(until(early), Err(Error::OutOfHistory { .. })));
}

#[test]
fn a_ledger_is_restored_with_its_beginning() {
    let place = Place::new();
    let store = Store::options().ledger(true).open(place.path("store")).unwrap();
    let collection = store.collection::<Item>().unwrap();
    for id in 0..4 {
        collection.put(item(id, "x")).unwrap();
        store.compact().unwrap();
    }
    let info = store.backup(place.backup()).unwrap();
    assert_eq!(info.oldest, Version::new(0));
    for number in 0..=info.version.number() {
        let target = place.path(&format!("{number}"));
        Store::restore_until(place.backup(), &target, Version::new(number)).unwrap();
        let restored = Store::options().ledger(true).open(&target).unwrap();
        assert_eq!(restored.version(), Version::new(number));
        assert_eq!(restored.commits(..).unwrap().count() as u64, number);
        restored.check_witness(&restored.head().unwrap()).unwrap();
    }
}

#[test]
fn a_ledger_that_lost_its_beginning_is_backed_up_from_where_it_begins() {
    let place = Place::new();
    let store = place.store();
    store.collection::<Item>().unwrap().put(item(1, "x")).unwrap();
    store.compact().unwrap();
    let oldest = store.version();
    store.close().unwrap();
    let store = Store::options().ledger(true).open(place.path("store")).unwrap();
    store.collection::<Item>().unwrap().put(item(2, "x")).unwrap();
    let info = store.backup(place.backup()).unwrap();
    assert_eq!(info.oldest, oldest);
    Store::restore_until(place.backup(), place.path("restored"), oldest).unwrap();
    assert_eq!(items(&Store::open(place.path("restored")).unwrap().snapshot()).len(), 1);
    store.close().unwrap();
    assert!(matches!(store.backup(place.backup()), Err(Error::Closed)));
}

#[test]
fn nothing_is_restored_over_anything() {
    let place = Place::new();
    let store = place.store();
    store.collection::<Item>().unwrap().put(item(1, "one")).unwrap();
    store.backup(place.backup()).unwrap();
    store.close().unwrap();
    let before = names(&place.path("store"));
    let over = Store::restore(place.backup(), place.path("store"));
    assert!(matches!(&over, Err(Error::TargetExists { .. })), "{over:?}");
    assert_eq!(names(&place.path("store")), before);
    assert_eq!(items(&place.store().snapshot()).len(), 1);

    fs::create_dir(place.path("letters")).unwrap();
    fs::write(place.path("letters").join("a.txt"), "dear").unwrap();
    let over = Store::restore(place.backup(), place.path("letters"));
    assert!(over.unwrap_err().to_string().contains("`a.txt`"));
    let over = store.backup(place.path("letters"));
    assert!(matches!(over, Err(Error::NotABackup { .. } | Error::Closed)));

    fs::create_dir(place.path("empty")).unwrap();
    Store::restore(place.backup(), place.path("empty")).unwrap();
    assert_eq!(items(&Store::open(place.path("empty")).unwrap().snapshot()).len(), 1);
}

#[test]
fn a_backup_of_an_encrypted_store_needs_the_key_of_its_time() {
    let place = Place::new();
    let (old, new) = (EncryptionKey::from_bytes([1; 32]), EncryptionKey::from_bytes([2; 16]));
    let store = Store::options().encryption(old.clone()).open(place.path("store")).unwrap();
    let collection = store.collection::<Item>().unwrap();
    collection.put(item(1, "a secret that nobody may read")).unwrap();
    store.backup(place.path("old")).unwrap();
    store.backup(place.path("continued")).unwrap();
    store.rotate_key(new.clone()).unwrap();
    collection.put(item(2, "another")).unwrap();
    store.backup(place.path("continued")).unwrap();
    for name in names(&place.path("continued")) {
        let bytes = fs::read(place.path("continued").join(&name)).unwrap();
        assert!(!bytes.windows(8).any(|part| part == b"a secret"), "{name}");
    }
    let restore = |backup: &str, key: &EncryptionKey, target: &str| {
        let options = Store::options().encryption(key.clone());
        options.restore(place.path(backup), place.path(target))
    };
    let target = place.path("none");
    assert!(matches!(Store::restore(place.path("old"), &target), Err(Error::WrongKey)));
    assert!(matches!(restore("old", &new, "none"), Err(Error::WrongKey)));
    assert!(matches!(restore("continued", &old, "none"), Err(Error::WrongKey)));
    restore("old", &old, "with old").unwrap();
    let end = restore("continued", &new, "with new").unwrap();
    let open = |key: &EncryptionKey, target: &str| {
        Store::options().encryption(key.clone()).open(place.path(target)).unwrap()
    };
    assert_eq!(items(&open(&old, "with old").snapshot()).len(), 1);
    assert_eq!(items(&open(&new, "with new").snapshot()).len(), 2);

    let before = Version::new(end.number() - 1);
    let options = Store::options().encryption(new.clone());
    options.restore_until(place.path("continued"), place.path("before"), before).unwrap();
    assert_eq!(items(&open(&new, "before").snapshot()).len(), 1);
}
