//! Random writes, clocks, sweeps and restarts: in each context and by each way of reading, the collection is
//! the map of what was written, without what has expired.

use crate::common::{Random, seed};
use crate::reads::{
    Expected, by_key, check_ordered, check_points, check_ranges, check_scans, check_values,
    from_both_ends, those,
};
use folio::simulation::{Clock, Disk};
use folio::{Collection, Error, Record, Result, Snapshot, Store, TxCollection, View};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Bound;
use std::time::{Duration, SystemTime};

/// How many keys, unique names and groups there are.
const KEYS: u16 = 40;
const NAMES: u16 = 20;
const GROUPS: u8 = 4;

const STEPS: usize = 400;

fn key(random: &mut Random, below: u16) -> u16 {
    u16::try_from(random.below(below.into())).expect("it is below a small number")
}

fn group(random: &mut Random) -> u8 {
    u8::try_from(random.below(GROUPS.into())).expect("it is below a small number")
}

/// A deadline, if any. Some are over before they are written.
fn until(random: &mut Random, now: SystemTime) -> Option<SystemTime> {
    let millis = random.below(12_000);
    (millis < 10_000).then(|| now + Duration::from_millis(millis) - Duration::from_secs(2))
}

macro_rules! item {
    ($name:ident $(, $attribute:ident)*) => {
        #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
        #[record(name = "items", expires = until $(, $attribute)*)]
        #[record(index(pair = (group, shard)))]
        struct $name {
            #[key]
            id: u16,
            #[index(unique)]
            slug: Option<u16>,
            #[index(unique, hash)]
            token: Option<u16>,
            #[index]
            group: u8,
            #[index(hash)]
            shard: u8,
            #[index(each)]
            tags: Vec<u8>,
            until: Option<SystemTime>,
        }

        impl $name {
            fn random(random: &mut Random, now: SystemTime) -> Self {
                let tags: BTreeSet<u8> = (0..random.below(3)).map(|_| group(random)).collect();
                Self {
                    id: key(random, KEYS),
                    slug: (random.below(3) > 0).then(|| key(random, NAMES)),
                    token: (random.below(3) > 0).then(|| key(random, NAMES)),
                    group: group(random),
                    shard: group(random),
                    tags: tags.into_iter().collect(),
                    until: until(random, now),
                }
            }
        }
    };
}

