//! The floor: the right to commit alone, for a transaction that lost too often.

use crate::engine::pipeline::Pipeline;
use crate::sync::{Bug, ThreadToken, seeded};

impl Pipeline {
    /// Takes the floor: until the result is dropped, only this thread commits. A thread that has it
    /// already may take it again.
    pub(crate) fn exclusive(&self) -> Floor<'_> {
        let current = ThreadToken::current();
        let mut state = self.state.lock();
        while state.floor.is_some_and(|owner| owner != current) {
            state = self.floor.wait(state);
        }
        let is_outermost = state.floor.is_none() || seeded(Bug::FreeNestedFloor);
        state.floor = Some(current);
        Floor { pipeline: self, is_outermost }
    }

    /// Tells those who wait for the floor that it is free, or that it is of no more use.
    pub(super) fn wake_floor(&self) {
        if !seeded(Bug::ForgetFloor) {
            self.floor.notify_all();
        }
    }
}

/// The right to commit alone.
#[derive(Debug)]
pub(crate) struct Floor<'a> {
    pipeline: &'a Pipeline,
    is_outermost: bool,
}

impl Drop for Floor<'_> {
    fn drop(&mut self) {
        if !self.is_outermost {
            return;
        }
        self.pipeline.state.lock().floor = None;
        self.pipeline.wake_floor();
    }
}
