//! With a wrong key `CodexDB` opened *empty*, without an error, and one write then left 42 of 100 keys that the
//! right key could read. A key that is wrong or missing must be a typed error before any byte is written.
//!
//! A key for a store that has none was meant to turn encryption on: it does so from then on, loses nothing,
//! and the store can't be opened without it again.

use super::common::contents;
use super::{Value, place, value, values};
use folio::{EncryptionKey, Error, Options, Result, Store};
use std::path::Path;

fn with(byte: u8) -> Options {
    Store::options().encryption(EncryptionKey::from_bytes([byte; 32]))
}

fn hundred() -> Vec<Value> {
    (0..100).map(|number| value(&format!("{number:03}"), number)).collect()
}

/// What stands in the directory but for the lock, which says nothing.
fn refuses(options: Options, path: &Path) {
    let before = contents(path);
    let opened = options.open(path);
    assert!(matches!(opened, Err(Error::WrongKey)), "{opened:?}");
    assert_eq!(contents(path), before, "something was written");
}

#[test]
fn a_wrong_or_missing_key_opens_nothing_and_writes_nothing() -> Result<()> {
    let (_directory, path) = place();
    let store = with(1).open(&path)?;
    store.collection::<Value>()?.put_all(hundred())?;
    store.close()?;
    for _ in 0..3 {
        refuses(with(2), &path);
        refuses(Store::options(), &path);
        refuses(with(2).read_only(true), &path);
        refuses(Store::options().encryption(EncryptionKey::from_passphrase("guessed")), &path);
    }
    assert_eq!(values(&with(1).open(&path)?)?, hundred());
    Ok(())
}

#[test]
fn a_key_for_a_plain_store_encrypts_it_and_loses_nothing() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    store.collection::<Value>()?.put_all(hundred())?;
    store.close()?;
    let store = with(1).open(&path)?;
    store.collection::<Value>()?.put(value("more", 1))?;
    store.close()?;
    refuses(Store::options(), &path);
    refuses(with(2), &path);
    assert_eq!(values(&with(1).open(&path)?)?.len(), 101);
    Ok(())
}
