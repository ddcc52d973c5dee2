//! The floor: the right to commit alone, for a transaction that lost too often.

use crate::engine::pipeline::{Order, Pipeline};
use crate::sync::{Bug, ThreadToken, seeded};

/// Who has the floor.
#[derive(Debug)]
pub(super) struct Holder {
    pub(super) thread: ThreadToken,
    /// Whether the next commit of the thread is the one that it was taken for.
    ends_with_commit: bool,
}

impl Pipeline {
    /// Takes the floor: until the commit that it [ends with](Floor::end_with_commit) is the tip, or the
    /// result is dropped, only this thread commits. A thread that has it already may take it again.
    pub(crate) fn exclusive(&self) -> Floor<'_> {
        let thread = ThreadToken::current();
        let mut order = self.order.lock();
        while order.floor.as_ref().is_some_and(|holder| holder.thread != thread) {
            order = self.floor.wait(order);
        }
        let is_outermost = order.floor.is_none() || seeded(Bug::FreeNestedFloor);
        order.floor = Some(Holder { thread, ends_with_commit: false });
        Floor { pipeline: self, is_outermost, thread }
    }

    /// Gives up the floor behind a commit that was just staged, if it was held for that one.
    pub(super) fn end_floor(&self, order: &mut Order) {
        let is_over = order.floor.as_ref().is_some_and(|holder| holder.ends_with_commit);
        if is_over && !seeded(Bug::KeepFloor) {
            order.floor = None;
            self.wake_floor();
        }
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
    thread: ThreadToken,
}

impl Floor<'_> {
    /// Lets the floor go with the next commit of this thread, as soon as that is the tip: it cannot
    /// lose any more, and others need not wait until it is written.
    pub(crate) fn end_with_commit(&self) {
        if self.is_outermost
            && let Some(holder) = &mut self.pipeline.order.lock().floor
            && holder.thread == self.thread
        {
            holder.ends_with_commit = true;
        }
    }
}

impl Drop for Floor<'_> {
    fn drop(&mut self) {
        if !self.is_outermost {
            return;
        }
        let mut order = self.pipeline.order.lock();
        // Otherwise it went with a commit, and may be somebody else's since.
        let is_held = order.floor.as_ref().is_some_and(|holder| holder.thread == self.thread);
        if is_held || seeded(Bug::FreeForeignFloor) {
            order.floor = None;
            drop(order);
            self.pipeline.wake_floor();
        }
    }
}
