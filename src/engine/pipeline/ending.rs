//! The end of a pipeline: no more commits, and everything durable.

use crate::engine::pipeline::Pipeline;
use crate::engine::pipeline::sleepers::Woken;
use crate::error::{Error, Result};
use crate::sync::{Bug, seeded};

impl Pipeline {
    /// Takes no more commits from now on. Waits for nothing but a commit that is being validated.
    pub(crate) fn end_commits(&self) {
        let order = self.order.lock();
        let mut state = self.state.lock();
        state.closed = true;
        let woken = state.sleepers.all();
        drop(state);
        drop(order);
        drop(woken);
        self.wake_background();
        self.wake_floor();
    }

    /// How many commits are not known to be durable.
    pub(crate) fn pending(&self) -> u64 {
        let state = self.state.lock();
        state.tip.number.saturating_sub(state.synced)
    }

    /// Makes everything durable and takes no more commits. Does nothing the second time, except to
    /// wait for the first.
    pub(crate) fn close(&self) -> Result<()> {
        // Whoever returns from here takes the files for free.
        let _closing = (!seeded(Bug::CloseTwice)).then(|| self.closing.lock());
        // Dropped when the lock on the state is free. Who sleeps again is woken when the rest is published.
        let mut woken = Woken::default();
        // Nobody may be validating a commit when committing ends, or be about to wait for the floor.
        let order = (!seeded(Bug::CloseBesideCommit)).then(|| self.order.lock());
        let mut state = self.state.lock();
        drop(order);
        if state.ended {
            return Ok(());
        }
        state.ended = true;
        state.closed = !seeded(Bug::CommitAfterClose);
        if !seeded(Bug::ForgetWatchersAtEnd) {
            woken = state.sleepers.all();
        }
        self.wake_background();
        self.wake_floor();
        if let Some(source) = &state.failure {
            return Err(Error::Poisoned { source: source.clone() });
        }
        if !seeded(Bug::CloseWithoutSync) {
            self.sync_state(state)?;
        }
        let closed = self.log.lock().close();
        drop(woken);
        closed
    }
}
