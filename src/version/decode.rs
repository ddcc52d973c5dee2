//! Collections as encoded bytes, and turning them into rows.
//!
//! Recovery only notes where in the log the operations on a collection are. When its type is known,
//! the keys are decoded first; that shows which operation is the last one on each key and gives the
//! order of the rows, so that only records that are still there are decoded, each once, and the map
//! is built from sorted input. Keys and records are decoded on all cores.

use crate::codec;
use crate::error::{Error, Result};
use crate::table::key;
use crate::table::record::Record;
use crate::table::secondary::Row;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::thread;

/// Below this number of items one thread is faster than several.
const PARALLEL_FROM: usize = 4_096;

/// An operation of the log on one key.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// Which of the buffers its bytes are in.
    pub(crate) buffer: u32,
    pub(crate) key: Range<usize>,
    /// `None` where the key is removed.
    pub(crate) record: Option<Range<usize>>,
}

/// All operations on a collection, in the order of the log.
#[derive(Default)]
pub(crate) struct Encoded {
    /// The segments of the log that have operations on the collection; `None` for the others, which
    /// need not be kept for its sake.
    buffers: Vec<Option<Arc<Vec<u8>>>>,
    operations: Vec<Operation>,
}

impl Encoded {
    pub(crate) fn new(segments: &[Arc<Vec<u8>>], operations: Vec<Operation>) -> Self {
        let mut buffers = vec![None; segments.len()];
        for operation in &operations {
            let at = operation.buffer as usize;
            if let (Some(buffer @ None), Some(segment)) = (buffers.get_mut(at), segments.get(at)) {
                *buffer = Some(segment.clone());
            }
        }
        Self { buffers, operations }
    }

    fn bytes(&self, operation: &Operation, range: &Range<usize>) -> &[u8] {
        self.buffers
            .get(operation.buffer as usize)
            .and_then(|buffer| buffer.as_ref()?.get(range.clone()))
            .unwrap_or_default()
    }

    /// The number of keys that have a record.
    pub(crate) fn len(&self) -> usize {
        let mut last: HashMap<&[u8], bool> = HashMap::with_capacity(self.operations.len());
        for operation in &self.operations {
            last.insert(self.bytes(operation, &operation.key), operation.record.is_some());
        }
        last.into_values().filter(|present| *present).count()
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded")
            .field("operations", &self.operations.len())
            .finish_non_exhaustive()
    }
}

/// The rows that the operations leave, in key order.
pub(crate) fn rows<T: Record>(
    encoded: &Encoded,
    collection: &str,
) -> Result<Vec<(T::Key, Row<T>)>> {
    let mut keys: Vec<(T::Key, &Operation)> = on_all_cores(&encoded.operations, |operation| {
        let key = codec::decode(encoded.bytes(operation, &operation.key));
        Ok((key.map_err(|source| decode_error::<T::Key>(collection, source))?, operation))
    })?;
    if !keys.is_sorted_by(|(left, _), (right, _)| left < right) {
        keep_last(&mut keys);
    }
    keys.retain(|(_, operation)| operation.record.is_some());
    let records = on_all_cores(&keys, |(key, operation)| {
        let bytes = operation.record.as_ref().map(|record| encoded.bytes(operation, record));
        let record = codec::decode::<T>(bytes.unwrap_or_default());
        let record = record.map_err(|source| decode_error::<T>(collection, source))?;
        check_key(collection, key, &record)?;
        Ok(Row(Arc::new(record)))
    })?;
    Ok(keys.into_iter().map(|(key, _)| key).zip(records).collect())
}

/// The description of a type names its key's type, not its field: a key that was moved to another
/// field shows here, before anything is found under a key it does not have.
fn check_key<T: Record>(collection: &str, stored: &T::Key, record: &T) -> Result<()> {
    let asked = record.key();
    if asked == *stored {
        return Ok(());
    }
    let (stored, asked) = (key::text(stored), key::text(&asked));
    let diff = format!("  - the key of a record is {stored}\n  + its key is {asked}\n");
    Err(Error::SchemaMismatch { collection: collection.to_owned(), diff })
}

/// Sorts by key and keeps the last of equal ones.
fn keep_last<K: Ord, V>(entries: &mut Vec<(K, V)>) {
    // Stable, so that of equal keys the last is the newest; turned round, since `dedup` keeps the first.
    entries.reverse();
    entries.sort_by(|(left, _), (right, _)| left.cmp(right));
    entries.dedup_by(|(later, _), (first, _)| later == first);
}

fn decode_error<V>(collection: &str, source: postcard::Error) -> Error {
    let type_name = std::any::type_name::<V>();
    let collection = Some(collection.to_owned());
    Error::Decode { collection, key: None, type_name, source: Box::new(source) }
}

/// Maps items on all cores, in order.
fn on_all_cores<'a, I: Sync, R: Send>(
    items: &'a [I],
    work: impl Fn(&'a I) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    if threads == 1 || items.len() < PARALLEL_FROM {
        return items.iter().map(work).collect();
    }
    let size = items.len().div_ceil(threads);
    thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = items
            .chunks(size)
            .map(|chunk| scope.spawn(move || chunk.iter().map(work).collect::<Result<Vec<R>>>()))
            .collect();
        let mut results = Vec::with_capacity(items.len());
        for worker in workers {
            let part = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            results.append(&mut part?);
        }
        Ok(results)
    })
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
