//! Reading a log back, and telling a torn tail from damage.
//!
//! A crash may leave any part of what was not synced, in any order: a write half there, a later
//! write there and an earlier one missing. Only the end of the last segment can be so, since a
//! segment is synced whole before the next one begins. There the rule is: the log ends before the
//! first frame that is not intact, and what follows is cut, *unless* a later intact frame says that
//! the missing one was durable when it was written, or a seal says that nothing is missing. Then
//! something was lost that had been safe. That, and anything wrong anywhere else, is damage: an
//! error with file and offset, and nothing is changed.

use crate::codec::Reader;
use crate::error::{Error, Result};
use crate::log::frame::{self, Frame, Kind, StoreId};
use crate::log::segment::{self, BadHeader, FORMAT_VERSION, HEADER_BYTES};
use crate::log::segments::Tail;
use crate::media::Medium;
use crate::parallel;
use std::ops::Range;
use std::path::PathBuf;

/// So many bytes are read and checked in about the time that starting threads takes.
const ALONE_BYTES: usize = 256 << 10;

/// A log, read back.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) tail: Tail,
    pub(crate) segments: Vec<ScannedSegment>,
    /// What has to be done to the files before the log can go on.
    pub(crate) repair: Repair,
}

/// A segment and the commits in it.
#[derive(Debug)]
pub(crate) struct ScannedSegment {
    pub(crate) file: PathBuf,
    pub(crate) bytes: Vec<u8>,
    /// The version before the first commit.
    pub(crate) base: u64,
    /// Where the bytes of each commit are.
    pub(crate) commits: Vec<Range<usize>>,
}

/// What a crash left behind.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Repair {
    /// The last segment, which may not have been synced: a process can end between writing and
    /// syncing, even when it has just written the seal.
    pub(crate) last: Option<LastSegment>,
    /// A segment whose creation was not finished.
    pub(crate) remove: Option<String>,
}

/// The last segment of a log as it was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LastSegment {
    pub(crate) name: String,
    /// Where its intact part ends.
    pub(crate) intact_bytes: usize,
    pub(crate) sealed: bool,
}

/// Reads the whole log of a store. Segments are read and checked side by side. O(bytes).
pub(crate) fn scan(medium: &dyn Medium, store: StoreId) -> Result<Scanned> {
    let names = medium.list().map_err(|error| Error::io(medium.path(""), "list", error))?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| segment::number_of(name)).collect();
    numbers.sort_unstable();
    let mut parts = read_parts(medium, store, &numbers)?;

    let mut repair = Repair::default();
    let unfinished = parts.pop_if(|last| last.unfinished);
    let mut tail = Tail::of(&segment::Header::first(store));
    let count = parts.len();
    for (index, part) in parts.iter().enumerate() {
        part.check_link(medium, &tail)?;
        part.check_end(index + 1 == count)?;
        tail = Tail { next_segment: part.number + 1, ..part.end.clone() };
    }
    if let Some(last) = unfinished {
        last.check_number(medium, &tail)?;
        repair.remove = Some(segment::file_name(last.number));
    }
    if let Some(last) = parts.last() {
        repair.last = Some(LastSegment {
            name: segment::file_name(last.number),
            intact_bytes: last.intact_bytes,
            sealed: last.sealed,
        });
    }
    let segments = parts.into_iter().map(Part::into_segment).collect();
    Ok(Scanned { tail, segments, repair })
}

/// Reads and checks segments: the first on this thread alone, and what is left after so many bytes
/// on all cores. A small log is read before a thread would have started.
fn read_parts(medium: &dyn Medium, store: StoreId, numbers: &[u64]) -> Result<Vec<Part>> {
    let (mut parts, mut size) = (Vec::with_capacity(numbers.len()), 0);
    let mut left = numbers;
    while size < ALONE_BYTES
        && let Some((number, others)) = left.split_first()
    {
        let part = Part::read(medium, store, *number)?;
        size += part.bytes.len();
        parts.push(part);
        left = others;
    }
    parts.extend(parallel::map(left, 2, |number| Part::read(medium, store, *number))?);
    Ok(parts)
}

/// A segment as far as it can be judged by itself.
struct Part {
    number: u64,
    file: PathBuf,
    bytes: Vec<u8>,
    header: segment::Header,
    commits: Vec<Range<usize>>,
    /// Where the log stands behind the intact frames.
    end: Tail,
    intact_bytes: usize,
    sealed: bool,
    /// What the bytes behind the intact frames are.
    rest: Rest,
    /// The segment has no header and no frames: its creation was cut short.
    unfinished: bool,
}

