//! Places between the entries of a tree, and the entries between two of them.

use crate::persistent::node::{Children, Inner, Leaf};
use crate::persistent::root::Root;
use crate::persistent::slot::{Probe, Slot};
use arrayvec::ArrayVec;
use std::cmp::Ordering;

/// More levels than a tree can have: but for its right edge each node has four children at least, so
/// at this height it has 2^44 entries.
const LEVELS: usize = 24;

/// A place just before an entry, or behind all of them.
pub(super) struct Cursor<'a, S: Slot, V> {
    /// The inner nodes from the root down, each with the place of the child that is gone into.
    path: ArrayVec<(&'a Inner<S, V>, usize), LEVELS>,
    /// Nothing in an empty tree.
    leaf: Option<&'a Leaf<S, V>>,
    place: usize,
}

impl<S: Slot, V> Clone for Cursor<'_, S, V> {
    fn clone(&self) -> Self {
        Self { path: self.path.clone(), ..*self }
    }
}

impl<'a, S: Slot, V> Cursor<'a, S, V> {
    fn down(
        root: Option<&'a Root<S, V>>,
        child_of: impl Fn(&Inner<S, V>) -> usize,
        place_in: impl FnOnce(&Leaf<S, V>) -> usize,
    ) -> Self {
        let mut cursor = Self { path: ArrayVec::new(), leaf: None, place: 0 };
        match root {
            None => {}
            Some(Root::Leaf(leaf)) => cursor.leaf = Some(leaf),
            Some(Root::Inner(inner)) => cursor.descend(inner, child_of),
        }
        cursor.place = cursor.leaf.map_or(0, place_in);
        if cursor.leaf.is_some_and(|leaf| cursor.place == leaf.slots.len()) {
            cursor.next_leaf();
        }
        cursor
    }

    /// Before the first entry.
    pub(super) fn first(root: Option<&'a Root<S, V>>) -> Self {
        Self::down(root, |_| 0, |_| 0)
    }

    /// Behind the last entry.
    pub(super) fn end(root: Option<&'a Root<S, V>>) -> Self {
        Self::down(root, |inner| inner.children.len() - 1, |leaf| leaf.slots.len())
    }

    /// Before the first entry with which a probe compares as less than `passed`: the probe's own is
    /// passed by `Equal` and not by `Greater`.
    pub(super) fn seek<P: Probe<S::Key> + ?Sized>(
        root: Option<&'a Root<S, V>>,
        probe: &P,
        passed: Ordering,
    ) -> Self {
        let hint = S::hint(probe);
        let is_passed = |slot: &S| slot.compare(probe, hint) >= passed;
        Self::down(
            root,
            |inner| inner.child_of(probe, hint),
            |leaf| leaf.slots.partition_point(is_passed),
        )
    }

    /// Goes from a node down to a leaf.
    fn descend(&mut self, mut node: &'a Inner<S, V>, child_of: impl Fn(&Inner<S, V>) -> usize) {
        loop {
            let place = child_of(node);
            self.path.push((node, place));
            match &node.children {
                Children::Leaves(leaves) => {
                    self.leaf = leaves.get(place).map(|leaf| &**leaf);
                    return;
                }
                Children::Inners(inners) => match inners.get(place) {
                    Some(inner) => node = inner,
                    None => return,
                },
            }
        }
    }

    /// Goes to the beginning of the next leaf, where there is one.
    fn next_leaf(&mut self) {
        let is_last = |(node, place): &(&Inner<S, V>, usize)| place + 1 == node.children.len();
        let Some(level) = self.path.iter().rposition(|step| !is_last(step)) else { return };
        self.path.truncate(level + 1);
        let Some((node, place)) = self.path.pop() else { return };
        self.turn(node, place + 1, |_| 0);
        self.place = 0;
    }

    /// Goes to the end of the leaf before, where there is one.
    fn previous_leaf(&mut self) {
        let Some(level) = self.path.iter().rposition(|(_, place)| *place > 0) else { return };
        self.path.truncate(level + 1);
        let Some((node, place)) = self.path.pop() else { return };
        self.turn(node, place - 1, |inner| inner.children.len() - 1);
        self.place = self.leaf.map_or(0, |leaf| leaf.slots.len());
    }

    /// Goes into another child of a node, and from there down.
    fn turn(
        &mut self,
        node: &'a Inner<S, V>,
        place: usize,
        child_of: impl Fn(&Inner<S, V>) -> usize,
    ) {
        self.path.push((node, place));
        match &node.children {
            Children::Leaves(leaves) => self.leaf = leaves.get(place).map(|leaf| &**leaf),
            Children::Inners(inners) => {
                if let Some(inner) = inners.get(place) {
                    self.descend(inner, child_of);
                }
            }
        }
    }

    /// The entry behind this place.
    pub(super) fn peek(&self) -> Option<(&'a S, &'a V)> {
        self.leaf?.entry(self.place)
    }

    /// The entry behind this place, which is passed.
    pub(super) fn next(&mut self) -> Option<(&'a S, &'a V)> {
        let leaf = self.leaf?;
        let entry = leaf.entry(self.place)?;
        self.place += 1;
        if self.place == leaf.slots.len() {
            self.next_leaf();
        }
        Some(entry)
    }

    /// The entry before this place, which is passed.
    pub(super) fn next_back(&mut self) -> Option<(&'a S, &'a V)> {
        if self.place == 0 {
            self.previous_leaf();
        }
        let place = self.place.checked_sub(1)?;
        self.place = place;
        self.leaf?.entry(place)
    }

    /// Which part of the tree's entries lies before this place, in 2^-48, if all nodes of one height had as
    /// many.
    fn part_before(&self) -> u64 {
        let (mut part, mut width) = (0, 1_u64 << 48);
        let leaf = self.leaf.map(|leaf| (leaf.slots.len(), self.place));
        let path = self.path.iter().map(|(node, place)| (node.children.len(), *place));
        for (children, place) in path.chain(leaf) {
            let before = width * place as u64 / children.max(1) as u64;
            part += before;
            width /= children.max(1) as u64;
        }
        part
    }

    /// Whether both are one place of one tree.
    fn is_at(&self, other: &Self) -> bool {
        let leaves = (self.leaf, other.leaf);
        self.place == other.place
            && match leaves {
                (Some(ours), Some(theirs)) => std::ptr::eq(ours, theirs),
                (None, None) => true,
                _ => false,
            }
    }
}

/// The entries between two places.
pub(super) struct Range<'a, S: Slot, V> {
    pub(super) front: Cursor<'a, S, V>,
    pub(super) back: Cursor<'a, S, V>,
}

impl<S: Slot, V> Clone for Range<'_, S, V> {
    fn clone(&self) -> Self {
        Self { front: self.front.clone(), back: self.back.clone() }
    }
}

impl<S: Slot, V> Range<'_, S, V> {
    /// About how many of a tree's entries lie in the range, as far as the two places tell. O(log n).
    pub(super) fn estimate(&self, of: usize) -> usize {
        let part = self.back.part_before().saturating_sub(self.front.part_before());
        let half = 1 << 47;
        let entries = (of as u128 * u128::from(part) + half) >> 48;
        usize::try_from(entries).unwrap_or(of)
    }
}

impl<'a, S: Slot, V> Iterator for Range<'a, S, V> {
    type Item = (&'a S, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        if self.front.is_at(&self.back) { None } else { self.front.next() }
    }
}

impl<S: Slot, V> DoubleEndedIterator for Range<'_, S, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front.is_at(&self.back) { None } else { self.back.next_back() }
    }
}
