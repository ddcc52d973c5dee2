//! What can be seen in the files: nothing of the records, no salt or nonce twice, and whether
//! compression was worth it.

use super::settings::compressions;
use super::{key, page, passphrase, place, plainly, put};
use crate::common::{SEGMENT_HEADER_BYTES, contents, segments};
use folio::{Compression, Options, Result, Store};
use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// The frames of a segment: header and payload of each.
pub(crate) fn frames(segment: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut rest = &segment[usize::try_from(SEGMENT_HEADER_BYTES).unwrap()..];
    let mut found = Vec::new();
    while rest.starts_with(b"fRm1") {
        let (header, behind) = rest.split_at(96);
        let size = u32::from_le_bytes(header[12..16].try_into().unwrap());
        let (payload, behind) = behind.split_at(usize::try_from(size).unwrap());
        found.push((header, payload));
        rest = behind;
    }
    found
}

/// What is in the files of a store in a way that everybody can read.
fn shows(path: &Path, text: &str) -> bool {
    contents(path)
        .values()
        .any(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
}

#[test]
fn nothing_of_a_record_is_in_any_file() -> Result<()> {
    const SECRETS: [&str; 5] = ["pages", "Page", "shelf", "word 3 of page", "Ministry"];
    let (_directory, plain) = place();
    let mut secret = page(3, 1);
    secret.shelf = "Ministry".into();
    put(plainly(), &plain, [secret.clone()])?;
    for text in SECRETS {
        assert!(shows(&plain, text), "{text} could be found");
    }
    for compression in compressions() {
        let (_directory, path) = place();
        let options = || Store::options().compression(compression).encryption(key(1));
        put(options(), &path, [secret.clone(), page(4, 1_000)])?;
        let store = options().open(&path)?;
        // Metadata is a part of the commit.
        store
            .transaction()
            .meta("by", "Ministry")
            .run(|tx| tx.collection::<super::Page>()?.put(page(5, 1_000)).map(|_| ()))?;
        store.rotate_key(passphrase("Ministry"))?;
        for text in SECRETS {
            assert!(!shows(&path, text), "{text} was written by an open store");
        }
        store.close()?;
        for text in SECRETS {
            assert!(!shows(&path, text), "{text} was left by a closed store");
        }
    }
    Ok(())
}

/// The epoch, the size of the key and the salt of a segment.
fn mark(segment: &[u8]) -> &[u8] {
    &segment[88..112]
}

/// A key is that of a segment's salt, and a nonce the sequence of a frame.
#[test]
fn no_salt_and_no_nonce_comes_twice() -> Result<()> {
    let (_directory, path) = place();
    let (mut salts, mut nonces) = (HashSet::new(), HashSet::new());
    for round in 0..6 {
        let options = plainly().segment_bytes(64 << 10).encryption(key(1));
        let store = options.open(&path)?;
        let pages = store.collection::<super::Page>()?;
        for number in 0..5 {
            pages.put(page(10 * round + number, 1_000))?;
        }
        if round % 2 == 0 {
            store.close()?;
        }
    }
    let files = segments(&path);
    assert!(files.len() > 10);
    for file in files {
        let bytes = fs::read(file).unwrap();
        assert_eq!(&mark(&bytes)[..8], [1, 0, 0, 0, 32, 0, 0, 0]);
        let salt = mark(&bytes)[8..].to_vec();
        assert!(salts.insert(salt.clone()), "a salt came twice");
        for (header, payload) in frames(&bytes) {
            let is_seal = header[8] == 2;
            assert_eq!(is_seal, payload.is_empty());
            assert_eq!(header[61], u8::from(!is_seal), "whether it is encrypted");
            assert!(nonces.insert((salt.clone(), header[32..40].to_vec())), "a nonce came twice");
        }
    }
    Ok(())
}

/// A segment that was not finished is created again under the same number, with another salt.
#[test]
fn a_segment_that_is_created_again_has_another_key() -> Result<()> {
    let (_directory, path) = place();
    let options = || plainly().encryption(key(1));
    put(options(), &path, [page(1, 1)])?;
    let mut salts = HashSet::new();
    for _ in 0..5 {
        put(options(), &path, [page(2, 1)])?;
        let last = segments(&path).pop().unwrap();
        assert!(last.ends_with("0000000000000002.log"));
        assert!(salts.insert(mark(&fs::read(&last).unwrap()).to_vec()));
        // A crash in the middle of its creation left a file without anything in it.
        fs::write(&last, "").unwrap();
    }
    Ok(())
}

fn log_bytes(options: Options, text: &str) -> Result<(usize, Vec<u8>)> {
    let (_directory, path) = place();
    let page = super::Page { text: text.into(), ..page(1, 0) };
    put(options, &path, [page])?;
    let bytes = fs::read(segments(&path).pop().unwrap()).unwrap();
    let methods = frames(&bytes).iter().map(|(header, _)| header[60]).collect();
    Ok((bytes.len(), methods))
}

#[test]
fn what_gets_smaller_is_compressed_and_all_else_is_not() -> Result<()> {
    let noise: String = (0..4_000_u64)
        .map(|number| char::from(b'!' + u8::try_from(number.wrapping_pow(7) % 89).unwrap()))
        .collect();
    let words = "one word or another; ".repeat(200);
    let code = |compression| match compression {
        Compression::None => 0,
        Compression::Snappy => 1,
        #[cfg(feature = "zstd")]
        Compression::Zstd(_) => 2,
        _ => 3,
    };
    for compression in compressions() {
        let options = || Store::options().compression(compression);
        // The collection, the page, the seal.
        let (size, methods) = log_bytes(options(), "a short text")?;
        assert_eq!(methods, [0, 0, 0], "{compression:?}");
        assert_eq!((size, methods), log_bytes(plainly(), "a short text")?);

        let (size, methods) = log_bytes(options(), &words)?;
        assert_eq!(methods, [0, code(compression), 0]);
        let (plain, _) = log_bytes(plainly(), &words)?;
        assert_eq!(size < plain / 2, compression != Compression::None, "{size} of {plain}");
        let (size, _) = log_bytes(options(), &noise)?;
        let (plain, _) = log_bytes(plainly(), &noise)?;
        assert!(size <= plain);
        // Compressed first: what is encrypted would not get smaller.
        let (size, methods) = log_bytes(options().encryption(key(1)), &words)?;
        assert_eq!(methods, [0, code(compression), 0]);
        assert_eq!(size < plain / 2, compression != Compression::None);
    }
    Ok(())
}