/// What stands behind the intact frames of a segment.
enum Rest {
    /// Nothing, or zeros.
    Empty,
    /// Something, none of which is known to have been durable.
    Torn,
    /// Something that was durable and is not intact any more.
    Damaged { offset: usize, found: String },
}

impl Part {
    fn read(medium: &dyn Medium, store: StoreId, number: u64) -> Result<Self> {
        let name = segment::file_name(number);
        let file = medium.path(&name);
        let bytes = medium.read(&name).map_err(|error| Error::io(&file, "read", error))?;
        let (header, unfinished) = match segment::Header::parse(&bytes) {
            Ok(header) if header.store != store => {
                return Err(corrupt(
                    file,
                    0,
                    "a segment of this store",
                    "a segment of another store",
                ));
            }
            Ok(header) => (header, false),
            Err(BadHeader::Version(found)) => {
                return Err(Error::UnsupportedFormat { found, supported: FORMAT_VERSION });
            }
            Err(BadHeader::Damaged) if frames_from(&bytes, 0, None).next().is_none() => {
                (segment::Header { number, ..segment::Header::first(store) }, true)
            }
            Err(BadHeader::Damaged) => {
                return Err(corrupt(
                    file,
                    0,
                    "the header of a segment",
                    "other bytes before frames",
                ));
            }
        };
        let (end, commits) = (Tail::of(&header), Vec::new());
        let mut part = Self {
            number,
            file,
            bytes,
            header,
            commits,
            end,
            intact_bytes: HEADER_BYTES,
            sealed: false,
            rest: Rest::Empty,
            unfinished,
        };
        if !unfinished {
            part.walk(store)?;
        }
        Ok(part)
    }

    /// Goes through the frames up to the first that is not intact.
    fn walk(&mut self, store: StoreId) -> Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        let mut offset = HEADER_BYTES;
        while !self.sealed
            && let Some(frame) = bytes.get(offset..).and_then(frame::parse)
        {
            self.take_frame(&frame, offset, store)?;
            offset += frame.size();
        }
        self.intact_bytes = offset;
        self.rest = self.judge_rest(&bytes, offset);
        self.bytes = bytes;
        Ok(())
    }

    /// Takes in an intact frame, which must be the one that follows.
    fn take_frame(&mut self, frame: &Frame<'_>, offset: usize, store: StoreId) -> Result<()> {
        let header = &frame.header;
        let wrong =
            |expected: String, found: String| corrupt(self.file.clone(), offset, &expected, &found);
        if header.store != store {
            return Err(wrong("a frame of this store".into(), "a frame of another store".into()));
        }
        if frame.is_absurd() {
            return Err(wrong(
                "a frame of this format".into(),
                "one that contradicts itself".into(),
            ));
        }
        if (header.sequence, header.base) != (self.end.next_sequence, self.end.version) {
            return Err(wrong(
                format!("frame {} behind version {}", self.end.next_sequence, self.end.version),
                format!("frame {} behind version {}", header.sequence, header.base),
            ));
        }
        if frame::expected_chain(frame, &self.end.chain) != frame.chain {
            return Err(wrong(
                format!("frame {} linked to the frames before it", header.sequence),
                "a frame that was written behind other frames".into(),
            ));
        }
        let commits = commit_ranges(frame, offset + frame::HEADER_BYTES).ok_or_else(|| {
            wrong(format!("{} commits", header.commits), "a payload of another form".into())
        })?;
        let version = self.end.version.checked_add(header.commits.into());
        let (Some(version), Some(next_sequence)) = (version, header.sequence.checked_add(1)) else {
            return Err(wrong("numbers of 64 bits".into(), "a frame that exceeds them".into()));
        };
        self.commits.extend(commits);
        self.sealed = header.kind == Kind::Seal;
        self.end = Tail { next_sequence, version, chain: frame.chain, ..self.end };
        Ok(())
    }

    fn judge_rest(&self, bytes: &[u8], offset: usize) -> Rest {
        let rest = bytes.get(offset..).unwrap_or_default();
        if used(rest) == 0 {
            return Rest::Empty;
        }
        if self.sealed {
            // Space that was reserved behind the seal, and never synced: a crash may leave anything.
            return Rest::Torn;
        }
        let missing = self.end.next_sequence;
        let store = Some(&self.header.store);
        let witness =
            frames_from(bytes, offset, store).find(|frame| frame.header.synced >= missing);
        match witness {
            Some(frame) => {
                let sequence = frame.header.sequence;
                let found = format!(
                    "damaged bytes, though frame {sequence} behind them says it was durable"
                );
                Rest::Damaged { offset, found }
            }
            None => Rest::Torn,
        }
    }

    /// Checks that no segment before this one is missing.
    fn check_number(&self, medium: &dyn Medium, tail: &Tail) -> Result<()> {
        if self.number == tail.next_segment {
            return Ok(());
        }
        let missing = medium.path(&segment::file_name(tail.next_segment));
        Err(corrupt(missing, 0, "a segment of the log", "no such file"))
    }

    /// Checks that the segment begins where the one before it ends.
    fn check_link(&self, medium: &dyn Medium, tail: &Tail) -> Result<()> {
        self.check_number(medium, tail)?;
        if self.unfinished {
            // Its creation was finished before the segment behind it was begun.
            let found = "damaged bytes in a segment that another one follows";
            return Err(corrupt(self.file.clone(), 0, "the header of a segment", found));
        }
        let header = &self.header;
        let begins = (header.number, header.first_sequence, header.base, header.chain);
        if begins != (tail.next_segment, tail.next_sequence, tail.version, tail.chain) {
            return Err(corrupt(
                self.file.clone(),
                0,
                &format!(
                    "segment {} to begin with frame {} behind version {}",
                    tail.next_segment, tail.next_sequence, tail.version
                ),
                &format!(
                    "segment {} beginning with frame {} behind version {}, or of another history",
                    header.number, header.first_sequence, header.base
                ),
            ));
        }
        Ok(())
    }

    /// Checks that only the last segment ends in something torn.
    fn check_end(&self, is_last: bool) -> Result<()> {
        let expected = format!("frame {}", self.end.next_sequence);
        match &self.rest {
            Rest::Damaged { offset, found } => {
                Err(corrupt(self.file.clone(), *offset, &expected, found))
            }
            Rest::Torn if !is_last => Err(corrupt(
                self.file.clone(),
                self.intact_bytes,
                if self.sealed { "the end of the segment" } else { &expected },
                "damaged bytes in a segment that another one follows",
            )),
            Rest::Torn | Rest::Empty => Ok(()),
        }
    }

    fn into_segment(self) -> ScannedSegment {
        let Self { file, bytes, header, commits, .. } = self;
        ScannedSegment { file, bytes, base: header.base, commits }
    }
}

