//! What rows and entries of indexes take of memory, by their types: for estimates.
//!
//! What a value owns, such as the text of a `String`, does not show in its type; of records, whoever asks
//! adds their encoded size for that. The figures were set beside what a process really grew by
//! (`tests/observability/estimates.rs`).

use crate::table::record::Record;

/// Counts of references, and what an allocator adds and rounds up by.
const ALLOCATION_BYTES: usize = 32;

/// What stands in a node of a map beside or instead of what owns something: a pointer and an abbreviation of a key.
const REFERENCE_BYTES: usize = 24;

/// About what a row takes of memory, in bytes: the record in an allocation of its own, and its place in the map.
pub(super) const fn row_bytes<T: Record>() -> usize {
    size_of::<T>() + ALLOCATION_BYTES + in_node(held::<T::Key>() + size_of::<usize>())
}

/// About what an entry of an index takes of memory, in bytes.
pub(super) const fn entry_bytes<K, P>() -> usize {
    let keys = size_of::<K>() + size_of::<P>();
    if std::mem::needs_drop::<K>() || std::mem::needs_drop::<P>() || keys > 2 * REFERENCE_BYTES {
        let owned = owned::<K>() + owned::<P>();
        return in_node(REFERENCE_BYTES) + keys + ALLOCATION_BYTES + owned;
    }
    in_node(keys)
}

/// A key where it stands.
const fn held<K>() -> usize {
    if std::mem::needs_drop::<K>() {
        REFERENCE_BYTES + size_of::<K>() + ALLOCATION_BYTES + owned::<K>()
    } else {
        size_of::<K>()
    }
}

/// What a key owns: a short text.
const fn owned<K>() -> usize {
    if std::mem::needs_drop::<K>() { ALLOCATION_BYTES } else { 0 }
}

/// Nodes are three quarters full on average.
const fn in_node(bytes: usize) -> usize {
    bytes * 4 / 3
}