/// The run, for a type that is called `Item` where this stands.
macro_rules! run {
    () => {
        /// A store, and what was written to it.
        struct World {
            random: Random,
            disk: Disk,
            clock: Clock,
            store: Store,
            items: Collection<Item>,
            /// All that was written and not removed, expired or not.
            written: Expected<Item>,
            /// Snapshots, and what is in them for ever.
            held: Vec<(Snapshot, View<Item>, Expected<Item>)>,
        }

        impl World {
            fn new(seed: u64) -> Self {
                let (disk, clock) = (Disk::new(), crate::clock_at(1_000));
                let (store, items) = Self::open(&disk, &clock);
                let (written, held) = (Expected::new(), Vec::new());
                Self { random: Random::new(seed), disk, clock, store, items, written, held }
            }

            fn open(disk: &Disk, clock: &Clock) -> (Store, Collection<Item>) {
                let store = crate::unswept(clock).open_simulated(disk).expect("it opens");
                let items = store.collection().expect("it is a collection of items");
                (store, items)
            }

            /// The records that are there.
            fn expected(&self) -> Expected<Item> {
                present(&self.written, self.clock.now())
            }

            fn step(&mut self) {
                match self.random.below(20) {
                    0..=3 => self.clock.advance(Duration::from_millis(self.random.below(1_500))),
                    4 => {
                        let swept = self.store.sweep().expect("it sweeps");
                        let again = self.items.sweep().expect("it sweeps");
                        assert_eq!(again, 0, "after {swept}");
                        let now = self.clock.now();
                        self.written.retain(|_, item| is_present(item, now));
                    }
                    5 => self.reopen(),
                    6 | 7 => self.hold(),
                    _ => self.transact(),
                }
            }

            fn reopen(&mut self) {
                self.held.clear();
                self.store.close().expect("it closes");
                (self.store, self.items) = Self::open(&self.disk, &self.clock);
            }

            fn hold(&mut self) {
                let (snapshot, expected) = (self.store.snapshot(), self.expected());
                let view = snapshot.collection().expect("it is a collection of items");
                self.held.push((snapshot, view, expected));
                if self.held.len() > 4 {
                    self.held.remove(0);
                }
            }

            fn transact(&mut self) {
                let (mut after, now) = (self.written.clone(), self.clock.now());
                let random = &mut self.random;
                let done = self.store.transact(|tx| {
                    let items = tx.collection::<Item>()?;
                    for _ in 0..=random.below(4) {
                        write(random, &items, &mut after, now)?;
                        if random.below(3) == 0 {
                            check_transaction(&items, &present(&after, now), random.next());
                        }
                    }
                    // What is written is there for this transaction, and nobody else's clock matters.
                    if random.below(8) == 0 { Err(Error::abort("no")) } else { Ok(()) }
                });
                if done.is_ok() {
                    self.written = after;
                }
            }

            fn check(&mut self) {
                let (seed, expected) = (self.random.next(), self.expected());
                check_live(&self.items, &expected, seed);
                check_view(&self.items.view(), &expected, seed);
                check_snapshot(&self.store.snapshot(), &expected);
                for (snapshot, view, expected) in &self.held {
                    check_view(view, expected, seed);
                    check_snapshot(snapshot, expected);
                }
                let items = &self.items;
                let checked = self.store.transact(|tx| {
                    check_transaction(&tx.collection::<Item>()?, &expected, seed);
                    let values = tx.values(items.name())?;
                    for id in 0..KEYS {
                        let found = values.get(&folio::Value::from(id))?;
                        assert_eq!(found.is_some(), expected.contains_key(&id), "value {id}");
                    }
                    Ok(())
                });
                checked.expect("nothing is wrong with it");
            }
        }

        fn is_present(item: &Item, now: SystemTime) -> bool {
            item.until.is_none_or(|until| now < until)
        }

        fn present(written: &Expected<Item>, now: SystemTime) -> Expected<Item> {
            let items = written.iter().filter(|(_, item)| is_present(item, now));
            items.map(|(id, item)| (*id, item.clone())).collect()
        }

        fn check_live(items: &Collection<Item>, expected: &Expected<Item>, _seed: u64) {
            check_points!(items, expected, Item);
            check_order(items, expected);
            for id in 0..KEYS {
                let found = items.with(&id, |item| item.clone());
                assert_eq!(found.as_ref(), expected.get(&id), "with {id}");
            }
            for name in 0..NAMES {
                let found = items.find_with(Item::TOKEN, &name, |item| item.id);
                assert_eq!(found, those(expected, |item| item.token == Some(name)).pop());
            }
        }

        fn check_view(view: &View<Item>, expected: &Expected<Item>, seed: u64) {
            check_points!(view, expected, Item);
            check_scans!(view, expected, Item, seed);
            check_ranges_of_view(view, expected, seed);
        }

        fn check_transaction(items: &TxCollection<'_, Item>, expected: &Expected<Item>, seed: u64) {
            check_points!(items, expected, Item);
            check_scans!(items, expected, Item, seed);
            check_ranges_of_transaction(items, expected, seed);
        }

        fn check_snapshot(snapshot: &Snapshot, expected: &Expected<Item>) {
            check_values(&snapshot.values("items").expect("it is there"), expected, KEYS);
            let listed = snapshot.collections().into_iter().find(|of| of.name == "items");
            let listed = listed.expect("it is there");
            assert_eq!(listed.records, expected.len(), "records of the catalog");
            let names: Vec<&str> = listed.indexes.iter().map(|index| index.name).collect();
            assert_eq!(names, ["slug", "token", "group", "shard", "tags", "pair"]);
        }

        /// Another record that is there and has one of the unique names of this one.
        fn rival(item: &Item, written: &Expected<Item>, now: SystemTime) -> bool {
            let has_same = |other: &&Item| {
                other.id != item.id
                    && (item.slug.is_some() && other.slug == item.slug
                        || item.token.is_some() && other.token == item.token)
            };
            written.values().filter(has_same).any(|other| is_present(other, now))
        }

        /// Writes something, or finds that it can't be written, here and there.
        fn write(
            random: &mut Random,
            items: &TxCollection<'_, Item>,
            written: &mut Expected<Item>,
            now: SystemTime,
        ) -> Result<()> {
            let item = Item::random(random, now);
            let id = item.id;
            let before = written.get(&id).filter(|item| is_present(item, now)).cloned();
            match random.below(10) {
                0 | 1 => {
                    let inserted = items.insert(item.clone());
                    if before.is_some() {
                        assert!(matches!(inserted, Err(Error::KeyExists { .. })), "{inserted:?}");
                    } else {
                        note(inserted.map(drop), item, written, now);
                    }
                }
                2..=4 => match items.put(item.clone()) {
                    Ok(replaced) => {
                        assert_eq!(replaced.as_deref(), before.as_ref(), "put {id}");
                        note(Ok(()), item, written, now);
                    }
                    Err(error) => note(Err(error), item, written, now),
                },
                5 => {
                    let updated = items.update(&id, |old| *old = item.clone());
                    if before.is_none() {
                        assert!(matches!(updated, Err(Error::NotFound { .. })), "{updated:?}");
                    } else {
                        note(updated.map(drop), item, written, now);
                    }
                }
                6 => {
                    let mut found = None;
                    let upserted = items.upsert(
                        &id,
                        || item.clone(),
                        |old| found = Some(std::mem::replace(old, item.clone())),
                    );
                    assert_eq!(found, before, "upsert {id}");
                    note(upserted.map(drop), item, written, now);
                }
                7 => {
                    let removed = items.remove(&id)?;
                    assert_eq!(removed.as_deref(), before.as_ref(), "remove {id}");
                    written.remove(&id);
                }
                8 => {
                    let range = id..id.saturating_add(key(random, 4));
                    let there = present(written, now).range(range.clone()).count();
                    assert_eq!(remove_range(items, range.clone())?, there, "remove {range:?}");
                    written.retain(|id, _| !range.contains(id));
                }
                _ => write_several(random, items, written, now)?,
            }
            Ok(())
        }

        /// What a write of one record gave is what it had to give.
        fn note(result: Result<()>, item: Item, written: &mut Expected<Item>, now: SystemTime) {
            let is_refused = rival(&item, written, now);
            match result {
                Err(Error::UniqueViolation { .. }) if is_refused => {}
                Ok(()) if !is_refused => drop(written.insert(item.id, item)),
                other => panic!("{other:?} for {item:?}, refused: {is_refused}"),
            }
        }

        fn write_several(
            random: &mut Random,
            items: &TxCollection<'_, Item>,
            written: &mut Expected<Item>,
            now: SystemTime,
        ) -> Result<()> {
            let batch: Vec<Item> =
                (0..random.below(5)).map(|_| Item::random(random, now)).collect();
            let inserts = random.below(2) == 0;
            let mut after = written.clone();
            let is_fit = batch.iter().all(|item| {
                let exists = after.get(&item.id).is_some_and(|item| is_present(item, now));
                let fits = !rival(item, &after, now) && !(inserts && exists);
                after.insert(item.id, item.clone());
                fits
            });
            let done = match inserts {
                true => items.insert_all(batch.clone()),
                false => items.put_all(batch.clone()),
            };
            assert_eq!(done.is_ok(), is_fit, "{done:?} for {batch:?}");
            if is_fit {
                *written = after;
            }
            let keys: Vec<u16> = (0..random.below(3)).map(|_| key(random, KEYS)).collect();
            let there: BTreeSet<u16> = keys
                .iter()
                .filter(|id| written.get(id).is_some_and(|item| is_present(item, now)))
                .copied()
                .collect();
            assert_eq!(items.remove_all(&keys)?, there.len(), "remove {keys:?}");
            written.retain(|id, _| !there.contains(id));
            Ok(())
        }

        fn run(seed: u64) {
            let mut world = World::new(seed);
            for _ in 0..STEPS {
                world.step();
                world.check();
            }
        }
    };
}

