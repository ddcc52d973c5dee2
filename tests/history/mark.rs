//! A store that is a ledger knows it: an opening that says nothing of it takes nothing away.

use crate::Item;
use folio::{EncryptionKey, Error, Options, Result, Store};
use std::fs;
use std::path::Path;

fn put(store: &Store, mut ids: std::ops::Range<u64>) -> Result<()> {
    let items = store.collection::<Item>()?;
    ids.try_for_each(|id| items.put(Item { id, price: 1 }).map(drop))
}

/// Commits, and has everything go that may: twice, since the last checkpoint but one stays otherwise.
fn live_and_compact(options: Options, path: &Path, ids: std::ops::Range<u64>) -> Result<()> {
    let store = options.open(path)?;
    put(&store, ids)?;
    store.compact()?;
    store.close()
}

fn has_beginning(path: &Path) -> bool {
    path.join("0000000000000001.log").exists()
}

#[test]
fn a_ledger_stays_one_whoever_opens_it() -> Result<()> {
    for key in [None, Some(EncryptionKey::from_bytes([5; 32]))] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        let options =
            || key.clone().map_or_else(Store::options, |key| Store::options().encryption(key));
        live_and_compact(options().ledger(true), &path, 0..5)?;
        let store = options().open(&path)?;
        assert!(store.is_ledger());
        let witness = store.head()?;
        put(&store, 5..9)?;
        if key.is_some() {
            // The manifest is written anew.
            store.rotate_key(key.clone().unwrap())?;
        }
        store.compact()?;
        store.backup(directory.path().join("backup"))?;
        store.close()?;
        live_and_compact(options(), &path, 9..12)?;
        assert!(has_beginning(&path));
        let store = options().read_only(true).open(&path)?;
        assert!(store.is_ledger());
        assert_eq!(store.commits(..)?.count(), 13);
        store.check_witness(&witness)?;
        drop(store);

        let restored = directory.path().join("restored");
        options().restore(directory.path().join("backup"), &restored)?;
        live_and_compact(options(), &restored, 9..10)?;
        assert!(options().open(&restored)?.is_ledger() && has_beginning(&restored));

        // Its beginning is missed by everybody.
        fs::remove_file(path.join("0000000000000001.log")).unwrap();
        let store = options().open(&path)?;
        assert!(matches!(store.check_witness(&witness), Err(Error::MissingSegment { .. })));
    }
    Ok(())
}

#[test]
fn a_ledger_is_given_up_by_saying_so() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    live_and_compact(Store::options().ledger(true), &path, 0..5)?;
    // Who only reads changes nothing.
    assert!(!Store::options().ledger(false).read_only(true).open(&path)?.is_ledger());
    assert!(Store::open(&path)?.is_ledger());
    live_and_compact(Store::options().ledger(false), &path, 5..6)?;
    assert!(!has_beginning(&path));
    assert!(!Store::open(&path)?.is_ledger());
    Ok(())
}

#[test]
fn a_store_becomes_a_ledger_with_what_is_left_of_its_log() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let store = Store::open(&path)?;
    assert!(!store.is_ledger());
    put(&store, 0..5)?;
    let before = store.head()?;
    put(&store, 5..6)?;
    store.compact()?;
    store.close()?;
    live_and_compact(Store::options().ledger(true), &path, 6..9)?;
    let store = Store::open(&path)?;
    let witness = store.head()?;
    put(&store, 9..12)?;
    store.compact()?;
    store.close()?;
    live_and_compact(Store::options(), &path, 12..13)?;

    let store = Store::open(&path)?;
    assert!(store.is_ledger());
    store.check_witness(&witness)?;
    let gone = store.check_witness(&before);
    assert!(matches!(gone, Err(Error::OutOfHistory { .. })), "{gone:?}");
    assert!(store.as_of(witness.version)?.collection::<Item>()?.len() == 9);
    Ok(())
}
