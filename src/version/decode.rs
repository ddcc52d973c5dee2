//! Turning collections that are encoded bytes into rows.
//!
//! Once the type of a collection is known, the usual case is that all operations on it are in the form that the
//! type writes itself: then the keys are decoded first; that shows which operation is the last one on
//! each key and gives the order of the rows, so that only records that are still there are decoded, each once,
//! and the map is built from sorted input. Keys and records are decoded on all cores.
//!
//! Where there are other forms ([`other_forms`]), the last operation on each key is found by the bytes
//! of the key. That works since the keys in the log have one encoding: a type that encodes them in another way
//! has the whole collection written anew before it writes anything else.

mod other_forms;

use crate::codec;
use crate::error::Result;
use crate::parallel;
use crate::table::key;
use crate::table::record::Record;
use crate::table::secondary::Row;
use crate::table::stored::{check_key, unreadable};
use crate::version::encoded::{Encoded, Placed};
use crate::version::untyped::{Untyped, UntypedKey};
use std::sync::Arc;

/// Below this number of items one thread is faster than several.
const PARALLEL_FROM: usize = 4_096;

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

/// The rows that the operations leave, in key order.
pub(crate) fn decode<T: Record>(encoded: &Encoded, collection: &str) -> Result<Decoded<T>> {
    if !encoded.is_all_as::<T>() {
        return other_forms::decode(encoded, collection);
    }
    let mut keys: Vec<(T::Key, Placed<'_>)> = Vec::new();
    for chunk in encoded.chunks() {
        let mut more = parallel::map(chunk.operations(), PARALLEL_FROM, |operation| {
            let operation = chunk.place(operation);
            let key = codec::decode(operation.key());
            Ok((key.map_err(|source| unreadable::<T::Key>(collection, None, source))?, operation))
        })?;
        if keys.is_empty() {
            keys = more;
        } else {
            keys.append(&mut more);
        }
    }
    if !keys.is_sorted_by(|(left, _), (right, _)| left < right) {
        keep_last(&mut keys);
    }
    keys.retain(|(_, operation)| operation.is_put());
    let records = parallel::map(&keys, PARALLEL_FROM, |(key, operation)| {
        let record = codec::decode::<T>(operation.record())
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
        let schema = encoded.schemas().get(operation.schema() as usize);
        let schema = schema.expect("recovery checks which schemas there are");
        // Keys have one encoding, whatever the form of their records, and are looked up in the
        // newest.
        let newest = encoded.schemas().last().unwrap_or(schema);
        let key = UntypedKey::new(newest, operation.key())
            .map_err(|error| error.within(Some(collection), None))?;
        let record = Untyped::new(schema, key.clone(), operation.record());
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
