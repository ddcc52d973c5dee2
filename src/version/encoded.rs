//! Collections as encoded bytes: which operations there are on them, and where their bytes lie.
//!
//! Recovery only notes where in the log the operations on a collection are, and an import or the process that is
//! followed adds to them. The list is never changed, since old versions have it too. So it is in chunks that
//! versions share: what is added is a chunk of its own, which takes its neighbour in if that is not at least
//! twice as long. There are O(log n) chunks of n operations, then, and an operation is copied O(log n)
//! times, however little is added at a time.

use crate::error::Result;
use crate::schema::descriptor::Descriptor;
use crate::table::record::Record;
use crate::version::schemas::SchemaId;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Below this number of operations none are left out of a collection that is followed.
const FOLLOWED_FROM: usize = 8_192;

/// Takes the number of a form, and a key and a record in it.
pub(crate) type PutEncoded<'a> = dyn FnMut(SchemaId, &[u8], &[u8]) -> Result<()> + 'a;

/// An operation of the log on one key.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// Which of its chunk's buffers its bytes are in.
    pub(crate) buffer: u32,
    /// The form in which they are.
    pub(crate) schema: SchemaId,
    pub(crate) key: Range<usize>,
    /// `None` where the key is removed.
    pub(crate) record: Option<Range<usize>>,
}

impl Operation {
    /// One that puts a record, with its bytes appended to a buffer, of which there is no other.
    pub(crate) fn appended(
        buffer: &mut Vec<u8>,
        schema: SchemaId,
        key: &[u8],
        record: &[u8],
    ) -> Self {
        let start = buffer.len();
        buffer.extend_from_slice(key);
        let middle = buffer.len();
        buffer.extend_from_slice(record);
        Self { buffer: 0, schema, key: start..middle, record: Some(middle..buffer.len()) }
    }

    /// The size of key and record.
    pub(crate) fn bytes(&self) -> usize {
        self.key.len() + self.record.as_ref().map_or(0, Range::len)
    }
}

/// What was done to a collection, in the order of the log.
#[derive(Debug, Default)]
pub(crate) struct Followed {
    /// The forms of its records, those included that came with this.
    pub(crate) forms: Vec<Arc<Descriptor>>,
    /// Whether the operations put the whole collection in the place of what was there.
    pub(crate) reset: bool,
    pub(crate) ids_used: u64,
    /// Their bytes are all in one buffer.
    pub(crate) operations: Vec<Operation>,
}

/// All operations on a collection, in the order of the log.
#[derive(Default)]
pub(crate) struct Encoded {
    chunks: Vec<Arc<Chunk>>,
    schemas: Vec<Arc<Descriptor>>,
    /// How many records they put, and the size of those and their keys.
    puts: (u64, u64),
    /// So many operations that were added are kept before those that do not count any more are left out; 0 where none
    /// were added.
    most: usize,
}

/// Operations that follow one another in the log.
#[derive(Default)]
pub(crate) struct Chunk {
    /// The segments of the log that have operations on the collection; `None` for the others, which
    /// need not be kept for its sake.
    buffers: Vec<Option<Arc<Vec<u8>>>>,
    operations: Vec<Operation>,
}

/// An operation, with its bytes.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'a> {
    chunk: &'a Chunk,
    operation: &'a Operation,
}

impl<'a> Placed<'a> {
    /// The form in which key and record are.
    pub(crate) fn schema(self) -> SchemaId {
        self.operation.schema
    }

    pub(crate) fn is_put(self) -> bool {
        self.operation.record.is_some()
    }

    pub(crate) fn key(self) -> &'a [u8] {
        self.bytes(&self.operation.key)
    }

    /// Empty where the key is removed.
    pub(crate) fn record(self) -> &'a [u8] {
        self.operation.record.as_ref().map(|record| self.bytes(record)).unwrap_or_default()
    }

    fn bytes(self, range: &Range<usize>) -> &'a [u8] {
        let buffer = self.chunk.buffers.get(self.operation.buffer as usize);
        buffer.and_then(|buffer| buffer.as_ref()?.get(range.clone())).unwrap_or_default()
    }
}

impl Chunk {
    pub(crate) fn operations(&self) -> &[Operation] {
        &self.operations
    }

