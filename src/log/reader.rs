//! Reading the log while it is being written.
//!
//! [`scan`](super::scan) judges a log that nobody writes to, and reads it whole. A [`LogReader`] walks it
//! frame by frame instead, from the beginning of a segment on, beside a writer that goes on, and holds one
//! frame in memory at a time.
//!
//! # Beside the writer
//!
//! What a reader may rely on is a version that was *written*: the frames up to it are in the files, whole,
//! and nobody touches them again. The caller names it ([`LogFiles::read`], `until`). Up to there anything
//! that is missing or not intact is damage. Behind it the writer may be at work, so a frame that is not
//! intact is simply the end, and the same place is read again by the next look.
//!
//! A segment ends in a seal, or, where its process ended without one, before the first bytes that are no
//! frame, if the next segment goes on from there. The next segment is only created when everything before
//! it is in place. So whoever sees it looks once more for a frame at the end of the segment at hand: one
//! that was written since the last look is there then.
//!
//! A segment may go meanwhile, since a checkpoint stands for it, and one of a ledger may be moved to the archive. The
//! reader goes on there, if it knows the archive. Else what is asked for is out of history, or missing from the ledger,
//! which is for the caller to say to whom it matters: it is no damage.
//!
//! # What is checked
//!
//! Each frame's checksum, that it follows the one before it, and the chain, so that reading the whole log
//! proves it to be the one that a later chain value was made of.

use crate::envelope::cipher::Gcm;
use crate::error::{Error, Result};
use crate::log::files::LogFiles;
use crate::log::frame::{self, Chain, Frame, Kind, StoreId};
use crate::log::opened::{Opened, commit_ranges};
use crate::log::segment::{self, HEADER_BYTES};
use crate::log::segments::Tail;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

/// How much is read at once, unless a frame is larger.
const CHUNK_BYTES: usize = 1 << 20;

/// A frame, read back.
#[derive(Debug)]
pub(crate) struct LoggedFrame {
    pub(crate) file: PathBuf,
    /// Where it begins in the file.
    pub(crate) offset: u64,
    /// Its size there.
    pub(crate) bytes: u64,
    /// The version before its first commit.
    pub(crate) base: u64,
    pub(crate) chain: Chain,
    pub(crate) payload: Vec<u8>,
    /// Where the bytes of each commit are in the payload; none in a seal.
    pub(crate) commits: Vec<Range<usize>>,
}

impl LoggedFrame {
    /// The commit at a place, with its version, unless that is behind version `until`.
    pub(crate) fn commit(&self, place: usize, until: u64) -> Option<(u64, &[u8])> {
        let number = self.base + 1 + place as u64;
        let bytes = self.payload.get(self.commits.get(place)?.clone())?;
        (number <= until).then_some((number, bytes))
    }

    /// That the bytes of one of its commits are none.
    pub(crate) fn bad_commit(&self, number: u64, found: &str) -> Error {
        Error::Corrupt {
            file: self.file.clone(),
            offset: self.offset,
            expected: format!("the bytes of commit {number} in the frame there"),
            found: found.to_owned(),
        }
    }
}

/// Where a reader is.
#[derive(Debug)]
struct Place {
    segment: u64,
    /// Its file, for messages.
    file: PathBuf,
    /// Where the next frame begins in the segment; `None` before its header was read.
    offset: Option<u64>,
    sequence: u64,
    version: u64,
    chain: Chain,
    /// The key of the segment's frames, if they are encrypted.
    key: Option<Gcm>,
}

/// Walks the frames of a log.
#[derive(Debug)]
pub(crate) struct LogReader {
    files: LogFiles,
    place: Place,
    /// What comes up to this version is whole.
    until: u64,
    /// Bytes of the segment at hand, and where they begin in it.
    chunk: Vec<u8>,
    chunk_offset: u64,
}

impl LogFiles {
    /// Walks the frames, beginning with the segment that has the commit behind version `from`, or with the
    /// first one where none has. All up to version `until` was written before. `None` where there are no
    /// segments. Reads the headers of segments, O(log segments); those in the archive only where the
    /// segment is there.
    ///
    /// # Errors
    ///
    /// `MissingSegment` where a ledger does not have the commit behind version `from` any more, and is not known
    /// to have begun later; `Corrupt`, `Io`.
    pub(crate) fn read(&self, from: u64, until: u64) -> Result<Option<LogReader>> {
        let Some(header) = self.find(from, until)? else { return Ok(None) };
        let place = Place {
            segment: header.number,
            file: self.medium.path(&segment::file_name(header.number)),
            offset: Some(HEADER_BYTES as u64),
            sequence: header.first_sequence,
            version: header.base,
            chain: header.chain,
            key: self.key(&header)?,
        };
        let files = self.clone();
        Ok(Some(LogReader { files, place, until, chunk: Vec::new(), chunk_offset: 0 }))
    }
}

