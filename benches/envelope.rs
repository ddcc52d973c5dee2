//! What compression and encryption cost and save, as ratios to a store with neither.
//!
//! ```text
//! cargo bench --bench envelope --features zstd,gzip
//! FOLIO_BENCH_LINES=file cargo bench --bench envelope --features zstd,gzip
//! ```
//!
//! The first table is of durable commits of one record each, and of commits of a thousand records that
//! need not be durable, which show the work alone. All settings take turns in short rounds, and each is
//! compared with the plain one of its own round, so that what else the machine does falls on all alike; the
//! median of the rounds is printed. The second is of bytes in the log, and of the time to open it. The
//! records are orders that are made up, or the lines of a file.

use folio::{Compression, Durability, EncryptionKey, Options, Record, Store};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::{Duration, Instant};

const ROUNDS: usize = 15;
const DURABLE_COMMITS: usize = 150;
const BATCH: usize = 1_000;
const BATCHES: usize = 20;

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "lines")]
struct Line {
    #[key]
    number: u64,
    text: String,
}

fn main() {
    let lines = lines();
    let settings = settings();
    println!("{} records of {} bytes on average", lines.len(), average(&lines));
    println!();
    println!("| | durable commits | commits of {BATCH} records |");
    println!("|---|---:|---:|");
    let mut durable = vec![Vec::new(); settings.len()];
    let mut large = durable.clone();
    for _ in 0..ROUNDS {
        for ((_, options), times) in settings.iter().zip(durable.iter_mut().zip(&mut large)) {
            times.0.push(durable_commits(options, &lines));
            times.1.push(large_commits(options, &lines));
        }
    }
    for (place, (name, _)) in settings.iter().enumerate() {
        println!("| {name} | {:.2} | {:.2} |", ratio(&durable, place), ratio(&large, place));
    }
    println!();
    println!("| | bytes, a commit each | bytes, {BATCH} a commit | opening |");
    println!("|---|---:|---:|---:|");
    let sizes: Vec<_> = settings.iter().map(|(_, options)| sizes(options, &lines)).collect();
    let (singly, together, opening) = *sizes.first().expect("there is a plain setting");
    for ((name, _), size) in settings.iter().zip(&sizes) {
        println!(
            "| {name} | {:.2} | {:.2} | {:.2} |",
            size.0 / singly,
            size.1 / together,
            size.2 / opening
        );
    }
}

/// What is compared, the plain setting first.
fn settings() -> Vec<(&'static str, Options)> {
    let with = |compression| Store::options().compression(compression);
    let key = |size| match size {
        128 => EncryptionKey::from_bytes([1; 16]),
        _ => EncryptionKey::from_bytes([1; 32]),
    };
    vec![
        ("neither", with(Compression::None)),
        ("Snappy", with(Compression::Snappy)),
        #[cfg(feature = "zstd")]
        ("Zstandard, level 1", with(Compression::Zstd(1))),
        #[cfg(feature = "zstd")]
        ("Zstandard, level 3", with(Compression::Zstd(3))),
        #[cfg(feature = "zstd")]
        ("Zstandard, level 12", with(Compression::Zstd(12))),
        #[cfg(feature = "gzip")]
        ("gzip, level 6", with(Compression::Gzip(6))),
        ("AES-128", with(Compression::None).encryption(key(128))),
        ("AES-256", with(Compression::None).encryption(key(256))),
        ("Snappy and AES-256", with(Compression::Snappy).encryption(key(256))),
    ]
}

/// The lines of the file that the environment names, or orders that are made up.
fn lines() -> Vec<Line> {
    let count = BATCH * BATCHES;
    let texts: Vec<String> = match std::env::var("FOLIO_BENCH_LINES") {
        Ok(file) => {
            let text = std::fs::read_to_string(file).expect("the file can be read");
            text.lines().take(count).map(str::to_owned).collect()
        }
        Err(_) => (0..count as u64).map(order).collect(),
    };
    (0..).zip(texts).map(|(number, text)| Line { number, text }).collect()
}

/// An order: names that come often, and numbers that do not.
fn order(number: u64) -> String {
    const CITIES: [&str; 6] = ["London", "Turin", "Gdańsk", "Lagos", "Quito", "Osaka"];
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let place = usize::try_from(mixed >> 40).unwrap_or_default() % CITIES.len();
    let city = CITIES.get(place).copied().unwrap_or_default();
    format!(
        "order {number:08} of customer {:06}, to be delivered to {city} by day {}: {} pieces of article \
         {:05}, at {}.{:02}",
        mixed >> 44,
        mixed >> 32 & 0xff,
        mixed >> 20 & 0xf,
        mixed >> 8 & 0xffff,
        mixed >> 5 & 0x3ff,
        mixed % 100,
    )
}

fn average(lines: &[Line]) -> usize {
    lines.iter().map(|line| line.text.len()).sum::<usize>() / lines.len().max(1)
}

fn place() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory can be made")
}

fn open(options: &Options, path: &Path) -> Store {
    options.clone().open(path).expect("the store opens")
}

fn durable_commits(options: &Options, lines: &[Line]) -> Duration {
    let directory = place();
    let store = open(options, directory.path());
    let collection = store.collection::<Line>().expect("the collection is created");
    let began = Instant::now();
    for line in lines.iter().take(DURABLE_COMMITS) {
        collection.put(line.clone()).expect("the commit succeeds");
    }
    began.elapsed()
}

fn large_commits(options: &Options, lines: &[Line]) -> Duration {
    let directory = place();
    let store = open(&options.clone().durability(Durability::Write), directory.path());
    let collection = store.collection::<Line>().expect("the collection is created");
    let began = Instant::now();
    for batch in lines.chunks(BATCH) {
        collection.put_all(batch.to_vec()).expect("the commit succeeds");
    }
    began.elapsed()
}

/// The median over the rounds of what a setting took, in relation to the plain one.
fn ratio(times: &[Vec<Duration>], place: usize) -> f64 {
    let all = times.first().into_iter().flatten().zip(times.get(place).into_iter().flatten());
    let mut ratios: Vec<f64> =
        all.map(|(plain, other)| other.as_secs_f64() / plain.as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Bytes of the log with a commit for each record, and with one for a thousand; and the least of some
/// times that it took to open the latter and decode its records.
fn sizes(options: &Options, lines: &[Line]) -> (f64, f64, f64) {
    let options = options.clone().durability(Durability::Write);
    let written = |store: &Store| {
        store.close().expect("the store closes");
        u32::try_from(store.stats().log_bytes).map_or(f64::NAN, f64::from)
    };
    let directory = place();
    let store = open(&options, directory.path());
    let collection = store.collection::<Line>().expect("the collection is created");
    for line in lines.iter().take(2 * BATCH) {
        collection.put(line.clone()).expect("the commit succeeds");
    }
    let singly = written(&store);

    let directory = place();
    let store = open(&options, directory.path());
    let collection = store.collection::<Line>().expect("the collection is created");
    for batch in lines.chunks(BATCH) {
        collection.put_all(batch.to_vec()).expect("the commit succeeds");
    }
    let together = written(&store);
    drop((collection, store));
    let opening = (0..9).map(|_| {
        let began = Instant::now();
        let store = open(&options.clone().read_only(true), directory.path());
        let records = store.snapshot().collection::<Line>().map_or(0, |lines| lines.len());
        let took = began.elapsed();
        assert_eq!(records, lines.len());
        took.as_secs_f64()
    });
    (singly, together, opening.fold(f64::INFINITY, f64::min))
}
