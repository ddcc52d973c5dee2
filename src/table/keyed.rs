//! An index: its entries, and what a change of records does to them.
//!
//! The entries lie in their order or by hash ([`Entries`]); all else is the same for both.
//!
//! A unique index has no two entries with one index key. That is kept by [`Secondary::check`], which is
//! asked before [`Secondary::apply`].

use crate::table::entries::{Entries, PrimaryIter};
use crate::table::entry::Entry;
use crate::table::index::IndexHandle;
use crate::table::key::{Key, text};
use crate::table::moves::EntryMoves;
use crate::table::needs::entry_bytes;
use crate::table::order::{Container, IndexOrder};
use crate::table::secondary::{
    AnyMoves, AnyReliance, Audit, Edit, Extract, Handover, Moves, Reliance, Row, Same, Secondary,
    Violation,
};
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// The entries of an index in this order.
type EntriesOf<K, P, O> = <O as Container>::Entries<K, P>;

/// An index of a table.
pub(crate) struct KeyedIndex<P: Key, T, K: Key, O: IndexOrder> {
    name: &'static str,
    extract: Extract<T, K>,
    same: Option<Same<T>>,
    unique: bool,
    entries: EntriesOf<K, P, O>,
}

impl<P: Key, T, K: Key, O: IndexOrder> KeyedIndex<P, T, K, O> {
    /// The index that a handle names, with nothing in it.
    pub(crate) fn of<I: IndexHandle<T, Key = K, Order = O>>(index: I) -> Self {
        Self {
            name: index.name(),
            extract: index.extract(),
            same: index.same(),
            unique: I::UNIQUE,
            entries: EntriesOf::<K, P, O>::default(),
        }
    }

    pub(crate) fn entries(&self) -> &EntriesOf<K, P, O> {
        &self.entries
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

impl<P, T, K, O> Secondary<P, T> for KeyedIndex<P, T, K, O>
where
    P: Key,
    T: Send + Sync + 'static,
    K: Key,
    O: IndexOrder,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_unique(&self) -> bool {
        self.unique
    }

    fn entries(&self) -> usize {
        self.entries.total()
    }

    fn entry_bytes(&self) -> usize {
        entry_bytes::<K, P>()
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
            if let Some(existing) = self.entries.first(key).filter(|_| !is_freed) {
                return Err(Violation::new(self.name, key, existing));
            }
            keys.push(key.clone());
        }
        Ok(Some(Box::new(Gained { keys, order: PhantomData::<O> })))
    }

    fn apply(&mut self, moves: AnyMoves<P, T>) {
        let moves = moves.into_any().downcast::<EntryMoves<K, P>>();
        for of in moves.expect("an index has one key type").into_vec() {
            if of.is_gain() {
                self.entries.insert(of.entry);
            } else {
                self.entries.remove(&of.entry);
            }
        }
    }

    fn fill(&mut self, rows: &[(P, Row<T>)]) -> Result<(), Violation<P>> {
        let mut entries = Vec::with_capacity(rows.len());
        for (primary, row) in rows {
            (self.extract)(row, &mut |key| {
                entries.push(Entry { key, primary: primary.clone() });
            });
        }
        entries.sort_unstable();
        entries.dedup();
        if self.unique {
            for pair in entries.windows(2) {
                if let [entry, next] = pair
                    && entry.key == next.key
                {
                    return Err(Violation::new(self.name, &entry.key, &entry.primary));
                }
            }
        }
        self.entries = Entries::from_sorted(entries);
        Ok(())
    }

    fn audit(&self, rows: &mut dyn Iterator<Item = (&P, &Row<T>)>) -> Audit {
        let mut expected = Vec::new();
        for (primary, row) in rows {
            (self.extract)(row, &mut |key| {
                expected.push(Entry { key, primary: primary.clone() });
            });
        }
        expected.sort_unstable();
        expected.dedup();
        let (mut missing, mut shared) = (0, 0);
        for of_key in expected.chunk_by(|one, other| one.key == other.key) {
            let Some(Entry { key, .. }) = of_key.first() else { continue };
            shared += usize::from(self.unique && of_key.len() > 1);
            let mut there: Vec<&P> = match self.entries.at(key) {
                PrimaryIter::Span(entries) => entries.map(|(entry, ())| &entry.primary).collect(),
                PrimaryIter::One(primary) => primary.into_iter().collect(),
                PrimaryIter::Many(primaries) => primaries.map(|(primary, ())| primary).collect(),
            };
            there.sort_unstable();
            let is_missing = |entry: &&Entry<K, P>| there.binary_search(&&entry.primary).is_err();
            missing += of_key.iter().filter(is_missing).count();
        }
        let entries = self.entries.total();
        let superfluous = (entries + missing).saturating_sub(expected.len());
        Audit { index: self.name, entries, missing, superfluous, shared }
    }

    fn reliance_on_all(&self) -> Option<AnyReliance<P, T>> {
        let filled = || Filled::<K, P, O> { entries: self.entries.clone() };
        self.unique.then(|| Box::new(filled()) as AnyReliance<P, T>)
    }

    fn share(&self) -> Arc<dyn Secondary<P, T>> {
        Arc::new(Self { entries: self.entries.clone(), ..*self })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl<P: Key, T, K: Key, O: IndexOrder> fmt::Debug for KeyedIndex<P, T, K, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedIndex").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Unique keys that were given to records.
struct Gained<K, O> {
    keys: Vec<K>,
    order: PhantomData<O>,
}

impl<P, T, K, O> Reliance<P, T> for Gained<K, O>
where
    P: Key,
    T: Send + Sync + 'static,
    K: Key,
    O: IndexOrder,
{
    fn broken(&self, base: &dyn Secondary<P, T>, tip: &dyn Secondary<P, T>) -> Option<String> {
        let base = &base.as_any().downcast_ref::<KeyedIndex<P, T, K, O>>()?.entries;
        let tip = &tip.as_any().downcast_ref::<KeyedIndex<P, T, K, O>>()?.entries;
        if base.is_same(tip) {
            return None;
        }
        self.keys.iter().find(|key| base.first(*key) != tip.first(*key)).map(text)
    }
}

/// Unique keys that were given to records when there were none: all that the index then had.
struct Filled<K: Key, P: Key, O: IndexOrder> {
    entries: EntriesOf<K, P, O>,
}

impl<P, T, K, O> Reliance<P, T> for Filled<K, P, O>
where
    P: Key,
    T: Send + Sync + 'static,
    K: Key,
    O: IndexOrder,
{
    fn broken(&self, _: &dyn Secondary<P, T>, tip: &dyn Secondary<P, T>) -> Option<String> {
        let tip = &tip.as_any().downcast_ref::<KeyedIndex<P, T, K, O>>()?.entries;
        // The base was empty, so the tip mostly is too.
        let is_less = tip.unique_len() < self.entries.unique_len();
        let (fewer, more) = if is_less { (tip, &self.entries) } else { (&self.entries, tip) };
        fewer.unique_keys().find(|key| more.first(*key).is_some()).map(text)
    }
}
