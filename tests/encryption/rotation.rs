//! Another key for a store: at once, while it is at work, and without anything in between.

use super::{Page, key, page, pages, passphrase, place, plainly, put};
use crate::common::{contents, segments, wait_until};
use folio::{EncryptionKey, Error, Result, Store};
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

#[test]
fn the_new_key_opens_and_the_one_before_does_not() -> Result<()> {
    let (_directory, path) = place();
    let keys = [
        key(1),
        EncryptionKey::from_bytes([2; 16]),
        passphrase("third"),
        passphrase("fourth"),
        key(5),
    ];
    put(Store::options().encryption(key(1)), &path, [page(0, 1)])?;
    for (number, pair) in (1..).zip(keys.windows(2)) {
        let [old, new] = pair else { unreachable!() };
        let store = Store::options().encryption(old.clone()).open(&path)?;
        store.rotate_key(new.clone())?;
        store.collection::<Page>()?.put(page(number, 1))?;
        store.close()?;
        let opened = Store::options().encryption(old.clone()).open(&path);
        assert!(matches!(opened, Err(Error::WrongKey)), "{opened:?}");
        let store = Store::options().encryption(new.clone()).read_only(true).open(&path)?;
        assert_eq!(pages(&store)?.len() as u64, number + 1);
    }
    // The segments have keys of the size that the user's key had then.
    let sizes = segments(&path).into_iter().map(|file| fs::read(file).unwrap()[92]);
    assert_eq!(sizes.collect::<Vec<_>>(), [32, 16, 32, 32, 32]);
    Ok(())
}

/// Nothing but the manifest is written, however much there is.
#[test]
fn it_touches_no_segment() -> Result<()> {
    let (_directory, path) = place();
    let store = plainly().encryption(key(1)).open(&path)?;
    store.collection::<Page>()?.put_all((0..200).map(|number| page(number, 100)))?;
    let (before, stats) = (contents(&path), store.stats());
    store.rotate_key(key(2))?;
    assert_eq!(store.stats(), stats);
    let mut after = contents(&path);
    assert_ne!(after.get("MANIFEST"), before.get("MANIFEST"));
    after.insert("MANIFEST".into(), before["MANIFEST"].clone());
    assert!(after == before);
    Ok(())
}

#[test]
fn it_goes_on_beside_commits_and_reads() -> Result<()> {
    let (_directory, path) = place();
    let options = || plainly().segment_bytes(64 << 10);
    let store = options().encryption(key(1)).open(&path)?;
    let collection = store.collection::<Page>()?;
    let (done, written) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| -> Result<()> {
        let writer = scope.spawn(|| -> Result<()> {
            while !done.load(Ordering::Relaxed) {
                let number = written.load(Ordering::Relaxed);
                collection.put(page(number, 1_000))?;
                written.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
        for round in 2..20 {
            let so_far = written.load(Ordering::Relaxed);
            store.rotate_key(key(round))?;
            wait_until("commits go on", || {
                written.load(Ordering::Relaxed) > so_far || writer.is_finished()
            });
        }
        done.store(true, Ordering::Relaxed);
        writer.join().expect("the writer does not panic")
    })?;
    store.close()?;
    assert!(segments(&path).len() > 2);
    let store = options().encryption(key(19)).open(&path)?;
    let expected: Vec<Page> = (0..written.into_inner()).map(|number| page(number, 1_000)).collect();
    assert!(pages(&store)? == expected);
    Ok(())
}

#[test]
fn where_there_is_no_key_there_is_none_to_change() -> Result<()> {
    assert!(matches!(Store::in_memory().rotate_key(key(1)), Err(Error::NotEncrypted)));
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let before = contents(&path);
    assert!(matches!(store.rotate_key(key(1)), Err(Error::NotEncrypted)));
    assert_eq!(contents(&path), before);
    drop(store);
    let store = Store::options().encryption(key(1)).open(&path)?;
    let before = contents(&path);
    let no_key = EncryptionKey::from_bytes([0; 16]);
    assert!(matches!(store.rotate_key(no_key), Err(Error::InvalidKey { .. })));
    store.close()?;
    assert!(matches!(store.rotate_key(key(2)), Err(Error::Closed)));
    assert_eq!(contents(&path), before);
    let store = Store::options().encryption(key(1)).read_only(true).open(&path)?;
    assert!(matches!(store.rotate_key(key(2)), Err(Error::ReadOnly)));
    Ok(())
}

/// The key may change while encryption is being given up: the wrapped keys stay as long as something
/// needs them.
#[test]
fn it_works_where_encryption_is_turned_off() -> Result<()> {
    let (_directory, path) = place();
    put(Store::options().encryption(key(1)), &path, [page(1, 1)])?;
    let store = Store::options().encryption_off(key(1)).open(&path)?;
    store.rotate_key(key(2))?;
    store.collection::<Page>()?.put(page(2, 1))?;
    store.close()?;
    let store = Store::options().encryption(key(2)).open(&path)?;
    assert_eq!(pages(&store)?, [page(1, 1), page(2, 1)]);
    Ok(())
}
