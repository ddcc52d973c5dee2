//! A table: the rows of one collection in one version, and its indexes.
//!
//! A table never changes once it is in a version. A transaction that wants to write plans what that
//! changes, forks the table, which is O(1) and shares everything, and carries the plan out on the fork.

use crate::codec;
use crate::error::Result;
use crate::persistent::Held;
use crate::schema::descriptor::Descriptor;
use crate::table::entries::Entries;
use crate::table::expiry::Moment;
use crate::table::index::{IndexHandle, Unique};
use crate::table::key::{Key, Lookup};
use crate::table::keyed::KeyedIndex;
use crate::table::needs::row_bytes;
use crate::table::order::{IndexOrder, Ordered};
use crate::table::ordered::EntryMap;
use crate::table::plan::Plan;
use crate::table::record::Record;
use crate::table::row_map::RowMap;
use crate::table::secondary::{AnyReliance, Audit, Edit, Handover, Row, Secondary, Violation};
use crate::table::stored::StoredChange;
#[cfg(feature = "text")]
use crate::table::text::{handle::Text, index::TextIndex};
use std::any::Any;
use std::borrow::Borrow;
use std::fmt::{self, Debug};
use std::ops::Bound;
use std::sync::Arc;
use std::thread;

/// Below this number of rows one thread builds all indexes faster than several would.
const PARALLEL_FROM: usize = 4_096;

/// Unique keys that a check relied upon, and the place of their index.
pub(crate) type PlacedReliance<T> = (usize, AnyReliance<<T as Record>::Key, T>);

/// The rows of a collection and its indexes.
pub(crate) struct Table<T: Record> {
    rows: RowMap<T>,
    /// Shared with other versions where they are the same.
    indexes: Vec<Arc<dyn Secondary<T::Key, T>>>,
}

impl<T: Record> Table<T> {
    pub(crate) fn empty() -> Self {
        Self { rows: RowMap::default(), indexes: T::indexes().into_empty() }
    }

