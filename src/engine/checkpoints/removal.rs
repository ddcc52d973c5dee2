//! What goes when a checkpoint is there.
//!
//! The newest checkpoint stays, and what is needed should it turn out to be damaged: the one before it and
//! the log between the two. Before the next one is written, the newest is read once more; if it is intact,
//! everything before it goes, so that there are never three.

use crate::engine::checkpoints::Checkpoints;
use crate::error::{Error, Result};
use crate::log::{checkpoint, segment};
use crate::steps::{GoOn, Part, Steps};

impl Checkpoints {
    /// Removes what is older than a checkpoint, if it is intact.
    pub(super) fn remove_before(&self, segment: u64, go_on: GoOn<'_>) -> Result<()> {
        let medium = &*self.files.store;
        let names = medium.list().map_err(|error| Error::io(medium.path(""), "list", error))?;
        let is_older = |name: &String| {
            let segment_number = segment::number_of(name).filter(|_| !self.policy.keeps_log());
            // What a ledger without its beginning begins with stays.
            let is_base = |number: &u64| Some(*number) == self.policy.ledger;
            let number = segment_number
                .or_else(|| checkpoint::number_of(name).filter(|number| !is_base(number)));
            number.is_some_and(|number| number < segment)
        };
        let older: Vec<String> = names.into_iter().filter(is_older).collect();
        if older.is_empty() {
            return Ok(());
        }
        if !self.is_intact(segment, go_on)? {
            // Then the older ones are what the store can be opened from.
            return Ok(());
        }
        let remove = || {
            // A process that was killed may have left the checkpoint's name as one that is not durable.
            medium.sync_directory()?;
            older.iter().try_for_each(|name| medium.remove(name))?;
            medium.sync_directory()
        };
        remove().map_err(|error| Error::io(medium.path(""), "remove old files from", error))
    }

    /// Whether a checkpoint can be read. An error where it is not to be known: where the reading was ended.
    fn is_intact(&self, segment: u64, go_on: GoOn<'_>) -> Result<bool> {
        let medium = &*self.files.store;
        let size = medium.size(&checkpoint::file_name(segment)).unwrap_or_default();
        let steps = Steps::begin(Part::Reading, size, go_on)?;
        match checkpoint::read_in_steps(medium, &self.settings.keyring, segment, &steps) {
            Ok(_) => Ok(true),
            Err(error @ (Error::Closed | Error::Cancelled)) => Err(error),
            Err(_) => Ok(false),
        }
    }
}
