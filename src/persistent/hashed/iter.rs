//! Walks through a trie in the order of the hashes, from either end.

use crate::persistent::hashed::node::{Bucket, Entry, Node, Plain, digit};
use std::collections::VecDeque;
use std::slice;
use std::sync::Arc;

/// What is left of a trie, in order: of the nodes that were opened from the front the innermost first,
/// of those that were opened from the back the innermost last.
pub(super) struct Walk<'a, H, V> {
    rests: VecDeque<Rest<'a, H, V>>,
}

enum Rest<'a, H, V> {
    Nodes(slice::Iter<'a, Node<H, V>>),
    Entries(slice::Iter<'a, Entry<H, V>>),
}

impl<H, V> Clone for Rest<'_, H, V> {
    fn clone(&self) -> Self {
        match self {
            Rest::Nodes(nodes) => Rest::Nodes(nodes.clone()),
            Rest::Entries(entries) => Rest::Entries(entries.clone()),
        }
    }
}

impl<H, V> Clone for Walk<'_, H, V> {
    fn clone(&self) -> Self {
        Self { rests: self.rests.clone() }
    }
}

impl<'a, H, V> Rest<'a, H, V> {
    /// What is in a node.
    fn inside(node: &'a Node<H, V>) -> Self {
        match node {
            Node::Inner(inner) => Rest::Nodes(inner.children.iter()),
            Node::Bucket(bucket) => Rest::Entries(bucket.entries.iter()),
        }
    }
}

impl<'a, H, V> Walk<'a, H, V> {
    pub(super) fn of(root: Option<&'a Node<H, V>>) -> Self {
        Self { rests: root.map(Rest::inside).into_iter().collect() }
    }

    /// The entries with hashes above this one.
    pub(super) fn after(root: Option<&'a Node<H, V>>, hash: u64) -> Self {
        let mut rests = VecDeque::new();
        let Some(root) = root else { return Self { rests } };
        let (mut node, mut depth) = (root, 0);
        while let Node::Inner(inner) = node {
            let (upto, behind) = inner.children.split_at(inner.number(digit(hash, depth)) + 1);
            rests.push_front(Rest::Nodes(behind.iter()));
            let Some(next) = upto.last() else { break };
            (node, depth) = (next, depth + 1);
        }
        if let Node::Bucket(Bucket { entries, .. }) = node {
            let (_, above) = entries.split_at(entries.partition_point(|entry| entry.hash <= hash));
            rests.push_front(Rest::Entries(above.iter()));
        }
        Self { rests }
    }

    /// The entries with hashes below this one.
    pub(super) fn before(root: Option<&'a Node<H, V>>, hash: u64) -> Self {
        let mut rests = VecDeque::new();
        let Some(root) = root else { return Self { rests } };
        let (mut node, mut depth) = (root, 0);
        while let Node::Inner(inner) = node {
            let (ahead, from) = inner.children.split_at(inner.number(digit(hash, depth)));
            rests.push_back(Rest::Nodes(ahead.iter()));
            let Some(next) = from.first() else { break };
            (node, depth) = (next, depth + 1);
        }
        if let Node::Bucket(Bucket { entries, .. }) = node {
            let (below, _) = entries.split_at(entries.partition_point(|entry| entry.hash < hash));
            rests.push_back(Rest::Entries(below.iter()));
        }
        Self { rests }
    }
}

impl<'a, H, V> Iterator for Walk<'a, H, V> {
    type Item = &'a Entry<H, V>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let inside = match self.rests.front_mut()? {
                Rest::Entries(entries) => match entries.next() {
                    Some(entry) => return Some(entry),
                    None => None,
                },
                Rest::Nodes(nodes) => nodes.next().map(Rest::inside),
            };
            match inside {
                Some(inside) => self.rests.push_front(inside),
                None => drop(self.rests.pop_front()),
            }
        }
    }
}

impl<H, V> DoubleEndedIterator for Walk<'_, H, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            let inside = match self.rests.back_mut()? {
                Rest::Entries(entries) => match entries.next_back() {
                    Some(entry) => return Some(entry),
                    None => None,
                },
                Rest::Nodes(nodes) => nodes.next_back().map(Rest::inside),
            };
            match inside {
                Some(inside) => self.rests.push_back(inside),
                None => drop(self.rests.pop_back()),
            }
        }
    }
}

/// Entries of a map in the order of their hashes.
pub(crate) struct HashIter<'a, K, V> {
    walk: Either<'a, K, V>,
}

enum Either<'a, K, V> {
    Inline(Walk<'a, Plain<K>, V>),
    Shared(Walk<'a, Arc<K>, V>),
}

impl<'a, K, V> HashIter<'a, K, V> {
    pub(super) fn inline(walk: Walk<'a, Plain<K>, V>) -> Self {
        Self { walk: Either::Inline(walk) }
    }

    pub(super) fn shared(walk: Walk<'a, Arc<K>, V>) -> Self {
        Self { walk: Either::Shared(walk) }
    }
}

impl<K, V> Clone for HashIter<'_, K, V> {
    fn clone(&self) -> Self {
        match &self.walk {
            Either::Inline(walk) => Self::inline(walk.clone()),
            Either::Shared(walk) => Self::shared(walk.clone()),
        }
    }
}

impl<'a, K, V> Iterator for HashIter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.walk {
            Either::Inline(walk) => walk.next().map(Entry::pair),
            Either::Shared(walk) => walk.next().map(Entry::pair),
        }
    }
}

impl<K, V> DoubleEndedIterator for HashIter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match &mut self.walk {
            Either::Inline(walk) => walk.next_back().map(Entry::pair),
            Either::Shared(walk) => walk.next_back().map(Entry::pair),
        }
    }
}
