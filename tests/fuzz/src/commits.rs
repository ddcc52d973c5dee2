//! The bytes of a commit say one thing or nothing, and reading them takes no more than they are.
//!
//! The first byte of the input chooses whether the rest is read as a commit, or describes one, which is
//! written and read back. Whatever is read is held against a second reading, made from the page on the
//! format.
#![allow(clippy::indexing_slicing, reason = "a panic is how a target fails")]

use crate::format::{sized, varint};
use folio::fuzzing::{Commit, Table};

/// Runs one input. Panics where the two readings differ.
pub(crate) fn run(input: &[u8]) {
    let Some((mode, input)) = input.split_first() else { return };
    if mode % 2 == 0 {
        look(input);
    } else {
        written(input);
    }
}

type Meta = Vec<(String, String)>;

fn look(bytes: &[u8]) {
    let found = Commit::parse(bytes);
    let expected = read(bytes);
    assert_eq!(found.as_ref(), expected.as_ref().map(|(commit, _)| commit));
    let Some((commit, meta)) = expected else { return };
    let parts = meta.len() + commit.creates.len() + commit.schemas.len() + commit.tables.len();
    let operations: usize = commit.tables.iter().map(|table| table.operations.len()).sum();
    assert!(2 * (parts + operations) <= bytes.len(), "each part has two bytes or more");
    // Numbers may be longer than they need be, so only the shortest bytes come out again.
    let again = commit.to_bytes(&meta);
    assert!(again.len() <= bytes.len());
    assert_eq!(again == bytes, again.len() == bytes.len());
    assert_eq!(Commit::parse(&again), Some(commit));
}

/// The commit that the input describes, byte by byte.
fn written(input: &[u8]) {
    let mut rest = input.iter().copied();
    let mut byte = || rest.next().unwrap_or_default();
    let long = |byte: u8| u64::MAX >> (byte % 64);
    let short = |byte: u8| u32::MAX >> (byte % 32);
    let words = |byte: u8| "a\u{e9}\u{1f600}".repeat(usize::from(byte % 50));

    let time_micros = long(byte());
    let meta: Meta = (0..byte() % 3).map(|_| (words(byte()), words(byte()))).collect();
    let names: Vec<String> = (0..byte() % 3).map(|_| words(byte())).collect();
    let creates = names.iter().map(|name| (short(byte()), name.as_str())).collect();
    let schemas = (0..byte() % 3)
        .map(|_| (short(byte()), input.get(..usize::from(byte())).unwrap_or(input)))
        .collect();
    let mut tables = Vec::new();
    for _ in 0..byte() % 4 {
        let (collection, schema, anew) = (short(byte()), short(byte()), byte() % 2 == 1);
        let ids_used = long(byte());
        let operations = (0..byte() % 130)
            .map(|_| {
                let (code, size) = (byte(), usize::from(byte()));
                let key = input.get(..usize::from(code) / 2).unwrap_or(input);
                (key, (code % 2 == 1).then(|| input.get(..size).unwrap_or_default()))
            })
            .collect();
        tables.push(Table { collection, schema, reset: anew, ids_used, operations });
    }
    let commit = Commit { time_micros, creates, schemas, tables };
    let bytes = commit.to_bytes(&meta);
    assert_eq!(Commit::parse(&bytes).as_ref(), Some(&commit));
    look(&bytes);
    let cut = usize::from(byte()) * bytes.len() / 256;
    assert_eq!(Commit::parse(&bytes[..cut]), None, "cut off at {cut}");
}

/// Reads a commit as the page on the format describes it.
fn read(bytes: &[u8]) -> Option<(Commit<'_>, Meta)> {
    let mut rest = bytes;
    let time_micros = varint(&mut rest)?;
    let mut meta = Meta::new();
    for _ in 0..varint(&mut rest)? {
        meta.push((text(&mut rest)?.to_owned(), text(&mut rest)?.to_owned()));
    }
    let mut creates = Vec::new();
    for _ in 0..varint(&mut rest)? {
        creates.push((small(&mut rest)?, text(&mut rest)?));
    }
    let mut schemas = Vec::new();
    for _ in 0..varint(&mut rest)? {
        schemas.push((small(&mut rest)?, sized(&mut rest)?));
    }
    let mut tables = Vec::new();
    for _ in 0..varint(&mut rest)? {
        let (collection, schema) = (small(&mut rest)?, small(&mut rest)?);
        let anew = flag(&mut rest)?;
        let ids_used = varint(&mut rest)?;
        let mut operations = Vec::new();
        for _ in 0..varint(&mut rest)? {
            let is_put = flag(&mut rest)?;
            let key = sized(&mut rest)?;
            operations.push((key, if is_put { Some(sized(&mut rest)?) } else { None }));
        }
        tables.push(Table { collection, schema, reset: anew, ids_used, operations });
    }
    rest.is_empty().then_some((Commit { time_micros, creates, schemas, tables }, meta))
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    std::str::from_utf8(sized(rest)?).ok()
}

fn flag(rest: &mut &[u8]) -> Option<bool> {
    let (byte, behind) = rest.split_first()?;
    *rest = behind;
    (*byte < 2).then_some(*byte == 1)
}

/// The number of a collection or a schema: 32 bits, in five bytes at most.
fn small(rest: &mut &[u8]) -> Option<u32> {
    let before = rest.len();
    let number = u32::try_from(varint(rest)?).ok()?;
    (before - rest.len() <= 5).then_some(number)
}
