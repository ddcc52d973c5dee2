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

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use folio::{Collection, Durability, Record, Schema, Store};
use redb::{Database, MultimapTableDefinition, ReadableDatabase, TableDefinition};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::{Arc, RwLock};
use tempfile::TempDir;

/// About 130 bytes in postcard.
#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "users")]
struct User {
    #[key]
    id: u64,
    #[index(unique)]
    email: String,
    #[index]
    city: String,
    tags: Vec<String>,
    score: f64,
    parent: Option<u32>,
    kind: Kind,
}

#[derive(Schema, Serialize, Deserialize, Clone, Debug)]
enum Kind {
    Guest,
    Member { since: u32, note: String },
}

fn user(id: u64) -> User {
    let note = "pays by the month, in advance".to_owned();
    User {
        id,
        email: email(id),
        city: city(id / 10),
        tags: vec!["storage".to_owned(), "databases".to_owned(), "rust".to_owned()],
        score: f64::from(u32::try_from(id).unwrap()) / 3.0,
        parent: Some(17),
        kind: if id.is_multiple_of(50) { Kind::Guest } else { Kind::Member { since: 2013, note } },
    }
}

fn email(id: u64) -> String {
    format!("user{id:08}@example.org")
}

fn city(id: u64) -> String {
    format!("city{id:07}")
}

fn records() -> u64 {
    std::env::var("FOLIO_RECORDS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000)
}

/// Random ids, the same for everybody.
struct Ids {
    state: u64,
    below: u64,
}

impl Ids {
    fn new(below: u64) -> Self {
        Self { state: 0x2545_F491_4F6C_DD1D, below }
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % self.below
    }
}

struct Folio {
    store: Store,
    users: Collection<User>,
    _directory: TempDir,
}

impl Folio {
    fn filled(count: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path().join("bench.folio")).unwrap();
        let users = store.collection::<User>().unwrap();
        for start in (0..count).step_by(10_000) {
            users.insert_all((start..count.min(start + 10_000)).map(user)).unwrap();
        }
        Self { store, users, _directory: directory }
    }
}

type Shared = Arc<RwLock<BTreeMap<u64, Arc<User>>>>;

fn shared(count: u64) -> Shared {
    Arc::new(RwLock::new((0..count).map(|id| (id, Arc::new(user(id)))).collect()))
}

const USERS: TableDefinition<u64, &[u8]> = TableDefinition::new("users");
const EMAILS: TableDefinition<&str, u64> = TableDefinition::new("emails");
const CITIES: MultimapTableDefinition<&str, u64> = MultimapTableDefinition::new("cities");

struct Redb {
    database: Database,
    _directory: TempDir,
}

impl Redb {
    fn filled(count: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::create(directory.path().join("bench.redb")).unwrap();
        let filled = Self { database, _directory: directory };
        for start in (0..count).step_by(10_000) {
            filled.put((start..count.min(start + 10_000)).map(user), redb::Durability::Immediate);
        }
        filled
    }

    fn put(&self, users: impl Iterator<Item = User>, durability: redb::Durability) {
        let mut tx = self.database.begin_write().unwrap();
        tx.set_durability(durability).unwrap();
        {
            let mut table = tx.open_table(USERS).unwrap();
            let mut emails = tx.open_table(EMAILS).unwrap();
            let mut cities = tx.open_multimap_table(CITIES).unwrap();
            for user in users {
                let bytes = postcard::to_allocvec(&user).unwrap();
                table.insert(user.id, bytes.as_slice()).unwrap();
                emails.insert(user.email.as_str(), user.id).unwrap();
                cities.insert(user.city.as_str(), user.id).unwrap();
            }
        }
        tx.commit().unwrap();
    }

    fn get(&self, id: u64) -> User {
        let tx = self.database.begin_read().unwrap();
        let table = tx.open_table(USERS).unwrap();
        postcard::from_bytes(table.get(id).unwrap().unwrap().value()).unwrap()
    }
}

fn reads(c: &mut Criterion) {
    let count = records();
    let (folio, map, redb) = (Folio::filled(count), shared(count), Redb::filled(count));
    let view = folio.users.view();

    let mut group = c.benchmark_group("read/point");
    let mut ids = Ids::new(count);
    group.bench_function("folio collection", |b| b.iter(|| folio.users.get(&ids.next()).unwrap()));
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

fn commits(c: &mut Criterion) {
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
fn cost_curve(c: &mut Criterion) {
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

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = reads, commits, cost_curve
}
criterion_main!(benches);
