//! Moving segments of a ledger to the archive, when a checkpoint has made them superfluous for opening.
//!
//! The lock of the checkpoints is held, as for whatever removes files. What goes are the segments before the older of
//! the two newest checkpoints: should the newest one turn out to be damaged, the store is opened from the other one, without
//! the archive. If both are, an opening that is given the archive reads the log from its beginning.
//!
//! A checkpoint does not fail because the archive does: what was not moved stays where it is, and the next checkpoint
//! tries again. Closing the store ends it between two parts of a file.

use crate::engine::checkpoints::Checkpoints;
use crate::error::{Error, Result};
use crate::log::archive::Moving;
use crate::log::{checkpoint, segment};
use crate::steps::{GoOn, Part, Steps};

/// What came of archiving so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Archived {
    /// How many segments were moved by this process.
    pub(crate) segments: u64,
    /// How often it failed.
    pub(crate) failed: u64,
    /// What went wrong at the last attempt.
    pub(crate) error: Option<String>,
}

impl Checkpoints {
    /// What came of archiving so far.
    pub(crate) fn archived(&self) -> Archived {
        self.archived.lock().clone()
    }

    /// Moves what neither of the two newest checkpoints needs. A failure is noted.
    pub(super) fn archive_superfluous(&self, observer: GoOn<'_>) {
        let Ok(names) = self.files.store.list() else { return };
        let mut numbers: Vec<u64> =
            names.iter().filter_map(|name| checkpoint::number_of(name)).collect();
        numbers.sort_unstable();
        if let [.., older, _] = *numbers {
            // It is noted, and whoever commits has nothing to do with it.
            let _ = self.archive_before(older, observer);
        }
    }

    /// Moves the segments before a checkpoint, if that is intact. The lock of the checkpoints is held.
    pub(super) fn archive_before(&self, checkpoint: u64, observer: GoOn<'_>) -> Result<()> {
        let moved = self.move_before(checkpoint, &self.while_open(observer));
        let mut archived = self.archived.lock();
        archived.error = match &moved {
            // Whoever closes the store ends it, or whoever observes it.
            Ok(()) | Err(Error::Closed | Error::Cancelled) => None,
            Err(error) => {
                archived.failed += 1;
                Some(error.to_string())
            }
        };
        moved
    }

    fn move_before(&self, checkpoint: u64, go_on: GoOn<'_>) -> Result<()> {
        let (Some(archive), Some(first)) = (&self.files.archive, self.policy.ledger) else {
            return Ok(());
        };
        let store = &*self.files.store;
        let names = store.list().map_err(|error| Error::io(store.path(""), "list", error))?;
        let mut numbers: Vec<u64> = names
            .iter()
            .filter_map(|name| segment::number_of(name))
            .filter(|number| (first..checkpoint).contains(number))
            .collect();
        numbers.sort_unstable();
        let Some(next) = numbers.first() else { return Ok(()) };
        // A damaged one is an error here: what it stands for must stay.
        checkpoint::read(store, &self.settings.keyring, checkpoint)?;
        let identity = self.settings.keyring.store();
        let moving = Moving { store, archive: &**archive, identity, first };
        moving.check(*next)?;
        // A process that was killed may have left the checkpoint's name as one that is not durable.
        let sync = store.sync_directory();
        sync.map_err(|error| Error::io(store.path(""), "sync", error))?;
        let names = numbers.into_iter().map(segment::file_name);
        let names: Vec<String> = names.collect();
        // Each is read twice.
        let steps = Steps::begin(Part::Copying, 2 * store.size_of_all(&names), go_on)?;
        for name in names {
            moving.take(&name, &steps)?;
            self.archived.lock().segments += 1;
        }
        Ok(())
    }
}
