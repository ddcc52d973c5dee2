//! The rows of a table, by key.
//!
//! They lie in an ordered map, or, for a record type that is [`UNORDERED`](Record::UNORDERED), in a hash
//! map. Which of the two that is, is a constant of the type; the other is always empty, and the compiler
//! leaves out what would look into it. What needs an order asks for the [ordered](RowMap::ordered) map; everything
//! else is the same for both.

use crate::persistent::{HashIter, HashMap, HashProbe, Held, Map, Probe, RangeIter};
use crate::table::key::number;
use crate::table::record::Record;
use crate::table::secondary::Row;
use std::fmt;
use std::ops::{Bound, RangeBounds};

/// A key and its row.
pub(crate) type Entry<'a, T> = (&'a <T as Record>::Key, &'a Row<T>);

/// Refuses what needs an order of a collection that has none. Called in a `const` block, so that it does so
/// when the program is compiled, and the compiler shows where the program asks for it.
pub(crate) const fn needs_order<T: Record>() {
    assert!(
        !T::UNORDERED,
        "a collection that is `#[record(unordered)]` has no ranges, no prefixes, no first and no last \
         record: leave `unordered` out, or give the field an index, which is ordered"
    );
}

/// A persistent map from keys to rows: a clone is O(1) and shares everything.
pub(crate) struct RowMap<T: Record> {
    ordered: Map<T::Key, Row<T>>,
    hashed: HashMap<T::Key, Row<T>>,
    /// No smaller than the numbers that the hashed keys are; 0 where they are none. An ordered map has
    /// its greatest key at its end.
    bound: u64,
}

impl<T: Record> RowMap<T> {
    /// Builds the map from rows in key order, each key once. O(n), or O(n log n) without order.
    pub(crate) fn from_sorted(rows: Vec<(T::Key, Row<T>)>) -> Self {
        if !T::UNORDERED {
            return Self { ordered: Map::from_sorted(rows), ..Self::default() };
        }
        let bound = rows.last().and_then(|(key, _)| number(key)).unwrap_or(0);
        Self { ordered: Map::default(), hashed: HashMap::from_entries(rows), bound }
    }

    /// O(log n), or O(1) expected without order.
    pub(crate) fn insert(&mut self, key: &Held<'_, T::Key>, row: Row<T>) -> Option<Row<T>> {
        if !T::UNORDERED {
            return self.ordered.insert_held(key, row);
        }
        let key: &T::Key = key;
        self.bound = self.bound.max(number(key).unwrap_or(0));
        self.hashed.insert(key.clone(), row)
    }

    /// O(log n), or O(1) expected without order.
    pub(crate) fn remove(&mut self, key: &T::Key) -> Option<Row<T>> {
        if T::UNORDERED { self.hashed.remove(key) } else { self.ordered.remove(key) }
    }

    /// O(1).
    pub(crate) fn len(&self) -> usize {
        if T::UNORDERED { self.hashed.len() } else { self.ordered.len() }
    }

    /// O(1).
    pub(crate) fn is_empty(&self) -> bool {
        if T::UNORDERED { self.hashed.is_empty() } else { self.ordered.is_empty() }
    }

