//! The ordered map beside that of the standard library.
//!
//! Sequences are run on maps of several thousand entries, which have four levels, with keys that lie
//! in the nodes and keys that lie behind pointers, and in patterns that fill and empty whole nodes: keys one after the other,
//! stretches removed from either end or from the middle, keys at random. Under Miri the maps are
//! smaller.

#[path = "../../tests/common/figures.rs"]
pub(super) mod figures;

use super::{Map, MapKey};
use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

type Model<K> = BTreeMap<K, u8>;

/// A key type of which sequences are run.
trait Sample: MapKey + fmt::Debug {
    fn new(number: u16) -> Self;
}

impl Sample for u16 {
    fn new(number: u16) -> Self {
        number
    }
}

/// Of 300 keys each, all have one abbreviation.
impl Sample for String {
    fn new(number: u16) -> Self {
        format!("{:03} is the hundreds of {number:05}", number / 300)
    }
}

/// With all that can be in an abbreviation: a list, an end, a number below zero, and text with zeros.
impl Sample for (Vec<bool>, i16, String) {
    fn new(number: u16) -> Self {
        let bits = (0..4).map(|bit| number >> (15 - bit) & 1 == 1).collect();
        (bits, (number & 0xFF0).cast_signed() - 2_000, format!("\0{:02}", number & 0xF))
    }
}

/// Keys are below it.
const KEYS: u16 = if cfg!(miri) { 400 } else { 6_000 };

/// `im` 15.1, from which this crate was forked, gave 67 of these 100 entries.
#[test]
fn a_reverse_range_is_complete() {
    let map = Map::from_sorted((0..3_000).map(|number| (number * 2, ())));
    let (lower, upper) = (Bound::Included(&1_976), Bound::Excluded(&2_176));
    assert_eq!(map.range(lower, upper).count(), 100);
    assert_eq!(map.range(lower, upper).rev().count(), 100);
}

/// Each range of a map of several levels, from both ends.
#[test]
fn ranges_between_all_places() {
    let size = if cfg!(miri) { 40 } else { 160 };
    // Between two keys is a place that has none.
    let map = Map::from_sorted((0..size).map(|number| (number * 2 + 1, 0_u8)));
    let model: Model<u16> = (0..size).map(|number| (number * 2 + 1, 0_u8)).collect();
    let step = if cfg!(miri) { 7 } else { 1 };
    let mut ranges = 0;
    for low in 0..=size * 2 {
        for high in (low..=size * 2 + 1).step_by(step) {
            let (lower, upper) = (Bound::Included(low), Bound::Excluded(high));
            let expected = model.range((lower, upper)).count();
            assert_eq!(map.range(lower.as_ref(), upper.as_ref()).count(), expected);
            let mut backwards = map.range(lower.as_ref(), upper.as_ref()).rev();
            assert!(backwards.by_ref().zip(model.range((lower, upper)).rev()).all(|(a, b)| a == b));
            assert!(backwards.next().is_none());
            ranges += 1;
        }
    }
    figures::count("persistent map", "ranges", ranges);
}

/// One step of a sequence.
#[derive(Debug, Clone)]
enum Step {
    Insert(u16, u8),
    Remove(u16),
    /// So many keys, one after the other, upwards or downwards.
    InsertRun {
        from: u16,
        length: u16,
        down: bool,
        value: u8,
    },
    /// The same, removed.
    RemoveRun {
        from: u16,
        length: u16,
        down: bool,
    },
    /// Every so many keys, all through the map.
    RemoveEvery(u16),
    /// The smallest or the greatest keys, so many.
    Pop {
        length: u16,
        last: bool,
    },
    /// Reads between two places, from either end as the bits say.
    Range(Bound<u16>, Bound<u16>, u64),
    /// Keeps the map as it is.
    Hold,
    /// Goes on from a map that was kept.
    Return(usize),
    /// Builds the map anew from its entries.
    Rebuild,
}

