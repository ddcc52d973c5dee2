//! The trie: its root, and the ways down from there.

use crate::persistent::hashed::node::{DIGITS, Entry, Inserted, Keeps, Node, digit};
use crate::persistent::hashed::{HashKey, HashProbe};

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
        self.get_hashed(probe.hash(), probe)
    }

    /// The entry of a key whose hash is known.
    fn get_hashed<P: HashProbe<H::Key> + ?Sized>(
        &self,
        hash: u64,
        probe: &P,
    ) -> Option<&Entry<H, V>> {
        let (mut node, mut depth) = (self.root.as_ref()?, 0);
        loop {
            match node {
                Node::Inner(inner) => node = inner.child(digit(hash, depth)),
                Node::Bucket(bucket) => return bucket.get(hash, probe),
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
                    *node = inner.child(digit(*hash, depth));
                    is_done = false;
                }
            }
            if is_done {
                break;
            }
        }
        ways.map(|way| {
            let (key, hash, node) = way?;
            let Node::Bucket(bucket) = node else { return None };
            bucket.get(hash, key).map(|entry| &entry.value)
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
        let root = self.root.get_or_insert_default();
        let old = match root.insert(entry, 0) {
            Inserted::Added => None,
            Inserted::Replaced(old) => Some(old),
            Inserted::Overflowed(entries) => {
                let count = entries.len();
                *root = Node::build(&mut entries.into_iter(), count, 0);
                None
            }
        };
        self.length += usize::from(old.is_none());
        old
    }

    pub(super) fn get_mut<P: HashProbe<H::Key> + ?Sized>(&mut self, probe: &P) -> Option<&mut V> {
        let hash = probe.hash();
        // Nothing is copied for what is not there.
        self.get_hashed(hash, probe)?;
        self.root.as_mut()?.get_mut(hash, probe, 0)
    }

    pub(super) fn remove<P: HashProbe<H::Key> + ?Sized>(&mut self, probe: &P) -> Option<V> {
        let hash = probe.hash();
        // As in `get_mut`.
        self.get_hashed(hash, probe)?;
        let removed = self.root.as_mut()?.remove(hash, probe, 0);
        self.length -= usize::from(removed.is_some());
        if self.length == 0 {
            self.root = None;
        }
        removed
    }
}
