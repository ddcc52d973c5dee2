//! Money is moved between accounts by several threads at once, and never made or lost.
//!
//! ```text
//! cargo run --release --example bank            # in a temporary directory
//! cargo run --release --example bank -- DIR     # in DIR, which must not hold a bank yet
//! ```
//!
//! Each transfer is one transaction: it reads two balances and writes both. While the tellers work,
//! an auditor takes snapshot after snapshot and adds up all the accounts. A snapshot is one version
//! of everything, so the auditor finds the same total every time, and neither side waits for the
//! other. At the end the bank is opened again from disk and counted once more.

use folio::{Record, Snapshot, Store};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

const ACCOUNTS: u64 = 100;
const OPENING_BALANCE_CENTS: i64 = 10_000;
const TELLERS: u64 = 8;
const TRANSFERS_PER_TELLER: u64 = 250;

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "accounts")]
struct Account {
    #[key]
    number: u64,
    balance_cents: i64,
}

/// What happened, for the books: written in the transaction that moved the money.
#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "transfers")]
struct Transfer {
    #[key]
    id: u64,
    #[index]
    from: u64,
    #[index]
    to: u64,
    amount_cents: i64,
}

/// Why a transfer did not take place. The error of a transaction may be the program's own type, so
/// that a refusal needs no disguise as an error of the store.
#[derive(Debug)]
enum Refusal {
    NotEnough,
    Store(folio::Error),
}

impl From<folio::Error> for Refusal {
    fn from(error: folio::Error) -> Self {
        Self::Store(error)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    let directory = match std::env::args_os().nth(1) {
        Some(given) => PathBuf::from(given),
        None => temporary.path().join("bank.folio"),
    };
    let expected = total_of_opening();
    let made = trade(&directory, expected)?;

    let started = Instant::now();
    let store = Store::open(&directory)?;
    let snapshot = store.snapshot();
    assert_eq!(total(&snapshot)?, expected, "the total on disk");
    assert_eq!(snapshot.collection::<Transfer>()?.len() as u64, made, "the transfers on disk");
    println!(
        "opened again in {:.1?}: {made} transfers, {expected} cents, nothing made, nothing lost",
        started.elapsed()
    );
    Ok(())
}

/// Lets the tellers and the auditor work on a fresh bank. Returns how many transfers were made.
fn trade(directory: &Path, expected: i64) -> Result<u64, Box<dyn Error>> {
    let store = Store::open(directory)?;
    let accounts = store.collection::<Account>()?;
    // All of them in one commit.
    accounts.insert_all(
        (0..ACCOUNTS).map(|number| Account { number, balance_cents: OPENING_BALANCE_CENTS }),
    )?;
    store.collection::<Transfer>()?;
    println!("{ACCOUNTS} accounts, {expected} cents; {TELLERS} tellers go to work");

    let started = Instant::now();
    let before = store.stats();
    let closing = AtomicBool::new(false);
    let (made, audits) = thread::scope(|scope| {
        let store = &store;
        let auditor = scope.spawn(|| audit(store, expected, &closing));
        let tellers: Vec<_> =
            (0..TELLERS).map(|teller| scope.spawn(move || work(store, teller))).collect();
        let made: folio::Result<u64> =
            tellers.into_iter().map(|teller| teller.join().expect("no teller panics")).sum();
        // Whatever became of the tellers, the auditor must hear that the day is over.
        closing.store(true, Ordering::Release);
        (made, auditor.join().expect("the auditor does not panic"))
    });
    let (made, audits) = (made?, audits?);
    let elapsed = started.elapsed();

    let stats = store.stats();
    let attempts = TELLERS * TRANSFERS_PER_TELLER;
    println!("{made} of {attempts} transfers made, the others refused for want of money");
    println!("{audits} audits meanwhile, each found {expected} cents");
    println!(
        "{elapsed:.1?}: {} commits, {} conflicts (run again), {} writes and {} syncs of the log",
        stats.commits - before.commits,
        stats.conflicts - before.conflicts,
        stats.writes - before.writes,
        stats.syncs - before.syncs,
    );
    Ok(made)
}

/// Makes one teller's transfers. Returns how many were not refused.
fn work(store: &Store, teller: u64) -> folio::Result<u64> {
    let mut random = Random(teller + 1);
    let mut made = 0;
    for _ in 0..TRANSFERS_PER_TELLER {
        let from = random.below(ACCOUNTS);
        let to = (from + 1 + random.below(ACCOUNTS - 1)) % ACCOUNTS;
        let amount_cents = 1 + random.below(5_000).cast_signed();
        match transfer(store, from, to, amount_cents) {
            Ok(()) => made += 1,
            Err(Refusal::NotEnough) => {}
            Err(Refusal::Store(error)) => return Err(error),
        }
    }
    Ok(made)
}

/// Moves money, if there is enough of it. On disk when it returns.
fn transfer(store: &Store, from: u64, to: u64, amount_cents: i64) -> Result<(), Refusal> {
    store.try_transact(|tx| {
        let accounts = tx.collection::<Account>()?;
        let rest = accounts.update(&from, |account| account.balance_cents -= amount_cents)?;
        if rest.balance_cents < 0 {
            // An error undoes what the closure did, so looking after the withdrawal is safe.
            return Err(Refusal::NotEnough);
        }
        accounts.update(&to, |account| account.balance_cents += amount_cents)?;
        let id = tx.next_id::<Transfer>()?;
        tx.collection::<Transfer>()?.insert(Transfer { id, from, to, amount_cents })?;
        Ok(())
    })
}

/// Adds up all accounts, again and again, until the bank closes. Returns how often.
fn audit(store: &Store, expected: i64, closing: &AtomicBool) -> folio::Result<u64> {
    let mut audits = 0;
    loop {
        // Looked at before the snapshot, so that the last audit sees the last transfer.
        let last = closing.load(Ordering::Acquire);
        assert_eq!(total(&store.snapshot())?, expected, "the total in audit {audits}");
        audits += 1;
        if last {
            return Ok(audits);
        }
    }
}

fn total(snapshot: &Snapshot) -> folio::Result<i64> {
    Ok(snapshot.collection::<Account>()?.iter().map(|account| account.balance_cents).sum())
}

fn total_of_opening() -> i64 {
    OPENING_BALANCE_CENTS * ACCOUNTS.cast_signed()
}

/// A small generator of numbers (xorshift), seeded by the teller, so that each run makes the same
/// attempts.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