fn bound() -> impl Strategy<Value = Bound<u16>> {
    prop_oneof![
        4 => (0..KEYS).prop_map(Bound::Included),
        4 => (0..KEYS).prop_map(Bound::Excluded),
        1 => Just(Bound::Unbounded),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let insert_run = (0..KEYS, 1..KEYS / 3, any::<bool>(), any::<u8>())
        .prop_map(|(from, length, down, value)| Step::InsertRun { from, length, down, value });
    let remove_run = (0..KEYS, 1..KEYS / 4, any::<bool>())
        .prop_map(|(from, length, down)| Step::RemoveRun { from, length, down });
    let pop = (1..KEYS / 6, any::<bool>()).prop_map(|(length, last)| Step::Pop { length, last });
    prop_oneof![
        6 => (0..KEYS, any::<u8>()).prop_map(|(key, value)| Step::Insert(key, value)),
        4 => (0..KEYS).prop_map(Step::Remove),
        4 => insert_run,
        3 => remove_run,
        1 => (2..9_u16).prop_map(Step::RemoveEvery),
        2 => pop,
        6 => (bound(), bound(), any::<u64>())
            .prop_map(|(lower, upper, ends)| Step::Range(lower, upper, ends)),
        3 => Just(Step::Hold),
        1 => any::<usize>().prop_map(Step::Return),
        1 => Just(Step::Rebuild),
    ]
}

/// A map, what it must hold, and earlier ones that were kept.
struct Pair<K: Sample> {
    map: Map<K, u8>,
    model: Model<K>,
    held: Vec<(Map<K, u8>, Model<K>)>,
    /// How many operations of the map were compared.
    operations: u64,
}

impl<K: Sample> Pair<K> {
    fn new() -> Self {
        Self { map: Map::default(), model: Model::new(), held: Vec::new(), operations: 0 }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Insert(key, value) => self.insert(&K::new(key), value),
            Step::Remove(key) => self.remove(&K::new(key)),
            Step::InsertRun { from, length, down, value } => {
                run(from, length, down, |key| self.insert(&K::new(key), value));
            }
            Step::RemoveRun { from, length, down } => {
                run(from, length, down, |key| self.remove(&K::new(key)));
            }
            Step::RemoveEvery(width) => {
                for key in (0..KEYS).step_by(width.into()) {
                    self.remove(&K::new(key));
                }
            }
            Step::Pop { length, last } => {
                for _ in 0..length {
                    let (found, expected) = if last {
                        (self.map.last(), self.model.last_key_value())
                    } else {
                        (self.map.first(), self.model.first_key_value())
                    };
                    assert_eq!(found, expected);
                    let Some((key, _)) = found else { break };
                    let key = key.clone();
                    self.remove(&key);
                }
            }
            Step::Range(lower, upper, ends) => {
                range(&self.map, &self.model, lower.map(K::new), upper.map(K::new), ends);
                self.operations += 1;
            }
            Step::Hold => self.held.push((self.map.clone(), self.model.clone())),
            Step::Return(place) => {
                if let Some((map, model)) = self.held.get(place % self.held.len().max(1)) {
                    (self.map, self.model) = (map.clone(), model.clone());
                    assert!(self.map.is_same(map));
                }
            }
            Step::Rebuild => {
                let entries = self.model.iter().map(|(key, value)| (key.clone(), *value));
                self.map = Map::from_sorted(entries);
            }
        }
    }

    fn insert(&mut self, key: &K, value: u8) {
        let (found, expected) =
            (self.map.insert(key.clone(), value), self.model.insert(key.clone(), value));
        assert_eq!(found, expected, "put {key:?}");
        self.look_at(key);
    }

    fn remove(&mut self, key: &K) {
        assert_eq!(self.map.remove(key), self.model.remove(key), "remove {key:?}");
        self.look_at(key);
    }

    fn look_at(&mut self, key: &K) {
        assert_eq!(self.map.get(key), self.model.get(key));
        let next = self.model.range(key..).next();
        assert_eq!(self.map.first_from(key), next);
        assert_eq!(self.map.len(), self.model.len());
        self.operations += 1;
    }
}

/// Calls with keys one after the other, as far as there are any.
fn run(from: u16, length: u16, down: bool, mut work: impl FnMut(u16)) {
    for offset in 0..length {
        let key = if down { from.checked_sub(offset) } else { from.checked_add(offset) };
        let Some(key) = key.filter(|key| *key < KEYS) else { break };
        work(key);
    }
}

/// Reads a range forwards, backwards, and from both ends until they meet, as the bits of `ends` say.
fn range<K: Sample>(
    map: &Map<K, u8>,
    model: &Model<K>,
    lower: Bound<K>,
    upper: Bound<K>,
    mut ends: u64,
) {
    if is_refused(&lower, &upper) {
        assert!(map.range(lower.as_ref(), upper.as_ref()).next().is_none());
        if !is_refused(&upper, &lower) {
            range(map, model, upper, lower, ends);
        }
        return;
    }
    let at = (lower.as_ref(), upper.as_ref());
    let mut found = map.range(at.0, at.1);
    let mut expected = model.range::<K, _>(at);
    assert!(found.clone().eq(expected.clone()), "{at:?}");
    assert!(found.clone().rev().eq(expected.clone().rev()), "{at:?}, backwards");
    loop {
        let (ours, theirs) = if ends & 1 == 0 {
            (found.next(), expected.next())
        } else {
            (found.next_back(), expected.next_back())
        };
        assert_eq!(ours, theirs, "{at:?}, from both ends");
        if theirs.is_none() {
            break;
        }
        ends = ends.rotate_right(1);
    }
    assert_eq!((found.next(), found.next_back()), (None, None), "an end stays an end");
}

