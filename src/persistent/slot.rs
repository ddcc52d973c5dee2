//! How keys lie in the nodes of a tree.
//!
//! Copying a path copies every key of the nodes on it, and a lookup compares with some of them. A key
//! that owns nothing and is small lies in the node as it is ([`Inline`]): it is copied as bytes. Any other lies
//! behind an `Arc`, with its [`Abbreviation`] beside it ([`Shared`]): a copy counts one reference
//! instead of allocating, and a comparison follows the pointer only where abbreviations are equal. In
//! inner nodes even the references are shared ([`SharedSeparators`]): they change only when a node
//! below is split or joined, which most copies of a path do not come with.

use crate::persistent::abbreviation::{Abbreviation, Abbreviator};
use arrayvec::ArrayVec;
use std::cmp::Ordering;
use std::sync::Arc;

/// The most entries of a leaf and children of an inner node.
pub(super) const WIDTH: usize = 16;

/// A key type of a map: ordered, and abbreviated.
pub(crate) trait MapKey: Ord + Clone {
    /// Writes the key, as far as its order is known.
    fn abbreviate(&self, out: &mut Abbreviator);

    /// What the key writes.
    fn stem(&self) -> Abbreviator {
        let mut out = Abbreviator::default();
        self.abbreviate(&mut out);
        out
    }

    fn abbreviation(&self) -> Abbreviation {
        self.stem().lower()
    }
}

/// A place in the order of keys of type `K`: at one of them, or between two.
pub(crate) trait Probe<K> {
    /// An abbreviation such that keys with a smaller one are before this place, and keys with a
    /// greater one behind it. Without one, keys are compared as they are.
    fn abbreviation(&self) -> Option<Abbreviation>;

    /// How this place compares with a key.
    fn compare(&self, key: &K) -> Ordering;
}

/// The place of a key itself.
impl<K: MapKey> Probe<K> for K {
    fn abbreviation(&self) -> Option<Abbreviation> {
        Some(MapKey::abbreviation(self))
    }

    fn compare(&self, key: &K) -> Ordering {
        self.cmp(key)
    }
}

/// A key in a node.
pub(super) trait Slot: Sized {
    type Key;
    /// The keys between the children of an inner node.
    type Separators: Separators<Self>;
    /// What of a probe is made once for a whole descent.
    type Hint: Copy;

    fn new(key: Self::Key) -> Self
    where
        Self::Key: MapKey;

    fn key(&self) -> &Self::Key;

    fn hint<P: Probe<Self::Key> + ?Sized>(probe: &P) -> Self::Hint;

    /// The hint of the key itself, as a probe.
    fn own_hint(&self) -> Self::Hint;

    /// How a probe compares with the key.
    fn compare<P: Probe<Self::Key> + ?Sized>(&self, probe: &P, hint: Self::Hint) -> Ordering;

    /// Where a probe is among keys in order, or would be.
    fn search<P: Probe<Self::Key> + ?Sized>(
        slots: &[Self],
        probe: &P,
        hint: Self::Hint,
    ) -> Result<usize, usize>;
}

/// The keys between the children of an inner node: each is above all of the child before it, and not
/// above any of the child behind it.
pub(super) trait Separators<S: Slot>: Sized {
    fn new(slots: ArrayVec<S, WIDTH>) -> Self;

    /// The same keys, for changing them.
    fn to_slots(&self) -> ArrayVec<S, WIDTH>
    where
        S: Clone;

    /// Puts a key at a place.
    fn insert(&mut self, place: usize, slot: S)
    where
        S: Clone;

    /// Keeps the keys before a place; gives out the one there, and those behind it.
    fn split(&mut self, place: usize) -> Option<(S, Self)>
    where
        S: Clone;

    /// The place of the child in which a probe lies.
    fn child_of<P: Probe<S::Key> + ?Sized>(&self, probe: &P, hint: S::Hint) -> usize;
}

/// A slot that can be copied, as changing a tree takes it.
pub(super) trait CloneSlot: Slot<Key: MapKey, Separators: Clone> + Clone {}

impl<S: Slot<Key: MapKey, Separators: Clone> + Clone> CloneSlot for S {}

/// A key as it is.
#[derive(Clone)]
pub(super) struct Inline<K>(K);

impl<K> Slot for Inline<K> {
    type Key = K;
    type Separators = ArrayVec<Self, WIDTH>;
    type Hint = ();

    fn new(key: K) -> Self {
        Self(key)
    }

    fn key(&self) -> &K {
        &self.0
    }

    fn hint<P: Probe<K> + ?Sized>(_: &P) {}

    fn own_hint(&self) {}

    fn compare<P: Probe<K> + ?Sized>(&self, probe: &P, (): ()) -> Ordering {
        probe.compare(&self.0)
    }

    fn search<P: Probe<K> + ?Sized>(slots: &[Self], probe: &P, (): ()) -> Result<usize, usize> {
        slots.binary_search_by(|slot| probe.compare(&slot.0).reverse())
    }
}

impl<K> Separators<Inline<K>> for ArrayVec<Inline<K>, WIDTH> {
    fn new(slots: ArrayVec<Inline<K>, WIDTH>) -> Self {
        slots
    }

