//! Iterating over records without order, from both ends and while the transaction writes.

use super::common::{Random, seed};
use super::{Named, Numbered, Sample};
use folio::{Record, Result, Store};
use std::collections::{BTreeMap, BTreeSet};

fn filled<T: Sample>(count: u64) -> Result<Store> {
    let store = Store::in_memory();
    let records = (0..count).map(|number| T::new(number, Some(number), 1));
    store.collection::<T>()?.insert_all(records)?;
    Ok(store)
}

#[test]
fn from_both_ends_each_record_comes_once() -> Result<()> {
    let random = &mut Random::new(seed("from both ends"));
    for count in [0, 1, 2, 5, 17, 300] {
        let store = filled::<Named>(count)?;
        let view = store.collection::<Named>()?.view();
        let (mut records, mut front, mut back) = (view.iter(), Vec::new(), Vec::new());
        loop {
            let from_front = random.below(2) == 0;
            let next = if from_front { records.next() } else { records.next_back() };
            let Some(record) = next else { break };
            if from_front { front.push(record) } else { back.push(record) }
        }
        assert!(records.next().is_none() && records.next_back().is_none());
        assert!((&view).into_iter().eq(front.into_iter().chain(back.into_iter().rev())));
        assert_eq!(view.keys().collect::<BTreeSet<_>>().len() as u64, count);
    }
    Ok(())
}

/// What the transaction writes after the iterator was made does not show in it, whichever end it is
/// read from: each record comes once, as it was.
#[test]
fn while_the_transaction_writes_each_record_comes_once() -> Result<()> {
    let random = &mut Random::new(seed("while it writes"));
    let store = filled::<Numbered>(500)?;
    store.transact(|tx| {
        let records = tx.collection::<Numbered>()?;
        records.remove(&3)?;
        records.put(Numbered::new(1_000, None, 2))?;
        let before: BTreeMap<u64, _> =
            records.iter().map(|record| (record.key(), record)).collect();
        assert_eq!(before.len(), 500);

        let (mut iterator, mut seen) = (records.iter(), BTreeMap::new());
        loop {
            let next = if random.below(2) == 0 { iterator.next() } else { iterator.next_back() };
            let Some(record) = next else { break };
            assert!(seen.insert(record.key(), record).is_none(), "twice");
            let key = random.below(1_200);
            match random.below(4) {
                0 => drop(records.remove(&key)?),
                1 => drop(records.put(Numbered::new(key, None, 3))?),
                2 => drop(records.upsert(
                    &key,
                    || Numbered::new(key, None, 4),
                    Numbered::count_up,
                )?),
                _ => {}
            }
        }
        assert!(iterator.next().is_none() && iterator.next_back().is_none());
        assert_eq!(seen, before);
        Ok(())
    })
}

#[test]
fn what_is_looped_over_can_be_removed_and_copied() -> Result<()> {
    let store = filled::<Numbered>(200)?;
    let count = store.transact(|tx| {
        let records = tx.collection::<Numbered>()?;
        for record in &records {
            assert!(records.remove(&record.key())?.is_some());
            records.insert(Numbered::new(record.key() + 1_000, record.mark(), 2))?;
        }
        let every_other: Vec<u64> = records.keys().rev().step_by(2).collect();
        records.remove_all(every_other)?;
        Ok(records.len())
    })?;
    let records = store.collection::<Numbered>()?.view();
    assert_eq!((count, records.len()), (100, 100));
    assert!(records.keys().all(|key| (1_000..1_200).contains(key)));
    assert_eq!(records.by(Numbered::GROUP).count(&2), 100);
    Ok(())
}

/// The order means nothing, but it is one and the same for those who look at one version.
#[test]
fn all_iterations_of_a_version_are_in_one_order() -> Result<()> {
    let store = filled::<Named>(300)?;
    let named = store.collection::<Named>()?;
    let view = named.view();
    let order: Vec<String> = view.keys().cloned().collect();
    named.put(Named::new(7_000, None, 0))?;
    assert!(view.keys().eq(&order));
    assert!(view.clone().iter().map(|record| &record.id).eq(&order));
    let snapshot = store.snapshot().collection::<Named>()?;
    assert!(snapshot.keys().eq(named.view().keys()));
    store.transact(|tx| {
        let records = tx.collection::<Named>()?;
        assert!(records.keys().eq(snapshot.keys().cloned()));
        assert!(records.keys().rev().eq(records.iter().rev().map(|record| record.key())));
        Ok(())
    })
}
