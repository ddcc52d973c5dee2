//! Random concurrent transactions on registers, and what they saw.
//!
//! Several threads work on few registers, in two collections of records and one of documents, and
//! give way to each other between steps. Besides transactions that run at once, each thread may keep
//! a snapshot and an open transaction while it and others commit, and look through them later.

use super::history::{By, End, Event, Found, History, IDS, Look, Part, Transaction};
use super::record::{Readable, Register};
use super::steps::{random_look, steps};
use crate::common::Random;
use folio::{Durability, Error, Isolation, Result, Snapshot, Store};
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// The names of the collections: those of records, and that of documents.
pub(super) const RECORDS: [&str; 2] = ["registers", "more registers"];
pub(super) const DOCUMENTS: &str = "documents";

/// The end of a transaction that did not wait until what it saw was published: others that begin
/// afterwards may see less.
const NEVER: u64 = u64::MAX;

/// What is run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Workload {
    pub(super) isolation: Isolation,
    pub(super) threads: usize,
    pub(super) transactions: usize,
    /// Whether registers are removed, too.
    pub(super) removes: bool,
    /// Whether some writes are not told what they replaced.
    pub(super) blind: bool,
    /// Whether transactions are run by [`Store::transact`], which runs them again after a conflict
    /// and does not tell their version.
    pub(super) again: bool,
}

/// What the threads of one history share.
pub(super) struct Shared {
    pub(super) store: Store,
    pub(super) workload: Workload,
    /// Numbers for values, each used once.
    pub(super) values: AtomicU64,
    /// Numbers for beginnings and ends in the order in which they happen.
    clock: AtomicU64,
}

impl Shared {
    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }
}

pub(super) fn run(store: Store, workload: Workload, random: &mut Random) -> Result<History> {
    for name in RECORDS {
        store.collection_named::<Register>(name)?;
    }
    store.documents(DOCUMENTS)?;
    let (values, clock) = (AtomicU64::new(1), AtomicU64::new(0));
    let shared = Shared { store, workload, values, clock };
    let transactions: Result<Vec<_>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..workload.threads)
            .map(|_| {
                let (shared, random) = (&shared, random.fork());
                scope.spawn(move || Worker::new(shared, random).work())
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no thread panics")).collect()
    });
    let mut transactions = transactions?.concat();
    let mut last = Observer::new(&shared);
    last.look_at_all()?;
    transactions.push(last.seen);
    Ok(History { transactions })
}

/// A thread at work.
struct Worker<'a> {
    shared: &'a Shared,
    random: Random,
    done: Vec<Transaction>,
    held: Option<Observer>,
    open: Option<Open>,
}

/// A transaction that is kept open.
struct Open {
    tx: folio::Transaction,
    begin: u64,
    events: Vec<Event>,
}

impl<'a> Worker<'a> {
    fn new(shared: &'a Shared, random: Random) -> Self {
        Self { shared, random, done: vec![], held: None, open: None }
    }

    fn work(mut self) -> Result<Vec<Transaction>> {
        for _ in 0..self.shared.workload.transactions {
            match self.random.below(8) {
                0 => self.observe()?,
                1 if !self.shared.workload.again => self.linger()?,
                _ if self.shared.workload.again => self.transact_again()?,
                _ => {
                    let open = self.begin()?;
                    self.end(open);
                }
            }
        }
        self.done.extend(self.held.map(|held| held.seen));
        Ok(self.done)
    }

    /// Takes a snapshot, or looks through the one that is held and may let it go.
    fn observe(&mut self) -> Result<()> {
        let mut held = self.held.take().unwrap_or_else(|| Observer::new(self.shared));
        held.look(&mut self.random)?;
        if self.random.below(3) == 0 {
            self.done.push(held.seen);
        } else {
            self.held = Some(held);
        }
        Ok(())
    }

    /// Begins a transaction to be ended later, or ends the one that is open, with or without more
    /// steps.
    fn linger(&mut self) -> Result<()> {
        let Some(mut open) = self.open.take() else {
            self.open = Some(self.begin()?);
            return Ok(());
        };
        if self.random.below(3) > 0 {
            open.events.extend(steps(self.shared, &open.tx, &mut self.random)?);
        }
        self.end(open);
        Ok(())
    }

