//! Histories of random concurrent transactions.
//!
//! Several threads append to lists in two collections and read them back in every way there is, by
//! key, range and index. Every value is appended once, so a list that was read tells by whom, and
//! in which order, it was made. What each transaction saw is recorded and given to the checkers of
//! [`check`](super::check). The same workload under snapshot isolation stands for a validator with
//! a bug: both checkers must find that such histories are not serializable.

use super::check::{self, Event, Finished, History, Look};
use super::common::{Random, figures, seed};
use folio::{Durability, Error, Isolation, Record, Result, Store, Transaction, TxCollection};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// A list that only grows, and indexes that move with it.
#[derive(Record, Serialize, Deserialize, Clone, Debug)]
struct List {
    #[key]
    id: u32,
    #[index]
    group: u32,
    values: Vec<u64>,
    #[index]
    length: usize,
    #[index(unique)]
    last: Option<u64>,
}

impl List {
    fn with(id: u32, value: u64) -> Self {
        let mut list = Self { id, group: id % GROUPS, values: vec![], length: 0, last: None };
        list.append(value);
        list
    }

    fn append(&mut self, value: u64) {
        self.values.push(value);
        self.length = self.values.len();
        self.last = Some(value);
    }
}

const COLLECTIONS: [&str; 2] = ["lists", "more lists"];
const IDS: u32 = 10;
pub(crate) const GROUPS: u32 = 3;

/// What is run.
#[derive(Debug, Clone, Copy)]
struct Workload {
    isolation: Isolation,
    threads: usize,
    transactions: usize,
    /// Whether lists are removed, too. What was appended to them is then gone from the end state,
    /// so that the order of appends can't be told from the reads.
    removes: bool,
    /// Whether transactions are run by [`Store::transact`], which runs them again after a conflict
    /// and does not tell their version.
    again: bool,
}

/// What the threads of one history share.
struct Shared {
    store: Store,
    workload: Workload,
    /// Numbers for values, each used once.
    values: AtomicU64,
    /// Numbers for beginnings and ends in the order in which they happen.
    clock: AtomicU64,
}

fn run(store: Store, workload: Workload, random: &mut Random) -> Result<History> {
    for name in COLLECTIONS {
        store.collection_named::<List>(name)?;
    }
    let shared = Shared { store, workload, values: AtomicU64::new(1), clock: AtomicU64::new(0) };
    let finished = thread::scope(|scope| {
        let threads: Vec<_> = (0..workload.threads)
            .map(|_| {
                let (shared, random) = (&shared, random.fork());
                scope.spawn(move || work(shared, random))
            })
            .collect();
        let finished: Result<Vec<_>> =
            threads.into_iter().map(|thread| thread.join().expect("no thread panics")).collect();
        finished
    })?;
    let mut finished = finished.concat();
    // The end state is what a last transaction reads.
    finished.push(observe(&shared)?);
    Ok(History { finished, removes: workload.removes, versions: !workload.again })
}

fn work(shared: &Shared, mut random: Random) -> Result<Vec<Finished>> {
    let mut finished = Vec::new();
    for _ in 0..shared.workload.transactions {
        if random.below(8) == 0 {
            finished.push(observe(shared)?);
        } else if shared.workload.again {
            finished.push(transact_again(shared, &mut random)?);
        } else {
            finished.extend(transact_once(shared, &mut random)?);
        }
    }
    Ok(finished)
}

