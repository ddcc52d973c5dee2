//! The commit pipeline: one order of commits, group commit, publication.
//!
//! # The order
//!
//! ```text
//!  validate → append → (sync) → publish → wake
//!  └ under the commit lock ┘   └ by the one leader, outside of it ┘
//! ```
//!
//! A commit is validated against the *tip*, the newest validated version, and becomes the new tip,
//! all under the commit lock; its bytes were encoded before. It joins the *group* of commits that
//! are waiting to be written. If nobody is flushing, its thread becomes the *leader*: it takes the
//! whole group, lets go of the lock, writes the group with one write and, if any commit in it asked
//! for that, one sync, publishes the version that the group ends with, and wakes the others. While it
//! does, the next group gathers. When it is done it asks one of that group's waiters to lead and
//! returns to its caller. A commit that comes by before that waiter is awake simply takes the lead
//! itself: no thread ever waits for another to wake up when there is work it could do. A leader flushes
//! one group only: while it flushed the next, its own caller could not bring another commit.
//!
//! A flush without a sync mostly takes less time than going to sleep and being woken. A commit that
//! meets one looks for a moment whether it is over ([`Turn::spin`]), and only then waits.
//!
//! # What may be seen
//!
//! Snapshots see the *published* version, which is durable at the level each commit up to it asked
//! for. Transactions start from the tip, so that commits on hot keys need not wait for each other's
//! sync; therefore the outcome of any transaction, one without writes or one that gave up included,
//! is handed out only once the version it started from is published ([`Pipeline::wait_for`]).
//!
//! A commit at [`Durability::Background`] is published at once if all before it are, and flushed by
//! the background thread.
//!
//! # Failure
//!
//! After a failed write or sync nobody knows what is on disk, and a second sync that succeeds would
//! prove nothing. The pipeline is *poisoned*: the group in flight gets `OutcomeUnknown`, the group
//! behind it and everything later `Poisoned`, the tip goes back to the published version, and
//! reading goes on. A log that panics has failed too; the panic reaches the leader's caller alone.
//!
//! # Progress
//!
//! A transaction that lost often enough asks for the floor ([`Pipeline::exclusive`]): until its commit
//! is the tip, only its own thread commits. The floor goes right there, under the commit lock, not when
//! the commit is written ([`Floor::end_with_commit`]): others join its group. Of the user's code, only
//! index functions and the order of keys run under the commit lock.

mod background;
mod floor;

pub(crate) use floor::Floor;
use floor::Holder;

use crate::engine::turn::{Failure, Turn, Wake};
use crate::error::{Error, Result};
use crate::log::Log;
use crate::options::Durability;
use crate::sync::{
    AtomicU64, Bug, Condvar, Mutex, MutexGuard, Ordering, Swap, ThreadToken, seeded,
};
use crate::version::Root;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

/// How much may wait to be written before a commit at [`Durability::Background`] has to wait too.
const BACKLOG_BYTES: usize = 64 << 20;

/// A validated commit.
#[derive(Debug)]
pub(crate) struct Staged {
    /// The version it makes of the tip.
    pub(crate) version: Root,
    /// Its bytes in the log.
    pub(crate) bytes: Vec<u8>,
}

/// How often the pipeline did what.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) groups: AtomicU64,
}

/// The commit pipeline.
#[derive(Debug)]
pub(crate) struct Pipeline {
    /// The commit lock.
    state: Mutex<State>,
    /// A copy of the state's tip that transactions start from without the commit lock. A lock of its
    /// own, since it is replaced by every commit: a [`Swap`] looks at every thread that ever read one
    /// to replace a pointer, which costs more the more threads there are.
    tip: Mutex<Arc<Root>>,
    published: Swap<Root>,
    /// Locked by the leader alone.
    log: Mutex<Box<dyn Log>>,
    /// Held by the thread that closes until it is done.
    closing: Mutex<()>,
    /// Signalled when the floor becomes free.
    floor: Condvar,
    /// Signalled when the background thread has something to do.
    background: Condvar,
    pub(crate) counters: Counters,
}

