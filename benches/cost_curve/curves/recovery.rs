//! Opening a store that was closed and attaching its collection, per record. The files are in the
//! page cache. Each opening has a process of its own, as it would have: what a large store leaves to
//! the allocator when it is dropped would be paid for by the next one to open.

use super::{ROUNDS, new_store, said_by_child};
use crate::arguments::Arguments;
use crate::numbers::Point;
use crate::records::{self, Numbered, Plain, TwoIndexes};
use crate::turns::{Variant, interleave};
use folio::Store;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PLAIN: &str = "no index";
const INDEXED: &str = "2 indexes";

pub(crate) fn measure(arguments: &Arguments) -> Vec<Point> {
    let mut variants = Vec::new();
    for size in arguments.sizes() {
        variants.push(variant(PLAIN, size, closed::<Plain>(arguments, size)));
        variants.push(variant(INDEXED, size, closed::<TwoIndexes>(arguments, size)));
    }
    interleave(variants, ROUNDS, arguments.time)
}

fn closed<T: Numbered>(arguments: &Arguments, size: u64) -> TempDir {
    let (store, directory) = new_store(arguments);
    records::fill(&store.collection::<T>().unwrap(), size);
    store.close().unwrap();
    directory
}

fn variant(series: &'static str, size: u64, directory: TempDir) -> Variant<'static> {
    Variant::new(series, size, move |budget| {
        let path = directory.path().join("curve.folio").display().to_string();
        let (mut spent, mut count) = (Duration::ZERO, 0);
        while count == 0 || spent < budget {
            spent += Duration::from_secs_f64(said_by_child(&["--open", series, &path]) / 1e9);
            count += 1;
        }
        spent.as_secs_f64() * 1e9 / f64::from(count) / size as f64
    })
}

/// The child process: nanoseconds.
pub(crate) fn open(series: &str, directory: &Path) -> f64 {
    match series {
        PLAIN => opened::<Plain>(directory),
        INDEXED => opened::<TwoIndexes>(directory),
        _ => panic!("there is no series {series:?}"),
    }
}

fn opened<T: Numbered>(directory: &Path) -> f64 {
    let begun = Instant::now();
    let store = Store::open(directory).unwrap();
    let records = store.collection::<T>().unwrap();
    let spent = begun.elapsed();
    assert!(!records.is_empty(), "the store was filled");
    spent.as_secs_f64() * 1e9
}