    /// Whether both are one and the same, without looking at any row. O(1).
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        if T::UNORDERED {
            self.hashed.is_same(&other.hashed)
        } else {
            self.ordered.is_same(&other.ordered)
        }
    }

    /// O(log n), or O(1) expected without order.
    pub(crate) fn get<P>(&self, key: &P) -> Option<&Row<T>>
    where
        P: Probe<T::Key> + HashProbe<T::Key> + ?Sized,
    {
        if T::UNORDERED { self.hashed.get(key) } else { self.ordered.get(key) }
    }

    /// O(log n), or O(1) expected without order.
    pub(crate) fn contains<P>(&self, key: &P) -> bool
    where
        P: Probe<T::Key> + HashProbe<T::Key> + ?Sized,
    {
        if T::UNORDERED { self.hashed.contains(key) } else { self.ordered.contains(key) }
    }

    /// The rows under up to `N` keys, in the order of those, looked for side by side.
    pub(crate) fn get_each<'a, 'k, const N: usize>(
        &'a self,
        keys: impl Iterator<Item = &'k T::Key>,
    ) -> [Option<&'a Row<T>>; N] {
        if T::UNORDERED { self.hashed.get_each(keys) } else { self.ordered.get_each(keys) }
    }

    /// The rows under any number of keys, like [`Self::get_each`].
    pub(crate) fn get_all(&self, keys: &[T::Key]) -> Vec<Option<&Row<T>>> {
        const AT_ONCE: usize = 8;
        let each =
            |keys: &[T::Key]| self.get_each::<AT_ONCE>(keys.iter()).into_iter().take(keys.len());
        keys.chunks(AT_ONCE).flat_map(each).collect()
    }

    /// All rows, in key order where there is one, else in an order without a meaning that is the same
    /// for as long as the map is; from either end.
    pub(crate) fn iter(&self) -> RowIter<'_, T> {
        if T::UNORDERED {
            RowIter { ordered: None, hashed: Some(Box::new(self.hashed.iter())) }
        } else {
            RowIter::of(Some(self.ordered.iter()))
        }
    }

    /// The keys at which this map and a newer one differ, with the row in each, in key order where there is
    /// one. The cost grows with the difference.
    pub(crate) fn diff<'a>(
        &'a self,
        newer: &'a Self,
    ) -> impl Iterator<Item = (&'a T::Key, Option<&'a Row<T>>, Option<&'a Row<T>>)> {
        self.ordered.diff(&newer.ordered).chain(self.hashed.diff(&newer.hashed))
    }

    /// All rows in key order. O(n log n) without order, else O(log n) to begin.
    pub(crate) fn in_key_order(&self) -> Box<dyn DoubleEndedIterator<Item = Entry<'_, T>> + '_> {
        if !T::UNORDERED {
            return Box::new(self.iter());
        }
        let mut rows: Vec<Entry<'_, T>> = self.hashed.iter().collect();
        rows.sort_unstable_by_key(|(key, _)| *key);
        Box::new(rows.into_iter())
    }

    /// The rows between two keys, in key order. O(n log n) without order, else O(log n) to begin.
    pub(crate) fn between(
        &self,
        lower: Bound<T::Key>,
        upper: Bound<T::Key>,
    ) -> Box<dyn DoubleEndedIterator<Item = Entry<'_, T>> + '_> {
        if !T::UNORDERED {
            return Box::new(self.ordered.range(lower.as_ref(), upper.as_ref()));
        }
        let bounds = (lower, upper);
        Box::new(self.in_key_order().filter(move |(key, _)| bounds.contains(*key)))
    }

    /// No smaller than the numbers that the keys are, as far as they are numbers; exactly the greatest
    /// where there is an order. Removing a key from a map without order leaves it as it was. O(log n).
    pub(crate) fn greatest_number(&self) -> u64 {
        if T::UNORDERED {
            return self.bound;
        }
        self.ordered.last().and_then(|(key, _)| number(key)).unwrap_or(0)
    }

    /// The rows as an ordered map, which is empty where there is no order: callers begin with
    /// [`needs_order`], or know what stands in its place.
    pub(crate) fn ordered(&self) -> &Map<T::Key, Row<T>> {
        &self.ordered
    }

    /// The rows as a hash map, which is empty where there is an order.
    pub(crate) fn hashed(&self) -> &HashMap<T::Key, Row<T>> {
        &self.hashed
    }
}

impl<T: Record> Clone for RowMap<T> {
    fn clone(&self) -> Self {
        if !T::UNORDERED {
            return Self { ordered: self.ordered.clone(), ..Self::default() };
        }
        Self { ordered: Map::default(), hashed: self.hashed.clone(), bound: self.bound }
    }
}

impl<T: Record> Default for RowMap<T> {
    fn default() -> Self {
        Self { ordered: Map::default(), hashed: HashMap::default(), bound: 0 }
    }
}

impl<T: Record> fmt::Debug for RowMap<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowMap").field("len", &self.len()).finish()
    }
}

/// Rows of a map, from either end.
pub(crate) struct RowIter<'a, T: Record> {
    ordered: Option<RangeIter<'a, T::Key, Row<T>>>,
    /// Behind a pointer: iterators of ordered rows, of which there may be many short ones, shall not be
    /// larger for it.
    hashed: Option<Box<HashIter<'a, T::Key, Row<T>>>>,
}

impl<'a, T: Record> RowIter<'a, T> {
    /// These rows of an ordered map.
    pub(crate) fn of(rows: Option<RangeIter<'a, T::Key, Row<T>>>) -> Self {
        Self { ordered: rows, hashed: None }
    }
}

impl<'a, T: Record> Iterator for RowIter<'a, T> {
    type Item = Entry<'a, T>;

    fn next(&mut self) -> Option<Self::Item> {
        if T::UNORDERED { self.hashed.as_mut()?.next() } else { self.ordered.as_mut()?.next() }
    }
}

impl<T: Record> DoubleEndedIterator for RowIter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if T::UNORDERED {
            self.hashed.as_mut()?.next_back()
        } else {
            self.ordered.as_mut()?.next_back()
        }
    }
}
