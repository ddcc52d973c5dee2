//! Encrypted stores, and what becomes of their keys while they are followed.

use super::{Account, account, assert_same, place, quiet};
use folio::{EncryptionKey, Error, Options, Result, Store};

fn key(byte: u8) -> EncryptionKey {
    EncryptionKey::from_bytes([byte; 32])
}

fn encrypted(byte: u8) -> Options {
    quiet().encryption(key(byte))
}

#[test]
fn a_follower_needs_the_key() -> Result<()> {
    let (_directory, path) = place();
    let writer = encrypted(1).open(&path)?;
    let written = writer.collection::<Account>()?;
    written.put(account(1, 1))?;
    assert!(matches!(quiet().follow(&path), Err(Error::WrongKey)));
    assert!(matches!(encrypted(2).follow(&path), Err(Error::WrongKey)));
    let follower = encrypted(1).follow(&path)?;
    follower.collection::<Account>()?;
    written.put(account(2, 2))?;
    follower.refresh()?;
    assert_same(&follower, &writer);
    Ok(())
}

#[test]
fn a_key_that_is_rotated_does_not_stop_it() -> Result<()> {
    let (_directory, path) = place();
    let writer = encrypted(1).open(&path)?;
    let written = writer.collection::<Account>()?;
    let follower = encrypted(1).follow(&path)?;
    written.put(account(1, 1))?;
    writer.rotate_key(key(2))?;
    written.put(account(2, 2))?;
    // In a segment of its own.
    writer.checkpoint()?;
    written.put(account(3, 3))?;
    follower.refresh()?;
    assert_same(&follower, &writer);
    assert_eq!(follower.stats().follower.unwrap().jumps, 0);
    Ok(())
}

#[test]
fn a_store_that_is_encrypted_anew_is_followed_with_the_same_key() -> Result<()> {
    let (_directory, path) = place();
    let writer = encrypted(1).open(&path)?;
    let written = writer.collection::<Account>()?;
    written.put(account(1, 1))?;
    let (near, far) = (encrypted(1).follow(&path)?, encrypted(1).follow(&path)?);
    for round in 2..5 {
        writer.reencrypt(key(1))?;
        written.put(account(round, 1))?;
        near.refresh()?;
        assert_same(&near, &writer);
    }
    // This one has not looked since, and nothing is left of what it would read next.
    far.refresh()?;
    assert_same(&far, &writer);
    assert_eq!(far.stats().follower.unwrap().jumps, 1);
    Ok(())
}

#[test]
fn one_that_is_encrypted_anew_with_another_key_is_not() -> Result<()> {
    let (_directory, path) = place();
    let writer = encrypted(1).open(&path)?;
    let written = writer.collection::<Account>()?;
    written.put(account(1, 1))?;
    let follower = encrypted(1).follow(&path)?;
    let version = follower.version();
    writer.reencrypt(key(2))?;
    written.put(account(2, 2))?;
    for _ in 0..2 {
        assert!(matches!(follower.refresh(), Err(Error::WrongKey)));
        assert_eq!(follower.version(), version);
    }
    assert_eq!(follower.collection::<Account>()?.len(), 1);
    assert_same(&encrypted(2).follow(&path)?, &writer);
    Ok(())
}

#[test]
fn encryption_that_is_turned_on_and_off_is_followed_with_the_key() -> Result<()> {
    let (_directory, path) = place();
    let writer = Store::open(&path)?;
    writer.collection::<Account>()?.put(account(1, 1))?;
    let (with, without) = (encrypted(1).follow(&path)?, quiet().follow(&path)?);
    writer.close()?;
    let writer = encrypted(1).open(&path)?;
    writer.collection::<Account>()?.put(account(2, 2))?;
    with.refresh()?;
    assert_same(&with, &writer);
    assert!(matches!(without.refresh(), Err(Error::WrongKey)));
    writer.close()?;
    let writer = quiet().encryption_off(key(1)).open(&path)?;
    writer.collection::<Account>()?.put(account(3, 3))?;
    with.refresh()?;
    assert_same(&with, &writer);
    Ok(())
}
