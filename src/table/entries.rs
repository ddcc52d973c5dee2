//! What an index asks of the container of its entries, and what it gets from it.
//!
//! There are two: [`ordered`](crate::table::ordered) and [`hashed`](crate::table::hashed). Under one
//! key, both have the primary keys in order.

use crate::persistent::{Map, RangeIter};
use crate::table::entry::Entry;
use crate::table::key::{Key, Lookup};
use crate::table::primaries::Primaries;
use crate::table::span::Span;
use std::borrow::Borrow;

/// The entries of an index, or of a part of it. A clone is O(1) and shares everything.
pub(crate) trait Entries<K: Key, P: Key>: Clone + Default + Send + Sync + 'static {
    /// Builds it from entries in order, each once.
    fn from_sorted(entries: Vec<Entry<K, P>>) -> Self;

    /// Adds an entry that is not there.
    fn insert(&mut self, entry: Entry<K, P>);

    /// Removes an entry; does nothing where it is not there.
    fn remove(&mut self, entry: &Entry<K, P>);

    /// The first primary key under a key, which in a unique index is the only one.
    fn first<Q>(&self, key: &Q) -> Option<&P>
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized;

    /// The primary keys under a key, which may be a borrowed form of the key's type.
    fn at<Q>(&self, key: &Q) -> PrimaryIter<'_, K, P>
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized;

    /// How many those are.
    fn count<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized;

    /// What is under a key, for a transaction to read while it writes.
    fn hold(&self, key: K) -> UnderKey<K, P>;

    /// Whether other primary keys are under a key than in `other`.
    fn differs(&self, other: &Self, key: &K) -> bool;

    /// Whether both are one and the same, without looking at any entry. O(1).
    fn is_same(&self, other: &Self) -> bool;

    /// How many entries there are. O(1).
    fn total(&self) -> usize;

    /// How many keys those of a unique index have.
    fn unique_len(&self) -> usize;

    /// The keys that those of a unique index have.
    fn unique_keys(&self) -> impl Iterator<Item = &K>;

    /// All entries in order, where they lie in order.
    fn in_order(&self) -> Option<&Map<Entry<K, P>, ()>>;
}

/// Primary keys that were found in an index.
pub(crate) enum PrimaryIter<'a, K, P> {
    /// Those of a stretch of the order of the entries.
    Span(RangeIter<'a, Entry<K, P>, ()>),
    /// The only one, or none.
    One(Option<&'a P>),
    /// All of an index key.
    Many(RangeIter<'a, P, ()>),
}

/// What is under a key, held while the index goes on.
pub(crate) enum UnderKey<K, P> {
    /// A stretch of the entries. What is taken from it is what was read.
    Span(Map<Entry<K, P>, ()>, Span<Entry<K, P>>),
    /// All of the key at once, which is then read as a whole.
    Whole(K, Option<Primaries<P>>),
}