    pub(crate) fn place<'a>(&'a self, operation: &'a Operation) -> Placed<'a> {
        Placed { chunk: self, operation }
    }

    fn placed(&self) -> impl Iterator<Item = Placed<'_>> {
        self.operations.iter().map(|operation| self.place(operation))
    }

    /// These operations and those of a later chunk.
    fn joined(&self, later: &Self) -> Self {
        let moved = u32::try_from(self.buffers.len()).unwrap_or(u32::MAX);
        let buffers = self.buffers.iter().chain(&later.buffers).cloned().collect();
        let mut operations = Vec::with_capacity(self.operations.len() + later.operations.len());
        operations.extend_from_slice(&self.operations);
        operations.extend(later.operations.iter().map(|operation| Operation {
            buffer: operation.buffer.saturating_add(moved),
            ..operation.clone()
        }));
        Self { buffers, operations }
    }
}

impl Encoded {
    pub(crate) fn new(
        segments: &[Arc<Vec<u8>>],
        schemas: Vec<Arc<Descriptor>>,
        operations: Vec<Operation>,
    ) -> Self {
        let mut buffers = vec![None; segments.len()];
        for operation in &operations {
            let at = operation.buffer as usize;
            if let (Some(buffer @ None), Some(segment)) = (buffers.get_mut(at), segments.get(at)) {
                *buffer = Some(segment.clone());
            }
        }
        let puts = puts_of(&operations);
        let chunks = vec![Arc::new(Chunk { buffers, operations })];
        Self { chunks, schemas, puts, most: 0 }
    }

    /// These operations and those behind them, which are in a buffer of their own and in forms that are known.
    /// O(operations that are added × log operations), over many times.
    pub(crate) fn extended(&self, buffer: Arc<Vec<u8>>, operations: Vec<Operation>) -> Self {
        let (more, more_bytes) = puts_of(&operations);
        let puts = (self.puts.0 + more, self.puts.1 + more_bytes);
        let mut last = Arc::new(Chunk { buffers: vec![Some(buffer)], operations });
        let mut chunks = self.chunks.clone();
        while let Some(before) =
            chunks.pop_if(|before| before.operations.len() < 2 * last.operations.len())
        {
            last = Arc::new(before.joined(&last));
        }
        chunks.push(last);
        Self { chunks, schemas: self.schemas.clone(), puts, most: self.most }
    }

    /// These operations and those that another process put behind them or in their place. As [`extended`](Self::extended), and from time
    /// to time O(operations).
    pub(crate) fn followed(&self, followed: &Followed, buffer: &Arc<Vec<u8>>) -> Result<Self> {
        let operations = followed.operations.clone();
        let mut next = if followed.reset {
            Self::new(std::slice::from_ref(buffer), Vec::new(), operations)
        } else {
            self.extended(buffer.clone(), operations)
        };
        next.schemas.clone_from(&followed.forms);
        next.most =
            self.most.max(FOLLOWED_FROM).max(2 * self.operations() * usize::from(self.most == 0));
        if next.operations() > next.most {
            next = next.compacted()?;
        }
        Ok(next)
    }

    /// The operations that still count, in a buffer of their own.
    fn compacted(&self) -> Result<Self> {
        let (mut bytes, mut operations) = (Vec::new(), Vec::new());
        self.for_each_live(&mut |schema, key, record| {
            operations.push(Operation::appended(&mut bytes, schema, key, record));
            Ok(())
        })?;
        let most = FOLLOWED_FROM.max(2 * operations.len());
        Ok(Self { most, ..Self::new(&[Arc::new(bytes)], self.schemas.clone(), operations) })
    }

    /// How many records the operations put, one that comes again counted again, and the size of those and their
    /// keys in bytes. O(1).
    pub(crate) fn puts(&self) -> (u64, u64) {
        self.puts
    }

    /// The keys that have a record, as they are stored.
    pub(crate) fn live_keys(&self) -> HashSet<Vec<u8>> {
        self.last_puts().map(|(_, put)| put.key().to_vec()).collect()
    }

    /// The number of keys that have a record.
    pub(crate) fn len(&self) -> usize {
        self.last_puts().count()
    }

