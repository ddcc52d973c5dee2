//! The watchers of a store: which there are, and which version each has reached. No commit looks at what is here.

use crate::sync::Mutex;
use std::collections::BTreeMap;

/// Which watchers there are. Locked for moments, with no other lock.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The number of the next watcher.
    next: u64,
    /// The version that each has reached.
    reached: BTreeMap<u64, u64>,
}

impl Watchers {
    pub(crate) fn add(&self, version: u64) -> u64 {
        let mut state = self.state.lock();
        let number = state.next;
        state.next += 1;
        state.reached.insert(number, version);
        number
    }

    /// Notes the version that one has reached.
    pub(crate) fn note(&self, number: u64, reached: u64) {
        self.state.lock().reached.insert(number, reached);
    }

    pub(crate) fn remove(&self, number: u64) {
        self.state.lock().reached.remove(&number);
    }

    /// How many watchers there are, and the oldest version that any of them has reached.
    pub(crate) fn extent(&self) -> (u64, Option<u64>) {
        let state = self.state.lock();
        (state.reached.len() as u64, state.reached.values().min().copied())
    }
}
