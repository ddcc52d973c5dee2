//! The persistent containers, and the one module that names the crates they come from.
//!
//! A clone is O(1) and shares all nodes; a change copies the path to it, or nothing where the nodes
//! are not shared. A lookup needs only something that compares with the stored keys
//! ([`Comparable`]), so that `&str` finds a `String` and a range may begin *between* keys
//! ([`crate::table::span`]).
//!
//! The crate is imbl, the maintained fork of `im` (which answers some reverse ranges wrongly, has
//! open advisories and is archived). Not below 7.0.2: before it, `diff` lost updates. The tests
//! hold it against `BTreeMap`, in both directions.

pub(crate) use equivalent::{Comparable, Equivalent};
pub(crate) use im::ordmap::DiffItem;
use std::fmt;
use std::ops::Bound;

/// A persistent ordered map.
pub(crate) struct Map<K, V> {
    entries: im::OrdMap<K, V>,
}

impl<K, V> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map").field("len", &self.entries.len()).finish()
    }
}

impl<K, V> Clone for Map<K, V> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone() }
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self { entries: im::OrdMap::new() }
    }
}

impl<K: Ord + Clone, V: Clone> Map<K, V> {
    /// Builds the map from entries in key order: nothing is shared yet, so that each step writes
    /// into the node at hand. Of equal keys the last stays.
    pub(crate) fn from_sorted(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut map = im::OrdMap::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        Self { entries: map }
    }

    /// O(log n).
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.entries.insert(key, value)
    }

    /// O(log n).
    pub(crate) fn remove<Q: Comparable<K> + ?Sized>(&mut self, key: &Q) -> Option<V> {
        self.entries.remove(key)
    }
}

impl<K: Ord, V> Map<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether both are one and the same, without looking at any entry. O(1).
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (self.is_empty() && other.is_empty()) || self.entries.ptr_eq(&other.entries)
    }

    /// O(log n).
    pub(crate) fn get<Q: Comparable<K> + ?Sized>(&self, key: &Q) -> Option<&V> {
        self.entries.get(key)
    }

    /// The stored key that a lookup finds, and its value. O(log n).
    pub(crate) fn entry_at<Q: Comparable<K> + ?Sized>(&self, key: &Q) -> Option<(&K, &V)> {
        self.entries.get_key_value(key)
    }

    /// O(log n).
    pub(crate) fn contains<Q: Comparable<K> + ?Sized>(&self, key: &Q) -> bool {
        self.entries.contains_key(key)
    }

    /// O(log n).
    pub(crate) fn first(&self) -> Option<(&K, &V)> {
        self.entries.get_min().map(|(key, value)| (key, value))
    }

    /// O(log n).
    pub(crate) fn last(&self) -> Option<(&K, &V)> {
        self.entries.get_max().map(|(key, value)| (key, value))
    }

    /// All entries in key order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator {
        self.entries.iter()
    }

    /// The entries between two bounds, which must not be the wrong way round. O(log n) to begin.
    pub(crate) fn range<Q: Comparable<K>>(
        &self,
        lower: Bound<&Q>,
        upper: Bound<&Q>,
    ) -> RangeIter<'_, K, V> {
        RangeIter { entries: self.entries.range::<_, Q>((lower, upper)) }
    }

    /// What differs between this map and a newer one, in key order. Nodes that both share are
    /// passed over, so that the cost grows with the difference.
    pub(crate) fn diff<'a, 'b>(
        &'a self,
        newer: &'b Self,
    ) -> impl Iterator<Item = DiffItem<'a, 'b, K, V>>
    where
        V: PartialEq,
    {
        self.entries.diff(&newer.entries)
    }
}

/// The entries of a map between two bounds.
#[derive(Clone)]
pub(crate) struct RangeIter<'a, K, V> {
    entries: im::ordmap::RangedIter<'a, K, V, im::shared_ptr::DefaultSharedPtr>,
}

impl<'a, K: Ord, V> Iterator for RangeIter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        self.entries.next()
    }
}

impl<K: Ord, V> DoubleEndedIterator for RangeIter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.entries.next_back()
    }
}

/// A persistent sequence.
#[derive(Debug, Clone)]
pub(crate) struct List<T: Clone> {
    items: im::Vector<T>,
}

impl<T: Clone> Default for List<T> {
    fn default() -> Self {
        Self { items: im::Vector::new() }
    }
}

impl<T: Clone> List<T> {
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.items.get(index)
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn push(&mut self, item: T) {
        self.items.push_back(item);
    }

    /// Puts `item` at `index`; does nothing where there is no such place.
    pub(crate) fn set(&mut self, index: usize, item: T) {
        if let Some(place) = self.items.get_mut(index) {
            *place = item;
        }
    }
}

#[cfg(test)]
mod tests;