    /// The last operation on each key that has a record, in the order of the log.
    pub(crate) fn live(&self) -> Vec<Placed<'_>> {
        let mut puts: Vec<_> = self.last_puts().collect();
        puts.sort_unstable_by_key(|(place, _)| *place);
        puts.into_iter().map(|(_, put)| put).collect()
    }

    /// The number of operations, which is not below that of records. O(log of it).
    pub(crate) fn operations(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.operations.len()).sum()
    }

    /// The operations in the order of the log.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        self.chunks.iter().map(|chunk| &**chunk)
    }

    /// The forms of the records, by their numbers.
    pub(crate) fn schemas(&self) -> &[Arc<Descriptor>] {
        &self.schemas
    }

    /// Gives the last record under each key, in the order of the log, with its key and the number of
    /// the form in which they are. O(operations).
    pub(crate) fn for_each_live(&self, put: &mut PutEncoded<'_>) -> Result<()> {
        self.live().into_iter().try_for_each(|live| put(live.schema(), live.key(), live.record()))
    }

    /// All operations, in the order of the log.
    fn placed(&self) -> impl Iterator<Item = Placed<'_>> {
        self.chunks().flat_map(Chunk::placed)
    }

    /// The last operation on each key that has a record, with its place, in no order.
    fn last_puts(&self) -> impl Iterator<Item = (usize, Placed<'_>)> {
        let mut last: HashMap<&[u8], (usize, Placed<'_>)> =
            HashMap::with_capacity(self.operations());
        for (place, operation) in self.placed().enumerate() {
            last.insert(operation.key(), (place, operation));
        }
        last.into_values().filter(|(_, operation)| operation.is_put())
    }

    /// Whether all operations are in the form that `T` writes.
    pub(crate) fn is_all_as<T: Record>(&self) -> bool {
        let asked = Descriptor::of_record::<T>();
        let same: Vec<bool> = self.schemas.iter().map(|stored| **stored == asked).collect();
        self.placed()
            .all(|operation| same.get(operation.schema() as usize).copied().unwrap_or(false))
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded").field("operations", &self.operations()).finish_non_exhaustive()
    }
}

fn puts_of(operations: &[Operation]) -> (u64, u64) {
    let puts = operations.iter().filter(|operation| operation.record.is_some());
    puts.fold((0, 0), |(count, bytes), put| (count + 1, bytes + put.bytes() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An operation whose bytes are a buffer of its own: a key alone, or a key and a record.
    fn operation(key: u8, record: Option<u8>) -> (Arc<Vec<u8>>, Vec<Operation>) {
        let bytes: Vec<u8> = [key].into_iter().chain(record).collect();
        let record = record.map(|_| 1..2);
        (Arc::new(bytes), vec![Operation { buffer: 0, schema: 0, key: 0..1, record }])
    }

    #[test]
    fn what_is_added_is_found_behind_what_was_there() {
        let mut encoded = Encoded::default();
        let mut model = std::collections::BTreeMap::new();
        for number in 0..1_000_u16 {
            let [low, ..] = number.to_le_bytes();
            let (key, record) = (low % 50, (number % 3 > 0).then_some(low));
            let (buffer, operations) = operation(key, record);
            encoded = encoded.extended(buffer, operations);
            match record {
                Some(record) => model.insert(key, record),
                None => model.remove(&key),
            };
        }
        assert_eq!((encoded.operations(), encoded.len()), (1_000, model.len()));
        let mut found = Vec::new();
        encoded
            .for_each_live(&mut |_, key, record| {
                found.push((key[0], record[0]));
                Ok(())
            })
            .expect("nothing fails");
        found.sort_unstable();
        assert_eq!(found, model.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn adding_little_by_little_copies_each_operation_a_few_times() {
        let mut encoded = Encoded::default();
        let mut copied = 0;
        let all = 4_096;
        for _ in 0..all {
            let (buffer, operations) = operation(1, Some(1));
            let next = encoded.extended(buffer, operations);
            let is_new =
                |chunk: &&Arc<Chunk>| !encoded.chunks.iter().any(|old| Arc::ptr_eq(old, chunk));
            copied += next
                .chunks
                .iter()
                .filter(is_new)
                .map(|chunk| chunk.operations.len())
                .sum::<usize>();
            encoded = next;
            assert!(encoded.chunks.len() <= 13, "{} chunks", encoded.chunks.len());
        }
        assert!(copied <= all * 13, "{copied} operations were copied for {all}");
    }
}
