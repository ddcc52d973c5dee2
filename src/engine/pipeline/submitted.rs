//! Commits whose callers do not wait by keeping a thread: tasks do.
//!
//! [`Pipeline::submit`] validates a commit like any other, in the caller's thread, and adds it to the group at hand. From
//! there on the commit is on its way, whoever waits for it. Writing the group is for a thread that may wait for
//! a disk. If one that commits by itself is flushing, or is about to, the group will be its next one, or
//! another's; but nobody might come. So the background thread is told of the last version that a task *wants*,
//! and joins the group like a thread that has committed to it: it waits its turn, or leads. While it does, further
//! commits come together in the next group.
//!
//! The caller leads by itself where that takes no longer than validating did: nobody is flushing, and the
//! group asks for no sync, or nothing is written at all. And it waits, like a thread, where more than the queue may hold
//! waits to be written: tasks that submit faster than the disk writes would fill memory.

use crate::engine::pipeline::{Gathered, Pipeline, Staged, State, of_others};
use crate::engine::turn::Turn;
use crate::error::{Error, Result};
use crate::options::Durability;
use crate::sync::{Bug, MutexGuard, seeded};
use crate::version::Root;
use std::sync::Arc;
use std::task::{Poll, Waker};

/// What a task waits for: that a group is published. Dropping it ends the waiting, and nothing else.
#[derive(Debug)]
pub(crate) struct Wait {
    turn: Arc<Turn>,
    /// Where the turn has the task's waker.
    place: Option<usize>,
    /// Whether the task has a commit in the group, so that the outcome of that may be unknown.
    is_own: bool,
}

impl Wait {
    /// Whether the group is published; if not, the task is woken when it is, or when that has failed. The waker
    /// of the last call counts.
    pub(crate) fn poll(&mut self, waker: &Waker) -> Poll<Result<()>> {
        self.turn.poll(&mut self.place, waker).map(|result| {
            let result = result.map_err(Error::from);
            if self.is_own { result } else { result.map_err(of_others) }
        })
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.turn.forget(place);
        }
    }
}

impl Pipeline {
    /// Commits what `prepare` makes of the tip, like [`commit`](Self::commit), but does not wait for the disk: returns
    /// what is to be waited for, or nothing if that is published already. `is_unwritten` says that nothing is written, whatever the
    /// level. The background thread must be there.
    pub(crate) fn submit(
        &self,
        durability: Durability,
        is_unwritten: bool,
        prepare: impl FnOnce(&Arc<Root>) -> Result<Staged>,
    ) -> Result<(Arc<Root>, Option<Wait>)> {
        let (version, staged) = self.stage(durability, prepare)?;
        let Some(Gathered { mut locks, replaced }) = staged else { return Ok((version, None)) };
        let group = &locks.state.group;
        let is_quick = is_unwritten || group.durability < Durability::Fsync;
        let is_full = group.bytes >= self.most_queued;
        if is_full || is_quick && locks.state.in_flight.is_none() {
            self.join(locks)?;
            return Ok((version, None));
        }
        let wait = self.want(&mut locks.state, version.number, true);
        drop(locks);
        drop(replaced);
        Ok((version, Some(wait)))
    }

    /// What is to be waited for until version `number` is published, or nothing if it is. The background thread must be
    /// there.
    pub(crate) fn await_version(&self, number: u64) -> Result<Option<Wait>> {
        if self.published.number() >= number {
            return Ok(None);
        }
        let mut state = self.state.lock();
        if state.published >= number {
            return Ok(None);
        }
        if let Some(source) = &state.failure {
            return Err(Error::Poisoned { source: source.clone() });
        }
        Ok(Some(self.want(&mut state, number, false)))
    }

    /// Sees to it that a version that is not published yet will be.
    fn want(&self, state: &mut MutexGuard<'_, State>, number: u64, is_own: bool) -> Wait {
        let turn = match &state.in_flight {
            Some(in_flight) if in_flight.last >= number => in_flight.turn.clone(),
            _ => {
                state.wanted = state.wanted.max(number);
                if !seeded(Bug::ForgetTasks) {
                    self.wake_background();
                }
                state.group.turn.clone()
            }
        };
        Wait { turn, place: None, is_own }
    }
}
