//! One predecessor took a file without a checksum for one of an older format, so whoever removed the checksum went round
//! the check. With encryption its log was in plain text all the same; a new key left the log under the old one; a
//! key of nothing but zeros was accepted; and a command line printed keys.

use super::{Value, place, value, values};
use folio::{EncryptionKey, Error, Options, Result, Store};
use std::fs;
use std::path::Path;

const SECRET: &str = "a secret name of nobody's business";

fn key(byte: u8) -> EncryptionKey {
    EncryptionKey::from_bytes([byte; 32])
}

fn encrypted(byte: u8) -> Options {
    Store::options().encryption(key(byte))
}

/// Whether any file of a directory has these bytes.
fn is_on_disk(path: &Path, bytes: &[u8]) -> bool {
    super::common::contents(path)
        .values()
        .any(|file| file.windows(bytes.len()).any(|window| window == bytes))
}

/// A store with a checkpoint and a log behind it, closed.
fn filled(options: &Options, path: &Path) -> Result<()> {
    let store = options.clone().open(path)?;
    let collection = store.collection::<Value>()?;
    collection.put(value(SECRET, 1))?;
    store.checkpoint()?;
    collection.put(value(&format!("{SECRET} again"), 2))?;
    store.close()
}

/// Zeros in the place of any four bytes, a checksum that is missing among them, are not taken for anything else.
#[test]
fn a_file_without_its_checksum_is_damaged() -> Result<()> {
    for options in [Store::options(), encrypted(1)] {
        let (_directory, path) = place();
        filled(&options, &path)?;
        for (name, intact) in super::common::contents(&path) {
            let file = path.join(&name);
            for at in 0..intact.len().saturating_sub(3) {
                if intact[at..at + 4] == [0; 4] {
                    continue;
                }
                let mut bytes = intact.clone();
                bytes[at..at + 4].fill(0);
                fs::write(&file, &bytes).expect("it can be written");
                let report = options.clone().verify(&path);
                let is_found = match &report {
                    // Four bytes may be of the last frame and of the seal behind it, which looks like a crash:
                    // not taken for a record either, and told.
                    Ok(report) => !report.is_intact() || report.torn.is_some(),
                    Err(error) => {
                        matches!(error, Error::Corrupt { .. } | Error::UnsupportedFormat { .. })
                    }
                };
                assert!(is_found, "{name} at {at}: {report:?}");
            }
            fs::write(&file, &intact).expect("it can be written");
        }
        assert!(options.clone().verify(&path)?.is_intact());
    }
    Ok(())
}

#[test]
fn nothing_of_an_encrypted_store_is_in_plain_text() -> Result<()> {
    let (directory, path) = place();
    filled(&Store::options(), &path)?;
    assert!(is_on_disk(&path, SECRET.as_bytes()), "what is looked for is found where it is");

    let (_other, path) = place();
    filled(&encrypted(1), &path)?;
    let store = encrypted(1).open(&path)?;
    let backup = directory.path().join("backup");
    store.backup(&backup)?;
    let mut export = Vec::new();
    let sealed = folio::ExportOptions::new().encryption(key(2));
    store.export(&mut export, sealed)?;
    for place in [&path, &backup] {
        assert!(!is_on_disk(place, SECRET.as_bytes()), "{}", place.display());
    }
    assert!(!export.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
    Ok(())
}

#[test]
fn another_key_is_the_key_of_everything() -> Result<()> {
    let (_directory, path) = place();
    filled(&encrypted(1), &path)?;
    let store = encrypted(1).open(&path)?;
    store.rotate_key(key(2))?;
    store.collection::<Value>()?.put(value("behind", 3))?;
    store.close()?;
    // The log from before, and the checkpoint, too.
    for options in [encrypted(1), Store::options()] {
        assert!(matches!(options.clone().open(&path), Err(Error::WrongKey)));
        assert!(matches!(options.verify(&path), Err(Error::WrongKey)));
    }
    assert_eq!(values(&encrypted(2).open(&path)?)?.len(), 3);

    // Whoever kept the old manifest, and the old key with it, reads nothing of what was written anew.
    let manifest = fs::read(path.join("MANIFEST")).expect("it is there");
    let store = encrypted(2).open(&path)?;
    store.reencrypt(key(3))?;
    store.close()?;
    fs::write(path.join("MANIFEST"), manifest).expect("it can be written");
    assert!(encrypted(2).open(&path).is_err());
    Ok(())
}

#[test]
fn a_key_of_zeros_is_refused_and_none_is_shown() {
    let (_directory, path) = place();
    for zeros in [
        EncryptionKey::from_bytes([0; 16]),
        EncryptionKey::from_bytes([0; 24]),
        EncryptionKey::from_bytes([0; 32]),
    ] {
        let opened = Store::options().encryption(zeros).open(&path);
        assert!(matches!(opened, Err(Error::InvalidKey { .. })), "{opened:?}");
    }
    assert!(!path.exists(), "nothing was made");
    let phrase = EncryptionKey::from_passphrase("correct horse");
    let shown = format!("{:?} {phrase:?} {:?}", key(0xab), encrypted(0xab));
    for secret in ["correct", "abab", "171", "[ab", "0xab"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
