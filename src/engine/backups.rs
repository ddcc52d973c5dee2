//! Backups by a schedule: when one is made, which ones stay, and what becomes of one that failed.
//!
//! A thread of the store's own sleeps until a backup is due. If anything was committed since the newest one that
//! is there, it makes one in a new directory ([`Checkpoints::backup_on_shelf`]), and then removes the oldest of
//! those that are too many. What is there is read from the listings each time ([`kept`]): nothing
//! about the schedule is written anywhere else, so it goes on where a process before has left it, and whoever
//! removes or copies a backup by hand disturbs nothing.
//!
//! # When one is due
//!
//! `every` after the newest one was begun; at once where there is none. Where nothing was committed since, one
//! interval is left out. After a failure it is tried again sooner, after a tenth of the interval, at least a
//! second and at most ten minutes. A clock that was set back makes nobody wait for longer than an interval.
//!
//! # What never happens
//!
//! The store never waits for a backup, but for its checkpoints, and never fails because of one. A backup is only
//! removed when the one just made is whole and durable, and that is never the one removed, whatever the
//! clock says. A directory that is not a backup of this store, under a name that a schedule gave it, is never
//! touched.
//!
//! Closing the store ends the thread, and a backup at hand between two parts of a file. The thread holds the
//! checkpoints and not the engine, as the sweeper does the pipeline.

pub(crate) mod kept;

use crate::clock::Clock;
use crate::engine::checkpoints::{Checkpoints, Means, Sharing};
use crate::engine::keys::Keys;
use crate::error::{Error, Result};
use crate::options::Schedule;
use crate::steps::UNOBSERVED;
use crate::sync::{Condvar, Mutex};
use crate::trace;
use kept::Kept;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Makes a store's backups by a schedule.
#[derive(Debug)]
pub(crate) struct Backups {
    schedule: Schedule,
    checkpoints: Arc<Checkpoints>,
    keys: Arc<Mutex<Keys>>,
    clock: Clock,
    state: Mutex<State>,
    /// Signalled when the clock was set, or it is all over.
    woken: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_stopped: bool,
    /// What the thread sleeps for, in nanoseconds since 1970.
    due: u64,
    thread: Option<JoinHandle<()>>,
    outcome: Outcome,
}

/// What came of the schedule so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// How many were made by this process.
    pub(crate) made: u64,
    pub(crate) failed: u64,
    /// The version of the newest one, and when it was made, in microseconds since 1970.
    pub(crate) newest: Option<(u64, u64)>,
    /// What went wrong at the last attempt.
    pub(crate) error: Option<String>,
}

impl Backups {
    pub(super) fn new(
        schedule: Schedule,
        checkpoints: Arc<Checkpoints>,
        keys: Arc<Mutex<Keys>>,
        clock: Clock,
    ) -> Self {
        let (state, woken) = (Mutex::default(), Condvar::new());
        Self { schedule, checkpoints, keys, clock, state, woken }
    }

    /// Starts the thread.
    pub(crate) fn start(self: &Arc<Self>) -> Result<()> {
        let mut state = self.state.lock();
        let backups = self.clone();
        let spawned = thread::Builder::new().name("folio-backup".to_owned());
        let spawned = spawned.spawn(move || backups.run());
        state.thread =
            Some(spawned.map_err(|error| Error::io("folio-backup", "start thread", error))?);
        // Whoever sets the clock holds its lock while it calls, and waits for this one.
        drop(state);
        let backups = Arc::downgrade(self);
        let wake = move || backups.upgrade().map(|backups| backups.wake()).is_some();
        self.clock.listen(Box::new(wake));
        // It may have been set meanwhile.
        self.wake();
        Ok(())
    }

    /// Makes the thread look what time it is.
    fn wake(&self) {
        // The lock, so that it is not between looking at the clock and going to sleep.
        self.bring_forward(&mut self.state.lock());
        self.woken.notify_all();
    }

    /// Sees to it that nobody waits for longer than an interval, even if the clock was set back.
    fn bring_forward(&self, state: &mut State) {
        state.due = state.due.min(later(self.clock.now_nanos(), self.schedule.every));
    }

    /// Tells the thread to end. What it copies is ended by [`Checkpoints::stop`].
    pub(crate) fn stop(&self) {
        self.state.lock().is_stopped = true;
        self.woken.notify_all();
    }

    /// Waits until the thread has ended.
    pub(crate) fn join(&self) {
        let thread = self.state.lock().thread.take();
        if let Some(thread) = thread {
            // A panic in it has been reported already.
            let _ = thread.join();
        }
    }

    /// What came of the schedule so far.
    pub(crate) fn outcome(&self) -> Outcome {
        self.state.lock().outcome.clone()
    }

