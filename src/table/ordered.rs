//! An index and its entries: pairs of index key and primary key, in that order.
//!
//! A unique index is the same, with the promise that no two entries have one index key. The promise
//! is kept by [`Secondary::check`], which is asked before [`Secondary::apply`].

use crate::persistent::abbreviation::{Abbreviation, Abbreviator};
use crate::persistent::{Map, MapKey, Probe, RangeIter};
use crate::table::key::{Key, Lookup, text};
use crate::table::secondary::{AnyReliance, Edit, Extract, Reliance, Row, Secondary, Violation};
use crate::table::span::{Side, Span};
use std::any::Any;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Bound;

/// A place of one record in an index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry<K, P> {
    pub(crate) key: K,
    pub(crate) primary: P,
}

impl<K, P> Entry<K, P> {
    pub(crate) fn key(&self) -> &K {
        &self.key
    }
}

impl<K: MapKey, P: MapKey> MapKey for Entry<K, P> {
    fn abbreviate(&self, out: &mut Abbreviator) {
        self.key.abbreviate(out);
        self.primary.abbreviate(out);
    }
}

/// The entries of an index, or of a part of it.
pub(crate) type EntryMap<K, P> = Map<Entry<K, P>, ()>;

/// An index of a table.
pub(crate) struct OrderedIndex<P, T, K> {
    name: &'static str,
    extract: Extract<T, K>,
    unique: bool,
    entries: EntryMap<K, P>,
}

impl<P: Key, T, K: Key> OrderedIndex<P, T, K> {
    pub(crate) fn new(name: &'static str, extract: Extract<T, K>, unique: bool) -> Self {
        Self { name, extract, unique, entries: Map::default() }
    }

    pub(crate) fn entries(&self) -> &EntryMap<K, P> {
        &self.entries
    }

    /// The entries under one key, which may be a borrowed form of the key's type.
    pub(crate) fn at<Q>(&self, key: &Q) -> RangeIter<'_, Entry<K, P>, ()>
    where
        Q: Lookup<K> + ?Sized,
    {
        let lower = Beside { key, side: Side::Before };
        let upper = Beside { key, side: Side::After };
        self.entries.range(Bound::Excluded(&lower), Bound::Excluded(&upper))
    }

    /// The primary key under a key of a unique index.
    pub(crate) fn only<Q>(&self, key: &Q) -> Option<&P>
    where
        Q: Lookup<K> + ?Sized,
    {
        let (entry, ()) = self.entries.first_from(&Beside { key, side: Side::Before })?;
        key.compare(&entry.key).is_eq().then_some(&entry.primary)
    }

    /// The span of all entries whose keys lie in a span of keys.
    pub(crate) fn entry_span(span: &Span<K>) -> Span<Entry<K, P>> {
        if span.is_empty() { Span::nothing() } else { span.lift(Entry::key) }
    }

    /// The index keys that a record loses and those that it gains through an edit.
    fn moved(&self, edit: &Edit<P, T>) -> (Vec<K>, Vec<K>) {
        let mut lost = self.keys_of(edit.before.as_ref());
        let mut gained = self.keys_of(edit.after.as_ref());
        lost.retain(|key| match gained.binary_search(key) {
            Ok(place) => {
                gained.remove(place);
                false
            }
            Err(_) => true,
        });
        (lost, gained)
    }

    /// The keys under which the index has a record, sorted, each once.
    fn keys_of(&self, record: Option<&Row<T>>) -> Vec<K> {
        let mut keys = Vec::new();
        if let Some(record) = record {
            (self.extract)(record, &mut |key| keys.push(key));
        }
        if keys.len() > 1 {
            keys.sort();
            keys.dedup();
        }
        keys
    }
}

impl<P: Key, T: Send + Sync + 'static, K: Key> Secondary<P, T> for OrderedIndex<P, T, K> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_unique(&self) -> bool {
        self.unique
    }

    fn check(&self, edits: &[Edit<P, T>]) -> Result<Option<AnyReliance<P, T>>, Violation<P>> {
        if !self.unique {
            return Ok(None);
        }
        let moves: Vec<_> = edits.iter().map(|edit| self.moved(edit)).collect();
        // Edits of one transaction may hand a key from one record to another, in any order.
        let freed: BTreeSet<&K> = moves.iter().flat_map(|(lost, _)| lost).collect();
        let mut taken = BTreeMap::new();
        for (edit, (_, gained)) in edits.iter().zip(&moves) {
            for key in gained {
                let stored = self.only(key).filter(|_| !freed.contains(key));
                if let Some(existing) = stored.or_else(|| taken.insert(key, &edit.key)) {
                    return Err(Violation::new(self.name, key, existing));
                }
            }
        }
        let gained: Vec<K> = moves.into_iter().flat_map(|(_, gained)| gained).collect();
        Ok(if gained.is_empty() { None } else { Some(Box::new(Gained { keys: gained })) })
    }

    fn apply(&mut self, edits: &[Edit<P, T>]) {
        for edit in edits {
            let (lost, gained) = self.moved(edit);
            for key in lost {
                self.entries.remove(&Entry { key, primary: edit.key.clone() });
            }
            for key in gained {
                self.entries.insert(Entry { key, primary: edit.key.clone() }, ());
            }
        }
    }

    fn fill(&mut self, rows: &[(P, Row<T>)]) -> Result<(), Violation<P>> {
        let mut entries = Vec::with_capacity(rows.len());
        for (primary, row) in rows {
            (self.extract)(row, &mut |key| {
                entries.push((Entry { key, primary: primary.clone() }, ()));
            });
        }
        entries.sort_unstable();
        entries.dedup();
        if self.unique {
            for pair in entries.windows(2) {
                if let [(entry, ()), (next, ())] = pair
                    && entry.key == next.key
                {
                    return Err(Violation::new(self.name, &entry.key, &entry.primary));
                }
            }
        }
        self.entries = Map::from_sorted(entries);
        Ok(())
    }

    fn share(&self) -> Box<dyn Secondary<P, T>> {
        Box::new(Self { entries: self.entries.clone(), ..*self })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl<P, T, K> fmt::Debug for OrderedIndex<P, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrderedIndex").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Unique keys that were given to records.
struct Gained<K> {
    keys: Vec<K>,
}

impl<P: Key, T: Send + Sync + 'static, K: Key> Reliance<P, T> for Gained<K> {
    fn broken(&self, base: &dyn Secondary<P, T>, tip: &dyn Secondary<P, T>) -> Option<String> {
        let base = base.as_any().downcast_ref::<OrderedIndex<P, T, K>>()?;
        let tip = tip.as_any().downcast_ref::<OrderedIndex<P, T, K>>()?;
        self.keys.iter().find(|key| base.only(*key) != tip.only(*key)).map(text)
    }
}

/// Just beside all entries of one index key, compared without owning a key.
struct Beside<'q, Q: ?Sized> {
    key: &'q Q,
    side: Side,
}

impl<Q: Lookup<K> + ?Sized, K, P> Probe<Entry<K, P>> for Beside<'_, Q> {
    fn abbreviation(&self) -> Option<Abbreviation> {
        self.side.of(self.key.stem()?)
    }

    fn compare(&self, entry: &Entry<K, P>) -> Ordering {
        self.key.compare(&entry.key).then(self.side.order())
    }
}
