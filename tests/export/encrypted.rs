//! Encrypted exports.

use crate::{User, exported, sample};
use folio::{EncryptionKey, Error, ExportOptions, Format, ImportOptions, Store};

fn key() -> EncryptionKey {
    EncryptionKey::from_bytes([3; 32])
}

fn sealed(store: &Store, key: EncryptionKey) -> Vec<u8> {
    let mut out = Vec::new();
    store.export(&mut out, ExportOptions::new().encryption(key)).unwrap();
    out
}

fn opened(export: &[u8], key: EncryptionKey) -> Result<Store, Error> {
    let store = Store::in_memory();
    store.import(export, ImportOptions::new().encryption(key))?;
    Ok(store)
}

#[test]
fn keys_of_all_sizes_and_passphrases_open_what_they_sealed() {
    for key in [
        EncryptionKey::from_bytes([1; 16]),
        EncryptionKey::from_bytes([1; 24]),
        key(),
        EncryptionKey::from_passphrase("open sesame").with_cost(8, 1),
    ] {
        let export = sealed(&sample(), key.clone());
        assert!(!export.windows(7).any(|part| part == b"example"));
        let store = opened(&export, key).unwrap();
        assert_eq!(store.collection::<User>().unwrap().len(), 5);
    }
}

#[test]
fn another_key_or_none_is_told_before_anything_is_written() {
    let export = sealed(&sample(), key());
    for other in [
        EncryptionKey::from_bytes([4; 32]),
        EncryptionKey::from_bytes([3; 16]),
        EncryptionKey::from_passphrase("x").with_cost(8, 1),
    ] {
        assert!(matches!(opened(&export, other), Err(Error::WrongKey)));
    }
    let store = Store::in_memory();
    assert!(matches!(store.import(export.as_slice(), Format::JsonLines), Err(Error::WrongKey)));
    assert_eq!(store.version().number(), 0);
    let plain = exported(&sample());
    assert!(matches!(opened(&plain, key()), Err(Error::NotAnExport { line: 1, .. })));
    let zero = ExportOptions::new().encryption(EncryptionKey::from_bytes([0; 16]));
    assert!(matches!(sample().export(Vec::new(), zero), Err(Error::InvalidKey { .. })));
}

#[test]
fn two_exports_of_one_version_have_nothing_in_common() {
    let store = sample();
    let (one, two) = (sealed(&store, key()), sealed(&store, key()));
    assert_eq!(one.len(), two.len());
    let head = 150;
    let same = one[head..].iter().zip(&two[head..]).filter(|(one, two)| one == two).count();
    assert!(same < one.len() / 50, "{same} of {}", one.len());
}

/// Every byte, and every end.
#[test]
fn every_altered_byte_and_every_cut_is_found() {
    let export = sealed(&sample(), key());
    let is_found = |export: &[u8]| {
        let error = opened(export, key()).expect_err("it was altered");
        assert!(
            matches!(
                error,
                Error::CorruptExport { .. } | Error::WrongKey | Error::NotAnExport { .. }
            ),
            "{error}"
        );
    };
    for place in 0..export.len() {
        let mut altered = export.clone();
        altered[place] ^= 1 << (place % 8);
        is_found(&altered);
    }
    for length in 0..export.len() {
        is_found(&export[..length]);
    }
    is_found(&[export.as_slice(), b"x"].concat());
}

#[test]
fn an_export_of_many_parts_is_cut_nowhere_unseen() {
    let store = Store::in_memory();
    let texts = store.documents("texts").unwrap();
    for number in 0..4 {
        texts.set(number.to_string(), &"x".repeat(60_000)).unwrap();
    }
    let export = sealed(&store, key());
    assert_eq!(opened(&export, key()).unwrap().documents("texts").unwrap().len(), 4);
    // At the end of each part, and around it.
    let part = (64 << 10) + 16;
    let head = export.len() % part;
    for end in 0..=export.len() / part {
        for around in [head + end * part, head + end * part + 1, head + end * part - 1] {
            if around < export.len() {
                assert!(opened(&export[..around], key()).is_err(), "cut to {around}");
            }
        }
    }
}
