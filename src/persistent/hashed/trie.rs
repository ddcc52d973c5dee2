//! The trie, and how a change goes through it.
//!
//! A hash is read from its highest bits down, so that the order of the children is the order of the
//! hashes. A bucket has up to [`BUCKET`] entries in that order; one more makes a node of it whose
//! children have a few each. Behind the last digit of the hash nothing tells keys apart: a bucket there
//! has all that are left.
//!
//! Buckets are blocks of exactly as many entries as they have: just after the nodes of a level were
//! made most have one or none, and before the next are made all are nearly full. What others share is
//! copied before it is changed, as in the ordered map.

use crate::persistent::hashed::{HashKey, HashProbe};
use std::array;
use std::sync::Arc;
use std::vec;

/// The bits of a hash that choose a child.
const DIGIT: u32 = 6;

/// The children of a node.
const FANOUT: usize = 1 << DIGIT;

/// The digits of a hash.
const DIGITS: u32 = u64::BITS / DIGIT;

/// The most entries of a bucket, but behind the last digit.
const BUCKET: usize = 16;

/// The most entries of a node that is made a bucket again. Far fewer than a bucket may have, so that
/// the two do not come in turns.
const FEW: usize = BUCKET / 2;

const MISSING_CHILD: &str = "a node has a child for each digit";

/// How a key lies in its entry.
pub(super) trait Keeps {
    type Key;

    fn new(key: Self::Key) -> Self;

    fn key(&self) -> &Self::Key;
}

/// A key as it is.
#[derive(Clone)]
pub(super) struct Plain<K>(K);

impl<K> Keeps for Plain<K> {
    type Key = K;

    fn new(key: K) -> Self {
        Self(key)
    }

    fn key(&self) -> &K {
        &self.0
    }
}

/// A key behind a pointer.
impl<K> Keeps for Arc<K> {
    type Key = K;

    fn new(key: K) -> Self {
        Arc::new(key)
    }

    fn key(&self) -> &K {
        self
    }
}

/// A key, its hash and its value.
#[derive(Clone)]
pub(super) struct Entry<H, V> {
    pub(super) hash: u64,
    pub(super) held: H,
    pub(super) value: V,
}

impl<H: Keeps, V> Entry<H, V> {
    fn is<P: HashProbe<H::Key> + ?Sized>(&self, hash: u64, probe: &P) -> bool {
        self.hash == hash && probe.is(self.held.key())
    }

    pub(super) fn pair(&self) -> (&H::Key, &V) {
        (self.held.key(), &self.value)
    }
}

/// What is under one beginning of the hash.
pub(super) enum Node<H, V> {
    Inner(Arc<Inner<H, V>>),
    Bucket(Arc<[Entry<H, V>]>),
}

/// A child for each next digit.
pub(super) struct Inner<H, V> {
    pub(super) children: [Node<H, V>; FANOUT],
}

impl<H, V> Clone for Node<H, V> {
    fn clone(&self) -> Self {
        match self {
            Node::Inner(inner) => Node::Inner(inner.clone()),
            Node::Bucket(entries) => Node::Bucket(entries.clone()),
        }
    }
}

impl<H, V> Clone for Inner<H, V> {
    fn clone(&self) -> Self {
        Self { children: self.children.clone() }
    }
}

impl<H, V> Default for Node<H, V> {
    fn default() -> Self {
        Node::Bucket(Arc::default())
    }
}

/// The digit of a hash at some depth. Hashes differ first in the first of them.
pub(super) fn digit(hash: u64, depth: u32) -> usize {
    let below = u64::BITS - DIGIT * (depth + 1);
    usize::try_from(hash >> below).unwrap_or_default() % FANOUT
}

impl<H, V> Inner<H, V> {
    fn child(&self, hash: u64, depth: u32) -> &Node<H, V> {
        self.children.get(digit(hash, depth)).expect(MISSING_CHILD)
    }

    fn child_mut(&mut self, hash: u64, depth: u32) -> &mut Node<H, V> {
        self.children.get_mut(digit(hash, depth)).expect(MISSING_CHILD)
    }
}

impl<H, V> Node<H, V> {
    /// Whether both are one and the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Node::Inner(ours), Node::Inner(theirs)) => Arc::ptr_eq(ours, theirs),
            (Node::Bucket(ours), Node::Bucket(theirs)) => {
                Arc::ptr_eq(ours, theirs) || (ours.is_empty() && theirs.is_empty())
            }
            _ => false,
        }
    }
}

