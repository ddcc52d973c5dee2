//! When checkpoints and backups are thought of: after commits, and when the caller says so.

use crate::engine::Engine;
use crate::engine::backups::kept::Kept;
use crate::engine::backups::{Backups, Outcome};
use crate::engine::checkpoints::{Archived, Checkpoints, FileSizes, Made, Means};
use crate::engine::keys::Keys;
use crate::error::{Error, Result};
use crate::media::Medium;
use crate::options::Schedule;
use crate::steps::GoOn;
use crate::sync::Ordering;
use crate::trace;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

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
    pub(crate) fn checkpoint(&self, observer: GoOn<'_>) -> Result<()> {
        self.check_writable()?;
        self.checkpoints.as_ref().map_or(Ok(()), |checkpoints| checkpoints.write_now(observer))
    }

    /// Writes a checkpoint now, and removes what it makes superfluous.
    pub(crate) fn compact(&self, observer: GoOn<'_>) -> Result<()> {
        self.check_writable()?;
        self.checkpoints.as_ref().map_or(Ok(()), |checkpoints| checkpoints.compact(observer))
    }

    /// The directory of the store; empty for one in memory.
    pub(crate) fn path(&self) -> PathBuf {
        self.log_files.as_ref().map(|files| files.medium.path("")).unwrap_or_default()
    }

    /// Makes a backup of the newest version, or continues the one that is there.
    pub(crate) fn backup(&self, to: &Arc<dyn Medium>, observer: GoOn<'_>) -> Result<Made> {
        self.check_writable()?;
        let checkpoints = self.checkpoints.as_ref().ok_or(Error::NoLog)?;
        let keys = self.keys.as_ref().ok_or(Error::NoLog)?;
        let manifest = || Keys::manifest(keys);
        let began = Instant::now();
        let means = Means { now_micros: self.now_micros(), manifest: &manifest, observer };
        let made = checkpoints.backup(to, means);
        match &made {
            Ok(made) => trace::backup_made(made.listing.version, &to.path(""), began.elapsed()),
            Err(error) => trace::backup_failed(error),
        }
        made
    }

    /// Makes backups by a schedule from now on.
    pub(super) fn start_backups(&mut self, schedule: Schedule) -> Result<()> {
        let (Some(checkpoints), Some(keys)) = (&self.checkpoints, &self.keys) else {
            return Ok(());
        };
        let clock = self.options.clock.clone();
        let backups = Backups::new(schedule, checkpoints.clone(), keys.clone(), clock);
        self.backups.insert(Arc::new(backups)).start()
    }

    /// The backups that the schedule has made and that are there, the newest first.
    pub(crate) fn backups(&self) -> Result<Vec<(PathBuf, Kept)>> {
        self.backups.as_ref().map_or(Ok(Vec::new()), |backups| backups.kept())
    }

    /// What came of the schedule so far.
    pub(crate) fn backup_outcome(&self) -> Outcome {
        self.backups.as_ref().map(|backups| backups.outcome()).unwrap_or_default()
    }

    /// What came of archiving segments.
    pub(crate) fn archived(&self) -> Archived {
        self.checkpoints.as_ref().map(|checkpoints| checkpoints.archived()).unwrap_or_default()
    }

    /// The sizes of the files.
    pub(crate) fn file_sizes(&self) -> FileSizes {
        self.checkpoints.as_ref().map(|checkpoints| checkpoints.file_sizes()).unwrap_or_default()
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
