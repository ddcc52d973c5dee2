//! What differs between two tries.
//!
//! Two nodes at one place are passed over where they are one and the same; else their children are
//! compared in pairs. Where only one of them is a bucket, its entries, which are in the order of their
//! hashes, are dealt out to the children of the other.

use crate::persistent::hashed::trie::{Entry, Inner, Keeps, Node, digit};
use std::collections::VecDeque;
use std::sync::Arc;

/// A key, and its value in the older and the newer of two tries.
pub(super) type Difference<'a, H, V> = (&'a H, Option<&'a V>, Option<&'a V>);

/// The differences between two tries, in the order of the hashes of the nodes that are not shared.
pub(super) struct Differences<'a, H, V> {
    /// What is still to be compared; the next is the last.
    open: Vec<Pair<'a, H, V>>,
    /// Differences between two buckets that were not given out yet.
    found: VecDeque<Difference<'a, H, V>>,
}

/// What the two have at one place.
struct Pair<'a, H, V> {
    old: Part<'a, H, V>,
    new: Part<'a, H, V>,
    depth: u32,
}

/// What one trie has at a place.
enum Part<'a, H, V> {
    Inner(&'a Arc<Inner<H, V>>),
    Entries(&'a [Entry<H, V>]),
}

impl<'a, H, V> Part<'a, H, V> {
    fn of(node: &'a Node<H, V>) -> Self {
        match node {
            Node::Inner(inner) => Part::Inner(inner),
            Node::Bucket(entries) => Part::Entries(entries),
        }
    }

    /// Whether both are one and the same.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Part::Inner(ours), Part::Inner(theirs)) => Arc::ptr_eq(ours, theirs),
            (Part::Entries(ours), Part::Entries(theirs)) => {
                std::ptr::eq(*ours, *theirs) || (ours.is_empty() && theirs.is_empty())
            }
            _ => false,
        }
    }

    /// Takes off what belongs to the child at a place. The children before it were taken off.
    fn child(&mut self, place: usize, depth: u32) -> Self {
        match self {
            Part::Inner(inner) => inner.children.get(place).map_or(Part::Entries(&[]), Part::of),
            Part::Entries(entries) => {
                let is_its = |entry: &Entry<H, V>| digit(entry.hash, depth) <= place;
                let (its, rest) = entries.split_at(entries.partition_point(is_its));
                *entries = rest;
                Part::Entries(its)
            }
        }
    }
}

impl<'a, H, V> Differences<'a, H, V> {
    pub(super) fn new(old: Option<&'a Node<H, V>>, new: Option<&'a Node<H, V>>) -> Self {
        let part = |root: Option<&'a _>| root.map_or(Part::Entries(&[]), Part::of);
        let pair = Pair { old: part(old), new: part(new), depth: 0 };
        Self { open: vec![pair], found: VecDeque::new() }
    }
}

impl<'a, H: Keeps<Key: Eq>, V: PartialEq> Differences<'a, H, V> {
    fn compare(&mut self, old: &'a [Entry<H, V>], new: &'a [Entry<H, V>]) {
        let is_one = |one: &Entry<H, V>, other: &Entry<H, V>| {
            one.hash == other.hash && one.held.key() == other.held.key()
        };
        for entry in old {
            let value = new.iter().find(|other| is_one(entry, other)).map(|other| &other.value);
            if value != Some(&entry.value) {
                self.found.push_back((&entry.held, Some(&entry.value), value));
            }
        }
        for entry in new {
            if !old.iter().any(|other| is_one(entry, other)) {
                self.found.push_back((&entry.held, None, Some(&entry.value)));
            }
        }
    }
}

impl<'a, H: Keeps<Key: Eq>, V: PartialEq> Iterator for Differences<'a, H, V> {
    type Item = Difference<'a, H, V>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(difference) = self.found.pop_front() {
                return Some(difference);
            }
            let Pair { mut old, mut new, depth } = self.open.pop()?;
            match (&mut old, &mut new) {
                (old, new) if old.is_same(new) => {}
                (Part::Entries(old), Part::Entries(new)) => self.compare(old, new),
                (Part::Inner(inner), _) | (_, Part::Inner(inner)) => {
                    let places = 0..inner.children.len();
                    let begin = self.open.len();
                    self.open.extend(places.map(|place| Pair {
                        old: old.child(place, depth),
                        new: new.child(place, depth),
                        depth: depth + 1,
                    }));
                    if let Some(pairs) = self.open.get_mut(begin..) {
                        pairs.reverse();
                    }
                }
            }
        }
    }
}
