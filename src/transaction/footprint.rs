//! What a transaction read of one collection.
//!
//! Keys are kept whether they were found or not. Of a range only the part is kept that was really
//! consumed, from either end: a `first()` on a queue depends on nothing behind what it saw. Records
//! without order have no such parts: iterating over them asks for all, from the first one on. Every
//! read of a transaction notes itself here through [`Work`](crate::transaction::work::Work), which
//! alone hands out data. A write reads too, what is there before it, but the keys written are in the
//! writes already: only one that comes to nothing, or is undone, is noted here.

use crate::persistent::{Map, MapKey};
use crate::table::entries::Entries;
use crate::table::entry::Entry;
use crate::table::expiry::Moment;
use crate::table::key::{Key, text};
use crate::table::keyed::KeyedIndex;
use crate::table::order::IndexOrder;
use crate::table::record::Record;
use crate::table::row_map::RowMap;
use crate::table::rows::{PlacedReliance, Table};
use crate::table::span::{Cut, Side, Span};
use crate::transaction::keys::KeyList;
#[cfg(feature = "text")]
use crate::transaction::text_reads::TextReads;
use std::any::Any;
use std::marker::PhantomData;

/// From this many consumed entries on, a span is tested by what changed between the two maps, not by
/// going through it again.
const DIFF_FROM: usize = 64;

/// What a transaction read of one collection.
pub(crate) struct Footprint<T: Record> {
    pub(crate) keys: KeyList<T::Key>,
    pub(crate) spans: Spans<T::Key>,
    /// Whether anything may have been read: all records were asked for, where they have no order in
    /// which they could have been asked for in part, or nobody knows what was.
    pub(crate) all: bool,
    /// Whether the number of records was asked for.
    pub(crate) len: bool,
    /// Unique keys that were given to records: they were free, whether or not the records still have
    /// them.
    pub(crate) reliances: Vec<PlacedReliance<T>>,
    indexes: Vec<(usize, Box<dyn AnyIndexReads<T>>)>,
}

impl<T: Record> Default for Footprint<T> {
    fn default() -> Self {
        Self {
            keys: KeyList::default(),
            spans: Spans::default(),
            all: false,
            len: false,
            reliances: Vec::new(),
            indexes: Vec::new(),
        }
    }
}

impl<T: Record> Footprint<T> {
    /// What was read of the index at a place.
    pub(crate) fn index<K: Key, O: IndexOrder>(
        &mut self,
        place: usize,
    ) -> &mut IndexReads<K, T::Key, O> {
        self.reads(place)
    }

    /// What was searched for in the full-text index at a place.
    #[cfg(feature = "text")]
    pub(crate) fn text(&mut self, place: usize) -> &mut TextReads {
        self.reads(place)
    }

    /// What was read of the index at a place.
    fn reads<R: AnyIndexReads<T> + Default + 'static>(&mut self, place: usize) -> &mut R {
        let known = self.indexes.iter().position(|(at, _)| *at == place);
        let position = known.unwrap_or_else(|| {
            self.indexes.push((place, Box::new(R::default())));
            self.indexes.len() - 1
        });
        self.indexes
            .get_mut(position)
            .and_then(|(_, reads)| reads.as_any_mut().downcast_mut())
            .expect("an index is of one type")
    }

    /// Where `tip` differs from `base` in something that was read at this moment, as text.
    pub(crate) fn clash(&self, base: &Table<T>, tip: &Table<T>, moment: Moment) -> Option<String> {
        if self.len && base.at(moment).len() != tip.at(moment).len() {
            return Some("its number of records".to_owned());
        }
        if !base.rows().is_same(tip.rows()) {
            let key = self.keys.iter().find(|key| base.rows().get(*key) != tip.rows().get(*key));
            if let Some(key) = key.or_else(|| self.changed_row(base.rows(), tip.rows())) {
                return Some(text(key));
            }
        }
        let unique = self.reliances.iter().find_map(|reliance| base.broken(reliance, tip));
        let read = || self.indexes.iter().find_map(|(at, reads)| reads.clash(*at, base, tip));
        unique.map(|key| format!("unique key {key}")).or_else(read)
    }

    /// A key at which the rows differ within what was read of them other than by their keys.
    fn changed_row<'a>(&self, base: &'a RowMap<T>, tip: &'a RowMap<T>) -> Option<&'a T::Key> {
        match (self.all, T::UNORDERED) {
            (true, true) => base.hashed().diff(tip.hashed()).next().map(|(key, ..)| key),
            (true, false) => base.ordered().diff(tip.ordered()).next().map(|(key, ..)| key),
            (false, true) => None,
            (false, false) => self.spans.clash(base.ordered(), tip.ordered()),
        }
    }
}

