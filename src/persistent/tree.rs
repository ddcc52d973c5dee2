//! A copy-on-write B+tree.

use crate::persistent::cursor::{Cursor, Range};
use crate::persistent::node::{Children, Inner, Leaf, MISSING_CHILD, Node, compare};
use crate::persistent::root::Root;
use crate::persistent::slot::{CloneSlot, MapKey, Probe, Slot, WIDTH};
use arrayvec::ArrayVec;
use std::cmp::Ordering;
use std::ops::Bound;
use std::sync::Arc;

/// A tree of entries in the order of their keys. A clone shares all nodes.
pub(super) struct Tree<S: Slot, V> {
    root: Option<Root<S, V>>,
    length: usize,
}

impl<S: Slot, V> Clone for Tree<S, V> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), length: self.length }
    }
}

impl<S: Slot, V> Default for Tree<S, V> {
    fn default() -> Self {
        Self { root: None, length: 0 }
    }
}

impl<S: CloneSlot, V: Clone> Tree<S, V> {
    /// Builds a tree from entries in key order, level by level, with full nodes. Of equal keys the
    /// last stays. O(n).
    pub(super) fn from_sorted(entries: impl IntoIterator<Item = (S::Key, V)>) -> Self {
        let (mut leaves, mut length) = (Vec::new(), 0);
        let mut leaf = Leaf { slots: ArrayVec::new(), values: ArrayVec::new() };
        for (key, value) in entries {
            let slot = S::new(key);
            if let (Some(last), Some(before)) = (leaf.slots.last(), leaf.values.last_mut())
                && compare(last, &slot).is_eq()
            {
                *before = value;
                continue;
            }
            if leaf.slots.is_full() {
                let next = Leaf { slots: ArrayVec::new(), values: ArrayVec::new() };
                leaves.push(std::mem::replace(&mut leaf, next));
            }
            leaf.slots.push(slot);
            leaf.values.push(value);
            length += 1;
        }
        if length == 0 {
            return Self::default();
        }
        leaves.push(leaf);
        Self { root: Some(build(leaves)), length }
    }

    pub(super) fn insert(&mut self, key: S::Key, value: V) -> Option<V> {
        self.insert_slot(S::new(key), value)
    }

    pub(super) fn insert_slot(&mut self, slot: S, value: V) -> Option<V> {
        let (old, right) = match &mut self.root {
            None => {
                let slots = ArrayVec::from_iter([slot]);
                let values = ArrayVec::from_iter([value]);
                self.root = Some(Root::Leaf(Arc::new(Leaf { slots, values })));
                (None, None)
            }
            Some(Root::Leaf(leaf)) => {
                let (old, split) = Arc::make_mut(leaf).insert(slot, value, true);
                (old, split.map(|(slot, right)| (slot, Root::Leaf(right))))
            }
            Some(Root::Inner(inner)) => {
                let (old, split) = Arc::make_mut(inner).insert(slot, value, true);
                (old, split.map(|(slot, right)| (slot, Root::Inner(right))))
            }
        };
        if let (Some((separator, right)), Some(left)) = (right, &self.root) {
            self.root = Some(left.beside(separator, right));
        }
        self.length += usize::from(old.is_none());
        old
    }

    #[cfg(feature = "text")]
    pub(super) fn get_mut<P: Probe<S::Key> + ?Sized>(&mut self, probe: &P) -> Option<&mut V> {
        let root = self.root.as_mut()?;
        let hint = S::hint(probe);
        // Nothing is copied for what is not there.
        root.leaf_of(probe, hint)?.search(probe, hint).ok()?;
        match root {
            Root::Leaf(leaf) => Arc::make_mut(leaf).get_mut(probe, hint),
            Root::Inner(inner) => Arc::make_mut(inner).get_mut(probe, hint),
        }
    }

    pub(super) fn remove<P: Probe<S::Key> + ?Sized>(&mut self, probe: &P) -> Option<V> {
        let root = self.root.as_mut()?;
        let hint = S::hint(probe);
        // Nothing is copied for what is not there.
        root.leaf_of(probe, hint)?.search(probe, hint).ok()?;
        let removed = match root {
            Root::Leaf(leaf) => Arc::make_mut(leaf).remove(probe, hint),
            Root::Inner(inner) => Arc::make_mut(inner).remove(probe, hint),
        };
        self.length -= usize::from(removed.is_some());
        if self.length == 0 {
            self.root = None;
        } else if let Some(child) = self.root.as_ref().and_then(Root::only_child) {
            self.root = Some(child);
        }
        removed
    }
}

impl<S: Slot, V> Tree<S, V> {
    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn root(&self) -> Option<&Root<S, V>> {
        self.root.as_ref()
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (&self.root, &other.root) {
            (None, None) => true,
            (Some(ours), Some(theirs)) => ours.is_same(theirs),
            _ => false,
        }
    }

    pub(super) fn get<P: Probe<S::Key> + ?Sized>(&self, probe: &P) -> Option<(&S, &V)> {
        let root = self.root.as_ref()?;
        let hint = S::hint(probe);
        let leaf = root.leaf_of(probe, hint)?;
        leaf.entry(leaf.search(probe, hint).ok()?)
    }

    pub(super) fn first(&self) -> Option<(&S, &V)> {
        Cursor::first(self.root.as_ref()).next()
    }

    pub(super) fn last(&self) -> Option<(&S, &V)> {
        Cursor::end(self.root.as_ref()).next_back()
    }

