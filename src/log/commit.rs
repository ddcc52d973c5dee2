//! What the bytes of one commit say: when it was made, what it is about, which collections it
//! creates, in which form records are stored from now on, and which keys it puts and removes.
//!
//! Keys and records are bytes here. A put carries the key beside the record that contains it, so
//! that data whose type nobody has named yet can be kept, counted and found by key.

use crate::codec::{self, Reader};
use std::cell::Cell;
use std::ops::Range;

/// The largest buffer that a thread keeps for the commits to come.
const SPARE_BYTES: usize = 1 << 20;

thread_local! {
    /// Where the bytes of a commit grow, so that what is handed on is made once and has the right size.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Builds the bytes of a commit, in the order in which the methods are listed.
#[derive(Debug, Default)]
pub(crate) struct CommitWriter {
    bytes: Vec<u8>,
}

impl CommitWriter {
    /// Begins with the time in microseconds since 1970 and pairs of metadata.
    pub(crate) fn new(time_micros: u64, meta: &[(String, String)]) -> Self {
        // A thread that is ending has none, and needs none.
        let mut bytes = SPARE.try_with(Cell::take).unwrap_or_default();
        bytes.clear();
        codec::append_number(&mut bytes, time_micros);
        codec::append_length(&mut bytes, meta.len());
        for (key, value) in meta {
            codec::append_bytes(&mut bytes, key.as_bytes());
            codec::append_bytes(&mut bytes, value.as_bytes());
        }
        Self { bytes }
    }

    /// The collections that the commit creates.
    pub(crate) fn creates(&mut self, creates: &[Create<'_>]) {
        codec::append_length(&mut self.bytes, creates.len());
        for create in creates {
            codec::append_number(&mut self.bytes, create.collection.into());
            codec::append_bytes(&mut self.bytes, create.name.as_bytes());
        }
    }

    /// The forms in which records will be stored from now on.
    pub(crate) fn schemas(&mut self, schemas: &[NewSchema<'_>]) {
        codec::append_length(&mut self.bytes, schemas.len());
        for schema in schemas {
            codec::append_number(&mut self.bytes, schema.collection.into());
            codec::append_bytes(&mut self.bytes, schema.descriptor);
        }
    }

    /// How many collections it changes. [`Self::table`] follows once for each.
    pub(crate) fn tables(&mut self, count: usize) {
        codec::append_length(&mut self.bytes, count);
    }

    /// The next collection, and how many operations on it follow.
    pub(crate) fn table(&mut self, head: TableHead, operations: usize) {
        codec::append_number(&mut self.bytes, head.collection.into());
        codec::append_number(&mut self.bytes, head.schema.into());
        self.bytes.push(head.reset.into());
        codec::append_number(&mut self.bytes, head.ids_used);
        codec::append_length(&mut self.bytes, operations);
    }

    /// Where a put or remove is appended to: [`PUT`] or [`REMOVE`], the key, and for a put the
    /// record, both with their lengths before them.
    pub(crate) fn operations(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        if self.bytes.capacity() > SPARE_BYTES {
            return self.bytes;
        }
        let bytes = self.bytes.as_slice().to_vec();
        let _ = SPARE.try_with(|spare| spare.set(self.bytes));
        bytes
    }
}

/// The mark of a removed key.
pub(crate) const REMOVE: u8 = 0;

/// The mark of a key and its new record.
pub(crate) const PUT: u8 = 1;

/// A new collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Create<'a> {
    pub(crate) collection: u32,
    pub(crate) name: &'a str,
}

/// A new form of the records of a collection; its number is the number of those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewSchema<'a> {
    pub(crate) collection: u32,
    /// The bytes of its descriptor.
    pub(crate) descriptor: &'a [u8],
}

/// What a commit says about a collection before the operations on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TableHead {
    pub(crate) collection: u32,
    /// The number of the form in which keys and records are stored here.
    pub(crate) schema: u32,
    /// Whether the operations put the whole collection in place of what was there.
    pub(crate) reset: bool,
    /// The number below which all ids are used up; 0 if none are.
    pub(crate) ids_used: u64,
}

/// A commit, read back.
#[derive(Debug)]
pub(crate) struct Commit<'a> {
    pub(crate) time_micros: u64,
    pub(crate) meta: Vec<(&'a str, &'a str)>,
    pub(crate) creates: Vec<Create<'a>>,
    pub(crate) schemas: Vec<NewSchema<'a>>,
    pub(crate) tables: Vec<TableChanges<'a>>,
}

/// What a commit does to one collection.
#[derive(Debug)]
pub(crate) struct TableChanges<'a> {
    pub(crate) head: TableHead,
    /// Keys, each with its new record, or `None` where it is removed.
    pub(crate) operations: Vec<(&'a [u8], Option<&'a [u8]>)>,
}

