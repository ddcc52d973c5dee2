//! Witnesses: whoever changes the history, however well, is found out by a hash that was kept elsewhere.

use crate::common::{self, Random};
use crate::{Item, commit_something, open};
use folio::{Durability, Error, Head, Store, Version};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn a_log_that_went_on_fits_every_witness_of_before() {
    let mut random = Random::new(common::seed("witness"));
    let (directory, store) = open();
    let mut heads = vec![store.head().unwrap()];
    for _ in 0..30 {
        commit_something(&store, &mut random);
        let head = store.head().unwrap();
        assert_eq!(head.version, store.version());
        assert_eq!(store.commits(head.version..).unwrap().last().unwrap().unwrap().hash, head.hash);
        heads.push(head);
    }
    let check_all = |store: &Store, heads: &[Head]| {
        for head in heads {
            let end = store.check_witness(head).unwrap();
            assert_eq!(end.version, store.version());
            assert_eq!(store.check_witness(&end).unwrap(), end);
        }
    };
    check_all(&store, &heads);
    store.close().unwrap();
    check_all(&store, &heads);
    drop(store);
    let path = directory.path().join("store.folio");
    let store = Store::open(&path).unwrap();
    heads.push(store.head().unwrap());
    check_all(&store, &heads);
    commit_something(&store, &mut random);
    heads.push(store.head().unwrap());
    check_all(&store, &heads);
    drop(store);
    let store = Store::options().read_only(true).open(&path).unwrap();
    heads.push(store.head().unwrap());
    check_all(&store, &heads);
}

#[test]
fn a_head_is_durable_at_whatever_level_its_commit_was() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let store = Store::options().durability(Durability::Background).open(&path).unwrap();
    let empty = store.head().unwrap();
    assert_eq!(empty.version, Version::new(0));
    assert_eq!(store.check_witness(&empty).unwrap(), empty);
    store.collection::<Item>().unwrap().put(Item { id: 1, price: 1 }).unwrap();
    let head = store.head().unwrap();
    assert_eq!(head.version, Version::new(2));
    let image = directory.path().join("image");
    common::crash_image(&path, &image);
    let image = Store::open(image).unwrap();
    assert_eq!(image.check_witness(&head).unwrap().version, head.version);
    assert_eq!(image.check_witness(&empty).unwrap().version, head.version);
}

#[test]
fn a_witness_of_another_store_or_of_the_future_does_not_fit() {
    let ((_one, one), (_other, other)) = (open(), open());
    let head = other.head().unwrap();
    let found = one.check_witness(&head).unwrap_err();
    assert!(matches!(found, Error::WitnessMismatch { version, .. } if version == head.version));
    let ahead = Head { version: Version::new(9), ..one.head().unwrap() };
    let found = one.check_witness(&ahead).unwrap_err().to_string();
    assert!(found.contains("the log ends with version 2"), "{found}");
    let text = head.to_string();
    for bad in [
        "",
        "2",
        "2:",
        "x:00",
        &text[..text.len() - 1],
        &format!("{text}0"),
        &text.replace(':', ""),
    ] {
        assert!(bad.parse::<Head>().is_err(), "{bad}");
    }
}

/// The files of the log, in order.
fn segments(store: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(store)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "log"))
        .collect();
    files.sort();
    files
}

/// A store with three segments, and the heads on the way.
fn ledger(directory: &Path) -> (PathBuf, Vec<Head>) {
    let path = directory.join("ledger");
    let mut heads = Vec::new();
    for part in 0..3 {
        let store = Store::options().ledger(true).open(&path).unwrap();
        let items = store.collection::<Item>().unwrap();
        for id in 0..5 {
            items.put(Item { id: part * 10 + id, price: 77 }).unwrap();
            heads.push(store.head().unwrap());
        }
        drop(items);
        store.close().unwrap();
    }
    assert_eq!(segments(&path).len(), 3);
    (path, heads)
}

#[test]
fn a_flipped_bit_is_found_where_it_is() {
    let mut random = Random::new(common::seed("bit"));
    let directory = tempfile::tempdir().unwrap();
    let (path, heads) = ledger(directory.path());
    let store = Store::open(&path).unwrap();
    for _ in 0..60 {
        let file = segments(&path)[random.place(3)].clone();
        let intact = fs::read(&file).unwrap();
        let mut bytes = intact.clone();
        let bit = random.place(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&file, &bytes).unwrap();
        // The store is open, and reads the files anew.
        match store.check_witness(&heads[14]) {
            Err(Error::Corrupt { file: damaged, offset, .. }) => {
                assert_eq!(damaged.file_name(), file.file_name(), "bit {bit}");
                assert!(
                    usize::try_from(offset).unwrap() <= bit / 8,
                    "bit {bit}, found at {offset}"
                );
            }
            // The seal of the last segment is behind all commits, and a format that is not known says so.
            Ok(_) => {
                assert!(bit / 8 >= bytes.len() - 96 && file == segments(&path)[2], "bit {bit}");
            }
            Err(Error::UnsupportedFormat { .. }) => panic!("the checksum comes first"),
            Err(other) => panic!("bit {bit}: {other}"),
        }
        fs::write(&file, &intact).unwrap();
    }
    store.check_witness(&heads[14]).unwrap();
}

