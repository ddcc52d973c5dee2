//! A read and a commit in one of many collections. The records are as many whatever the number of
//! collections, so that nothing else differs. The stores are in memory: what a disk takes would hide
//! what the collections do.

use super::{COMMITS_AT_ONCE, ROUNDS};
use crate::arguments::Arguments;
use crate::numbers::Point;
use crate::records::{self, Numbered, Random, TwoIndexes};
use crate::turns::{Variant, interleave, nanoseconds};
use folio::{Collection, Store};
use std::hint::black_box;

const COLLECTIONS: [u64; 3] = [1, 10, 100];
const RECORDS: u64 = 100_000;

/// A place in the list of collections, and the key of a record there.
type Target = (usize, u64);

pub(crate) fn measure(arguments: &Arguments) -> Vec<Point> {
    let size = RECORDS.min(arguments.records_up_to);
    let mut variants = Vec::new();
    for count in COLLECTIONS {
        let collections = filled(count, size / count);
        let mut random = Random::new(count);
        let mut target = move || -> Target {
            let place = random.below(count).try_into().unwrap();
            (place, random.below(size / count))
        };
        let mut same_target = target.clone();
        let (read, written) = (collections.clone(), collections);
        variants.push(Variant::new("point read", count, move |budget| {
            nanoseconds(budget, 512, &mut target, |(place, key)| {
                let collection = read.get(place).expect("the place is below the number");
                black_box(collection.get(&key)).expect("all numbers are there");
            })
        }));
        variants.push(Variant::new("commit in memory", count, move |budget| {
            let record = || {
                let (place, key) = same_target();
                (place, TwoIndexes::make(key, 0))
            };
            nanoseconds(budget, COMMITS_AT_ONCE, record, |(place, record)| {
                let collection = written.get(place).expect("the place is below the number");
                collection.put(record).unwrap();
            })
        }));
    }
    interleave(variants, ROUNDS, arguments.time)
}

fn filled(count: u64, size: u64) -> Vec<Collection<TwoIndexes>> {
    let store = Store::in_memory();
    let named = |number| {
        let collection = store.collection_named(&format!("collection{number:03}")).unwrap();
        records::fill(&collection, size);
        collection
    };
    (0..count).map(named).collect()
}
