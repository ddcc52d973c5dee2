//! The update of a random record of 100 bytes to 10 kilobytes, at each level of durability.

use super::{COMMITS_AT_ONCE, LEVELS, ROUNDS, new_store};
use crate::arguments::Arguments;
use crate::numbers::Point;
use crate::records::{self, Random, Text};
use crate::turns::{Variant, interleave, nanoseconds};

const BYTES: [u64; 3] = [100, 1_000, 10_000];
const RECORDS: u64 = 1_000;

pub(crate) fn measure(arguments: &Arguments) -> Vec<Point> {
    let stores = BYTES.map(|_| new_store(arguments));
    let mut variants = Vec::new();
    for ((store, _), bytes) in stores.iter().zip(BYTES) {
        let texts = store.collection::<Text>().unwrap();
        texts.insert_all((0..RECORDS).map(|id| Text::new(id, bytes))).unwrap();
        for (series, level) in LEVELS {
            let mut random = Random::new(bytes);
            variants.push(Variant::new(series, bytes, move |budget| {
                store.sync().unwrap();
                let record = || Text::new(random.below(RECORDS), bytes);
                nanoseconds(budget, COMMITS_AT_ONCE, record, |record| {
                    records::put(store, level, record);
                })
            }));
        }
    }
    interleave(variants, ROUNDS, arguments.time)
}
