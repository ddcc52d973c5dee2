//! Conditions on an index, typed by its keys, and the trait behind which they stand.

use crate::collection::index_scan::TxIndex;
use crate::collection::query::readers::{Keys, TxReader, ViewReader};
use crate::table::entries::{Entries, PrimaryIter};
use crate::table::index::IndexHandle;
use crate::table::key::{Key, text};
use crate::table::order::Ordered;
use crate::table::ordered::entry_span;
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::table::span::Span;
use std::any::Any;
use std::ops::Bound;

/// Up to this many entries are counted.
const COUNTED: usize = 64;

/// How many entries there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(super) entries: usize,
    pub(super) is_exact: bool,
}

impl Size {
    pub(super) fn exact(entries: usize) -> Self {
        Self { entries, is_exact: true }
    }

    pub(super) fn and(self, other: Self) -> Self {
        let entries = self.entries.saturating_add(other.entries);
        Self { entries, is_exact: self.is_exact && other.is_exact }
    }

    /// Counted as far as that is cheap, else estimated.
    pub(super) fn of<I: Iterator + Clone>(entries: &I, estimate: impl FnOnce() -> usize) -> Self {
        let counted = entries.clone().take(COUNTED + 1).count();
        if counted <= COUNTED {
            return Self::exact(counted);
        }
        Self { entries: estimate().max(counted), is_exact: false }
    }
}

/// A condition on one index of records of type `T`.
pub(crate) trait IndexCondition<T: Record>: Any {
    /// The name of the index.
    fn name(&self) -> &'static str;

    /// What is asked of its keys, for people.
    fn text(&self) -> &str;

    /// Whether it holds for a record, without a look at the index.
    fn holds(&self, record: &T) -> bool;

    /// How many entries the index has for it.
    fn size(&self, table: &Table<T>) -> Size;

    /// Whether the primary keys that it gives are in order, each once.
    fn is_in_key_order(&self) -> bool;

    fn in_view<'a>(&self, reader: &ViewReader<'a, T>) -> Keys<'a, &'a T::Key>;

    fn in_transaction<'a>(&self, reader: &TxReader<'a, T>) -> Keys<'a, T::Key>;

    fn as_any(&self) -> &dyn Any;
}

/// Whether an index has a record under a key of which this holds.
fn has<T, I: IndexHandle<T>>(index: I, record: &T, holds: impl Fn(&I::Key) -> bool) -> bool {
    let mut found = false;
    (index.extract())(record, &mut |key| found = found || holds(&key));
    found
}

/// The index has the record under one of some keys.
pub(super) struct HasKey<T: Record, I: IndexHandle<T>> {
    index: I,
    /// In order, each once.
    keys: Vec<I::Key>,
    text: String,
}

impl<T: Record, I: IndexHandle<T>> HasKey<T, I> {
    pub(super) fn new(index: I, mut keys: Vec<I::Key>) -> Self {
        keys.sort_unstable();
        keys.dedup();
        let text = match keys.as_slice() {
            [key] => format!("at {}", text(key)),
            keys => format!("at one of {} keys", keys.len()),
        };
        Self { index, keys, text }
    }
}

