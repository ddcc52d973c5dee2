//! Reading a log back, and telling a torn tail from damage.
//!
//! A crash may leave any part of what was not synced, in any order: a write half there, a later
//! write there and an earlier one missing. Only the end of the last segment can be so, since a
//! segment is synced whole before the next one begins. There the rule is: the log ends before the
//! first frame that is not intact, and what follows is cut, *unless* a later intact frame says that
//! the missing one was durable when it was written, or a seal says that nothing is missing. Then
//! something was lost that had been safe. That, and anything wrong anywhere else, is damage: an
//! error with file and offset, and nothing is changed.

use crate::envelope::cipher::Gcm;
use crate::envelope::keyring::Keyring;
use crate::error::{Error, Result};
use crate::log::checkpoint::{self, Checkpoint};
use crate::log::frame::{self, Frame, Kind, StoreId};
use crate::log::opened::{Opened, ScannedSegment, commit_ranges, corrupt};
use crate::log::segment::{self, BadHeader, FORMAT_VERSION, FileKind, HEADER_BYTES};
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
    /// The first segment of which something is there, if only a checkpoint behind it.
    pub(crate) oldest: u64,
    /// The first segment that is there, or will be.
    pub(crate) first: u64,
    /// The checkpoint that the segments follow, if they do not begin at the beginning: its number, and
    /// its blocks as commits.
    pub(crate) checkpoint: Option<(u64, ScannedSegment)>,
    pub(crate) segments: Vec<ScannedSegment>,
    /// What has to be done to the files before the log can go on.
    pub(crate) repair: Repair,
    /// How many newer checkpoints were damaged, so that an older one was taken or none.
    pub(crate) damaged_checkpoints: u64,
    /// The bytes behind the last intact frame, without the space that was reserved.
    pub(crate) torn_bytes: u64,
}

/// What a crash left behind.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Repair {
    /// The last segment, which may not have been synced: a process can end between writing and
    /// syncing, even when it has just written the seal.
    pub(crate) last: Option<LastSegment>,
    /// A segment whose creation was not finished.
    pub(crate) remove: Option<String>,
    /// Checkpoints that were not finished.
    pub(crate) unfinished_checkpoints: Vec<String>,
}

/// The last segment of a log as it was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LastSegment {
    pub(crate) name: String,
    /// The file, where that is not what its segment has as bytes.
    pub(crate) stored: Option<Vec<u8>>,
    /// Where its intact part ends.
    pub(crate) intact_bytes: usize,
    pub(crate) sealed: bool,
}

/// Reads a store's newest checkpoint and the log behind it, or all of the log where there is none.
/// Segments are read, checked and opened side by side. O(bytes).
///
/// In the place of a damaged checkpoint the one before it is taken, or the beginning of the log, if the
/// log from there on reaches the damaged one.
pub(crate) fn scan(medium: &dyn Medium, keyring: &Keyring) -> Result<Scanned> {
    let names = medium.list().map_err(|error| Error::io(medium.path(""), "list", error))?;
    let numbers = |number_of: fn(&str) -> Option<u64>| {
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| number_of(name)).collect();
        numbers.sort_unstable();
        numbers
    };
    let segments = numbers(segment::number_of);
    let mut checkpoints = numbers(checkpoint::number_of);
    let before_checkpoint = checkpoints.first().map(|number| number.saturating_sub(1));
    let oldest = segments.first().copied().into_iter().chain(before_checkpoint).min();
    let newest = checkpoints.last().copied();
    let (mut damage, mut damaged_checkpoints) = (None, 0);
    let found = loop {
        let Some(number) = checkpoints.pop() else { break None };
        match checkpoint::read(medium, keyring, number) {
            Ok(checkpoint) => break Some(checkpoint),
            Err(error @ Error::Corrupt { .. }) => {
                damage = damage.or(Some(error));
                damaged_checkpoints += 1;
            }
            Err(error) => return Err(error),
        }
    };
    let scanned = scan_from(medium, keyring, found, &segments);
    let mut scanned = match (scanned, damage) {
        (scanned, None) => scanned?,
        (Ok(scanned), Some(_)) if newest <= Some(scanned.tail.next_segment) => scanned,
        (_, Some(damage)) => return Err(damage),
    };
    let unfinished = names.into_iter().filter(|name| checkpoint::is_unfinished(name));
    scanned.repair.unfinished_checkpoints = unfinished.collect();
    scanned.oldest = oldest.unwrap_or(scanned.oldest);
    scanned.first = segments.first().copied().unwrap_or(scanned.first);
    scanned.damaged_checkpoints = damaged_checkpoints;
    Ok(scanned)
}

