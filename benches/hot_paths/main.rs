//! The hot paths of the engine, side by side with what people would use instead: a plain
//! `BTreeMap` behind an `RwLock`, which keeps nothing, and redb, which keeps everything on disk.
//! What is read is always the *typed* record.
//!
//! ```text
//! cargo bench --bench hot_paths                     # 100,000 records
//! FOLIO_RECORDS=1000000 cargo bench --bench hot_paths
//! cargo bench --bench hot_paths -- commit/durable   # a part
//! ```
//!
//! Only ratios within one run mean anything: machines differ, and drift.

#![allow(clippy::unwrap_used, reason = "a bench that fails has nothing to report")]
#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

mod commits;
mod keys;
mod life;
mod reads;
mod record;
mod rivals;
mod writes;

use criterion::{Criterion, criterion_group, criterion_main};

fn records() -> u64 {
    std::env::var("FOLIO_RECORDS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000)
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = reads::reads, reads::others, commits::commits, commits::cost_curve, writes::writes,
        writes::transactions, writes::threads, keys::keys, life::life
}
criterion_main!(benches);
