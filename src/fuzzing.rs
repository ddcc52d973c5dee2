//! The door through which the fuzz targets reach the parts that turn bytes into a log and compare
//! types, each by itself.
//!
//! It is there with the feature `simulation`, and no part of what the crate promises. The parts behind
//! it are the real ones; they are only shown in plain types here, so that a target can hold them
//! against a reading of the format that shares no code with them.

use crate::codec;
use crate::envelope::Form;
use crate::envelope::keyring::Keyring;
use crate::error::Result;
use crate::log::commit::{self, CommitWriter, Create, NewSchema, TableHead};
use crate::log::frame::{self, Chain, Header, Kind, StoreId};
use crate::log::scan;
use crate::log::segment;
use crate::log::segments::Tail;
use crate::schema::compare;
use crate::schema::descriptor::Descriptor;
use crate::schema::json::{self, parse::Json};
use crate::simulation::Disk;

/// A frame of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as the page on the format names them")]
pub struct Frame {
    pub seal: bool,
    pub store: StoreId,
    pub sequence: u64,
    pub synced: u64,
    pub base: u64,
    pub commits: u32,
    /// Its compression and encryption; `None` where the header says what no frame does.
    pub form: Option<[u8; 4]>,
    /// As it is stored.
    pub payload: Vec<u8>,
}

impl Frame {
    /// The intact frame at the start of `bytes`, its chain value, and the one that it would have
    /// behind `previous`.
    #[must_use]
    pub fn parse(bytes: &[u8], previous: &Chain) -> Option<(Self, Chain, Chain)> {
        let found = frame::parse(bytes)?;
        let Header { kind, store, sequence, synced, base, commits, form, .. } = found.header;
        let (seal, payload) = (kind == Kind::Seal, found.payload.to_vec());
        let form = form.map(Form::to_bytes);
        let behind = frame::expected_chain(&found, previous);
        let frame = Self { seal, store, sequence, synced, base, commits, form, payload };
        Some((frame, found.chain, behind))
    }

    /// Appends the frame, chained to `previous`, and returns its chain value.
    pub fn append_to(&self, out: &mut Vec<u8>, previous: &Chain) -> Chain {
        let header = Header {
            kind: if self.seal { Kind::Seal } else { Kind::Commits },
            payload_bytes: u32::try_from(self.payload.len()).unwrap_or(u32::MAX),
            store: self.store,
            sequence: self.sequence,
            synced: self.synced,
            base: self.base,
            commits: self.commits,
            form: self.form.and_then(Form::from_bytes),
        };
        let start = frame::reserve_header(out);
        out.extend_from_slice(&self.payload);
        frame::fill_header(out.get_mut(start..).unwrap_or_default(), &header, previous)
    }
}

/// The header of a segment that begins where this says.
#[must_use]
pub fn segment_header(
    store: StoreId,
    number: u64,
    first_sequence: u64,
    base: u64,
    chain: Chain,
) -> Vec<u8> {
    let first = segment::Header::first(store);
    segment::Header { number, first_sequence, base, chain, ..first }
        .to_bytes(segment::FileKind::Segment)
}

/// The chain value before the first frame of a store.
#[must_use]
pub fn first_chain(store: StoreId) -> Chain {
    segment::Header::first(store).chain
}

/// What is in the segments of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "said below, or by their types")]
pub struct Log {
    /// The bytes of all commits, in order.
    pub commits: Vec<Vec<u8>>,
    pub next_segment: u64,
    pub next_sequence: u64,
    pub version: u64,
    pub chain: Chain,
    /// The last segment that is kept: its file, where its intact part ends, and whether in a seal.
    pub last: Option<(String, usize, bool)>,
    /// The segment that was not finished.
    pub remove: Option<String>,
}

/// Reads the segments on a disk as those of a store.
///
/// # Errors
///
/// `Corrupt` and `UnsupportedFormat`.
pub fn scan(disk: &Disk, store: StoreId) -> Result<Log> {
    let scanned = scan::scan(disk, &Keyring::plain(store))?;
    let mut commits = Vec::new();
    for segment in &scanned.segments {
        for range in &segment.commits {
            let commit = segment.bytes.get(range.clone()).expect("a commit is in its segment");
            commits.push(commit.to_vec());
        }
    }
    let Tail { next_segment, next_sequence, version, chain } = scanned.tail;
    let last = scanned.repair.last.map(|last| (last.name, last.intact_bytes, last.sealed));
    let remove = scanned.repair.remove;
    Ok(Log { commits, next_segment, next_sequence, version, chain, last, remove })
}