impl LogFiles {
    /// Walks the frames behind an end of the log that was found before: from an offset of the last segment on, or from the
    /// segment behind it. None of them need be there.
    pub(super) fn read_on(&self, end: &Tail, offset: Option<u64>) -> Result<LogReader> {
        let &Tail { next_segment, next_sequence: sequence, version, chain } = end;
        let segment = if offset.is_some() { next_segment - 1 } else { next_segment };
        let header = offset.map(|_| self.header(segment)).transpose()?.flatten();
        let key = header.map(|header| self.key(&header)).transpose()?.flatten();
        let file = self.medium.path(&segment::file_name(segment));
        let place = Place { segment, file, offset, sequence, version, chain, key };
        let files = self.clone();
        Ok(LogReader { files, place, until: 0, chunk: Vec::new(), chunk_offset: 0 })
    }
}

impl LogReader {
    /// The segment that comes next, where in it, unless its beginning was not found yet, and the sequence of the frame
    /// that comes next.
    pub(super) fn place(&self) -> (u64, Option<u64>, u64) {
        (self.place.segment, self.place.offset, self.place.sequence)
    }

    /// The version up to which the log was written when the reader was made.
    pub(crate) fn until(&self) -> u64 {
        self.until
    }

    /// The version before the frame that comes next.
    pub(crate) fn version(&self) -> u64 {
        self.place.version
    }

    /// The chain value before the frame that comes next.
    pub(crate) fn chain(&self) -> Chain {
        self.place.chain
    }

    /// The segment of the last frame that was read, where that ends in it, and the place of the log behind
    /// it, if that goes on in a segment of its own.
    pub(crate) fn behind(&self) -> (u64, u64, Tail) {
        let &Place { segment, offset, sequence, version, chain, .. } = &self.place;
        // A seal has moved the place on; it is the end of its file.
        let (segment, end) = match offset {
            Some(offset) => (segment, offset),
            None => (segment - 1, u64::MAX),
        };
        (segment, end, Tail { next_segment: segment + 1, next_sequence: sequence, version, chain })
    }

    /// The next frame; `None` at the end of what was written.
    ///
    /// # Errors
    ///
    /// `Corrupt` where something is missing or damaged before the version that the log is whole up to, or
    /// an intact frame does not follow the one before it, wherever it is; `Io`.
    pub(crate) fn next_frame(&mut self) -> Result<Option<LoggedFrame>> {
        loop {
            let Some(offset) = self.place.offset else {
                let number = self.place.segment;
                let Some(header) = self.files.header(number)? else {
                    return self.end(0, &format!("segment {number}"));
                };
                self.check_link(&header)?;
                self.place.key = self.files.key(&header)?;
                self.place.offset = Some(HEADER_BYTES as u64);
                self.chunk.clear();
                continue;
            };
            if let Some(frame) = self.frame_at(offset)? {
                return Ok(Some(frame));
            }
            // The rest may have been read before it was written.
            self.chunk.clear();
            let next = self.files.header(self.place.segment + 1)?;
            if let Some(frame) = self.frame_at(offset)? {
                return Ok(Some(frame));
            }
            self.chunk.clear();
            let expected = format!("frame {}", self.place.sequence);
            let Some(next) = next else { return self.end(offset, &expected) };
            if next.first_sequence > self.place.sequence {
                let first = next.first_sequence;
                let found =
                    format!("other bytes, though the next segment begins with frame {first}");
                return Err(self.corrupt(offset, expected, &found));
            }
            self.enter_next();
        }
    }

    /// Goes on with the next segment.
    fn enter_next(&mut self) {
        self.place.segment += 1;
        self.place.file = self.files.medium.path(&segment::file_name(self.place.segment));
        self.place.offset = None;
    }

    /// The end, if everything that was written came before it.
    fn end(&self, offset: u64, expected: &str) -> Result<Option<LoggedFrame>> {
        if self.place.version >= self.until {
            return Ok(None);
        }
        if let Some(gone) = self.files.gone(self.place.segment)? {
            return Err(gone);
        }
        let until = self.until;
        let found =
            format!("other bytes or none, though everything up to version {until} was written");
        Err(self.corrupt(offset, expected.to_owned(), &found))
    }