    /// Builds a table from rows in key order, each key once; the indexes on other threads, where
    /// there are any. O(n) for the rows, O(n log n) for each index.
    pub(crate) fn build(rows: Vec<(T::Key, Row<T>)>) -> Result<Self, Violation<T::Key>> {
        let mut indexes = T::indexes().into_empty();
        if rows.len() < PARALLEL_FROM {
            indexes.iter_mut().try_for_each(|index| own(index).fill(&rows))?;
            return Ok(Self { rows: RowMap::from_sorted(rows), indexes });
        }
        thread::scope(|scope| {
            let slice = rows.as_slice();
            let fills: Vec<_> = indexes
                .iter_mut()
                .map(|index| scope.spawn(move || own(index).fill(slice)))
                .collect();
            fills.into_iter().try_for_each(|fill| {
                fill.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
        })?;
        Ok(Self { rows: RowMap::from_sorted(rows), indexes })
    }

    /// A table that shares everything with this one and can be edited. O(indexes).
    pub(crate) fn fork(&self) -> Self {
        Self { rows: self.rows.clone(), indexes: self.indexes.clone() }
    }

    pub(crate) fn rows(&self) -> &RowMap<T> {
        &self.rows
    }

    /// What edits of different records change in the indexes. The plan fits every table in which these
    /// records are as they are before the edits.
    pub(crate) fn plan(&self, edits: &[Edit<T::Key, T>]) -> Plan<T::Key, T> {
        let indexes = self.indexes.iter().enumerate();
        Plan::new(indexes.filter_map(|(place, index)| Some((place, index.plan(edits)?))))
    }

    /// Whether a settled plan is allowed; on which unique keys of which indexes, by their places, that
    /// rests.
    pub(crate) fn check(
        &self,
        plan: &Plan<T::Key, T>,
        handover: Handover,
    ) -> Result<Vec<PlacedReliance<T>>, Violation<T::Key>> {
        let mut reliances = Vec::new();
        for (place, moves) in plan.moves() {
            if let Some(index) = self.indexes.get(*place) {
                let reliance = index.check(&**moves, handover)?;
                reliances.extend(reliance.map(|reliance| (*place, reliance)));
            }
        }
        Ok(reliances)
    }

    /// That all unique keys of the table were free before it was built.
    pub(crate) fn reliances_on_all(&self) -> impl Iterator<Item = PlacedReliance<T>> {
        let indexes = self.indexes.iter().enumerate();
        indexes.filter_map(|(place, index)| Some((place, index.reliance_on_all()?)))
    }

    /// A unique key, as text, that leads elsewhere in `tip` than in this table.
    pub(crate) fn broken(
        &self,
        (place, reliance): &PlacedReliance<T>,
        tip: &Self,
    ) -> Option<String> {
        let (base, tip) = (self.indexes.get(*place)?, tip.indexes.get(*place)?);
        reliance.broken(&**base, &**tip)
    }

    /// Carries out a plan that is allowed, and sets the records, or removes them, that it was made for.
    pub(crate) fn apply<'a>(
        &mut self,
        plan: Plan<T::Key, T>,
        rows: impl Iterator<Item = (Held<'a, T::Key>, &'a Option<Row<T>>)>,
    ) {
        for (place, moves) in plan.into_moves() {
            if let Some(index) = self.indexes.get_mut(place) {
                own(index).apply(moves);
            }
        }
        for (key, row) in rows {
            match row {
                Some(row) => self.rows.insert(&key, row.clone()),
                None => self.rows.remove(&*key),
            };
        }
    }

    /// The place of an index among the table's indexes.
    ///
    /// # Panics
    ///
    /// Where `T::indexes()` does not list the index: a mistake in a hand-written `Record`, which
    /// the derive can't make.
    #[track_caller]
    pub(crate) fn place_of<I: IndexHandle<T>>(&self, index: I) -> usize {
        self.place_of_kind::<KeyedIndex<T::Key, T, I::Key, I::Order>>("index", index.name())
    }

    /// The index at a place that [`Self::place_of`] gave.
    pub(crate) fn index_at<K: Key, O: IndexOrder>(
        &self,
        place: usize,
    ) -> &KeyedIndex<T::Key, T, K, O> {
        self.of_kind_at(place)
    }

    /// The place of a full-text index among the table's indexes; panics like [`Self::place_of`].
    #[cfg(feature = "text")]
    #[track_caller]
    pub(crate) fn place_of_text(&self, text: Text<T>) -> usize {
        self.place_of_kind::<TextIndex<T::Key, T>>("full-text index", text.name())
    }

    /// The full-text index at a place that [`Self::place_of_text`] gave.
    #[cfg(feature = "text")]
    pub(crate) fn text_at(&self, place: usize) -> &TextIndex<T::Key, T> {
        self.of_kind_at(place)
    }

    /// The place of the index of this type and name; panics where there is none.
    #[inline]
    #[track_caller]
    fn place_of_kind<I: Any>(&self, kind: &str, name: &str) -> usize {
        let is_it = |index: &Arc<dyn Secondary<T::Key, T>>| {
            index.name() == name && index.as_any().is::<I>()
        };
        let Some(place) = self.indexes.iter().position(is_it) else {
            panic!(
                "`{}::indexes()` does not list the {kind} `{name}`: add it there",
                std::any::type_name::<T>()
            )
        };
        place
    }

    /// The index at a place that was found before, in this version of the table or another one.
    #[inline]
    fn of_kind_at<I: Any>(&self, place: usize) -> &I {
        self.indexes
            .get(place)
            .and_then(|index| index.as_any().downcast_ref())
            .expect("an index keeps its place and type in all versions of a table")
    }

    /// The deadlines of the records, in nanoseconds since 1970, where their type has any.
    pub(crate) fn deadlines(&self) -> Option<&EntryMap<u64, T::Key>> {
        T::EXPIRES?;
        Some(self.index_at::<u64, Ordered>(self.indexes.len() - 1).entries())
    }

    /// The index of a handle; panics like [`Self::place_of`].
    #[track_caller]
    pub(crate) fn index<I: IndexHandle<T>>(
        &self,
        index: I,
    ) -> &KeyedIndex<T::Key, T, I::Key, I::Order> {
        self.index_at(self.place_of(index))
    }

    /// The record that a unique index has under a key; panics like [`Self::place_of`].
    #[track_caller]
    pub(crate) fn find<K, Q, O>(&self, index: Unique<T, K, O>, key: &Q) -> Option<&Row<T>>
    where
        K: Key + Borrow<Q>,
        Q: Lookup<K> + ?Sized,
        O: IndexOrder,
    {
        self.rows.get(self.index(index).entries().first(key)?)
    }
}

/// The index for changing it: itself where nobody else has it, else a copy in its place.
fn own<P: 'static, T: 'static>(index: &mut Arc<dyn Secondary<P, T>>) -> &mut dyn Secondary<P, T> {
    if Arc::get_mut(index).is_none() {
        *index = index.share();
    }
    Arc::get_mut(index).expect("what was just made has one owner")
}

impl<T: Record> Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// Keys and records as bytes.
pub(crate) type EncodedRows<'a> =
    Box<dyn DoubleEndedIterator<Item = Result<(Vec<u8>, Vec<u8>)>> + 'a>;

/// A table without its type.
pub(crate) trait AnyTable: Debug + Send + Sync {
    /// The number of records at a moment.
    fn len(&self, moment: Moment) -> usize;

