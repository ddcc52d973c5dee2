//! Commits of single records.

use crate::record::{Folio, Ids, User, user};
use crate::records;
use crate::rivals::{Redb, shared};
use criterion::{BatchSize, BenchmarkId, Criterion};
use folio::{Durability, Store};
use std::sync::Arc;

pub(crate) fn commits(c: &mut Criterion) {
    let count = records();
    let (folio, map, redb) = (Folio::filled(count), shared(count), Redb::filled(count));
    let mut ids = Ids::new(count);

    let mut group = c.benchmark_group("commit/durable");
    group.bench_function("folio", |b| {
        b.iter_batched(|| user(ids.next()), |user| folio.users.put(user), BatchSize::SmallInput);
    });
    let mut ids = Ids::new(count);
    group.bench_function("redb", |b| {
        b.iter_batched(
            || user(ids.next()),
            |user| redb.put(std::iter::once(user), redb::Durability::Immediate),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("raw append + fdatasync", |b| {
        // Into space that is there already, as a log preallocates it: the floor for one commit.
        use std::io::{Seek, Write};
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![0; 64 << 20]).unwrap();
        file.sync_all().unwrap();
        file.rewind().unwrap();
        b.iter(|| {
            file.write_all(&[7; 256]).unwrap();
            file.sync_data().unwrap();
        });
    });
    group.finish();

    let mut group = c.benchmark_group("commit/relaxed");
    let mut ids = Ids::new(count);
    for durability in [Durability::Write, Durability::Background] {
        group.bench_function(format!("folio {durability:?}"), |b| {
            b.iter_batched(
                || user(ids.next()),
                |user| {
                    folio
                        .store
                        .transaction()
                        .durability(durability)
                        .run(|tx| tx.collection::<User>()?.put(user.clone()))
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.bench_function("redb None", |b| {
        b.iter_batched(
            || user(ids.next()),
            |user| redb.put(std::iter::once(user), redb::Durability::None),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("BTreeMap + RwLock, no index", |b| {
        b.iter_batched(
            || user(ids.next()),
            |user| map.write().unwrap().insert(user.id, Arc::new(user)),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

/// One writer's commit costs the same however much is stored.
pub(crate) fn cost_curve(c: &mut Criterion) {
    let mut group = c.benchmark_group("cost curve/commit");
    for count in [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|n| *n <= records()) {
        let store = Store::in_memory();
        let users = store.collection::<User>().unwrap();
        for start in (0..count).step_by(1_000) {
            users.insert_all((start..start + 1_000).map(user)).unwrap();
        }
        let mut ids = Ids::new(count);
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter_batched(|| user(ids.next()), |user| users.put(user), BatchSize::SmallInput);
        });
    }
    group.finish();
}
