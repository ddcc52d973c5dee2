//! A store that is encrypted anew: who had its key, and a copy of its manifest, has nothing of it any more.

use super::{Page, key, page, pages, passphrase, place, plainly, put};
use crate::common::{contents, segments, wait_until};
use folio::{Durability, EncryptionKey, Error, Result, Store, Version};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

fn expected(count: u64) -> Vec<Page> {
    (0..count).map(|number| page(number, 20)).collect()
}

/// A file with the bytes of another one, but for the epoch in its header, and a checksum that is right.
fn with_epoch(bytes: &[u8], epoch: u32) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[88..92].copy_from_slice(&epoch.to_le_bytes());
    let checksum = crc32fast::hash(&bytes[12..128]);
    bytes[8..12].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// What can be read of one file with a manifest and a key, as it is and with whatever epoch it might say.
fn readable(manifest: &[u8], key: &EncryptionKey, name: &str, file: &[u8]) -> u64 {
    let all = [file.to_vec(), with_epoch(file, 1), with_epoch(file, 2)];
    let read = all.iter().map(|bytes| {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("MANIFEST"), manifest).unwrap();
        fs::write(directory.path().join(name), bytes).unwrap();
        let report = Store::options().encryption(key.clone()).verify(directory.path()).unwrap();
        report.commits + report.collections.iter().map(|found| found.records).sum::<u64>()
    });
    read.sum()
}

#[test]
fn the_old_key_and_the_old_manifest_open_nothing() -> Result<()> {
    for (old, new) in [
        (key(1), key(2)),
        (key(1), key(1)),
        (EncryptionKey::from_bytes([3; 16]), passphrase("another")),
        (passphrase("one"), EncryptionKey::from_bytes([4; 24])),
    ] {
        let (_directory, path) = place();
        for round in 0..3 {
            put(
                plainly().encryption(old.clone()),
                &path,
                (round * 10..round * 10 + 10).map(|number| page(number, 20)),
            )?;
        }
        let store = plainly().encryption(old.clone()).open(&path)?;
        store.checkpoint()?;
        store.collection::<Page>()?.put(page(30, 20))?;
        let before = contents(&path);
        assert_eq!(store.reencrypt(new.clone())?.kept_segments, 0);
        assert_eq!(pages(&store)?, expected(31));
        // Without anything in between, and for what comes.
        store.collection::<Page>()?.put_all([page(31, 20), page(32, 20)])?;
        let version = store.version();
        store.close()?;
        let after = contents(&path);
        for name in after.keys().filter(|name| *name != "LOCK" && *name != "MANIFEST") {
            assert_ne!(before.get(name), after.get(name), "{name}");
        }

        let store = plainly().encryption(new.clone()).open(&path)?;
        assert_eq!((pages(&store)?, store.version()), (expected(33), version));
        assert!(store.verify()?.is_intact());
        store.close()?;
        let (manifest, mut read, mut files) = (&before["MANIFEST"], 0, 0);
        let is_file = |name: &String| name.contains(".log") || name.contains(".ckp");
        for (name, file) in after.iter().filter(|(name, _)| is_file(name)) {
            assert_eq!(readable(manifest, &old, name, file), 0, "{name}");
            files += 1;
        }
        assert!(files >= 2);
        for (name, file) in before.iter().filter(|(name, _)| is_file(name)) {
            // That it could be read is why it had to go. A torn end is none of it.
            read += readable(manifest, &old, name, file);
            // And who has the new key alone can't read a copy of it.
            assert_eq!(readable(&after["MANIFEST"], &new, name, file), 0, "{name}");
        }
        assert!(read > 30);
        fs::write(path.join("MANIFEST"), manifest).unwrap();
        let opened = plainly().encryption(old).open(&path);
        assert!(matches!(opened, Err(Error::Corrupt { .. })), "{opened:?}");
    }
    Ok(())
}

