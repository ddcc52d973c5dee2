//! Checkpoints are compressed and encrypted as the log is, and take the place of what was written
//! under another setting.

use super::{key, page, pages, place, plainly, put};
use folio::{Compression, Error, Result, Store};
use std::fs;
use std::path::Path;

/// Whether a word stands in any file of a store as it is.
fn shows(path: &Path, word: &str) -> bool {
    let files = fs::read_dir(path).expect("the directory is there");
    let mut bytes = files.map(|file| fs::read(file.expect("a file").path()).expect("it is read"));
    bytes.any(|bytes| bytes.windows(word.len()).any(|window| window == word.as_bytes()))
}

#[test]
fn turning_encryption_on_and_compacting_leaves_nothing_to_read() -> Result<()> {
    for in_between in [false, true] {
        let (_directory, path) = place();
        put(plainly(), &path, (0..50).map(|number| page(number, 20)))?;
        if in_between {
            let store = plainly().open(&path)?;
            store.checkpoint()?;
            store.close()?;
        }
        assert!(shows(&path, "of page 33"));
        let store = plainly().encryption(key(1)).open(&path)?;
        store.compact()?;
        store.close()?;
        assert!(!shows(&path, "of page 33"));
        assert!(matches!(Store::open(&path), Err(Error::WrongKey)));
        let store = Store::options().encryption(key(1)).open(&path)?;
        assert_eq!(pages(&store)?.len(), 50);
    }
    Ok(())
}

#[test]
fn turning_encryption_off_and_compacting_leaves_nothing_that_needs_the_key() -> Result<()> {
    let (_directory, path) = place();
    put(plainly().encryption(key(1)), &path, (0..50).map(|number| page(number, 20)))?;
    let store = plainly().encryption(key(1)).open(&path)?;
    store.checkpoint()?;
    store.close()?;
    let store = plainly().encryption_off(key(1)).open(&path)?;
    store.compact()?;
    store.close()?;
    assert!(shows(&path, "of page 33"));
    // The manifest has the key until the next opening finds that nothing needs it.
    plainly().encryption_off(key(1)).open(&path)?.close()?;
    assert_eq!(pages(&Store::open(&path)?)?.len(), 50);
    Ok(())
}

#[test]
fn a_checkpoint_opens_under_every_setting_and_after_a_rotation() -> Result<()> {
    let (_directory, path) = place();
    let mut expected = Vec::new();
    let compressions = [Compression::None, Compression::Snappy];
    for (round, compression) in (1_u8..).zip(compressions.into_iter().cycle().take(6)) {
        let options = || Store::options().compression(compression).encryption(key(round));
        let store = options().open(&path)?;
        let collection = store.collection::<super::Page>()?;
        for number in 0..20 {
            let page = page(u64::from(round) * 100 + number, 50);
            collection.put(page.clone())?;
            expected.push(page);
        }
        store.checkpoint()?;
        store.rotate_key(key(round + 1))?;
        store.close()?;
        let store = Store::options().encryption(key(round + 1)).open(&path)?;
        assert_eq!(pages(&store)?, expected);
    }
    Ok(())
}

#[test]
fn every_flipped_byte_of_an_encrypted_checkpoint_is_found() -> Result<()> {
    let (_directory, path) = place();
    put(plainly().encryption(key(1)), &path, (0..3).map(|number| page(number, 1)))?;
    let open = || Store::options().encryption(key(1)).open(&path);
    let store = open()?;
    store.compact()?;
    store.close()?;
    let file = path.join("0000000000000002.ckp");
    let bytes = fs::read(&file).expect("the checkpoint is there");
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        *damaged.get_mut(place).expect("a place in it") ^= 0x10;
        fs::write(&file, damaged).expect("it is written");
        match open() {
            Err(Error::Corrupt { file, .. }) => assert!(file.ends_with("0000000000000002.ckp")),
            Err(Error::UnsupportedFormat { .. }) if (12..16).contains(&place) => {}
            other => panic!("byte {place}: {other:?}"),
        }
    }
    Ok(())
}
