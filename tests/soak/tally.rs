//! What was done so far.

use super::resources::Resources;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A number that threads add to.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, number: u64) {
        self.0.fetch_add(number, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) steps: Count,
    pub(crate) commits: Count,
    pub(crate) conflicts: Count,
    pub(crate) retries: Count,
    pub(crate) snapshots: Count,
    pub(crate) held: Count,
    pub(crate) reopens: Count,
    pub(crate) crash_images: Count,
    pub(crate) kills: Count,
    pub(crate) stores: Count,
}

impl Tally {
    pub(crate) fn figures(&self) -> [(&'static str, u64); 10] {
        [
            ("steps", self.steps.get()),
            ("commits", self.commits.get()),
            ("conflicts", self.conflicts.get()),
            ("runs after a conflict", self.retries.get()),
            ("snapshots checked whole", self.snapshots.get()),
            ("held snapshots checked again", self.held.get()),
            ("reopened after closing", self.reopens.get()),
            ("reopened from a crash image", self.crash_images.get()),
            ("reopened after a kill", self.kills.get()),
            ("new stores because the log was long", self.stores.get()),
        ]
    }

    /// How often a store came to its end.
    pub(crate) fn endings(&self) -> u64 {
        self.reopens.get() + self.crash_images.get() + self.kills.get()
    }

    /// How it goes, in one line.
    pub(crate) fn line(&self, elapsed: Duration, resources: &Resources) -> String {
        let mut line = format!("soak: {} s", elapsed.as_secs());
        for (what, count) in self.figures() {
            write!(line, ", {count} {what}").expect("a string takes all");
        }
        format!("{line}; {resources}")
    }

    pub(crate) fn table(&self, elapsed: Duration, resources: &Resources) -> String {
        let mut table = format!("{:>12}  seconds\n", elapsed.as_secs());
        for (what, count) in self.figures() {
            writeln!(table, "{count:>12}  {what}").expect("a string takes all");
        }
        format!("{table}{resources}")
    }
}
