//! The persistent containers.
//!
//! A clone is O(1) and shares all nodes; a change copies the path to it, or nothing where the nodes
//! are not shared. [`Map`] is a copy-on-write B+tree of our own ([`tree`], [`node`]): the best that a
//! crate has clones each key of each node on a copied path, so that a commit that touched two indexes
//! of strings allocated a hundred times. Keys that own something, or are large, lie behind pointers here, with an
//! abbreviation beside them by which they are mostly compared ([`slot`], [`abbreviation`]). A lookup
//! needs no key, only a [`Probe`] that compares with the stored ones, so that `&str` finds a `String`
//! and a range may begin *between* keys ([`crate::table::span`]). A key that one map has goes into another
//! as it is ([`Held`]).
//!
//! [`HashMap`] gives up the order for quicker lookups ([`hashed`]).
//!
//! The tests hold both against those of the standard library.

pub(crate) mod abbreviation;
mod cursor;
mod diff;
mod hashed;
mod held;
mod node;
mod root;
mod slot;
mod tree;

pub(crate) use hashed::{HashIter, HashKey, HashMap, HashProbe};
pub(crate) use held::Held;
pub(crate) use slot::{MapKey, Probe};

use cursor::Range;
use diff::Differences;
use held::HeldSlot;
use slot::{Inline, Shared, Slot};
use std::fmt;
use std::iter;
use std::mem::{needs_drop, size_of};
use std::ops::Bound;
use tree::Tree;

/// A persistent ordered map.
///
/// It has one tree, with the slots that the key type needs. Which of the two that is, is a constant of
/// the type; the other is always empty.
pub(crate) struct Map<K, V> {
    inline: Tree<Inline<K>, V>,
    shared: Tree<Shared<K>, V>,
}

/// The most bytes of a key that is copied with its node.
const MOST_INLINE_BYTES: usize = 32;

impl<K, V> Map<K, V> {
    const IS_SHARED: bool = needs_drop::<K>() || size_of::<K>() > MOST_INLINE_BYTES;

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

    /// O(log n).
    pub(crate) fn get<P: Probe<K> + ?Sized>(&self, probe: &P) -> Option<&V> {
        self.entry_at(probe).map(|(_, value)| value)
    }

    /// The stored key that a lookup finds, and its value. O(log n).
    pub(crate) fn entry_at<P: Probe<K> + ?Sized>(&self, probe: &P) -> Option<(&K, &V)> {
        if Self::IS_SHARED {
            self.shared.get(probe).map(unpack)
        } else {
            self.inline.get(probe).map(unpack)
        }
    }

    /// Like [`Self::entry_at`], with the key for another map.
    pub(crate) fn held_at<P: Probe<K> + ?Sized>(&self, probe: &P) -> Option<(Held<'_, K>, &V)> {
        if Self::IS_SHARED {
            self.shared.get(probe).map(Held::shared)
        } else {
            self.inline.get(probe).map(Held::inline)
        }
    }

    /// O(log n).
    pub(crate) fn contains<P: Probe<K> + ?Sized>(&self, probe: &P) -> bool {
        self.entry_at(probe).is_some()
    }

    /// The values under up to `N` keys, in their order, looked for side by side. O(log n) each.
    pub(crate) fn get_each<'a, 'k, const N: usize>(
        &'a self,
        keys: impl Iterator<Item = &'k K>,
    ) -> [Option<&'a V>; N]
    where
        K: MapKey + 'k,
    {
        if Self::IS_SHARED { self.shared.get_each(keys) } else { self.inline.get_each(keys) }
    }

    /// The first entry that is not before a probe. O(log n).
    pub(crate) fn first_from<P: Probe<K> + ?Sized>(&self, probe: &P) -> Option<(&K, &V)> {
        if Self::IS_SHARED {
            self.shared.first_from(probe).map(unpack)
        } else {
            self.inline.first_from(probe).map(unpack)
        }
    }

    /// O(log n).
    pub(crate) fn first(&self) -> Option<(&K, &V)> {
        if Self::IS_SHARED {
            self.shared.first().map(unpack)
        } else {
            self.inline.first().map(unpack)
        }
    }

    /// O(log n).
    pub(crate) fn last(&self) -> Option<(&K, &V)> {
        if Self::IS_SHARED {
            self.shared.last().map(unpack)
        } else {
            self.inline.last().map(unpack)
        }
    }

    /// All entries in key order.
    pub(crate) fn iter(&self) -> RangeIter<'_, K, V> {
        if Self::IS_SHARED {
            RangeIter::shared(self.shared.iter())
        } else {
            RangeIter::inline(self.inline.iter())
        }
    }

    /// All entries in key order, with the keys for another map.
    pub(crate) fn iter_held(&self) -> impl Iterator<Item = (Held<'_, K>, &V)> {
        let mut entries = self.iter();
        iter::from_fn(move || match &mut entries.range {
            Either::Inline(range) => range.next().map(Held::inline),
            Either::Shared(range) => range.next().map(Held::shared),
        })
    }
}

