//! Running a transaction's closure until it commits.
//!
//! A transaction that lost a conflict runs again from the tip. First at once, since whoever won is
//! done; then after a pause that is drawn at random from a range that doubles each time, so that
//! those who met once do not meet again. After [`FLOOR_AFTER`] attempts it takes the floor: everybody
//! else's commits wait until its own is staged, so it can only lose to commits of its own thread, made
//! inside the closure. If it does that too, again and again, the conflict is the answer.

use crate::collection::committing::Committing;
use crate::collection::slow::SlowWatch;
use crate::collection::transaction::{Transaction, take_floor};
use crate::engine::pipeline::Floor;
use crate::engine::statistics::Statistics;
use crate::engine::{CommitOptions, Engine};
use crate::error::{Error, Result};
use crate::options::{Durability, Isolation};
use crate::when::Version;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// The attempts after which a transaction takes the floor.
const FLOOR_AFTER: u32 = 8;

/// The attempts that a transaction has with the floor.
const FLOOR_ATTEMPTS: u32 = 3;

/// The range of the first pause, and how often it doubles.
const PAUSE: Duration = Duration::from_micros(20);
const PAUSE_DOUBLINGS: u32 = 6;

/// How a transaction is run. Made by [`Store::transaction`](crate::Store::transaction).
///
/// ```
/// # use folio::{Durability, Isolation, Record, Store};
/// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
/// # struct Item { #[key] id: u64 }
/// # fn main() -> folio::Result<()> {
/// # let store = Store::in_memory();
/// store
///     .transaction()
///     .isolation(Isolation::Snapshot)
///     .durability(Durability::Write)
///     .meta("actor", "ada")
///     .run(|tx| tx.collection::<Item>()?.put(Item { id: 1 }))?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a transaction does nothing until it is begun or run"]
pub struct TransactionOptions {
    engine: Arc<Engine>,
    commit: CommitOptions,
    retries: Option<u32>,
}

impl TransactionOptions {
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        let commit = engine.commit_options();
        Self { engine, commit, retries: None }
    }

    /// What the transaction is protected from. Default: as the store's options say.
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.commit.isolation = isolation;
        self
    }

    /// When the commit counts as done. Default: as the store's options say.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.commit.durability = durability;
        self
    }

    /// How often the closure is run again after a conflict before the conflict is returned. Default,
    /// and at most: until it has had the floor a few times, with which only commits that the closure
    /// itself makes elsewhere can still defeat it.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = Some(retries);
        self
    }

    /// Says something about the transaction that is kept in the log with it, such as who made it and
    /// why.
    pub fn meta(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.commit.meta.push((key.into(), value.into()));
        self
    }

    /// Begins a transaction that the caller commits.
    #[must_use]
    pub fn begin(self) -> Transaction {
        Transaction::begin_watched(self.engine, self.commit)
    }

    /// Runs the closure and commits, again if need be, like
    /// [`Store::transact`](crate::Store::transact).
    ///
    /// # Errors
    ///
    /// What the closure gives; [`Error::Conflict`] when the retries are used up; and what
    /// [`Transaction::commit`] gives.
    pub fn run<R>(self, closure: impl FnMut(&Transaction) -> Result<R>) -> Result<R> {
        self.try_run(closure)
    }

    /// Like [`run`](Self::run), with an error type of the caller's own.
    ///
    /// # Errors
    ///
    /// Like [`run`](Self::run).
    pub fn try_run<R, E: From<Error>>(
        self,
        closure: impl FnMut(&Transaction) -> Result<R, E>,
    ) -> Result<R, E> {
        run(&self.engine, &self.commit, self.retries, closure)
    }

    /// Runs the closure here and now, again if need be, and returns when it has committed: what is left to
    /// wait for is the disk, which the [`Committing`] does without a thread. See
    /// [`Store::transact_async`](crate::Store::transact_async).
    ///
    /// # Errors
    ///
    /// The future gives them, those of [`run`](Self::run).
    pub fn run_async<R>(self, closure: impl FnMut(&Transaction) -> Result<R>) -> Committing<R> {
        self.try_run_async(closure)
    }

    /// Like [`run_async`](Self::run_async), with an error type of the caller's own.
    ///
    /// # Errors
    ///
    /// Like [`run_async`](Self::run_async).
    pub fn try_run_async<R, E: From<Error>>(
        self,
        closure: impl FnMut(&Transaction) -> Result<R, E>,
    ) -> Committing<R, E> {
        let Self { engine, commit, retries } = self;
        match attempts(&engine, &commit, retries, closure, Transaction::submit) {
            Ok((value, submitted)) => Committing::of(engine, Ok(value), submitted),
            Err(Lost { error, seen }) => Committing::behind(engine, Err(error), seen),
        }
    }
}

/// A transaction that did not commit.
struct Lost<E> {
    error: E,
    /// The version that it saw, if that must be durable before the caller is told.
    seen: Option<Version>,
}

/// Runs a closure as a transaction until it commits, or was run again so often.
pub(crate) fn run<R, E: From<Error>>(
    engine: &Arc<Engine>,
    options: &CommitOptions,
    retries: Option<u32>,
    closure: impl FnMut(&Transaction) -> Result<R, E>,
) -> Result<R, E> {
    match attempts(engine, options, retries, closure, Transaction::try_commit) {
        Ok((value, _)) => Ok(value),
        Err(Lost { error, seen }) => {
            if let Some(seen) = seen {
                engine.pipeline().wait_for(seen.number())?;
            }
            Err(error)
        }
    }
}

/// Runs a closure, and `commit` behind it, until that succeeds.
#[inline]
fn attempts<R, C, E: From<Error>>(
    engine: &Arc<Engine>,
    options: &CommitOptions,
    retries: Option<u32>,
    mut closure: impl FnMut(&Transaction) -> Result<R, E>,
    commit: impl Fn(Transaction, Option<Floor<'_>>) -> Result<C>,
) -> Result<(R, C), Lost<E>> {
    let watch = SlowWatch::begin(engine);
    let most = retries.unwrap_or(u32::MAX).min(FLOOR_AFTER + FLOOR_ATTEMPTS - 1);
    for attempt in 0.. {
        let floor = (attempt >= FLOOR_AFTER).then(|| take_floor(engine));
        let tx = Transaction::begin(engine.clone(), options.clone());
        let seen = tx.snapshot_version();
        let value = closure(&tx).map_err(|error| Lost { error, seen: Some(seen) })?;
        let collections = watch.collections(|| tx.opened());
        let error = match commit(tx, floor) {
            Ok(committed) => {
                watch.end(engine, attempt + 1, &collections, options, true);
                return Ok((value, committed));
            }
            Err(error) => error,
        };
        if !error.is_conflict() || attempt >= most {
            watch.end(engine, attempt + 1, &collections, options, false);
            // What a failed log has lost is settled.
            let seen = (!error.is_poisoned()).then_some(seen);
            return Err(Lost { error: error.into(), seen });
        }
        Statistics::count(&engine.statistics().retries);
        pause(attempt);
    }
    unreachable!("the loop has no end of its own")
}

/// Lets those who are at it finish.
fn pause(attempt: u32) {
    if attempt < 2 {
        thread::yield_now();
        return;
    }
    let most = PAUSE * 2_u32.pow(attempt.min(PAUSE_DOUBLINGS));
    let random = RandomState::new().hash_one(attempt);
    let nanos = u64::try_from(most.as_nanos()).map_or(0, |most| random % most.max(1));
    thread::sleep(Duration::from_nanos(nanos));
}
