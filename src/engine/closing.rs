//! Closing a store: in which order everything ends, and how long somebody waits for it.
//!
//! ```text
//!  checkpoint or backup at hand: told to end
//!  sweeper        ends between two transactions
//!  log            what was committed is made durable, the last segment is sealed; no more commits from here on
//!  backups        the thread ends
//!  checkpoints    the thread ends; what a caller writes by hand does too
//!  flush thread   ends
//!  manifest       as it will stay; then the directory is free
//! ```
//!
//! One thread closes; whoever asks beside it waits until that is done. With a limit of time a thread of its own
//! closes (`folio-close`), so that the caller can go on when the time is over: the store takes no more commits
//! then, and what is left to do is done as soon as the disk lets it. If that fails, the next one who asks is told.
//! A checkpoint or a backup that is being written does not hold up closing: both ask between two parts whether
//! to go on.

use crate::engine::Engine;
use crate::engine::checkpoints::Task;
use crate::error::{Error, Pending, Result};
use crate::sync::{Condvar, Mutex};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How far closing has come.
#[derive(Debug, Default)]
pub(super) struct Closing {
    state: Mutex<State>,
    /// Signalled when it is over.
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    progress: Progress,
    /// What went wrong while nobody waited for it.
    failure: Option<Error>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Progress {
    #[default]
    Open,
    At(Step),
    Over,
}

/// What closing waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Sweeper,
    Log,
    Backups,
    Checkpoints,
    Flush,
    Manifest,
}

/// Says that closing is over, even if it panicked.
struct Ending<'a>(&'a Closing);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.state.lock().progress = Progress::Over;
        self.0.ended.notify_all();
    }
}

impl Closing {
    /// Whether the caller is the one to close the store.
    fn begin(&self) -> bool {
        let mut state = self.state.lock();
        let is_first = state.progress == Progress::Open;
        if is_first {
            state.progress = Progress::At(Step::Sweeper);
        }
        is_first
    }

    fn at(&self, step: Step) {
        self.state.lock().progress = Progress::At(step);
    }

    /// Waits until closing is over, or until a time; `None` where that comes first, or nobody closes any more.
    fn wait(&self, until: Option<Instant>) -> Option<Result<()>> {
        let mut state = self.state.lock();
        while state.progress != Progress::Over {
            if state.progress == Progress::Open {
                return None;
            }
            state = match until {
                None => self.ended.wait(state),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return None;
                    }
                    self.ended.wait_timeout(state, left)
                }
            };
        }
        Some(state.failure.take().map_or(Ok(()), Err))
    }
}

impl Engine {
    /// Makes everything durable, takes no more commits and releases the directory.
    pub(crate) fn close(&self) -> Result<()> {
        while !self.closing.begin() {
            // Who was first may not have got a thread for it.
            if let Some(closed) = self.closing.wait(None) {
                return closed;
            }
        }
        let _ending = Ending(&self.closing);
        self.close_now()
    }

    /// Like [`Self::close`], but waits no longer than so.
    pub(crate) fn close_timeout(self: &Arc<Self>, time: Duration) -> Result<()> {
        // A time of which the end can't be told, such as `Duration::MAX`, never ends.
        let until = Instant::now().checked_add(time);
        if self.closing.begin() {
            self.stop_writing();
            let engine = self.clone();
            let spawned = thread::Builder::new().name("folio-close".to_owned()).spawn(move || {
                let _ending = Ending(&engine.closing);
                let closed = engine.close_now();
                engine.closing.state.lock().failure = closed.err();
            });
            if let Err(error) = spawned {
                self.closing.state.lock().progress = Progress::Open;
                // Nobody must wait for what nobody does.
                self.closing.ended.notify_all();
                return Err(Error::io("folio-close", "start thread", error));
            }
        }
        self.pipeline.end_commits();
        self.closing
            .wait(until)
            .unwrap_or_else(|| Err(Error::CloseTimedOut { pending: self.pending() }))
    }

    /// Tells what is written beside the commits to end. Nothing is waited for.
    fn stop_writing(&self) {
        if let Some(checkpoints) = &self.checkpoints {
            checkpoints.stop();
        }
        if let Some(backups) = &self.backups {
            backups.stop();
        }
        if let Some(follower) = &self.follower {
            follower.stop();
        }
    }

    fn close_now(&self) -> Result<()> {
        self.stop_writing();
        self.sweeper.stop();
        self.closing.at(Step::Log);
        let result = self.pipeline.close();
        self.closing.at(Step::Backups);
        if let Some(follower) = &self.follower {
            follower.join();
        }
        if let Some(backups) = &self.backups {
            backups.join();
        }
        self.closing.at(Step::Checkpoints);
        let thread = self.checkpoints_thread.lock().take();
        if let Some(thread) = thread {
            // As with the one below.
            let _ = thread.join();
        }
        if let Some(checkpoints) = &self.checkpoints {
            // Whoever writes one by hand ends soon. The directory is free only then.
            checkpoints.finish();
        }
        self.closing.at(Step::Flush);
        let thread = self.background.lock().take();
        if let Some(thread) = thread {
            // A panic in it has been reported already, and there is nothing left for it to do.
            let _ = thread.join();
        }
        self.closing.at(Step::Manifest);
        // Whoever opens the directory next finds the manifest as it will stay.
        let keys = self.keys.as_ref().map(|keys| keys.lock());
        *self.lock.lock() = None;
        drop(keys);
        result
    }

    /// What closing waits for at the moment, and what else is not done.
    fn pending(&self) -> Vec<Pending> {
        let step = match self.closing.state.lock().progress {
            Progress::At(step) => step,
            Progress::Open | Progress::Over => return Vec::new(),
        };
        let mut pending = Vec::new();
        if step == Step::Sweeper {
            pending.push(Pending::Sweeper);
        }
        if matches!(step, Step::Sweeper | Step::Log) {
            let commits = self.pipeline.pending();
            pending.push(if commits > 0 { Pending::Commits(commits) } else { Pending::Log });
        }
        match self.checkpoints.as_ref().and_then(|checkpoints| checkpoints.at_hand()) {
            Some(Task::Checkpoint) => pending.push(Pending::Checkpoint),
            Some(Task::Backup) => pending.push(Pending::Backup),
            None if step == Step::Backups => pending.push(Pending::Backup),
            None if step == Step::Checkpoints => pending.push(Pending::Checkpoint),
            None => {}
        }
        match step {
            Step::Flush => pending.push(Pending::FlushThread),
            Step::Manifest => pending.push(Pending::Manifest),
            Step::Sweeper | Step::Log | Step::Backups | Step::Checkpoints => {}
        }
        pending
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Whoever wants to hear of a failure calls `close`.
        let _ = self.close();
    }
}
