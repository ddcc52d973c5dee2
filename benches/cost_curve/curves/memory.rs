//! What a record takes in memory. A store is filled in a child process, so that nothing but the
//! store is resident there; pages of files, which the system could take back, do not count.

use super::said_by_child;
use crate::arguments::Arguments;
use crate::numbers::Point;
use crate::records::{self, Numbered, Plain, TwoIndexes};
use crate::turns::{Rounds, Variant, interleave};
use folio::Store;
use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;

const MAP: &str = "BTreeMap";
const PLAIN: &str = "no index";
const INDEXED: &str = "2 indexes";

/// Memory hardly differs from turn to turn, and a turn takes long.
const ROUNDS: Rounds = Rounds { least: 3, warm_up: false };

/// Small transactions: what a large one gives back stays with the allocator, and would be taken for
/// that of the records.
const BATCH_RECORDS: u64 = 100;

pub(crate) fn measure(arguments: &Arguments) -> Vec<Point> {
    let mut variants = Vec::new();
    for size in arguments.sizes() {
        for series in [MAP, PLAIN, INDEXED] {
            variants.push(Variant::new(series, size, move |_| {
                said_by_child(&["--fill", series, &size.to_string()])
            }));
        }
    }
    interleave(variants, ROUNDS, arguments.time)
}

/// The child process: bytes per record.
pub(crate) fn fill(series: &str, size: u64) -> f64 {
    let before = anonymous_bytes();
    let after = match series {
        MAP => {
            let map: BTreeMap<u64, Plain> = (0..size).map(|id| (id, Plain::make(id, 0))).collect();
            resident_with(map)
        }
        PLAIN => resident_with(filled::<Plain>(size)),
        INDEXED => resident_with(filled::<TwoIndexes>(size)),
        _ => panic!("there is no series {series:?}"),
    };
    (after - before) / size as f64
}

fn filled<T: Numbered>(size: u64) -> Store {
    let store = Store::in_memory();
    records::fill_by(BATCH_RECORDS, &store.collection::<T>().unwrap(), size);
    store
}

fn resident_with<T>(held: T) -> f64 {
    let bytes = anonymous_bytes();
    drop(black_box(held));
    bytes
}

fn anonymous_bytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    let kibibytes: f64 = line.split_whitespace().next().unwrap().parse().unwrap();
    kibibytes * 1024.0
}
