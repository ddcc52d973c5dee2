//! A store that nobody reads without its key.
//!
//! ```text
//! cargo run --example encrypted
//! FOLIO_KEY=$(openssl rand -hex 32) cargo run --example encrypted
//! ```
//!
//! Notes of a doctor are written under a passphrase or the key in `FOLIO_KEY`. Then the key is changed,
//! which takes as long for any number of notes, then all of them are encrypted anew, and a store that was plain is
//! encrypted from now on.

use folio::{Compression, EncryptionKey, Error, Record, Store};
use serde::{Deserialize, Serialize};
use std::error::Error as StdError;
use std::path::Path;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "notes")]
struct Note {
    #[key]
    id: u64,
    #[index]
    patient: String,
    text: String,
}

fn main() -> Result<(), Box<dyn StdError>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("practice.folio");

    // A key comes from where secrets are kept: never from the program's text, as the other one does here.
    let key = match std::env::var_os("FOLIO_KEY") {
        Some(_) => EncryptionKey::from_env("FOLIO_KEY"),
        None => EncryptionKey::from_passphrase("correct horse battery staple"),
    };
    write_notes(&path, key.clone())?;
    read_without_the_key(&path)?;
    let key = change_the_key(&path, key)?;
    let key = encrypt_anew(&path, key)?;

    let store = Store::options().encryption(key).open(&path)?;
    let notes = store.collection::<Note>()?;
    let of_ada: Vec<_> = notes.view().by(Note::PATIENT).get("Ada").map(|note| note.id).collect();
    println!("{} notes, of Ada: {of_ada:?}", notes.len());
    assert_eq!((notes.len(), of_ada), (3, vec![1, 3]));

    encrypt_what_was_plain(&directory.path().join("old.folio"))
}

fn write_notes(path: &Path, key: EncryptionKey) -> folio::Result<()> {
    // Compressed first, then encrypted. Snappy is what a store does if nothing is said.
    let store = Store::options().compression(Compression::Snappy).encryption(key).open(path)?;
    let notes = store.collection::<Note>()?;
    for (id, patient, text) in [
        (1, "Ada", "sleeps badly, writes programs at night"),
        (2, "Charles", "complains of street musicians"),
        (3, "Ada", "the same, and is proud of it"),
    ] {
        notes.put(Note { id, patient: patient.into(), text: text.into() })?;
    }
    store.close()
}

/// What somebody finds who has the files.
fn read_without_the_key(path: &Path) -> Result<(), Box<dyn StdError>> {
    let Err(error) = Store::open(path) else { return Err("it opened without a key".into()) };
    println!("without a key: {error}");
    assert!(matches!(error, Error::WrongKey));
    for entry in std::fs::read_dir(path)? {
        let bytes = std::fs::read(entry?.path())?;
        let found = bytes.windows(3).any(|part| [&b"Ada"[..], b"Cha", b"mus"].contains(&part));
        assert!(!found, "a name is in a file");
    }
    Ok(())
}

fn change_the_key(path: &Path, old: EncryptionKey) -> folio::Result<EncryptionKey> {
    let new = EncryptionKey::from_bytes(*b"thirty-two bytes, chosen at rand");
    let store = Store::options().encryption(old.clone()).open(path)?;
    // The store may be at work meanwhile.
    store.rotate_key(new.clone())?;
    store.close()?;

    let opened = Store::options().encryption(old).open(path);
    assert!(matches!(opened, Err(Error::WrongKey)));
    println!("the key was changed");
    Ok(new)
}

/// For the day on which somebody who had the old key may have copied the files, too: nothing is left that it opens.
fn encrypt_anew(path: &Path, old: EncryptionKey) -> folio::Result<EncryptionKey> {
    let new = EncryptionKey::from_bytes(*b"another thirty-two random bytes.");
    let store = Store::options().encryption(old).open(path)?;
    let done = store.reencrypt(new.clone())?;
    assert_eq!(done.kept_segments, 0, "only a ledger keeps some");
    store.close()?;
    println!("everything was written anew");
    Ok(new)
}

/// From the next commit on, and with a checkpoint all of it: the files from before go then.
fn encrypt_what_was_plain(path: &Path) -> Result<(), Box<dyn StdError>> {
    let note = |id| Note { id, patient: "Charles".into(), text: format!("visit {id}") };
    Store::open(path)?.collection::<Note>()?.put(note(1))?;

    let key = EncryptionKey::from_bytes([0x5a; 16]);
    let store = Store::options().encryption(key.clone()).open(path)?;
    store.collection::<Note>()?.put(note(2))?;
    store.compact()?;
    store.close()?;

    read_without_the_key(path)?;
    let store = Store::options().encryption(key).open(path)?;
    assert_eq!(store.collection::<Note>()?.len(), 2);
    println!("a store that was plain is encrypted");
    Ok(())
}
