//! The end of a log that another process is writing, looked at again and again.
//!
//! A [`LogTail`] stands behind the last frame that was taken and says what is there now. It takes no lock and opens
//! files for reading only, each time by their names, so that it sees a file that was put in the place of another
//! one, and keeps none from being removed.
//!
//! What it may rely on is in `docs/format.md`, *Following a writer*: a frame is taken only if it is whole and continues
//! the chain of those before it, so that nothing else can be taken for one, neither what is half written nor
//! what belongs to another history. Where there is none, it says what that means:
//!
//! | at the place | |
//! |---|---|
//! | nothing, zeros, or a part of a frame | the end, for now |
//! | no such segment, and a checkpoint of a greater number | gone: a checkpoint stands for what came next |
//! | no frame, and one behind it that says this one was durable | damage |
//! | the file ends before, or the next segment begins before | another history: the log was cut behind this reader's back |

use crate::error::{Error, Result};
use crate::log::files::LogFiles;
use crate::log::frame::{self, Chain};
use crate::log::opened::corrupt;
use crate::log::reader::{LogReader, LoggedFrame};
use crate::log::scan::frames_from;
use crate::log::segment;
use crate::log::segments::Tail;
use crate::when::Version;
use std::io;

/// How far behind the place a frame is looked for that says that something is missing.
const SEARCHED_BYTES: usize = 64 << 20;

/// What is at the end of the log.
#[derive(Debug)]
pub(crate) enum Look {
    /// The next frame.
    Frame(LoggedFrame),
    /// Nothing yet.
    End,
    /// The log was removed up to a checkpoint that is behind this place.
    Gone,
}

/// A place at the end of a log.
#[derive(Debug)]
pub(crate) struct LogTail {
    files: LogFiles,
    reader: LogReader,
}

impl LogTail {
    /// Behind what was read of a log: in the last segment from an offset on, where that may go on.
    pub(crate) fn behind(files: &LogFiles, end: &Tail, offset: Option<u64>) -> Result<Self> {
        Ok(Self { files: files.clone(), reader: files.read_on(end, offset)? })
    }

    /// The version and the chain value before what comes next.
    pub(crate) fn head(&self) -> (u64, Chain) {
        (self.reader.version(), self.reader.chain())
    }

    /// What comes next. O(bytes of the frame); where there is nothing, two files are opened.
    ///
    /// # Errors
    ///
    /// `Corrupt`, `Diverged`, `Io`; the place stays what it is.
    pub(crate) fn look(&mut self) -> Result<Look> {
        match self.peek() {
            Ok(true) => {}
            Ok(false) => return Ok(if self.is_gone()? { Look::Gone } else { Look::End }),
            Err(error) => return Err(error),
        }
        match self.reader.next_frame() {
            Ok(Some(frame)) => Ok(Look::Frame(frame)),
            Ok(None) if self.is_gone()? => Ok(Look::Gone),
            Ok(None) => self.judge().map(|()| Look::End),
            Err(Error::OutOfHistory { .. } | Error::MissingSegment { .. }) => Ok(Look::Gone),
            Err(Error::Corrupt { .. }) if self.is_other_history()? => Err(self.diverged()),
            Err(error) => Err(error),
        }
    }

    /// Whether there may be a frame, for little.
    fn peek(&self) -> Result<bool> {
        let (number, offset, _) = self.reader.place();
        let Some(offset) = offset else { return Ok(self.files.header(number)?.is_some()) };
        let name = segment::file_name(number);
        // With the byte before, which is there as long as this is the file that was read.
        let before = offset.saturating_sub(1);
        let found = match self.files.medium.read_part(&name, before, 1 + frame::MAGIC.len()) {
            Ok(found) => found,
            // What that means, reading on says.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            Err(error) => return Err(Error::io(self.files.medium.path(&name), "read", error)),
        };
        match found.get(1..) {
            None => Err(self.diverged()),
            Some(begin) if begin.iter().any(|byte| *byte != 0) => Ok(true),
            Some(_) => Ok(self.files.header(number + 1)?.is_some()),
        }
    }

    /// Whether the segment that comes next is missing because a checkpoint stands for it.
    fn is_gone(&self) -> Result<bool> {
        let (number, offset, _) = self.reader.place();
        if offset.is_some() || self.files.header(number)?.is_some() {
            return Ok(false);
        }
        Ok(self.files.newest_checkpoint()? > number && self.files.header(number)?.is_none())
    }

    /// Whether what begins at the place, which is no frame, was one.
    fn judge(&self) -> Result<()> {
        let (number, offset, sequence) = self.reader.place();
        let Some(offset) = offset else { return Ok(()) };
        let name = segment::file_name(number);
        let read = || match self.files.medium.read_part(&name, offset, SEARCHED_BYTES) {
            Ok(bytes) => Ok(bytes),
            // The next look says what became of it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Error::io(self.files.medium.path(&name), "read", error)),
        };
        let store = self.files.keyring.store();
        let witness = |bytes: &[u8]| {
            let mut frames = frames_from(bytes, 0, Some(&store));
            frames
                .find(|(_, frame)| frame.header.synced >= sequence)
                .map(|(_, it)| it.header.sequence)
        };
        if witness(&read()?).is_none() {
            return Ok(());
        }
        // The writer may have been at work while that was read. What a witness vouches for was there before it.
        let bytes = read()?;
        match (frame::parse(&bytes), witness(&bytes)) {
            (None, Some(witness)) => {
                let file = self.files.medium.path(&name);
                let at = usize::try_from(offset).unwrap_or(usize::MAX);
                let found = format!("other bytes, though frame {witness} says that it was durable");
                Err(corrupt(file, at, &format!("frame {sequence}"), &found))
            }
            _ => Ok(()),
        }
    }

    /// Whether the next segment begins before this place, or behind other frames.
    fn is_other_history(&self) -> Result<bool> {
        let (number, offset, sequence) = self.reader.place();
        let next = if offset.is_some() { number + 1 } else { number };
        let chain = self.reader.chain();
        Ok(self.files.header(next)?.is_some_and(|header| {
            header.first_sequence < sequence
                || (header.first_sequence == sequence && header.chain != chain)
        }))
    }

    fn diverged(&self) -> Error {
        Error::Diverged {
            path: self.files.medium.path(""),
            version: Version::new(self.reader.version()),
        }
    }
}
