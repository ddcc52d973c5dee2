//! What checkpoints cost and save: opening with and without one, commits beside one, and the room that
//! files take while records are overwritten.
//!
//! ```text
//! cargo bench --bench checkpoints
//! FOLIO_RECORDS=100000 cargo bench --bench checkpoints
//! ```
//!
//! Openings happen in processes of their own, whose memory the system tells: the most while opening, and what
//! is left when the collection is attached. Stores with and without a checkpoint take turns, and so do commits
//! with and without one beside them, so that what else the machine does falls on both alike.

use folio::{Compression, Durability, Record, Store};
use serde::{Deserialize, Serialize};
use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The directory of a store that a process of its own opens.
const OPENED: &str = "FOLIO_BENCH_OPENED";

const BATCH: u64 = 1_000;
const OPENINGS: usize = 5;
const TURNS: usize = 7;
const TURN: Duration = Duration::from_secs(2);
const OVERWRITES: u64 = 5;

/// About 150 bytes.
#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "people")]
struct Person {
    #[key]
    id: u64,
    #[index(unique)]
    email: String,
    #[index]
    city: u32,
    note: String,
    score: f64,
}

fn person(id: u64, round: u64) -> Person {
    let mixed = (id + round * 0x1_0000_0001).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Person {
        id,
        email: format!("{id:x}.somebody@example.org"),
        city: u32::try_from(mixed >> 48).unwrap_or_default(),
        // Nothing that compression would make much of.
        note: format!(
            "{mixed:016x}{:016x}{:016x}{:016x}{:016x}{:016x}",
            mixed ^ id,
            mixed << 7,
            mixed << 13,
            mixed << 23,
            mixed << 31
        ),
        score: 0.5,
    }
}

fn main() -> folio::Result<()> {
    if let Some(path) = env::var_os(OPENED) {
        return open_and_tell(path.as_ref());
    }
    let count = env::var("FOLIO_RECORDS").ok().and_then(|text| text.parse().ok());
    let count = count.unwrap_or(1_000_000);
    openings(count)?;
    commits(count)?;
    room(count * 3 / 10)
}

fn place() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory can be made")
}

/// A store with that many records, whose log has a commit for each thousand.
fn load(path: &Path, count: u64) -> folio::Result<Store> {
    let options = Store::options().durability(Durability::Write).checkpoint_bytes(u64::MAX);
    let store = options.open(path)?;
    let people = store.collection::<Person>()?;
    for first in (0..count).step_by(1_000) {
        people.insert_all((first..count.min(first + BATCH)).map(|id| person(id, 0)))?;
    }
    Ok(store)
}

fn openings(count: u64) -> folio::Result<()> {
    let (log, checkpoint) = (place(), place());
    load(log.path(), count)?.close()?;
    let store = load(checkpoint.path(), count)?;
    let began = Instant::now();
    store.checkpoint()?;
    let took = began.elapsed();
    store.close()?;
    drop(store);
    let (mut by_log, mut by_checkpoint) = (Vec::new(), Vec::new());
    for _ in 0..OPENINGS {
        by_log.push(opened_elsewhere(log.path()));
        by_checkpoint.push(opened_elsewhere(checkpoint.path()));
    }
    println!("{count} records; the checkpoint took {} ms", took.as_millis());
    println!();
    println!("| opened and attached from | time | most memory : steady state |");
    println!("|---|---:|---:|");
    for (name, found) in [("the log", by_log), ("a checkpoint", by_checkpoint)] {
        let (millis, memory): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        println!("| {name} | {:.0} ms | {:.2} |", median(millis), median(memory));
    }
    println!();
    Ok(())
}

/// Milliseconds, and the most memory in relation to what is left of it, of an opening in a new process.
fn opened_elsewhere(path: &Path) -> (f64, f64) {
    let program = env::current_exe().expect("this program is there");
    let output = Command::new(program).env(OPENED, path).output().expect("it can be run");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut figures = text.split_whitespace().map(str::parse::<f64>);
    match (figures.next(), figures.next()) {
        (Some(Ok(millis)), Some(Ok(memory))) => (millis, memory),
        _ => panic!("the process that opened the store said: {text}"),
    }
}

