//! The top node of a tree: a leaf, or an inner node.

use crate::persistent::node::{Children, Inner, Leaf};
use crate::persistent::slot::{CloneSlot, Probe, Slot};
use arrayvec::ArrayVec;
use std::sync::Arc;

/// The top of a tree, or of a part of it.
pub(super) enum Root<S: Slot, V> {
    Leaf(Arc<Leaf<S, V>>),
    Inner(Arc<Inner<S, V>>),
}

impl<S: Slot, V> Clone for Root<S, V> {
    fn clone(&self) -> Self {
        match self {
            Root::Leaf(leaf) => Root::Leaf(leaf.clone()),
            Root::Inner(inner) => Root::Inner(inner.clone()),
        }
    }
}

impl<S: Slot, V> Root<S, V> {
    /// The leaf in which a probe lies.
    pub(super) fn leaf_of<P: Probe<S::Key> + ?Sized>(
        &self,
        probe: &P,
        hint: S::Hint,
    ) -> Option<&Leaf<S, V>> {
        let mut node = match self {
            Root::Leaf(leaf) => return Some(leaf),
            Root::Inner(inner) => inner,
        };
        loop {
            let place = node.child_of(probe, hint);
            match &node.children {
                Children::Leaves(leaves) => return leaves.get(place).map(|leaf| &**leaf),
                Children::Inners(inners) => node = inners.get(place)?,
            }
        }
    }

    /// Whether both are one node.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Root::Leaf(ours), Root::Leaf(theirs)) => Arc::ptr_eq(ours, theirs),
            (Root::Inner(ours), Root::Inner(theirs)) => Arc::ptr_eq(ours, theirs),
            _ => false,
        }
    }

    /// The child of a node that has no other.
    pub(super) fn only_child(&self) -> Option<Self> {
        let Root::Inner(inner) = self else { return None };
        match &inner.children {
            Children::Leaves(leaves) => match leaves.as_slice() {
                [only] => Some(Root::Leaf(only.clone())),
                _ => None,
            },
            Children::Inners(inners) => match inners.as_slice() {
                [only] => Some(Root::Inner(only.clone())),
                _ => None,
            },
        }
    }
}

impl<S: CloneSlot, V> Root<S, V> {
    /// This node and one of the same height to its right, under a new one.
    pub(super) fn beside(&self, separator: S, right: Self) -> Self {
        let slots = ArrayVec::from_iter([separator]);
        let children = match (self, right) {
            (Root::Leaf(left), Root::Leaf(right)) => {
                Children::Leaves(ArrayVec::from_iter([left.clone(), right]))
            }
            (Root::Inner(left), Root::Inner(right)) => {
                Children::Inners(ArrayVec::from_iter([left.clone(), right]))
            }
            _ => unreachable!("a root splits into two of its kind"),
        };
        Root::Inner(Arc::new(Inner::new(slots, children)))
    }
}
