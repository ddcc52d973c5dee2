//! What differs between two tries.
//!
//! Two nodes at one place are passed over where they are one and the same; else their children are
//! compared in pairs. Where a bucket of the one covers several children of the other, its entries, which
//! are in the order of their hashes, are dealt out to them.

use crate::persistent::hashed::node::{Entry, Inner, Keeps, Node, PLACES, digit};
use std::collections::VecDeque;
use std::ops::Range;
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
    Inner(&'a Inner<H, V>),
    Entries(&'a [Entry<H, V>]),
}

impl<'a, H, V> Part<'a, H, V> {
    fn of(node: &'a Node<H, V>) -> Self {
        match node {
            Node::Inner(inner) => Part::Inner(inner),
            Node::Bucket(bucket) => Part::Entries(&bucket.entries),
        }
    }

    /// Whether both are one and the same.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Part::Inner(ours), Part::Inner(theirs)) => {
                Arc::ptr_eq(&ours.children, &theirs.children)
            }
            (Part::Entries(ours), Part::Entries(theirs)) => {
                std::ptr::eq(*ours, *theirs) || (ours.is_empty() && theirs.is_empty())
            }
            _ => false,
        }
    }

    /// The places where its children begin.
    fn starts(&self) -> u64 {
        match self {
            Part::Inner(inner) => inner.starts,
            Part::Entries(_) => 1,
        }
    }

    /// What of it belongs to these places, which are those of one child or a part of them.
    fn at(&self, places: Range<u32>, depth: u32) -> Self {
        let entries = match self {
            Part::Inner(inner) => match inner.child(places.start) {
                Node::Inner(inner) => return Part::Inner(inner),
                Node::Bucket(bucket) => &*bucket.entries,
            },
            Part::Entries(entries) => entries,
        };
        let from = entries.partition_point(|entry| digit(entry.hash, depth) < places.start);
        let to = entries.partition_point(|entry| digit(entry.hash, depth) < places.end);
        Part::Entries(entries.get(from..to).unwrap_or_default())
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
            let Pair { old, new, depth } = self.open.pop()?;
            match (&old, &new) {
                (old, new) if old.is_same(new) => {}
                (&Part::Entries(old), &Part::Entries(new)) => self.compare(old, new),
                (old, new) => {
                    let mut starts = old.starts() | new.starts();
                    let mut end = PLACES;
                    while starts != 0 {
                        let start = u64::BITS - 1 - starts.leading_zeros();
                        let (old, new) = (old.at(start..end, depth), new.at(start..end, depth));
                        self.open.push(Pair { old, new, depth: depth + 1 });
                        starts &= !(1 << start);
                        end = start;
                    }
                }
            }
        }
    }
}
