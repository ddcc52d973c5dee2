//! A watcher's place in the versions of a store, and how it waits for the next one.
//!
//! A watcher holds the pipeline, not the engine: a store is closed when its last handle is dropped, whoever
//! watches, and the watchers end then. Which there are, who sleeps, and who is woken, is
//! the pipeline's ([`crate::engine::pipeline::sleepers`]).

use crate::engine::pipeline::Pipeline;
use crate::engine::pipeline::sleepers::{Rest, Scope, Sleeper};
use crate::version::Root;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

/// How a watcher is to wait.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Patience {
    /// Not at all.
    None,
    /// Until a time.
    Until(Instant),
    Endless,
}

/// A watcher's place in the versions of a store.
#[derive(Debug)]
pub(crate) struct Place {
    pipeline: Arc<Pipeline>,
    scope: Scope,
    number: u64,
    reached: u64,
}

impl Place {
    /// At a version.
    pub(crate) fn at(pipeline: Arc<Pipeline>, scope: Scope, root: &Root) -> Self {
        let number = pipeline.watchers.add(root.number);
        Self { pipeline, scope, number, reached: root.number }
    }

    /// Back to before the first version, which is not published again: whatever is there now is new.
    pub(crate) fn rewind(&mut self) {
        self.reached = 0;
    }

    /// The version that it has reached.
    pub(crate) fn reached(&self) -> u64 {
        self.reached
    }

    /// Goes on to the newest published version, until `look` finds something in one; `None` where the patience
    /// or the store comes to its end first.
    pub(crate) fn advance<R>(
        &mut self,
        patience: Patience,
        mut look: impl FnMut(&Arc<Root>) -> Option<R>,
    ) -> Option<R> {
        loop {
            if let Some(found) = self.look(&mut look) {
                return Some(found);
            }
            let until = match patience {
                Patience::None => return None,
                Patience::Until(until) if Instant::now() >= until => return None,
                Patience::Until(until) => Some(until),
                Patience::Endless => None,
            };
            let rest = self.pipeline.sleep_until(self.scope, self.number, self.reached, until);
            if rest == Rest::Over {
                return None;
            }
        }
    }

    /// Like [`advance`](Self::advance), but a task is woken instead of waiting.
    pub(crate) fn poll<R>(
        &mut self,
        context: &Context<'_>,
        mut look: impl FnMut(&Arc<Root>) -> Option<R>,
    ) -> Poll<Option<R>> {
        loop {
            if let Some(found) = self.look(&mut look) {
                return Poll::Ready(Some(found));
            }
            let sleeper = Sleeper::Task(context.waker().clone());
            match self.pipeline.sleep(self.scope, self.number, self.reached, sleeper) {
                Rest::Newer => {}
                Rest::Over => return Poll::Ready(None),
                Rest::Asleep => return Poll::Pending,
            }
        }
    }

    fn look<R>(&mut self, look: &mut impl FnMut(&Arc<Root>) -> Option<R>) -> Option<R> {
        let newest = self.pipeline.published();
        if newest.number <= self.reached {
            return None;
        }
        let found = look(&newest);
        self.reached = newest.number;
        self.pipeline.watchers.note(self.number, self.reached);
        found
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pipeline.forget_sleeper(self.scope, self.number);
        self.pipeline.watchers.remove(self.number);
    }
}
