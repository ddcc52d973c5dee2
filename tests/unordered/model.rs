//! Unordered collections against a `BTreeMap`, by sequences of operations drawn at random.

use super::common::{Random, seed};
use super::{Named, Numbered, Placed, Sample};
use folio::{Error, Result, Store, TxCollection, View};
use std::collections::BTreeMap;

/// How many keys, marks and groups there are.
const KEYS: u64 = 90;
const MARKS: u64 = 60;
const GROUPS: u64 = 5;

type Model<T> = BTreeMap<<T as folio::Record>::Key, T>;

#[test]
fn numbers() -> Result<()> {
    follows_the_model::<Numbered>("numbers", KEYS)
}

#[test]
fn names() -> Result<()> {
    follows_the_model::<Named>("names", KEYS)
}

#[test]
fn tuples() -> Result<()> {
    follows_the_model::<Placed>("tuples", KEYS)
}

/// As good as no two operations meet: what is there grows with each.
#[test]
fn many_keys() -> Result<()> {
    follows_the_model::<Numbered>("many keys", u64::MAX)
}

/// A sequence of transactions, each of which is given up, fails in a part, or commits. What each version
/// was is looked at again at the end.
fn follows_the_model<T: Sample>(test: &str, keys: u64) -> Result<()> {
    let random = &mut Random::new(seed(test));
    let store = Store::in_memory();
    let collection = store.collection::<T>()?;
    let mut model = Model::<T>::new();
    let mut kept = Vec::new();
    for _ in 0..150 {
        let tx = store.begin();
        let mut now = model.clone();
        let records = tx.collection::<T>()?;
        for _ in 0..random.below(6) {
            if random.below(4) == 0 {
                let before = now.clone();
                let undone = tx.nested(|tx| {
                    let records = tx.collection::<T>()?;
                    for _ in 0..random.below(4) {
                        step(&records, &mut now, random, keys)?;
                    }
                    if random.below(2) == 0 {
                        Err(Error::abort("on second thoughts"))
                    } else {
                        Ok(())
                    }
                });
                if undone.is_err() {
                    now = before;
                }
            } else {
                step(&records, &mut now, random, keys)?;
            }
            agrees_in_transaction(&records, &now);
        }
        if random.below(5) > 0 {
            tx.commit()?;
            model = now;
        }
        if random.below(3) == 0 {
            write_directly(&collection, &mut model, random, keys)?;
        }
        let view = collection.view();
        agrees(&view, &model);
        if random.below(8) == 0 {
            kept.push((view, model.clone()));
        }
    }
    assert!(!kept.is_empty());
    for (view, model) in &kept {
        agrees(view, model);
    }
    Ok(())
}

fn record<T: Sample>(random: &mut Random, keys: u64) -> T {
    let mark = (random.below(2) == 0).then(|| random.below(MARKS));
    T::new(number(random, keys), mark, group(random))
}

fn number(random: &mut Random, keys: u64) -> u64 {
    // Where there are few to choose from, half of them the same: what is there is met.
    if keys == u64::MAX && random.below(2) == 0 { random.below(KEYS) } else { random.below(keys) }
}

fn group(random: &mut Random) -> u8 {
    u8::try_from(random.below(GROUPS)).expect("there are few")
}

/// Whether a record may take its place in the model.
fn fits<T: Sample>(model: &Model<T>, record: &T) -> bool {
    let key = record.key();
    let mut others = model.iter().filter(|(other, _)| **other != key);
    record.mark().is_none() || others.all(|(_, other)| other.mark() != record.mark())
}

/// Puts records one by one; the model is as it was where one does not fit.
fn put_all<T: Sample>(model: &mut Model<T>, records: &[T]) -> bool {
    let before = model.clone();
    for record in records {
        if !fits(model, record) {
            *model = before;
            return false;
        }
        model.insert(record.key(), record.clone());
    }
    true
}

/// One operation, which both have to answer alike.
fn step<T: Sample>(
    records: &TxCollection<'_, T>,
    model: &mut Model<T>,
    random: &mut Random,
    keys: u64,
) -> Result<()> {
    let new = record::<T>(random, keys);
    let key = new.key();
    let (mark, group) = (new.mark(), group(random));
    match random.below(20) {
        0..4 => {
            let is_free = !model.contains_key(&key) && fits(model, &new);
            assert_eq!(records.insert(new.clone()).is_ok(), is_free);
            if is_free {
                model.insert(key, new);
            }
        }
        4..8 => {
            let before = model.get(&key).cloned();
            let put = records.put(new.clone());
            assert_eq!(put.is_ok(), put_all(model, std::slice::from_ref(&new)));
            if let Ok(replaced) = put {
                assert_eq!(replaced.as_deref(), before.as_ref());
            }
        }
        8..11 => {
            let updated = records.update(&key, |record| record.set(mark, group));
            let mut expected = model.get(&key).cloned();
            if let Some(record) = &mut expected {
                record.set(mark, group);
            }
            let is_done = expected.as_ref().is_some_and(|expected| fits(model, expected));
            assert_eq!(updated.is_ok(), is_done);
            if let (true, Some(expected)) = (is_done, expected) {
                model.insert(key, expected);
            }
        }
        11..13 => {
            let upserted = records.upsert(&key, || new.clone(), T::count_up);
            let mut expected = new;
            if let Some(there) = model.get(&key) {
                expected = there.clone();
                expected.count_up();
            }
            assert_eq!(upserted.is_ok(), put_all(model, &[expected]));
        }
        13..16 => {
            assert_eq!(records.remove(&key)?.as_deref(), model.remove(&key).as_ref());
        }
        16 | 17 => batch(records, model, random, keys),
        18 => {
            let gone: Vec<T::Key> =
                (0..random.below(6)).map(|_| record::<T>(random, keys).key()).collect();
            let count = gone.iter().filter(|key| model.remove(*key).is_some()).count();
            assert_eq!(records.remove_all(gone)?, count);
        }
        _ => {
            if random.below(6) == 0 {
                assert_eq!(records.clear()?, model.len());
                model.clear();
            }
        }
    }
    Ok(())
}

