//! `CodexDB` wrote its whole file anew for each `Set`: 978 a second at 100 keys, 282 at a thousand, 27
//! at ten thousand, and 2.5 a second at a hundred thousand. What a write costs must depend on what is
//! written, not on what is there.

use super::counting::{Counted, FIRST, Number, Work, counted, counted_record};
use super::place;
use folio::{Result, Stats, Store};

/// What one write of each kind costs in a store of some size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    log_bytes: u64,
    writes: u64,
    syncs: u64,
    work: Work,
}

fn cost(store: &Store, act: impl FnOnce() -> Result<()>) -> Result<Cost> {
    let before: Stats = store.stats();
    let (result, work) = counted(act);
    result?;
    let after = store.stats();
    Ok(Cost {
        log_bytes: after.log_bytes - before.log_bytes,
        writes: after.writes - before.writes,
        syncs: after.syncs - before.syncs,
        work,
    })
}

/// The dearest of several inserts, updates and removals, spread over all keys.
fn dearest(size: u64) -> Result<[Cost; 3]> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let records = store.collection::<Counted>()?;
    // Every second place, so that inserts go between.
    records.put_all((0..size).map(|place| counted_record(2 * place)))?;
    let places = || (0..20).map(|step| 2 * (step * size / 20));
    let most = |costs: Vec<Cost>| costs.into_iter().max_by_key(|cost| cost.work.comparisons);
    let insert = |place| cost(&store, || records.put(counted_record(place + 1)).map(|_| ()));
    let inserts = places().map(insert).collect::<Result<Vec<_>>>()?;
    let update = |place| {
        let key = Number(FIRST + place);
        cost(&store, || {
            records.update(&key, |record| record.text.make_ascii_uppercase()).map(|_| ())
        })
    };
    let updates = places().map(update).collect::<Result<Vec<_>>>()?;
    let remove = |place| {
        let key = Number(FIRST + place);
        cost(&store, || records.remove(&key).map(|_| ()))
    };
    let removals = places().map(remove).collect::<Result<Vec<_>>>()?;
    Ok([inserts, updates, removals].map(|costs| most(costs).expect("there are some")))
}

#[test]
fn a_write_costs_the_same_whatever_is_there() -> Result<()> {
    let (small, large) = (dearest(1_000)?, dearest(100_000)?);
    for (small, large) in small.into_iter().zip(large) {
        println!("{small:?}\n{large:?}");
        assert_eq!((small.writes, small.syncs), (1, 1));
        // What goes to disk is the same to the byte.
        let on_disk = |cost: Cost| (cost.log_bytes, cost.writes, cost.syncs);
        assert_eq!(on_disk(small), on_disk(large));
        assert_eq!(small.work.encodings, large.work.encodings);
        assert_eq!(small.work.clones, large.work.clones);
        // In memory a key is found among a hundred times as many: a few comparisons more.
        assert!(large.work.comparisons <= 2 * small.work.comparisons + 20);
        assert!(large.work.encodings <= 1 && large.work.clones <= 1);
    }
    Ok(())
}

#[test]
fn a_read_and_a_snapshot_copy_nothing() -> Result<()> {
    let store = Store::in_memory();
    let records = store.collection::<Counted>()?;
    records.put_all((0..50_000).map(counted_record))?;
    let (snapshot, work) = counted(|| store.snapshot());
    assert_eq!(work, Work::default());
    let view = snapshot.collection::<Counted>()?;
    let (found, work) = counted(|| view.get(&Number(FIRST + 777)).is_some());
    assert!(found && work.comparisons < 100, "{work:?}");
    let (found, scan) = counted(|| view.iter().count());
    assert_eq!((found, scan.clones, scan.encodings), (50_000, 0, 0));
    let (found, by_index) = counted(|| view.by(Counted::GROUP).get(&Number(FIRST + 7)).count());
    assert_eq!((found, by_index.clones, by_index.encodings), (50, 0, 0));
    Ok(())
}
