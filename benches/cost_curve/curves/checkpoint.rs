//! A checkpoint behind one commit, per record: what it has to write does not depend on what changed.

use super::ROUNDS;
use crate::arguments::Arguments;
use crate::numbers::Point;
use crate::records::{self, Numbered, Plain};
use crate::turns::{Variant, interleave};
use folio::{Compression, Store};
use std::time::{Duration, Instant};

const SETTINGS: [(&str, Compression); 2] =
    [("Snappy", Compression::Snappy), ("no compression", Compression::None)];

pub(crate) fn measure(arguments: &Arguments) -> Vec<Point> {
    let mut variants = Vec::new();
    for size in arguments.sizes() {
        for (series, compression) in SETTINGS {
            let directory = tempfile::tempdir_in(&arguments.directory).unwrap();
            let options = Store::options().compression(compression).checkpoint_bytes(u64::MAX);
            let store = options.open(directory.path().join("curve.folio")).unwrap();
            let collection = store.collection::<Plain>().unwrap();
            records::fill(&collection, size);
            variants.push(Variant::new(series, size, move |budget| {
                // It goes when the variant does.
                let _directory = &directory;
                let (mut spent, mut count) = (Duration::ZERO, 0);
                while count == 0 || spent < budget {
                    collection.put(Plain::make(0, 0)).unwrap();
                    let begun = Instant::now();
                    store.checkpoint().unwrap();
                    spent += begun.elapsed();
                    count += 1;
                }
                spent.as_secs_f64() * 1e9 / f64::from(count) / size as f64
            }));
        }
    }
    interleave(variants, ROUNDS, arguments.time)
}
