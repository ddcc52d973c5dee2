//! Opening what is not a store, or not there: an error that says so, and nothing changed.

use super::common::contents;
use super::{Page, numbers, page, place};
use folio::{Error, Result, Store};
use std::fs;
use std::io::ErrorKind;
use std::sync::Barrier;
use std::thread;

#[test]
fn a_store_is_created_with_the_directories_above_it() -> Result<()> {
    let (_directory, path) = place();
    let deep = path.join("a").join("b").join("c");
    Store::open(&deep)?.collection::<Page>()?.put(page(1))?;
    assert_eq!(numbers(&Store::open(&deep)?)?, [1]);
    Ok(())
}

/// Two stores were created at once under a directory that was not there: the one that made it second
/// failed, since it was there then.
#[test]
fn stores_are_created_together_under_a_new_directory() {
    let (_directory, path) = place();
    for round in 0..20 {
        let above = path.join(round.to_string()).join("deep");
        let barrier = Barrier::new(8);
        thread::scope(|scope| {
            for number in 0..8 {
                let (above, barrier) = (&above, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    Store::open(above.join(number.to_string())).expect("the store is created");
                });
            }
        });
    }
}

#[test]
fn a_store_is_created_in_an_empty_directory() -> Result<()> {
    let (_directory, path) = place();
    fs::create_dir(&path).expect("a directory can be made");
    Store::open(&path)?.collection::<Page>()?.put(page(1))?;
    assert_eq!(numbers(&Store::open(&path)?)?, [1]);
    Ok(())
}