fn open_and_tell(path: &Path) -> folio::Result<()> {
    let began = Instant::now();
    let store = Store::options().read_only(true).open(path)?;
    let people = store.collection::<Person>()?;
    let took = began.elapsed();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let figure = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let figure = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        figure.unwrap_or(f64::NAN)
    };
    println!("{} {}", took.as_secs_f64() * 1e3, figure("VmHWM:") / figure("VmRSS:"));
    assert!(!people.is_empty());
    Ok(())
}

/// Commits of one thread, alone and beside checkpoints that follow each other without a pause.
fn commits(count: u64) -> folio::Result<()> {
    println!("| commits beside checkpoints : alone | median | 99 of 100 |");
    println!("|---|---:|---:|");
    for (name, durability) in [("durable", Durability::Fsync), ("written", Durability::Write)] {
        let directory = place();
        load(directory.path(), count)?.close()?;
        let options = Store::options().durability(durability).checkpoint_bytes(u64::MAX);
        let store = options.open(directory.path())?;
        store.collection::<Person>()?;
        let (mut medians, mut tails) = (Vec::new(), Vec::new());
        for turn in 0..TURNS {
            let alone = latencies(&store, count, turn)?;
            let ended = AtomicBool::new(false);
            let beside = thread::scope(|scope| {
                let checkpoints = scope.spawn(|| -> folio::Result<()> {
                    while !ended.load(Ordering::Relaxed) {
                        store.checkpoint()?;
                    }
                    Ok(())
                });
                let found = latencies(&store, count, turn);
                ended.store(true, Ordering::Relaxed);
                checkpoints.join().expect("no checkpoint panics")?;
                found
            })?;
            medians.push(at(&beside, 50) / at(&alone, 50));
            tails.push(at(&beside, 99) / at(&alone, 99));
        }
        println!("| {name} | {:.2} | {:.2} |", median(medians), median(tails));
        store.close()?;
    }
    println!();
    Ok(())
}

/// How long commits of one record each took, in order of time.
fn latencies(store: &Store, count: u64, turn: usize) -> folio::Result<Vec<f64>> {
    let people = store.collection::<Person>()?;
    let (mut found, mut id) = (Vec::new(), turn as u64);
    let began = Instant::now();
    while began.elapsed() < TURN {
        id = (id + 7_919) % count;
        let record = person(id, 1 + turn as u64);
        let began = Instant::now();
        people.put(record)?;
        found.push(began.elapsed().as_secs_f64());
    }
    found.sort_by(f64::total_cmp);
    Ok(found)
}

/// The files of a store whose records are all overwritten several times, by one thread as fast as it can,
/// without compression: so a checkpoint has the encoded size of what is live.
fn room(count: u64) -> folio::Result<()> {
    let directory = place();
    let options = Store::options().durability(Durability::Write).compression(Compression::None);
    let store = options.open(directory.path())?;
    let people = store.collection::<Person>()?;
    let (mut most, mut longest) = (0, Duration::ZERO);
    for round in 0..=OVERWRITES {
        for first in (0..count).step_by(100) {
            let began = Instant::now();
            people.put_all((first..count.min(first + 100)).map(|id| person(id, round)))?;
            if round > 0 {
                longest = longest.max(began.elapsed());
                most = most.max(size(directory.path()).expect("the directory can be read"));
            }
        }
    }
    let checkpoints = store.stats().checkpoints;
    store.compact()?;
    let live = size(directory.path()).expect("the directory can be read");
    println!(
        "{count} records overwritten {OVERWRITES} times, {checkpoints} checkpoints: files of at most {:.2} times \
         the size that they have compacted; the longest commit took {} ms",
        ratio(most, live),
        longest.as_millis()
    );
    store.close()
}

/// The bytes of the files in a directory. One that is removed meanwhile counts no more.
fn size(path: &Path) -> io::Result<u64> {
    let sizes = fs::read_dir(path)?.map(|entry| Ok(entry?.metadata().map_or(0, |data| data.len())));
    sizes.sum()
}

/// In hundredths of a percent, which is enough to print.
fn ratio(of: u64, to: u64) -> f64 {
    u32::try_from(of * 10_000 / to.max(1)).map_or(f64::NAN, f64::from) / 1e4
}

fn at(sorted: &[f64], percent: usize) -> f64 {
    sorted.get(sorted.len() * percent / 100).copied().unwrap_or(f64::NAN)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    at(&values, 50)
}
