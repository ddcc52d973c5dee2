//! Everything that can be read, compared with the model.

use super::plain::Plain;
use super::row::{Key, Row, key};
use folio::{IndexHandle, IndexOrder, Ordered, TxCollection, Unique, View};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::ops::{Bound, RangeBounds};

/// Where to look.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    pub(crate) keys: Vec<Key>,
    from: Key,
    to: Key,
    pub(crate) low: u8,
    pub(crate) high: u8,
    size: i8,
    pub(crate) text: String,
    /// Which kinds of ends ranges have: included, excluded, or none.
    bounds: (u8, u8),
    /// From which end each next entry is taken.
    ends: Vec<bool>,
}

impl Arbitrary for Probe {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        let keys = (prop::collection::vec(key(), 0..4), key(), key());
        let values = (0..5_u8, 0..5_u8, -3..4_i8, "[ab]{0,2}");
        let bounds = (0..3_u8, 0..3_u8);
        (keys, values, prop::collection::vec(any::<bool>(), 1..12), bounds)
            .prop_map(|((keys, from, to), (low, high, size, text), ends, bounds)| Self {
                keys,
                from,
                to,
                low,
                high,
                size,
                text,
                bounds,
                ends,
            })
            .boxed()
    }
}

/// Both ends of a range.
pub(crate) type Bounds<K> = (Bound<K>, Bound<K>);

impl Probe {
    /// A range between two keys, with ends of this probe's kinds.
    fn range<K: Clone>(&self, from: &K, to: &K) -> Bounds<K> {
        let bound = |kind: u8, key: &K| match kind {
            0 => Bound::Included(key.clone()),
            1 => Bound::Excluded(key.clone()),
            _ => Bound::Unbounded,
        };
        (bound(self.bounds.0, from), bound(self.bounds.1, to))
    }
}

type Entries<'a, T> = Box<dyn DoubleEndedIterator<Item = T> + 'a>;

/// An index whose keys lie in order.
pub(crate) trait InOrder: IndexHandle<Row, Order = Ordered> {}

impl<I: IndexHandle<Row, Order = Ordered>> InOrder for I {}

/// What a view and a collection in a transaction have in common.
pub(crate) trait Readable {
    fn len(&self) -> usize;
    fn is_empty(&self) -> bool;
    fn first(&self) -> Option<Row>;
    fn last(&self) -> Option<Row>;
    fn get(&self, key: &Key) -> Option<Row>;
    fn contains(&self, key: &Key) -> bool;
    fn get_all(&self, keys: &[Key]) -> Vec<Option<Row>>;
    fn find<K: folio::Key, O: IndexOrder>(&self, index: Unique<Row, K, O>, key: &K) -> Option<Row>;
    fn iter(&self) -> Entries<'_, Row>;
    fn range(&self, bounds: Bounds<Key>) -> Entries<'_, Row>;
    fn shelf(&self, shelf: u8) -> Entries<'_, Row>;
    fn keys(&self) -> Entries<'_, Key>;
    fn by<I: InOrder>(&self, index: I) -> Entries<'_, Row>;
    fn by_key<I: IndexHandle<Row>>(&self, index: I, key: &I::Key) -> Entries<'_, Row>;
    fn by_range<I: InOrder>(&self, index: I, bounds: Bounds<I::Key>) -> Entries<'_, Row>;
    fn index_keys<I: InOrder>(&self, index: I) -> Entries<'_, I::Key>;
    fn count<I: IndexHandle<Row>>(&self, index: I, key: &I::Key) -> usize;
    fn by_title(&self, beginning: &str) -> Entries<'_, Row>;
    fn by_color(&self, color: u8) -> Entries<'_, Row>;
}

