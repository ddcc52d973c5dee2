//! The map without an order beside that of the standard library.
//!
//! Sequences are run with keys that lie in the entries, keys that lie behind pointers, and keys of whose
//! hashes many are equal or differ in the last bits alone: then nodes are as deep as they can be.

use super::node::Node;
use super::{HashKey, HashMap};
use crate::persistent::tests::{each, figures};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use std::cell::Cell;
use std::collections::HashMap as Model;
use std::fmt;
use std::hash::Hash;

/// A key type of which sequences are run.
trait Sample: HashKey + Hash + fmt::Debug {
    fn new(number: u16) -> Self;
}

impl Sample for u16 {
    fn new(number: u16) -> Self {
        number
    }
}

impl Sample for String {
    fn new(number: u16) -> Self {
        format!("the beginning is always the same {number:05}")
    }
}

/// Seven keys have one hash; others have all but the last bits, or the first, in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Colliding(u16);

impl HashKey for Colliding {
    fn hash(&self) -> u64 {
        let number = u64::from(self.0 / 7);
        (number % 5) << 60 | (number / 5 % 40) << 30 | (number / 200)
    }
}

impl Sample for Colliding {
    fn new(number: u16) -> Self {
        Self(number)
    }
}

/// Keys are below it.
const KEYS: u16 = if cfg!(miri) { 200 } else { 6_000 };

/// One step of a sequence.
#[derive(Debug, Clone)]
enum Step {
    Insert(u16, u8),
    /// In its place, if it is there.
    Change(u16, u8),
    Remove(u16),
    /// So many keys, one after the other.
    InsertRun(u16, u16, u8),
    RemoveRun(u16, u16),
    /// Every so many keys.
    RemoveEvery(u16),
    /// Keeps the map as it is.
    Hold,
    /// Goes on from a map that was kept.
    Return(usize),
    /// Builds the map anew from its entries, some of them twice.
    Rebuild(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..KEYS, any::<u8>()).prop_map(|(key, value)| Step::Insert(key, value)),
        4 => (0..KEYS, any::<u8>()).prop_map(|(key, value)| Step::Change(key, value)),
        4 => (0..KEYS).prop_map(Step::Remove),
        4 => (0..KEYS, 1..KEYS / 3, any::<u8>())
            .prop_map(|(from, length, value)| Step::InsertRun(from, length, value)),
        4 => (0..KEYS, 1..KEYS / 3).prop_map(|(from, length)| Step::RemoveRun(from, length)),
        1 => (2..9_u16).prop_map(Step::RemoveEvery),
        2 => Just(Step::Hold),
        1 => any::<usize>().prop_map(Step::Return),
        1 => any::<u8>().prop_map(Step::Rebuild),
    ]
}

struct Beside<K> {
    map: HashMap<K, u8>,
    model: Model<K, u8>,
    held: Vec<(HashMap<K, u8>, Model<K, u8>)>,
    operations: u64,
}

impl<K: Sample> Beside<K> {
    fn insert(&mut self, number: u16, value: u8) {
        let key = K::new(number);
        assert_eq!(self.map.insert(key.clone(), value), self.model.insert(key, value));
        self.operations += 1;
    }

    fn remove(&mut self, number: u16) {
        let key = K::new(number);
        let before = self.map.clone();
        let removed = self.model.remove(&key);
        assert_eq!(self.map.remove(&key), removed);
        assert_eq!(self.map.is_same(&before), removed.is_none(), "{number}");
        self.operations += 1;
    }

    fn change(&mut self, number: u16, value: u8) {
        let key = K::new(number);
        let found = self.map.get_mut(&key).map(|old| std::mem::replace(old, value));
        let expected = self.model.get_mut(&key).map(|old| std::mem::replace(old, value));
        assert_eq!(found, expected);
        self.operations += 1;
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Insert(key, value) => self.insert(key, value),
            Step::Change(key, value) => self.change(key, value),
            Step::Remove(key) => self.remove(key),
            Step::InsertRun(from, length, value) => {
                (from..KEYS.min(from + length)).for_each(|key| self.insert(key, value));
            }
            Step::RemoveRun(from, length) => {
                (from..KEYS.min(from + length)).for_each(|key| self.remove(key));
            }
            Step::RemoveEvery(step) => {
                (0..KEYS).step_by(step.into()).for_each(|key| self.remove(key));
            }
            Step::Hold => self.held.push((self.map.clone(), self.model.clone())),
            Step::Return(at) => {
                if let Some((map, model)) = self.held.get(at % self.held.len().max(1)) {
                    (self.map, self.model) = (map.clone(), model.clone());
                }
            }
            Step::Rebuild(twice) => {
                let all = self.model.iter().map(|(key, value)| (key.clone(), *value));
                let outdated = all.clone().filter(|_| twice % 2 == 1).map(|(key, _)| (key, twice));
                self.map = HashMap::from_entries(outdated.chain(all));
            }
        }
        assert_eq!(self.map.len(), self.model.len());
        assert_eq!(self.map.iter().count(), self.model.len());
    }

    fn check(map: &HashMap<K, u8>, model: &Model<K, u8>) {
        assert_eq!(map.len(), model.len());
        assert_eq!(map.is_empty(), model.is_empty());
        assert!(map.iter().eq(map.iter().rev().collect::<Vec<_>>().into_iter().rev()));
        assert_eq!(map.iter().count(), model.len());
        assert!(map.iter().all(|(key, value)| model.get(key) == Some(value)));
        assert!(map.iter().is_sorted_by_key(|(key, _)| HashKey::hash(key)));
    }

    /// Looks at all there is, from both ends, from places in the middle and as differences.
    fn finish(&mut self) {
        self.held.push((self.map.clone(), self.model.clone()));
        let keys: Vec<K> = (0..KEYS).map(K::new).collect();
        for (map, model) in &self.held {
            Self::check(map, model);
            for some in keys.chunks(8) {
                let each = map.get_each::<8>(some.iter());
                for (key, found) in some.iter().zip(each) {
                    assert_eq!(found, model.get(key));
                    assert_eq!(map.get(key), found);
                    assert_eq!(map.entry_at(key).map(|(key, _)| key), found.map(|_| key));
                    assert_eq!(map.contains(key), found.is_some());
                }
            }
            // Half from the front, the rest from the back.
            let mut from_ends: Vec<_> = map.iter().take(map.len() / 2).collect();
            let mut rest = map.iter();
            rest.by_ref().take(map.len() / 2).for_each(drop);
            from_ends.extend(rest.rev().collect::<Vec<_>>().into_iter().rev());
            assert!(map.iter().eq(from_ends));
            for key in keys.iter().step_by(97) {
                let hash = HashKey::hash(key);
                let is_after = |(key, _): &(&K, &u8)| HashKey::hash(*key) > hash;
                let is_before = |(key, _): &(&K, &u8)| HashKey::hash(*key) < hash;
                assert!(map.after(hash).eq(map.iter().filter(is_after)));
                assert!(map.after(hash).rev().eq(map.iter().rev().filter(is_after)));
                assert!(map.before(hash).eq(map.iter().filter(is_before)));
                assert!(map.before(hash).rev().eq(map.iter().rev().filter(is_before)));
            }
        }
        for [(old, old_model), (new, new_model)] in self.held.array_windows() {
            let mut left = old_model.clone();
            for (key, before, now) in old.diff(new) {
                assert_ne!(before, now);
                assert_eq!((before, now), (old_model.get(key), new_model.get(key)), "{key:?}");
                match now {
                    Some(value) => left.insert(key.clone(), *value),
                    None => left.remove(key),
                };
            }
            assert_eq!(&left, new_model);
            assert_eq!(old.diff(old).count(), 0);
        }
    }
}

