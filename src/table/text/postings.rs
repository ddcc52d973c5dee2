//! The records that have a term: mostly one, else a map of them.

use crate::persistent::{Held, Map, MapKey};
use std::sync::Arc;

/// The keys of records, in order, each with how often it has the term. A clone is O(1) and shares everything.
///
/// Those that are one are always [`One`](Self::One).
#[derive(Debug, Clone)]
pub(crate) enum Postings<P> {
    One(P, u32),
    Many(Arc<Map<P, u32>>),
}

impl<P: MapKey> Postings<P> {
    /// Those of a list in order, each once; none where it is empty.
    pub(super) fn from_sorted(mut list: Vec<(P, u32)>) -> Option<Self> {
        if list.len() > 1 {
            return Some(Self::Many(Arc::new(Map::from_sorted(list))));
        }
        list.pop().map(|(key, count)| Self::One(key, count))
    }

    /// O(1).
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::One(..) => 1,
            Self::Many(map) => map.len(),
        }
    }

    /// How often a record has the term. O(log n).
    pub(crate) fn get(&self, key: &P) -> Option<u32> {
        match self {
            Self::One(only, count) => (only == key).then_some(*count),
            Self::Many(map) => map.get(key).copied(),
        }
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&P, u32)> {
        let (one, many) = match self {
            Self::One(key, count) => (Some((key, *count)), None),
            Self::Many(map) => (None, Some(map.iter())),
        };
        one.into_iter().chain(many.into_iter().flatten().map(|(key, count)| (key, *count)))
    }

    /// Sets how often a record has the term; returns how often it had it. O(log n).
    pub(super) fn insert(&mut self, key: &Held<'_, P>, count: u32) -> Option<u32> {
        match self {
            Self::One(only, before) if *only == **key => Some(std::mem::replace(before, count)),
            Self::One(only, before) => {
                let mut map = Map::from_sorted([(only.clone(), *before)]);
                map.insert_held(key, count);
                *self = Self::Many(Arc::new(map));
                None
            }
            Self::Many(map) => Arc::make_mut(map).insert_held(key, count),
        }
    }

    /// Removes a record, unless it is the only one; returns whether it was there. O(log n).
    pub(super) fn remove(&mut self, key: &P) -> Removed {
        let Self::Many(map) = self else {
            return if self.get(key).is_some() { Removed::WouldBeLast } else { Removed::Missing };
        };
        if map.get(key).is_none() {
            return Removed::Missing;
        }
        let map = Arc::make_mut(map);
        map.remove(key);
        if map.len() == 1
            && let Some((key, count)) = map.first()
        {
            *self = Self::One(key.clone(), *count);
        }
        Removed::Done
    }
}

/// What has come of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removed {
    Done,
    Missing,
    /// It is the only one, so that all of them have to go.
    WouldBeLast,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn postings_are_as_a_map_of_them() {
        let keys = Map::from_sorted((0..40_u64).map(|key| (key, ())));
        let held = |key: u64| keys.held_at(&key).expect("all are there").0;
        let mut postings = Postings::One(7, 1);
        let mut model = BTreeMap::from([(7_u64, 1_u32)]);
        let mut state = 1_u64;
        for round in 0..4_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (key, before, old) = ((state >> 33) % 40, postings.clone(), model.clone());
            // First more come than go, and then the other way round.
            if (state >> 50) % 3 == u64::from(round > 2_000) {
                let removed = postings.remove(&key);
                if model.len() == 1 && model.contains_key(&key) {
                    assert_eq!(removed, Removed::WouldBeLast);
                } else {
                    let expected =
                        if model.remove(&key).is_some() { Removed::Done } else { Removed::Missing };
                    assert_eq!(removed, expected);
                }
            } else {
                let count = round % 3 + 1;
                assert_eq!(postings.insert(&held(key), count), model.insert(key, count));
            }
            assert!(postings.iter().map(|(key, count)| (*key, count)).eq(model.clone()));
            assert_eq!(postings.len(), model.len());
            assert_eq!(matches!(postings, Postings::One(..)), model.len() == 1);
            // Who holds it as it was sees nothing of it.
            assert!(before.iter().map(|(key, count)| (*key, count)).eq(old));
        }
    }
}
