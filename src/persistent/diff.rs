//! What differs between two trees.
//!
//! Both are walked in the order of their keys, node by node. A node that comes next in both is passed
//! over without looking into it; any other is opened, the higher of two first, so that nodes of one
//! height meet. So the cost grows with the paths that the trees do not share, not with their size.

use crate::persistent::node::{Children, Inner, Leaf, compare};
use crate::persistent::root::Root;
use crate::persistent::slot::{CloneSlot, Slot};
use crate::persistent::tree::Tree;
use std::cmp::Ordering;
use std::slice;
use std::sync::Arc;

/// A key, and its value in the older and the newer of two trees.
pub(super) type Difference<'a, S, V> = (&'a S, Option<&'a V>, Option<&'a V>);

/// The differences between two trees, in key order.
pub(super) struct Differences<'a, S: Slot, V> {
    old: Walk<'a, S, V>,
    new: Walk<'a, S, V>,
}

impl<'a, S: Slot, V> Differences<'a, S, V> {
    pub(super) fn new(old: &'a Tree<S, V>, new: &'a Tree<S, V>) -> Self {
        Self { old: Walk::new(old), new: Walk::new(new) }
    }
}

impl<'a, S: CloneSlot, V: PartialEq> Iterator for Differences<'a, S, V> {
    type Item = Difference<'a, S, V>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match (self.old.peek(), self.new.peek()) {
                (None, None) => return None,
                (Some(Part::Entry(old, old_value)), Some(Part::Entry(new, new_value))) => {
                    let order = compare(old, new);
                    if order.is_le() {
                        self.old.pass();
                    }
                    if order.is_ge() {
                        self.new.pass();
                    }
                    match order {
                        Ordering::Less => return Some((old, Some(old_value), None)),
                        Ordering::Greater => return Some((new, None, Some(new_value))),
                        Ordering::Equal if old_value == new_value => {}
                        Ordering::Equal => return Some((new, Some(old_value), Some(new_value))),
                    }
                }
                (Some(Part::Entry(old, value)), new) => {
                    if new.is_none_or(|node| compare(old, node.first()).is_lt()) {
                        self.old.pass();
                        return Some((old, Some(value), None));
                    }
                    self.new.open();
                }
                (old, Some(Part::Entry(new, value))) => {
                    if old.is_none_or(|node| compare(new, node.first()).is_lt()) {
                        self.new.pass();
                        return Some((new, None, Some(value)));
                    }
                    self.old.open();
                }
                (Some(old), Some(new)) if old.is_same(&new) => {
                    self.old.pass();
                    self.new.pass();
                }
                (old, new) => {
                    let height =
                        |part: Option<Part<'_, S, V>>| part.map_or(0, |part| part.height());
                    let (old, new) = (height(old), height(new));
                    if old >= new {
                        self.old.open();
                    }
                    if new >= old {
                        self.new.open();
                    }
                }
            }
        }
    }
}

/// What a walk is before.
enum Part<'a, S: Slot, V> {
    Inner(&'a Arc<Inner<S, V>>),
    Leaf(&'a Arc<Leaf<S, V>>),
    Entry(&'a S, &'a V),
}

impl<'a, S: Slot, V> Part<'a, S, V> {
    /// Whether both are one node.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Part::Inner(ours), Part::Inner(theirs)) => Arc::ptr_eq(ours, theirs),
            (Part::Leaf(ours), Part::Leaf(theirs)) => Arc::ptr_eq(ours, theirs),
            _ => false,
        }
    }

    /// The levels from here down to the entries.
    fn height(&self) -> usize {
        let mut node = match self {
            Part::Entry(..) => return 0,
            Part::Leaf(_) => return 1,
            Part::Inner(inner) => &***inner,
        };
        let mut height = 2;
        while let Children::Inners(inners) = &node.children
            && let Some(inner) = inners.first()
        {
            node = inner;
            height += 1;
        }
        height
    }

    /// The first key in it.
    fn first(&self) -> &'a S {
        let mut node = match self {
            Part::Entry(slot, _) => return slot,
            Part::Leaf(leaf) => return leaf.slots.first().expect(FULL),
            Part::Inner(inner) => &***inner,
        };
        loop {
            match &node.children {
                Children::Leaves(leaves) => {
                    return leaves.first().and_then(|leaf| leaf.slots.first()).expect(FULL);
                }
                Children::Inners(inners) => node = inners.first().expect(FULL),
            }
        }
    }
}

const FULL: &str = "a node has at least one child or entry";

/// A walk through a tree.
struct Walk<'a, S: Slot, V> {
    /// What is still to come of each node that was opened, the innermost last. None is exhausted.
    open: Vec<Rest<'a, S, V>>,
}

enum Rest<'a, S: Slot, V> {
    /// The root, which was not opened.
    Root(&'a Root<S, V>),
    Inners(slice::Iter<'a, Arc<Inner<S, V>>>),
    Leaves(slice::Iter<'a, Arc<Leaf<S, V>>>),
    Entries(&'a Leaf<S, V>, usize),
}

impl<'a, S: Slot, V> Walk<'a, S, V> {
    fn new(tree: &'a Tree<S, V>) -> Self {
        Self { open: tree.root().map(Rest::Root).into_iter().collect() }
    }

    fn peek(&self) -> Option<Part<'a, S, V>> {
        match self.open.last()? {
            Rest::Root(Root::Inner(inner)) => Some(Part::Inner(inner)),
            Rest::Root(Root::Leaf(leaf)) => Some(Part::Leaf(leaf)),
            Rest::Inners(inners) => inners.as_slice().first().map(Part::Inner),
            Rest::Leaves(leaves) => leaves.as_slice().first().map(Part::Leaf),
            Rest::Entries(leaf, place) => {
                leaf.entry(*place).map(|(slot, value)| Part::Entry(slot, value))
            }
        }
    }

    /// Goes past what comes next.
    fn pass(&mut self) {
        while let Some(rest) = self.open.last_mut() {
            let is_exhausted = match rest {
                Rest::Root(_) => true,
                Rest::Inners(inners) => inners.next().is_none() || inners.len() == 0,
                Rest::Leaves(leaves) => leaves.next().is_none() || leaves.len() == 0,
                Rest::Entries(leaf, place) => {
                    *place += 1;
                    *place >= leaf.slots.len()
                }
            };
            if !is_exhausted {
                return;
            }
            self.open.pop();
        }
    }

    /// Goes into the node that comes next.
    fn open(&mut self) {
        let inside = match self.peek() {
            Some(Part::Inner(inner)) => match &inner.children {
                Children::Inners(inners) => Rest::Inners(inners.iter()),
                Children::Leaves(leaves) => Rest::Leaves(leaves.iter()),
            },
            Some(Part::Leaf(leaf)) => Rest::Entries(leaf, 0),
            Some(Part::Entry(..)) | None => return,
        };
        self.open.push(inside);
    }
}
