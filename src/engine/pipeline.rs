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
//! does, the next group gathers. What is known of groups and versions is behind a lock of its own
//! ([`State`]), held for moments: with the commit lock alone, each leader would come back from its
//! write and wait for somebody else's validation to say so, which took two threads without syncs half
//! of their commits. When it is done it asks one of that group's waiters to lead and
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
mod ending;
mod floor;
mod flush;
mod followed;
mod old_versions;
mod published;
pub(crate) mod sleepers;
mod submitted;
mod superseded;
mod watchers;

pub(crate) use floor::Floor;
use floor::Holder;
use published::Published;
pub(crate) use submitted::Wait;
pub(crate) use superseded::HeldVersions;
use superseded::Superseded;
use watchers::Watchers;

use crate::engine::retained::{Kept, Retained};
use crate::engine::turn::Turn;
use crate::error::{Error, Result};
use crate::histogram::Recorder;
use crate::log::Log;
use crate::log::frame::Chain;
use crate::log::segments::Tail;
use crate::options::{Durability, History, Options};
use crate::sync::{
    AtomicU64, Bug, Condvar, Mutex, MutexGuard, OnceLock, Ordering, ThreadToken, seeded,
};
use crate::version::Root;
use sleepers::{Sleepers, Woken};
use std::sync::Arc;

/// A validated commit.
#[derive(Debug)]
pub(crate) struct Staged {
    /// The version it makes of the tip.
    pub(crate) version: Root,
    /// Its bytes in the log.
    pub(crate) bytes: Vec<u8>,
}

/// Versions that are not needed any more, and watchers to be woken: to be dropped outside of the locks.
#[derive(Debug, Default)]
struct Replaced {
    _published: Option<Arc<Root>>,
    _kept: Vec<Kept>,
    woken: Woken,
}

/// How often the pipeline did what.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) groups: AtomicU64,
    /// How many commits the groups have, without groups of none.
    pub(crate) group_commits: Recorder,
}

/// The commit pipeline.
#[derive(Debug)]
pub(crate) struct Pipeline {
    /// The commit lock.
    order: Mutex<Order>,
    state: Mutex<State>,
    /// A copy of the state's tip that transactions start from without either lock.
    tip: Mutex<Arc<Root>>,
    published: Published,
    /// Locked by the leader alone.
    log: Mutex<Box<dyn Log>>,
    /// Held by the thread that closes until it is done.
    closing: Mutex<()>,
    /// Old versions, where some are kept. Its lock is the innermost.
    retained: Option<Retained>,
    /// How much may wait to be written before a commit at [`Durability::Background`] has to wait too.
    most_queued: usize,
    /// Signalled when the floor becomes free.
    floor: Condvar,
    /// Signalled when the background thread has something to do.
    background: Condvar,
    pub(crate) counters: Counters,
    pub(crate) watchers: Watchers,
}

/// What belongs to the commit lock, which is held to validate a commit.
#[derive(Debug)]
struct Order {
    floor: Option<Holder>,
}

/// The state, and perhaps the commit lock, which is released behind it: waking whoever waits for that
/// takes a while, and the first that such a thread looks at is the state.
struct Locks<'a> {
    state: MutexGuard<'a, State>,
    _order: Option<MutexGuard<'a, Order>>,
}

/// A commit that is in the group at hand: the locks under which it got there, and what is to be dropped when they are
/// free.
struct Gathered<'a> {
    locks: Locks<'a>,
    replaced: [Arc<Root>; 2],
}

/// Where the commits stand. Locked for moments, so that whoever has written a group does not wait for
/// somebody who validates to say so.
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
    /// The last version known to be written.
    written: u64,
    /// The last version that a task waits for.
    wanted: u64,
    /// Whether the background thread waits for something to do, and not for time to pass.
    background_idle: bool,
    /// The watchers that wait for a newer version.
    sleepers: Sleepers,
    failure: Option<Arc<Error>>,
    /// Old versions that somebody may hold.
    superseded: Superseded,
    /// No more commits are taken.
    closed: bool,
    /// Somebody has begun to close the log.
    ended: bool,
}

/// A version, and the place of the log at which it is the newest one.
#[derive(Debug, Clone)]
pub(crate) struct Cut {
    pub(crate) version: Arc<Root>,
    pub(crate) place: Tail,
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
    /// Where the log was cut behind it, for whoever asked for that.
    cut: Option<Arc<OnceLock<Cut>>>,
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
            cut: None,
        }
    }
}

impl Pipeline {
    /// Goes on from `version`, which `log` ends with.
    pub(crate) fn new(version: Arc<Root>, log: Box<dyn Log>) -> Self {
        let number = version.number;
        Self {
            tip: Mutex::new(version.clone()),
            published: Published::new(version.clone()),
            order: Mutex::new(Order { floor: None }),
            state: Mutex::new(State {
                tip: version,
                group: Group::new(number, 0),
                in_flight: None,
                published: number,
                awaited: number,
                synced: number,
                written: number,
                wanted: number,
                background_idle: false,
                sleepers: Sleepers::default(),
                failure: None,
                superseded: Superseded::default(),
                closed: false,
                ended: false,
            }),
            log: Mutex::new(log),
            closing: Mutex::new(()),
            retained: None,
            most_queued: Options::default().max_queued_bytes,
            floor: Condvar::new(),
            background: Condvar::new(),
            counters: Counters::default(),
            watchers: Watchers::default(),
        }
    }