#[derive(Debug)]
struct State {
    tip: Arc<Root>,
    group: Group,
    /// The group that a leader is flushing.
    in_flight: Option<InFlight>,
    /// The number of the published version.
    published: u64,
    /// The last version that asked for more than [`Durability::Background`].
    awaited: u64,
    /// The last version known to be synced.
    synced: u64,
    floor: Option<Holder>,
    /// Whether the background thread waits for something to do, and not for time to pass.
    background_idle: bool,
    failure: Option<Arc<Error>>,
    closed: bool,
}

/// Commits that are waiting to be written.
#[derive(Debug)]
struct Group {
    /// The version before the first of them.
    base: u64,
    commits: Vec<Vec<u8>>,
    /// The size of them all.
    bytes: usize,
    /// The highest level that any of them asked for.
    durability: Durability,
    turn: Arc<Turn>,
    /// How many threads wait on `turn`, or are about to.
    waiters: usize,
}

#[derive(Debug)]
struct InFlight {
    /// The last version in it.
    last: u64,
    turn: Arc<Turn>,
    durability: Durability,
}

impl Group {
    /// An empty group behind version `base`, with space for so many commits.
    fn new(base: u64, commits: usize) -> Self {
        Self {
            base,
            commits: Vec::with_capacity(commits),
            bytes: 0,
            durability: Durability::Background,
            turn: Arc::default(),
            waiters: 0,
        }
    }
}

impl Pipeline {
    /// Goes on from `version`, which `log` ends with.
    pub(crate) fn new(version: Arc<Root>, log: Box<dyn Log>) -> Self {
        let number = version.number;
        Self {
            tip: Mutex::new(version.clone()),
            published: Swap::new(version.clone()),
            state: Mutex::new(State {
                tip: version,
                group: Group::new(number, 0),
                in_flight: None,
                published: number,
                awaited: number,
                synced: number,
                floor: None,
                background_idle: false,
                failure: None,
                closed: false,
            }),
            log: Mutex::new(log),
            closing: Mutex::new(()),
            floor: Condvar::new(),
            background: Condvar::new(),
            counters: Counters::default(),
        }
    }

    /// The newest validated version, perhaps not durable yet.
    pub(crate) fn tip(&self) -> Arc<Root> {
        self.tip.lock().clone()
    }

    /// The newest version that may be seen.
    pub(crate) fn published(&self) -> Arc<Root> {
        self.published.load()
    }

