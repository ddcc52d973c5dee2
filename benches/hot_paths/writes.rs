//! What a write costs beside its way to the disk: all stores are in memory here.

use crate::record::{Ids, User, user};
use crate::records;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use folio::{Collection, Store};
use std::thread;
use std::time::{Duration, Instant};

fn filled(count: u64) -> (Store, Collection<User>) {
    let store = Store::in_memory();
    let users = store.collection::<User>().unwrap();
    users.insert_all((0..count).map(user)).unwrap();
    (store, users)
}

/// Single records and batches.
pub(crate) fn writes(c: &mut Criterion) {
    let count = records();
    let (_store, users) = filled(count);
    let mut ids = Ids::new(count);

    let mut group = c.benchmark_group("write/one");
    group.bench_function("put, all keys as before", |b| {
        let same = |id| User { score: 1.0, ..user(id) };
        b.iter_batched(|| same(ids.next()), |user| users.put(user), BatchSize::SmallInput);
    });
    group.bench_function("put, another city", |b| {
        let mut cities = Ids::new(count / 10);
        let mut moved = || User { city: crate::record::city(cities.next()), ..user(ids.next()) };
        b.iter_batched(&mut moved, |user| users.put(user), BatchSize::SmallInput);
    });
    group.bench_function("update", |b| {
        b.iter(|| users.update(&ids.next(), |user| user.score += 1.0).unwrap());
    });
    group.bench_function("remove and insert", |b| {
        b.iter(|| {
            let removed = users.remove(&ids.next()).unwrap().unwrap();
            users.insert(User::clone(&removed)).unwrap()
        });
    });
    let mut next = count;
    group.bench_function("insert at the end", |b| {
        let mut new = || {
            next += 1;
            user(next)
        };
        b.iter_batched(&mut new, |user| users.insert(user).unwrap(), BatchSize::SmallInput);
    });
    group.finish();

    let mut group = c.benchmark_group("write/many");
    for size in [10, 1_000] {
        group.throughput(Throughput::Elements(size));
        group.bench_function(BenchmarkId::new("put_all", size), |b| {
            let mut some = || (0..size).map(|_| user(ids.next())).collect::<Vec<_>>();
            b.iter_batched(&mut some, |some| users.put_all(some), BatchSize::SmallInput);
        });
    }
    group.throughput(Throughput::Elements(10_000));
    group.bench_function("insert_all into an empty collection", |b| {
        let new = || (Store::in_memory(), (0..10_000).map(user).collect::<Vec<_>>());
        b.iter_batched(
            new,
            |(store, all)| (store.collection::<User>().unwrap().insert_all(all).unwrap(), store),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// Transactions that read and write, and documents.
pub(crate) fn transactions(c: &mut Criterion) {
    let count = records();
    let (store, _users) = filled(count);
    let mut ids = Ids::new(count);

    let mut group = c.benchmark_group("write/transaction");
    group.bench_function("two records change places", |b| {
        b.iter(|| {
            let (one, other) = (ids.next(), ids.next());
            let swap = |tx: &folio::Transaction| {
                let users = tx.collection::<User>()?;
                let of_one = users.get(&one).map_or(0.0, |user| user.score);
                users.update(&other, |user| user.score = of_one)?;
                users.update(&one, |user| user.score += 1.0)
            };
            store.transact(swap).unwrap()
        });
    });
    group.bench_function("sum over 100 records, then one write", |b| {
        b.iter(|| {
            let id = ids.next();
            let sum = |tx: &folio::Transaction| {
                let users = tx.collection::<User>()?;
                let sum = users.range(id..).take(100).map(|user| user.score).sum();
                users.update(&id, |user| user.score = sum)
            };
            store.transact(sum).unwrap()
        });
    });
    let documents = store.documents("notes").unwrap();
    group.bench_function("a document", |b| {
        let note = ("a note", ["one", "two", "three"]);
        b.iter(|| documents.set(format!("note{:06}", ids.next()), &note).unwrap());
    });
    group.finish();
}

/// Commits of several threads: of records of their own, and of a hundred that all want.
pub(crate) fn threads(c: &mut Criterion) {
    let count = records();
    let (_store, users) = filled(count);
    for (name, below) in [("spread", count), ("hot", 100)] {
        let mut group = c.benchmark_group(format!("threads/{name}"));
        for threads in [1, 2, 8] {
            group.bench_function(BenchmarkId::from_parameter(threads), |b| {
                b.iter_custom(|operations| run(&users, below, threads, operations));
            });
        }
        group.finish();
    }
}

/// The time in which so many threads together change so many records.
fn run(users: &Collection<User>, below: u64, threads: u64, operations: u64) -> Duration {
    let begun = Instant::now();
    thread::scope(|scope| {
        for number in 0..threads {
            let mine = operations / threads + u64::from(number < operations % threads);
            scope.spawn(move || {
                let mut ids = Ids::from(number, below);
                for _ in 0..mine {
                    users.update(&ids.next(), |user| user.score += 1.0).unwrap();
                }
            });
        }
    });
    begun.elapsed()
}
