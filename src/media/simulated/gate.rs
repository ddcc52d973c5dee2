//! A gate at which operations wait until a test lets them through.

use crate::media::simulated::faults::Operation;
use crate::sync::{Condvar, Mutex};

/// Which operations wait, and how many do.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Operation>,
    waiting: usize,
}

impl Gate {
    pub(super) fn hold(&self, operation: Operation) {
        self.state.lock().held = Some(operation);
        self.changed.notify_all();
    }

    pub(super) fn release(&self) {
        self.state.lock().held = None;
        self.changed.notify_all();
    }

    /// Waits until somebody waits in [`Self::pass`].
    pub(super) fn wait_held(&self) {
        let mut state = self.state.lock();
        while state.waiting == 0 {
            state = self.changed.wait(state);
        }
    }

    /// Waits while operations of this kind are held.
    pub(super) fn pass(&self, operation: Operation) {
        let mut state = self.state.lock();
        if state.held != Some(operation) {
            return;
        }
        state.waiting += 1;
        self.changed.notify_all();
        while state.held == Some(operation) {
            state = self.changed.wait(state);
        }
        state.waiting -= 1;
    }
}
