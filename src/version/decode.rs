//! Collections as encoded bytes, and turning them into rows.
//!
//! Recovery only notes where in the log the operations on a collection are. Once its type is known,
//! the usual case is that all of them are in the form that the type writes itself: then the keys are
//! decoded first; that shows which operation is the last one on each key and gives the order of the
//! rows, so that only records that are still there are decoded, each once, and the map is built from
//! sorted input. Keys and records are decoded on all cores.
//!
//! Where there are other forms ([`other_forms`]), the last operation on each key is found by the bytes
//! of the key. That works since the keys in the log have one encoding: a type that encodes them in another way
//! has the whole collection written anew before it writes anything else.

pub(crate) mod other_forms;

use crate::codec;
use crate::error::Result;
use crate::parallel;
use crate::schema::descriptor::Descriptor;
use crate::table::key;
use crate::table::record::Record;
use crate::table::secondary::Row;
use crate::table::stored::{check_key, unreadable};
use crate::version::schemas::SchemaId;
use crate::version::untyped::{Untyped, UntypedKey};
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Below this number of items one thread is faster than several.
const PARALLEL_FROM: usize = 4_096;

/// Below this number of operations none are left out of a collection that is followed.
const FOLLOWED_FROM: usize = 8_192;

/// Takes the number of a form, and a key and a record in it.
pub(crate) type PutEncoded<'a> = dyn FnMut(SchemaId, &[u8], &[u8]) -> Result<()> + 'a;

/// An operation of the log on one key.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// Which of the buffers its bytes are in.
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
    /// The segments of the log that have operations on the collection; `None` for the others, which
    /// need not be kept for its sake.
    buffers: Vec<Option<Arc<Vec<u8>>>>,
    schemas: Vec<Arc<Descriptor>>,
    operations: Vec<Operation>,
    /// How many records they put, and the size of those and their keys.
    puts: (u64, u64),
    /// So many operations that were added are kept before those that do not count any more are left out; 0 where none
    /// were added.
    most: usize,
}

/// A collection, decoded.
pub(crate) struct Decoded<T: Record> {
    /// In key order.
    pub(crate) rows: Vec<(T::Key, Row<T>)>,
    /// Whether they must be written down before anything else is.
    pub(crate) rewrite: bool,
}

impl<T: Record> Default for Decoded<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), rewrite: false }
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
        Self { buffers, schemas, operations, puts, most: 0 }
    }

    /// These operations and those behind them, which are in a buffer of their own and in forms that are known.
    /// O(operations).
    pub(crate) fn extended(&self, buffer: Arc<Vec<u8>>, operations: Vec<Operation>) -> Self {
        let number = u32::try_from(self.buffers.len()).unwrap_or(u32::MAX);
        let (more, more_bytes) = puts_of(&operations);
        let puts = (self.puts.0 + more, self.puts.1 + more_bytes);
        let mut buffers = self.buffers.clone();
        buffers.push(Some(buffer));
        let mut all = Vec::with_capacity(self.operations.len() + operations.len());
        all.extend_from_slice(&self.operations);
        all.extend(
            operations.into_iter().map(|operation| Operation { buffer: number, ..operation }),
        );
        Self { buffers, schemas: self.schemas.clone(), operations: all, puts, most: self.most }
    }

    /// These operations and those that another process put behind them or in their place. O(operations).
    pub(crate) fn followed(&self, followed: &Followed, buffer: &Arc<Vec<u8>>) -> Result<Self> {
        let operations = followed.operations.clone();
        let mut next = if followed.reset {
            Self::new(std::slice::from_ref(buffer), Vec::new(), operations)
        } else {
            self.extended(buffer.clone(), operations)
        };
        next.schemas.clone_from(&followed.forms);
        next.most = self
            .most
            .max(FOLLOWED_FROM)
            .max(2 * self.operations.len() * usize::from(self.most == 0));
        if next.operations.len() > next.most {
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
        self.last_puts().map(|(_, operation)| self.key(operation).to_vec()).collect()
    }

    fn bytes(&self, operation: &Operation, range: &Range<usize>) -> &[u8] {
        self.buffers
            .get(operation.buffer as usize)
            .and_then(|buffer| buffer.as_ref()?.get(range.clone()))
            .unwrap_or_default()
    }

    /// The number of keys that have a record.
    pub(crate) fn len(&self) -> usize {
        self.last_puts().count()
    }

    /// The last operation on each key that has a record, in the order of the log.
    fn live(&self) -> Vec<&Operation> {
        let mut puts: Vec<_> = self.last_puts().collect();
        puts.sort_unstable_by_key(|(place, _)| *place);
        puts.into_iter().map(|(_, operation)| operation).collect()
    }

    /// The number of operations, which is not below that of records. O(1).
    pub(crate) fn operations(&self) -> usize {
        self.operations.len()
    }

    /// Gives the last record under each key, in the order of the log, with its key and the number of
    /// the form in which they are. O(operations).
    pub(crate) fn for_each_live(&self, put: &mut PutEncoded<'_>) -> Result<()> {
        self.live().into_iter().try_for_each(|operation| {
            put(operation.schema, self.key(operation), self.record(operation))
        })
    }

    /// The last operation on each key that has a record, with its place, in no order.
    fn last_puts(&self) -> impl Iterator<Item = (usize, &Operation)> {
        let mut last: HashMap<&[u8], (usize, &Operation)> =
            HashMap::with_capacity(self.operations.len());
        for (place, operation) in self.operations.iter().enumerate() {
            last.insert(self.key(operation), (place, operation));
        }
        last.into_values().filter(|(_, operation)| operation.record.is_some())
    }

    fn key(&self, operation: &Operation) -> &[u8] {
        self.bytes(operation, &operation.key)
    }

    fn record(&self, operation: &Operation) -> &[u8] {
        operation.record.as_ref().map(|record| self.bytes(operation, record)).unwrap_or_default()
    }

    /// Whether all operations are in the form that `T` writes.
    fn is_all_as<T: Record>(&self) -> bool {
        let asked = Descriptor::of_record::<T>();
        let same: Vec<bool> = self.schemas.iter().map(|stored| **stored == asked).collect();
        self.operations
            .iter()
            .all(|operation| same.get(operation.schema as usize).copied().unwrap_or(false))
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded")
            .field("operations", &self.operations.len())
            .finish_non_exhaustive()
    }
}

