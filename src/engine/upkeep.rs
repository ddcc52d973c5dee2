//! When checkpoints and backups are thought of: after commits, and when the caller says so.

use crate::engine::Engine;
use crate::engine::checkpoints::{Checkpoints, Made};
use crate::error::{Error, Result};
use crate::log::manifest;
use crate::media::Medium;
use crate::sync::Ordering;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

impl Engine {
    /// Wakes the thread that writes checkpoints, if the log has grown by so much that it should look, and
    /// waits for it, if the log grows faster than it writes.
    pub(super) fn look_after_log(&self) {
        let Some(checkpoints) = &self.checkpoints else { return };
        if checkpoints.is_wanted() && self.start_checkpoints(checkpoints) {
            checkpoints.wake();
        }
        checkpoints.wait_for_room();
    }

    /// Starts the thread that writes checkpoints, once. Says whether there is one: without, the log grows
    /// on, and the next commit tries again.
    fn start_checkpoints(&self, checkpoints: &Arc<Checkpoints>) -> bool {
        let mut thread = self.checkpoints_thread.lock();
        if thread.is_none() {
            let checkpoints = checkpoints.clone();
            let spawn = thread::Builder::new().name("folio-checkpoint".to_owned());
            *thread = spawn.spawn(move || checkpoints.run()).ok();
        }
        thread.is_some()
    }

    /// Writes a checkpoint now.
    pub(crate) fn checkpoint(&self) -> Result<()> {
        self.check_writable()?;
        self.checkpoints.as_ref().map_or(Ok(()), |checkpoints| checkpoints.write_now())
    }

    /// Writes a checkpoint now, and removes what it makes superfluous.
    pub(crate) fn compact(&self) -> Result<()> {
        self.check_writable()?;
        self.checkpoints.as_ref().map_or(Ok(()), |checkpoints| checkpoints.compact())
    }

    /// The directory of the store; empty for one in memory.
    pub(crate) fn path(&self) -> PathBuf {
        self.log_files.as_ref().map(|files| files.medium.path("")).unwrap_or_default()
    }

    /// Makes a backup of the newest version, or continues the one that is there.
    pub(crate) fn backup(&self, to: &Arc<dyn Medium>) -> Result<Made> {
        self.check_writable()?;
        let checkpoints = self.checkpoints.as_ref().ok_or(Error::NoLog)?;
        let keys = self.keys.as_ref().ok_or(Error::NoLog)?;
        // Not while the key changes.
        let manifest = || {
            let keys = keys.lock();
            let bytes = keys.medium.read(manifest::FILE);
            bytes.map_err(|error| Error::io(keys.medium.path(manifest::FILE), "read", error))
        };
        checkpoints.backup(to, self.now_micros(), &manifest)
    }

    /// How many checkpoints were written by this process, and how many could not be.
    pub(crate) fn checkpoint_counts(&self) -> (u64, u64) {
        let count = |checkpoints: &Arc<Checkpoints>| {
            let Checkpoints { written, failed, .. } = &**checkpoints;
            (written.load(Ordering::Relaxed), failed.load(Ordering::Relaxed))
        };
        self.checkpoints.as_ref().map(count).unwrap_or_default()
    }
}
