//! The nodes of a tree, and how a change goes through them.
//!
//! Entries lie in leaves, up to [`WIDTH`] of them in order; an inner node has up to as many children
//! and a separator between each two. All leaves are equally deep. A node that others share is copied
//! before it is changed (`Arc::make_mut`), a node that nobody shares is changed as it is: so a change
//! of a shared tree copies one path, and of many changes one after the other only the first does.
//!
//! A full node is split in half, but at the right edge of the tree, where keys in ascending order
//! arrive, the left part stays full. A node that has become small takes from a neighbour or joins it.
//!
//! Narrow nodes are quick to copy, since each child and each value costs a reference to be counted,
//! which is a miss of the cache for most of them; wide ones make a tree lower and a lookup quicker. At
//! 16 a copied path has about 60 references where 64 would have 200, and lookups take as long.

use crate::persistent::slot::{CloneSlot, Probe, Separators, Slot, WIDTH};
use arrayvec::ArrayVec;
use std::cmp::Ordering;
use std::sync::Arc;

/// A node with fewer is brought together with a neighbour. Far below half of the width, so that
/// nodes are not split and joined in turns.
const SMALL: usize = WIDTH / 4;

pub(super) const MISSING_CHILD: &str = "an inner node has a child more than separators";

/// Entries in the order of their keys.
#[derive(Clone)]
pub(super) struct Leaf<S, V> {
    pub(super) slots: ArrayVec<S, WIDTH>,
    pub(super) values: ArrayVec<V, WIDTH>,
}

/// Nodes of one height, in order.
pub(super) struct Inner<S: Slot, V> {
    separators: S::Separators,
    pub(super) children: Children<S, V>,
}

pub(super) enum Children<S: Slot, V> {
    Leaves(ArrayVec<Arc<Leaf<S, V>>, WIDTH>),
    Inners(ArrayVec<Arc<Inner<S, V>>, WIDTH>),
}

impl<S: Slot, V> Children<S, V> {
    pub(super) fn len(&self) -> usize {
        match self {
            Children::Leaves(leaves) => leaves.len(),
            Children::Inners(inners) => inners.len(),
        }
    }
}

/// Filled where it is, since moving a node costs as much as copying it.
impl<S: CloneSlot, V> Clone for Inner<S, V> {
    fn clone(&self) -> Self {
        let separators = self.separators.clone();
        match &self.children {
            Children::Leaves(leaves) => {
                let mut copy = Self { separators, children: Children::Leaves(ArrayVec::new()) };
                if let Children::Leaves(to) = &mut copy.children {
                    to.extend(leaves.iter().cloned());
                }
                copy
            }
            Children::Inners(inners) => {
                let mut copy = Self { separators, children: Children::Inners(ArrayVec::new()) };
                if let Children::Inners(to) = &mut copy.children {
                    to.extend(inners.iter().cloned());
                }
                copy
            }
        }
    }
}

/// A node to the right of the one that was changed, and the separator between the two.
pub(super) type Split<S, N> = Option<(S, Arc<N>)>;

/// What both kinds of node can do.
pub(super) trait Node<S: Slot, V>: Clone {
    /// Puts an entry; returns the value that it replaces. `is_last` is that nothing of the tree is
    /// to the right of this node.
    fn insert(&mut self, slot: S, value: V, is_last: bool) -> (Option<V>, Split<S, Self>);

    /// Removes an entry that is there.
    fn remove<P: Probe<S::Key> + ?Sized>(&mut self, probe: &P, hint: S::Hint) -> Option<V>;

    /// The value of an entry that is there.
    #[cfg(feature = "text")]
    fn get_mut<P: Probe<S::Key> + ?Sized>(&mut self, probe: &P, hint: S::Hint) -> Option<&mut V>;

    fn is_small(&self) -> bool;

    /// Takes over what is in the node to the right, or as much that both have half of it.
    fn join(&mut self, separator: S, right: Self) -> Split<S, Self>;
}

impl<S: Slot, V> Leaf<S, V> {
    /// Where a probe is among the entries, or would be.
    pub(super) fn search<P: Probe<S::Key> + ?Sized>(
        &self,
        probe: &P,
        hint: S::Hint,
    ) -> Result<usize, usize> {
        S::search(&self.slots, probe, hint)
    }

    pub(super) fn entry(&self, place: usize) -> Option<(&S, &V)> {
        Some((self.slots.get(place)?, self.values.get(place)?))
    }
}

