//! The update of a random record in a transaction of its own, at each level of durability, as the
//! store grows. Two indexes, whose keys stay as they are.

use super::{COMMITS_AT_ONCE, LEVELS, ROUNDS, new_store};
use crate::arguments::Arguments;
use crate::numbers::Point;
use crate::records::{self, Numbered, Random, TwoIndexes};
use crate::turns::{Variant, interleave, nanoseconds};

pub(crate) fn measure(arguments: &Arguments) -> Vec<Point> {
    let sizes = arguments.sizes();
    let stores: Vec<_> = sizes.iter().map(|_| new_store(arguments)).collect();
    let mut variants = Vec::new();
    for ((store, _), size) in stores.iter().zip(sizes) {
        records::fill(&store.collection::<TwoIndexes>().unwrap(), size);
        for (series, level) in LEVELS {
            let mut random = Random::new(size);
            variants.push(Variant::new(series, size, move |budget| {
                // What an earlier turn has left to the background is not for this one to write.
                store.sync().unwrap();
                let record = || TwoIndexes::make(random.below(size), 0);
                nanoseconds(budget, COMMITS_AT_ONCE, record, |record| {
                    records::put(store, level, record);
                })
            }));
        }
    }
    interleave(variants, ROUNDS, arguments.time)
}