mod ordered {
    use super::*;

    item!(Item);

    run!();

    fn check_order(items: &Collection<Item>, expected: &Expected<Item>) {
        check_ordered!(items, expected);
    }

    fn check_ranges_of_view(view: &View<Item>, expected: &Expected<Item>, seed: u64) {
        check_ordered!(view, expected);
        check_ranges!(view, expected, seed);
    }

    fn check_ranges_of_transaction(
        items: &TxCollection<'_, Item>,
        expected: &Expected<Item>,
        seed: u64,
    ) {
        check_ordered!(items, expected);
        check_ranges!(items, expected, seed);
    }

    fn remove_range(items: &TxCollection<'_, Item>, range: std::ops::Range<u16>) -> Result<usize> {
        items.remove_range(range)
    }

    #[test]
    fn records_are_there_until_they_expire() {
        run(seed("records_are_there_until_they_expire"));
    }
}

mod unordered {
    use super::*;

    item!(Item, unordered);

    run!();

    fn check_order(_: &Collection<Item>, _: &Expected<Item>) {}

    fn check_ranges_of_view(_: &View<Item>, _: &Expected<Item>, _: u64) {}

    fn check_ranges_of_transaction(_: &TxCollection<'_, Item>, _: &Expected<Item>, _: u64) {}

    fn remove_range(items: &TxCollection<'_, Item>, range: std::ops::Range<u16>) -> Result<usize> {
        items.remove_all(range)
    }

    #[test]
    fn records_without_order_are_there_until_they_expire() {
        run(seed("records_without_order_are_there_until_they_expire"));
    }
}