/// Reads the log behind a checkpoint, or from its beginning. Segments before that are of no meaning.
fn scan_from(
    medium: &dyn Medium,
    keyring: &Keyring,
    checkpoint: Option<Checkpoint>,
    numbers: &[u64],
) -> Result<Scanned> {
    let (mut tail, checkpoint) = match checkpoint {
        Some(Checkpoint { place, blocks }) => {
            let number = place.next_segment;
            (place, Some((number, blocks)))
        }
        None => (Tail::of(&segment::Header::first(keyring.store())), None),
    };
    let behind = numbers.partition_point(|number| *number < tail.next_segment);
    let mut parts = read_parts(medium, keyring, numbers.get(behind..).unwrap_or_default())?;

    let mut repair = Repair::default();
    let unfinished = parts.pop_if(|last| last.unfinished);
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
    if let Some(last) = parts.last_mut() {
        repair.last = Some(LastSegment {
            name: segment::file_name(last.number),
            stored: last.stored.take_if(|_| !last.opened.is_empty()),
            intact_bytes: last.intact_bytes,
            sealed: last.sealed,
        });
    }
    let torn_bytes = parts.last().map_or(0, |last| last.torn_bytes);
    let segments = parts.into_iter().map(Part::into_segment).collect();
    let oldest = tail.next_segment;
    let first = oldest;
    let damaged_checkpoints = 0;
    Ok(Scanned {
        tail,
        oldest,
        first,
        checkpoint,
        segments,
        repair,
        damaged_checkpoints,
        torn_bytes,
    })
}

/// Reads and checks segments: the first on this thread alone, and what is left after so many bytes
/// on all cores. A small log is read before a thread would have started.
fn read_parts(medium: &dyn Medium, keyring: &Keyring, numbers: &[u64]) -> Result<Vec<Part>> {
    // The last may turn out not to be finished; then it is the one before that may need a repair.
    let (before, _) = numbers.split_at(numbers.len().saturating_sub(2));
    let read = |number: &u64| Part::read(medium, keyring, *number, !before.contains(number));
    let (mut parts, mut size) = (Vec::with_capacity(numbers.len()), 0);
    let mut left = numbers;
    while size < ALONE_BYTES
        && let Some((number, others)) = left.split_first()
    {
        let part = read(number)?;
        size += part.intact_bytes;
        parts.push(part);
        left = others;
    }
    parts.extend(parallel::map(left, 2, read)?);
    Ok(parts)
}

/// A segment as far as it can be judged by itself.
struct Part {
    number: u64,
    file: PathBuf,
    /// The file; not kept where its frames were opened and it won't be needed for a repair.
    stored: Option<Vec<u8>>,
    opened: Opened,
    header: segment::Header,
    commits: Vec<Range<usize>>,
    /// Where the log stands behind the intact frames.
    end: Tail,
    intact_bytes: usize,
    sealed: bool,
    /// What the bytes behind the intact frames are.
    rest: Rest,
    /// How many there are, without zeros at the end.
    torn_bytes: u64,
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
    fn read(
        medium: &dyn Medium,
        keyring: &Keyring,
        number: u64,
        keep_stored: bool,
    ) -> Result<Self> {
        let store = keyring.store();
        let name = segment::file_name(number);
        let file = medium.path(&name);
        let bytes = medium.read(&name).map_err(|error| Error::io(&file, "read", error))?;
        let (header, unfinished) = match segment::Header::parse(&bytes, FileKind::Segment) {
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
            stored: None,
            opened: Opened::default(),
            header,
            commits,
            end,
            intact_bytes: HEADER_BYTES,
            sealed: false,
            rest: Rest::Empty,
            torn_bytes: 0,
            unfinished,
        };
        if !unfinished {
            part.walk(keyring, &bytes)?;
        }
        part.stored = (part.opened.is_empty() || keep_stored).then_some(bytes);
        Ok(part)
    }

    /// Goes through the frames up to the first that is not intact.
    fn walk(&mut self, keyring: &Keyring, stored: &[u8]) -> Result<()> {
        let key = keyring.for_segment(self.header.number, &self.header.mark);
        let key = key.map_err(|expected| {
            corrupt(self.file.clone(), 0, &expected, "a segment that says otherwise")
        })?;
        let mut offset = HEADER_BYTES;
        while !self.sealed
            && let Some(frame) = stored.get(offset..).and_then(frame::parse)
        {
            self.take_frame(&frame, offset, keyring.store(), key.as_ref(), stored)?;
            offset += frame.size();
        }
        self.intact_bytes = offset;
        self.rest = self.judge_rest(stored, offset);
        let rest = stored.get(offset..).unwrap_or_default();
        let rest = rest.get(..used(rest)).unwrap_or_default();
        self.torn_bytes = rest.iter().rposition(|byte| *byte != 0).map_or(0, |at| at as u64 + 1);
        self.opened.shrink();
        Ok(())
    }