/// Runs one transaction; `None` where it was refused.
fn transact_once(shared: &Shared, random: &mut Random) -> Result<Option<Finished>> {
    let begin = shared.tick();
    let tx = options(shared, random).begin();
    let events = steps(shared, &tx, random)?;
    match tx.commit() {
        Ok(commit) => {
            let (end, version) = (shared.tick(), commit.version.number());
            Ok(Some(Finished { begin, end, version, events }))
        }
        Err(Error::Conflict { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn transact_again(shared: &Shared, random: &mut Random) -> Result<Finished> {
    let begin = shared.tick();
    let events = options(shared, random).run(|tx| steps(shared, tx, random))?;
    Ok(Finished { begin, end: shared.tick(), version: 0, events })
}

fn options(shared: &Shared, random: &mut Random) -> folio::TransactionOptions {
    let levels = [Durability::Fsync, Durability::Write, Durability::Background];
    let durability = levels.get(random.place(3)).copied().unwrap_or_default();
    shared.store.transaction().isolation(shared.workload.isolation).durability(durability)
}

/// Some random steps, between which other threads get their turn.
fn steps(shared: &Shared, tx: &Transaction, random: &mut Random) -> Result<Vec<Event>> {
    let count = 1 + random.below(5);
    let mut events = Vec::new();
    for _ in 0..count {
        let collection = random.place(COLLECTIONS.len());
        let name = COLLECTIONS.get(collection).copied().unwrap_or_default();
        let lists = tx.collection_named::<List>(name)?;
        events.push(step(shared, &lists, collection, random)?);
        if random.below(2) == 0 {
            thread::yield_now();
        }
    }
    Ok(events)
}

fn step(
    shared: &Shared,
    lists: &TxCollection<'_, List>,
    collection: usize,
    random: &mut Random,
) -> Result<Event> {
    let mut small = |limit: u32| u32::try_from(random.below(limit.into())).unwrap_or_default();
    let (id, width) = (small(IDS), 1 + small(4));
    let look = match random.below(14) {
        0..=3 => {
            let value = shared.values.fetch_add(1, Ordering::Relaxed);
            let list = lists.upsert(&id, || List::with(id, value), |list| list.append(value))?;
            return Ok(Event::Append { collection, id, value, found: list.values.clone() });
        }
        4 if shared.workload.removes => {
            let found = lists.remove(&id)?.is_some();
            return Ok(Event::Remove { collection, id, found });
        }
        4 | 5 => return Ok(Event::Count { collection, count: lists.len() }),
        6 | 7 => Look::Key(id),
        8 | 9 => Look::Range(id, id + width),
        10 | 11 => Look::Group(id % GROUPS),
        12 => match random.below(2) {
            0 => Look::Length(random.place(4)),
            _ => Look::Last(random.below(shared.values.load(Ordering::Relaxed))),
        },
        _ => Look::First,
    };
    Ok(Event::Read { collection, look, found: read(lists, look) })
}

/// Looks, and gives what was found in the order of ids.
fn read(lists: &TxCollection<'_, List>, look: Look) -> Vec<(u32, Vec<u64>)> {
    let found: Vec<_> = match look {
        Look::Key(id) => lists.get(&id).into_iter().collect(),
        Look::Range(from, to) if from % 2 == 0 => lists.range(from..to).collect(),
        Look::Range(from, to) => lists.range(from..to).rev().collect(),
        Look::Group(group) => lists.by(List::GROUP).get(&group).collect(),
        Look::Length(length) => lists.by(List::LENGTH).get(&length).collect(),
        Look::Last(value) => lists.find(List::LAST, &value).into_iter().collect(),
        Look::First => lists.first().into_iter().collect(),
    };
    let mut found: Vec<_> = found.iter().map(|list| (list.id, list.values.clone())).collect();
    found.sort();
    found
}

/// A snapshot as a transaction that reads everything.
fn observe(shared: &Shared) -> Result<Finished> {
    let begin = shared.tick();
    let snapshot = shared.store.snapshot();
    let mut events = Vec::new();
    for (collection, name) in COLLECTIONS.iter().enumerate() {
        let lists = snapshot.collection_named::<List>(name)?;
        let found = lists.iter().map(|list| (list.id, list.values.clone())).collect();
        events.push(Event::Read { collection, look: Look::Range(0, IDS), found });
    }
    let version = snapshot.version().number();
    Ok(Finished { begin, end: shared.tick(), version, events })
}

impl Shared {
    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }
}

const WORKLOAD: Workload = Workload {
    isolation: Isolation::Serializable,
    threads: 6,
    transactions: 60,
    removes: false,
    again: false,
};

/// How many histories a test looks at: as `FOLIO_HISTORIES` says, or else so many.
pub(crate) fn histories(default: usize) -> usize {
    let given = std::env::var("FOLIO_HISTORIES").ok();
    given.and_then(|number| number.parse().ok()).unwrap_or(default)
}

/// Runs histories and expects all of them to be serializable.
fn expect_serializable(test: &str, rounds: usize, open: impl Fn() -> Store, workload: Workload) {
    let mut random = Random::new(seed(test));
    let (mut transactions, rounds) = (0, histories(rounds));
    for round in 0..rounds {
        let history = run(open(), workload, &mut random).expect("nothing but conflicts happens");
        transactions += history.finished.len() as u64;
        check::serializable(&history).unwrap_or_else(|why| panic!("round {round}: {why}"));
    }
    figures::count("isolation", "histories", rounds as u64);
    figures::count("isolation", "transactions in them", transactions);
}

#[test]
fn random_histories_are_serializable() {
    expect_serializable("memory", 30, Store::in_memory, WORKLOAD);
}

#[test]
fn random_histories_with_removals_are_serializable() {
    let workload = Workload { removes: true, ..WORKLOAD };
    expect_serializable("removals", 30, Store::in_memory, workload);
}

#[test]
fn random_histories_run_again_are_serializable() {
    let workload = Workload { again: true, ..WORKLOAD };
    expect_serializable("again", 20, Store::in_memory, workload);
}

/// With files, so that transactions start from versions that are not durable yet, and commits at
/// all three levels share groups.
#[test]
fn random_histories_on_disk_are_serializable() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let stores = AtomicU64::new(0);
    let open = || {
        let name = stores.fetch_add(1, Ordering::Relaxed).to_string();
        Store::open(directory.path().join(name)).expect("a new store can be made")
    };
    expect_serializable("disk", 4, open, WORKLOAD);
    expect_serializable("disk, again", 4, open, Workload { again: true, ..WORKLOAD });
}

/// Snapshot isolation is this engine with a bug in its validator: it leaves out the reads. Histories
/// made by it show that the checkers are worth something.
#[test]
fn the_checkers_find_a_validator_that_leaves_out_reads() {
    let mut random = Random::new(seed("planted"));
    let workload = Workload { isolation: Isolation::Snapshot, ..WORKLOAD };
    let (mut by_replay, mut by_graph) = (0, 0);
    for _ in 0..20 {
        let history = run(Store::in_memory(), workload, &mut random).expect("the steps succeed");
        by_replay += usize::from(check::replay(&history).is_err());
        by_graph += usize::from(check::graph(&history).is_err());
    }
    println!("found in {by_replay} and {by_graph} of 20 histories");
    assert!(by_replay > 0 && by_graph > 0);
}