    /// The intact frame at an offset of the segment at hand, if one is there.
    fn frame_at(&mut self, offset: u64) -> Result<Option<LoggedFrame>> {
        self.fetch(offset, frame::HEADER_BYTES)?;
        let Some(size) = frame::size(self.bytes(offset)) else { return Ok(None) };
        self.fetch(offset, size)?;
        let Some(frame) = frame::parse(self.bytes(offset)) else { return Ok(None) };
        let kind = frame.header.kind;
        let commits = frame.header.commits;
        let sequence = frame.header.sequence;
        if let Some((expected, found)) = misplaced(&frame, &self.files.keyring.store(), &self.place)
        {
            return Err(self.corrupt(offset, expected, &found));
        }
        let mut opened = Opened::default();
        let taken = opened.take_in(&frame, 0, self.place.key.as_ref(), &[]);
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        let (_, payload) = taken.map_err(|wrong| wrong.at(&self.file(), at))?;
        let (chain, payload) = (frame.chain, payload.to_vec());
        let end = self.place.version.checked_add(commits.into()).zip(sequence.checked_add(1));
        let ranges = commit_ranges(&payload, 0, commits);
        let (Some(ranges), Some((version, sequence))) = (ranges, end) else {
            let found = "a payload of another form";
            return Err(self.corrupt(offset, format!("{commits} commits"), found));
        };
        let base = self.place.version;
        let file = self.file();
        let bytes = size as u64;
        let offset_behind = Some(offset + bytes);
        let place = &mut self.place;
        (place.offset, place.sequence) = (offset_behind, sequence);
        (place.version, place.chain) = (version, chain);
        if kind == Kind::Seal {
            self.enter_next();
        }
        Ok(Some(LoggedFrame { file, offset, bytes, base, chain, payload, commits: ranges }))
    }

    /// Sees to it that so many bytes of the segment at hand are in memory, or all where it ends before.
    fn fetch(&mut self, offset: u64, count: usize) -> Result<()> {
        if self.bytes(offset).len() < count {
            let name = segment::file_name(self.place.segment);
            let medium = &self.files.medium;
            self.chunk = match medium.read_part(&name, offset, count.max(CHUNK_BYTES)) {
                Ok(bytes) => bytes,
                Err(error) => {
                    let is_missing = error.kind() == io::ErrorKind::NotFound;
                    let gone = if is_missing { self.files.gone(self.place.segment)? } else { None };
                    return Err(
                        gone.unwrap_or_else(|| Error::io(self.place.file.clone(), "read", error))
                    );
                }
            };
            self.chunk_offset = offset;
        }
        Ok(())
    }

    /// What is in memory of the segment at hand from an offset on.
    fn bytes(&self, offset: u64) -> &[u8] {
        let from =
            offset.checked_sub(self.chunk_offset).and_then(|from| usize::try_from(from).ok());
        from.and_then(|from| self.chunk.get(from..)).unwrap_or_default()
    }

    /// Checks that a segment begins where the one before it ended.
    fn check_link(&self, header: &segment::Header) -> Result<()> {
        let Place { sequence, version, chain, .. } = &self.place;
        if (header.first_sequence, header.base, &header.chain) == (*sequence, *version, chain) {
            return Ok(());
        }
        let expected =
            format!("a segment beginning with frame {sequence} behind version {version}");
        let (first, base) = (header.first_sequence, header.base);
        let found = format!(
            "one beginning with frame {first} behind version {base}, or of another history"
        );
        Err(self.corrupt(0, expected, &found))
    }

    fn file(&self) -> PathBuf {
        self.place.file.clone()
    }

    fn corrupt(&self, offset: u64, expected: String, found: &str) -> Error {
        Error::Corrupt { file: self.file(), offset, expected, found: found.to_owned() }
    }
}

/// What was expected in the place of an intact frame that does not belong there, and what was found.
fn misplaced(frame: &Frame<'_>, store: &StoreId, place: &Place) -> Option<(String, String)> {
    let header = &frame.header;
    if header.store != *store || header.kind == Kind::Block || frame.is_absurd() {
        let found = "a frame of another store, or one that contradicts itself";
        return Some(("a frame of this store".to_owned(), found.to_owned()));
    }
    let Place { sequence, version, chain, .. } = place;
    if (header.sequence, header.base) != (*sequence, *version) {
        let found = format!("frame {} behind version {}", header.sequence, header.base);
        return Some((format!("frame {sequence} behind version {version}"), found));
    }
    (frame::expected_chain(frame, chain) != frame.chain).then(|| {
        let found = "a frame that was written behind other frames".to_owned();
        (format!("frame {sequence} linked to the frames before it"), found)
    })
}
