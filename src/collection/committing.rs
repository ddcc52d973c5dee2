//! Waiting for a commit as a task does.

use crate::engine::Engine;
use crate::engine::commit::Submitted;
use crate::engine::pipeline::Wait;
use crate::error::{Error, Result};
use crate::version::Root;
use crate::when::Version;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

/// A transaction that is on its way to the disk, as a future: gives its value, or why it failed, once that and all
/// that the transaction saw is durable. Made by [`Store::transact_async`](crate::Store::transact_async) and
/// [`Transaction::commit_async`](crate::Transaction::commit_async).
///
/// It needs no runtime and no thread of its own: a thread of the store writes, and wakes whoever waits. Polling takes
/// two locks for a moment. What was committed takes its course whether or not this is polled: dropped at
/// any time, it leaves the whole transaction or, if that failed, nothing of it. Whoever drops it will not be told which.
///
/// It keeps the store open. When the store is closed meanwhile, the commit is written first, and the future gives its
/// value. Polled again after it gave that, it never gives anything.
#[must_use = "whether the commit is durable, or has failed, is known when this is awaited"]
pub struct Committing<R, E = Error> {
    engine: Arc<Engine>,
    outcome: Option<Result<R, E>>,
    wait: Option<Wait>,
    /// What was committed, and when that began, to tell of it when it is published.
    commit: Option<(Arc<Root>, Option<Instant>)>,
}

/// Nothing in it is pinned.
impl<R, E> Unpin for Committing<R, E> {}

impl<R, E: From<Error>> Committing<R, E> {
    /// The outcome of a transaction that was submitted.
    pub(crate) fn of(engine: Arc<Engine>, outcome: Result<R, E>, submitted: Submitted) -> Self {
        let Submitted { version, wait, began } = submitted;
        let commit = wait.is_some().then_some((version, began));
        Self { engine, outcome: Some(outcome), wait, commit }
    }

    /// An outcome that counts once the version that led to it is durable.
    pub(crate) fn behind(
        engine: Arc<Engine>,
        outcome: Result<R, E>,
        seen: Option<Version>,
    ) -> Self {
        match seen.map_or(Ok(None), |seen| engine.await_version(seen.number())) {
            Ok(wait) => Self { engine, outcome: Some(outcome), wait, commit: None },
            Err(error) => {
                Self { engine, outcome: Some(Err(error.into())), wait: None, commit: None }
            }
        }
    }
}

impl<R, E: From<Error>> Future for Committing<R, E> {
    type Output = Result<R, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R, E>> {
        let this = self.get_mut();
        if let Some(wait) = &mut this.wait {
            let Poll::Ready(waited) = wait.poll(context.waker()) else { return Poll::Pending };
            this.wait = None;
            match (waited, this.commit.take()) {
                (Ok(()), Some((version, began))) => this.engine.committed(&version, began),
                (Ok(()), None) => {}
                (Err(error), _) => this.outcome = Some(Err(error.into())),
            }
        }
        this.outcome.take().map_or(Poll::Pending, Poll::Ready)
    }
}

impl<R, E> fmt::Debug for Committing<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Committing").field("waits", &self.wait.is_some()).finish_non_exhaustive()
    }
}
