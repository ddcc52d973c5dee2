//! Waiting for a group of commits to be flushed.
//!
//! All who wait for one group share a [`Turn`]. It ends in one of two ways for each of them: the
//! group is done, or this waiter is the one who has to lead its flush. Being asked to lead is a
//! request, not a right: somebody else may have taken the group by the time the waiter is awake, and
//! then it waits on.

use crate::error::Error;
use crate::sync::{AtomicU64, Condvar, Mutex, Ordering, spin_until};
use std::sync::Arc;

/// The common wait of a group.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    state: Mutex<State>,
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

    /// Ends the wait of everybody.
    pub(crate) fn finish(&self, result: Result<(), Failure>) {
        *self.state.lock() = State::Done(result);
        self.stirred.fetch_add(1, Ordering::Relaxed);
        self.woken.notify_all();
    }
}
