//! The entries of an ordered index: pairs of index key and primary key, in that order.

use crate::persistent::abbreviation::Abbreviation;
use crate::persistent::{Map, Probe, RangeIter};
use crate::table::entries::{Entries, PrimaryIter, UnderKey};
use crate::table::entry::Entry;
use crate::table::key::{Key, Lookup};
use crate::table::span::{Side, Span};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::ops::Bound;

/// The entries of an ordered index, or of a part of it.
pub(crate) type EntryMap<K, P> = Map<Entry<K, P>, ()>;

/// The span of all entries whose keys lie in a span of keys.
pub(crate) fn entry_span<K: Key, P: Key>(span: &Span<K>) -> Span<Entry<K, P>> {
    if span.is_empty() { Span::nothing() } else { span.lift(Entry::key) }
}

impl<K: Key, P: Key> Entries<K, P> for EntryMap<K, P> {
    fn from_sorted(entries: Vec<Entry<K, P>>) -> Self {
        Map::from_sorted(entries.into_iter().map(|entry| (entry, ())))
    }

    fn insert(&mut self, entry: Entry<K, P>) {
        Map::insert(self, entry, ());
    }

    fn remove(&mut self, entry: &Entry<K, P>) {
        Map::remove(self, entry);
    }

    fn first<Q>(&self, key: &Q) -> Option<&P>
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized,
    {
        let (entry, ()) = self.first_from(&Beside { key, side: Side::Before })?;
        (key == entry.key.borrow()).then_some(&entry.primary)
    }

    fn at<Q>(&self, key: &Q) -> PrimaryIter<'_, K, P>
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized,
    {
        PrimaryIter::Span(under(self, key))
    }

    fn count<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized,
    {
        under(self, key).count()
    }

    fn hold(&self, key: K) -> UnderKey<K, P> {
        let span = Span::from_bounds(Bound::Included(key.clone()), Bound::Included(key));
        UnderKey::Span(self.clone(), entry_span(&span))
    }

    fn differs(&self, other: &Self, key: &K) -> bool {
        !under(self, key).eq(under(other, key))
    }

    fn is_same(&self, other: &Self) -> bool {
        Map::is_same(self, other)
    }

    fn total(&self) -> usize {
        self.len()
    }

    fn unique_len(&self) -> usize {
        self.len()
    }

    fn unique_keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(entry, ())| &entry.key)
    }

    fn in_order(&self) -> Option<&EntryMap<K, P>> {
        Some(self)
    }
}

/// The entries under one key.
fn under<'a, K, P, Q>(entries: &'a EntryMap<K, P>, key: &Q) -> RangeIter<'a, Entry<K, P>, ()>
where
    K: Key + Borrow<Q>,
    P: Key,
    Q: Lookup<K> + ?Sized,
{
    let lower = Beside { key, side: Side::Before };
    let upper = Beside { key, side: Side::After };
    entries.range(Bound::Excluded(&lower), Bound::Excluded(&upper))
}

/// Just beside all entries of one index key, compared without owning a key.
struct Beside<'q, Q: ?Sized> {
    key: &'q Q,
    side: Side,
}

impl<Q: Lookup<K> + ?Sized, K: Borrow<Q>, P> Probe<Entry<K, P>> for Beside<'_, Q> {
    fn abbreviation(&self) -> Option<Abbreviation> {
        self.side.of(self.key.stem()?)
    }

    fn compare(&self, entry: &Entry<K, P>) -> Ordering {
        self.key.cmp(entry.key.borrow()).then(self.side.order())
    }
}
