//! A persistent map without an order.
//!
//! A trie on the hashes of the keys ([`trie`], [`node`]): six bits of the hash say in which of the 64 places of a
//! node a key is, the next six in which of that child's, until there is a bucket of up to 16 entries. So
//! a lookup among a million entries reads three nodes, each at one place, and an entry, and has nothing to
//! compare on the way. A search in [`Map`] reads five nodes, two or three lines of the cache in each, and
//! has to look at keys that begin alike one by one. Keys that own something or are large lie behind
//! pointers here too, one of which a lookup follows.
//!
//! What that costs is the order, and writes: a node that is copied counts up to 64 references where one of
//! the ordered map counts 16.
//!
//! Iterators follow the hashes. That order says nothing, and is another one in each run of the program;
//! within one map it stays, so a scan can go on behind a hash.

mod diff;
mod iter;
mod node;
mod trie;

pub(crate) use iter::HashIter;

use crate::persistent::Map;
use diff::Differences;
use iter::Walk;
use node::{Entry, Keeps, Plain};
use std::fmt;
use std::sync::Arc;
use trie::Trie;

/// A key that can be hashed. Equal keys have equal hashes.
pub(crate) trait HashKey: Eq + Clone {
    /// Any bit of it may count.
    fn hash(&self) -> u64;
}

/// A key of type `K`, or something that is compared with one.
pub(crate) trait HashProbe<K> {
    /// The hash of the keys that it is equal to.
    fn hash(&self) -> u64;

    /// Whether it is equal to a key.
    fn is(&self, key: &K) -> bool;
}

impl<K: HashKey> HashProbe<K> for K {
    fn hash(&self) -> u64 {
        HashKey::hash(self)
    }

    fn is(&self, key: &K) -> bool {
        self == key
    }
}

/// A persistent map without an order.
///
/// It has one trie, with keys held as their type needs it. Which of the two that is, is a constant of
/// the type, as in [`Map`]; the other is always empty.
pub(crate) struct HashMap<K, V> {
    inline: Trie<Plain<K>, V>,
    shared: Trie<Arc<K>, V>,
}

impl<K, V> HashMap<K, V> {
    const IS_SHARED: bool = Map::<K, V>::IS_SHARED;

    pub(crate) fn len(&self) -> usize {
        if Self::IS_SHARED { self.shared.len() } else { self.inline.len() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether both are one and the same, without looking at any entry. O(1).
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.inline.is_same(&other.inline) && self.shared.is_same(&other.shared)
    }

    /// O(1) expected.
    pub(crate) fn get<P: HashProbe<K> + ?Sized>(&self, probe: &P) -> Option<&V> {
        self.entry_at(probe).map(|(_, value)| value)
    }

    /// The stored key that a lookup finds, and its value. O(1) expected.
    pub(crate) fn entry_at<P: HashProbe<K> + ?Sized>(&self, probe: &P) -> Option<(&K, &V)> {
        if Self::IS_SHARED {
            self.shared.get(probe).map(Entry::pair)
        } else {
            self.inline.get(probe).map(Entry::pair)
        }
    }

    /// O(1) expected.
    pub(crate) fn contains<P: HashProbe<K> + ?Sized>(&self, probe: &P) -> bool {
        self.entry_at(probe).is_some()
    }

    /// The values under up to `N` keys, in their order, looked for side by side. O(1) expected each.
    pub(crate) fn get_each<'a, 'k, const N: usize>(
        &'a self,
        keys: impl Iterator<Item = &'k K>,
    ) -> [Option<&'a V>; N]
    where
        K: HashKey + 'k,
    {
        if Self::IS_SHARED { self.shared.get_each(keys) } else { self.inline.get_each(keys) }
    }

    /// All entries in the order of their hashes.
    pub(crate) fn iter(&self) -> HashIter<'_, K, V> {
        if Self::IS_SHARED {
            HashIter::shared(Walk::of(self.shared.root()))
        } else {
            HashIter::inline(Walk::of(self.inline.root()))
        }
    }

    /// The entries with hashes above this one.
    pub(crate) fn after(&self, hash: u64) -> HashIter<'_, K, V> {
        if Self::IS_SHARED {
            HashIter::shared(Walk::after(self.shared.root(), hash))
        } else {
            HashIter::inline(Walk::after(self.inline.root(), hash))
        }
    }

    /// The entries with hashes below this one.
    pub(crate) fn before(&self, hash: u64) -> HashIter<'_, K, V> {
        if Self::IS_SHARED {
            HashIter::shared(Walk::before(self.shared.root(), hash))
        } else {
            HashIter::inline(Walk::before(self.inline.root(), hash))
        }
    }

    /// The keys at which this map and a newer one differ, with the value in each. Nodes that both share
    /// are passed over, so that the cost grows with the difference.
    pub(crate) fn diff<'a>(
        &'a self,
        newer: &'a Self,
    ) -> impl Iterator<Item = (&'a K, Option<&'a V>, Option<&'a V>)>
    where
        K: Eq,
        V: PartialEq,
    {
        let shared = Differences::new(self.shared.root(), newer.shared.root());
        let inline = Differences::new(self.inline.root(), newer.inline.root());
        shared
            .map(|(held, old, new)| (held.key(), old, new))
            .chain(inline.map(|(held, old, new)| (held.key(), old, new)))
    }
}

impl<K: HashKey, V: Clone> HashMap<K, V> {
    /// Builds the map from entries in any order. Of equal keys the last stays. O(n log n).
    pub(crate) fn from_entries(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        if Self::IS_SHARED {
            Self { shared: Trie::from_entries(entries), inline: Trie::default() }
        } else {
            Self { inline: Trie::from_entries(entries), shared: Trie::default() }
        }
    }

    /// O(1) expected.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if Self::IS_SHARED {
            self.shared.insert(key, value)
        } else {
            self.inline.insert(key, value)
        }
    }

    /// The value under a key, for changing it. O(1) expected.
    pub(crate) fn get_mut<P: HashProbe<K> + ?Sized>(&mut self, probe: &P) -> Option<&mut V> {
        if Self::IS_SHARED { self.shared.get_mut(probe) } else { self.inline.get_mut(probe) }
    }

    /// O(1) expected.
    pub(crate) fn remove<P: HashProbe<K> + ?Sized>(&mut self, probe: &P) -> Option<V> {
        if Self::IS_SHARED { self.shared.remove(probe) } else { self.inline.remove(probe) }
    }
}

impl<K, V> Clone for HashMap<K, V> {
    fn clone(&self) -> Self {
        Self { inline: self.inline.clone(), shared: self.shared.clone() }
    }
}

impl<K, V> Default for HashMap<K, V> {
    fn default() -> Self {
        Self { inline: Trie::default(), shared: Trie::default() }
    }
}

impl<K, V> fmt::Debug for HashMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashMap").field("len", &self.len()).finish()
    }
}

#[cfg(test)]
mod tests;
