//! What is under each key, beside an ordered index of the same keys and a `BTreeMap`.

use super::Visit;
use super::common::{Random, seed};
use folio::{Error, IndexHandle, Result, Store, TxCollection, View};
use std::collections::{BTreeMap, BTreeSet};

/// What should be in a collection.
type Model = BTreeMap<u32, Visit>;

/// Compares what a hash index has under each key with an ordered one and with the model.
fn compare_index<H, O>(
    view: &View<Visit>,
    model: &Model,
    (hashed, ordered): (H, O),
    keys: impl Fn(&Visit) -> Vec<H::Key>,
) where
    H: IndexHandle<Visit>,
    O: IndexHandle<Visit, Key = H::Key>,
    H::Key: std::fmt::Debug,
{
    let mut expected: BTreeMap<H::Key, BTreeSet<u32>> = BTreeMap::new();
    for visit in model.values() {
        for key in keys(visit) {
            expected.entry(key).or_default().insert(visit.id);
        }
    }
    for (key, ids) in &expected {
        let found: Vec<&Visit> = view.by(hashed).get(key).collect();
        assert!(found.iter().copied().eq(ids.iter().map(|id| &model[id])), "{key:?}");
        assert!(found.iter().copied().eq(view.by(ordered).get(key)), "{key:?}");
        assert!(found.into_iter().rev().eq(view.by(hashed).get(key).rev()), "{key:?}");
        assert_eq!(view.by(hashed).count(key), ids.len(), "{key:?}");
    }
}

fn compare(view: &View<Visit>, model: &Model) {
    assert!(view.iter().eq(model.values()));
    compare_index(view, model, (Visit::TOWN, Visit::ORDERED_TOWN), |visit| vec![visit.town]);
    compare_index(view, model, (Visit::TAGS, Visit::ORDERED_TAGS), |visit| visit.tags.clone());
    compare_index(view, model, (Visit::SPOT, Visit::ORDERED_SPOT), |visit| {
        let spot = visit.street.clone().map(|street| (visit.town, street));
        spot.filter(|_| visit.is_paid).into_iter().collect()
    });
    for visit in model.values() {
        assert_eq!(view.find(Visit::TOKEN, visit.token.as_str()), Some(visit));
    }
    for town in (0..70).filter(|town| model.values().all(|visit| visit.town != *town)) {
        assert_eq!(view.by(Visit::TOWN).count(&town), 0);
        assert_eq!(view.by(Visit::TOWN).get(&town).next(), None);
    }
    assert_eq!(view.find(Visit::TOKEN, "nobody's"), None);
}

fn small(random: &mut Random, limit: u64) -> u32 {
    u32::try_from(random.below(limit)).expect("it is small")
}

fn random_visit(random: &mut Random, id: u32) -> Visit {
    let town = small(random, 64);
    let street = Some(format!("street {}", random.below(4))).filter(|_| random.below(5) > 0);
    let tags = (0..random.below(4)).map(|_| small(random, 600)).collect();
    let token = format!("{id}: {}", random.below(3));
    Visit { id, token, town, street, tags, is_paid: random.below(2) == 0 }
}

fn step(visits: &TxCollection<'_, Visit>, model: &mut Model, random: &mut Random) -> Result<()> {
    let id = small(random, 2_000);
    match random.below(6) {
        0 | 1 => {
            let batch = (id..id + 200).step_by(3).map(|id| random_visit(random, id));
            let batch: Vec<Visit> = batch.collect();
            visits.put_all(batch.clone())?;
            model.extend(batch.into_iter().map(|visit| (visit.id, visit)));
        }
        2 => {
            let ids: Vec<u32> = (id..id + 150).step_by(2).collect();
            visits.remove_all(&ids)?;
            for id in &ids {
                model.remove(id);
            }
        }
        3 => drop((visits.remove(&id)?, model.remove(&id))),
        4 => {
            let visit = random_visit(random, id);
            visits.put(visit.clone())?;
            model.insert(id, visit);
        }
        // Every visit of one town goes to another, found by the index while it is written.
        _ => {
            let (from, to) = (id % 64, id % 7);
            for visit in visits.by(Visit::TOWN).get(&from) {
                visits.update(&visit.id, |visit| visit.town = to)?;
            }
            let moved = model.values_mut().filter(|visit| visit.town == from);
            moved.for_each(|visit| visit.town = to);
        }
    }
    Ok(())
}

#[test]
fn a_hash_index_finds_what_an_ordered_one_finds() -> Result<()> {
    let mut random = Random::new(seed("a_hash_index_finds_what_an_ordered_one_finds"));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let mut store = Store::open(&path)?;
    let (mut model, mut held) = (Model::new(), Vec::new());
    for round in 0..40 {
        let visits = store.collection::<Visit>()?;
        // Some steps fail, and leave nothing.
        let (mut after, fails) = (model.clone(), random.below(4) == 0);
        let result = store.transact(|tx| {
            after.clone_from(&model);
            let visits = tx.collection::<Visit>()?;
            for _ in 0..=random.below(3) {
                step(&visits, &mut after, &mut random)?;
            }
            let some = after.values().next().map(|visit| visit.town);
            if let Some(town) = some {
                let expected = after.values().filter(|visit| visit.town == town);
                let found = visits.by(Visit::TOWN).get(&town);
                assert!(found.map(|visit| visit.id).eq(expected.map(|visit| visit.id)));
            }
            if fails { Err(Error::abort("expected by the test")) } else { Ok(()) }
        });
        assert_eq!(result.is_err(), fails);
        if !fails {
            model = after;
        }
        compare(&visits.view(), &model);
        if round % 8 == 3 {
            held.push((visits.view(), model.clone()));
        }
        if round % 16 == 9 {
            drop(visits);
            store.close()?;
            store = Store::open(&path)?;
            compare(&store.collection::<Visit>()?.view(), &model);
        }
    }
    for (view, model) in &held {
        compare(view, model);
    }
    Ok(())
}