    /// Takes in an intact frame, which must be the one that follows. `stored` is the file.
    fn take_frame(
        &mut self,
        frame: &Frame<'_>,
        offset: usize,
        store: StoreId,
        key: Option<&Gcm>,
        stored: &[u8],
    ) -> Result<()> {
        self.check_place(frame, offset, store)?;
        let opened = self.opened.take_in(frame, offset, key, stored);
        let (begin, payload) = opened.map_err(|wrong| wrong.at(&self.file, offset))?;
        let header = &frame.header;
        let commits = commit_ranges(payload, begin, header.commits).ok_or_else(|| {
            let expected = format!("{} commits", header.commits);
            corrupt(self.file.clone(), offset, &expected, "a payload of another form")
        })?;
        let version = self.end.version.checked_add(header.commits.into());
        let (Some(version), Some(next_sequence)) = (version, header.sequence.checked_add(1)) else {
            let found = "a frame that exceeds them";
            return Err(corrupt(self.file.clone(), offset, "numbers of 64 bits", found));
        };
        self.commits.extend(commits);
        self.sealed = header.kind == Kind::Seal;
        self.end = Tail { next_sequence, version, chain: frame.chain, ..self.end };
        Ok(())
    }

    /// Checks that an intact frame is the one that follows.
    fn check_place(&self, frame: &Frame<'_>, offset: usize, store: StoreId) -> Result<()> {
        let header = &frame.header;
        let wrong =
            |expected: String, found: String| corrupt(self.file.clone(), offset, &expected, &found);
        if header.store != store {
            return Err(wrong("a frame of this store".into(), "a frame of another store".into()));
        }
        if frame.is_absurd() || header.kind == Kind::Block {
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
            frames_from(bytes, offset, store).find(|(_, frame)| frame.header.synced >= missing);
        match witness {
            Some((_, frame)) => {
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
        let Self { file, stored, header, commits, opened, intact_bytes, .. } = self;
        let (bytes, places) = opened.or(stored);
        let stored_bytes = intact_bytes as u64;
        ScannedSegment { file, bytes, stored_bytes, base: header.base, commits, places }
    }
}

impl Tail {
    /// The log before the first frame of a segment.
    pub(crate) fn of(header: &segment::Header) -> Self {
        Self {
            next_segment: header.number,
            next_sequence: header.first_sequence,
            version: header.base,
            chain: header.chain,
        }
    }
}

/// The length without the zeros at the end, or a bit more. In blocks, which compilers turn into wide
/// instructions: the space that a segment was grown by can be most of it.
pub(super) fn used(bytes: &[u8]) -> usize {
    let is_zero = |block: &&[u8]| block.iter().fold(0, |all, byte| all | byte) == 0;
    bytes.len() - bytes.rchunks(256).take_while(is_zero).map(<[u8]>::len).sum::<usize>()
}

/// The intact frames at and behind an offset, and where they begin; only those of one store, if it is
/// given. That is looked at before any checksum: else the search through a torn record that is full
/// of beginnings of frames would go through the rest of the segment for each.
pub(super) fn frames_from<'a>(
    bytes: &'a [u8],
    offset: usize,
    store: Option<&'a StoreId>,
) -> impl Iterator<Item = (usize, Frame<'a>)> {
    const BLOCK: usize = 64;
    let rest = bytes.get(offset..).unwrap_or_default();
    let first = frame::MAGIC.first().copied().unwrap_or_default();
    // Most blocks have no such byte, and that is seen faster than each byte is looked at.
    let blocks = rest.get(..used(rest)).unwrap_or_default().chunks(BLOCK).enumerate();
    let blocks = blocks.filter(move |(_, block)| block.contains(&first));
    blocks
        .flat_map(|(number, block)| (number * BLOCK..).zip(block))
        .filter(move |(_, byte)| **byte == first)
        .filter_map(move |(place, _)| Some((offset + place, rest.get(place..)?)))
        .filter(move |(_, bytes)| store.is_none_or(|store| frame::names(bytes, store)))
        .filter_map(|(place, bytes)| Some((place, frame::parse(bytes)?)))
}
