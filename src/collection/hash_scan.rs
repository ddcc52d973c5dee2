//! Iterating over a transaction's records that have no order, while the transaction writes.
//!
//! Like a [`Scan`](crate::collection::scan::Scan), this owns the map as it was when it began and fetches
//! a few entries at a time. Where the next ones begin is told by a hash: entries of one hash are next to
//! each other in the map, and are fetched together.

use crate::collection::batches::{Batches, Source};
use crate::persistent::{HashKey, HashMap};
use std::collections::VecDeque;

/// An owned double-ended iterator over a hash map.
pub(crate) type HashScan<K, V> = Batches<ByHash<K, V>>;

/// Where a [`HashScan`] fetches from.
pub(crate) struct ByHash<K, V> {
    map: HashMap<K, V>,
    /// The hashes of the entries that were fetched last at either end: what was not fetched yet is
    /// between them.
    after: Option<u64>,
    before: Option<u64>,
}

impl<K: HashKey, V: Clone> HashScan<K, V> {
    pub(crate) fn new(map: HashMap<K, V>) -> Self {
        Self::of(ByHash { map, after: None, before: None })
    }
}

/// A batch may become larger than asked for by a few entries of one hash.
impl<K: HashKey, V: Clone> Source for ByHash<K, V> {
    type Item = (K, V);

    fn fetch_front(&mut self, batch: usize, into: &mut VecDeque<(K, V)>) {
        let entries = self.after.map_or_else(|| self.map.iter(), |hash| self.map.after(hash));
        let rest = entries.map(|(key, value)| (key.hash(), key, value));
        for (hash, key, value) in rest {
            let is_another = self.after != Some(hash);
            let is_at_the_other_end = self.before.is_some_and(|before| hash >= before);
            if is_at_the_other_end || (is_another && into.len() >= batch) {
                break;
            }
            into.push_back((key.clone(), value.clone()));
            self.after = Some(hash);
        }
    }

    fn fetch_back(&mut self, batch: usize, into: &mut VecDeque<(K, V)>) {
        let entries = self.before.map_or_else(|| self.map.iter(), |hash| self.map.before(hash));
        let rest = entries.rev().map(|(key, value)| (key.hash(), key, value));
        for (hash, key, value) in rest {
            let is_another = self.before != Some(hash);
            let is_at_the_other_end = self.after.is_some_and(|after| hash <= after);
            if is_at_the_other_end || (is_another && into.len() >= batch) {
                break;
            }
            into.push_back((key.clone(), value.clone()));
            self.before = Some(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key of which several have one hash.
    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
    struct Alike {
        hash: u64,
        number: u64,
    }

    impl HashKey for Alike {
        fn hash(&self) -> u64 {
            self.hash
        }
    }

    #[test]
    fn a_scan_gives_each_entry_once_from_whichever_end() {
        for seed in 1..200_u64 {
            // From each entry with a hash of its own to all with one.
            let key = |number: u64| Alike { hash: number.wrapping_mul(seed << 55) >> 3, number };
            let size = seed * seed % 331;
            let map = HashMap::from_entries((0..size).map(|number| (key(number), number)));
            let expected: Vec<u64> = map.iter().map(|(_, number)| *number).collect();
            let mut scan = HashScan::new(map);
            let (mut front, mut back) = (Vec::new(), Vec::new());
            let mut bits = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            loop {
                bits = bits.rotate_left(7) ^ (bits << 1);
                let (entry, end) = if bits & 4 == 0 {
                    (scan.next(), &mut front)
                } else {
                    (scan.next_back(), &mut back)
                };
                let Some((_, number)) = entry else { break };
                end.push(number);
            }
            front.extend(back.into_iter().rev());
            assert_eq!(front, expected, "seed {seed}");
        }
    }
}
