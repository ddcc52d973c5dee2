//! The sweeper: removes records that have expired, in the background or when asked.
//!
//! That a record is expired makes no difference to anybody that it is removed
//! ([`expiry`](crate::table::expiry)), so the sweeper is free to be late, to be slow and to give way. It is:
//!
//! - **Small.** A transaction of it removes at most [`BATCH`] records. Between two of them it pauses for as
//!   long as the last one took, so that others have at least half of the store's time.
//! - **Yielding.** Its commits are in the conflict test like any other: a record that was revived, or replaced,
//!   since the sweeper looked is not removed, and whoever read what it removes runs again. Where it
//!   loses, it tries again with half as many records, and after some attempts leaves the rest for later.
//!   It never takes the floor.
//! - **Cheap.** The deadlines are in order in an index, so it looks at the records that it removes and at one
//!   more, however many there are that have not expired.
//! - **Nobody's sync.** It commits at [`Durability::Write`], or at the store's level where that is less: an
//!   expired record that a crash brings back is expired still, and is swept again.
//!
//! # Sleeping
//!
//! The thread sleeps until the first deadline of all collections that it knows, which takes no time however
//! long that is, and after each pass for an interval, so that one pass removes all that expires within one.
//! A commit may bring an earlier deadline than the one that it sleeps for. So each commit tells what the
//! first deadline is then ([`Sweeper::note`]), and wakes it if that is earlier. None is missed: the
//! sweeper looks at the tip and goes to sleep under one lock, and a commit becomes the tip before it takes
//! that lock. Either the sweeper saw it, or it is asleep by then and is woken.
//!
//! It holds the pipeline and not the engine: when the last handle of a store is dropped the store is closed,
//! and closing ends the thread, between two of its transactions.

use crate::clock::Clock;
use crate::engine::CommitOptions;
use crate::engine::commit::{Terms, commit};
use crate::engine::pipeline::Pipeline;
use crate::error::{Error, Result};
use crate::options::{Durability, Isolation, MOST_COMMIT_BYTES, Options};
use crate::sync::{AtomicU64, Condvar, Mutex, MutexGuard, Ordering};
use crate::table::expiry::Moment;
use crate::table::record::Record;
use crate::trace;
use crate::transaction::work::Work;
use crate::transaction::workspace::Workspace;
use crate::version::slot::Identity;
use crate::version::{CollectionId, Root};
use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The most records that one transaction removes.
const BATCH: usize = 256;

/// How often in a row a transaction loses before the rest is left for later.
const MOST_LOST: u32 = 10;

/// Removes what is expired in a store's collections.
pub(crate) struct Sweeper {
    pipeline: Arc<Pipeline>,
    clock: Clock,
    options: CommitOptions,
    interval: Duration,
    state: Mutex<State>,
    /// Signalled when the first deadline is earlier than was known, the clock was set, or it is all over.
    woken: Condvar,
    /// How many records it has removed.
    pub(crate) removed: AtomicU64,
}

#[derive(Default)]
struct State {
    collections: Vec<Swept>,
    /// The deadline that the thread sleeps for; 0 while it is awake.
    sleeps_for: u64,
    stopped: bool,
    thread: Option<JoinHandle<()>>,
}

/// A collection whose records expire.
#[derive(Clone)]
struct Swept {
    identity: Arc<Identity>,
    remove: Remove,
}

/// Removes up to so many records of a collection that are expired at a moment; returns how many.
type Remove = fn(&Sweeper, &Identity, Moment, usize) -> Result<usize>;

/// How a sweep goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// With pauses, and until it is stopped.
    Background,
    Foreground,
}

impl Sweeper {
    pub(crate) fn new(pipeline: Arc<Pipeline>, options: &Options) -> Self {
        Self {
            pipeline,
            clock: options.clock.clone(),
            options: CommitOptions {
                durability: options.durability.min(Durability::Write),
                // It reads nothing that it depends on but what it removes.
                isolation: Isolation::Snapshot,
                meta: Vec::new(),
            },
            interval: options.sweep_interval,
            state: Mutex::default(),
            woken: Condvar::new(),
            removed: AtomicU64::new(0),
        }
    }

    /// The level of its commits.
    pub(crate) fn durability(&self) -> Durability {
        self.options.durability
    }

    /// Sweeps a collection from now on, whose type is adopted.
    pub(crate) fn add<T: Record>(&self, identity: &Arc<Identity>) {
        let mut state = self.state.lock();
        // Of two threads that open a collection at once, one is later.
        if identity.swept.set(()).is_ok() {
            state.collections.push(Swept { identity: identity.clone(), remove: Self::remove::<T> });
            self.woken.notify_all();
        }
    }

    /// Starts the thread, unless it was started or stopped before.
    pub(crate) fn start(self: &Arc<Self>) -> Result<()> {
        let mut state = self.state.lock();
        if state.thread.is_some() || state.stopped {
            return Ok(());
        }
        let sweeper = self.clone();
        let spawned =
            thread::Builder::new().name("folio-sweep".to_owned()).spawn(move || sweeper.run());
        state.thread =
            Some(spawned.map_err(|error| Error::io("folio-sweep", "start thread", error))?);
        // Whoever sets the clock holds its lock while it calls, and waits for this one.
        drop(state);
        let sweeper = Arc::downgrade(self);
        let wake = move || sweeper.upgrade().map(|sweeper| sweeper.wake()).is_some();
        self.clock.listen(Box::new(wake));
        // It may have been set meanwhile.
        self.wake();
        Ok(())
    }