/// What a transaction read of one index.
pub(crate) struct IndexReads<K, P, O> {
    /// Keys of which all entries were asked for, found or not.
    pub(crate) keys: KeyList<K>,
    /// Always none where the entries are in no order.
    pub(crate) spans: Spans<Entry<K, P>>,
    order: PhantomData<O>,
}

impl<K, P, O> Default for IndexReads<K, P, O> {
    fn default() -> Self {
        Self { keys: KeyList::default(), spans: Spans::default(), order: PhantomData }
    }
}

/// [`IndexReads`] without the type of the index keys.
trait AnyIndexReads<T: Record>: Send {
    fn clash(&self, place: usize, base: &Table<T>, tip: &Table<T>) -> Option<String>;
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

impl<T: Record, K: Key, O: IndexOrder> AnyIndexReads<T> for IndexReads<K, T::Key, O> {
    fn clash(&self, place: usize, base: &Table<T>, tip: &Table<T>) -> Option<String> {
        let base: &KeyedIndex<T::Key, T, K, O> = base.index_at(place);
        let tip: &KeyedIndex<T::Key, T, K, O> = tip.index_at(place);
        let (base, tip) = (base.entries(), tip.entries());
        if base.is_same(tip) {
            return None;
        }
        let key = self.keys.iter().find(|key| base.differs(tip, key));
        let in_spans = || Some(&self.spans.clash(base.in_order()?, tip.in_order()?)?.key);
        key.or_else(in_spans).map(|key| format!("index key {}", text(key)))
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

#[cfg(feature = "text")]
impl<T: Record> AnyIndexReads<T> for TextReads {
    fn clash(&self, place: usize, base: &Table<T>, tip: &Table<T>) -> Option<String> {
        TextReads::clash(self, place, base, tip)
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// The spans of a map that were consumed.
pub(crate) struct Spans<K> {
    spans: Vec<SpanRead<K>>,
}

struct SpanRead<K> {
    span: Span<K>,
    /// About how many entries were consumed.
    seen: usize,
}

impl<K> Default for Spans<K> {
    fn default() -> Self {
        Self { spans: Vec::new() }
    }
}

/// The places in [`Spans`] of one scan, which may be consumed from both ends.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct ScanNote {
    front: Option<usize>,
    back: Option<usize>,
}

impl<K: MapKey> Spans<K> {
    /// Notes that a scan of `span` gave out the entry at `key` to its front.
    pub(crate) fn front(&mut self, note: &mut ScanNote, span: &Span<K>, key: &K) {
        let upper = Cut::At(key.clone(), Side::After);
        match note.front.and_then(|place| self.spans.get_mut(place)) {
            Some(read) => read.widen(|span| span.upper = upper),
            None => note.front = Some(self.begin(Span { lower: span.lower.clone(), upper })),
        }
    }

    /// Notes that a scan of `span` gave out the entry at `key` to its back.
    pub(crate) fn back(&mut self, note: &mut ScanNote, span: &Span<K>, key: &K) {
        let lower = Cut::At(key.clone(), Side::Before);
        match note.back.and_then(|place| self.spans.get_mut(place)) {
            Some(read) => read.widen(|span| span.lower = lower),
            None => note.back = Some(self.begin(Span { lower, upper: span.upper.clone() })),
        }
    }

    /// Notes that a scan came to its end, and so saw that nothing else is in `span`.
    pub(crate) fn exhausted(&mut self, note: &mut ScanNote, span: &Span<K>) {
        match note.front.and_then(|place| self.spans.get_mut(place)) {
            Some(read) => read.span = span.clone(),
            None => note.front = Some(self.begin(span.clone())),
        }
    }

    fn begin(&mut self, span: Span<K>) -> usize {
        self.spans.push(SpanRead { span, seen: 1 });
        self.spans.len() - 1
    }

    /// A key at which the maps differ within what was consumed.
    fn clash<'a, V: PartialEq + Clone>(
        &self,
        base: &'a Map<K, V>,
        tip: &'a Map<K, V>,
    ) -> Option<&'a K> {
        self.spans.iter().find_map(|read| read.clash(base, tip))
    }
}

impl<K: MapKey> SpanRead<K> {
    fn widen(&mut self, change: impl FnOnce(&mut Span<K>)) {
        change(&mut self.span);
        self.seen += 1;
    }

    fn clash<'a, V: PartialEq + Clone>(
        &self,
        base: &'a Map<K, V>,
        tip: &'a Map<K, V>,
    ) -> Option<&'a K> {
        if self.seen >= DIFF_FROM {
            return base.diff(tip).map(|(key, ..)| key).find(|key| self.span.contains(key));
        }
        let (mut before, mut now) = (self.span.of(base), self.span.of(tip));
        loop {
            let before = before.as_mut().and_then(Iterator::next);
            let now = now.as_mut().and_then(Iterator::next);
            if before != now {
                return before.or(now).map(|(key, _)| key);
            }
            before?;
        }
    }
}
