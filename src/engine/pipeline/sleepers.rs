//! Watchers that sleep, and who wakes them.
//!
//! A watcher that has given out all it knows of asks to sleep ([`Pipeline::sleep`]). Under the lock on
//! where the commits stand it is looked whether a newer version is published, or none will come any more; else
//! the watcher is noted, by the collection that it watches. A version is published under the same
//! lock, so it comes either before that look, and is seen by it, or behind the note, and finds it. There is no
//! moment between, so no wake-up can be lost.
//!
//! Publishing takes those out whose collection is another one in the new version: a comparison of two
//! pointers for each collection that anybody sleeps for, and nothing where nobody does. They are woken when the
//! locks are free ([`Woken`]), so a commit to one collection never wakes who watches another, and a waker,
//! which is foreign code, runs under no lock. Each is woken once and asks again.

use crate::engine::pipeline::{Pipeline, State};
use crate::sync::{Bug, Condvar, Mutex, seeded};
use crate::version::{CollectionId, Root};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

/// What a watcher watches: one collection, or, if `None`, all of the store.
pub(crate) type Scope = Option<CollectionId>;

/// How a sleeping watcher is woken.
#[derive(Debug)]
pub(crate) enum Sleeper {
    Thread(Arc<Signal>),
    Task(Waker),
}

impl Sleeper {
    fn wake(self) {
        match self {
            Self::Thread(signal) => signal.give(),
            Self::Task(waker) => waker.wake(),
        }
    }
}

/// Something that is given once, to one thread.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    is_given: Mutex<bool>,
    given: Condvar,
}

impl Signal {
    fn give(&self) {
        *self.is_given.lock() = true;
        self.given.notify_one();
    }

    /// Waits for it, or until a time.
    fn wait(&self, until: Option<Instant>) {
        let mut is_given = self.is_given.lock();
        while !*is_given {
            is_given = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => self.given.wait(is_given),
                Some(left) if left.is_zero() => return,
                Some(left) => self.given.wait_timeout(is_given, left),
            };
        }
    }
}

/// What a watcher finds that asks to sleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// There is a newer version.
    Newer,
    /// There is none, and none will come.
    Over,
    /// It will be woken.
    Asleep,
}

/// The watchers that sleep, by what they watch and their number.
#[derive(Debug, Default)]
pub(super) struct Sleepers {
    by_scope: BTreeMap<Scope, BTreeMap<u64, Sleeper>>,
}

impl Sleepers {
    /// Takes those out whom it concerns that one version follows another.
    pub(super) fn concerned(&mut self, before: &Root, after: &Root) -> Woken {
        if self.by_scope.is_empty() || seeded(Bug::ForgetWatchers) {
            return Woken::default();
        }
        let is_other = |scope: &Scope| match scope {
            None => true,
            Some(id) => match (before.slot(*id), after.slot(*id)) {
                (Some(before), Some(after)) => !Arc::ptr_eq(before, after),
                (before, after) => before.is_some() != after.is_some(),
            },
        };
        let scopes: Vec<Scope> = self.by_scope.keys().copied().filter(is_other).collect();
        Woken(scopes.iter().filter_map(|scope| self.by_scope.remove(scope)).collect())
    }

    /// Takes all out.
    pub(super) fn all(&mut self) -> Woken {
        Woken(std::mem::take(&mut self.by_scope).into_values().collect())
    }
}

/// Watchers that are woken when this is dropped, which is to be where no lock is held.
#[derive(Debug, Default)]
pub(super) struct Woken(Vec<BTreeMap<u64, Sleeper>>);

impl Drop for Woken {
    fn drop(&mut self) {
        for sleepers in std::mem::take(&mut self.0) {
            sleepers.into_values().for_each(Sleeper::wake);
        }
    }
}

impl Pipeline {
    /// Notes a watcher that has seen version `seen`, unless there is something to tell it at once. Under the
    /// same number a watcher is noted once: the last time counts.
    pub(crate) fn sleep(&self, scope: Scope, watcher: u64, seen: u64, sleeper: Sleeper) -> Rest {
        if seeded(Bug::SleepLate) {
            let rest = self.state.lock().rest(seen);
            if rest == Rest::Asleep {
                self.state.lock().note(scope, watcher, sleeper);
            }
            return rest;
        }
        let mut state = self.state.lock();
        let rest = state.rest(seen);
        // A waker that is replaced is foreign code: dropped behind the lock.
        let before = match rest {
            Rest::Asleep => state.note(scope, watcher, sleeper),
            Rest::Newer | Rest::Over => None,
        };
        drop(state);
        drop(before);
        rest
    }

    /// Sleeps until there is a newer version than `seen` in which the scope may be another, until there
    /// will be none, or until a time. The caller looks itself what it was.
    pub(crate) fn sleep_until(
        &self,
        scope: Scope,
        watcher: u64,
        seen: u64,
        until: Option<Instant>,
    ) -> Rest {
        let signal = Arc::new(Signal::default());
        let rest = self.sleep(scope, watcher, seen, Sleeper::Thread(signal.clone()));
        if rest == Rest::Asleep {
            signal.wait(until);
            self.forget_sleeper(scope, watcher);
        }
        rest
    }

    /// Forgets a watcher that sleeps, if it does.
    pub(crate) fn forget_sleeper(&self, scope: Scope, watcher: u64) {
        let mut state = self.state.lock();
        let by_scope = &mut state.sleepers.by_scope;
        let Some(sleepers) = by_scope.get_mut(&scope) else { return };
        let sleeper = sleepers.remove(&watcher);
        if sleepers.is_empty() {
            by_scope.remove(&scope);
        }
        drop(state);
        drop(sleeper);
    }
}

impl State {
    fn rest(&self, seen: u64) -> Rest {
        // What was committed before the end is still to be published, unless the log has failed.
        let is_over = self.failure.is_some() || self.closed && self.published == self.tip.number;
        if self.published > seen {
            Rest::Newer
        } else if is_over {
            Rest::Over
        } else {
            Rest::Asleep
        }
    }

    fn note(&mut self, scope: Scope, watcher: u64, sleeper: Sleeper) -> Option<Sleeper> {
        self.sleepers.by_scope.entry(scope).or_default().insert(watcher, sleeper)
    }
}
