//! A collection in one version.

use crate::collection::view_index::ViewIndex;
use crate::table::expiry::Moment;
use crate::table::index::{IndexHandle, Unique};
use crate::table::key::{
    Key, KeyPart, KeyRange, Lookup, Prefix, Sought, span_of_prefix, span_of_range,
};
use crate::table::order::IndexOrder;
use crate::table::present::{Present, PresentRows};
use crate::table::record::Record;
use crate::table::row_map::needs_order;
use crate::table::rows::Table;
use crate::version::Root;
use crate::when::Version;
use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// A collection as it is in one version: nothing that happens later changes it.
///
/// Reads give `&T`. They take no lock, decode nothing, copy nothing, wait for nobody and can't fail.
/// A view is owned, `Send` and `Sync`, and may be kept for as long as wanted; it holds in memory
/// what the version does not share with newer ones.
///
/// ```
/// # use folio::{Record, Store};
/// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
/// # struct City { #[key] name: String, #[index] country: String, people: u64 }
/// # fn main() -> folio::Result<()> {
/// # let store = Store::in_memory();
/// let cities = store.collection::<City>()?;
/// cities.put(City { name: "Lyon".into(), country: "France".into(), people: 522_969 })?;
///
/// let view = cities.view();
/// cities.clear()?;
/// assert_eq!(view.get("Lyon").map(|city| city.people), Some(522_969));
/// assert_eq!(view.by(City::COUNTRY).get("France").count(), 1);
/// assert!(cities.is_empty());
/// # Ok(()) }
/// ```
pub struct View<T: Record> {
    root: Arc<Root>,
    table: Arc<Table<T>>,
    moment: Moment,
}

impl<T: Record> View<T> {
    pub(crate) fn new(root: Arc<Root>, table: Arc<Table<T>>, moment: Moment) -> Self {
        Self { root, table, moment }
    }

    /// The version that this is a view of.
    #[must_use]
    pub fn version(&self) -> Version {
        Version::new(self.root.number)
    }

    /// The record with this key. O(log n).
    pub fn get<Q>(&self, key: &Q) -> Option<&T>
    where
        T::Key: Borrow<Q>,
        Q: Lookup<T::Key> + ?Sized,
    {
        self.present().get(&Sought(key)).map(|row| &**row)
    }

    /// The records with these keys, or with what they stand for, in the order of the keys. O(log n)
    /// each.
    pub fn get_all<I>(&self, keys: I) -> Vec<Option<&T>>
    where
        I: IntoIterator,
        I::Item: KeyPart<T::Key>,
    {
        let keys: Vec<T::Key> = keys.into_iter().map(KeyPart::to_key).collect();
        let rows = self.present().get_all(&keys);
        rows.into_iter().map(|row| row.map(|row| &**row)).collect()
    }

    /// Whether there is a record with this key. O(log n).
    pub fn contains<Q>(&self, key: &Q) -> bool
    where
        T::Key: Borrow<Q>,
        Q: Lookup<T::Key> + ?Sized,
    {
        self.present().contains(&Sought(key))
    }

    /// The number of records. O(1), but see [`Record::EXPIRES`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.present().len()
    }

    /// Whether there are no records. O(1), but see [`Record::EXPIRES`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.present().is_empty()
    }

    /// The record with the smallest key. O(log n).
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        const { needs_order::<T>() };
        self.present().first().map(|row| &**row)
    }

    /// The record with the greatest key. O(log n).
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        const { needs_order::<T>() };
        self.present().last().map(|row| &**row)
    }

    /// The record that a unique index has under this key. O(log n).
    ///
    /// # Panics
    ///
    /// If `T::indexes()` does not list the index; the derive always does.
    #[track_caller]
    pub fn find<K, Q, O>(&self, index: Unique<T, K, O>, key: &Q) -> Option<&T>
    where
        K: Key + Borrow<Q>,
        Q: Lookup<K> + ?Sized,
        O: IndexOrder,
    {
        self.present().find(index, key).map(|row| &**row)
    }

    /// All records, in the order of their keys, from either end. Where records are
    /// [unordered](Record::UNORDERED), in an order of no meaning, the same each time.
    #[must_use]
    pub fn iter(&self) -> Records<'_, T> {
        Records { rows: self.present().iter() }
    }

    /// The records whose keys lie in a range, in order, from either end. O(log n) to begin.
    pub fn range(&self, range: impl KeyRange<T::Key>) -> Records<'_, T> {
        const { needs_order::<T>() };
        Records { rows: self.present().span(&span_of_range(range)) }
    }

    /// The records whose keys begin with `prefix`, in order, from either end. O(log n) to begin.
    pub fn prefix(&self, prefix: impl Prefix<T::Key>) -> Records<'_, T> {
        const { needs_order::<T>() };
        Records { rows: self.present().span(&span_of_prefix(prefix)) }
    }

    /// All keys, in the order of [`iter`](Self::iter), from either end.
    #[must_use]
    pub fn keys(&self) -> Keys<'_, T> {
        Keys { rows: self.present().iter() }
    }

    /// The records by an index, plain or unique.
    ///
    /// # Panics
    ///
    /// If `T::indexes()` does not list the index; the derive always does.
    #[track_caller]
    pub fn by<I: IndexHandle<T>>(&self, index: I) -> ViewIndex<'_, T, I::Key, I::Order> {
        ViewIndex::new(&self.table, self.table.index(index), self.moment)
    }

    /// The table that it shows, and as of when.
    pub(crate) fn parts(&self) -> (&Table<T>, Moment) {
        (&self.table, self.moment)
    }

    fn present(&self) -> Present<'_, T> {
        self.table.at(self.moment)
    }
}

impl<T: Record> Clone for View<T> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), table: self.table.clone(), moment: self.moment }
    }
}

impl<T: Record> fmt::Debug for View<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("version", &self.root.number)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl<'a, T: Record> IntoIterator for &'a View<T> {
    type Item = &'a T;
    type IntoIter = Records<'a, T>;

    fn into_iter(self) -> Records<'a, T> {
        self.iter()
    }
}

/// Records of a [`View`] in the order of their keys, where there is one.
pub struct Records<'a, T: Record> {
    rows: PresentRows<'a, T>,
}

impl<'a, T: Record> Iterator for Records<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        self.rows.next().map(|(_, row)| &**row)
    }
}

impl<T: Record> DoubleEndedIterator for Records<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.rows.next_back().map(|(_, row)| &**row)
    }
}

impl<T: Record> std::iter::FusedIterator for Records<'_, T> {}

impl<T: Record> fmt::Debug for Records<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").finish_non_exhaustive()
    }
}

/// Keys of a [`View`], in order, where there is one.
pub struct Keys<'a, T: Record> {
    rows: PresentRows<'a, T>,
}

impl<'a, T: Record> Iterator for Keys<'a, T> {
    type Item = &'a T::Key;

    fn next(&mut self) -> Option<&'a T::Key> {
        self.rows.next().map(|(key, _)| key)
    }
}

impl<T: Record> DoubleEndedIterator for Keys<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.rows.next_back().map(|(key, _)| key)
    }
}

impl<T: Record> std::iter::FusedIterator for Keys<'_, T> {}

impl<T: Record> fmt::Debug for Keys<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}
