//! Ctrl-C in an interactive session at a terminal: the command that runs ends, and the session goes on.
//!
//! Whoever goes through many things, or waits, looks here whether the end was asked for. Nobody waits by looking again and again:
//! the signal wakes who waits. Where it was asked for a second time before anybody heard, or where no command runs, the
//! process ends, as it does without a session.

use crate::exit::{Failure, Result};
use folio::{StoreDelta, StoreWatcher};
use std::io;
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Whether a command runs, and whether its end was asked for. A mark and nothing else: nobody reads other memory by it.
static RUNS: AtomicBool = AtomicBool::new(false);
static IS_ASKED: AtomicBool = AtomicBool::new(false);

/// Who waits.
static WAITS: Mutex<Option<Thread>> = Mutex::new(None);

/// As shells have it.
const INTERRUPTED: i32 = 130;

/// Takes Ctrl-C from now on.
pub(crate) fn catch() -> Result<()> {
    ctrlc::set_handler(|| {
        if !RUNS.load(Ordering::Relaxed) || IS_ASKED.swap(true, Ordering::Relaxed) {
            exit(INTERRUPTED);
        }
        let waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = &*waits {
            thread.unpark();
        }
    })
    .map_err(|error| Failure::Io {
        what: "could not prepare for Ctrl-C".to_owned(),
        source: io::Error::other(error),
    })
}

/// Runs a command, which Ctrl-C ends.
pub(crate) fn ending<R>(command: impl FnOnce() -> R) -> R {
    IS_ASKED.store(false, Ordering::Relaxed);
    RUNS.store(true, Ordering::Relaxed);
    let result = command();
    RUNS.store(false, Ordering::Relaxed);
    result
}

/// Fails where the end was asked for.
pub(crate) fn check() -> Result<()> {
    if IS_ASKED.load(Ordering::Relaxed) { Err(Failure::Interrupted) } else { Ok(()) }
}

/// Waits for what is committed next; `None` where nothing more comes.
pub(crate) fn next(watcher: &mut StoreWatcher) -> Result<Option<StoreDelta>> {
    *WAITS.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current());
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let context = Context::from_waker(&waker);
    loop {
        check()?;
        match watcher.poll_next(&context) {
            Poll::Ready(delta) => return Ok(delta),
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