impl<T: Record, I: IndexHandle<T>> IndexCondition<T> for HasKey<T, I> {
    fn name(&self) -> &'static str {
        self.index.name()
    }

    fn text(&self) -> &str {
        &self.text
    }

    fn holds(&self, record: &T) -> bool {
        has(self.index, record, |key| self.keys.binary_search(key).is_ok())
    }

    fn size(&self, table: &Table<T>) -> Size {
        let entries = table.index(self.index).entries();
        let of_key = |key: &I::Key| match entries.at(key) {
            PrimaryIter::Span(span) => Size::of(&span, || span.estimate(entries.total())),
            PrimaryIter::One(_) | PrimaryIter::Many(_) => Size::exact(entries.count(key)),
        };
        self.keys.iter().map(of_key).fold(Size::exact(0), Size::and)
    }

    fn is_in_key_order(&self) -> bool {
        self.keys.len() < 2
    }

    fn in_view<'a>(&self, reader: &ViewReader<'a, T>) -> Keys<'a, &'a T::Key> {
        let entries = reader.table.index(self.index).entries();
        let of_key = |key: &I::Key| -> Keys<'a, &'a T::Key> {
            match entries.at(key) {
                PrimaryIter::Span(entries) => Box::new(entries.map(|(entry, ())| &entry.primary)),
                PrimaryIter::One(primary) => Box::new(primary.into_iter()),
                PrimaryIter::Many(primaries) => Box::new(primaries.map(|(primary, ())| primary)),
            }
        };
        of_each(self.keys.iter().map(of_key).collect())
    }

    fn in_transaction<'a>(&self, reader: &TxReader<'a, T>) -> Keys<'a, T::Key> {
        let index = TxIndex::<T, I::Key, I::Order>::new(
            reader.tx,
            reader.place,
            reader.place_of(self.index),
        );
        let of_key = |key: &I::Key| -> Keys<'a, T::Key> { Box::new(index.get(key).primaries()) };
        of_each(self.keys.iter().map(of_key).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The keys of all, one after the other.
fn of_each<'a, K: 'a>(mut keys: Vec<Keys<'a, K>>) -> Keys<'a, K> {
    match keys.pop() {
        Some(only) if keys.is_empty() => only,
        last => Box::new(keys.into_iter().chain(last).flatten()),
    }
}

/// The index has the record under a key in a span.
pub(super) struct InSpan<T: Record, I: IndexHandle<T, Order = Ordered>> {
    index: I,
    span: Span<I::Key>,
    text: String,
}

impl<T: Record, I: IndexHandle<T, Order = Ordered>> InSpan<T, I> {
    pub(super) fn new(index: I, span: Span<I::Key>, text: String) -> Self {
        Self { index, span, text }
    }

    pub(super) fn span(&self) -> &Span<I::Key> {
        &self.span
    }
}

impl<T: Record, I: IndexHandle<T, Order = Ordered>> IndexCondition<T> for InSpan<T, I> {
    fn name(&self) -> &'static str {
        self.index.name()
    }

    fn text(&self) -> &str {
        &self.text
    }

    fn holds(&self, record: &T) -> bool {
        has(self.index, record, |key| self.span.contains(key))
    }

    fn size(&self, table: &Table<T>) -> Size {
        size_in(table, self.index, &self.span)
    }

    fn is_in_key_order(&self) -> bool {
        false
    }

    fn in_view<'a>(&self, reader: &ViewReader<'a, T>) -> Keys<'a, &'a T::Key> {
        let entries = entry_span(&self.span).of(reader.table.index(self.index).entries());
        Box::new(entries.into_iter().flatten().map(|(entry, ())| &entry.primary))
    }

    fn in_transaction<'a>(&self, reader: &TxReader<'a, T>) -> Keys<'a, T::Key> {
        let place = reader.place_of(self.index);
        let index = TxIndex::<T, I::Key>::new(reader.tx, reader.place, place);
        Box::new(index.span(&self.span).primaries())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// How many entries an index has in a span.
pub(super) fn size_in<T, I>(table: &Table<T>, index: I, span: &Span<I::Key>) -> Size
where
    T: Record,
    I: IndexHandle<T, Order = Ordered>,
{
    let entries = table.index(index).entries();
    match entry_span(span).of(entries) {
        Some(within) => Size::of(&within, || within.estimate(entries.total())),
        None => Size::exact(0),
    }
}

/// A range, for people.
pub(super) fn range_text<K: Key>(lower: &Bound<K>, upper: &Bound<K>) -> String {
    let lower = match lower {
        Bound::Unbounded => String::new(),
        Bound::Included(key) => text(key),
        Bound::Excluded(key) => format!("above {} ", text(key)),
    };
    match upper {
        Bound::Unbounded => format!("in {lower}.."),
        Bound::Included(key) => format!("in {lower}..={}", text(key)),
        Bound::Excluded(key) => format!("in {lower}..{}", text(key)),
    }
}
