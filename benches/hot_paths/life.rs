//! Opening a store, and what comes with it.

use crate::record::{Folio, User, user};
use crate::records;
use criterion::{BatchSize, Criterion, Throughput};
use folio::Store;

pub(crate) fn life(c: &mut Criterion) {
    let count = records();
    let folio = Folio::filled(count);
    let path = folio.path();
    folio.store.close().unwrap();

    let mut group = c.benchmark_group("life");
    group.throughput(Throughput::Elements(count));
    group.bench_function("open and attach", |b| {
        b.iter(|| {
            let store = Store::open(&path).unwrap();
            let len = store.collection::<User>().unwrap().len();
            store.close().unwrap();
            len
        });
    });
    group.throughput(Throughput::Elements(1));
    group.bench_function("create, write one record, close", |b| {
        b.iter_batched(
            || tempfile::tempdir().unwrap(),
            |directory| {
                let store = Store::open(directory.path().join("new.folio")).unwrap();
                store.collection::<User>().unwrap().put(user(1)).unwrap();
                store.close().unwrap();
                directory
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}
