//! The background thread's part: flushing what no thread waits for: commits at [`Durability::Background`] from time to
//! time, and those that [tasks](super::submitted) wait for at once.
//!
//! [`Durability::Background`]: crate::Durability::Background

use crate::engine::pipeline::{Locks, Pipeline, State};
use crate::sync::{Bug, MutexGuard, seeded};
use std::time::{Duration, Instant};

impl Pipeline {
    /// Waits until commits at [`Durability::Background`](crate::Durability::Background) have been waiting for
    /// `interval`, or a task for any, then flushes them; ends when the pipeline is closed or poisoned.
    pub(crate) fn run_background(&self, interval: Duration) {
        let mut state = self.state.lock();
        while state.check_open().is_ok() {
            if state.is_wanted() {
                // Here as below.
                let _ = self.join(Locks { state, _order: None });
                state = self.state.lock();
                continue;
            }
            if state.synced == state.tip.number {
                state.background_idle = true;
                state = self.background.wait(state);
                state.background_idle = false;
                continue;
            }
            state = self.background_pause(state, interval);
            if state.check_open().is_ok() && !state.is_wanted() {
                // A failure has poisoned the pipeline, which ends this loop and tells everybody else.
                let _ = self.sync_state(state);
                state = self.state.lock();
            }
        }
    }

    /// Lets `interval` pass, or less where the pipeline is closed meanwhile, or a task wants something.
    fn background_pause<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        interval: Duration,
    ) -> MutexGuard<'a, State> {
        // An interval of which the end can't be told, such as `Duration::MAX`, never ends.
        let deadline = Instant::now().checked_add(interval);
        while state.check_open().is_ok() && !state.is_wanted() {
            let left =
                deadline.map_or(interval, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                break;
            }
            state = self.background.wait_timeout(state, left);
        }
        state
    }

    /// Tells the background thread that there is something to do, or nothing ever again.
    pub(super) fn wake_background(&self) {
        if !seeded(Bug::ForgetBackground) {
            self.background.notify_all();
        }
    }
}

impl State {
    /// Whether a task waits for something that no thread is known to write.
    fn is_wanted(&self) -> bool {
        self.wanted > self.published
    }
}
