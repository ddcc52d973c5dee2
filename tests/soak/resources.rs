//! What the process has of the system: memory, threads, open files.
//!
//! A moment when no store is open is like any other such moment, so what grows from one to the next is a
//! leak. Threads and files are counted. Memory is not given back to the system at once, and how much
//! stays depends on how the pieces lay: its bound is what was seen until the first store was full, and
//! half as much again. Until then there is nothing to compare with, so that a short run says nothing
//! about memory but its peak.

use super::common::wait_until;
use std::fmt::{self, Display, Formatter};
use std::fs;

/// What memory may grow by without being suspected.
const LEEWAY_KIB: u64 = 64 << 10;

#[derive(Debug)]
pub(crate) struct Resources {
    /// Threads and open files before the first store.
    threads: usize,
    files: usize,
    peak_kib: u64,
    /// The most memory while no store was open, until the first was full.
    idle_kib: u64,
    latest_idle_kib: u64,
    has_cycle: bool,
}

impl Resources {
    pub(crate) fn new() -> Self {
        Self {
            threads: entries("/proc/self/task"),
            files: entries("/proc/self/fd"),
            peak_kib: 0,
            idle_kib: 0,
            latest_idle_kib: 0,
            has_cycle: false,
        }
    }

    /// Looks at the memory while a store is at its largest. Its log is in memory while it is opened,
    /// and its records and what the held snapshots pin after that.
    pub(crate) fn note_peak(&mut self, log_limit_bytes: u64) {
        self.peak_kib = self.peak_kib.max(memory_kib("VmHWM:"));
        let bound_kib = (512 << 10) + 3 * (log_limit_bytes >> 10);
        let now_kib = memory_kib("VmRSS:");
        assert!(now_kib <= bound_kib, "{now_kib} KiB of memory are more than {bound_kib} KiB");
    }

    /// Checks that nothing is left of a store that is not open any more.
    pub(crate) fn check_idle(&mut self, is_full: bool) {
        // A thread that was joined may be there for a moment more.
        wait_until("the threads of a store end", || entries("/proc/self/task") <= self.threads);
        let files = entries("/proc/self/fd");
        assert!(files <= self.files, "{files} files are open, {} were at first", self.files);
        let kib = memory_kib("VmRSS:");
        self.latest_idle_kib = kib;
        if self.has_cycle {
            let bound_kib = self.idle_kib + self.idle_kib / 2 + LEEWAY_KIB;
            assert!(kib <= bound_kib, "{kib} KiB of memory stay, {} did at first", self.idle_kib);
        } else {
            self.idle_kib = self.idle_kib.max(kib);
            self.has_cycle = is_full;
        }
    }
}

impl Display for Resources {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (peak, idle, latest) =
            (self.peak_kib >> 10, self.idle_kib >> 10, self.latest_idle_kib >> 10);
        write!(
            f,
            "memory: {peak} MiB at most; without a store {idle} MiB at first, {latest} MiB now; {} files, {} threads",
            self.files, self.threads
        )
    }
}

/// How many entries a directory has; none where there is no such thing, as on systems without `/proc`.
fn entries(directory: &str) -> usize {
    fs::read_dir(directory).map_or(0, Iterator::count)
}

/// A line of the process's status.
fn memory_kib(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|status| status.strip_prefix(line));
    found.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