fn sequences<K: Sample>() {
    let operations = Cell::new(0);
    each(vec(step(), 1..if cfg!(miri) { 12 } else { 30 }), |steps| {
        let (map, model, held) = (HashMap::default(), Model::new(), Vec::new());
        let mut beside = Beside::<K> { map, model, held, operations: 0 };
        for step in &steps {
            beside.step(step);
        }
        beside.finish();
        operations.set(operations.get() + beside.operations);
    });
    figures::count("persistent map", "operations", operations.get());
}

#[test]
fn sequences_of_numbers() {
    sequences::<u16>();
}

#[test]
fn sequences_of_texts() {
    sequences::<String>();
}

#[test]
fn sequences_of_keys_that_collide() {
    sequences::<Colliding>();
}

#[test]
fn of_equal_keys_the_last_stays() {
    let map = HashMap::from_entries([(1, 'a'), (2, 'b'), (1, 'c')]);
    assert_eq!((map.len(), map.get(&1), map.get(&2)), (2, Some(&'c'), Some(&'b')));
}

/// What two maps share is not looked into.
#[test]
fn differences_cost_what_differs() {
    /// Counts comparisons of values.
    #[derive(Debug, Clone)]
    struct Counted<'a>(u32, &'a Cell<usize>);

    impl PartialEq for Counted<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.1.set(self.1.get() + 1);
            self.0 == other.0
        }
    }

    let size = if cfg!(miri) { 500 } else { 50_000 };
    let compared = Cell::new(0);
    let old = HashMap::from_entries((0..size).map(|number| (number, Counted(number, &compared))));
    let mut new = old.clone();
    new.insert(7, Counted(8, &compared));
    new.insert(size, Counted(1, &compared));
    new.remove(&9);
    let mut keys: Vec<u32> = old.diff(&new).map(|(key, ..)| *key).collect();
    keys.sort_unstable();
    assert_eq!(keys, [7, 9, size]);
    assert!(compared.get() < 60, "{} comparisons", compared.get());
}

/// Nothing of a trie is nearly empty, however many entries it has, and whether they came or went.
#[test]
fn buckets_are_about_half_full_at_least() {
    /// The buckets below a node, and the most of their entries and children.
    fn buckets<H, V>(node: &Node<H, V>) -> usize {
        match node {
            Node::Inner(inner) => inner.children.iter().map(buckets).sum(),
            Node::Bucket(bucket) => {
                assert!(bucket.entries.len() <= 16);
                1
            }
        }
    }

    let most = if cfg!(miri) { 600 } else { 60_000 };
    let mut map = HashMap::default();
    let (mut numbers, mut checked) = (0_u32, 0);
    let mut check = |map: &HashMap<u32, ()>, least: usize| {
        if let (Some(root), true) = (map.inline.root(), map.len() >= 1_000) {
            let buckets = buckets(root);
            assert!(map.len() >= least * buckets, "{} in {buckets} buckets", map.len());
            checked += 1;
        }
    };
    while numbers < most {
        let more = numbers / 4 + 100;
        (numbers..numbers + more).for_each(|number| assert_eq!(map.insert(number, ()), None));
        numbers += more;
        check(&map, 6);
    }
    while map.len() > 40 {
        (numbers / 4 * 3..numbers).for_each(|number| assert_eq!(map.remove(&number), Some(())));
        numbers = numbers / 4 * 3;
        check(&map, 2);
    }
    check(&HashMap::from_entries((0..most).map(|number| (number, ()))), 6);
    assert!(checked > 20 || cfg!(miri), "{checked}");
}
