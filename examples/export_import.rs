//! A library lends its books elsewhere: everything goes to a file of JSON lines, another program that has none of
//! the types takes it in, and a third opens it as its types again. The letters go encrypted.
//!
//! ```text
//! cargo run --example export_import
//! ```
//!
//! What the lines look like is on the page `folio::docs::export`.

use folio::{
    EncryptionKey, Error, ExportOptions, Format, ImportOptions, Merge, Record, Schema, Store,
};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::time::{Duration, SystemTime};

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "books")]
struct Book {
    #[key]
    isbn: u64,
    title: String,
    #[index]
    shelf: Option<String>,
    state: State,
    cover: Vec<u8>,
    price: f64,
}

#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum State {
    Here,
    Lent { to: String, since: SystemTime },
}

fn main() -> folio::Result<()> {
    let directory = tempfile::tempdir().expect("there is a place for temporary files");
    let path = directory.path().join("books.jsonl");
    let store = Store::in_memory();
    fill(&store)?;

    let exported = store.export(file(File::create(&path))?, Format::JsonLines)?;
    println!("{} records in {} bytes:", exported.records, exported.bytes);
    print!("{}", file(std::fs::read_to_string(&path))?);

    // Without the types: whatever reads the file knows what is in it.
    let other = Store::in_memory();
    let check = ImportOptions::new().check_only(true);
    other.import(file(File::open(&path))?, check)?;
    let imported = other.import(file(File::open(&path))?, Format::JsonLines)?;
    println!("{} collections of version {}", imported.collections.len(), imported.version);
    for entry in other.values("books")?.iter() {
        println!("{}", entry?.1);
    }

    // And with them, in the same process.
    let (ours, theirs) = (store.collection::<Book>()?, other.collection::<Book>()?);
    assert!(ours.view().iter().eq(theirs.view().iter()));
    assert_eq!(theirs.view().by(Book::SHELF).get("A").count(), 1);

    // A second import refuses what is there, unless it is told what to do about it.
    let again = other.import(file(File::open(&path))?, Format::JsonLines);
    println!("{}", again.expect_err("the books are there"));
    let kept = other.import(file(File::open(&path))?, Merge::Keep)?;
    for collection in kept.collections {
        println!("{}: {} kept", collection.name, collection.kept);
    }

    encrypted(&store)
}

fn fill(store: &Store) -> folio::Result<()> {
    let since = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let books = store.collection::<Book>()?;
    books.insert_all([
        Book {
            isbn: 9_780_141_439_518,
            title: "Pride and Prejudice".to_owned(),
            shelf: Some("A".to_owned()),
            state: State::Here,
            cover: vec![0xff, 0xd8],
            price: 7.5,
        },
        Book {
            isbn: 18_446_744_073_709_551_615,
            title: "Emma".to_owned(),
            shelf: None,
            state: State::Lent { to: "Ada".to_owned(), since },
            cover: Vec::new(),
            price: f64::INFINITY,
        },
    ])?;
    store.documents("settings")?.set("letters", &["Dear Ada"])
}

fn encrypted(store: &Store) -> folio::Result<()> {
    let key = EncryptionKey::from_passphrase("correct horse battery staple");
    let mut sealed = Vec::new();
    let options = ExportOptions::new().collections(["settings"]).encryption(key.clone());
    store.export(&mut sealed, options)?;

    let other = Store::in_memory();
    let wrong = ImportOptions::new().encryption(EncryptionKey::from_passphrase("open barley"));
    assert!(matches!(other.import(sealed.as_slice(), wrong), Err(Error::WrongKey)));
    other.import(sealed.as_slice(), ImportOptions::new().encryption(key))?;
    println!("{:?}", other.documents("settings")?.get::<Vec<String>>("letters")?);
    Ok(())
}

/// What became of a file.
fn file<T>(result: std::io::Result<T>) -> folio::Result<T> {
    result.map_err(Error::abort)
}