    fn begin(&mut self) -> Result<Open> {
        let begin = self.shared.tick();
        let tx = self.options().begin();
        let events = steps(self.shared, &tx, &mut self.random)?;
        Ok(Open { tx, begin, events })
    }

    fn end(&mut self, open: Open) {
        let Open { tx, begin, events } = open;
        let base = tx.snapshot_version();
        let (committed, end) = if self.random.below(8) == 0 {
            tx.rollback();
            (None, NEVER)
        } else {
            match tx.commit() {
                Ok(commit) => (Some(commit.version), self.shared.tick()),
                Err(Error::Conflict { .. }) => (None, self.shared.tick()),
                Err(error) => panic!("nothing but conflicts happens, not {error}"),
            }
        };
        let ended = if committed.is_some() { End::Committed } else { End::Undone };
        let version = Some(committed.unwrap_or(base).number());
        self.done.push(Transaction { begin, end, version, events, ended });
    }

    /// Lets the store run a transaction until it commits, or until it gives up by itself; each
    /// attempt is a transaction.
    fn transact_again(&mut self) -> Result<()> {
        let gives_up = self.random.below(8) == 0;
        // An attempt begins, at the earliest, when the one before it is over.
        let mut begin = self.shared.tick();
        let attempts = RefCell::new(Vec::new());
        let (shared, options) = (self.shared, self.options());
        let result = options.run(|tx| {
            let events = steps(shared, tx, &mut self.random)?;
            let (end, ended) = (NEVER, End::Undone);
            attempts.borrow_mut().push(Transaction { begin, end, version: None, events, ended });
            begin = shared.tick();
            if gives_up { Err(Error::abort("on purpose")) } else { Ok(()) }
        });
        let mut attempts = attempts.into_inner();
        let last = attempts.last_mut().expect("it ran at least once");
        last.end = shared.tick();
        match result {
            Ok(()) => last.ended = End::Committed,
            Err(error) if error.is_abort() && gives_up => {}
            Err(error) => return Err(error),
        }
        self.done.extend(attempts);
        Ok(())
    }

    fn options(&mut self) -> folio::TransactionOptions {
        let levels = [Durability::Fsync, Durability::Write, Durability::Background];
        let durability = levels.get(self.random.place(3)).copied().unwrap_or_default();
        let options = self.shared.store.transaction();
        options.isolation(self.shared.workload.isolation).durability(durability)
    }
}

/// A snapshot, as a transaction that reads: it has ended when the snapshot is taken, whenever it is
/// looked at.
struct Observer {
    snapshot: Snapshot,
    seen: Transaction,
}

impl Observer {
    fn new(shared: &Shared) -> Self {
        let begin = shared.tick();
        let snapshot = shared.store.snapshot();
        let end = shared.tick();
        let version = Some(snapshot.version().number()).filter(|_| !shared.workload.again);
        let seen = Transaction { begin, end, version, events: vec![], ended: End::Committed };
        Self { snapshot, seen }
    }

    fn look(&mut self, random: &mut Random) -> Result<()> {
        for _ in 0..=random.below(3) {
            let collection = random.place(3);
            let (look, way) = (random_look(random, collection, 0), random.next());
            let found = self.find(collection, look, way)?;
            self.seen.events.push(Event::Read { collection, look, found });
            thread::yield_now();
        }
        Ok(())
    }

    fn look_at_all(&mut self) -> Result<()> {
        for collection in 0..3 {
            let look = Look { by: By::Ids(0, IDS), part: Part::All };
            let found = self.find(collection, look, 1)?;
            self.seen.events.push(Event::Read { collection, look, found });
        }
        Ok(())
    }

    fn find(&self, collection: usize, look: Look, way: u64) -> Result<Found> {
        match RECORDS.get(collection) {
            Some(name) => self.snapshot.collection_named::<Register>(name)?.look(look, way),
            None => self.snapshot.documents(DOCUMENTS)?.look(look, way),
        }
    }
}
