//! What is left when a process is killed (SIGKILL) at a random moment among concurrent commits, and
//! what must not be: half a transaction, a commit without one before it, an index that disagrees, or
//! a lock.
//!
//! The process is this test program itself, started again. Its threads commit transactions over
//! several collections and tell each that was acknowledged; after a random number of them it is
//! killed, the store is opened and looked at, written to, and given to the next process. A kill
//! leaves what was handed to the operating system, so that [`Durability::Write`] has to keep its
//! promise here like [`Durability::Fsync`]; what a loss of power leaves is another test's business.
#![cfg(feature = "derive")]

mod common;

use common::{Random, child_path, seed, start_child, tell, told};
use folio::{Durability, Isolation, Record, Result, Snapshot, Store, Transaction};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

/// How many entries were made in a lane.
#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "lanes")]
struct Lane {
    #[key]
    lane: u32,
    last: u64,
}

/// One side of a transfer; the other collection has the other side.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(unique(by_mark = (number, lane)))]
struct Entry {
    #[key]
    lane: u32,
    #[key]
    number: u64,
    #[index]
    amount: i64,
    /// How many entries the other lanes had for the transaction that made this one.
    seen: Vec<(u32, u64)>,
    filling: String,
}

const DEBITS: &str = "debits";
const CREDITS: &str = "credits";

/// The lane in which each thread of the child makes its entries. Two share one.
const LANES: [u32; 6] = [0, 1, 2, 3, 4, 4];
const LANE_OF_PARENT: u32 = 9;

/// Each round is to have the machine to itself.
static TURN: Mutex<()> = Mutex::new(());

/// Makes the next entry of a lane, on both sides; returns its number.
fn make_entry(tx: &Transaction, lane: u32) -> Result<u64> {
    let lanes = tx.collection::<Lane>()?;
    let seen: Vec<_> = lanes.iter().map(|lane| (lane.lane, lane.last)).collect();
    let first = || Lane { lane, last: 1 };
    let number = lanes.upsert(&lane, first, |lane| lane.last += 1)?.last;
    let amount = i64::from(lane) + i64::try_from(number % 7).unwrap_or_default();
    let filling = "x".repeat(usize::try_from(number % 50).unwrap_or_default());
    let debit = Entry { lane, number, amount, seen, filling };
    tx.collection_named::<Entry>(CREDITS)?.insert(Entry { amount: -amount, ..debit.clone() })?;
    tx.collection_named::<Entry>(DEBITS)?.insert(debit)?;
    Ok(number)
}

/// Reading the other lanes must not make the lanes conflict, so the transactions run under snapshot
/// isolation: what they write is checked all the same.
fn commit_entry(store: &Store, durability: Durability, lane: u32) -> Result<u64> {
    let options = store.transaction().isolation(Isolation::Snapshot).durability(durability);
    options.run(|tx| make_entry(tx, lane))
}

/// Checks that a state is a prefix of the commits and whole, and returns how far each lane got.
fn check(snapshot: &Snapshot) -> Result<BTreeMap<u32, u64>> {
    let lanes = snapshot.collection::<Lane>()?;
    let reached: BTreeMap<_, _> = lanes.iter().map(|lane| (lane.lane, lane.last)).collect();
    let debits = snapshot.collection_named::<Entry>(DEBITS)?;
    let credits = snapshot.collection_named::<Entry>(CREDITS)?;
    let expected =
        reached.iter().flat_map(|(lane, last)| (1..=*last).map(|number| (*lane, number)));
    let expected: Vec<(u32, u64)> = expected.collect();
    assert_eq!(debits.keys().copied().collect::<Vec<_>>(), expected);
    assert_eq!(credits.keys().copied().collect::<Vec<_>>(), expected);
    for (debit, credit) in debits.iter().zip(&credits) {
        assert_eq!(*debit, Entry { amount: -credit.amount, ..credit.clone() });
        for (lane, last) in &debit.seen {
            assert!(
                reached.get(lane).is_some_and(|reached| reached >= last),
                "{debit:?}: {reached:?}"
            );
        }
        let mark = (debit.number, debit.lane);
        assert_eq!(debits.find(Entry::BY_MARK, &mark), Some(debit));
        assert_eq!(credits.find(Entry::BY_MARK, &mark), Some(credit));
    }
    for side in [&debits, &credits] {
        assert_eq!(side.by(Entry::BY_MARK).iter().count(), expected.len());
        let by_amount = side.by(Entry::AMOUNT);
        let counted: usize = by_amount.keys().map(|amount| by_amount.count(amount)).sum();
        assert_eq!(counted, expected.len());
        assert!(by_amount.iter().is_sorted_by_key(|entry| (
            entry.amount,
            entry.lane,
            entry.number
        )));
    }
    Ok(reached)
}