/// A batch, put or inserted, which is all or nothing.
fn batch<T: Sample>(
    records: &TxCollection<'_, T>,
    model: &mut Model<T>,
    random: &mut Random,
    keys: u64,
) {
    let all: Vec<T> = (0..random.below(12)).map(|_| record::<T>(random, keys)).collect();
    if random.below(2) == 0 {
        assert_eq!(records.put_all(all.clone()).is_ok(), put_all(model, &all));
        return;
    }
    let before = model.clone();
    let is_new = all.iter().all(|record| {
        let is_new = !model.contains_key(&record.key()) && fits(model, record);
        model.insert(record.key(), record.clone());
        is_new
    });
    assert_eq!(records.insert_all(all).is_ok(), is_new);
    if !is_new {
        *model = before;
    }
}

/// A transaction of its own for one operation.
fn write_directly<T: Sample>(
    collection: &folio::Collection<T>,
    model: &mut Model<T>,
    random: &mut Random,
    keys: u64,
) -> Result<()> {
    let all: Vec<T> = (0..random.below(8)).map(|_| record::<T>(random, keys)).collect();
    if random.below(30) == 0 {
        assert_eq!(collection.clear()?, model.len());
        model.clear();
    }
    assert_eq!(collection.put_all(all.clone()).is_ok(), put_all(model, &all));
    for record in all {
        assert_eq!(collection.get(&record.key()).as_deref(), model.get(&record.key()));
        assert_eq!(collection.with(&record.key(), T::clone).as_ref(), model.get(&record.key()));
    }
    let found = collection.get_all(model.keys().cloned());
    assert!(found.iter().map(Option::as_deref).eq(model.values().map(Some)));
    for mark in 0..MARKS {
        let with_mark = model.values().find(|record| record.mark() == Some(mark));
        assert_eq!(collection.find_with(T::MARK, &mark, T::clone).as_ref(), with_mark);
    }
    assert_eq!((collection.len(), collection.is_empty()), (model.len(), model.is_empty()));
    Ok(())
}

/// Records in the order of their keys.
fn sorted<T: Sample>(records: impl Iterator<Item = T>) -> Vec<T> {
    let mut records: Vec<T> = records.collect();
    records.sort_by_key(T::key);
    records
}

fn agrees<T: Sample>(view: &View<T>, model: &Model<T>) {
    assert_eq!((view.len(), view.is_empty()), (model.len(), model.is_empty()));
    let all: Vec<T> = model.values().cloned().collect();
    assert_eq!(sorted(view.iter().cloned()), all);
    let keys: Vec<T::Key> = view.iter().map(T::key).collect();
    assert!(view.keys().eq(&keys), "one order for keys and records");
    assert!(view.keys().rev().eq(keys.iter().rev()), "one order from either end");
    assert!(view.iter().rev().map(T::key).eq(keys.iter().rev().cloned()));

    let few = (0..KEYS).map(T::key_of).collect::<Vec<_>>();
    for key in few.iter().chain(model.keys()) {
        assert_eq!(view.get(key), model.get(key));
        assert_eq!(view.contains(key), model.contains_key(key));
    }
    let found: Vec<Option<&T>> = few.iter().map(|key| model.get(key)).collect();
    assert_eq!(view.get_all(&few), found);
    for mark in 0..MARKS {
        let with_mark = model.values().find(|record| record.mark() == Some(mark));
        assert_eq!(view.find(T::MARK, &mark), with_mark);
    }
    for group in (0..GROUPS).map(|group| u8::try_from(group).expect("there are few")) {
        let in_group = model.values().filter(|record| record.group() == group);
        assert!(view.by(T::GROUP).get(&group).eq(in_group), "of one index key in key order");
    }
}

fn agrees_in_transaction<T: Sample>(records: &TxCollection<'_, T>, model: &Model<T>) {
    assert_eq!((records.len(), records.is_empty()), (model.len(), model.is_empty()));
    let all: Vec<T> = model.values().cloned().collect();
    assert_eq!(sorted(records.iter().map(|record| (*record).clone())), all);
    assert_eq!(sorted(records.iter().rev().map(|record| (*record).clone())), all);
    assert_eq!(records.keys().count(), model.len());
    for key in (0..KEYS).map(T::key_of) {
        assert_eq!(records.get(&key).as_deref(), model.get(&key));
        assert_eq!(records.contains(&key), model.contains_key(&key));
    }
    for mark in 0..MARKS {
        let with_mark = model.values().find(|record| record.mark() == Some(mark));
        assert_eq!(records.find(T::MARK, &mark).as_deref(), with_mark);
    }
    let in_group = model.values().filter(|record| record.group() == 1);
    assert!(records.by(T::GROUP).get(&1).map(|record| record.key()).eq(in_group.map(T::key)));
}
