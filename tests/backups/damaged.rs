//! Backups that are damaged, or were never finished.

use super::{Item, Place, item, items, names};
use folio::{EncryptionKey, Error, Report, Store};
use std::fs;

/// A store with a backup of a checkpoint and two segments.
fn backed_up() -> (Place, Store) {
    let place = Place::new();
    let store = place.store();
    let collection = store.collection::<Item>().unwrap();
    collection.put(item(1, "one")).unwrap();
    store.compact().unwrap();
    collection.put(item(2, "two")).unwrap();
    store.backup(place.backup()).unwrap();
    collection.put(item(3, "three")).unwrap();
    store.backup(place.backup()).unwrap();
    (place, store)
}

#[test]
fn every_flipped_byte_is_found_and_nothing_is_left_behind() {
    let (place, store) = backed_up();
    let expected = items(&store.snapshot());
    for name in names(&place.backup()).iter().filter(|name| *name != "BACKUP.json") {
        let file = place.backup().join(name);
        let intact = fs::read(&file).unwrap();
        for at in 0..intact.len() {
            let mut bytes = intact.clone();
            bytes[at] ^= 1;
            fs::write(&file, &bytes).unwrap();
            let error = Store::restore(place.backup(), place.path("target")).unwrap_err();
            match error {
                Error::Corrupt { file: said, offset, .. } => {
                    assert_eq!(said, file, "byte {at}");
                    assert!(offset <= at as u64, "byte {at} of {name}, said to be at {offset}");
                }
                Error::UnsupportedFormat { .. } => {}
                error => panic!("byte {at} of {name}: {error}"),
            }
            assert!(names(&place.path("target")).is_empty());
        }
        for length in [0, intact.len() / 2, intact.len() - 1] {
            fs::write(&file, &intact[..length]).unwrap();
            let error = Store::restore(place.backup(), place.path("target")).unwrap_err();
            assert!(error.is_corrupt(), "{error}");
        }
        fs::remove_file(&file).unwrap();
        let error = Store::restore(place.backup(), place.path("target")).unwrap_err();
        assert!(error.to_string().contains(name.as_str()), "{error}");
        fs::write(&file, &intact).unwrap();
    }
    Store::restore(place.backup(), place.path("target")).unwrap();
    assert_eq!(items(&Store::open(place.path("target")).unwrap().snapshot()), expected);
}

/// What a restore would refuse, verifying the backup says before; and it says all.
#[test]
fn verifying_a_backup_finds_every_flipped_byte() {
    let (place, store) = backed_up();
    let verify = || Store::options().verify(place.backup());
    let intact = verify().unwrap();
    assert!(intact.is_intact(), "{intact}");
    assert_eq!((intact.newest, intact.collections[0].records), (store.version(), 3));
    assert_eq!(intact.path, place.backup());
    for name in names(&place.backup()).iter().filter(|name| *name != "BACKUP.json") {
        let file = place.backup().join(name);
        let bytes = fs::read(&file).unwrap();
        let is_found = |report: Result<Report, Error>| {
            match report {
            Ok(report) => report.problems.iter().any(|problem| {
                matches!(&problem.place, folio::Place::File { path, .. } if *path == file)
            }),
            // The manifest, without which nothing can be judged.
            Err(Error::Corrupt { file: said, .. }) => said == file,
            Err(error) => matches!(error, Error::UnsupportedFormat { .. }),
        }
        };
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            fs::write(&file, bytes).unwrap();
            assert!(is_found(verify()), "byte {at} of {name}");
        }
        fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
        assert!(is_found(verify()), "the end of {name}");
        fs::remove_file(&file).unwrap();
        assert!(is_found(verify()), "{name} is missing");
        fs::write(&file, &bytes).unwrap();
    }
    // A listing that somebody changed is held against the log.
    let listing = place.backup().join("BACKUP.json");
    let text = fs::read_to_string(&listing).unwrap();
    let other = text.replace("\"version\": 4", "\"version\": 5");
    assert_ne!(other, text);
    fs::write(&listing, other).unwrap();
    let report = verify().unwrap();
    assert!(report.to_string().contains("a log up to version 5"), "{report}");
}

/// Two files that are damaged are two problems; the rest is counted all the same.
#[test]
fn a_damaged_backup_is_looked_at_to_its_end() {
    let (place, _store) = backed_up();
    for name in ["0000000000000002.log", "0000000000000003.log"] {
        let file = place.backup().join(name);
        let mut bytes = fs::read(&file).unwrap();
        // In the payload of the first frame.
        bytes[128 + 96 + 2] ^= 1;
        fs::write(&file, &bytes).unwrap();
    }
    let report = Store::options().verify(place.backup()).unwrap();
    for name in ["2.log", "3.log"] {
        let mut places = report.problems.iter().map(|problem| problem.place.to_string());
        assert!(places.any(|place| place.contains(name)), "{report}");
    }
    assert_eq!((report.segments, report.checkpoints), (2, 1));
}

