//! What it costs to read stored records: by the type that wrote them, by one that changed, and without
//! any type; beside plain postcard.
//!
//! `decode` is one record; `attach` is a whole collection, maps and all. Run it with
//! `cargo bench --bench evolution`; it needs a quiet machine for a minute.

use criterion::{Criterion, criterion_group, criterion_main};
use folio::{Descriptor, Record, Schema, Store};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt::Debug;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A record as it was stored: what a flight has, about 100 bytes.
#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "flights")]
struct Flight {
    #[key]
    id: u64,
    carrier: String,
    number: u16,
    tail: Option<String>,
    route: Route,
    departure: Times,
    arrival: Times,
    tags: Vec<String>,
    status: Status,
}

#[derive(Schema, Serialize, Deserialize, Clone)]
struct Route {
    from: String,
    to: String,
    miles: u32,
}

#[derive(Schema, Serialize, Deserialize, Clone)]
struct Times {
    scheduled: u64,
    actual: Option<u64>,
}

#[derive(Schema, Serialize, Deserialize, Clone)]
enum Status {
    Planned,
    Late { minutes: i32 },
}

/// The same with changes at the top: everything must be found by name there, not inside.
mod shallow {
    use super::{Route, Status, Times};
    use serde::{Deserialize, Serialize};

    #[derive(folio::Record, Serialize, Deserialize, Clone)]
    #[record(name = "flights")]
    pub(crate) struct Flight {
        #[key]
        id: u64,
        carrier: String,
        number: u16,
        tail: Option<String>,
        gate: Option<String>,
        route: Route,
        arrival: Times,
        departure: Times,
        tags: Vec<String>,
        status: Status,
    }
}

/// The same with changes everywhere: nothing can be decoded at once.
mod deep {
    use folio::Schema;
    use serde::{Deserialize, Serialize};

    #[derive(folio::Record, Serialize, Deserialize, Clone)]
    #[record(name = "flights")]
    pub(crate) struct Flight {
        #[key]
        id: u64,
        carrier: String,
        number: i64,
        tail: Option<String>,
        gate: Option<String>,
        route: Route,
        arrival: Times,
        departure: Times,
        tags: Vec<Option<String>>,
        status: Status,
    }

    #[derive(Schema, Serialize, Deserialize, Clone)]
    struct Route {
        to: String,
        from: String,
        miles: i64,
    }

    #[derive(Schema, Serialize, Deserialize, Clone)]
    struct Times {
        actual: Option<u64>,
        scheduled: u64,
    }

    #[derive(Schema, Serialize, Deserialize, Clone)]
    enum Status {
        Cancelled,
        Late { minutes: i64, reason: Option<String> },
        Planned,
    }
}

fn flight(id: u64) -> Flight {
    let times = |at: u64| Times { scheduled: at, actual: id.is_multiple_of(3).then_some(at + 300) };
    Flight {
        id,
        carrier: "UA".into(),
        number: u16::try_from(id % 9_000).unwrap_or(0),
        tail: (!id.is_multiple_of(7)).then(|| format!("N{}", 10_000 + id % 4_000)),
        route: Route { from: "EWR".into(), to: "SFO".into(), miles: 2_565 },
        departure: times(1_356_998_400 + id * 60),
        arrival: times(1_357_020_000 + id * 60),
        tags: vec!["transcon".into(), "wifi".into()],
        status: if id.is_multiple_of(5) { Status::Late { minutes: 17 } } else { Status::Planned },
    }
}

fn decode(criterion: &mut Criterion) {
    let stored = Descriptor::of::<Flight>();
    let records: Vec<Vec<u8>> =
        (0..1_000).map(|id| postcard::to_stdvec(&flight(id)).expect("it can be encoded")).collect();
    let mut group = criterion.benchmark_group("decode");
    each(&mut group, "plain postcard", &records, |bytes| postcard::from_bytes::<Flight>(bytes));
    let decoder = stored.decoder::<Flight>().expect("it is the same type");
    each(&mut group, "unchanged type", &records, |bytes| decoder.decode(bytes));
    let decoder = stored.decoder::<shallow::Flight>().expect("names bridge it");
    each(&mut group, "by name, changed at the top", &records, |bytes| decoder.decode(bytes));
    let decoder = stored.decoder::<deep::Flight>().expect("names bridge it");
    each(&mut group, "by name, changed everywhere", &records, |bytes| decoder.decode(bytes));
    each(&mut group, "as a value", &records, |bytes| stored.decode(bytes));
    group.finish();
}

/// Reads all records in one way.
fn each<R, E: Debug>(
    group: &mut Group<'_>,
    name: &str,
    records: &[Vec<u8>],
    read: impl Fn(&[u8]) -> Result<R, E>,
) {
    group.bench_function(name, |bencher| {
        bencher.iter(|| {
            for bytes in records {
                black_box(read(bytes).expect("it was encoded"));
            }
        });
    });
}

const RECORDS: u64 = 100_000;

fn attach(criterion: &mut Criterion) {
    let directory = filled().expect("there is a place for a store");
    let mut group = criterion.benchmark_group("attach");
    group.sample_size(10);
    timed::<Flight>(&mut group, directory.path(), "unchanged type");
    timed::<shallow::Flight>(&mut group, directory.path(), "by name, changed at the top");
    timed::<deep::Flight>(&mut group, directory.path(), "by name, changed everywhere");
    group.finish();
}

/// A directory with a store of flights.
fn filled() -> Result<TempDir, Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let store = Store::open(directory.path())?;
    store.collection::<Flight>()?.insert_all((0..RECORDS).map(flight))?;
    store.close()?;
    Ok(directory)
}

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

/// The first typed look at a collection. Opening the store, which reads the log, is not counted.
fn timed<T: Record>(group: &mut Group<'_>, path: &Path, name: &str) {
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|times| (0..times).map(|_| look::<T>(path).expect("it fits")).sum());
    });
}

fn look<T: Record>(path: &Path) -> folio::Result<Duration> {
    let store = Store::options().read_only(true).open(path)?;
    let start = Instant::now();
    let view = store.snapshot().collection::<T>()?;
    let spent = start.elapsed();
    assert_eq!(view.len() as u64, RECORDS);
    Ok(spent)
}

criterion_group!(benches, decode, attach);
criterion_main!(benches);