impl<S: CloneSlot, V: Clone> Node<S, V> for Leaf<S, V> {
    fn insert(&mut self, slot: S, value: V, is_last: bool) -> (Option<V>, Split<S, Self>) {
        let place = match self.search(slot.key(), slot.own_hint()) {
            Ok(place) => {
                let old = self.values.get_mut(place);
                return (old.map(|old| std::mem::replace(old, value)), None);
            }
            Err(place) => place,
        };
        if self.slots.len() < WIDTH {
            self.slots.insert(place, slot);
            self.values.insert(place, value);
            return (None, None);
        }
        let middle = if is_last && place == WIDTH { WIDTH } else { WIDTH / 2 };
        let mut right = Self {
            slots: self.slots.drain(middle..).collect(),
            values: self.values.drain(middle..).collect(),
        };
        let (half, place) = match place.checked_sub(middle) {
            // Between the halves it goes to the left one, unless that was left full.
            Some(0) if middle < WIDTH => (self, middle),
            Some(place) => (&mut right, place),
            None => (self, place),
        };
        half.slots.insert(place, slot);
        half.values.insert(place, value);
        let separator = right.slots.first().expect("a half has entries").clone();
        (None, Some((separator, Arc::new(right))))
    }

    fn remove<P: Probe<S::Key> + ?Sized>(&mut self, probe: &P, hint: S::Hint) -> Option<V> {
        let place = self.search(probe, hint).ok()?;
        self.slots.remove(place);
        Some(self.values.remove(place))
    }

    #[cfg(feature = "text")]
    fn get_mut<P: Probe<S::Key> + ?Sized>(&mut self, probe: &P, hint: S::Hint) -> Option<&mut V> {
        let place = self.search(probe, hint).ok()?;
        self.values.get_mut(place)
    }

    fn is_small(&self) -> bool {
        self.slots.len() < SMALL
    }

    fn join(&mut self, _: S, mut right: Self) -> Split<S, Self> {
        even_out(&mut self.slots, &mut right.slots);
        even_out(&mut self.values, &mut right.values);
        let separator = right.slots.first()?.clone();
        Some((separator, Arc::new(right)))
    }
}

impl<S: Slot, V> Inner<S, V> {
    pub(super) fn new(slots: ArrayVec<S, WIDTH>, children: Children<S, V>) -> Self {
        Self { separators: S::Separators::new(slots), children }
    }

    /// The place of the child in which a probe lies.
    pub(super) fn child_of<P: Probe<S::Key> + ?Sized>(&self, probe: &P, hint: S::Hint) -> usize {
        self.separators.child_of(probe, hint)
    }
}

impl<S: CloneSlot, V: Clone> Node<S, V> for Inner<S, V> {
    fn insert(&mut self, slot: S, value: V, is_last: bool) -> (Option<V>, Split<S, Self>) {
        let place = self.child_of(slot.key(), slot.own_hint());
        let separators = &mut self.separators;
        match &mut self.children {
            Children::Leaves(leaves) => {
                let change = |leaf: &mut Leaf<S, V>, last| leaf.insert(slot, value, last);
                let (old, split) = insert_below(separators, leaves, place, is_last, change);
                (old, split.map(|split| split.into_inner(Children::Leaves)))
            }
            Children::Inners(inners) => {
                let change = |inner: &mut Self, last| inner.insert(slot, value, last);
                let (old, split) = insert_below(separators, inners, place, is_last, change);
                (old, split.map(|split| split.into_inner(Children::Inners)))
            }
        }
    }

    fn remove<P: Probe<S::Key> + ?Sized>(&mut self, probe: &P, hint: S::Hint) -> Option<V> {
        let place = self.child_of(probe, hint);
        let separators = &mut self.separators;
        match &mut self.children {
            Children::Leaves(leaves) => remove_below(separators, leaves, place, probe, hint),
            Children::Inners(inners) => remove_below(separators, inners, place, probe, hint),
        }
    }

    #[cfg(feature = "text")]
    fn get_mut<P: Probe<S::Key> + ?Sized>(&mut self, probe: &P, hint: S::Hint) -> Option<&mut V> {
        let place = self.child_of(probe, hint);
        match &mut self.children {
            Children::Leaves(leaves) => Arc::make_mut(leaves.get_mut(place)?).get_mut(probe, hint),
            Children::Inners(inners) => Arc::make_mut(inners.get_mut(place)?).get_mut(probe, hint),
        }
    }

    fn is_small(&self) -> bool {
        self.children.len() < SMALL
    }