#[test]
fn an_encrypted_backup_is_verified_with_its_key() {
    let place = Place::new();
    let key = || EncryptionKey::from_bytes([7; 32]);
    let store = Store::options().encryption(key()).open(place.path("store")).unwrap();
    store.collection::<Item>().unwrap().put(item(1, "one")).unwrap();
    store.backup(place.backup()).unwrap();
    let report = Store::options().encryption(key()).verify(place.backup()).unwrap();
    assert!(report.is_intact() && report.commits == 2, "{report}");
    assert!(matches!(Store::options().verify(place.backup()), Err(Error::WrongKey)));
    // Against a witness too, as a store is.
    let head = store.head().unwrap();
    let options = Store::options().encryption(key());
    assert!(options.verify_against(place.backup(), &head).unwrap().is_intact());
}

#[test]
fn damage_is_told_by_its_place() {
    let (place, _store) = backed_up();
    let file = place.backup().join("0000000000000002.log");
    let mut bytes = fs::read(&file).unwrap();
    // In the payload of the first frame.
    bytes[128 + 96 + 2] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let error = Store::restore(place.backup(), place.path("target")).unwrap_err();
    assert!(
        matches!(&error, Error::Corrupt { file: said, offset: 128, .. } if *said == file),
        "{error}"
    );
}

#[test]
fn a_backup_without_its_listing_is_none() {
    let (place, store) = backed_up();
    let listing = place.backup().join("BACKUP.json");
    fs::rename(&listing, place.path("kept")).unwrap();
    let error = Store::restore(place.backup(), place.path("target")).unwrap_err();
    assert!(matches!(error, Error::NotABackup { .. }), "{error}");
    // Nor is one made where something is that nobody knows.
    assert!(matches!(store.backup(place.backup()), Err(Error::NotABackup { .. })));

    // As a backup leaves it that was cut short.
    fs::write(place.backup().join("BACKUP.json.new"), "{\"what\":").unwrap();
    let error = Store::restore(place.backup(), place.path("target")).unwrap_err();
    assert!(matches!(error, Error::NotABackup { .. }), "{error}");
    let opened = Store::open(place.backup());
    assert!(matches!(opened, Err(Error::IsBackup { .. })), "{opened:?}");
    fs::write(place.backup().join("0000000000000002.log"), "torn").unwrap();
    let info = store.backup(place.backup()).unwrap();
    assert_eq!(info.continues, None);
    Store::restore(place.backup(), place.path("target")).unwrap();
}

#[test]
fn what_a_later_backup_left_unfinished_is_of_no_meaning() {
    let (place, store) = backed_up();
    let version = store.version();
    fs::write(place.backup().join("0000000000000004.log"), "torn").unwrap();
    fs::write(place.backup().join("BACKUP.json.new"), "{").unwrap();
    assert_eq!(Store::restore(place.backup(), place.path("before")).unwrap(), version);
    assert_eq!(
        Store::restore_until(place.backup(), place.path("until"), version).unwrap(),
        version
    );
    store.collection::<Item>().unwrap().put(item(4, "four")).unwrap();
    let info = store.backup(place.backup()).unwrap();
    assert_eq!(info.continues, Some(version));
    assert_eq!(Store::restore(place.backup(), place.path("behind")).unwrap(), info.version);
}

#[test]
fn a_listing_that_is_damaged_or_names_other_files_is_refused() {
    let (place, store) = backed_up();
    let listing = place.backup().join("BACKUP.json");
    let intact = fs::read_to_string(&listing).unwrap();
    let refused = |text: &str| {
        fs::write(&listing, text).unwrap();
        let error = Store::restore(place.backup(), place.path("target")).unwrap_err();
        assert!(matches!(&error, Error::Corrupt { file, .. } if *file == listing), "{error}");
        assert!(store.backup(place.backup()).is_err());
    };
    refused(&intact[..intact.len() / 2]);
    refused(&intact.replace("0000000000000002.log", "../../elsewhere.log"));
    refused(&intact.replace("\"MANIFEST-", "\"MANIFEST-/../../"));
    let later = intact.replace("\"form\": 1", "\"form\": 2");
    fs::write(&listing, later).unwrap();
    let error = Store::restore(place.backup(), place.path("target")).unwrap_err();
    assert!(matches!(error, Error::UnsupportedFormat { found: 2, supported: 1 }), "{error}");
}

#[test]
fn a_backup_is_not_opened() {
    let (place, _store) = backed_up();
    let opened = Store::open(place.backup());
    assert!(matches!(opened, Err(Error::IsBackup { .. })), "{opened:?}");
    let opened = Store::options().read_only(true).open(place.backup());
    assert!(matches!(opened, Err(Error::IsBackup { .. })), "{opened:?}");
}