    /// Makes the thread look what time it is.
    fn wake(&self) {
        // The lock, so that it is not between looking at the clock and going to sleep.
        let _state = self.state.lock();
        self.woken.notify_all();
    }

    /// Ends the thread, and waits until it has ended.
    pub(crate) fn stop(&self) {
        let thread = {
            let mut state = self.state.lock();
            state.stopped = true;
            self.woken.notify_all();
            state.thread.take()
        };
        if let Some(thread) = thread {
            // A panic in it, which would be an index function's, has been reported already.
            let _ = thread.join();
        }
    }

    /// Takes note of a version that was committed: its first deadline may be earlier than the one before.
    pub(crate) fn note(&self, version: &Root) {
        let state = self.state.lock();
        if state.sleeps_for > 0 && state.first_deadline(version) < state.sleeps_for {
            self.woken.notify_all();
        }
    }

    /// Removes all records that are expired now, of one collection or of all; returns how many.
    pub(crate) fn sweep(&self, only: Option<CollectionId>) -> Result<usize> {
        self.pass(only, Pace::Foreground)
    }

    /// What the thread does.
    fn run(&self) {
        while self.sleep_until_due() {
            match self.pass(None, Pace::Background) {
                // What others are busy with is left for later.
                Ok(_) | Err(Error::Conflict { .. }) => self.pause(self.interval),
                // Whoever commits hears of it: the store takes no more commits.
                Err(_) => return,
            }
        }
    }

    /// Sleeps until something is expired; false when the thread is to end.
    fn sleep_until_due(&self) -> bool {
        let mut state = self.state.lock();
        while !state.stopped {
            let tip = self.pipeline.tip();
            let deadline = state.first_deadline(&tip);
            let left = self.clock.left_until(deadline);
            // The clock may be behind the version, and so behind who reads it.
            if left.is_zero() || deadline <= self.moment(&tip).nanos() {
                return true;
            }
            drop(tip);
            state.sleeps_for = deadline;
            state = if deadline == u64::MAX {
                self.woken.wait(state)
            } else {
                self.woken.wait_timeout(state, left)
            };
            state.sleeps_for = 0;
        }
        false
    }

    /// Lets some time pass, less if the thread is to end.
    fn pause(&self, time: Duration) {
        // A time of which the end can't be told, such as `Duration::MAX`, never ends.
        let end = Instant::now().checked_add(time);
        let mut state: MutexGuard<'_, State> = self.state.lock();
        while !state.stopped {
            let left = end.map_or(time, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return;
            }
            state = self.woken.wait_timeout(state, left);
        }
    }

    /// Removes what is expired by now, collection by collection.
    fn pass(&self, only: Option<CollectionId>, pace: Pace) -> Result<usize> {
        let collections = self.state.lock().collections.clone();
        let moment = self.moment(&self.pipeline.tip());
        let mut removed = 0;
        for collection in collections {
            if only.is_none_or(|only| only == collection.identity.id) {
                removed += self.clear(&collection, moment, pace)?;
            }
        }
        Ok(removed)
    }

    /// Removes the records of one collection that are expired at a moment, a few at a time.
    fn clear(&self, collection: &Swept, moment: Moment, pace: Pace) -> Result<usize> {
        let (mut removed, mut most, mut lost) = (0, BATCH, 0);
        while pace == Pace::Foreground || !self.state.lock().stopped {
            let began = Instant::now();
            match (collection.remove)(self, &collection.identity, moment, most) {
                Ok(0) => break,
                Ok(count) => {
                    (removed, lost) = (removed + count, 0);
                    most = BATCH.min(2 * most);
                }
                Err(Error::Conflict { .. }) if lost < MOST_LOST => {
                    (most, lost) = (1.max(most / 2), lost + 1);
                }
                Err(error) => return Err(error),
            }
            if pace == Pace::Background {
                self.pause(began.elapsed());
            }
        }
        Ok(removed)
    }

    /// One transaction.
    fn remove<T: Record>(&self, identity: &Identity, moment: Moment, most: usize) -> Result<usize> {
        let tip = self.pipeline.tip();
        let Some(slot) = tip.slot(identity.id) else { return Ok(0) };
        let mut work = Work::new(slot.identity().clone(), slot.typed::<T>()?, moment);
        let count = work.remove_expired(most);
        if count == 0 {
            return Ok(0);
        }
        let mut workspace = Workspace::new(tip, Some(moment));
        workspace.add(work);
        let terms = Terms {
            options: &self.options,
            now_micros: self.clock.now_nanos() / 1_000,
            max_record_bytes: MOST_COMMIT_BYTES,
            max_bytes: MOST_COMMIT_BYTES,
            check_puts: None,
            validation: None,
            submits: None,
        };
        commit(&self.pipeline, workspace, &terms, None)?;
        self.removed.fetch_add(count as u64, Ordering::Relaxed);
        trace::swept(&identity.name, count as u64);
        Ok(count)
    }

    fn moment(&self, version: &Root) -> Moment {
        Moment::begin(self.clock.now_nanos(), version.time_micros)
    }
}

impl State {
    /// The first deadline of the collections in a version, in nanoseconds since 1970.
    fn first_deadline(&self, version: &Root) -> u64 {
        let slots = self.collections.iter().filter_map(|swept| version.slot(swept.identity.id));
        let deadlines = slots.filter_map(|slot| slot.table()?.first_deadline());
        deadlines.min().unwrap_or(u64::MAX)
    }
}

impl fmt::Debug for Sweeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sweeper").field("options", &self.options).finish_non_exhaustive()
    }
}
