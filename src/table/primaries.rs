//! The primary keys under one key of a hash index: mostly one, else a map of them.

use crate::persistent::{Map, MapKey};

/// One or more primary keys, in order. A clone is O(1) and shares everything.
///
/// Those that are one are always [`One`](Self::One).
#[derive(Debug, Clone)]
pub(crate) enum Primaries<P> {
    One(P),
    Many(Map<P, ()>),
}

/// What has come of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Removed {
    Done,
    /// It is the only one, so that all of them have to go.
    WouldBeLast,
}

impl<P: MapKey> Primaries<P> {
    /// Those of a list in order, each once; none where it is empty.
    pub(crate) fn from_sorted(primaries: Vec<P>) -> Option<Self> {
        match <[P; 1]>::try_from(primaries) {
            Ok([only]) => Some(Self::One(only)),
            Err(none) if none.is_empty() => None,
            Err(many) => Some(Self::Many(Map::from_sorted(many.into_iter().map(|of| (of, ()))))),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(primaries) => primaries.len(),
        }
    }

    pub(crate) fn first(&self) -> Option<&P> {
        match self {
            Self::One(primary) => Some(primary),
            Self::Many(primaries) => primaries.first().map(|(primary, ())| primary),
        }
    }

    /// O(log n).
    pub(crate) fn insert(&mut self, primary: P) {
        match self {
            Self::One(only) if *only == primary => {}
            Self::One(only) => {
                let mut primaries = Map::from_sorted([(only.clone(), ())]);
                primaries.insert(primary, ());
                *self = Self::Many(primaries);
            }
            Self::Many(primaries) => {
                primaries.insert(primary, ());
            }
        }
    }

    /// Removes a primary key; does nothing where it is not there, nor where it is the only one, which
    /// is told. O(log n).
    pub(crate) fn remove(&mut self, primary: &P) -> Removed {
        match self {
            Self::One(only) if only == primary => return Removed::WouldBeLast,
            Self::One(_) => {}
            Self::Many(primaries) => {
                primaries.remove(primary);
                if let (1, Some((only, ()))) = (primaries.len(), primaries.first()) {
                    *self = Self::One(only.clone());
                }
            }
        }
        Removed::Done
    }

    /// Whether `other` has others. O(1) where they are shared, else it grows with the difference.
    pub(crate) fn differ(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::One(one), Self::One(other)) => one != other,
            (Self::Many(these), Self::Many(others)) => these.diff(others).next().is_some(),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop, proptest};
    use std::collections::BTreeSet;

    fn listed(primaries: Option<&Primaries<u8>>) -> Vec<u8> {
        match primaries {
            None => Vec::new(),
            Some(Primaries::One(only)) => vec![*only],
            Some(Primaries::Many(many)) => {
                assert!(many.len() > 1, "one alone takes a map");
                many.iter().map(|(primary, ())| *primary).collect()
            }
        }
    }

    fn differ(one: Option<&Primaries<u8>>, other: Option<&Primaries<u8>>) -> bool {
        match (one, other) {
            (Some(one), Some(other)) => one.differ(other),
            (one, other) => one.is_some() != other.is_some(),
        }
    }

    proptest! {
        #[test]
        fn primaries_are_a_set(steps in prop::collection::vec((any::<bool>(), 0..6_u8), 0..64)) {
            let (mut primaries, mut model) = (None::<Primaries<u8>>, BTreeSet::new());
            let mut before = Vec::new();
            for (comes, primary) in steps {
                before.push((primaries.clone(), model.clone()));
                if comes {
                    model.insert(primary);
                    match &mut primaries {
                        Some(others) => others.insert(primary),
                        None => primaries = Some(Primaries::One(primary)),
                    }
                } else {
                    model.remove(&primary);
                    primaries.take_if(|of| of.remove(&primary) == Removed::WouldBeLast);
                }
                let all: Vec<u8> = model.iter().copied().collect();
                assert_eq!(listed(primaries.as_ref()), all);
                assert_eq!(primaries.as_ref().map_or(0, Primaries::len), all.len());
                assert_eq!(primaries.as_ref().and_then(Primaries::first), all.first());
                for (earlier, its_model) in &before {
                    let its_keys: Vec<u8> = its_model.iter().copied().collect();
                    assert_eq!(listed(earlier.as_ref()), its_keys);
                    assert_eq!(differ(primaries.as_ref(), earlier.as_ref()), &model != its_model);
                }
                let built = Primaries::from_sorted(all.clone());
                assert_eq!(listed(built.as_ref()), all);
                assert!(!differ(built.as_ref(), primaries.as_ref()));
            }
        }
    }
}