#[test]
fn a_segment_that_is_gone_is_missed() {
    let directory = tempfile::tempdir().unwrap();
    let (path, heads) = ledger(directory.path());
    let files = segments(&path);
    {
        let store = Store::options().ledger(true).open(&path).unwrap();
        for (number, file) in files.iter().enumerate() {
            let bytes = fs::read(file).unwrap();
            fs::remove_file(file).unwrap();
            let found = store.check_witness(&heads[14]).unwrap_err();
            let named = match &found {
                // It might be in an archive.
                Error::MissingSegment { file: missing, archive: None } => {
                    number == 0 && missing == file
                }
                Error::Corrupt { file: missing, .. } => number > 0 && missing == file,
                _ => false,
            };
            assert!(named, "segment {number}: {found}");
            fs::write(file, bytes).unwrap();
        }
    }
    {
        // No ledger: the log may begin later, and a witness of before can't be checked any more.
        let store = Store::options().ledger(false).open(&path).unwrap();
        let bytes = fs::read(&files[0]).unwrap();
        fs::remove_file(&files[0]).unwrap();
        let found = store.check_witness(&heads[0]).unwrap_err();
        assert!(matches!(found, Error::OutOfHistory { oldest } if oldest == heads[4].version));
        store.check_witness(&heads[5]).unwrap();
        fs::write(&files[0], bytes).unwrap();
    }
    // A log without its last segment opens: nothing in it says that there was more. The witness does.
    fs::remove_file(&files[2]).unwrap();
    let store = Store::open(&path).unwrap();
    store.check_witness(&heads[9]).unwrap();
    let found = store.check_witness(&heads[14]).unwrap_err();
    assert!(
        matches!(found, Error::WitnessMismatch { version, .. } if version == heads[14].version)
    );
}

/// How well somebody knows the format.
#[derive(PartialEq)]
enum Skill {
    /// Computes the checksum of what was changed.
    Checksums,
    /// Computes every checksum and hash behind it anew, in all segments.
    Hashes,
}

/// Changes the price in a record of the log.
fn falsify(store: &Path, id: u64, skill: &Skill) {
    const HEADER: usize = 96;
    let mut chain: Option<[u8; 32]> = None;
    for file in segments(store) {
        let mut bytes = fs::read(&file).unwrap();
        if let (Some(chain), Skill::Hashes) = (chain, skill) {
            bytes[56..88].copy_from_slice(&chain);
            let sum = crc32fast::hash(&bytes[12..128]).to_le_bytes();
            bytes[8..12].copy_from_slice(&sum);
        }
        let mut previous: [u8; 32] = bytes[56..88].try_into().unwrap();
        let mut at = 128;
        while bytes[at..].starts_with(b"fRm1") {
            let size: [u8; 4] = bytes[at + 12..at + 16].try_into().unwrap();
            let end = at + HEADER + usize::try_from(u32::from_le_bytes(size)).unwrap();
            // The id, and 77 behind it.
            let record = [u8::try_from(id).unwrap(), 77];
            let payload = &mut bytes[at + HEADER..end];
            if payload.ends_with(&record) {
                let last = payload.len() - 1;
                payload[last] = 78;
            }
            let mut hash = Sha256::new();
            hash.update(previous);
            hash.update(&bytes[at + 8..at + 64]);
            hash.update(&bytes[at + HEADER..end]);
            previous = hash.finalize().into();
            if *skill == Skill::Hashes {
                bytes[at + 64..at + HEADER].copy_from_slice(&previous);
            }
            let sum = crc32fast::hash(&bytes[at + 8..end]).to_le_bytes();
            bytes[at + 4..at + 8].copy_from_slice(&sum);
            at = end;
            if at == bytes.len() {
                break;
            }
        }
        chain = Some(previous);
        fs::write(&file, bytes).unwrap();
    }
}

#[test]
fn a_falsified_commit_breaks_the_chain() {
    let directory = tempfile::tempdir().unwrap();
    let (path, heads) = ledger(directory.path());
    let store = Store::open(&path).unwrap();
    falsify(&path, 11, &Skill::Checksums);
    for head in &heads {
        let found = store.check_witness(head).unwrap_err();
        let second = segments(&path)[1].clone();
        assert!(matches!(&found, Error::Corrupt { file, .. } if *file == second), "{found}");
    }
    assert!(store.commits(..).unwrap().any(|commit| commit.is_err()));
    drop(store);
    assert!(matches!(Store::open(&path), Err(Error::Corrupt { .. })));
}

#[test]
fn a_falsified_commit_is_found_though_all_hashes_were_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let (path, heads) = ledger(directory.path());
    falsify(&path, 11, &Skill::Hashes);
    // Nothing in the store contradicts itself.
    let store = Store::open(&path).unwrap();
    assert_eq!(store.collection::<Item>().unwrap().get(&11).unwrap().price, 78);
    for (place, head) in heads.iter().enumerate() {
        let checked = store.check_witness(head);
        // Item 11 is the seventh.
        if place < 6 {
            checked.unwrap();
        } else {
            let found = checked.unwrap_err();
            assert!(
                matches!(&found, Error::WitnessMismatch { version, .. } if *version == head.version)
            );
            assert!(found.to_string().contains("another hash"), "{found}");
        }
    }
}
