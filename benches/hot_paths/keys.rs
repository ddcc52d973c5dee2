//! What a string as a key costs beside a number: two collections that differ in nothing else, in memory and
//! without any index. `benches/instructions` counts the same in instructions and allocations.

use crate::record::{Ids, email};
use crate::records;
use criterion::{BenchmarkGroup, Criterion, measurement::WallTime};
use folio::{Record, Store};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "numbered")]
struct Numbered {
    #[key]
    id: u64,
    note: String,
    score: f64,
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "named")]
struct Named {
    #[key]
    name: String,
    note: String,
    score: f64,
}

fn numbered(id: u64) -> Numbered {
    Numbered { id, note: "a text to go with it".to_owned(), score: 1.0 }
}

fn named(id: u64) -> Named {
    Named { name: email(id), note: "a text to go with it".to_owned(), score: 1.0 }
}

/// Points and commits of one record, for both.
pub(crate) fn keys(c: &mut Criterion) {
    let mut group = c.benchmark_group("key");
    both(&mut group, "u64", numbered);
    both(&mut group, "String", named);
    group.finish();
}

/// The records that are stored have even ids: the odd ones are places for more, anywhere.
fn both<T: Record>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, make: fn(u64) -> T) {
    let count = records();
    let store = Store::in_memory();
    let collection = store.collection::<T>().unwrap();
    collection.insert_all((0..count).map(|place| make(place * 2))).unwrap();

    let mut ids = Ids::new(count);
    let wanted: Vec<T::Key> = (0..count).map(|_| make(ids.next() * 2).key()).collect();
    let mut wanted = wanted.iter().cycle();
    group.bench_function(format!("get, {name}"), |b| {
        b.iter(|| collection.get(wanted.next().unwrap()).unwrap());
    });
    // In steps of a large prime, so that no place comes twice before all have come.
    let place = |step: u64| step * 2_654_435_761 % count;
    group.bench_function(format!("insert, {name}"), |b| {
        b.iter_custom(|mut inserts| {
            let mut took = Duration::ZERO;
            while inserts > 0 {
                let some = inserts.min(count / 10);
                let new: Vec<T> = (0..some).map(|step| make(place(step) * 2 + 1)).collect();
                let keys: Vec<T::Key> = new.iter().map(Record::key).collect();
                let begun = Instant::now();
                for record in new {
                    collection.insert(record).unwrap();
                }
                took += begun.elapsed();
                collection.remove_all(keys).unwrap();
                inserts -= some;
            }
            took
        });
    });
}