/// The two give records in different ways, as `&Row` and as `Arc<Row>`, and are alike otherwise.
macro_rules! readable {
    ($of:ty) => {
        impl Readable for $of {
            fn len(&self) -> usize {
                self.len()
            }

            fn is_empty(&self) -> bool {
                self.is_empty()
            }

            fn first(&self) -> Option<Row> {
                self.first().map(|row| Row::clone(&row))
            }

            fn last(&self) -> Option<Row> {
                self.last().map(|row| Row::clone(&row))
            }

            fn get(&self, key: &Key) -> Option<Row> {
                self.get(key).map(|row| Row::clone(&row))
            }

            fn contains(&self, key: &Key) -> bool {
                self.contains(key)
            }

            fn get_all(&self, keys: &[Key]) -> Vec<Option<Row>> {
                let found = self.get_all(keys).into_iter();
                found.map(|row| row.map(|row| Row::clone(&row))).collect()
            }

            fn find<K: folio::Key, O: IndexOrder>(
                &self,
                index: Unique<Row, K, O>,
                key: &K,
            ) -> Option<Row> {
                self.find(index, key).map(|row| Row::clone(&row))
            }

            fn iter(&self) -> Entries<'_, Row> {
                Box::new(self.iter().map(|row| Row::clone(&row)))
            }

            fn range(&self, bounds: Bounds<Key>) -> Entries<'_, Row> {
                Box::new(self.range(bounds).map(|row| Row::clone(&row)))
            }

            fn shelf(&self, shelf: u8) -> Entries<'_, Row> {
                Box::new(self.prefix((shelf,)).map(|row| Row::clone(&row)))
            }

            fn keys(&self) -> Entries<'_, Key> {
                Box::new(self.keys().map(|key| key.clone()))
            }

            fn by<I: InOrder>(&self, index: I) -> Entries<'_, Row> {
                Box::new(self.by(index).iter().map(|row| Row::clone(&row)))
            }

            fn by_key<I: IndexHandle<Row>>(&self, index: I, key: &I::Key) -> Entries<'_, Row> {
                Box::new(self.by(index).get(key).map(|row| Row::clone(&row)))
            }

            fn by_range<I: InOrder>(&self, index: I, bounds: Bounds<I::Key>) -> Entries<'_, Row> {
                Box::new(self.by(index).range(bounds).map(|row| Row::clone(&row)))
            }

            fn index_keys<I: InOrder>(&self, index: I) -> Entries<'_, I::Key> {
                Box::new(self.by(index).keys().map(|key| key.clone()))
            }

            fn count<I: IndexHandle<Row>>(&self, index: I, key: &I::Key) -> usize {
                self.by(index).count(key)
            }

            fn by_title(&self, beginning: &str) -> Entries<'_, Row> {
                Box::new(self.by(Row::TITLE).prefix(beginning).map(|row| Row::clone(&row)))
            }

            fn by_color(&self, color: u8) -> Entries<'_, Row> {
                Box::new(self.by(Row::BY_COLOR_SIZE).prefix((color,)).map(|row| Row::clone(&row)))
            }
        }
    };
}

readable!(View<Row>);
readable!(TxCollection<'_, Row>);

/// Compares everything that can be read with the model.
pub(crate) fn compare(rows: &impl Readable, plain: &Plain, probe: &Probe) {
    let model = &plain.rows;
    assert_eq!((rows.len(), rows.is_empty()), (model.len(), model.is_empty()));
    assert_eq!(rows.first().as_ref(), model.values().next());
    assert_eq!(rows.last().as_ref(), model.values().next_back());
    same(probe, || rows.iter(), model.values().cloned());
    same(probe, || rows.keys(), model.keys().cloned());
    for key in &probe.keys {
        assert_eq!(rows.get(key).as_ref(), model.get(key));
        assert_eq!(rows.contains(key), model.contains_key(key));
    }
    let expected: Vec<_> = probe.keys.iter().map(|key| model.get(key).cloned()).collect();
    assert_eq!(rows.get_all(&probe.keys), expected);
    let range = probe.range(&probe.from, &probe.to);
    let inside = model.iter().filter(|(key, _)| range.contains(*key));
    same(probe, || rows.range(range.clone()), inside.map(|(_, row)| row.clone()));
    let shelf = model.values().filter(|row| row.shelf == probe.low);
    same(probe, || rows.shelf(probe.low), shelf.cloned());
    compare_indexes(&Checked { rows, plain, probe });
}

fn compare_indexes<R: Readable>(checked: &Checked<'_, R>) {
    let Probe { low, high, size, text, .. } = checked.probe;
    checked.index(Row::COLOR, (*low, *high), |row| vec![row.color]);
    checked.index(Row::TITLE, (text.clone(), "b".to_owned()), |row| vec![row.title.clone()]);
    checked.index(Row::TAGS, (*low, *high), |row| row.tags.clone());
    checked.index(Row::OWNER, (*low, *high), |row| row.owner.into_iter().collect());
    let both = ((*low, *size), (*high, 0));
    checked.index(Row::BY_COLOR_SIZE, both, |row| vec![(row.color, row.size)]);
    checked.index(Row::ACTIVE_SIZE, (*size, 2), |row| {
        Some(row.size).filter(|_| row.is_active).into_iter().collect()
    });
    checked.unique(Row::BADGE, (*low, 50 * *high), |row| vec![row.badge]);
    checked.unique(Row::SEATS, (*low, 60 * *high), |row| row.seats.clone());
    let both = ((*low, 0), (*high, 100));
    checked.unique(Row::BY_COLOR_BADGE, both, |row| {
        Some((row.color, row.badge)).filter(|_| row.is_active).into_iter().collect()
    });
    checked.prefixes();
    compare_hash_indexes(checked);
}

fn compare_hash_indexes<R: Readable>(checked: &Checked<'_, R>) {
    let Probe { low, high, size, text, .. } = checked.probe;
    let titles = [text.clone(), "b".to_owned()];
    checked.lookups(Row::HASH_TITLE, &titles, |row| vec![row.title.clone()]);
    checked.lookups(Row::HASH_TAGS, &[*low, *high], |row| row.tags.clone());
    checked.lookups(Row::HASH_COLOR_SIZE, &[(*low, *size), (*high, 0)], |row| {
        Some((row.color, row.size)).filter(|_| row.is_active).into_iter().collect()
    });
    checked.only(Row::NICKNAME, &[text.clone(), "c".to_owned()], |row| {
        row.nickname.clone().into_iter().collect()
    });
    checked.only(Row::HASH_SEATS, &[*low, 60 * *high], |row| row.seats.clone());
    checked.only(Row::HASH_COLOR_BADGE, &[(*low, 0), (*high, 100)], |row| {
        Some((row.color, row.badge)).filter(|_| row.is_active).into_iter().collect()
    });
}

/// Rows, the model of them, and where to look.
struct Checked<'a, R> {
    rows: &'a R,
    plain: &'a Plain,
    probe: &'a Probe,
}

