//! Ctrl-C, and the other signals that ask for the end: what runs comes to an end, and nothing is left half done.
//!
//! In an interactive session that is the command that runs; the session goes on. Outside of one it is what would leave
//! half of something behind, a file or a directory; everything else is ended by the signal itself.
//!
//! Whoever goes through many things, or waits, looks here whether the end was asked for. Nobody waits by looking again and again:
//! the signal wakes who waits. Where it was asked for a second time before anybody heard, or where nothing of the kind runs, the
//! process ends, as it does by itself.

use crate::exit::{Failure, Result};
use folio::{StoreDelta, StoreWatcher};
use std::io::{self, IsTerminal};
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Whether a command runs, and whether its end was asked for. A mark and nothing else: nobody reads other memory by it.
static RUNS: AtomicBool = AtomicBool::new(false);
static IS_ASKED: AtomicBool = AtomicBool::new(false);

/// Who waits.
static WAITS: Mutex<Option<Thread>> = Mutex::new(None);

/// As shells have it.
const INTERRUPTED: i32 = 130;

/// Whether signals are taken. The first attempt decides.
static CAUGHT: OnceLock<Result<(), ctrlc::Error>> = OnceLock::new();

/// While this value is there, a signal asks for the end.
#[derive(Debug)]
pub(crate) struct Gently {
    /// Whether it is within something that can be ended likewise.
    is_within: bool,
}

/// From now on, and until the value is gone, the end can be asked for. Where signals can't be taken, they end the
/// process, as they do without this.
pub(crate) fn gently() -> Gently {
    let is_caught = CAUGHT.get_or_init(|| ctrlc::set_handler(asked)).is_ok();
    let is_within = RUNS.swap(is_caught, Ordering::Relaxed);
    if !is_within {
        IS_ASKED.store(false, Ordering::Relaxed);
    }
    Gently { is_within }
}

/// The same for what reads a file, or stdin. At a terminal nobody knows whether anything more is typed, so there the signal ends it.
pub(crate) fn gently_reading(is_file: bool) -> Option<Gently> {
    (is_file || !io::stdin().is_terminal()).then(gently)
}

impl Drop for Gently {
    fn drop(&mut self) {
        RUNS.store(self.is_within, Ordering::Relaxed);
    }
}

fn asked() {
    if !RUNS.load(Ordering::Relaxed) || IS_ASKED.swap(true, Ordering::Relaxed) {
        exit(INTERRUPTED);
    }
    let waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(thread) = &*waits {
        thread.unpark();
    }
}

/// Fails where the end was asked for.
pub(crate) fn check() -> Result<()> {
    if IS_ASKED.load(Ordering::Relaxed) { Err(Failure::Interrupted) } else { Ok(()) }
}

/// What came of the end that was asked for is no failure of its own.
pub(crate) fn unless_asked(failure: Failure) -> Failure {
    check().err().unwrap_or(failure)
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
