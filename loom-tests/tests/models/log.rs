//! The log that the models put under the pipeline, and the truth about it.

use folio::model::Log;
use folio::{Error, Result};
use loom::sync::{Condvar, Mutex, MutexGuard};
use std::io;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Arc;

/// What goes wrong, and when; counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Append(usize),
    Sync(usize),
    /// An append panics.
    Panic(usize),
}

/// What [`Fault::Panic`] panics with.
#[derive(Debug)]
pub struct LogPanics;

/// What the log knows.
#[derive(Debug, Default)]
pub struct Truth {
    /// The last version that is written.
    pub written: u64,
    /// The last version that is synced, and was reported to be.
    pub synced: u64,
    /// The versions whose write or sync failed.
    pub failed: Option<Range<u64>>,
    pub closed: bool,
    /// The size of each group.
    groups: Vec<usize>,
    /// The version before the last group.
    base: u64,
    syncs: usize,
}

impl Truth {
    /// The sizes of the groups, such as `1+2`.
    pub fn shape(&self) -> String {
        let sizes: Vec<_> = self.groups.iter().map(usize::to_string).collect();
        sizes.join("+")
    }

    fn fail(&mut self, operation: &'static str) -> Result<()> {
        self.failed = Some(self.base + 1..self.written + 1);
        let source = io::Error::other("as the model wants it");
        Err(Error::Io { path: "model".into(), op: operation, source })
    }

    fn check_usable(&self) {
        assert!(!self.closed, "the log was used after it was closed");
        assert!(self.failed.is_none(), "the log was used after it had failed");
    }
}

/// The truth, shared by the log and by those who look.
///
/// Its lock is the model checker's, so that a look is a step like any other and comes in every
/// order with the writes and syncs. Behind a lock that the checker does not see it would take a
/// look before a sync and one after it for the same, and try only one of them.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    truth: Mutex<Truth>,
    /// Signalled after each sync.
    synced: Condvar,
}

impl Disk {
    pub fn truth(&self) -> MutexGuard<'_, Truth> {
        self.0.truth.lock().expect("a model ends with its first failure")
    }

    /// Returns when a version is synced.
    pub fn wait_until_synced(&self, version: u64) {
        let mut truth = self.truth();
        while truth.synced < version {
            truth = self.0.synced.wait(truth).expect("a model ends with its first failure");
        }
    }
}

/// The log. Each commit's bytes are its version.
#[derive(Debug)]
pub struct WatchedLog {
    pub disk: Disk,
    pub fault: Option<Fault>,
}

impl Log for WatchedLog {
    fn append(&mut self, base: u64, commits: &[Vec<u8>]) -> Result<()> {
        let mut truth = self.disk.truth();
        truth.check_usable();
        assert_eq!(base, truth.written, "a group does not follow the one before it");
        truth.base = base;
        for commit in commits {
            truth.written += 1;
            assert_eq!(commit, &truth.written.to_le_bytes(), "a commit is out of order");
        }
        if !commits.is_empty() {
            truth.groups.push(commits.len());
        }
        let count = truth.groups.len();
        if self.fault == Some(Fault::Append(count)) {
            return truth.fail("write");
        }
        if self.fault == Some(Fault::Panic(count)) {
            let _ = truth.fail("write");
            drop(truth);
            // Not `panic!`, which would report each of thousands.
            resume_unwind(Box::new(LogPanics));
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<()> {
        let mut truth = self.disk.truth();
        truth.check_usable();
        truth.syncs += 1;
        if self.fault == Some(Fault::Sync(truth.syncs)) {
            return truth.fail("sync");
        }
        truth.synced = truth.written;
        drop(truth);
        self.disk.0.synced.notify_all();
        Ok(())
    }

    fn cut(&mut self) -> Result<u64> {
        self.sync()?;
        Ok(self.disk.truth().written)
    }

    fn close(&mut self) -> Result<()> {
        let mut truth = self.disk.truth();
        truth.check_usable();
        truth.closed = true;
        truth.synced = truth.written;
        Ok(())
    }
}
