//! The flights of `examples/data` go out and come back.

use crate::load::load;
use crate::model::{Airline, Airport, Flight, Plane};
use crate::{exported, text};
use folio::{Format, Merge, Record, Store, Value};
use std::path::Path;

/// What a store has of a type, through that type.
fn records<T: Record>(store: &Store) -> Vec<(Value, Value)> {
    store.collection::<T>().unwrap();
    store.values(T::NAME).unwrap().iter().map(Result::unwrap).collect()
}

fn are_the_same(one: &Store, other: &Store) {
    assert_eq!(records::<Airline>(one), records::<Airline>(other));
    assert_eq!(records::<Airport>(one), records::<Airport>(other));
    assert_eq!(records::<Plane>(one), records::<Plane>(other));
    assert_eq!(records::<Flight>(one), records::<Flight>(other));
}

#[test]
fn flights_come_back() {
    let data = Path::new("examples/data");
    let store = Store::in_memory();
    let count = load(&store, data, &data.join("flights.csv")).unwrap();
    let export = exported(&store);
    let lines = text(&export).lines().filter(|line| line.starts_with("{\"record\""));
    let records: usize = store.collections().iter().map(|collection| collection.records).sum();
    assert_eq!(lines.count(), records);
    assert!(count > 1_000);

    let directory = tempfile::tempdir().unwrap();
    let untyped = Store::open(directory.path()).unwrap();
    untyped.import(export.as_slice(), Format::JsonLines).unwrap();
    assert_eq!(untyped.values("flights").unwrap().len(), count);
    untyped.close().unwrap();
    are_the_same(&Store::open(directory.path()).unwrap(), &store);

    let typed = Store::in_memory();
    load(&typed, data, &data.join("flights.csv")).unwrap();
    typed.collection::<Flight>().unwrap().clear().unwrap();
    typed.import(export.as_slice(), Merge::Replace).unwrap();
    are_the_same(&typed, &store);
}