impl<K: MapKey, V> Map<K, V> {
    /// The entries between two bounds; none where they are the wrong way round. O(log n) to begin.
    pub(crate) fn range<L, U>(&self, lower: Bound<&L>, upper: Bound<&U>) -> RangeIter<'_, K, V>
    where
        L: Probe<K> + ?Sized,
        U: Probe<K> + ?Sized,
    {
        if Self::IS_SHARED {
            RangeIter::shared(self.shared.range(lower, upper))
        } else {
            RangeIter::inline(self.inline.range(lower, upper))
        }
    }

    /// The keys at which this map and a newer one differ, in order, with the value in each. Nodes that
    /// both share are passed over, so that the cost grows with the difference.
    pub(crate) fn diff<'a>(
        &'a self,
        newer: &'a Self,
    ) -> impl Iterator<Item = (&'a K, Option<&'a V>, Option<&'a V>)>
    where
        V: PartialEq,
    {
        let shared = Differences::new(&self.shared, &newer.shared);
        let inline = Differences::new(&self.inline, &newer.inline);
        shared
            .map(|(slot, old, new)| (slot.key(), old, new))
            .chain(inline.map(|(slot, old, new)| (slot.key(), old, new)))
    }
}

impl<K: MapKey, V: Clone> Map<K, V> {
    /// Builds the map from entries in key order. Of equal keys the last stays. O(n).
    pub(crate) fn from_sorted(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        if Self::IS_SHARED {
            Self { shared: Tree::from_sorted(entries), inline: Tree::default() }
        } else {
            Self { inline: Tree::from_sorted(entries), shared: Tree::default() }
        }
    }

    /// O(log n).
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if Self::IS_SHARED {
            self.shared.insert(key, value)
        } else {
            self.inline.insert(key, value)
        }
    }

    /// Inserts under a key of another map. O(log n).
    pub(crate) fn insert_held(&mut self, key: &Held<'_, K>, value: V) -> Option<V> {
        match key.slot {
            HeldSlot::Inline(slot) => self.inline.insert_slot(slot.clone(), value),
            HeldSlot::Shared(slot) => self.shared.insert_slot(slot.clone(), value),
        }
    }

    /// The value under a key, for changing it. O(log n).
    #[cfg(feature = "text")]
    pub(crate) fn get_mut<P: Probe<K> + ?Sized>(&mut self, probe: &P) -> Option<&mut V> {
        if Self::IS_SHARED { self.shared.get_mut(probe) } else { self.inline.get_mut(probe) }
    }

    /// O(log n).
    pub(crate) fn remove<P: Probe<K> + ?Sized>(&mut self, probe: &P) -> Option<V> {
        if Self::IS_SHARED { self.shared.remove(probe) } else { self.inline.remove(probe) }
    }
}

impl<K, V> Clone for Map<K, V> {
    fn clone(&self) -> Self {
        Self { inline: self.inline.clone(), shared: self.shared.clone() }
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self { inline: Tree::default(), shared: Tree::default() }
    }
}

impl<K, V> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map").field("len", &self.len()).finish()
    }
}

/// An entry as those outside see it.
fn unpack<'a, S: Slot, V>((slot, value): (&'a S, &'a V)) -> (&'a S::Key, &'a V) {
    (slot.key(), value)
}

/// The entries of a map between two bounds.
pub(crate) struct RangeIter<'a, K, V> {
    range: Either<'a, K, V>,
}

enum Either<'a, K, V> {
    Inline(Range<'a, Inline<K>, V>),
    Shared(Range<'a, Shared<K>, V>),
}

impl<'a, K, V> RangeIter<'a, K, V> {
    fn inline(range: Range<'a, Inline<K>, V>) -> Self {
        Self { range: Either::Inline(range) }
    }

    fn shared(range: Range<'a, Shared<K>, V>) -> Self {
        Self { range: Either::Shared(range) }
    }
}

impl<K, V> RangeIter<'_, K, V> {
    /// About how many entries these are of a map that has `of`. O(log n): nodes know their children and not
    /// what is below these, so that it is as good as the tree is even.
    pub(crate) fn estimate(&self, of: usize) -> usize {
        match &self.range {
            Either::Inline(range) => range.estimate(of),
            Either::Shared(range) => range.estimate(of),
        }
    }
}

impl<K, V> Clone for RangeIter<'_, K, V> {
    fn clone(&self) -> Self {
        match &self.range {
            Either::Inline(range) => Self::inline(range.clone()),
            Either::Shared(range) => Self::shared(range.clone()),
        }
    }
}

impl<'a, K, V> Iterator for RangeIter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.range {
            Either::Inline(range) => range.next().map(unpack),
            Either::Shared(range) => range.next().map(unpack),
        }
    }
}

impl<K, V> DoubleEndedIterator for RangeIter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match &mut self.range {
            Either::Inline(range) => range.next_back().map(unpack),
            Either::Shared(range) => range.next_back().map(unpack),
        }
    }
}

#[cfg(test)]
mod tests;
