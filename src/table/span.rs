//! Places *between* keys, and stretches of the key order between two of them.
//!
//! Everything that reads or watches more than one key speaks of a [`Span`]. Its ends are [`Cut`]s,
//! which compare with keys but never equal one. So a range of tuples by their first part, or of
//! strings by their beginning, needs no smallest or greatest value of the rest, and a scan that was
//! left half-way is described exactly by a cut just behind the last key it gave out.

use crate::persistent::abbreviation::{Abbreviation, Abbreviator};
use crate::persistent::{Map, MapKey, Probe, RangeIter};
use std::cmp::Ordering;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

/// Where a key stands against a prefix: `Less` before all keys that begin with it, `Equal` at one
/// that does, `Greater` behind them.
pub(crate) type Order<K> = Arc<dyn Fn(&K) -> Ordering + Send + Sync>;

/// On which side of its key a cut lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

impl Side {
    /// The abbreviation of the place on this side of all keys that begin with `stem`.
    pub(crate) fn of(self, stem: Abbreviator) -> Option<Abbreviation> {
        match self {
            Side::Before => Some(stem.lower()),
            Side::After => stem.upper(),
        }
    }

    /// How a place on this side of a key compares with the key.
    pub(crate) fn order(self) -> Ordering {
        match self {
            Side::Before => Ordering::Less,
            Side::After => Ordering::Greater,
        }
    }
}

/// A place in the key order that no key is at.
#[derive(Clone)]
pub(crate) enum Cut<K> {
    /// Before every key.
    Lowest,
    /// Just before or after this key, which need not exist.
    At(K, Side),
    /// Just before or after all keys that match, with the abbreviation of that place.
    Around(Order<K>, Option<Abbreviation>, Side),
    /// After every key.
    Highest,
}

impl<K: MapKey> Probe<K> for Cut<K> {
    fn abbreviation(&self) -> Option<Abbreviation> {
        match self {
            Cut::Lowest => Some(Abbreviation::LOWEST),
            Cut::Highest => Some(Abbreviation::HIGHEST),
            Cut::At(at, _) => Some(at.abbreviation()),
            Cut::Around(_, abbreviation, _) => *abbreviation,
        }
    }

    fn compare(&self, key: &K) -> Ordering {
        let (order, side) = match self {
            Cut::Lowest => return Ordering::Less,
            Cut::Highest => return Ordering::Greater,
            Cut::At(at, side) => (at.cmp(key), side),
            Cut::Around(order, _, side) => (order(key).reverse(), side),
        };
        order.then(side.order())
    }
}

/// The keys between two cuts.
#[derive(Clone)]
pub(crate) struct Span<K> {
    pub(crate) lower: Cut<K>,
    pub(crate) upper: Cut<K>,
}

impl<K: MapKey> Span<K> {
    pub(crate) fn all() -> Self {
        Self { lower: Cut::Lowest, upper: Cut::Highest }
    }

    /// A span without keys.
    pub(crate) fn nothing() -> Self {
        Self { lower: Cut::Highest, upper: Cut::Lowest }
    }

    pub(crate) fn from_bounds(lower: Bound<K>, upper: Bound<K>) -> Self {
        let lower = match lower {
            Bound::Unbounded => Cut::Lowest,
            Bound::Included(key) => Cut::At(key, Side::Before),
            Bound::Excluded(key) => Cut::At(key, Side::After),
        };
        let upper = match upper {
            Bound::Unbounded => Cut::Highest,
            Bound::Included(key) => Cut::At(key, Side::After),
            Bound::Excluded(key) => Cut::At(key, Side::Before),
        };
        Self { lower, upper }
    }

    /// All keys that match.
    pub(crate) fn around(order: Order<K>, stem: Abbreviator) -> Self {
        let cut = |order, side: Side| Cut::Around(order, side.of(stem), side);
        Self { lower: cut(order.clone(), Side::Before), upper: cut(order, Side::After) }
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.lower.compare(key) == Ordering::Less && self.upper.compare(key) == Ordering::Greater
    }

    /// Whether no key can lie in it, as far as the ends tell: `9..3` does not panic, it is empty.
    pub(crate) fn is_empty(&self) -> bool {
        if matches!((&self.lower, &self.upper), (Cut::Highest, _) | (_, Cut::Lowest)) {
            return true;
        }
        let (Cut::At(lower, lower_side), Cut::At(upper, upper_side)) = (&self.lower, &self.upper)
        else {
            return false;
        };
        match lower.cmp(upper) {
            Ordering::Less => false,
            Ordering::Equal => !(*lower_side == Side::Before && *upper_side == Side::After),
            Ordering::Greater => true,
        }
    }

    /// The entries of `map` in the span, in key order.
    pub(crate) fn of<'a, V>(&self, map: &'a Map<K, V>) -> Option<RangeIter<'a, K, V>> {
        if self.is_empty() {
            return None;
        }
        Some(map.range(Bound::Excluded(&self.lower), Bound::Excluded(&self.upper)))
    }
}

impl<K: MapKey + Send + Sync + 'static> Span<K> {
    /// The same span of an order that sorts by this key first, and abbreviates it first.
    pub(crate) fn lift<E: 'static>(&self, key_of: fn(&E) -> &K) -> Span<E> {
        Span { lower: self.lower.lift(key_of), upper: self.upper.lift(key_of) }
    }
}

impl<K: MapKey + Send + Sync + 'static> Cut<K> {
    fn lift<E: 'static>(&self, key_of: fn(&E) -> &K) -> Cut<E> {
        match self.clone() {
            Cut::Lowest => Cut::Lowest,
            Cut::Highest => Cut::Highest,
            Cut::At(at, side) => {
                let stem = at.stem();
                let order = Arc::new(move |entry: &E| key_of(entry).cmp(&at));
                Cut::Around(order, side.of(stem), side)
            }
            Cut::Around(order, abbreviation, side) => {
                let order = Arc::new(move |entry: &E| order(key_of(entry)));
                Cut::Around(order, abbreviation, side)
            }
        }
    }
}

impl<K> fmt::Debug for Cut<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cut::Lowest => "Lowest",
            Cut::At(_, side) | Cut::Around(_, _, side) => match side {
                Side::Before => "Before(..)",
                Side::After => "After(..)",
            },
            Cut::Highest => "Highest",
        })
    }
}

impl<K> fmt::Debug for Span<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}..{:?}", self.lower, self.upper)
    }
}