    /// The backups that are there, the newest first, and where each is.
    pub(crate) fn kept(&self) -> Result<Vec<(PathBuf, Kept)>> {
        let root = &*self.schedule.shelf;
        let whole = kept::look(root, &self.checkpoints.store())?.whole;
        let path = |kept: &Kept| root.medium(&kept.name).path("");
        Ok(whole.into_iter().rev().map(|kept| (path(&kept), kept)).collect())
    }

    /// What the thread does.
    fn run(&self) {
        let mut due = self.first_due();
        while self.sleep_until(due) {
            let now = self.clock.now_nanos();
            let made = self.make_if_changed(now / 1_000);
            let pause = match made {
                Ok(()) => self.schedule.every,
                Err(Error::Closed) => return,
                Err(error) => {
                    trace::backup_failed(&error);
                    let mut state = self.state.lock();
                    state.outcome.failed += 1;
                    state.outcome.error = Some(error.to_string());
                    if error.is_poisoned() {
                        // The log takes no more, so there will be nothing new.
                        return;
                    }
                    self.pause_after_failure()
                }
            };
            due = later(now, pause);
        }
    }

    fn pause_after_failure(&self) -> Duration {
        let Schedule { every, .. } = self.schedule;
        (every / 10).clamp(Duration::from_secs(1), Duration::from_mins(10)).min(every)
    }

    /// Clears away what an earlier process left, and says when the first backup is due, in nanoseconds since 1970.
    fn first_due(&self) -> u64 {
        let (now, store) = (self.clock.now_nanos(), self.checkpoints.store());
        self.clear_away(&store);
        // If the directory can't be read, the first attempt says so.
        let Ok(found) = kept::look(&*self.schedule.shelf, &store) else { return now };
        let Some(newest) = found.whole.last() else { return now };
        let made_micros = newest.listing.made_micros;
        self.state.lock().outcome.newest = Some((newest.listing.version, made_micros));
        later(made_micros.saturating_mul(1_000).min(now), self.schedule.every)
    }

    /// Sleeps until a time, but for no longer than an interval; false when the thread is to end.
    fn sleep_until(&self, nanos: u64) -> bool {
        let mut state = self.state.lock();
        state.due = nanos;
        while !state.is_stopped {
            self.bring_forward(&mut state);
            let left = self.clock.left_until(state.due);
            if left.is_zero() {
                return true;
            }
            state = self.woken.wait_timeout(state, left);
        }
        false
    }

    /// Makes a backup, if anything was committed since the newest one, and removes those that are too many.
    fn make_if_changed(&self, now_micros: u64) -> Result<()> {
        let root = &*self.schedule.shelf;
        let store = self.checkpoints.store();
        self.clear_away(&store);
        let found = kept::look(root, &store)?;
        let version = self.checkpoints.newest();
        let at = |kept: &&Kept| (kept.listing.version, kept.listing.time_micros) == version;
        let same = found.whole.iter().rfind(at);
        if version.0 == 0 || same.is_some() {
            self.rotate(same.map(|kept| &*kept.name))?;
            self.state.lock().outcome.error = None;
            return Ok(());
        }
        let name_of = |version| kept::name(now_micros, version, &store);
        let manifest = || Keys::manifest(&self.keys);
        let means = Means { now_micros, manifest: &manifest, observer: UNOBSERVED };
        let sharing =
            found.whole.last().map(|Kept { name, listing }| Sharing { root, name, listing });
        let began = Instant::now();
        let made = self.checkpoints.backup_on_shelf(root, &name_of, sharing, means);
        let (name, made) = made.inspect_err(|_| self.clear_away(&store))?;
        let path = root.medium(&name).path("");
        trace::backup_made(made.listing.version, &path, began.elapsed());
        let rotated = self.rotate(Some(&name));
        let mut state = self.state.lock();
        state.outcome.made += 1;
        state.outcome.newest = Some((made.listing.version, made.listing.made_micros));
        state.outcome.error = None;
        drop(state);
        rotated
    }

    /// Removes the oldest backups, so many that the newest stay; one of them always does.
    fn rotate(&self, newest: Option<&str>) -> Result<()> {
        let root = &*self.schedule.shelf;
        let whole = kept::look(root, &self.checkpoints.store())?.whole;
        let surplus = whole.len().saturating_sub(self.schedule.keep);
        let others = whole.iter().filter(|kept| Some(&*kept.name) != newest);
        // One that can't be removed keeps none of the others.
        let removed = others.take(surplus).map(|kept| kept::remove(root, &kept.name));
        removed.fold(Ok(()), Result::and)
    }

    /// Removes what was not finished: on a full disk it would keep what room there is.
    fn clear_away(&self, store: &str) {
        let root = &*self.schedule.shelf;
        if let Ok(found) = kept::look(root, store) {
            // What can't be removed, the next attempt does.
            found.unfinished.iter().for_each(|name| drop(kept::remove(root, name)));
        }
    }
}

/// A time, in nanoseconds since 1970, and a span behind it.
fn later(nanos: u64, by: Duration) -> u64 {
    nanos.saturating_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX))
}