impl<'a> Commit<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, postcard::Error> {
        let mut reader = Reader::new(bytes);
        let time_micros = reader.number()?;
        let meta = pairs(&mut reader)?;
        let creates = sequence(&mut reader, |reader| {
            let collection = reader.value()?;
            Ok(Create { collection, name: text(reader)? })
        })?;
        let schemas = sequence(&mut reader, |reader| {
            let collection = reader.value()?;
            Ok(NewSchema { collection, descriptor: reader.bytes()? })
        })?;
        let tables = sequence(&mut reader, |reader| {
            let head = head(reader)?;
            Ok(TableChanges { head, operations: sequence(reader, operation)? })
        })?;
        if reader.is_empty() {
            Ok(Self { time_micros, meta, creates, schemas, tables })
        } else {
            Err(postcard::Error::DeserializeBadEncoding)
        }
    }
}

/// When the commit with these bytes was made, in microseconds since 1970.
pub(crate) fn time_micros(bytes: &[u8]) -> Result<u64, postcard::Error> {
    Reader::new(bytes).number()
}

/// What the commit with these bytes says it is about.
pub(crate) fn meta(bytes: &[u8]) -> Result<Vec<(String, String)>, postcard::Error> {
    let mut reader = Reader::new(bytes);
    reader.number()?;
    let meta = pairs(&mut reader)?;
    Ok(meta.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

fn pairs<'a>(reader: &mut Reader<'a>) -> Result<Vec<(&'a str, &'a str)>, postcard::Error> {
    sequence(reader, |reader| Ok((text(reader)?, text(reader)?)))
}

fn head(reader: &mut Reader<'_>) -> Result<TableHead, postcard::Error> {
    Ok(TableHead {
        collection: reader.value()?,
        schema: reader.value()?,
        reset: reader.value()?,
        ids_used: reader.number()?,
    })
}

fn operation<'a>(reader: &mut Reader<'a>) -> Result<(&'a [u8], Option<&'a [u8]>), postcard::Error> {
    match reader.value::<u8>()? {
        REMOVE => Ok((reader.bytes()?, None)),
        PUT => Ok((reader.bytes()?, Some(reader.bytes()?))),
        _ => Err(postcard::Error::DeserializeBadEncoding),
    }
}

fn text<'a>(reader: &mut Reader<'a>) -> Result<&'a str, postcard::Error> {
    std::str::from_utf8(reader.bytes()?).map_err(|_| postcard::Error::DeserializeBadUtf8)
}

/// Reads a count and as many items. A count that the bytes can't hold ends in an error at the first
/// missing item, before anything is allocated for the rest.
fn sequence<'a, I>(
    reader: &mut Reader<'a>,
    mut item: impl FnMut(&mut Reader<'a>) -> Result<I, postcard::Error>,
) -> Result<Vec<I>, postcard::Error> {
    let count = reader.number()?;
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(item(reader)?);
    }
    Ok(items)
}

/// Where a part of `bytes` is in them.
pub(crate) fn place_in(bytes: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr() - bytes.as_ptr().addr();
    start..start + part.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_reads_back() {
        let meta = [("actor".to_owned(), "ada".to_owned())];
        let mut writer = CommitWriter::new(1_234_567, &meta);
        writer.creates(&[Create { collection: 0, name: "users" }]);
        writer.schemas(&[NewSchema { collection: 0, descriptor: b"User by u64" }]);
        writer.tables(1);
        let head = TableHead { collection: 0, schema: 3, reset: true, ids_used: 12 };
        writer.table(head, 2);
        writer.operations().push(PUT);
        codec::append_bytes(writer.operations(), b"k");
        codec::append_bytes(writer.operations(), b"record");
        writer.operations().push(REMOVE);
        codec::append_bytes(writer.operations(), b"gone");
        let bytes = writer.into_bytes();

        let commit = Commit::parse(&bytes).unwrap();
        assert_eq!(commit.time_micros, 1_234_567);
        assert_eq!(commit.meta, [("actor", "ada")]);
        assert_eq!(time_micros(&bytes), Ok(1_234_567));
        assert_eq!(super::meta(&bytes), Ok(meta.to_vec()));
        assert_eq!(commit.creates[0].name, "users");
        assert_eq!(commit.schemas[0].descriptor, b"User by u64");
        assert_eq!(commit.tables[0].head, head);
        let expected: [(&[u8], Option<&[u8]>); 2] = [(b"k", Some(b"record")), (b"gone", None)];
        assert_eq!(commit.tables[0].operations, expected);
        for length in 0..bytes.len() {
            assert!(Commit::parse(&bytes[..length]).is_err(), "cut to {length}");
        }
    }

    #[test]
    fn a_count_without_items_allocates_nothing() {
        let mut bytes = vec![0, 0, 0, 0];
        codec::append_number(&mut bytes, u64::MAX);
        assert!(Commit::parse(&bytes).is_err());
    }
}