    fn to_slots(&self) -> ArrayVec<Inline<K>, WIDTH>
    where
        Inline<K>: Clone,
    {
        self.clone()
    }

    fn insert(&mut self, place: usize, slot: Inline<K>) {
        ArrayVec::insert(self, place, slot);
    }

    fn split(&mut self, place: usize) -> Option<(Inline<K>, Self)> {
        let behind = self.drain(place + 1..).collect();
        Some((self.pop()?, behind))
    }

    fn child_of<P: Probe<K> + ?Sized>(&self, probe: &P, (): ()) -> usize {
        self.partition_point(|slot| probe.compare(&slot.0).is_ge())
    }
}

/// A key behind a pointer, and its abbreviation.
pub(super) struct Shared<K> {
    abbreviation: Abbreviation,
    key: Arc<K>,
}

impl<K> Clone for Shared<K> {
    fn clone(&self) -> Self {
        Self { abbreviation: self.abbreviation, key: self.key.clone() }
    }
}

impl<K> Slot for Shared<K> {
    type Key = K;
    type Separators = SharedSeparators<K>;
    type Hint = Option<Abbreviation>;

    fn new(key: K) -> Self
    where
        K: MapKey,
    {
        Self { abbreviation: key.abbreviation(), key: Arc::new(key) }
    }

    fn key(&self) -> &K {
        &self.key
    }

    fn hint<P: Probe<K> + ?Sized>(probe: &P) -> Option<Abbreviation> {
        probe.abbreviation()
    }

    fn own_hint(&self) -> Option<Abbreviation> {
        Some(self.abbreviation)
    }

    fn compare<P: Probe<K> + ?Sized>(&self, probe: &P, hint: Option<Abbreviation>) -> Ordering {
        let abbreviated = hint.map_or(Ordering::Equal, |hint| hint.cmp(&self.abbreviation));
        abbreviated.then_with(|| probe.compare(&self.key))
    }

    fn search<P: Probe<K> + ?Sized>(
        slots: &[Self],
        probe: &P,
        hint: Option<Abbreviation>,
    ) -> Result<usize, usize> {
        let tied = match hint {
            Some(hint) => hint.places_in(slots, |slot| slot.abbreviation),
            None => 0..slots.len(),
        };
        let before = tied.start;
        let tied = slots.get(tied).unwrap_or_default();
        let found = tied.binary_search_by(|slot| probe.compare(&slot.key).reverse());
        found.map(|place| before + place).map_err(|place| before + place)
    }
}

/// [`Shared`] keys of an inner node: the abbreviations in the node, the references in a block that
/// copies of the node have in common.
pub(super) struct SharedSeparators<K> {
    abbreviations: ArrayVec<Abbreviation, WIDTH>,
    keys: Arc<ArrayVec<Arc<K>, WIDTH>>,
}

impl<K> Clone for SharedSeparators<K> {
    fn clone(&self) -> Self {
        let mut copy = Self { abbreviations: ArrayVec::new(), keys: self.keys.clone() };
        // All at once, where a clone would take them one by one.
        let copied = copy.abbreviations.try_extend_from_slice(&self.abbreviations);
        copied.expect("what fits into one fits into another");
        copy
    }
}

impl<K> Separators<Shared<K>> for SharedSeparators<K> {
    fn new(slots: ArrayVec<Shared<K>, WIDTH>) -> Self {
        let abbreviations = slots.iter().map(|slot| slot.abbreviation).collect();
        Self { abbreviations, keys: Arc::new(slots.into_iter().map(|slot| slot.key).collect()) }
    }

    fn to_slots(&self) -> ArrayVec<Shared<K>, WIDTH> {
        let pairs = self.abbreviations.iter().zip(self.keys.iter());
        pairs.map(|(&abbreviation, key)| Shared { abbreviation, key: key.clone() }).collect()
    }

    fn insert(&mut self, place: usize, Shared { abbreviation, key }: Shared<K>) {
        self.abbreviations.insert(place, abbreviation);
        Arc::make_mut(&mut self.keys).insert(place, key);
    }

    fn split(&mut self, place: usize) -> Option<(Shared<K>, Self)> {
        let (before, behind) = self.keys.split_at_checked(place)?;
        let (key, behind) = behind.split_first()?;
        let (key, behind) = (key.clone(), Arc::new(behind.iter().cloned().collect()));
        self.keys = Arc::new(before.iter().cloned().collect());
        let abbreviations = self.abbreviations.drain(place + 1..).collect();
        let abbreviation = self.abbreviations.pop()?;
        Some((Shared { abbreviation, key }, Self { abbreviations, keys: behind }))
    }

    fn child_of<P: Probe<K> + ?Sized>(&self, probe: &P, hint: Option<Abbreviation>) -> usize {
        let Some(hint) = hint else {
            return self.keys.partition_point(|key| probe.compare(key).is_ge());
        };
        let tied = hint.places_in(&self.abbreviations, |abbreviation| *abbreviation);
        let before = tied.start;
        // Mostly there is no such separator, and the block with the references is not looked at.
        if tied.is_empty() {
            return before;
        }
        let tied = self.keys.get(tied).unwrap_or_default();
        before + tied.partition_point(|key| probe.compare(key).is_ge())
    }
}
