//! The workloads that are measured in turns: W1 to W7, W9 and W10.
//!
//! | | one operation |
//! |---|---|
//! | W1 | read a random record by its id |
//! | W2 | read a random record by its email; all ten records of a random city |
//! | W3 | read 100 records in order from a random id |
//! | W4, W5, W6 | replace a random record: it moves to another city, so that one entry of the non-unique index goes and another comes, and the unique one is checked |
//! | W7 | 1,000 such replacements in one transaction |
//! | W9 | read, change and write one of 100 records that everybody wants |
//! | W10 | YCSB A and B: read (50 %, 95 %), or read, change and write, a record of a zipfian choice |
//!
//! A read looks at one field of each record that it was given, so that nobody gets by with a pointer.
//!
//! Nothing is inserted after the load: all stores stay as large as they were, however many
//! operations each of them got through. The order of the numbers depends on the round and the thread,
//! not on the peer.

use crate::measure::Operation;
use crate::peer::{Commit, Outcome, Session, missing};
use crate::random::{Random, Zipf};
use crate::record::{RECORDS_PER_CITY, city, email, user_in};
use std::hint::black_box;

const SCAN_RECORDS: u64 = 100;
const HOT_RECORDS: u64 = 100;
const BATCH_RECORDS: u64 = 1_000;

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    /// `W1` and so on, as `--only` takes it.
    pub id: &'static str,
    pub title: &'static str,
    /// Nothing for workloads that only read.
    pub commit: Option<Commit>,
    pub threads: usize,
    work: Work,
}

#[derive(Debug, Clone, Copy)]
enum Work {
    Get,
    Find,
    ByCity,
    Scan,
    Replace,
    ReplaceBatch,
    Hot,
    Ycsb { read_percent: u64 },
}

/// All of them, in the order of the table.
pub const ALL: [Workload; 22] = {
    use Commit::{Durable, Relaxed};
    use Work::{ByCity, Find, Get, Hot, Replace, ReplaceBatch, Scan};
    const A: Work = Work::Ycsb { read_percent: 50 };
    const B: Work = Work::Ycsb { read_percent: 95 };
    [
        row("W1", "point read, 1 thread", None, 1, Get),
        row("W1", "point read, 2 threads", None, 2, Get),
        row("W2", "unique index → record", None, 1, Find),
        row("W2", "non-unique index → 10 records", None, 1, ByCity),
        row("W3", "scan of 100", None, 1, Scan),
        row("W4", "durable commit, 1 thread", Some(Durable), 1, Replace),
        row("W5", "durable, 8 threads", Some(Durable), 8, Replace),
        row("W5", "durable, 32 threads", Some(Durable), 32, Replace),
        row("W5", "durable, 64 threads", Some(Durable), 64, Replace),
        row("W6", "relaxed commit, 1 thread", Some(Relaxed), 1, Replace),
        row("W6", "relaxed, 2 threads", Some(Relaxed), 2, Replace),
        row("W7", "durable batches of 1,000, per batch", Some(Durable), 1, ReplaceBatch),
        row("W9", "hot read-modify-write, 4 threads, relaxed", Some(Relaxed), 4, Hot),
        row("W9d", "hot read-modify-write, 8 threads, durable", Some(Durable), 8, Hot),
        row("W10", "YCSB A, 2 threads, durable", Some(Durable), 2, A),
        row("W10", "YCSB A, 8 threads, durable", Some(Durable), 8, A),
        row("W10", "YCSB B, 2 threads, durable", Some(Durable), 2, B),
        row("W10", "YCSB B, 8 threads, durable", Some(Durable), 8, B),
        row("W10", "YCSB A, 2 threads, relaxed", Some(Relaxed), 2, A),
        row("W10", "YCSB A, 8 threads, relaxed", Some(Relaxed), 8, A),
        row("W10", "YCSB B, 2 threads, relaxed", Some(Relaxed), 2, B),
        row("W10", "YCSB B, 8 threads, relaxed", Some(Relaxed), 8, B),
    ]
};

const fn row(
    id: &'static str,
    title: &'static str,
    commit: Option<Commit>,
    threads: usize,
    work: Work,
) -> Workload {
    Workload { id, title, commit, threads, work }
}

/// What was loaded, and the distribution over it.
#[derive(Debug)]
pub struct Shape {
    records: u64,
    zipf: Zipf,
}

impl Shape {
    pub fn new(records: u64) -> Self {
        Self { records, zipf: Zipf::new(records) }
    }

    fn id(&self, random: &mut Random) -> u64 {
        random.below(self.records)
    }

    fn city(&self, random: &mut Random) -> u64 {
        random.below(self.records / RECORDS_PER_CITY)
    }
}

impl Workload {
    /// Whether ranges of keys are read.
    pub fn scans(&self) -> bool {
        matches!(self.work, Work::Scan)
    }

    /// What one thread repeats, with the random numbers of this seed.
    pub fn operation<'a>(&self, shape: &'a Shape, seed: u64) -> Operation<'a> {
        let mut random = Random::new(seed);
        match self.work {
            Work::Get => Box::new(move |session| {
                session.get(shape.id(&mut random), &mut |user| {
                    black_box(user.score);
                })
            }),
            Work::Find => Box::new(move |session| {
                session.find(&email(shape.id(&mut random)), &mut |user| {
                    black_box(user.score);
                })
            }),
            Work::ByCity => Box::new(move |session| by_city(session, shape, &mut random)),
            Work::Scan => Box::new(move |session| scan(session, shape, &mut random)),
            Work::Replace => Box::new(move |session| replace(session, shape, &mut random, 1)),
            Work::ReplaceBatch => {
                Box::new(move |session| replace(session, shape, &mut random, BATCH_RECORDS))
            }
            Work::Hot => Box::new(move |session| {
                let id = random.below(HOT_RECORDS) * (shape.records / HOT_RECORDS);
                session.update(id, &mut |user| user.score += 1.0)
            }),
            Work::Ycsb { read_percent } => Box::new(move |session| {
                let id = shape.zipf.next(&mut random);
                if random.below(100) < read_percent {
                    return session.get(id, &mut |user| {
                        black_box(user.score);
                    });
                }
                let score = random.unit();
                session.update(id, &mut |user| user.score = score)
            }),
        }
    }
}

/// Reads come before all writes, so that each city still has the ten records of the load.
fn by_city(session: &mut dyn Session, shape: &Shape, random: &mut Random) -> Outcome {
    let (name, mut seen) = (city(shape.city(random)), 0);
    session.by_city(&name, &mut |user| {
        black_box(user.score);
        seen += 1;
    })?;
    if seen == RECORDS_PER_CITY { Ok(()) } else { Err(missing(format!("a record of {name}"))) }
}

fn scan(session: &mut dyn Session, shape: &Shape, random: &mut Random) -> Outcome {
    let (from, mut seen) = (random.below(shape.records - SCAN_RECORDS), 0);
    session.scan(from, usize::try_from(SCAN_RECORDS)?, &mut |user| {
        black_box(user.score);
        seen += 1;
    })?;
    if seen == SCAN_RECORDS { Ok(()) } else { Err(missing(format!("a record from {from} on"))) }
}

fn replace(session: &mut dyn Session, shape: &Shape, random: &mut Random, count: u64) -> Outcome {
    let user = |_| user_in(shape.id(random), shape.city(random), random.unit());
    session.put((0..count).map(user).collect())
}
