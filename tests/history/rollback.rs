//! Files of a store that are exchanged, one by one, for older copies of themselves, or for those of another
//! history of the same store: opening it refuses that, or it does not matter, or a witness finds it.

use crate::Item;
use crate::common::{contents, crash_image};
use folio::{EncryptionKey, Error, Head, Options, Result, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

type Files = BTreeMap<String, Vec<u8>>;

fn options(key: bool) -> Options {
    let options = Store::options().ledger(true);
    if key { options.encryption(EncryptionKey::from_bytes([7; 32])) } else { options }
}

/// What the store holds.
fn items(store: &Store) -> Result<Vec<(u64, u32)>> {
    let view = store.snapshot().collection::<Item>()?;
    Ok(view.iter().map(|item| (item.id, item.price)).collect())
}

/// Opens a store a few times, each with a segment of its own; the files as they were meanwhile, and behind each.
fn live(path: &Path, key: bool, stages: std::ops::Range<u32>, price: u32) -> Result<Vec<Files>> {
    let mut images = Vec::new();
    for stage in stages {
        let store = options(key).open(path)?;
        let items = store.collection::<Item>()?;
        for id in 0..3 {
            items.put(Item { id: u64::from(stage * 10 + id), price })?;
            images.push(contents(path));
        }
        if stage % 3 == 2 {
            store.checkpoint()?;
            items.put(Item { id: 1_000, price: stage })?;
        }
        drop(items);
        store.close()?;
        images.push(contents(path));
    }
    Ok(images)
}

/// What came of exchanging a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// The store does not open, and the error names a file.
    Refused,
    /// It opens with all its data, and only who reads all of the log finds it.
    FoundInTheLog,
    /// It opens with older data, or others, and contradicts itself nowhere. A witness does not fit.
    FoundByTheWitness,
    /// Everything is as it was.
    Harmless,
}

/// Looks at a store one of whose files is another.
fn outcome(files: &Files, key: bool, expected: &[(u64, u32)], head: &Head) -> Result<Outcome> {
    let directory = TempDir::new().unwrap();
    for (name, bytes) in files {
        fs::write(directory.path().join(name), bytes).unwrap();
    }
    let store = match options(key).read_only(true).open(directory.path()) {
        Ok(store) => store,
        Err(Error::Corrupt { .. }) => return Ok(Outcome::Refused),
        Err(other) => return Err(other),
    };
    let is_same = items(&store)? == expected;
    let report = store.verify_against(head)?;
    Ok(match store.check_witness(head) {
        Ok(_) if is_same => {
            assert!(report.is_intact(), "{report}");
            Outcome::Harmless
        }
        Ok(_) => panic!("other data, and the witness fits"),
        // The data may be the same, where nothing but the end of a segment is missing.
        Err(Error::WitnessMismatch { .. }) => {
            assert!(!report.is_intact(), "{report}");
            Outcome::FoundByTheWitness
        }
        Err(Error::Corrupt { .. } | Error::MissingSegment { .. }) if is_same => {
            assert!(!report.is_intact(), "{report}");
            Outcome::FoundInTheLog
        }
        Err(other) => return Err(other),
    })
}

#[test]
fn an_exchanged_file_is_refused_or_a_witness_finds_it() -> Result<()> {
    for key in [false, true] {
        let directory = TempDir::new().unwrap();
        let (path, fork) = (directory.path().join("store"), directory.path().join("fork"));
        let mut images = live(&path, key, 1..5, 1)?;
        crash_image(&path, &fork);
        images.extend(live(&fork, key, 5..9, 2)?);
        images.extend(live(&path, key, 5..8, 1)?);
        let store = options(key).open(&path)?;
        let (expected, head) = (items(&store)?, store.head()?);
        store.close()?;
        let current = contents(&path);
        let last = current.keys().rfind(|name| name.contains(".log")).unwrap().clone();
        assert_eq!(outcome(&current, key, &expected, &head)?, Outcome::Harmless);

        let mut found = BTreeSet::new();
        let mut exchange = |name: &str, files: &Files| -> Result<()> {
            let came = outcome(files, key, &expected, &head)?;
            let is_last = name == last;
            match came {
                // Nothing says how long the log was.
                Outcome::FoundByTheWitness => assert!(is_last, "{name} with a key: {key}"),
                Outcome::FoundInTheLog => assert!(!is_last, "{name} with a key: {key}"),
                Outcome::Harmless => assert!(!name.contains(".log"), "{name}"),
                Outcome::Refused => {}
            }
            found.insert((came, name.to_owned()));
            Ok(())
        };
        for (name, bytes) in current.iter().filter(|(name, _)| *name != "LOCK") {
            let copies: BTreeSet<&Vec<u8>> =
                images.iter().filter_map(|image| image.get(name)).filter(|b| *b != bytes).collect();
            for copy in copies {
                let mut files = current.clone();
                files.insert(name.clone(), copy.clone());
                exchange(name, &files)?;
            }
            if name != "MANIFEST" {
                let mut files = current.clone();
                files.remove(name);
                exchange(name, &files)?;
            }
        }
        let names = |outcome: Outcome| found.iter().filter(|(came, _)| *came == outcome).count();
        println!("with a key: {key}: {found:#?}");
        assert!(names(Outcome::Refused) >= 2 && names(Outcome::FoundInTheLog) >= 4);
        assert_eq!(names(Outcome::FoundByTheWitness), 1);

        // An older copy of everything is a store that contradicts itself nowhere.
        let mut rolled_back = 0;
        for image in images.iter().filter(|image| image.contains_key("MANIFEST")) {
            let came = outcome(image, key, &expected, &head)?;
            rolled_back += u32::from(came == Outcome::FoundByTheWitness);
            assert!(matches!(came, Outcome::FoundByTheWitness | Outcome::Harmless), "{came:?}");
        }
        assert!(rolled_back > 20);
    }
    Ok(())
}