/// Lets a process commit until a random moment; returns how far it got in each lane, as far as it was
/// told.
fn run_and_kill(child: &str, path: &Path, random: &mut Random) -> BTreeMap<u32, u64> {
    let mut process = start_child(child, path);
    let mut lines = told(&mut process);
    let mut acknowledged = BTreeMap::new();
    let mut note = |line: &str| {
        let (lane, number) = line.split_once(' ').expect("a lane and a number");
        let (lane, number) = (lane.parse().expect("a lane"), number.parse().expect("a number"));
        let last = acknowledged.entry(lane).or_default();
        *last = u64::max(*last, number);
    };
    for _ in 0..=random.below(80) {
        note(&lines.next().expect("the child works until it is killed"));
    }
    process.kill().expect("the child can be killed");
    // What it told before its death and was not yet heard counts as well.
    lines.for_each(|line| note(&line));
    process.wait().expect("the child can be waited for");
    acknowledged
}

/// Goes through rounds of work, death and recovery on one store.
fn rounds(test: &str, child: &str, rounds: u32, durability: Durability) -> Result<()> {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut random = Random::new(seed(test));
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("killed.folio");
    let mut known: BTreeMap<u32, u64> = BTreeMap::new();
    let mut total = 0;
    for round in 0..rounds {
        let acknowledged = run_and_kill(child, &path, &mut random);
        for (lane, last) in &acknowledged {
            total += last.saturating_sub(known.get(lane).copied().unwrap_or_default());
        }
        if durability > Durability::Background {
            known.extend(acknowledged);
        }
        let store = Store::open(&path)?;
        let reached = check(&store.snapshot())?;
        for (lane, last) in &known {
            let found = reached.get(lane).copied().unwrap_or_default();
            assert!(found >= *last, "round {round}: {found} of {last} entries of lane {lane}");
        }
        known = reached;
        if random.below(3) > 0 {
            let number = commit_entry(&store, Durability::Fsync, LANE_OF_PARENT)?;
            known.insert(LANE_OF_PARENT, number);
        }
        if random.below(2) > 0 {
            store.close()?;
        }
    }
    let kept: u64 = known.values().sum();
    println!("{test}: {rounds} rounds, {total} commits acknowledged, {kept} kept");
    Ok(())
}

/// The process that is killed: threads that commit and tell, for ever.
fn work(durability: Durability) {
    let Some(path) = child_path() else { return };
    // Often enough that there is a flush under way when the process is killed.
    let options = Store::options().flush_interval(Duration::from_millis(1));
    let store = options.open(path).expect("the store can be opened");
    thread::scope(|scope| {
        for lane in LANES {
            let store = &store;
            scope.spawn(move || {
                loop {
                    let number = commit_entry(store, durability, lane).expect("the entry is new");
                    tell(&format!("{lane} {number}"));
                }
            });
        }
    });
}

#[test]
fn work_at_fsync() {
    work(Durability::Fsync);
}

#[test]
fn work_at_write() {
    work(Durability::Write);
}

#[test]
fn work_at_background() {
    work(Durability::Background);
}

#[test]
fn what_was_acknowledged_at_fsync_survives_kill() -> Result<()> {
    rounds("fsync", "work_at_fsync", 50, Durability::Fsync)
}

#[test]
fn what_was_acknowledged_at_write_survives_kill() -> Result<()> {
    rounds("write", "work_at_write", 25, Durability::Write)
}

#[test]
fn what_is_left_of_the_background_is_a_prefix() -> Result<()> {
    rounds("background", "work_at_background", 25, Durability::Background)
}

/// A program that starts other programs must be able to close a store and open it again at any time.
/// For a moment, between its making and its beginning, a new process has copies of all that the old
/// one has open, the lock included: closing has to release that, not only to let go of it.
#[test]
fn a_process_that_is_started_meanwhile_does_not_keep_the_lock() -> Result<()> {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("shared.folio");
    let program = std::env::current_exe().expect("a test program knows its file");
    let (is_through, started) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_through.load(Ordering::Acquire) {
                let listed = Command::new(&program).args(["--list", "no test"]).output();
                listed.expect("this test program can be started again");
                started.fetch_add(1, Ordering::Release);
            }
        });
        let mut opened = Ok(());
        while opened.is_ok() && started.load(Ordering::Acquire) < 150 {
            opened = Store::open(&path).and_then(|store| store.close());
        }
        is_through.store(true, Ordering::Release);
        opened
    })
}