impl<H: Keeps + Clone, V: Clone> Node<H, V> {
    /// Makes a node of the next so many entries, which are in the order of their hashes.
    fn build(entries: &mut vec::IntoIter<Entry<H, V>>, count: usize, depth: u32) -> Self {
        if count <= BUCKET || depth == DIGITS {
            return Node::Bucket(entries.take(count).collect());
        }
        let mut left = count;
        let children = array::from_fn(|child| {
            let rest = entries.as_slice().get(..left).unwrap_or_default();
            let count = rest.partition_point(|entry| digit(entry.hash, depth) <= child);
            left -= count;
            Self::build(entries, count, depth + 1)
        });
        Node::Inner(Arc::new(Inner { children }))
    }

    fn insert(&mut self, entry: Entry<H, V>, depth: u32) -> Option<V>
    where
        H::Key: HashKey,
    {
        let entries = match self {
            Node::Inner(inner) => {
                let child = Arc::make_mut(inner).child_mut(entry.hash, depth);
                return child.insert(entry, depth + 1);
            }
            Node::Bucket(entries) => entries,
        };
        let is_it = |other: &Entry<H, V>| other.is(entry.hash, entry.held.key());
        if let Some(place) = entries.iter().position(is_it) {
            let old = Arc::make_mut(entries).get_mut(place)?;
            return Some(std::mem::replace(&mut old.value, entry.value));
        }
        let place = entries.partition_point(|other| other.hash <= entry.hash);
        let (before, after) = entries.split_at(place);
        let more = before.iter().cloned().chain([entry]).chain(after.iter().cloned());
        *self = if entries.len() < BUCKET || depth == DIGITS {
            Node::Bucket(more.collect())
        } else {
            let more: Vec<_> = more.collect();
            let count = more.len();
            Self::build(&mut more.into_iter(), count, depth)
        };
        None
    }

    /// The value under a key, in nodes that nobody else has.
    fn get_mut<P: HashProbe<H::Key> + ?Sized>(
        &mut self,
        hash: u64,
        probe: &P,
        depth: u32,
    ) -> Option<&mut V> {
        match self {
            Node::Inner(inner) => {
                let child = Arc::make_mut(inner).child_mut(hash, depth);
                child.get_mut(hash, probe, depth + 1)
            }
            Node::Bucket(entries) => {
                let place = entries.iter().position(|entry| entry.is(hash, probe))?;
                Some(&mut Arc::make_mut(entries).get_mut(place)?.value)
            }
        }
    }

    fn remove<P: HashProbe<H::Key> + ?Sized>(
        &mut self,
        hash: u64,
        probe: &P,
        depth: u32,
    ) -> Option<V> {
        match self {
            Node::Inner(inner) => {
                let inner = Arc::make_mut(inner);
                let removed = inner.child_mut(hash, depth).remove(hash, probe, depth + 1)?;
                if let Some(few) = inner.few() {
                    *self = Node::Bucket(few);
                }
                Some(removed)
            }
            Node::Bucket(entries) => {
                let place = entries.iter().position(|entry| entry.is(hash, probe))?;
                let removed = entries.get(place)?.value.clone();
                let (before, after) = entries.split_at(place);
                *entries = before.iter().chain(after.iter().skip(1)).cloned().collect();
                Some(removed)
            }
        }
    }
}

impl<H: Clone, V: Clone> Inner<H, V> {
    /// The entries of all children, if they are few.
    fn few(&self) -> Option<Arc<[Entry<H, V>]>> {
        let mut count = 0;
        for child in &self.children {
            let Node::Bucket(entries) = child else { return None };
            count += entries.len();
            if count > FEW {
                return None;
            }
        }
        let buckets = self.children.iter().filter_map(|child| match child {
            Node::Bucket(entries) => Some(entries),
            Node::Inner(_) => None,
        });
        Some(buckets.flat_map(|entries| entries.iter()).cloned().collect())
    }
}

/// Entries by the hashes of their keys. A clone shares all nodes.
pub(super) struct Trie<H, V> {
    /// Nothing where there are no entries: an empty bucket would have a reference to count.
    root: Option<Node<H, V>>,
    length: usize,
}