#[test]
fn it_goes_on_beside_commits_and_reads() -> Result<()> {
    let (_directory, path) = place();
    let options = || plainly().segment_bytes(64 << 10);
    let store = options().encryption(key(1)).open(&path)?;
    let collection = store.collection::<Page>()?;
    let (done, written) = (AtomicBool::new(false), AtomicU64::new(0));
    // Few pages, again and again: what is live does not grow.
    let nth = |number: u64| Page { text: number.to_string().repeat(500), ..page(number % 8, 1) };
    thread::scope(|scope| -> Result<()> {
        let writer = scope.spawn(|| -> Result<()> {
            while !done.load(Ordering::Relaxed) {
                let number = written.load(Ordering::Relaxed);
                collection.put(nth(number))?;
                written.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
        for round in 2..12 {
            let so_far = written.load(Ordering::Relaxed);
            store.reencrypt(key(round))?;
            wait_until("commits go on", || {
                written.load(Ordering::Relaxed) > so_far + 8 || writer.is_finished()
            });
        }
        done.store(true, Ordering::Relaxed);
        writer.join().expect("the writer does not panic")
    })?;
    store.close()?;
    let store = options().encryption(key(11)).open(&path)?;
    let written = written.into_inner();
    let mut expected: Vec<Page> = (written - 8..written).map(nth).collect();
    expected.sort_by_key(|page| page.number);
    assert!(pages(&store)? == expected);
    assert!(store.verify()?.is_intact());
    Ok(())
}

/// The segments of a ledger are what their chain says. They stay, under the key that they have.
#[test]
fn the_segments_of_a_ledger_stay_as_they_are() -> Result<()> {
    let (directory, path) = place();
    let archive = directory.path().join("archive");
    let options = |byte| plainly().encryption(key(byte)).archive(&archive);
    put(options(1), &path, [page(0, 20), page(1, 20)])?;
    let store = options(1).open(&path)?;
    store.collection::<Page>()?.put(page(2, 20))?;
    store.compact()?;
    store.collection::<Page>()?.put(page(3, 20))?;
    let (before, head) = (contents(&path), store.head()?);
    assert!(!segments(&archive).is_empty());
    let moved = contents(&archive);
    let kept = store.reencrypt(key(2))?.kept_segments;
    assert_eq!(kept, segments(&archive).len() as u64 + 1);
    store.collection::<Page>()?.put(page(4, 20))?;
    store.compact()?;
    store.close()?;

    let store = options(2).open(&path)?;
    assert_eq!(pages(&store)?, expected(5));
    assert_eq!(store.commits(..)?.collect::<Result<Vec<_>>>()?.len(), 6);
    store.check_witness(&head)?;
    assert_eq!(store.as_of(Version::new(2))?.collection::<Page>()?.len(), 1);
    store.close()?;
    // What was there is there, as it was: for whoever has the old manifest and its key, too.
    let (mut old, mut new) = (0, 0);
    for (name, file) in contents(&archive) {
        let is_kept = moved.contains_key(&name) || before.contains_key(&name);
        let read = readable(&before["MANIFEST"], &key(1), &name, &file);
        assert_eq!(read > 0, is_kept, "{name}");
        *if is_kept { &mut old } else { &mut new } += 1;
    }
    assert_eq!(old, kept);
    assert!(new > 0);
    Ok(())
}

/// A store of which a part was written without a key has none of that behind it.
#[test]
fn nothing_is_left_that_was_not_encrypted() -> Result<()> {
    let (_directory, path) = place();
    put(plainly(), &path, [page(0, 20), page(1, 20)])?;
    let store = plainly().encryption(key(1)).open(&path)?;
    store.collection::<Page>()?.put(page(2, 20))?;
    let is_plain = || {
        let files = contents(&path).into_values();
        files
            .flat_map(|file| file.windows(7).map(|part| part == b"of page").collect::<Vec<_>>())
            .any(|is_it| is_it)
    };
    assert!(is_plain());
    store.reencrypt(key(2))?;
    assert!(!is_plain());
    store.close()?;
    assert_eq!(pages(&plainly().encryption(key(2)).open(&path)?)?, expected(3));
    Ok(())
}

#[test]
fn a_store_with_nothing_in_it_or_nothing_new_is_encrypted_anew() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::options().encryption(key(1)).open(&path)?;
    store.reencrypt(key(2))?;
    store.reencrypt(key(3))?;
    store.close()?;
    put(Store::options().encryption(key(3)), &path, [page(0, 20)])?;
    let store = Store::options().encryption(key(3)).open(&path)?;
    store.compact()?;
    for round in 4..7 {
        let before = contents(&path);
        store.reencrypt(key(round))?;
        let after = contents(&path);
        let common = |name: &&String| before.get(*name) == after.get(*name) && *name != "LOCK";
        assert_eq!(after.keys().filter(common).count(), 0);
        assert_eq!(store.version(), Version::new(2));
    }
    store.close()?;
    let store = Store::options().encryption(key(6)).open(&path)?;
    assert_eq!(pages(&store)?, expected(1));
    store.rotate_key(key(7))?;
    store.close()?;
    assert_eq!(pages(&Store::options().encryption(key(7)).open(&path)?)?, expected(1));
    Ok(())
}

#[test]
fn where_there_is_no_key_nothing_is_encrypted_anew() -> Result<()> {
    assert!(matches!(Store::in_memory().reencrypt(key(1)), Err(Error::NotEncrypted)));
    let (_directory, path) = place();
    let unchanged = |path: &Path, before: &BTreeMap<String, Vec<u8>>| contents(path) == *before;
    put(Store::options(), &path, [page(0, 20)])?;
    let before = contents(&path);
    let store = Store::open(&path)?;
    assert!(matches!(store.reencrypt(key(1)), Err(Error::NotEncrypted)));
    store.close()?;
    assert!(unchanged(&path, &before));
    put(Store::options().encryption(key(1)), &path, [page(1, 20)])?;
    let store = Store::options().encryption_off(key(1)).open(&path)?;
    assert!(matches!(store.reencrypt(key(2)), Err(Error::NotEncrypted)));
    store.close()?;
    let store = Store::options().encryption(key(1)).open(&path)?;
    let no_key = EncryptionKey::from_bytes([0; 16]);
    let before = contents(&path);
    assert!(matches!(store.reencrypt(no_key), Err(Error::InvalidKey { .. })));
    assert!(unchanged(&path, &before));
    store.close()?;
    assert!(matches!(store.reencrypt(key(2)), Err(Error::Closed)));
    let store = Store::options().encryption(key(1)).read_only(true).open(&path)?;
    assert!(matches!(store.reencrypt(key(2)), Err(Error::ReadOnly)));
    Ok(())
}

/// A backup of before stays what it is; one that is made behind it is of the new key, and whole.
#[test]
fn backups_are_of_the_key_that_the_store_has() -> Result<()> {
    let (directory, path) = place();
    let at = |name: &str| directory.path().join(name);
    let store = plainly().encryption(key(1)).open(&path)?;
    store.collection::<Page>()?.put_all((0..5).map(|number| page(number, 20)))?;
    store.backup(at("both"))?;
    store.backup(at("before"))?;
    store.reencrypt(key(2))?;
    store.collection::<Page>()?.put(page(5, 20))?;
    assert_eq!(store.backup(at("both"))?.continues, None);
    store.collection::<Page>()?.put(page(6, 20))?;
    assert!(store.backup(at("both"))?.continues.is_some());
    store.close()?;
    for (name, right, wrong, count) in [("before", 1, 2, 5), ("both", 2, 1, 7)] {
        let target = at(&format!("restored from {name}"));
        let refused = Store::options().encryption(key(wrong)).restore(at(name), &target);
        assert!(matches!(refused, Err(Error::WrongKey)), "{refused:?}");
        Store::options().encryption(key(right)).restore(at(name), &target)?;
        let store = Store::options().encryption(key(right)).open(&target)?;
        assert_eq!(pages(&store)?, expected(count));
    }
    Ok(())
}

/// A restore that ends inside a flush writes a part of that anew. It was encrypted, and stays so, though
/// the store had turned encryption off when the backup was made.
#[test]
fn a_flush_that_is_restored_in_part_stays_encrypted() -> Result<()> {
    let (directory, path) = place();
    // What the background writes is written when somebody asks for it, all together.
    let together = plainly().durability(Durability::Background).flush_interval(Duration::MAX);
    let store = together.encryption(key(1)).open(&path)?;
    for number in 0..3 {
        store.collection::<Page>()?.put(page(number, 20))?;
    }
    store.sync()?;
    store.close()?;
    let store = plainly().encryption_off(key(1)).open(&path)?;
    store.collection::<Page>()?.put(Page { text: "plain".to_owned(), ..page(9, 1) })?;
    let (backup, restored) = (directory.path().join("backup"), directory.path().join("restored"));
    store.backup(&backup)?;
    store.close()?;
    for version in 2..5 {
        let _ = fs::remove_dir_all(&restored);
        let options = || plainly().encryption_off(key(1));
        options().restore_until(&backup, &restored, Version::new(version))?;
        for (name, bytes) in contents(&restored) {
            let plain = bytes.windows(7).any(|part| part == b"of page");
            assert!(!plain, "{name} at version {version}");
        }
        let store = options().open(&restored)?;
        assert_eq!(pages(&store)?, expected(version - 1));
    }
    Ok(())
}