    /// The first deadline of its records, in nanoseconds since 1970.
    fn first_deadline(&self) -> Option<u64>;

    /// The name of each index that the type lists, and whether it is unique.
    fn indexes(&self) -> Vec<(&'static str, bool)>;

    /// How many entries each of them has. O(indexes).
    fn index_entries(&self) -> Vec<usize>;

    /// About what it takes of memory, in bytes, without what records and keys own. O(indexes).
    fn fixed_bytes(&self) -> u64;

    /// Holds each index against the rows.
    fn audit(&self) -> Vec<Audit>;

    /// What its rows look like in storage.
    fn descriptor(&self) -> Descriptor;

    /// The record under a key at a moment, both encoded.
    fn encoded(&self, key: &[u8], moment: Moment) -> Result<Option<Vec<u8>>>;

    /// All keys and records at a moment, encoded, in the order of the keys.
    fn all_encoded(&self, moment: Moment) -> EncodedRows<'_>;

    /// The same of those between two keys, encoded.
    fn encoded_between(
        &self,
        bounds: (Bound<&[u8]>, Bound<&[u8]>),
        moment: Moment,
    ) -> Result<EncodedRows<'_>>;

    /// The table behind changes that were stored; behind nothing else, where they put all of it in the place of what
    /// was there.
    fn replay(
        &self,
        collection: &str,
        changes: &[StoredChange<'_>],
        reset: bool,
    ) -> Result<Arc<dyn AnyTable>>;

    fn as_any(&self) -> &dyn Any;

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

/// Rows as bytes, as far as they are shown at a moment.
fn encoded<'a, T: Record>(
    rows: impl DoubleEndedIterator<Item = (&'a T::Key, &'a Row<T>)> + 'a,
    moment: Moment,
) -> EncodedRows<'a> {
    let encode = |(key, row): (&T::Key, &Row<T>)| Ok((codec::encode(key)?, codec::encode(&**row)?));
    Box::new(rows.filter(move |(_, row)| moment.shows(&***row)).map(encode))
}

/// A bound, from its bytes.
fn decoded<K: Key>(bound: Bound<&[u8]>) -> Result<Bound<K>> {
    Ok(match bound {
        Bound::Included(bytes) => Bound::Included(codec::decode_as(bytes)?),
        Bound::Excluded(bytes) => Bound::Excluded(codec::decode_as(bytes)?),
        Bound::Unbounded => Bound::Unbounded,
    })
}

impl<T: Record> AnyTable for Table<T> {
    fn len(&self, moment: Moment) -> usize {
        self.at(moment).len()
    }

    fn first_deadline(&self) -> Option<u64> {
        self.deadlines()?.first().map(|(entry, ())| entry.key)
    }

    fn indexes(&self) -> Vec<(&'static str, bool)> {
        let listed = self.indexes.len() - usize::from(T::EXPIRES.is_some());
        let listed = self.indexes.iter().take(listed);
        listed.map(|index| (index.name(), index.is_unique())).collect()
    }

    fn index_entries(&self) -> Vec<usize> {
        let listed = self.indexes.len() - usize::from(T::EXPIRES.is_some());
        self.indexes.iter().take(listed).map(|index| index.entries()).collect()
    }

    fn fixed_bytes(&self) -> u64 {
        let rows = self.rows.len() * row_bytes::<T, T::Key>();
        let entries = self.indexes.iter().map(|index| index.entries() * index.entry_bytes());
        (rows + entries.sum::<usize>()) as u64
    }

