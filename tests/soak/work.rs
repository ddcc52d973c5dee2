//! What the threads do, one step after the other, drawn at random.
//!
//! A step that gives up must leave nothing, and many do: on purpose, in a nested part, or because they
//! lost a conflict and may not try again. What they would have left shows in the sum of the money.

use super::check::digest;
use super::common::Random;
use super::records::{
    ACCOUNTS, Account, BRANCHES, CHECKING, DOCUMENTS, Head, LANES, NOTES, Note, SAVINGS, Transfer,
};
use super::tally::Tally;
use folio::{
    Durability, Error, Isolation, Result, Snapshot, Store, Transaction, TransactionOptions,
};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// The length of a journal at which its older half is removed.
const LONGEST_JOURNAL: u64 = 1000;

/// The most snapshots that a thread holds.
const MOST_HELD: usize = 8;

/// The last number of each lane that must be there after a crash.
#[derive(Debug, Default)]
pub(crate) struct Promised([AtomicU64; LANES as usize]);

impl Promised {
    pub(crate) fn of(found: &BTreeMap<u32, u64>) -> Self {
        let promised = Self::default();
        for (lane, number) in found {
            promised.raise(*lane, *number);
        }
        promised
    }

    pub(crate) fn raise(&self, lane: u32, number: u64) {
        // Read only when the threads have been waited for.
        let promised = self.0.get(lane as usize).expect("there is no such lane");
        promised.fetch_max(number, Ordering::Relaxed);
    }

    pub(crate) fn check(&self, found: &BTreeMap<u32, u64>) {
        for (lane, promised) in (0..).zip(&self.0) {
            let promised = promised.load(Ordering::Relaxed);
            let found = found.get(&lane).copied().unwrap_or_default();
            assert!(found >= promised, "lane {lane} has {found} of {promised} transfers");
        }
    }
}

/// One thread's part.
pub(crate) struct Worker<'s> {
    store: &'s Store,
    lane: u32,
    random: Random,
    /// The last transfer that this thread knows of.
    last: u64,
    /// Snapshots of all ages, each with what it showed at first.
    held: Vec<(Snapshot, u64)>,
}

impl<'s> Worker<'s> {
    pub(crate) fn new(store: &'s Store, lane: u32, random: Random) -> Self {
        Self { store, lane, random, last: 0, held: Vec::new() }
    }

    pub(crate) fn lane(&self) -> u32 {
        self.lane
    }

    /// Does something; returns the lane's last transfer where it is promised from now on.
    pub(crate) fn step(&mut self, tally: &Tally) -> Result<Option<u64>> {
        tally.steps.add(1);
        match self.random.below(100) {
            0..50 => return self.transfer(tally),
            50..58 => self.write_documents()?,
            58..66 => self.audit_a_branch(tally)?,
            66..74 => self.scan()?,
            74..80 => self.move_to_a_branch(tally)?,
            80..85 => self.give_up()?,
            85..90 => self.write_notes()?,
            90..98 => self.hold_a_snapshot(tally)?,
            _ => {
                self.store.sync()?;
                return Ok((self.last > 0).then_some(self.last));
            }
        }
        Ok(None)
    }

    /// Looks once more at the snapshots that are held, and lets go of them.
    pub(crate) fn let_go(&mut self, tally: &Tally) -> Result<()> {
        for (snapshot, before) in self.held.drain(..) {
            assert_eq!(digest(&snapshot)?, before, "a snapshot changed");
            tally.held.add(1);
        }
        Ok(())
    }

    fn account(&mut self) -> (&'static str, u32) {
        let name = self.random.pick(&[CHECKING, SAVINGS]);
        let all = u64::from(ACCOUNTS);
        // Half of them among a few, so that there are conflicts.
        let among = if self.random.below(2) == 0 { 10 } else { all };
        (name, u32::try_from(self.random.below(among)).unwrap_or_default())
    }

    fn options(&mut self, durability: Durability) -> TransactionOptions {
        let isolation = self.random.pick(&[Isolation::Serializable, Isolation::Snapshot]);
        self.store.transaction().durability(durability).isolation(isolation)
    }

