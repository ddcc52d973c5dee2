//! Old versions: from memory, where they are kept, else from the log.
//!
//! Memory has them as they were, for the price of a lookup. The log has the commits: a version is made of
//! them anew, which costs what opening a store costs that ended there, and shares nothing with the versions
//! in memory.

use crate::engine::Engine;
use crate::engine::recovery::{self, Extent};
use crate::engine::retained::Sought;
use crate::error::{Error, Result};
use crate::log::checkpoint::{self, Checkpoint};
use crate::log::commit;
use crate::log::files::LogFiles;
use crate::log::frame::Chain;
use crate::log::opened::{Places, ScannedSegment};
use crate::log::reader::{LogReader, LoggedFrame};
use crate::version::Root;
use crate::when::{Version, When};
use std::ops::Range;
use std::sync::Arc;

/// What a version is put together from may come from several frames of one buffer, which ends when it has
/// this size.
const BUFFER_BYTES: usize = 16 << 20;

impl Engine {
    /// The version at a moment.
    ///
    /// # Errors
    ///
    /// `NotYet` where the version is still to come, `OutOfHistory` where it is not kept any more, and what
    /// reading the log gives.
    pub(crate) fn as_of(&self, when: When) -> Result<Arc<Root>> {
        let published = self.pipeline.published();
        let sought = match when {
            When::Version(version) if version.number() > published.number => {
                let newest = Version::new(published.number);
                return Err(Error::NotYet { version, newest });
            }
            when => Sought::of(when),
        };
        if sought.reaches(published.number, published.time_micros) {
            return Ok(published);
        }
        if let Some(kept) = self.pipeline.find(sought, published.number) {
            return Ok(kept);
        }
        let rebuilt = match &self.log_files {
            Some(files) => self.rebuild(files, sought, published.number)?,
            None => None,
        };
        rebuilt.map(Arc::new).ok_or_else(|| {
            let (oldest, _) = self.pipeline.extent();
            Error::OutOfHistory { oldest: Version::new(oldest) }
        })
    }

    /// The version and the chain value up to which the log is durable: everything committed so far.
    pub(crate) fn head(&self) -> Result<(u64, Chain)> {
        if self.log_files.is_none() {
            return Err(Error::NoLog);
        }
        if let Some(follower) = &self.follower {
            return Ok(follower.head());
        }
        if self.options.read_only {
            return Ok(self.opened_head);
        }
        Ok(self.pipeline.head()?.unwrap_or(self.opened_head))
    }

    /// Whether the log is kept for ever.
    pub(crate) fn is_ledger(&self) -> bool {
        self.ledger.is_some()
    }

    /// Whether the log is to have every commit there ever was.
    pub(crate) fn is_whole_ledger(&self) -> bool {
        self.ledger == Some(1)
    }

    /// Walks the log from the segment that has the commit behind version `from`, up to what is published
    /// now; `None` where nothing is in it.
    ///
    /// # Errors
    ///
    /// `NoLog` of a store in memory; what writing and reading give.
    pub(crate) fn read_log(&self, from: u64) -> Result<Option<LogReader>> {
        let files = self.log_files.as_ref().ok_or(Error::NoLog)?;
        let until = self.pipeline.written()?;
        files.read(from, until)
    }

    /// Makes a version of the commits in the log; `None` where that does not have them all.
    fn rebuild(&self, files: &LogFiles, sought: Sought, published: u64) -> Result<Option<Root>> {
        let until = self.pipeline.written()?;
        let Some((checkpoint, mut reader)) = begin(files, sought, until)? else { return Ok(None) };
        let mut buffers: Vec<ScannedSegment> = Vec::new();
        let mut newest_micros = 0;
        let mut is_behind = false;
        while !is_behind
            && reader.version() < until
            && let Some(frame) = reader.next_frame()?
        {
            let mut wanted = Vec::new();
            for (place, range) in frame.commits.iter().enumerate() {
                let Some((number, bytes)) = frame.commit(place, until) else { break };
                let time = commit::time_micros(bytes)
                    .map_err(|error| frame.bad_commit(number, &error.to_string()))?;
                newest_micros = time.max(newest_micros);
                is_behind = !sought.reaches(number, newest_micros);
                if is_behind {
                    break;
                }
                wanted.push(range.clone());
            }
            append(&mut buffers, frame, &wanted);
        }
        // After a failure there may be published versions that were never written.
        if !is_behind && until < published && sought != Sought::Number(until) {
            return Ok(None);
        }
        let store = files.keyring.store();
        recovery::replay(store, checkpoint, buffers, &mut Extent::default()).map(Some)
    }
}

/// Where a version is made from: the beginning of the log, or a checkpoint and the log behind it. `None` where
/// neither goes back so far.
fn begin(
    files: &LogFiles,
    sought: Sought,
    until: u64,
) -> Result<Option<(Option<ScannedSegment>, LogReader)>> {
    // What is in an archive is farther away than a checkpoint.
    if !files.begins_in_store()?
        && let Some(Checkpoint { place, blocks }) = nearest_checkpoint(files, sought)?
    {
        let behind = files.read(place.version, until)?;
        let fits = |reader: &LogReader| reader.version() == place.version;
        return Ok(behind.filter(fits).map(|reader| (Some(blocks), reader)));
    }
    let reader = files.read(0, until)?;
    Ok(reader.filter(|reader| reader.version() == 0).map(|reader| (None, reader)))
}

/// The newest checkpoint that is not behind what is sought.
fn nearest_checkpoint(files: &LogFiles, sought: Sought) -> Result<Option<Checkpoint>> {
    let medium = &*files.medium;
    let names = medium.list().map_err(|error| Error::io(medium.path(""), "list", error))?;
    // In the order of their numbers.
    for number in names.iter().rev().filter_map(|name| checkpoint::number_of(name)) {
        let found = match checkpoint::read(medium, &files.keyring, number) {
            Ok(found) => found,
            // Another one may do.
            Err(Error::Corrupt { .. }) => continue,
            Err(error) => return Err(error),
        };
        if sought.reaches(found.place.version, found.time_micros()) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Puts commits of a frame behind those of the frames before it.
fn append(buffers: &mut Vec<ScannedSegment>, frame: LoggedFrame, commits: &[Range<usize>]) {
    let has_room =
        |last: &&mut ScannedSegment| last.bytes.len() < BUFFER_BYTES && last.file == frame.file;
    let Some(last) = buffers.last_mut().filter(has_room) else {
        let LoggedFrame { file, base, payload: bytes, .. } = frame;
        let (commits, places) = (commits.to_vec(), Places::default());
        buffers.push(ScannedSegment { file, bytes, stored_bytes: 0, base, commits, places });
        return;
    };
    let start = last.bytes.len();
    last.bytes.extend_from_slice(&frame.payload);
    last.commits.extend(commits.iter().map(|range| start + range.start..start + range.end));
}
