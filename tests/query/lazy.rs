//! When a query looks at records, and what it sees of what happens meanwhile.

use folio::{Record, Result, Store};
use serde::{Deserialize, Serialize};
use std::cell::Cell;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "items")]
struct Item {
    #[key]
    id: u32,
    #[index]
    color: u32,
}

fn items() -> Result<Store> {
    let store = Store::in_memory();
    let item = |id: u32| Item { id, color: id % 4 };
    store.collection::<Item>()?.insert_all((0..1_000).map(item))?;
    Ok(store)
}

#[test]
fn records_are_looked_at_as_they_are_asked_for() -> Result<()> {
    let view = items()?.collection::<Item>()?.view();
    let seen = Cell::new(0);
    let look = |item: &Item| {
        seen.set(seen.get() + 1);
        item.id >= 20
    };
    for query in [
        view.query().filter(look),
        view.query().eq(Item::COLOR, 0).filter(look),
        view.query().filter(look).order_by(Item::COLOR).limit(2),
    ] {
        assert_eq!(seen.take(), 0, "a query that was not asked has looked");
        let found = query.iter().take(2).count();
        assert_eq!(found, 2);
        assert!((2..30).contains(&seen.take()), "{query:?}");
    }
    Ok(())
}

#[test]
fn what_a_transaction_writes_meanwhile_does_not_show() -> Result<()> {
    let store = items()?;
    store.transact(|tx| {
        let items = tx.collection::<Item>()?;
        let all = items.query();
        let of_color = items.query().eq(Item::COLOR, 1);
        let along = items.query().order_by(Item::COLOR).limit(10);
        for query in [&all, &of_color, &along] {
            let before = query.collect();
            let mut found = Vec::new();
            for item in query {
                // Each is removed before the next is found, and others come.
                let next = items.get(&(item.id + 4));
                items.remove(&(item.id + 4))?;
                found.push((item, next));
            }
            assert_eq!(found.iter().map(|(item, _)| item.clone()).collect::<Vec<_>>(), before);
            for next in found.into_iter().filter_map(|(_, next)| next) {
                items.put((*next).clone())?;
            }
            assert_eq!(query.collect(), before);
        }
        Ok(())
    })
}

#[test]
fn a_condition_may_use_the_transaction() -> Result<()> {
    items()?.transact(|tx| {
        let items = tx.collection::<Item>()?;
        let has_next = |item: &Item| items.contains(&(item.id + 1));
        assert_eq!(items.query().filter(has_next).count(), 999);
        assert_eq!(items.query().eq(Item::COLOR, 3).filter(has_next).count(), 249);
        Ok(())
    })
}

#[test]
fn a_query_of_a_collection_stays_with_its_version() -> Result<()> {
    let store = items()?;
    let items = store.collection::<Item>()?;
    let query = items.query().eq(Item::COLOR, 2);
    items.clear()?;
    assert_eq!((query.count(), items.query().eq(Item::COLOR, 2).count()), (250, 0));
    Ok(())
}