/// Whether the standard library panics at such a range.
fn is_refused<K: Ord>(lower: &Bound<K>, upper: &Bound<K>) -> bool {
    use Bound::{Excluded, Included};
    match (lower, upper) {
        (Excluded(low), Excluded(high)) => low >= high,
        (Included(low) | Excluded(low), Included(high) | Excluded(high)) => low > high,
        _ => false,
    }
}

/// Everything that a map says of itself.
fn compare<K: Sample>(map: &Map<K, u8>, model: &Model<K>) {
    assert_eq!((map.len(), map.is_empty()), (model.len(), model.is_empty()));
    assert!(map.iter().eq(model.iter()));
    assert!(map.iter().rev().eq(model.iter().rev()));
    assert_eq!((map.first(), map.last()), (model.first_key_value(), model.last_key_value()));
    let keys: Vec<K> = (0..KEYS).step_by(29).map(K::new).collect();
    for keys in keys.chunks(8) {
        let found: [_; 8] = map.get_each(keys.iter());
        let expected = keys.iter().map(|key| model.get(key));
        assert!(found.into_iter().eq(expected.chain(std::iter::repeat(None)).take(8)));
    }
    for key in (0..KEYS).step_by(37).map(K::new) {
        assert_eq!(map.entry_at(&key), model.get_key_value(&key));
        assert_eq!(map.contains(&key), model.contains_key(&key));
    }
}

/// A map whose keys are taken over from another has the same ones, in the place of equal ones as well.
fn take_over<K: Sample>(from: &Map<K, u8>, model: &Model<K>) {
    let mut keys = Map::default();
    for round in [7, 8] {
        for (number, (key, value)) in from.iter_held().enumerate() {
            assert_eq!(model.get_key_value(&*key), Some((&*key, value)));
            let before = keys.insert_held(&key, value.wrapping_mul(round));
            assert_eq!(before.is_none(), round == 7, "entry {number}");
        }
        for (key, value) in model.iter().step_by(37) {
            let (held, found) = keys.held_at(key).expect("it was taken over");
            assert_eq!((&*held, *found), (key, value.wrapping_mul(round)));
        }
    }
    assert!(keys.iter().map(|(key, _)| key).eq(model.keys()));
}

/// What differs between two maps, in key order, is what differs between the models.
fn differences<K: Sample>(older: &(Map<K, u8>, Model<K>), newer: &(Map<K, u8>, Model<K>)) {
    let found =
        older.0.diff(&newer.0).map(|(key, old, new)| (key.clone(), old.copied(), new.copied()));
    let values = |key: K| (key.clone(), older.1.get(&key).copied(), newer.1.get(&key).copied());
    let expected = (0..KEYS).map(|key| values(K::new(key))).filter(|(_, old, new)| old != new);
    assert!(found.eq(expected));
    if older.0.is_same(&newer.0) {
        assert_eq!(older.1, newer.1, "one and the same map has one content");
    }
}

#[test]
fn the_map_is_a_btree_map() {
    sequences::<u16>();
}

#[test]
fn a_map_of_texts_is_a_btree_map() {
    sequences::<String>();
}

#[test]
fn a_map_of_keys_with_parts_is_a_btree_map() {
    sequences::<(Vec<bool>, i16, String)>();
}

fn sequences<K: Sample>() {
    let most = if cfg!(miri) { 12 } else { 60 };
    let operations = Cell::new(0);
    each((0..KEYS, vec(step(), 1..most)), |(size, steps)| {
        let mut pair = Pair::<K>::new();
        pair.take(&Step::InsertRun { from: 0, length: size, down: false, value: 0 });
        pair.held.push((pair.map.clone(), pair.model.clone()));
        for step in &steps {
            pair.take(step);
        }
        let now = (pair.map, pair.model);
        compare(&now.0, &now.1);
        take_over(&now.0, &now.1);
        for held in &pair.held {
            compare(&held.0, &held.1);
            differences(held, &now);
            differences(&now, held);
        }
        operations.set(operations.get() + pair.operations);
    });
    figures::count("persistent map", "operations", operations.get());
}

/// Tries a property on many inputs, `PROPTEST_CASES` where that is set.
pub(super) fn each<S: Strategy>(inputs: S, property: impl Fn(S::Value)) {
    let given = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = given.unwrap_or(if cfg!(miri) { 2 } else { 24 });
    // What fails is printed, as small as it can be made.
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let run = TestRunner::new(config).run(&inputs, |input| {
        property(input);
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
    figures::count("persistent map", "sequences", cases.into());
}
