//! Whatever was written under one setting is read under another.

use super::{Page, key, page, pages, passphrase, place, put};
use crate::common::{crash_image, segments};
use folio::{Compression, EncryptionKey, Error, Options, Result, Store};

/// All ways to compress.
pub(crate) fn compressions() -> Vec<Compression> {
    vec![
        Compression::None,
        Compression::Snappy,
        #[cfg(feature = "zstd")]
        Compression::Zstd(1),
        #[cfg(feature = "zstd")]
        Compression::Zstd(19),
        #[cfg(feature = "gzip")]
        Compression::Gzip(6),
    ]
}

/// All kinds of keys.
fn keys() -> Vec<EncryptionKey> {
    vec![
        EncryptionKey::from_bytes([1; 16]),
        EncryptionKey::from_bytes([2; 24]),
        EncryptionKey::from_bytes([3; 32]),
        passphrase("correct horse battery staple"),
    ]
}

/// Each life of the store puts some pages, small and large, one by one and together.
fn live(options: Options, path: &std::path::Path, expected: &mut Vec<Page>) -> Result<()> {
    let store = options.open(path)?;
    assert_eq!(pages_or_none(&store), *expected);
    let collection = store.collection::<Page>()?;
    let first = expected.len() as u64;
    for (number, words) in [(first, 1), (first + 1, 2_000)] {
        collection.put(page(number, words))?;
        expected.push(page(number, words));
    }
    let batch: Vec<Page> = (first + 2..first + 20).map(|number| page(number, 3)).collect();
    collection.put_all(batch.clone())?;
    expected.extend(batch);
    Ok(())
}

fn pages_or_none(store: &Store) -> Vec<Page> {
    match pages(store) {
        Ok(pages) => pages,
        Err(Error::NotFound { .. }) => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_store_is_read_under_every_setting_that_was_not_its_own() -> Result<()> {
    for key in keys() {
        let (_directory, path) = place();
        let mut expected = Vec::new();
        for round in 0..2 {
            for compression in compressions() {
                let options = Store::options().compression(compression).encryption(key.clone());
                live(options, &path, &mut expected)?;
            }
            assert_eq!(segments(&path).len(), (round + 1) * compressions().len());
        }
        for compression in compressions() {
            let options = Store::options().compression(compression).encryption(key.clone());
            assert_eq!(pages(&options.read_only(true).open(&path)?)?, expected);
        }
    }
    Ok(())
}

#[test]
fn plain_and_encrypted_parts_are_read_together() -> Result<()> {
    let (_directory, path) = place();
    let mut expected = Vec::new();
    live(Store::options(), &path, &mut expected)?;
    live(Store::options().encryption(key(1)), &path, &mut expected)?;
    live(Store::options().encryption(key(1)), &path, &mut expected)?;
    live(Store::options().encryption_off(key(1)), &path, &mut expected)?;
    live(Store::options().encryption_off(key(1)), &path, &mut expected)?;
    live(Store::options().encryption(key(1)), &path, &mut expected)?;
    assert!(matches!(Store::open(&path), Err(Error::WrongKey)));
    let store = Store::options().encryption(key(1)).open(&path)?;
    assert_eq!(pages(&store)?, expected);
    Ok(())
}

/// The last segment was not closed, and is written anew as it was stored.
#[test]
fn what_a_crash_left_is_read_and_goes_on() -> Result<()> {
    for compression in compressions() {
        for options in [Store::options(), Store::options().encryption(key(4))] {
            let options = options.compression(compression);
            let (_directory, mut path) = place();
            let mut directories = Vec::new();
            for round in 0..4 {
                let store = options.clone().open(&path)?;
                let collection = store.collection::<Page>()?;
                assert_eq!(collection.len() as u64, 2 * round);
                collection.put(page(2 * round, 500))?;
                collection.put(page(2 * round + 1, 1))?;
                let (directory, image) = place();
                crash_image(&path, &image);
                directories.push(directory);
                path = image;
            }
            let store = options.clone().open(&path)?;
            assert_eq!(
                pages(&store)?,
                (0..8)
                    .map(|number| { page(number, if number % 2 == 0 { 500 } else { 1 }) })
                    .collect::<Vec<_>>()
            );
        }
    }
    Ok(())
}

/// Segments that fill up while the store is open have keys of their own.
#[test]
fn a_full_segment_is_followed_by_another() -> Result<()> {
    let (_directory, path) = place();
    let options = || super::plainly().segment_bytes(64 << 10).encryption(key(1));
    put(options(), &path, (0..40).map(|number| page(number, 500)))?;
    assert!(segments(&path).len() > 4);
    assert_eq!(pages(&options().open(&path)?)?.len(), 40);
    Ok(())
}
