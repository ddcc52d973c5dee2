//! A record by its key, as the collection grows.

use super::ROUNDS;
use crate::arguments::Arguments;
use crate::numbers::Point;
use crate::records::{self, Named, Numbered, Plain, Random};
use crate::turns::{Variant, interleave, nanoseconds};
use folio::{Collection, Store};
use std::hint::black_box;

/// Keys that are made at once: few enough to stay in the nearest caches.
const READS_AT_ONCE: usize = 512;

pub(crate) fn measure(arguments: &Arguments) -> Vec<Point> {
    let mut variants = Vec::new();
    for size in arguments.sizes() {
        variants.push(variant("u64 key", filled::<Plain>(size), size));
        variants.push(variant("String key", filled::<Named>(size), size));
    }
    interleave(variants, ROUNDS, arguments.time)
}

fn filled<T: Numbered>(size: u64) -> Collection<T> {
    let collection = Store::in_memory().collection::<T>().unwrap();
    records::fill(&collection, size);
    collection
}

fn variant<T: Numbered>(series: &str, collection: Collection<T>, size: u64) -> Variant<'static> {
    let mut random = Random::new(size);
    Variant::new(series, size, move |budget| {
        let key = || T::key_of(random.below(size));
        nanoseconds(budget, READS_AT_ONCE, key, |key| {
            black_box(collection.get(&key)).expect("all numbers are there");
            // Dropped when the time is taken.
            key
        })
    })
}
