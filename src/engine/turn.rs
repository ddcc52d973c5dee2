//! Waiting for a group of commits to be flushed.
//!
//! All who wait for one group share a [`Turn`]. It ends in one of two ways for each of them: the
//! group is done, or this waiter is the one who has to lead its flush. Being asked to lead is a
//! request, not a right: somebody else may have taken the group by the time the waiter is awake, and
//! then it waits on.
//!
//! Tasks wait without a thread, by a waker that is kept here. They are never asked to lead: whoever polls a
//! task must not be kept by a disk, and a task may never be polled again.

use crate::error::Error;
use crate::sync::{AtomicU64, Bug, Condvar, Mutex, Ordering, seeded, spin_until};
use std::sync::Arc;
use std::task::{Poll, Waker};

/// The common wait of a group.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    state: Mutex<State>,
    /// The tasks that wait. Locked behind `state`, or alone.
    tasks: Mutex<Vec<Option<Waker>>>,
    woken: Condvar,
    /// How often `state` stopped being [`State::Waiting`]. A hint for [`Self::spin`], which orders
    /// nothing; what counts is read under the lock.
    stirred: AtomicU64,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Waiting,
    /// One of the waiters is to lead; none has taken notice yet.
    LeaderWanted,
    Done(Result<(), Failure>),
}

/// Why the commits of a group were not carried out.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// Writing or syncing the group itself failed.
    Unknown(Arc<Error>),
    /// The group was not written, because one before it failed.
    NotWritten(Arc<Error>),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unknown(source) => Self::OutcomeUnknown { source },
            Failure::NotWritten(source) => Self::Poisoned { source },
        }
    }
}

/// How a wait ended.
#[derive(Debug)]
pub(crate) enum Wake {
    Done(Result<(), Failure>),
    /// The flush of the group needs somebody to lead it.
    Lead,
}

impl Turn {
    /// Waits for a moment, in the hope that [`Self::wait`] need not wait then: for a flush without a
    /// sync, which takes less time than going to sleep and being woken.
    pub(crate) fn spin(&self) {
        spin_until(|| self.stirred.load(Ordering::Relaxed) > 0);
    }

    /// Waits until the group is done or this caller is asked to lead.
    pub(crate) fn wait(&self) -> Wake {
        let mut state = self.state.lock();
        loop {
            match &*state {
                State::Done(result) => return Wake::Done(result.clone()),
                State::LeaderWanted => {
                    *state = State::Waiting;
                    return Wake::Lead;
                }
                State::Waiting => state = self.woken.wait(state),
            }
        }
    }

    /// Asks one of the waiters, present or about to be, to lead.
    pub(crate) fn want_leader(&self) {
        let mut state = self.state.lock();
        if matches!(*state, State::Waiting) {
            *state = State::LeaderWanted;
            self.stirred.fetch_add(1, Ordering::Relaxed);
            self.woken.notify_one();
        }
    }

    /// Whether the group is done; if not, the task is woken when it is. A task is noted at one place, which it
    /// keeps.
    pub(crate) fn poll(
        &self,
        place: &mut Option<usize>,
        waker: &Waker,
    ) -> Poll<Result<(), Failure>> {
        let state = self.state.lock();
        if let State::Done(result) = &*state {
            return Poll::Ready(result.clone());
        }
        let state = if seeded(Bug::PollLate) {
            drop(state);
            None
        } else {
            Some(state)
        };
        let mut tasks = self.tasks.lock();
        let at = *place.get_or_insert(tasks.len());
        if at >= tasks.len() {
            tasks.resize(at + 1, None);
        }
        let before = match tasks.get_mut(at) {
            Some(Some(noted)) if noted.will_wake(waker) => None,
            Some(noted) => noted.replace(waker.clone()),
            None => None,
        };
        drop((tasks, state));
        // Foreign code, which is dropped outside of the locks.
        drop(before);
        Poll::Pending
    }

    /// Forgets a task.
    pub(crate) fn forget(&self, place: usize) {
        let waker = self.tasks.lock().get_mut(place).and_then(Option::take);
        drop(waker);
    }

    /// Ends the wait of everybody.
    pub(crate) fn finish(&self, result: Result<(), Failure>) {
        *self.state.lock() = State::Done(result);
        self.stirred.fetch_add(1, Ordering::Relaxed);
        self.woken.notify_all();
        let tasks = std::mem::take(&mut *self.tasks.lock());
        tasks.into_iter().flatten().for_each(Waker::wake);
    }
}
