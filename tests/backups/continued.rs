//! Backups on top of earlier ones.

use super::{Item, Place, item, items, names};
use folio::{Error, Store};
use std::fs;

/// The bytes of all files.
fn files(place: &Place) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| {
        let bytes = fs::read(place.backup().join(&name)).unwrap();
        (name, bytes)
    };
    names(&place.backup()).into_iter().filter(|name| name != "BACKUP.json").map(read).collect()
}

#[test]
fn only_what_is_new_is_copied() {
    let place = Place::new();
    let store = place.store();
    let collection = store.collection::<Item>().unwrap();
    collection.put(item(1, "one")).unwrap();
    let first = store.backup(place.backup()).unwrap();
    assert_eq!((first.continues, first.copied.len()), (None, 1));
    let before = files(&place);

    collection.put(item(2, "two")).unwrap();
    let second = store.backup(place.backup()).unwrap();
    assert_eq!(second.continues, Some(first.version));
    assert_eq!(second.copied, ["0000000000000002.log"]);
    assert!(second.copied_bytes < second.bytes);
    assert!(files(&place).starts_with(&before[..1]));

    let third = store.backup(place.backup()).unwrap();
    assert_eq!((third.continues, third.copied.len()), (Some(second.version), 0));
    assert_eq!(third.version, second.version);
    // What checkpoints leave in place is continued too.
    collection.put(item(3, "three")).unwrap();
    store.checkpoint().unwrap();
    collection.put(item(4, "four")).unwrap();
    let fourth = store.backup(place.backup()).unwrap();
    assert_eq!(fourth.copied, ["0000000000000003.log", "0000000000000004.log"]);
    assert_eq!(fourth.oldest, first.oldest);

    // Nor does it matter that the store was opened anew.
    drop(collection);
    store.close().unwrap();
    let store = place.store();
    store.collection::<Item>().unwrap().put(item(5, "five")).unwrap();
    let fifth = store.backup(place.backup()).unwrap();
    assert_eq!(fifth.continues, Some(fourth.version));
    Store::restore(place.backup(), place.path("restored")).unwrap();
    let restored = Store::open(place.path("restored")).unwrap();
    assert_eq!(items(&restored.snapshot()), items(&store.snapshot()));
}

#[test]
fn where_checkpoints_removed_the_log_between_all_is_copied() {
    let place = Place::new();
    let store = place.store();
    let collection = store.collection::<Item>().unwrap();
    for round in 0..4 {
        collection.put(item(round, "first")).unwrap();
        collection.put(item(round + 1, "second")).unwrap();
        store.compact().unwrap();
        if round == 2 {
            // With a segment behind the checkpoint.
            collection.put(item(100, "third")).unwrap();
        }
        let info = store.backup(place.backup()).unwrap();
        assert_eq!(info.continues, None, "round {round}");
        let mut expected = info.copied.clone();
        expected.push("BACKUP.json".to_owned());
        let there: Vec<String> = names(&place.backup());
        let there: Vec<&String> =
            there.iter().filter(|name| !name.starts_with("MANIFEST-")).collect();
        assert_eq!(there, expected.iter().collect::<Vec<_>>(), "what it replaced is gone");
        let target = place.path(&format!("restored {round}"));
        assert_eq!(Store::restore(place.backup(), &target).unwrap(), info.version);
        let restored = Store::open(&target).unwrap();
        assert_eq!(items(&restored.snapshot()), items(&store.snapshot()));
        // Nothing new: continued, though there may be a checkpoint alone.
        assert_eq!(store.backup(place.backup()).unwrap().continues, Some(info.version));
    }
}

#[test]
fn the_backup_of_another_history_is_left_alone() {
    let place = Place::new();
    let store = place.store();
    let collection = store.collection::<Item>().unwrap();
    collection.put(item(1, "one")).unwrap();
    store.backup(place.backup()).unwrap();
    Store::restore(place.backup(), place.path("other")).unwrap();
    collection.put(item(2, "here")).unwrap();
    store.backup(place.backup()).unwrap();
    let before = files(&place);

    // The same store, restored from before: first without what came later, then with something else.
    let other = Store::open(place.path("other")).unwrap();
    let refused = |store: &Store| {
        let error = store.backup(place.backup()).unwrap_err();
        assert!(matches!(error, Error::OtherBackup { .. }), "{error}");
    };
    refused(&other);
    other.collection::<Item>().unwrap().put(item(2, "there")).unwrap();
    refused(&other);
    other.collection::<Item>().unwrap().put(item(3, "there")).unwrap();
    other.checkpoint().unwrap();
    other.collection::<Item>().unwrap().put(item(4, "there")).unwrap();
    refused(&other);
    let stranger = Store::open(place.path("stranger")).unwrap();
    refused(&stranger);
    assert_eq!(files(&place), before);
    store.backup(place.backup()).unwrap();
}

#[test]
fn only_a_store_with_files_has_backups() {
    let place = Place::new();
    assert!(matches!(Store::in_memory().backup(place.backup()), Err(Error::NoLog)));
    place.store().close().unwrap();
    let store = Store::options().read_only(true).open(place.path("store")).unwrap();
    assert!(matches!(store.backup(place.backup()), Err(Error::ReadOnly)));
    drop(store);
    let store = place.store();
    // An empty one is a backup too.
    let info = store.backup(place.backup()).unwrap();
    assert_eq!(info.version.number(), 0);
    Store::restore(place.backup(), place.path("restored")).unwrap();
    assert!(Store::open(place.path("restored")).unwrap().collections().is_empty());
    let into_itself = store.backup(place.path("store"));
    assert!(matches!(into_itself, Err(Error::NotABackup { .. })), "{into_itself:?}");
}