fn puts_of(operations: &[Operation]) -> (u64, u64) {
    let puts = operations.iter().filter(|operation| operation.record.is_some());
    puts.fold((0, 0), |(count, bytes), put| (count + 1, bytes + put.bytes() as u64))
}

/// The rows that the operations leave, in key order.
pub(crate) fn decode<T: Record>(encoded: &Encoded, collection: &str) -> Result<Decoded<T>> {
    if !encoded.is_all_as::<T>() {
        return other_forms::decode(encoded, collection);
    }
    let mut keys: Vec<(T::Key, &Operation)> =
        parallel::map(&encoded.operations, PARALLEL_FROM, |operation| {
            let key = codec::decode(encoded.key(operation));
            Ok((key.map_err(|source| unreadable::<T::Key>(collection, None, source))?, operation))
        })?;
    if !keys.is_sorted_by(|(left, _), (right, _)| left < right) {
        keep_last(&mut keys);
    }
    keys.retain(|(_, operation)| operation.record.is_some());
    let records = parallel::map(&keys, PARALLEL_FROM, |(key, operation)| {
        let record = codec::decode::<T>(encoded.record(operation))
            .map_err(|source| unreadable::<T>(collection, Some(key::text(key)), source))?;
        check_key(collection, key, &record)?;
        Ok(Row(Arc::new(record)))
    })?;
    let rows = keys.into_iter().map(|(key, _)| key).zip(records).collect();
    Ok(Decoded { rows, rewrite: false })
}

/// The rows that the operations leave, of a collection whose type is not known, in the order of the
/// values of their keys.
pub(crate) fn untyped(encoded: &Encoded, collection: &str) -> Result<Decoded<Untyped>> {
    let live = encoded.live();
    let mut rows = parallel::map(&live, PARALLEL_FROM, |operation| {
        let schema = encoded.schemas.get(operation.schema as usize);
        let schema = schema.expect("recovery checks which schemas there are");
        // Keys have one encoding, whatever the form of their records, and are looked up in the
        // newest.
        let newest = encoded.schemas.last().unwrap_or(schema);
        let key = UntypedKey::new(newest, encoded.key(operation))
            .map_err(|error| error.within(Some(collection), None))?;
        let record = Untyped::new(schema, key.clone(), encoded.record(operation));
        Ok((key, Row(Arc::new(record))))
    })?;
    rows.sort_by(|(left, _), (right, _)| left.cmp(right));
    Ok(Decoded { rows, rewrite: false })
}

/// Sorts by key and keeps the last of equal ones.
fn keep_last<K: Ord, V>(entries: &mut Vec<(K, V)>) {
    // Stable, so that of equal keys the last is the newest; turned round, since `dedup` keeps the first.
    entries.reverse();
    entries.sort_by(|(left, _), (right, _)| left.cmp(right));
    entries.dedup_by(|(later, _), (first, _)| later == first);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_keys_the_last_stays() {
        let mut entries = vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd'), (3, 'e'), (2, 'f')];
        keep_last(&mut entries);
        assert_eq!(entries, [(1, 'd'), (2, 'f'), (3, 'e')]);
    }
}
