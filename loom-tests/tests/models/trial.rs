//! One interleaving: a pipeline over a log that is watched.

use crate::log::{Disk, Fault, WatchedLog};
use folio::model::Pipeline;
use folio::{Durability, Error, Result};
use loom::thread::{self, JoinHandle};
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// The pipeline, and what every look at it is held against.
#[derive(Debug)]
pub struct Trial {
    pub pipeline: Pipeline,
    pub disk: Disk,
    /// The level of each commit that was validated, version 1 first. The checker does not see this
    /// lock, and need not: whoever looks at a level has seen the version, or the closing behind it.
    staged: Mutex<Vec<Durability>>,
}

/// How a commit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Committed(u64),
    Unknown,
    Poisoned,
    Closed,
}

impl Trial {
    pub fn new(fault: Option<Fault>) -> Arc<Self> {
        let disk = Disk::default();
        let log = WatchedLog { disk: disk.clone(), fault };
        Arc::new(Self { pipeline: Pipeline::new(log), disk, staged: Mutex::default() })
    }

    pub fn spawn<R: 'static>(
        self: &Arc<Self>,
        act: impl FnOnce(&Self) -> R + 'static,
    ) -> JoinHandle<R> {
        let trial = self.clone();
        thread::spawn(move || act(&trial))
    }

    /// Commits, and checks that the result is what the log says.
    pub fn commit(&self, durability: Durability) -> Outcome {
        self.checked(durability, |encode| self.pipeline.commit(durability, encode))
    }

    /// The same for a commit that a task waits for.
    pub fn commit_as_task(&self, durability: Durability) -> Outcome {
        self.checked(durability, |encode| self.pipeline.commit_as_task(durability, encode))
    }

    fn checked(
        &self,
        durability: Durability,
        commit: impl FnOnce(&mut dyn FnMut(u64) -> Vec<u8>) -> Result<u64>,
    ) -> Outcome {
        let mut staged = None;
        let result = commit(&mut |version| {
            let mut all = self.staged.lock().unwrap();
            all.push(durability);
            assert_eq!(version, all.len() as u64, "a version follows another than the tip");
            staged = Some(version);
            version.to_le_bytes().to_vec()
        });
        match result {
            Ok(version) => {
                assert_eq!(staged, Some(version), "a commit got the version of another");
                let seen = self.look();
                assert!(seen >= version, "version {version} is not seen by its own committer");
                Outcome::Committed(version)
            }
            Err(Error::OutcomeUnknown { .. }) => {
                let version = staged.expect("the outcome of no commit is unknown");
                let failed = self.failed();
                assert!(failed.contains(&version), "version {version} is not in {failed:?}");
                Outcome::Unknown
            }
            Err(Error::Poisoned { .. }) => {
                let failed = self.failed();
                if let Some(version) = staged {
                    assert!(version >= failed.end, "version {version} was written");
                }
                Outcome::Poisoned
            }
            Err(Error::Closed) => {
                assert_eq!(staged, None, "a commit was taken and refused");
                Outcome::Closed
            }
            Err(error) => panic!("a commit gave {error}"),
        }
    }

    /// The newest version that may be seen, of which everything is as durable as was asked for.
    pub fn look(&self) -> u64 {
        let seen = self.pipeline.published();
        let truth = self.disk.truth();
        for (version, durability) in (1..=seen).zip(&*self.staged.lock().unwrap()) {
            let (synced, written) = (truth.synced >= version, truth.written >= version);
            match durability {
                Durability::Fsync => {
                    assert!(synced, "version {version} is seen before it is synced");
                }
                Durability::Write => {
                    assert!(written, "version {version} is seen before it is written");
                }
                _ => {}
            }
        }
        seen
    }

    /// Waits for a version as a transaction does that started from it, and checks that the result
    /// is what the log says.
    pub fn wait_for(&self, version: u64) -> Result<()> {
        let result = self.pipeline.wait_for(version);
        if result.is_ok() {
            let seen = self.look();
            assert!(seen >= version, "version {version} was waited for and is not seen");
        } else {
            let failed = self.failed();
            assert!(version >= failed.start, "version {version} was published before the failure");
        }
        result
    }

    /// How many commits were validated so far.
    pub fn staged(&self) -> u64 {
        self.staged.lock().unwrap().len() as u64
    }

    /// Checks what holds when all threads of a model without a fault are done.
    pub fn check_all_kept(&self) {
        let staged = self.staged();
        assert_eq!(self.look(), staged, "not every version is seen in the end");
        assert_eq!(self.pipeline.tip(), staged, "the tip is not the last version");
    }

    /// Checks what holds when all threads of a model with a fault are done and it has struck.
    pub fn check_poisoned(&self) {
        let published = self.look();
        assert_eq!(self.pipeline.tip(), published, "the tip has not gone back");
        assert_eq!(self.commit(Durability::Fsync), Outcome::Poisoned);
        assert_eq!(self.commit(Durability::Background), Outcome::Poisoned);
        self.wait_for(published).expect("what was published stays so");
        assert!(matches!(self.wait_for(published + 1), Err(Error::Poisoned { .. })));
        assert!(matches!(self.pipeline.sync(), Err(Error::Poisoned { .. })));
        // Both return: the one for want of another owner, the other for want of anything to do.
        drop(self.pipeline.exclusive());
        self.pipeline.run_background();
        assert!(matches!(self.pipeline.close(), Err(Error::Poisoned { .. })));
        assert!(matches!(self.pipeline.close(), Ok(())), "closing again is not nothing");
        assert_eq!(self.look(), published, "reading does not go on");
    }

    /// The versions that the log failed with.
    fn failed(&self) -> Range<u64> {
        self.disk.truth().failed.clone().expect("the log has not failed")
    }
}