#[test]
fn a_file_is_no_store() {
    let (_directory, path) = place();
    fs::write(&path, "a letter").expect("the file can be written");
    match Store::open(&path) {
        Err(error @ Error::Io { .. }) => {
            assert!(error.to_string().contains("store.folio"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    let read_only = Store::options().read_only(true).open(&path);
    assert!(matches!(read_only, Err(Error::Io { .. })));
    assert_eq!(fs::read(&path).expect("it is there"), b"a letter");
}

#[test]
fn a_directory_with_other_files_is_no_store() {
    let (_directory, path) = place();
    fs::create_dir(&path).expect("a directory can be made");
    fs::write(path.join("letter.txt"), "a letter").expect("the file can be written");
    let before = contents(&path);
    for options in
        [Store::options(), Store::options().create(false), Store::options().read_only(true)]
    {
        let result = options.clone().open(&path);
        assert!(result.is_err(), "{options:?}");
        assert_eq!(contents(&path), before, "{options:?}");
    }
    match Store::open(&path) {
        Err(error) => assert!(error.to_string().contains("letter.txt"), "{error}"),
        other => panic!("{other:?}"),
    }
    fs::remove_file(path.join("letter.txt")).expect("the file can be removed");
    assert!(Store::open(&path).is_ok());
}

/// A log whose manifest is gone is no new store, and must not become one.
#[test]
fn a_log_without_a_manifest_is_no_new_store() -> Result<()> {
    let (_directory, path) = place();
    Store::open(&path)?.collection::<Page>()?.put(page(1))?;
    let manifest = fs::read(path.join("MANIFEST")).expect("it is there");
    fs::remove_file(path.join("MANIFEST")).expect("it can be removed");
    let before = contents(&path);
    assert!(matches!(Store::open(&path), Err(Error::Corrupt { .. })));
    assert_eq!(contents(&path), before);
    fs::write(path.join("MANIFEST"), manifest).expect("it can be written");
    assert_eq!(numbers(&Store::open(&path)?)?, [1]);
    Ok(())
}

#[test]
fn a_missing_store_is_not_created_when_that_is_not_wanted() -> Result<()> {
    let (_directory, path) = place();
    for exists in [false, true] {
        if exists {
            fs::create_dir(&path).expect("a directory can be made");
        }
        for options in [Store::options().create(false), Store::options().read_only(true)] {
            match options.clone().open(&path) {
                Err(Error::Io { source, .. }) => assert_eq!(source.kind(), ErrorKind::NotFound),
                other => panic!("{options:?}: {other:?}"),
            }
        }
        assert_eq!(path.exists(), exists);
    }
    assert!(contents(&path).is_empty());
    Store::open(&path)?.collection::<Page>()?.put(page(1))?;
    assert_eq!(numbers(&Store::options().create(false).open(&path)?)?, [1]);
    Ok(())
}

/// What begins as a store of a later format must not be touched by this one.
#[test]
fn a_format_of_the_future_is_refused_with_both_versions() -> Result<()> {
    let (_directory, path) = place();
    Store::open(&path)?.close()?;
    let manifest = path.join("MANIFEST");
    let mut bytes = fs::read(&manifest).expect("it is there");
    // Eight bytes of magic, four of checksum over the rest, four of version.
    bytes[12..16].copy_from_slice(&7_u32.to_le_bytes());
    let checksum = checksum(&bytes[12..]);
    bytes[8..12].copy_from_slice(&checksum.to_le_bytes());
    fs::write(&manifest, bytes).expect("it can be written");
    let before = contents(&path);
    match Store::open(&path) {
        Err(error @ Error::UnsupportedFormat { found: 7, .. }) => {
            let text = error.to_string();
            assert!(text.contains("version 7") && text.contains("version 1"), "{text}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(contents(&path), before);
    Ok(())
}

/// CRC-32, bit by bit: the test must not depend on what it tests.
fn checksum(bytes: &[u8]) -> u32 {
    let mut value = u32::MAX;
    for byte in bytes {
        value ^= u32::from(*byte);
        for _ in 0..8 {
            value = (value >> 1) ^ if value & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    !value
}

/// What a store was recovered from is told, also where it had to make do with less.
#[test]
fn an_opening_says_what_it_recovered() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let new = store.stats().opening;
    assert_eq!((new.checkpoint, new.damaged_checkpoints), (None, 0));
    assert_eq!((new.log_bytes, new.torn_bytes), (0, 0));
    store.collection::<Page>()?.put(page(1))?;
    let first = store.version();
    store.checkpoint()?;
    store.collection::<Page>()?.put(page(2))?;
    let second = store.version();
    store.checkpoint()?;
    store.close()?;

    let opening = Store::open(&path)?.stats().opening;
    assert_eq!((opening.checkpoint, opening.damaged_checkpoints), (Some(second), 0));
    assert_eq!(opening.torn_bytes, 0);
    assert!(opening.duration > std::time::Duration::ZERO);

    let mut names = contents(&path).into_keys();
    let newest = names.rfind(|name| name.contains(".ckp")).expect("there are two");
    let mut bytes = fs::read(path.join(&newest)).expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path.join(&newest), bytes).expect("it can be written");
    let store = Store::open(&path)?;
    let older = store.stats().opening;
    assert_eq!((older.checkpoint, older.damaged_checkpoints), (Some(first), 1));
    assert!(older.log_bytes > opening.log_bytes);
    assert_eq!(numbers(&store)?, [1, 2]);
    // The next one makes up for it.
    store.collection::<Page>()?.put(page(3))?;
    store.checkpoint()?;
    store.close()?;
    let again = Store::open(&path)?;
    assert_eq!(again.stats().opening.damaged_checkpoints, 0);
    again.close()
}

#[test]
fn an_opening_says_what_it_cut() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    store.collection::<Page>()?.put(page(1))?;
    store.close()?;
    let segment = path.join("0000000000000001.log");
    let mut bytes = fs::read(&segment).expect("it is there");
    bytes.extend(*b"torn\0\0end\0\0\0");
    fs::write(&segment, bytes).expect("it can be written");
    for (options, torn) in [(Store::options().read_only(true), 9), (Store::options(), 9)] {
        let store = options.open(&path)?;
        assert_eq!(store.stats().opening.torn_bytes, torn);
        assert_eq!(numbers(&store)?, [1]);
    }
    assert_eq!(Store::open(&path)?.stats().opening.torn_bytes, 0);
    Ok(())
}
