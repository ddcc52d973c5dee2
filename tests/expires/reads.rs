//! All ways of reading, held against a map of the records that ought to be there.

use folio::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The records that ought to be there.
pub(crate) type Expected<T> = BTreeMap<u16, T>;

/// The records among `expected` that a condition holds for, by id.
pub(crate) fn those<T>(expected: &Expected<T>, holds: impl Fn(&T) -> bool) -> Vec<u16> {
    expected.iter().filter(|(_, item)| holds(item)).map(|(id, _)| *id).collect()
}

/// The same in the order of an index, which gives keys.
pub(crate) fn by_key<T, K: Ord + Copy>(
    expected: &Expected<T>,
    keys: impl Fn(&T) -> Vec<K>,
) -> Vec<(K, u16)> {
    let mut entries = BTreeSet::new();
    for (id, item) in expected {
        entries.extend(keys(item).into_iter().map(|key| (key, *id)));
    }
    entries.into_iter().collect()
}

/// Takes from both ends in turn, and puts what came into the order of the front.
pub(crate) fn from_both_ends<I: DoubleEndedIterator>(mut all: I, seed: u64) -> Vec<I::Item> {
    let (mut front, mut back) = (Vec::new(), Vec::new());
    for turn in 0.. {
        let from_front = (seed >> (turn % 64)) & 1 == 0;
        let next = if from_front { all.next() } else { all.next_back() };
        let Some(item) = next else { break };
        if from_front { front.push(item) } else { back.push(item) }
    }
    front.extend(back.into_iter().rev());
    front
}

/// What all three contexts have.
macro_rules! check_points {
    ($reader:expr, $expected:expr, $of:ty) => {{
        let (reader, expected) = (&$reader, $expected);
        assert_eq!(reader.len(), expected.len(), "len");
        assert_eq!(reader.is_empty(), expected.is_empty(), "is_empty");
        let all = reader.get_all(0..KEYS);
        for id in 0..KEYS {
            let wanted = expected.get(&id);
            assert_eq!(reader.get(&id).as_deref(), wanted, "get {id}");
            let found = all.get(usize::from(id)).and_then(Option::as_deref);
            assert_eq!(found, wanted, "get_all {id}");
            assert_eq!(reader.contains(&id), wanted.is_some(), "contains {id}");
        }
        for key in 0..NAMES {
            let wanted = expected.values().find(|item| item.slug == Some(key));
            assert_eq!(reader.find(<$of>::SLUG, &key).as_deref(), wanted, "slug {key}");
            let wanted = expected.values().find(|item| item.token == Some(key));
            assert_eq!(reader.find(<$of>::TOKEN, &key).as_deref(), wanted, "token {key}");
        }
    }};
}

/// What views and transactions have.
macro_rules! check_scans {
    ($reader:expr, $expected:expr, $of:ty, $seed:expr) => {{
        let (reader, expected, seed) = (&$reader, $expected, $seed);
        let ids = |id: u16| id;
        let mut iterated: Vec<u16> =
            from_both_ends(reader.iter().map(|item| item.id), seed).into_iter().map(ids).collect();
        let mut keys: Vec<u16> =
            from_both_ends(reader.keys().map(|key| key.to_owned()), seed).into_iter().collect();
        assert_eq!(iterated, keys, "iter and keys");
        // Unordered ones are in some order.
        iterated.sort_unstable();
        keys.sort_unstable();
        assert_eq!(keys, those(expected, |_| true), "iter");
        for key in 0..GROUPS {
            let wanted = those(expected, |item| item.group == key);
            let found = from_both_ends(reader.by(<$of>::GROUP).get(&key).map(|item| item.id), seed);
            assert_eq!(found, wanted, "group {key}");
            assert_eq!(reader.by(<$of>::GROUP).count(&key), wanted.len(), "count of {key}");
            let wanted = those(expected, |item| item.shard == key);
            let found = from_both_ends(reader.by(<$of>::SHARD).get(&key).map(|item| item.id), seed);
            assert_eq!(found, wanted, "shard {key}");
            assert_eq!(reader.by(<$of>::SHARD).count(&key), wanted.len(), "count of {key}");
            let wanted = those(expected, |item| item.tags.contains(&key));
            assert_eq!(reader.by(<$of>::TAGS).count(&key), wanted.len(), "count of {key}");
            let wanted = by_key(expected, |item| vec![(item.group, item.shard)]);
            let wanted: Vec<u16> =
                wanted.iter().filter(|((group, _), _)| *group == key).map(|of| of.1).collect();
            let found = reader.by(<$of>::PAIR).prefix((key,)).map(|item| item.id);
            assert_eq!(from_both_ends(found, seed), wanted, "pairs with {key}");
        }
        let by_tag = by_key(expected, |item| item.tags.clone());
        let wanted: Vec<u16> = by_tag.iter().map(|(_, id)| *id).collect();
        let found = from_both_ends(reader.by(<$of>::TAGS).iter().map(|item| item.id), seed);
        assert_eq!(found, wanted, "tags");
        let mut wanted: Vec<u8> = by_tag.iter().map(|(tag, _)| *tag).collect();
        wanted.dedup();
        let found = reader.by(<$of>::TAGS).keys().map(|tag| tag.to_owned());
        assert_eq!(from_both_ends(found, seed), wanted, "keys of tags");
        let wanted: Vec<u16> =
            by_tag.iter().filter(|(tag, _)| (1..3).contains(tag)).map(|(_, id)| *id).collect();
        let found = reader.by(<$of>::TAGS).range(1..3).map(|item| item.id);
        assert_eq!(from_both_ends(found, seed), wanted, "range of tags");
    }};
}

/// What takes an order.
macro_rules! check_ordered {
    ($reader:expr, $expected:expr) => {{
        let (reader, expected) = (&$reader, $expected);
        assert_eq!(reader.first().as_deref(), expected.values().next(), "first");
        assert_eq!(reader.last().as_deref(), expected.values().next_back(), "last");
    }};
}

macro_rules! check_ranges {
    ($reader:expr, $expected:expr, $seed:expr) => {{
        let (reader, expected, seed) = (&$reader, $expected, $seed);
        let (from, to) =
            (u16::from(seed.to_le_bytes()[0]) % KEYS, u16::from(seed.to_le_bytes()[1]));
        let bounds = (Bound::Excluded(from), Bound::Included(from + to % KEYS));
        let wanted: Vec<u16> = expected.range(bounds).map(|(id, _)| *id).collect();
        let found = reader.range(bounds).map(|item| item.id);
        assert_eq!(from_both_ends(found, seed), wanted, "range");
        let backwards: Vec<u16> = reader.iter().rev().map(|item| item.id).collect();
        assert!(backwards.iter().rev().eq(expected.keys()), "backwards");
    }};
}

pub(crate) use {check_ordered, check_points, check_ranges, check_scans};

/// The records as values, by their ids.
pub(crate) fn check_values<T>(values: &folio::Values, expected: &Expected<T>, keys: u16) {
    assert_eq!(values.len(), expected.len(), "number of values");
    assert_eq!(values.is_empty(), expected.is_empty(), "values are empty");
    let found: Vec<Value> = values.iter().map(|entry| entry.expect("it is a record").0).collect();
    let wanted: Vec<Value> = expected.keys().map(|id| Value::from(*id)).collect();
    assert_eq!(found, wanted, "values");
    for id in 0..keys {
        let found = values.get(&Value::from(id)).expect("it is a key");
        assert_eq!(found.is_some(), expected.contains_key(&id), "value {id}");
    }
}