impl Tail {
    /// The log before the first frame of a segment.
    fn of(header: &segment::Header) -> Self {
        Self {
            next_segment: header.number,
            next_sequence: header.first_sequence,
            version: header.base,
            chain: header.chain,
        }
    }
}

/// Where the commits of a frame are in the segment; `None` where the payload has another form.
fn commit_ranges(frame: &Frame<'_>, payload_offset: usize) -> Option<Vec<Range<usize>>> {
    let mut reader = Reader::new(frame.payload);
    let mut ranges = Vec::new();
    for _ in 0..frame.header.commits {
        let commit = reader.bytes().ok()?;
        let end = payload_offset + frame.payload.len() - reader.remaining();
        ranges.push(end - commit.len()..end);
    }
    reader.is_empty().then_some(ranges)
}

/// The length without the zeros at the end, or a bit more. In blocks, which compilers turn into wide
/// instructions: the space that a segment was grown by can be most of it.
fn used(bytes: &[u8]) -> usize {
    let is_zero = |block: &&[u8]| block.iter().fold(0, |all, byte| all | byte) == 0;
    bytes.len() - bytes.rchunks(256).take_while(is_zero).map(<[u8]>::len).sum::<usize>()
}

/// The intact frames at and behind an offset, wherever they begin; only those of one store, if it is
/// given. That is looked at before any checksum: else the search through a torn record that is full
/// of beginnings of frames would go through the rest of the segment for each.
fn frames_from<'a>(
    bytes: &'a [u8],
    offset: usize,
    store: Option<&'a StoreId>,
) -> impl Iterator<Item = Frame<'a>> {
    const BLOCK: usize = 64;
    let rest = bytes.get(offset..).unwrap_or_default();
    let first = frame::MAGIC.first().copied().unwrap_or_default();
    // Most blocks have no such byte, and that is seen faster than each byte is looked at.
    let blocks = rest.get(..used(rest)).unwrap_or_default().chunks(BLOCK).enumerate();
    let blocks = blocks.filter(move |(_, block)| block.contains(&first));
    blocks
        .flat_map(|(number, block)| (number * BLOCK..).zip(block))
        .filter(move |(_, byte)| **byte == first)
        .filter_map(|(place, _)| rest.get(place..))
        .filter(move |bytes| store.is_none_or(|store| frame::names(bytes, store)))
        .filter_map(frame::parse)
}

fn corrupt(file: PathBuf, offset: usize, expected: &str, found: &str) -> Error {
    Error::Corrupt {
        file,
        offset: offset as u64,
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}