    fn join(&mut self, separator: S, mut right: Self) -> Split<S, Self> {
        let (mut left_slots, mut right_slots) =
            (self.separators.to_slots(), right.separators.to_slots());
        let count = left_slots.len() + right_slots.len() + 2;
        match (&mut self.children, &mut right.children) {
            (Children::Leaves(left), Children::Leaves(right)) => even_out(left, right),
            (Children::Inners(left), Children::Inners(right)) => even_out(left, right),
            _ => unreachable!("the nodes of one height have children of one kind"),
        }
        let between = if count <= WIDTH {
            left_slots.push(separator);
            left_slots.extend(right_slots.drain(..));
            None
        } else {
            let half = count / 2;
            let mut slots: Vec<S> = left_slots.drain(..).collect();
            slots.push(separator);
            slots.extend(right_slots.drain(..));
            let mut slots = slots.into_iter();
            left_slots.extend(slots.by_ref().take(half - 1));
            let between = slots.next();
            right_slots.extend(slots);
            between
        };
        self.separators = S::Separators::new(left_slots);
        right.separators = S::Separators::new(right_slots);
        Some((between?, Arc::new(right)))
    }
}

/// Moves everything to the left where it fits, else half of it.
fn even_out<T>(left: &mut ArrayVec<T, WIDTH>, right: &mut ArrayVec<T, WIDTH>) {
    let count = left.len() + right.len();
    let half = if count <= WIDTH { count } else { count / 2 };
    if left.len() < half {
        left.extend(right.drain(..half - left.len()));
    } else {
        let moved: ArrayVec<T, WIDTH> = left.drain(half..).chain(right.drain(..)).collect();
        *right = moved;
    }
}

/// The right part of an inner node that was split.
struct RightHalf<S: Slot, N> {
    /// Between the left part and this one.
    separator: S,
    separators: S::Separators,
    children: ArrayVec<Arc<N>, WIDTH>,
}

impl<S: Slot, N> RightHalf<S, N> {
    fn into_inner<V>(
        self,
        wrap: fn(ArrayVec<Arc<N>, WIDTH>) -> Children<S, V>,
    ) -> (S, Arc<Inner<S, V>>) {
        let inner = Inner { separators: self.separators, children: wrap(self.children) };
        (self.separator, Arc::new(inner))
    }
}

/// Changes a child of an inner node by `change`, and takes in what that splits off.
fn insert_below<S: CloneSlot, V, N: Clone>(
    separators: &mut S::Separators,
    children: &mut ArrayVec<Arc<N>, WIDTH>,
    place: usize,
    is_last: bool,
    change: impl FnOnce(&mut N, bool) -> (Option<V>, Split<S, N>),
) -> (Option<V>, Option<RightHalf<S, N>>) {
    let is_last = is_last && place + 1 == children.len();
    let child = children.get_mut(place).expect(MISSING_CHILD);
    let (old, split) = change(Arc::make_mut(child), is_last);
    let Some((separator, right)) = split else { return (old, None) };
    if children.len() < WIDTH {
        separators.insert(place, separator);
        children.insert(place + 1, right);
        return (old, None);
    }
    let middle = if is_last { WIDTH - 1 } else { WIDTH / 2 };
    let mut right_children: ArrayVec<_, WIDTH> = children.drain(middle..).collect();
    let split = separators.split(middle - 1);
    let (between, mut right_separators) = split.expect("a separator for each child but one");
    if place < middle {
        separators.insert(place, separator);
        children.insert(place + 1, right);
    } else {
        right_separators.insert(place - middle, separator);
        right_children.insert(place - middle + 1, right);
    }
    let half =
        RightHalf { separator: between, separators: right_separators, children: right_children };
    (old, Some(half))
}

/// Removes an entry from a child of an inner node, and brings the child together with a neighbour
/// where it has become small.
fn remove_below<S: CloneSlot, V, N: Node<S, V>, P: Probe<S::Key> + ?Sized>(
    separators: &mut S::Separators,
    children: &mut ArrayVec<Arc<N>, WIDTH>,
    place: usize,
    probe: &P,
    hint: S::Hint,
) -> Option<V> {
    let child = Arc::make_mut(children.get_mut(place).expect(MISSING_CHILD));
    let removed = child.remove(probe, hint);
    if child.is_small() && children.len() > 1 {
        let place = place.min(children.len() - 2);
        let right = Arc::unwrap_or_clone(children.remove(place + 1));
        let left = Arc::make_mut(children.get_mut(place).expect(MISSING_CHILD));
        let mut slots = separators.to_slots();
        let separator = slots.remove(place);
        if let Some((separator, right)) = left.join(separator, right) {
            slots.insert(place, separator);
            children.insert(place + 1, right);
        }
        *separators = S::Separators::new(slots);
    }
    removed
}

/// Orders two keys in nodes.
pub(super) fn compare<S: CloneSlot>(left: &S, right: &S) -> Ordering {
    right.compare(left.key(), left.own_hint())
}
