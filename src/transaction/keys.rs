//! Keys that a transaction read or wrote.

/// From this many keys on they are put in order and those that came again left out, each time their
/// number has doubled.
const SETTLE_FROM: usize = 256;

/// A set of keys. Most transactions read few keys and ask for them once, in the conflict test, so a
/// list serves better than a tree.
pub(crate) struct KeyList<K> {
    keys: Vec<K>,
    settle_at: usize,
}

impl<K> Default for KeyList<K> {
    fn default() -> Self {
        Self { keys: Vec::new(), settle_at: SETTLE_FROM }
    }
}

impl<K: Ord + Clone> KeyList<K> {
    pub(crate) fn note(&mut self, key: &K) {
        // What is written was mostly read just before.
        if self.keys.last() != Some(key) {
            self.insert(key.clone());
        }
    }

    pub(crate) fn insert(&mut self, key: K) {
        self.keys.push(key);
        self.settle();
    }

    pub(crate) fn extend(&mut self, keys: impl IntoIterator<Item = K>) {
        self.keys.extend(keys);
        self.settle();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &K> {
        self.keys.iter()
    }

    /// Keeps the list from growing with the number of reads.
    fn settle(&mut self) {
        if self.keys.len() >= self.settle_at {
            self.keys.sort_unstable();
            self.keys.dedup();
            self.settle_at = SETTLE_FROM.max(2 * self.keys.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn keys_that_come_again_take_no_room() {
        let mut keys = KeyList::default();
        for round in 0..1_000_u64 {
            keys.note(&(round % 100));
            keys.insert(round % 100);
        }
        assert!(keys.keys.len() <= SETTLE_FROM, "{} of 100", keys.keys.len());
        keys.extend(0..10_000);
        let all: BTreeSet<u64> = keys.iter().copied().collect();
        assert_eq!(all, (0..10_000).collect());
    }
}
