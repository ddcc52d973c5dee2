//! What the processes write that are killed, cut off or run out of space, and what must hold of every
//! state they may leave: no half of a transaction, no commit without one before it, no index that
//! disagrees with its records.
//!
//! A commit makes the next entry of a lane, one half in each of two collections, and says how far the
//! other lanes were in the state it was made on. So a state shows by itself whether it is a prefix.
//! Used by all tests with processes; what a child tells of its commits is in [`Heard`].
#![allow(dead_code, reason = "each test program uses a part of this")]

use crate::common::{child_path, tell};
use folio::{Durability, Isolation, Record, Result, Snapshot, Store, Transaction};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
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

/// The lane in which each thread of a child makes its entries. Two share one.
pub(crate) const LANES: [u32; 6] = [0, 1, 2, 3, 4, 4];

/// The lane of the process that looks at what another one left.
pub(crate) const LANE_OF_PARENT: u32 = 9;

/// How far each lane got.
pub(crate) type Reached = BTreeMap<u32, u64>;

/// Makes the next entry of a lane, on both sides, with so many bytes more than it needs; returns its
/// number.
fn make_entry(tx: &Transaction, lane: u32, filling: usize) -> Result<u64> {
    let lanes = tx.collection::<Lane>()?;
    let seen: Vec<_> = lanes.iter().map(|lane| (lane.lane, lane.last)).collect();
    let first = || Lane { lane, last: 1 };
    let number = lanes.upsert(&lane, first, |lane| lane.last += 1)?.last;
    let amount = i64::from(lane) + i64::try_from(number % 7).unwrap_or_default();
    let filling = "x".repeat(filling + usize::try_from(number % 50).unwrap_or_default());
    let debit = Entry { lane, number, amount, seen, filling };
    tx.collection_named::<Entry>(CREDITS)?.insert(Entry { amount: -amount, ..debit.clone() })?;
    tx.collection_named::<Entry>(DEBITS)?.insert(debit)?;
    Ok(number)
}

/// Commits the next entry of a lane. Reading the other lanes must not make the lanes conflict, so the
/// transactions run under snapshot isolation: what they write is checked all the same.
pub(crate) fn commit_entry(store: &Store, durability: Durability, lane: u32) -> Result<u64> {
    commit_filled_entry(store, durability, lane, 0)
}

/// Like [`commit_entry`], with so many bytes more in each half.
pub(crate) fn commit_filled_entry(
    store: &Store,
    durability: Durability,
    lane: u32,
    filling: usize,
) -> Result<u64> {
    let options = store.transaction().isolation(Isolation::Snapshot).durability(durability);
    options.run(|tx| make_entry(tx, lane, filling))
}

/// Checks that a state is a prefix of the commits and whole, and returns how far each lane got.
pub(crate) fn check(snapshot: &Snapshot) -> Result<Reached> {
    // A read-only store can't create what a store that lost all its commits does not have.
    if snapshot.collections().is_empty() {
        return Ok(Reached::new());
    }
    let Some(reached) = lanes(snapshot)? else { return Ok(Reached::new()) };
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

/// How far each lane got, where the collections are there at all: a state may be so early that some
/// of them are not created yet.
fn lanes(snapshot: &Snapshot) -> Result<Option<Reached>> {
    let names = snapshot.collections();
    let is_there = |wanted: &str| names.iter().any(|info| info.name == wanted);
    if !is_there("lanes") {
        assert!(!is_there(DEBITS) && !is_there(CREDITS), "{names:?}");
        return Ok(None);
    }
    let lanes = snapshot.collection::<Lane>()?;
    if !is_there(DEBITS) || !is_there(CREDITS) {
        assert!(lanes.is_empty(), "{names:?}");
        return Ok(None);
    }
    Ok(Some(lanes.iter().map(|lane| (lane.lane, lane.last)).collect()))
}

/// Checks that nothing is missing of what had to stay.
pub(crate) fn check_kept(reached: &Reached, promised: &Reached, context: &str) {
    for (lane, last) in promised {
        let found = reached.get(lane).copied().unwrap_or_default();
        assert!(found >= *last, "{context}: {found} of {last} entries of lane {lane}");
    }
}

/// What a child told of its commits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// What was acknowledged, whatever the level.
    pub(crate) acknowledged: Reached,
    /// What was acknowledged and must survive: committed at a level that says so, or before a
    /// `sync` that was acknowledged.
    pub(crate) promised: Reached,
}

impl Heard {
    /// Takes in one line of the child.
    pub(crate) fn note(&mut self, told: &str) {
        let words: Vec<_> = told.split(' ').collect();
        let [lane, number, promise] = words[..] else { panic!("a child says: {told}") };
        let (lane, number) = (lane.parse().expect("a lane"), number.parse().expect("a number"));
        raise(&mut self.acknowledged, lane, number);
        if promise == "promised" {
            raise(&mut self.promised, lane, number);
        }
    }
}

fn raise(reached: &mut Reached, lane: u32, number: u64) {
    let last = reached.entry(lane).or_default();
    *last = u64::max(*last, number);
}

/// How many entries one state has that another has not.
pub(crate) fn gained(before: &Reached, after: &Reached) -> u64 {
    let gained = |(lane, last): (&u32, &u64)| {
        last.saturating_sub(before.get(lane).copied().unwrap_or_default())
    };
    after.iter().map(gained).sum()
}

/// Tells the parent of a commit, and whether it may be lost.
pub(crate) fn tell_entry(lane: u32, number: u64, is_promised: bool) {
    let promise = if is_promised { "promised" } else { "hoped" };
    tell(&format!("{lane} {number} {promise}"));
}

/// The work of a child: threads that commit and tell, for ever. Nothing where the program is not a
/// child. What is committed below `promising` is only promised after a `sync`, which each thread
/// calls now and then where `syncs` says so.
pub(crate) fn work(durability: Durability, promising: Durability, syncs: bool) {
    let Some(path) = child_path() else { return };
    // Often enough that there is a flush under way when the end comes.
    let options = Store::options().flush_interval(Duration::from_millis(1));
    // Small, so that there is often a change of files under way as well.
    let store = options.segment_bytes(64 << 10).open(path).expect("the store can be opened");
    thread::scope(|scope| {
        for lane in LANES {
            let store = &store;
            scope.spawn(move || {
                loop {
                    let number = commit_entry(store, durability, lane).expect("the entry is new");
                    tell_entry(lane, number, durability >= promising);
                    if syncs && number.is_multiple_of(20) {
                        store.sync().expect("the store can be synced");
                        tell_entry(lane, number, true);
                    }
                }
            });
        }
    });
}

/// Opens a store without writing to it and checks its state.
pub(crate) fn check_read_only(path: &Path) -> Result<Reached> {
    check(&Store::options().read_only(true).open(path)?.snapshot())
}