impl<H, V> Clone for Trie<H, V> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), length: self.length }
    }
}

impl<H, V> Default for Trie<H, V> {
    fn default() -> Self {
        Self { root: None, length: 0 }
    }
}

impl<H: Keeps, V> Trie<H, V> {
    pub(super) fn len(&self) -> usize {
        self.length
    }

    pub(super) fn root(&self) -> Option<&Node<H, V>> {
        self.root.as_ref()
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (&self.root, &other.root) {
            (None, None) => true,
            (Some(ours), Some(theirs)) => ours.is_same(theirs),
            _ => false,
        }
    }

    pub(super) fn get<P: HashProbe<H::Key> + ?Sized>(&self, probe: &P) -> Option<&Entry<H, V>> {
        let (mut node, mut depth) = (self.root.as_ref()?, 0);
        let hash = probe.hash();
        loop {
            match node {
                Node::Inner(inner) => node = inner.child(hash, depth),
                Node::Bucket(entries) => {
                    return entries.iter().find(|entry| entry.is(hash, probe));
                }
            }
            depth += 1;
        }
    }

    /// The values under up to `N` keys. All are looked for level by level, so that the misses of the
    /// cache are waited for together.
    pub(super) fn get_each<'a, 'k, const N: usize>(
        &'a self,
        keys: impl Iterator<Item = &'k H::Key>,
    ) -> [Option<&'a V>; N]
    where
        H::Key: HashKey + 'k,
    {
        let mut ways = [const { None }; N];
        let Some(root) = &self.root else { return [None; N] };
        for (way, key) in ways.iter_mut().zip(keys) {
            *way = Some((key, HashKey::hash(key), root));
        }
        for depth in 0..DIGITS {
            let mut is_done = true;
            for (_, hash, node) in ways.iter_mut().flatten() {
                if let Node::Inner(inner) = node {
                    *node = inner.child(*hash, depth);
                    is_done = false;
                }
            }
            if is_done {
                break;
            }
        }
        ways.map(|way| {
            let (key, hash, node) = way?;
            let Node::Bucket(entries) = node else { return None };
            entries.iter().find(|entry| entry.is(hash, key)).map(|entry| &entry.value)
        })
    }
}

impl<H: Keeps + Clone, V: Clone> Trie<H, V> {
    /// Builds a trie from entries in any order. Of equal keys the last stays.
    pub(super) fn from_entries(entries: impl IntoIterator<Item = (H::Key, V)>) -> Self
    where
        H::Key: HashKey,
    {
        let entry = |(key, value): (H::Key, V)| Entry {
            hash: HashKey::hash(&key),
            held: H::new(key),
            value,
        };
        let mut all: Vec<_> = entries.into_iter().map(entry).collect();
        // Stable: of equal keys the last stays behind the others.
        all.sort_by_key(|entry| entry.hash);
        if !all.is_empty() && all.is_sorted_by(|one, other| one.hash < other.hash) {
            let length = all.len();
            return Self { root: Some(Node::build(&mut all.into_iter(), length, 0)), length };
        }
        // Keys that are equal, or as good as never have one hash.
        let mut trie = Self::default();
        for entry in all {
            trie.put(entry);
        }
        trie
    }

    pub(super) fn insert(&mut self, key: H::Key, value: V) -> Option<V>
    where
        H::Key: HashKey,
    {
        self.put(Entry { hash: HashKey::hash(&key), held: H::new(key), value })
    }

    fn put(&mut self, entry: Entry<H, V>) -> Option<V>
    where
        H::Key: HashKey,
    {
        let old = self.root.get_or_insert_default().insert(entry, 0);
        self.length += usize::from(old.is_none());
        old
    }

    pub(super) fn get_mut<P: HashProbe<H::Key> + ?Sized>(&mut self, probe: &P) -> Option<&mut V> {
        self.root.as_mut()?.get_mut(probe.hash(), probe, 0)
    }

    pub(super) fn remove<P: HashProbe<H::Key> + ?Sized>(&mut self, probe: &P) -> Option<V> {
        // Nothing is copied for what is not there.
        self.get(probe)?;
        let removed = self.root.as_mut()?.remove(probe.hash(), probe, 0);
        self.length -= usize::from(removed.is_some());
        if self.length == 0 {
            self.root = None;
        }
        removed
    }
}
