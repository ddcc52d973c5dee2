//! The blocks of a checkpoint: commits that make what a version has.

use crate::codec;
use crate::log::commit::{CommitWriter, Create, NewSchema, PUT, TableHead};
use crate::version::schemas::SchemaId;
use crate::version::written::Held;

/// The size that a block of records reaches.
const BLOCK_BYTES: usize = 1 << 20;

/// The first block: the collections and the forms of their records.
pub(super) fn catalog(time_micros: u64, held: &[Held]) -> Vec<u8> {
    let mut commit = CommitWriter::new(time_micros, &[]);
    let creates = held.iter().map(|held| Create { collection: held.id, name: &held.name });
    commit.creates(&creates.collect::<Vec<_>>());
    let schemas = held.iter().flat_map(|held| {
        let descriptors = held.schemas.iter();
        descriptors.map(|schema| NewSchema { collection: held.id, descriptor: schema.as_bytes() })
    });
    commit.schemas(&schemas.collect::<Vec<_>>());
    commit.tables(held.len());
    for collection in held {
        let Held { id: collection, ids_used, .. } = *collection;
        commit.table(TableHead { collection, schema: 0, reset: false, ids_used }, 0);
    }
    commit.into_bytes()
}

/// Records of one collection and form, on their way into a block.
pub(super) struct Block {
    time_micros: u64,
    collection: u32,
    schema: SchemaId,
    records: usize,
    puts: Vec<u8>,
}

impl Block {
    pub(super) fn new(time_micros: u64, held: &Held) -> Self {
        Self { time_micros, collection: held.id, schema: 0, records: 0, puts: Vec::new() }
    }

    /// Adds a record; returns the block before it, if that is full or in another form.
    pub(super) fn put(&mut self, schema: SchemaId, key: &[u8], record: &[u8]) -> Option<Vec<u8>> {
        let is_full = self.puts.len() >= BLOCK_BYTES || schema != self.schema;
        let full = if is_full { self.take() } else { None };
        self.schema = schema;
        self.records += 1;
        self.puts.push(PUT);
        codec::append_bytes(&mut self.puts, key);
        codec::append_bytes(&mut self.puts, record);
        full
    }

    /// The records so far, as a commit that puts them.
    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        if self.records == 0 {
            return None;
        }
        let mut commit = CommitWriter::new(self.time_micros, &[]);
        commit.creates(&[]);
        commit.schemas(&[]);
        commit.tables(1);
        let Self { collection, schema, .. } = *self;
        let head = TableHead { collection, schema, reset: false, ids_used: 0 };
        commit.table(head, self.records);
        commit.operations().append(&mut self.puts);
        self.records = 0;
        Some(commit.into_bytes())
    }
}