/// What the bytes of a commit say, but for the metadata, which recovery passes over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as the page on the format names them")]
pub struct Commit<'a> {
    pub time_micros: u64,
    pub creates: Vec<(u32, &'a str)>,
    pub schemas: Vec<(u32, &'a [u8])>,
    pub tables: Vec<Table<'a>>,
}

/// What a commit does to one collection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as the page on the format names them")]
pub struct Table<'a> {
    pub collection: u32,
    pub schema: u32,
    pub reset: bool,
    pub ids_used: u64,
    /// Keys, each with its record, or `None` where it is removed.
    pub operations: Vec<(&'a [u8], Option<&'a [u8]>)>,
}

impl<'a> Commit<'a> {
    /// Reads a commit; `None` where the bytes are none.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let commit = commit::Commit::parse(bytes).ok()?;
        let table = |table: commit::TableChanges<'a>| {
            let TableHead { collection, schema, reset, ids_used } = table.head;
            Table { collection, schema, reset, ids_used, operations: table.operations }
        };
        Some(Self {
            time_micros: commit.time_micros,
            creates: commit.creates.into_iter().map(|new| (new.collection, new.name)).collect(),
            schemas: commit
                .schemas
                .into_iter()
                .map(|new| (new.collection, new.descriptor))
                .collect(),
            tables: commit.tables.into_iter().map(table).collect(),
        })
    }

    /// Writes the commit as the engine does.
    #[must_use]
    pub fn to_bytes(&self, meta: &[(String, String)]) -> Vec<u8> {
        let mut writer = CommitWriter::new(self.time_micros, meta);
        let creates = self.creates.iter().map(|&(collection, name)| Create { collection, name });
        writer.creates(&creates.collect::<Vec<_>>());
        let schemas = self
            .schemas
            .iter()
            .map(|&(collection, descriptor)| NewSchema { collection, descriptor });
        writer.schemas(&schemas.collect::<Vec<_>>());
        writer.tables(self.tables.len());
        for &Table { collection, schema, reset, ids_used, ref operations } in &self.tables {
            let head = TableHead { collection, schema, reset, ids_used };
            writer.table(head, operations.len());
            for (key, record) in operations {
                let out = writer.operations();
                out.push(if record.is_some() { commit::PUT } else { commit::REMOVE });
                for part in [Some(*key), *record].into_iter().flatten() {
                    codec::append_bytes(out, part);
                }
            }
        }
        writer.into_bytes()
    }
}

/// What comes of comparing two descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Stored bytes can be decoded as the asked type at once.
    Straight,
    /// The asked type has to be told the names that are stored.
    ByName,
    /// The asked type can't read what is stored.
    Unfit,
}

/// Whether and how records of one form are read as those of another.
#[must_use]
pub fn compare(stored: &Descriptor, asked: &Descriptor) -> Reading {
    let found = compare::compare(stored, asked);
    match (found.unfit.is_empty(), found.straight_record) {
        (true, true) => Reading::Straight,
        (true, false) => Reading::ByName,
        (false, _) => Reading::Unfit,
    }
}

/// A text as JSON, read as the lines of an export are; else where it is no JSON, in bytes. Numbers that fit no other are floats, and
/// of a name that an object has twice the last counts, as `serde_json` has it.
///
/// # Errors
///
/// The place.
pub fn json(text: &str) -> std::result::Result<serde_json::Value, usize> {
    json::parse::parse(text).map(plain).map_err(|malformed| malformed.at)
}

fn plain(json: Json) -> serde_json::Value {
    match json {
        Json::Null => serde_json::Value::Null,
        Json::Bool(value) => value.into(),
        Json::Number(text) => serde_json::from_str(&text).unwrap_or_default(),
        Json::Text(text) => text.into(),
        Json::List(items) => items.into_iter().map(plain).collect(),
        Json::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, plain(value))).collect()
        }
    }
}
