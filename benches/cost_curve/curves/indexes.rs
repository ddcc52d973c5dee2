//! The update of a random record with 0, 1, 2 or 5 indexes: once with the index keys that it has,
//! once with other ones in every index. In memory, like the curve of collections.

use super::{COMMITS_AT_ONCE, ROUNDS};
use crate::arguments::Arguments;
use crate::numbers::Point;
use crate::records::{self, FiveIndexes, Numbered, OneIndex, Plain, Random, TwoIndexes};
use crate::turns::{Variant, interleave, nanoseconds};
use folio::Store;

const RECORDS: u64 = 100_000;
/// How many sets of index keys a record may have.
const PLACES: u64 = 1_000;

pub(crate) fn measure(arguments: &Arguments) -> Vec<Point> {
    let size = RECORDS.min(arguments.records_up_to);
    let mut variants = Vec::new();
    variants.extend(pair::<Plain>(0, size));
    variants.extend(pair::<OneIndex>(1, size));
    variants.extend(pair::<TwoIndexes>(2, size));
    variants.extend(pair::<FiveIndexes>(5, size));
    interleave(variants, ROUNDS, arguments.time)
}

fn pair<T: Numbered>(indexes: u64, size: u64) -> [Variant<'static>; 2] {
    ["same index keys", "other index keys"].map(|series| {
        let collection = Store::in_memory().collection::<T>().unwrap();
        records::fill(&collection, size);
        let mut random = Random::new(indexes);
        let places = if series == "same index keys" { 1 } else { PLACES };
        Variant::new(series, indexes, move |budget| {
            let record = || T::make(random.below(size), random.below(places));
            nanoseconds(budget, COMMITS_AT_ONCE, record, |record| {
                collection.put(record).unwrap();
            })
        })
    })
}