    /// The values under up to `N` keys. All are looked for level by level, so that the misses of the
    /// cache, which are most of what a lookup in a large tree costs, are waited for together.
    pub(super) fn get_each<'a, 'k, const N: usize>(
        &'a self,
        keys: impl Iterator<Item = &'k S::Key>,
    ) -> [Option<&'a V>; N]
    where
        S::Key: MapKey + 'k,
    {
        let mut found = [None; N];
        let Some(Root::Inner(root)) = &self.root else {
            for (place, key) in found.iter_mut().zip(keys) {
                *place = self.get(key).map(|(_, value)| value);
            }
            return found;
        };
        let ways = keys.take(N).map(|key| (key, S::hint(key), &**root));
        let mut ways: ArrayVec<_, N> = ways.collect();
        let mut leaves = ArrayVec::<&Leaf<S, V>, N>::new();
        while leaves.len() < ways.len() {
            for (key, hint, node) in &mut ways {
                let place = node.child_of(*key, *hint);
                match &node.children {
                    Children::Leaves(below) => leaves.extend(below.get(place).map(|leaf| &**leaf)),
                    Children::Inners(below) => *node = below.get(place).expect(MISSING_CHILD),
                }
            }
        }
        for (((key, hint, _), leaf), place) in ways.iter().zip(leaves).zip(&mut found) {
            *place = leaf.search(*key, *hint).ok().and_then(|at| leaf.values.get(at));
        }
        found
    }

    /// The first entry that is not before a probe.
    pub(super) fn first_from<P: Probe<S::Key> + ?Sized>(&self, probe: &P) -> Option<(&S, &V)> {
        let root = self.root.as_ref()?;
        let hint = S::hint(probe);
        let leaf = root.leaf_of(probe, hint)?;
        let found = leaf.entry(leaf.search(probe, hint).unwrap_or_else(|place| place));
        // Behind the last entry of its leaf comes another leaf, for which the way has to be known.
        found.or_else(|| Cursor::seek(Some(root), probe, Ordering::Greater).peek())
    }

    pub(super) fn iter(&self) -> Range<'_, S, V> {
        let root = self.root.as_ref();
        Range { front: Cursor::first(root), back: Cursor::end(root) }
    }
}

impl<S: CloneSlot, V> Tree<S, V> {
    /// The entries between two bounds; none where they are the wrong way round.
    pub(super) fn range<L, U>(&self, lower: Bound<&L>, upper: Bound<&U>) -> Range<'_, S, V>
    where
        L: Probe<S::Key> + ?Sized,
        U: Probe<S::Key> + ?Sized,
    {
        let root = self.root.as_ref();
        let front = match lower {
            Bound::Unbounded => Cursor::first(root),
            Bound::Included(probe) => Cursor::seek(root, probe, Ordering::Greater),
            Bound::Excluded(probe) => Cursor::seek(root, probe, Ordering::Equal),
        };
        let back = match upper {
            Bound::Unbounded => Cursor::end(root),
            Bound::Included(probe) => Cursor::seek(root, probe, Ordering::Equal),
            Bound::Excluded(probe) => Cursor::seek(root, probe, Ordering::Greater),
        };
        let is_turned_round = match (front.peek(), back.peek()) {
            (Some((front, _)), Some((back, _))) => compare(front, back).is_gt(),
            (None, Some(_)) => true,
            (_, None) => false,
        };
        let back = if is_turned_round { front.clone() } else { back };
        Range { front, back }
    }
}

/// Puts inner nodes upon leaves until there is one node.
fn build<S: CloneSlot, V: Clone>(mut leaves: Vec<Leaf<S, V>>) -> Root<S, V> {
    // The last leaf may have next to nothing.
    if let Some((last, [.., before])) = leaves.split_last_mut()
        && last.is_small()
    {
        let separator = last.slots.first().expect("a leaf has entries").clone();
        let right = Leaf { slots: last.slots.take(), values: last.values.take() };
        // A full leaf and another are never one.
        if let Some((_, right)) = before.join(separator, right) {
            *last = Arc::unwrap_or_clone(right);
        }
    }
    let first = |leaf: Leaf<S, V>| {
        let slot = leaf.slots.first().expect("a leaf has entries").clone();
        (slot, Arc::new(leaf))
    };
    let leaves: Vec<_> = leaves.into_iter().map(first).collect();
    let mut level = match <[_; 1]>::try_from(leaves) {
        Ok([(_, leaf)]) => return Root::Leaf(leaf),
        Err(leaves) => group(leaves, Children::Leaves),
    };
    loop {
        level = match <[_; 1]>::try_from(level) {
            Ok([(_, root)]) => return Root::Inner(root),
            Err(inners) => group(inners, Children::Inners),
        };
    }
}

/// Puts nodes, each with its first key, under nodes of the next level.
fn group<S: CloneSlot, V, N>(
    nodes: Vec<(S, Arc<N>)>,
    wrap: fn(ArrayVec<Arc<N>, WIDTH>) -> Children<S, V>,
) -> Vec<(S, Arc<Inner<S, V>>)> {
    let count = nodes.len();
    let mut nodes = nodes.into_iter();
    let mut level = Vec::with_capacity(count.div_ceil(WIDTH));
    let mut left = count;
    while left > 0 {
        // The last two share what is left, so that neither is small.
        let size = if left >= 2 * WIDTH || left <= WIDTH { left.min(WIDTH) } else { left / 2 };
        left -= size;
        let (mut slots, mut children) = (ArrayVec::new(), ArrayVec::new());
        let mut first = None;
        for (slot, node) in nodes.by_ref().take(size) {
            if first.is_none() {
                first = Some(slot);
            } else {
                slots.push(slot);
            }
            children.push(node);
        }
        let first = first.expect("as many nodes as counted");
        level.push((first, Arc::new(Inner::new(slots, wrap(children)))));
    }
    level
}
