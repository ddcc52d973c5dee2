//! What rows and entries of indexes take of memory, by their types: for estimates.
//!
//! What a value owns, such as the text of a `String`, does not show in its type; of records, whoever asks
//! adds their encoded size for that. The figures were set beside what a process grew by for each of 300,000 records that
//! came in no order (x86-64, glibc): 128 bytes are estimated for three numbers with an index, and 123 were taken; 138 and
//! 139 for a number and a text of 20 letters, 619 and 628 where it has 500; 574 and 707 for six short texts with two indexes
//! of texts; 404 and 357 for a text as the key and a hash index.

/// Counts of references, and what an allocator adds and rounds up by.
const ALLOCATION_BYTES: usize = 32;

/// What stands in a node of a map instead of what owns something: a pointer and an abbreviation of a key.
const REFERENCE_BYTES: usize = 24;

/// What an allocator adds and rounds up by for each thing that a record owns, and how much of a record's type is
/// one such thing.
const OWNED_BYTES: usize = 16;
const OWNER_BYTES: usize = 24;

/// About what a row of a record and its key takes of memory, in bytes: the record in an allocation of its own, and its place in
/// the map.
pub(super) const fn row_bytes<T, K>() -> usize {
    let owned = if std::mem::needs_drop::<T>() { size_of::<T>() / OWNER_BYTES } else { 0 };
    let record = size_of::<T>() + ALLOCATION_BYTES + owned * OWNED_BYTES;
    let (inside, outside) = key_bytes::<K>();
    record + in_node(inside + size_of::<usize>()) + outside
}

/// About what an entry of an index takes of memory, in bytes.
pub(super) const fn entry_bytes<K, P>() -> usize {
    let (inside, outside) = key_bytes::<(K, P)>();
    in_node(inside) + outside
}

/// What a key takes in the node of a map, and outside of it: a short text, where it owns anything.
const fn key_bytes<K>() -> (usize, usize) {
    if std::mem::needs_drop::<K>() {
        (REFERENCE_BYTES, size_of::<K>() + 2 * ALLOCATION_BYTES)
    } else {
        (size_of::<K>(), 0)
    }
}

/// Where keys come in no order, leaves are two thirds full; the nodes above them, and what the allocator keeps for
/// the next, come to as much again as that leaves.
const fn in_node(bytes: usize) -> usize {
    2 * bytes
}