impl<R: Readable> Checked<'_, R> {
    /// Compares an index: all of it, each key, a range, and the keys.
    fn index<I: InOrder>(
        &self,
        index: I,
        (from, to): (I::Key, I::Key),
        keys: impl Fn(&Row) -> Vec<I::Key>,
    ) where
        I::Key: std::fmt::Debug,
    {
        let Self { rows, probe, .. } = self;
        let range = probe.range(&from, &to);
        self.lookups(index, &[from, to], &keys);
        let model = self.plain.index(keys);
        let records = |keys: &BTreeSet<Key>| self.records(keys.iter());
        same(probe, || rows.by(index), model.values().flat_map(records));
        same(probe, || rows.index_keys(index), model.keys().cloned());
        let inside = model.iter().filter(|(key, _)| range.contains(*key));
        let expected = inside.flat_map(|(_, keys)| records(keys));
        same(probe, || rows.by_range(index, range.clone()), expected);
    }

    /// Compares what is under each key, and under some that may be missing.
    fn lookups<I: IndexHandle<Row>>(
        &self,
        index: I,
        some: &[I::Key],
        keys: impl Fn(&Row) -> Vec<I::Key>,
    ) {
        let Self { rows, probe, .. } = self;
        let model = self.plain.index(keys);
        let missing = BTreeSet::new();
        let under_some = some.iter().map(|key| (key, model.get(key).unwrap_or(&missing)));
        for (key, expected) in model.iter().chain(under_some) {
            let records = self.records(expected.iter());
            same(probe, || rows.by_key(index, key), records.into_iter());
            assert_eq!(rows.count(index, key), expected.len());
        }
    }

    /// Compares what a unique index has under each key, and under some that may be missing.
    fn only<K: folio::Key, O: IndexOrder>(
        &self,
        index: Unique<Row, K, O>,
        some: &[K],
        keys: impl Fn(&Row) -> Vec<K>,
    ) {
        let model = self.plain.index(&keys);
        for (key, expected) in &model {
            assert_eq!(expected.len(), 1);
            assert_eq!(self.rows.find(index, key), self.records(expected.iter()).pop());
        }
        for key in some {
            assert_eq!(self.rows.find(index, key).is_some(), model.contains_key(key));
        }
        self.lookups(index, some, keys);
    }

    fn unique<K: folio::Key + std::fmt::Debug>(
        &self,
        index: Unique<Row, K>,
        (from, to): (K, K),
        keys: impl Fn(&Row) -> Vec<K>,
    ) {
        self.only(index, &[from.clone(), to.clone()], &keys);
        self.index(index, (from, to), keys);
    }

    fn prefixes(&self) {
        let Self { rows, plain, probe } = self;
        let titles = plain.index(|row| vec![row.title.clone()]);
        let titles = titles.iter().filter(|(title, _)| title.starts_with(&probe.text));
        let expected = titles.flat_map(|(_, keys)| self.records(keys.iter()));
        same(probe, || rows.by_title(&probe.text), expected);
        let colors = plain.index(|row| vec![(row.color, row.size)]);
        let colors = colors.iter().filter(|((color, _), _)| *color == probe.low);
        let expected = colors.flat_map(|(_, keys)| self.records(keys.iter()));
        same(probe, || rows.by_color(probe.low), expected);
    }

    fn records<'k>(&self, keys: impl Iterator<Item = &'k Key>) -> Vec<Row> {
        keys.filter_map(|key| self.plain.rows.get(key).cloned()).collect()
    }
}

/// Compares what an iterator gives forwards, backwards and from both ends.
fn same<'a, T: PartialEq + std::fmt::Debug + 'a>(
    probe: &Probe,
    make: impl Fn() -> Entries<'a, T>,
    expected: impl Iterator<Item = T>,
) {
    let expected: Vec<T> = expected.collect();
    assert_eq!(make().collect::<Vec<_>>(), expected);
    let mut backwards: Vec<_> = make().rev().collect();
    backwards.reverse();
    assert_eq!(backwards, expected);
    assert_eq!(from_both_ends(make(), &probe.ends), expected);
}

/// Takes entries from either end, as told, until there are none; gives all in order.
fn from_both_ends<T>(mut entries: Entries<'_, T>, ends: &[bool]) -> Vec<T> {
    let (mut front, mut back) = (Vec::new(), Vec::new());
    for is_front in ends.iter().cycle() {
        let (entry, end) =
            if *is_front { (entries.next(), &mut front) } else { (entries.next_back(), &mut back) };
        match entry {
            Some(entry) => end.push(entry),
            None => break,
        }
    }
    assert!(entries.next().is_none() && entries.next_back().is_none(), "an end is an end");
    front.extend(back.into_iter().rev());
    front
}