    fn audit(&self) -> Vec<Audit> {
        let audit = |index: &Arc<dyn Secondary<T::Key, T>>| index.audit(&mut self.rows.iter());
        self.indexes.iter().map(audit).collect()
    }

    fn descriptor(&self) -> Descriptor {
        Descriptor::of_record::<T>()
    }

    fn encoded(&self, key: &[u8], moment: Moment) -> Result<Option<Vec<u8>>> {
        let key: T::Key = codec::decode_as(key)?;
        self.at(moment).get(&key).map(|row| codec::encode(&**row)).transpose()
    }

    fn all_encoded(&self, moment: Moment) -> EncodedRows<'_> {
        encoded(self.rows.in_key_order(), moment)
    }

    fn encoded_between(
        &self,
        (lower, upper): (Bound<&[u8]>, Bound<&[u8]>),
        moment: Moment,
    ) -> Result<EncodedRows<'_>> {
        let (lower, upper) = (decoded(lower)?, decoded(upper)?);
        Ok(encoded(self.rows.between(lower, upper), moment))
    }

    fn replay(
        &self,
        collection: &str,
        changes: &[StoredChange<'_>],
        reset: bool,
    ) -> Result<Arc<dyn AnyTable>> {
        let table = if reset {
            Self::empty().replayed(collection, changes)?
        } else {
            self.replayed(collection, changes)?
        };
        Ok(Arc::new(table))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;
    use crate::schema::build::Types;
    use crate::schema::node::TypeRef;
    use crate::table::index::{Index, Unique};
    use crate::table::record::Indexes;

    #[derive(serde::Serialize, serde::Deserialize, Clone, Debug)]
    struct Item {
        id: u64,
        color: u64,
    }

    impl Schema for Item {
        fn describe(types: &mut Types) -> TypeRef {
            u64::describe(types)
        }
    }

    const COLOR: Index<Item, u64> = Index::new("color", |item, emit| emit(item.color));
    const HASHED: Unique<Item, u64, crate::Hashed> =
        Unique::new("hashed", |item, emit| emit(item.color));

    impl Record for Item {
        type Key = u64;
        const NAME: &'static str = "items";

        fn key(&self) -> u64 {
            self.id
        }

        fn indexes() -> Indexes<Self> {
            Indexes::new().with(COLOR).with(HASHED)
        }
    }

    /// A table with the rows of the one list and the indexes of the other: of each record its key and its color.
    fn table(rows: &[(u64, u64)], indexed: &[(u64, u64)]) -> Table<Item> {
        let row = |&(id, color): &(u64, u64)| (id, Row(Arc::new(Item { id, color })));
        let rows = RowMap::from_sorted(rows.iter().map(row).collect());
        let indexed = Table::build(indexed.iter().map(row).collect());
        Table { rows, indexes: indexed.expect("the colors differ").indexes }
    }

    #[test]
    fn an_audit_finds_indexes_that_do_not_fit_the_rows() {
        let indexed = [(1, 10), (2, 20), (3, 30)];
        for (rows, missing, superfluous, shared) in [
            (vec![(1, 10), (2, 20), (3, 30)], 0, 0, 0),
            (vec![(1, 10), (2, 20), (3, 30), (4, 40)], 1, 0, 0),
            (vec![(1, 10), (3, 30)], 0, 1, 0),
            (vec![(1, 10), (2, 21), (3, 30)], 1, 1, 0),
            (vec![(1, 20), (2, 10), (3, 30)], 2, 2, 0),
            (vec![(1, 10), (2, 30), (3, 30)], 1, 1, 1),
        ] {
            let [plain, unique] = &AnyTable::audit(&table(&rows, &indexed))[..] else {
                panic!("there are two indexes")
            };
            assert_eq!((plain.index, unique.index, unique.entries), ("color", "hashed", 3));
            assert_eq!((plain.missing, plain.superfluous, plain.shared), (missing, superfluous, 0));
            assert_eq!((unique.missing, unique.superfluous), (missing, superfluous));
            assert_eq!(unique.shared, shared);
            let is_right = (missing, superfluous, shared) == (0, 0, 0);
            assert_eq!(unique.fault().is_none(), is_right, "{rows:?}");
        }
    }
}
