//! An index and its entries: pairs of index key and primary key, in that order.
//!
//! A unique index is the same, with the promise that no two entries have one index key. The promise
//! is kept by [`Secondary::check`], which is asked before [`Secondary::apply`].

use crate::persistent::abbreviation::Abbreviation;
use crate::persistent::{Map, Probe, RangeIter};
use crate::table::entry::Entry;
use crate::table::index::IndexHandle;
use crate::table::key::{Key, Lookup, text};
use crate::table::moves::EntryMoves;
use crate::table::secondary::{
    AnyMoves, AnyReliance, Edit, Extract, Handover, Moves, Reliance, Row, Same, Secondary,
    Violation,
};
use crate::table::span::{Side, Span};
use std::any::Any;
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

/// The entries of an index, or of a part of it.
pub(crate) type EntryMap<K, P> = Map<Entry<K, P>, ()>;

/// An index of a table.
pub(crate) struct OrderedIndex<P, T, K> {
    name: &'static str,
    extract: Extract<T, K>,
    same: Option<Same<T>>,
    unique: bool,
    entries: EntryMap<K, P>,
}

impl<P: Key, T, K: Key> OrderedIndex<P, T, K> {
    /// The index that a handle names, with nothing in it.
    pub(crate) fn of<I: IndexHandle<T, Key = K>>(index: I) -> Self {
        Self {
            name: index.name(),
            extract: index.extract(),
            same: index.same(),
            unique: I::UNIQUE,
            entries: Map::default(),
        }
    }

    pub(crate) fn entries(&self) -> &EntryMap<K, P> {
        &self.entries
    }

    /// The entries under one key, which may be a borrowed form of the key's type.
    pub(crate) fn at<Q>(&self, key: &Q) -> RangeIter<'_, Entry<K, P>, ()>
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized,
    {
        let lower = Beside { key, side: Side::Before };
        let upper = Beside { key, side: Side::After };
        self.entries.range(Bound::Excluded(&lower), Bound::Excluded(&upper))
    }

    /// The primary key under a key of a unique index.
    pub(crate) fn only<Q>(&self, key: &Q) -> Option<&P>
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized,
    {
        only(&self.entries, key)
    }

    /// The span of all entries whose keys lie in a span of keys.
    pub(crate) fn entry_span(span: &Span<K>) -> Span<Entry<K, P>> {
        if span.is_empty() { Span::nothing() } else { span.lift(Entry::key) }
    }

    /// Notes the keys that a record loses through an edit, and then those that it gains.
    fn note(&self, edit: &Edit<P, T>, moves: &mut EntryMoves<K, P>) {
        if let (Some(before), Some(after), Some(same)) = (&edit.before, &edit.after, self.same)
            && same(before, after)
        {
            return;
        }
        if let Some(before) = &edit.before {
            (self.extract)(before, &mut |key| moves.lose(key, edit.key.clone()));
        }
        if let Some(after) = &edit.after {
            (self.extract)(after, &mut |key| moves.gain(key, edit.key.clone()));
        }
    }
}

impl<P: Key, T: Send + Sync + 'static, K: Key> Secondary<P, T> for OrderedIndex<P, T, K> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_unique(&self) -> bool {
        self.unique
    }

    fn plan(&self, edits: &[Edit<P, T>]) -> Option<AnyMoves<P, T>> {
        let mut moves = EntryMoves::new(self.unique);
        for edit in edits {
            self.note(edit, &mut moves);
        }
        moves.settle();
        if moves.as_slice().is_empty() { None } else { Some(Box::new(moves)) }
    }

    fn check(
        &self,
        moves: &dyn Moves<P, T>,
        handover: Handover,
    ) -> Result<Option<AnyReliance<P, T>>, Violation<P>> {
        if !moves.claims() {
            return Ok(None);
        }
        let moves = moves.as_any().downcast_ref::<EntryMoves<K, P>>();
        let moves = moves.expect("an index has one key type").as_slice();
        let mut keys = Vec::new();
        for of_key in moves.chunk_by(|one, other| one.entry.key == other.entry.key) {
            let mut gains = of_key.iter().filter(|of| of.is_gain());
            let Some(Entry { key, primary }) = gains.next().map(|of| &of.entry) else { continue };
            if gains.next().is_some() {
                return Err(Violation::new(self.name, key, primary));
            }
            let is_freed = handover == Handover::Allowed && of_key.iter().any(|of| !of.is_gain());
            if let Some(existing) = self.only(key).filter(|_| !is_freed) {
                return Err(Violation::new(self.name, key, existing));
            }
            keys.push(key.clone());
        }
        Ok(Some(Box::new(Gained { keys })))
    }

    fn apply(&mut self, moves: AnyMoves<P, T>) {
        let moves = moves.into_any().downcast::<EntryMoves<K, P>>();
        for of in moves.expect("an index has one key type").into_vec() {
            if of.is_gain() {
                self.entries.insert(of.entry, ());
            } else {
                self.entries.remove(&of.entry);
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

    fn reliance_on_all(&self) -> Option<AnyReliance<P, T>> {
        self.unique.then(|| Box::new(Filled { entries: self.entries.clone() }) as AnyReliance<P, T>)
    }

    fn share(&self) -> Arc<dyn Secondary<P, T>> {
        Arc::new(Self { entries: self.entries.clone(), ..*self })
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
        if base.entries.is_same(&tip.entries) {
            return None;
        }
        self.keys.iter().find(|key| base.only(*key) != tip.only(*key)).map(text)
    }
}

/// Unique keys that were given to records when there were none: all that the index then had.
struct Filled<K, P> {
    entries: EntryMap<K, P>,
}

impl<P: Key, T: Send + Sync + 'static, K: Key> Reliance<P, T> for Filled<K, P> {
    fn broken(&self, _: &dyn Secondary<P, T>, tip: &dyn Secondary<P, T>) -> Option<String> {
        let tip = tip.as_any().downcast_ref::<OrderedIndex<P, T, K>>()?;
        // The base was empty, so the tip mostly is too.
        let is_less = tip.entries.len() < self.entries.len();
        let (fewer, more) =
            if is_less { (&tip.entries, &self.entries) } else { (&self.entries, &tip.entries) };
        let mut taken = fewer.iter().map(|(entry, ())| &entry.key);
        taken.find(|key| only(more, *key).is_some()).map(text)
    }
}

/// The primary key of the first entry under a key.
fn only<'a, K, P, Q>(entries: &'a EntryMap<K, P>, key: &Q) -> Option<&'a P>
where
    K: Key + Borrow<Q>,
    P: Key,
    Q: Lookup<K> + ?Sized,
{
    let (entry, ()) = entries.first_from(&Beside { key, side: Side::Before })?;
    (key == entry.key.borrow()).then_some(&entry.primary)
}

/// Just beside all entries of one index key, compared without owning a key.
struct Beside<'q, Q: ?Sized> {
    key: &'q Q,
    side: Side,
}

impl<Q: Lookup<K> + ?Sized, K: Borrow<Q>, P> Probe<Entry<K, P>> for Beside<'_, Q> {
    fn abbreviation(&self) -> Option<Abbreviation> {
        self.side.of(self.key.stem()?)
    }

    fn compare(&self, entry: &Entry<K, P>) -> Ordering {
        self.key.cmp(entry.key.borrow()).then(self.side.order())
    }
}