    /// Keeps old versions from now on.
    pub(crate) fn keeping(self, history: History) -> Self {
        let retained = Retained::new(history, &self.published());
        Self { retained, ..self }
    }

    /// Lets so many bytes wait to be written, before commits have to wait for them.
    pub(crate) fn queueing(self, most_queued: usize) -> Self {
        Self { most_queued, ..self }
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
        let (version, staged) = self.stage(durability, prepare)?;
        if let Some(Gathered { locks, replaced }) = staged {
            self.join(locks)?;
            drop(replaced);
        }
        Ok(version)
    }

    /// Validates a commit and adds it to the group at hand. If it is published by that already, nothing is
    /// left to do.
    #[inline]
    fn stage(
        &self,
        durability: Durability,
        prepare: impl FnOnce(&Arc<Root>) -> Result<Staged>,
    ) -> Result<(Arc<Root>, Option<Gathered<'_>>)> {
        let (mut order, tip) = self.enter()?;
        let Staged { version, bytes } = prepare(&tip)?;
        let version = Arc::new(version);
        let mut state = self.state.lock();
        self.counters.commits.fetch_add(1, Ordering::Relaxed);
        // Dropped when the locks are free again, with all that hangs on it.
        let before = self.replace_tip(&mut state, &version);
        if let Some(retained) = &self.retained {
            retained.push(&version, &bytes);
        }
        self.end_floor(&mut order);
        let size = bytes.len();
        state.group.bytes += size;
        state.group.commits.push(bytes);
        state.group.durability = state.group.durability.max(durability);
        if durability > Durability::Background {
            state.awaited = version.number;
        } else {
            if state.background_idle {
                self.wake_background();
            }
            let is_next = state.awaited <= state.published || seeded(Bug::OvertakeInBackground);
            if is_next && state.group.bytes < self.most_queued {
                let replaced = self.publish(&mut state, &version);
                drop(state);
                drop(order);
                self.published.show_behind(size, true);
                drop(replaced);
                return Ok((version, None));
            }
        }
        let locks = Locks { state, _order: Some(order) };
        Ok((version, Some(Gathered { locks, replaced: before })))
    }

    /// Returns once version `number` is published.
    pub(crate) fn wait_for(&self, number: u64) -> Result<()> {
        if self.published.number() >= number || seeded(Bug::SkipWait) {
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
            _ => self.join(Locks { state, _order: None }),
        };
        waited.map_err(of_others)
    }

    /// Makes everything committed so far durable.
    pub(crate) fn sync(&self) -> Result<()> {
        let state = self.state.lock();
        state.check_open()?;
        self.sync_state(state)
    }

    /// Makes everything durable and lets the log go on in a new segment: returns the version that it has
    /// there. The leader of the next group does it behind its commits, so nobody is stopped; they wait
    /// for a sync more. `None` where nothing is kept.
    pub(crate) fn cut(&self) -> Result<Option<Cut>> {
        let mut state = self.state.lock();
        state.check_open()?;
        state.group.durability = Durability::Fsync;
        let cut = state.group.cut.get_or_insert_with(Arc::default).clone();
        self.join(Locks { state, _order: None })?;
        Ok(cut.get().cloned())
    }

    /// The last published version that can be read back from the log: all of them, once what was published
    /// before it was written is written too; after a failure, those before it.
    pub(crate) fn written(&self) -> Result<u64> {
        let state = self.state.lock();
        let published = state.published;
        if state.written >= published || state.failure.is_some() {
            return Ok(state.written.min(published));
        }
        self.sync_state(state).map_err(of_others)?;
        Ok(published)
    }

    /// The version and the chain value up to which the log is durable, which is everything that was
    /// committed before; `None` where the log has no such.
    pub(crate) fn head(&self) -> Result<Option<(u64, Chain)>> {
        self.sync()?;
        Ok(self.log.lock().head())
    }

    /// The size of the commits that wait to be written, in bytes, without those that are being written.
    pub(crate) fn queued_bytes(&self) -> usize {
        self.state.lock().group.bytes
    }

    /// Whether a failure has ended all writing.
    pub(crate) fn is_poisoned(&self) -> bool {
        self.state.lock().failure.is_some()
    }

    /// The commit lock, once this thread may commit, and the tip.
    fn enter(&self) -> Result<(MutexGuard<'_, Order>, Arc<Root>)> {
        let mut order = self.order.lock();
        loop {
            let tip = {
                let state = self.state.lock();
                state.check_open()?;
                state.tip.clone()
            };
            let is_free =
                order.floor.as_ref().is_none_or(|holder| holder.thread == ThreadToken::current());
            if is_free || seeded(Bug::IgnoreFloor) {
                return Ok((order, tip));
            }
            order = self.floor.wait(order);
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
        self.join(Locks { state, _order: None })
    }
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

/// A failure, as it is to somebody who has no commit in the group whose outcome could be unknown.
fn of_others(error: Error) -> Error {
    match error {
        Error::OutcomeUnknown { source } => Error::Poisoned { source },
        other => other,
    }
}