    fn transfer(&mut self, tally: &Tally) -> Result<Option<u64>> {
        let durability = match self.random.below(10) {
            0 => Durability::Fsync,
            1..5 => Durability::Write,
            _ => Durability::Background,
        };
        let (from, to, other) = (self.account(), self.account(), self.account());
        let amount = 1 + i64::try_from(self.random.below(50)).unwrap_or_default();
        let (lane, has_detour, tries_once) =
            (self.lane, self.random.below(4) == 0, self.random.below(4) == 0);
        let mut options = self.options(durability);
        if tries_once {
            options = options.retries(0);
        }
        let runs = Cell::new(0);
        let made = options.run(|tx| {
            runs.set(runs.get() + 1);
            if has_detour {
                detour(tx, other);
            }
            let moved = if take(tx, from, amount)? { amount } else { 0 };
            give(tx, to, moved)?;
            note(tx, Transfer { lane, number: 0, amount: moved, parties: vec![from.1, to.1] })
        });
        tally.retries.add(runs.get() - 1);
        match made {
            Ok(number) => {
                assert!(number > self.last, "the journal goes on");
                self.last = number;
                Ok((durability >= Durability::Write).then_some(number))
            }
            Err(error) if tries_once && error.is_conflict() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Two documents that must always say the same.
    fn write_documents(&mut self) -> Result<()> {
        let documents = self.store.documents(DOCUMENTS)?;
        let value = (self.random.next(), "a".repeat(self.random.place(100)));
        let (left, right) = (format!("left/{}", self.lane), format!("right/{}", self.lane));
        if self.random.below(5) == 0 {
            return documents.batch().delete(left).delete(right).commit();
        }
        documents.batch().set(left, &value).set(right, &value).commit()
    }

    /// What an index says and what the records say must agree inside of a transaction.
    fn audit_a_branch(&mut self, tally: &Tally) -> Result<()> {
        let branch = self.random.below(BRANCHES);
        let runs = Cell::new(0);
        self.options(Durability::Write).run(|tx| {
            runs.set(runs.get() + 1);
            let accounts = tx.collection_named::<Account>(CHECKING)?;
            let by_index: i64 =
                accounts.by(Account::BRANCH).get(&branch).map(|account| account.balance).sum();
            let by_record = accounts.iter().filter(|account| account.branch == branch);
            assert_eq!(by_index, by_record.map(|account| account.balance).sum::<i64>());
            Ok(())
        })?;
        tally.retries.add(runs.get() - 1);
        Ok(())
    }

    fn scan(&mut self) -> Result<()> {
        let accounts = self.store.collection_named::<Account>(SAVINGS)?.view();
        let (_, from) = self.account();
        let ids: Vec<_> = accounts.range(from..from + 20).map(|account| account.id).collect();
        assert_eq!(ids, (from..ACCOUNTS.min(from + 20)).collect::<Vec<_>>());
        let account = accounts.find(Account::CODE, &format!("{SAVINGS}-{from}"));
        assert_eq!(account, accounts.get(&from));
        Ok(())
    }

    /// Changes what an index says.
    fn move_to_a_branch(&mut self, tally: &Tally) -> Result<()> {
        let ((name, id), branch) = (self.account(), self.random.below(BRANCHES));
        let runs = Cell::new(0);
        self.options(Durability::Background).run(|tx| {
            runs.set(runs.get() + 1);
            let accounts = tx.collection_named::<Account>(name)?;
            accounts.update(&id, |account| account.branch = branch).map(drop)
        })?;
        tally.retries.add(runs.get() - 1);
        Ok(())
    }

    /// A transaction that changes a lot and gives up.
    fn give_up(&mut self) -> Result<()> {
        let (from, amount) = (self.account(), 1);
        let given_up = self.store.transact(|tx| {
            take(tx, from, amount)?;
            tx.collection::<Note>()?.clear()?;
            tx.documents(DOCUMENTS)?.clear()?;
            Err::<(), _>(Error::abort("on purpose"))
        });
        if given_up.as_ref().is_err_and(Error::is_abort) { Ok(()) } else { given_up }
    }

    /// All notes of the lane, or none of them.
    fn write_notes(&mut self) -> Result<()> {
        let notes = self.store.collection::<Note>()?;
        let (lane, stamp) = (self.lane, self.random.next());
        if self.random.below(3) == 0 {
            notes.remove_range((lane, 0)..(lane, u64::MAX))?;
        } else {
            notes.put_all((0..NOTES).map(|number| Note { lane, number, stamp }))?;
        }
        Ok(())
    }

    fn hold_a_snapshot(&mut self, tally: &Tally) -> Result<()> {
        if self.held.len() < MOST_HELD && self.random.below(2) == 0 {
            let snapshot = self.store.snapshot();
            let shown = digest(&snapshot)?;
            self.held.push((snapshot, shown));
        } else if !self.held.is_empty() {
            let (snapshot, before) = self.held.swap_remove(self.random.place(self.held.len()));
            assert_eq!(digest(&snapshot)?, before, "a snapshot changed");
            tally.held.add(1);
        }
        Ok(())
    }
}

/// Takes money from an account that has it; says whether it had.
fn take(tx: &Transaction, (name, id): (&str, u32), amount: i64) -> Result<bool> {
    let accounts = tx.collection_named::<Account>(name)?;
    let has_it = accounts.get(&id).is_some_and(|account| account.balance >= amount);
    if has_it {
        accounts.update(&id, |account| account.balance -= amount)?;
    }
    Ok(has_it)
}

fn give(tx: &Transaction, (name, id): (&str, u32), amount: i64) -> Result<()> {
    let accounts = tx.collection_named::<Account>(name)?;
    accounts.update(&id, |account| account.balance += amount).map(drop)
}

/// A nested part that takes money and then fails: the money must be back.
fn detour(tx: &Transaction, from: (&str, u32)) {
    let failed: Result<()> = tx.nested(|tx| {
        take(tx, from, 5)?;
        tx.collection::<Head>()?.clear()?;
        Err(Error::abort("a detour"))
    });
    assert!(failed.is_err());
}

/// Writes the next transfer of its lane down, and removes the older half of a long journal.
fn note(tx: &Transaction, mut transfer: Transfer) -> Result<u64> {
    let lane = transfer.lane;
    let (heads, journal) = (tx.collection::<Head>()?, tx.collection::<Transfer>()?);
    let head = heads.update(&lane, |head| head.last += 1)?;
    transfer.number = head.last;
    journal.insert(transfer)?;
    if head.last - head.first >= LONGEST_JOURNAL {
        let first = head.first + LONGEST_JOURNAL / 2;
        let removed = journal.remove_range((lane, head.first)..(lane, first))?;
        assert_eq!(removed as u64, LONGEST_JOURNAL / 2);
        heads.update(&lane, |head| head.first = first)?;
    }
    Ok(head.last)
}
