//! A child process that commits, and a thread that hears what it tells, so that what was told before
//! a moment is known at that moment.

use super::common::{Process, start_child, told, wait_until};
use super::entries::Heard;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

#[derive(Default)]
struct State {
    heard: Heard,
    lines: u64,
}

pub(crate) struct Worker {
    process: Process,
    state: Arc<Mutex<State>>,
    hearing: Option<JoinHandle<()>>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Worker {
    /// Starts a child on a store of which `heard` was told before.
    pub(crate) fn start(child: &str, path: &Path, heard: Heard) -> Self {
        let mut process = start_child(child, path);
        let state = Arc::new(Mutex::new(State { heard, lines: 0 }));
        let lines = told(&mut process);
        let shared = state.clone();
        let hearing = thread::spawn(move || {
            for line in lines {
                let mut state = lock(&shared);
                state.heard.note(&line);
                state.lines += 1;
            }
        });
        Self { process, state, hearing: Some(hearing) }
    }

    /// Waits until the child has told so many lines more.
    pub(crate) fn await_lines(&self, count: u64) {
        let target = lock(&self.state).lines + count;
        wait_until("the child goes on", || lock(&self.state).lines >= target);
    }

    /// What the child has told by now.
    pub(crate) fn heard(&self) -> Heard {
        lock(&self.state).heard.clone()
    }

    /// Kills the child; returns what was promised of the store, with all that the child told to its
    /// end. What was acknowledged and not promised is left out: it may have gone with the child, and
    /// must not count as what a cut lost.
    pub(crate) fn end(mut self) -> Heard {
        self.kill();
        let promised = self.heard().promised;
        Heard { acknowledged: promised.clone(), promised }
    }

    /// Ends the child and hears it out. Nothing where that was done.
    fn kill(&mut self) {
        let Some(hearing) = self.hearing.take() else { return };
        self.process.kill().expect("the child can be killed");
        self.process.wait().expect("the child can be waited for");
        let is_clear = hearing.join().is_ok();
        assert!(is_clear || thread::panicking(), "what the child told made sense");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}
