//! Reads of single records, by indexes and of ranges.

use crate::record::{Folio, Ids, User, city, email};
use crate::records;
use crate::rivals::{CITIES, EMAILS, Redb, USERS, shared};
use criterion::Criterion;
use redb::ReadableDatabase;
use std::hint::black_box;

pub(crate) fn reads(c: &mut Criterion) {
    let count = records();
    let (folio, map, redb) = (Folio::filled(count), shared(count), Redb::filled(count));
    let view = folio.users.view();

    let mut group = c.benchmark_group("read/point");
    let mut ids = Ids::new(count);
    group.bench_function("folio collection", |b| b.iter(|| folio.users.get(&ids.next()).unwrap()));
    group.bench_function("folio collection, in place", |b| {
        b.iter(|| folio.users.with(&ids.next(), |user| user.id).unwrap());
    });
    group.bench_function("folio view", |b| b.iter(|| black_box(view.get(&ids.next()).unwrap().id)));
    group.bench_function("BTreeMap + RwLock", |b| {
        b.iter(|| map.read().unwrap().get(&ids.next()).cloned().unwrap());
    });
    group.bench_function("redb", |b| b.iter(|| redb.get(ids.next())));
    group.finish();

    let mut group = c.benchmark_group("read/unique index");
    group.bench_function("folio", |b| {
        b.iter(|| folio.users.find(User::EMAIL, email(ids.next()).as_str()).unwrap());
    });
    group.bench_function("redb", |b| {
        b.iter(|| {
            let tx = redb.database.begin_read().unwrap();
            let emails = tx.open_table(EMAILS).unwrap();
            let id = emails.get(email(ids.next()).as_str()).unwrap().unwrap().value();
            let bytes = tx.open_table(USERS).unwrap().get(id).unwrap().unwrap();
            postcard::from_bytes::<User>(bytes.value()).unwrap()
        });
    });
    group.finish();

    let mut group = c.benchmark_group("read/index of 10");
    let mut cities = Ids::new(count / 10);
    group.bench_function("folio", |b| {
        b.iter(|| view.by(User::CITY).get(city(cities.next()).as_str()).map(|u| u.id).sum::<u64>());
    });
    group.bench_function("redb", |b| {
        b.iter(|| {
            let tx = redb.database.begin_read().unwrap();
            let table = tx.open_table(USERS).unwrap();
            let cities_table = tx.open_multimap_table(CITIES).unwrap();
            let ids = cities_table.get(city(cities.next()).as_str()).unwrap();
            ids.map(|id| {
                let bytes = table.get(id.unwrap().value()).unwrap().unwrap();
                postcard::from_bytes::<User>(bytes.value()).unwrap().id
            })
            .sum::<u64>()
        });
    });
    group.finish();

    let mut group = c.benchmark_group("read/scan of 100");
    group.bench_function("folio", |b| {
        b.iter(|| view.range(ids.next()..).take(100).map(|user| user.id).sum::<u64>());
    });
    group.bench_function("BTreeMap + RwLock", |b| {
        b.iter(|| {
            let map = map.read().unwrap();
            map.range(ids.next()..).take(100).map(|(_, user)| user.id).sum::<u64>()
        });
    });
    group.bench_function("redb", |b| {
        b.iter(|| {
            let tx = redb.database.begin_read().unwrap();
            let table = tx.open_table(USERS).unwrap();
            let range = table.range(ids.next()..).unwrap().take(100);
            range
                .map(|entry| postcard::from_bytes::<User>(entry.unwrap().1.value()).unwrap().id)
                .sum::<u64>()
        });
    });
    group.finish();
}

/// Ways to the same record that take more than a lookup.
pub(crate) fn others(c: &mut Criterion) {
    let count = records();
    let folio = Folio::filled(count);
    let mut ids = Ids::new(count);

    let mut group = c.benchmark_group("read/other");
    group.bench_function("snapshot and its view", |b| {
        b.iter(|| folio.store.snapshot().collection::<User>().unwrap().len());
    });
    group.bench_function("100 keys at once", |b| {
        b.iter(|| folio.users.get_all((0..100).map(|_| ids.next())).len());
    });
    group.bench_function("transaction of one read", |b| {
        b.iter(|| {
            folio.store.transact(|tx| Ok(tx.collection::<User>()?.get(&ids.next()))).unwrap()
        });
    });
    group.bench_function("without its Rust type", |b| {
        let values = folio.store.values("users").unwrap();
        b.iter(|| values.get(&ids.next().into()).unwrap().unwrap());
    });
    group.finish();
}
