//! Which key opens what, and what the others get.

use super::{Page, key, page, pages, passphrase, place, put};
use crate::common::{child_path, contents, start_child_with, tell, told};
use folio::{EncryptionKey, Error, Options, Result, Store};
use std::path::Path;

/// Opening gives `WrongKey`, and leaves every file as it is.
fn expect_wrong_key(options: Options, path: &Path) {
    let before = contents(path);
    for options in [options.clone(), options.read_only(true)] {
        match options.open(path) {
            Err(error @ Error::WrongKey) => {
                assert!(error.is_wrong_key());
                assert!(error.to_string().contains("Options::encryption"), "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(contents(path), before);
}

#[test]
fn another_key_or_none_opens_nothing() -> Result<()> {
    let keys = || {
        [
            EncryptionKey::from_bytes([1; 16]),
            EncryptionKey::from_bytes([1; 24]),
            EncryptionKey::from_bytes([1; 32]),
            EncryptionKey::from_bytes([2; 32]),
            passphrase("a"),
            passphrase("A"),
        ]
    };
    for (place_of_right, right) in keys().into_iter().enumerate() {
        let (_directory, path) = place();
        put(Store::options().encryption(right.clone()), &path, [page(1, 1)])?;
        for (place, wrong) in keys().into_iter().enumerate() {
            if place != place_of_right {
                expect_wrong_key(Store::options().encryption(wrong.clone()), &path);
                expect_wrong_key(Store::options().encryption_off(wrong), &path);
            }
        }
        expect_wrong_key(Store::options(), &path);
        let store = Store::options().encryption(right).open(&path)?;
        assert_eq!(pages(&store)?, [page(1, 1)]);
    }
    Ok(())
}

/// A store is encrypted from the beginning on: there need be no commit for it.
#[test]
fn an_empty_store_has_its_key() -> Result<()> {
    let (_directory, path) = place();
    Store::options().encryption(key(1)).open(&path)?.close()?;
    expect_wrong_key(Store::options(), &path);
    expect_wrong_key(Store::options().encryption(key(2)), &path);
    Store::options().encryption(key(1)).open(&path)?;
    Ok(())
}

#[test]
fn what_is_no_key_is_refused_before_anything_is_made() {
    let (_directory, path) = place();
    for no_key in [
        EncryptionKey::from_bytes([0; 32]),
        EncryptionKey::from_passphrase(""),
        EncryptionKey::from_env("FOLIO_TEST_NO_SUCH_VARIABLE"),
    ] {
        let opened = Store::options().encryption(no_key).open(&path);
        assert!(matches!(opened, Err(Error::InvalidKey { .. })), "{opened:?}");
        assert!(!path.exists());
    }
}

#[test]
fn a_store_gets_a_key_and_loses_it_again() -> Result<()> {
    let (_directory, path) = place();
    put(Store::options(), &path, [page(1, 1)])?;
    // Reading changes nothing, with whatever key.
    let before = contents(&path);
    Store::options().encryption(key(1)).read_only(true).open(&path)?;
    assert_eq!(contents(&path), before);

    put(Store::options().encryption(key(1)), &path, [page(2, 1)])?;
    expect_wrong_key(Store::options(), &path);
    put(Store::options().encryption_off(key(1)), &path, [page(3, 1)])?;
    // The second page is still encrypted.
    expect_wrong_key(Store::options(), &path);
    expect_wrong_key(Store::options().encryption_off(key(2)), &path);
    let store = Store::options().encryption_off(key(1)).open(&path)?;
    assert_eq!(pages(&store)?, [page(1, 1), page(2, 1), page(3, 1)]);
    store.close()?;

    let (_directory, path) = place();
    put(Store::options(), &path, [page(1, 1)])?;
    Store::options().encryption(key(1)).open(&path)?.close()?;
    expect_wrong_key(Store::options(), &path);
    // Nothing was encrypted meanwhile.
    Store::options().encryption_off(key(1)).open(&path)?.close()?;
    assert_eq!(pages(&Store::open(&path)?)?, [page(1, 1)]);
    Ok(())
}

/// Opening again in the same way writes nothing.
#[test]
fn a_manifest_is_written_when_something_changes() -> Result<()> {
    let (_directory, path) = place();
    let manifest = || std::fs::read(path.join("MANIFEST")).unwrap();
    put(Store::options().encryption(key(1)), &path, [page(1, 1)])?;
    let encrypted = manifest();
    put(Store::options().encryption(key(1)), &path, [page(2, 1)])?;
    assert_eq!(manifest(), encrypted);
    put(Store::options().encryption_off(key(1)), &path, [])?;
    let off = manifest();
    assert_ne!(off, encrypted);
    put(Store::options().encryption_off(key(1)), &path, [page(3, 1)])?;
    assert_eq!(manifest(), off);
    Ok(())
}

/// In the child: opens the store with the key in the environment, and puts a page.
fn child(path: &Path) -> Result<()> {
    let key = EncryptionKey::from_env("FOLIO_TEST_KEY").with_cost(8, 1);
    let opened = Store::options().encryption(key).open(path);
    tell(&match opened {
        Ok(store) => {
            let pages = store.collection::<Page>()?;
            pages.put(page(pages.len() as u64, 1))?;
            store.close()?;
            format!("{} pages", pages.len())
        }
        Err(error) => format!("{error:?}"),
    });
    Ok(())
}

#[test]
fn a_key_comes_from_the_environment() -> Result<()> {
    if let Some(path) = child_path() {
        return child(&path);
    }
    let (_directory, path) = place();
    let run = |text: &str| {
        let settings = [("FOLIO_TEST_KEY", text.to_owned())];
        let test = "keys::a_key_comes_from_the_environment";
        let mut child = start_child_with(test, &path, &settings);
        told(&mut child).next().expect("the child says how it went")
    };
    assert_eq!(run(&"5a".repeat(32)), "1 pages");
    assert_eq!(run(&"5A".repeat(32)), "2 pages");
    assert_eq!(run(&"5b".repeat(32)), "WrongKey");
    assert_eq!(run("a passphrase"), "WrongKey");
    assert!(run("").starts_with("InvalidKey"));
    let options = || Store::options().encryption(EncryptionKey::from_bytes([0x5a; 32]));
    assert_eq!(pages(&options().open(&path)?)?.len(), 2);
    Ok(())
}

#[test]
fn options_do_not_print_their_key() {
    let options = Store::options().encryption(passphrase("open sesame"));
    let printed = format!("{options:?}");
    assert!(printed.contains("EncryptionKey(..)") && !printed.contains("sesame"), "{printed}");
}