    /// Looks at the newest version that may be seen, without a reference of its own.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&Root) -> R) -> R {
        self.published.read(look)
    }

    /// Commits what `prepare` makes of the tip, and returns when that is published. It runs under the
    /// commit lock; if it fails, nothing happens.
    pub(crate) fn commit(
        &self,
        durability: Durability,
        prepare: impl FnOnce(&Arc<Root>) -> Result<Staged>,
    ) -> Result<Arc<Root>> {
        let mut state = self.enter()?;
        let Staged { version, bytes } = prepare(&state.tip)?;
        let version = Arc::new(version);
        self.counters.commits.fetch_add(1, Ordering::Relaxed);
        // Dropped when the lock is free again, with all that hangs on it.
        let _replaced = self.replace_tip(&mut state, &version);
        self.end_floor(&mut state);
        state.group.bytes += bytes.len();
        state.group.commits.push(bytes);
        state.group.durability = state.group.durability.max(durability);
        if durability > Durability::Background {
            state.awaited = version.number;
        } else {
            if state.background_idle {
                self.wake_background();
            }
            let is_next = state.awaited <= state.published || seeded(Bug::OvertakeInBackground);
            if is_next && state.group.bytes < BACKLOG_BYTES {
                let replaced = self.publish(&mut state, &version);
                drop(state);
                drop(replaced);
                return Ok(version);
            }
        }
        self.join(state)?;
        Ok(version)
    }

    /// Returns once version `number` is published.
    pub(crate) fn wait_for(&self, number: u64) -> Result<()> {
        if self.published.read(|version| version.number) >= number || seeded(Bug::SkipWait) {
            return Ok(());
        }
        let state = self.state.lock();
        if state.published >= number {
            return Ok(());
        }
        if let Some(source) = &state.failure {
            return Err(Error::Poisoned { source: source.clone() });
        }
        let waited = match &state.in_flight {
            Some(in_flight) if in_flight.last >= number => {
                let turn = in_flight.turn.clone();
                drop(state);
                self.follow(&turn)
            }
            _ => self.join(state),
        };
        waited.map_err(|error| match error {
            // The caller has no commit in the group whose outcome could be unknown.
            Error::OutcomeUnknown { source } => Error::Poisoned { source },
            other => other,
        })
    }

    /// Makes everything committed so far durable.
    pub(crate) fn sync(&self) -> Result<()> {
        let state = self.state.lock();
        state.check_open()?;
        self.sync_state(state)
    }

    /// Makes everything durable and takes no more commits. Does nothing the second time, except to
    /// wait for the first.
    pub(crate) fn close(&self) -> Result<()> {
        // Whoever returns from here takes the files for free.
        let _closing = (!seeded(Bug::CloseTwice)).then(|| self.closing.lock());
        let mut state = self.state.lock();
        if state.closed {
            return Ok(());
        }
        state.closed = !seeded(Bug::CommitAfterClose);
        self.wake_background();
        self.wake_floor();
        if let Some(source) = &state.failure {
            return Err(Error::Poisoned { source: source.clone() });
        }
        if !seeded(Bug::CloseWithoutSync) {
            self.sync_state(state)?;
        }
        self.log.lock().close()
    }

    /// The commit lock, once this thread may commit.
    fn enter(&self) -> Result<MutexGuard<'_, State>> {
        let mut state = self.state.lock();
        loop {
            state.check_open()?;
            let is_free =
                state.floor.as_ref().is_none_or(|holder| holder.thread == ThreadToken::current());
            if is_free || seeded(Bug::IgnoreFloor) {
                return Ok(state);
            }
            state = self.floor.wait(state);
        }
    }

    fn sync_state(&self, mut state: MutexGuard<'_, State>) -> Result<()> {
        // Even a group without commits has to be seen through if somebody waits for it: once the
        // log is closed, its leader would come too late.
        let has_waiters = state.group.waiters > 0 && !seeded(Bug::CloseBeforeWaiters);
        let is_idle = state.in_flight.is_none() && !has_waiters;
        if is_idle && state.synced == state.tip.number {
            return Ok(());
        }
        state.group.durability = Durability::Fsync;
        self.join(state)
    }

    /// Sees the group at hand through: leads its flush if nobody is flushing, else waits.
    fn join(&self, mut state: MutexGuard<'_, State>) -> Result<()> {
        state.group.waiters += 1;
        let Some(in_flight) = &state.in_flight else { return self.lead(state) };
        let is_quick = in_flight.durability.max(state.group.durability) < Durability::Fsync;
        let turn = state.group.turn.clone();
        drop(state);
        if is_quick {
            turn.spin();
        }
        self.follow(&turn)
    }

    /// Waits for a group, and leads its flush if asked to and still needed.
    fn follow(&self, turn: &Arc<Turn>) -> Result<()> {
        loop {
            match turn.wait() {
                Wake::Done(result) => return Ok(result?),
                Wake::Lead => {
                    let state = self.state.lock();
                    let is_pending = Arc::ptr_eq(&state.group.turn, turn);
                    if is_pending && state.in_flight.is_none() || seeded(Bug::LeadUnasked) {
                        return self.lead(state);
                    }
                    // Somebody else took the group, or will be asked when the flush under way ends.
                }
            }
        }
    }

    /// Flushes the group at hand. Nobody else is flushing.
    fn lead(&self, mut state: MutexGuard<'_, State>) -> Result<()> {
        let target = state.tip.clone();
        let next = Group::new(target.number, state.group.commits.len());
        let group = std::mem::replace(&mut state.group, next);
        state.in_flight = Some(InFlight {
            last: target.number,
            turn: group.turn.clone(),
            durability: group.durability,
        });
        if seeded(Bug::PublishBeforeFlush) {
            self.publish(&mut state, &target);
        }
        drop(state);

        // To those who wait, a panic in the log is a failure like any other. It goes on from here
        // when they have been told.
        let flush = panic::catch_unwind(AssertUnwindSafe(|| self.flush(&group)));
        let (written, panic) = match flush {
            Ok(written) => (written, None),
            Err(panic) if seeded(Bug::LosePanic) => panic::resume_unwind(panic),
            Err(panic) => (Err(panicked()), Some(panic)),
        };
        if seeded(Bug::FinishBeforePublish) {
            group.turn.finish(Ok(()));
        }

        let mut state = self.state.lock();
        state.in_flight = None;
        let mut replaced = None;
        let result = match written {
            Ok(()) => {
                if group.durability == Durability::Fsync {
                    state.synced = target.number;
                }
                replaced = self.publish(&mut state, &target);
                if state.group.waiters > 0 && !seeded(Bug::ForgetNextGroup) {
                    state.group.turn.want_leader();
                }
                Ok(())
            }
            Err(error) => Err(self.poison(&mut state, error)),
        };
        drop(state);
        group.turn.finish(result.clone());
        drop(replaced);
        if let Some(panic) = panic {
            panic::resume_unwind(panic);
        }
        Ok(result?)
    }

    /// One write for the group and, if anyone in it asked for it, one sync.
    fn flush(&self, group: &Group) -> Result<()> {
        let mut log = self.log.lock();
        self.counters.groups.fetch_add(1, Ordering::Relaxed);
        log.append(group.base, &group.commits)?;
        if group.durability == Durability::Fsync {
            log.sync()?;
        }
        Ok(())
    }

    /// Makes a version visible, unless a newer one is already; returns the one before, to be dropped
    /// outside of the lock.
    fn publish(&self, state: &mut State, version: &Arc<Root>) -> Option<Arc<Root>> {
        if version.number <= state.published {
            return None;
        }
        state.published = version.number;
        Some(self.published.replace(version.clone()))
    }

    /// Makes a version the tip; returns what it replaces, to be dropped outside of the lock.
    fn replace_tip(&self, state: &mut State, version: &Arc<Root>) -> [Arc<Root>; 2] {
        let before = std::mem::replace(&mut state.tip, version.clone());
        [before, std::mem::replace(&mut *self.tip.lock(), version.clone())]
    }

    /// Ends all writing after a failure of the log.
    fn poison(&self, state: &mut State, error: Error) -> Failure {
        let error = Arc::new(error);
        state.failure = Some(error.clone());
        let published = self.published.load();
        let behind = std::mem::replace(&mut state.group, Group::new(published.number, 0));
        if !seeded(Bug::KeepTip) {
            self.replace_tip(state, &published);
        }
        if !seeded(Bug::ForgetGroupBehind) {
            behind.turn.finish(Err(Failure::NotWritten(error.clone())));
        }
        self.wake_background();
        self.wake_floor();
        Failure::Unknown(error)
    }
}

/// What those hear who waited for a log that panicked.
fn panicked() -> Error {
    Error::io("the log", "write", io::Error::other("the thread that wrote it panicked"))
}

impl State {
    fn check_open(&self) -> Result<()> {
        match &self.failure {
            Some(source) => Err(Error::Poisoned { source: source.clone() }),
            None if self.closed => Err(Error::Closed),
            None => Ok(()),
        }
    }
}
