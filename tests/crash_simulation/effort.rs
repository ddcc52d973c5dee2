//! How much is looked at, and on how many cores.
//!
//! A debug build looks at a part, to be over soon. A release build looks at millions of states in
//! some minutes. With `FOLIO_CRASH_SECONDS` set it is a long run: nothing is left out any more, and
//! random workloads go on for that many seconds. A thousand million states take three to four hours on
//! two cores.

use crate::explorer::{Explorer, Figures};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A number from the environment.
pub(crate) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// How long random workloads go on in a long run; `None` where this is none.
pub(crate) fn long_run() -> Option<Duration> {
    number("FOLIO_CRASH_SECONDS").map(Duration::from_secs)
}

/// One number for each effort: that of a debug build, of a release build, of a long run.
pub(crate) fn pick<T>(debug: T, release: T, long: T) -> T {
    match long_run() {
        Some(_) => long,
        None if cfg!(debug_assertions) => debug,
        None => release,
    }
}

/// Looks at so many things on all cores, each thread with an explorer of its own, until `until`.
///
/// # Panics
///
/// If something is wrong with one of them.
pub(crate) fn on_all_cores(
    count: usize,
    thrift: u64,
    until: Option<Instant>,
    look: impl Fn(&mut Explorer, usize) -> Result<(), String> + Sync,
) -> Figures {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut explorer = Explorer::thrifty(thrift);
        // Nothing else is told by the counter, so the order of its changes is all that counts.
        while let number = next.fetch_add(1, Ordering::Relaxed)
            && number < count
            && until.is_none_or(|until| Instant::now() < until)
        {
            look(&mut explorer, number).unwrap_or_else(|wrong| panic!("number {number}: {wrong}"));
        }
        explorer.figures
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut all = Figures::default();
        for worker in workers {
            all += worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
        all
    })
}
