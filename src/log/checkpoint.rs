//! Checkpoints: a version written out, so that the log before it can go.
//!
//! A checkpoint is one file, numbered by the segment that follows it. Its header is that of such a
//! segment, under another magic: it says at which sequence, version and chain value the log goes on
//! behind it. Frames follow as in the log, each with one block, which has the bytes of a commit: the
//! first one creates the collections and has their descriptors, the others put records. The frames are chained to the
//! log's chain value at that place, so a checkpoint stands for the log up to there and for no other. A
//! seal ends the file: without it the checkpoint is not whole.
//!
//! It is written under another name, synced, read back and only then given its own name: a
//! checkpoint that is there under its name was whole once. One that is not any more is damaged, and
//! whoever opens the store takes the one before it, with the log from there on.

use crate::codec;
use crate::envelope::keyring::Keyring;
use crate::envelope::{Form, Sealer};
use crate::error::{Error, Result};
use crate::log::commit;
use crate::log::frame::{self, Chain, Kind};
use crate::log::opened::{Opened, ScannedSegment, commit_ranges, corrupt};
use crate::log::segment::{self, BadHeader, FORMAT_VERSION, FileKind, HEADER_BYTES};
use crate::log::segments::{Settings, Tail};
use crate::media::{Medium, MediumFile};
use crate::steps::{GoOn, Part, Steps};
use std::ops::Range;
use std::path::PathBuf;

const SUFFIX: &str = ".ckp";

/// What the name of a checkpoint ends in that is being written.
const NEW_SUFFIX: &str = ".ckp.new";

/// So much is written between syncs: a commit that syncs the log meanwhile waits for no more than that.
const SYNC_BYTES: u64 = 8 << 20;

/// The file of the checkpoint before a segment.
pub(crate) fn file_name(segment: u64) -> String {
    format!("{segment:016}{SUFFIX}")
}

/// The number of the checkpoint in a file, if its name is that of one.
pub(crate) fn number_of(name: &str) -> Option<u64> {
    let number = name.strip_suffix(SUFFIX)?.parse().ok()?;
    (file_name(number) == name).then_some(number)
}

/// Whether a file is a checkpoint that somebody did not finish.
pub(crate) fn is_unfinished(name: &str) -> bool {
    let digits = name.strip_suffix(NEW_SUFFIX);
    digits
        .and_then(|digits| digits.parse().ok())
        .is_some_and(|number| new_file_name(number) == name)
}

fn new_file_name(segment: u64) -> String {
    format!("{segment:016}{NEW_SUFFIX}")
}

/// A checkpoint that is being written.
#[derive(Debug)]
pub(crate) struct Writer<'m> {
    medium: &'m dyn Medium,
    keyring: &'m Keyring,
    header: segment::Header,
    sealer: Sealer,
    file: Box<dyn MediumFile>,
    position: u64,
    /// How far the file was synced.
    synced: u64,
    next_sequence: u64,
    chain: Chain,
    buffer: Vec<u8>,
}

impl<'m> Writer<'m> {
    /// Begins a checkpoint of the version that the log has at `place`.
    pub(crate) fn create(
        medium: &'m dyn Medium,
        settings: &'m Settings,
        place: &Tail,
    ) -> Result<Self> {
        let name = new_file_name(place.next_segment);
        let keyring = &*settings.keyring;
        let (mark, cipher) = keyring.for_new_checkpoint(place.next_segment)?;
        let mut sealer = Sealer::new(settings.compression);
        sealer.begin_segment(cipher);
        let header = segment::Header {
            store: keyring.store(),
            number: place.next_segment,
            first_sequence: place.next_sequence,
            base: place.version,
            chain: place.chain,
            mark,
        };
        let create = || {
            if medium.list()?.contains(&name) {
                medium.remove(&name)?;
            }
            let mut file = medium.create(&name)?;
            file.write_at(0, &header.to_bytes(FileKind::Checkpoint))?;
            Ok(file)
        };
        let file = create().map_err(|error| Error::io(medium.path(&name), "create", error))?;
        Ok(Self {
            medium,
            keyring,
            sealer,
            file,
            position: HEADER_BYTES as u64,
            synced: 0,
            next_sequence: 1,
            chain: header.chain,
            header,
            buffer: Vec::new(),
        })
    }

    /// Appends a block: the bytes of a commit.
    pub(crate) fn block(&mut self, commit: &[u8]) -> Result<()> {
        self.buffer.clear();
        frame::reserve_header(&mut self.buffer);
        codec::append_bytes(&mut self.buffer, commit);
        self.frame(Kind::Block, 1)?;
        if self.position - self.synced >= SYNC_BYTES {
            self.sync()?;
        }
        Ok(())
    }

    /// Ends the checkpoint, reads it back, and gives it its name. Durable when this returns. Returns
    /// its size in bytes.
    pub(crate) fn finish(mut self, go_on: GoOn<'_>) -> Result<u64> {
        self.buffer.clear();
        frame::reserve_header(&mut self.buffer);
        self.frame(Kind::Seal, 0)?;
        self.sync()?;
        let Self { medium, keyring, header, position, .. } = self;
        let (new_name, name) = (new_file_name(header.number), file_name(header.number));
        let steps = Steps::begin(Part::Reading, position, go_on)?;
        read_file(medium, &new_name, keyring, header.number, &steps)?;
        medium
            .rename(&new_name, &name)
            .and_then(|()| medium.sync_directory())
            .map_err(|error| Error::io(medium.path(&name), "give its name to", error))?;
        Ok(position)
    }

    /// Writes what is in the buffer as a frame, compressed and encrypted.
    fn frame(&mut self, kind: Kind, commits: u32) -> Result<()> {
        let form = match kind {
            Kind::Seal => Form::default(),
            _ => self.sealer.compress(&mut self.buffer, frame::HEADER_BYTES),
        };
        let size = self.buffer.len().saturating_sub(frame::HEADER_BYTES) + form.added_bytes();
        let header = frame::Header {
            kind,
            payload_bytes: u32::try_from(size).map_err(|_| Error::TooLarge {
                what: "a block of a checkpoint",
                size_bytes: size as u64,
                limit_bytes: u32::MAX.into(),
            })?,
            store: self.header.store,
            sequence: self.next_sequence,
            synced: 0,
            base: self.header.base,
            commits,
            form: Some(form),
        };
        if form.encrypted {
            let (sequence, fields) = (header.sequence, header.fields());
            self.sealer.encrypt(&mut self.buffer, frame::HEADER_BYTES, sequence, &fields);
        }
        self.chain = frame::fill_header(&mut self.buffer, &header, &self.chain);
        self.next_sequence += 1;
        let written = self.file.write_at(self.position, &self.buffer);
        written.map_err(|error| self.error("write", error))?;
        self.position += self.buffer.len() as u64;
        Ok(())
    }

    fn sync(&mut self) -> Result<()> {
        self.file.sync().map_err(|error| self.error("sync", error))?;
        self.synced = self.position;
        Ok(())
    }

    fn error(&self, operation: &'static str, error: std::io::Error) -> Error {
        Error::io(self.medium.path(&new_file_name(self.header.number)), operation, error)
    }
}

/// Removes what an unfinished checkpoint left.
pub(crate) fn abandon(medium: &dyn Medium, segment: u64) -> Result<()> {
    let name = new_file_name(segment);
    let remove = || if medium.list()?.contains(&name) { medium.remove(&name) } else { Ok(()) };
    remove().map_err(|error| Error::io(medium.path(&name), "remove", error))
}

/// A checkpoint, read back.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    /// Where the log goes on.
    pub(crate) place: Tail,
    /// Its blocks, as the commits of a segment.
    pub(crate) blocks: ScannedSegment,
}

impl Checkpoint {
    /// The time of its version; 0 where its first block does not say one.
    pub(crate) fn time_micros(&self) -> u64 {
        let ScannedSegment { bytes, commits, .. } = &self.blocks;
        let first = commits.first().and_then(|range| bytes.get(range.clone()));
        first.and_then(|bytes| commit::time_micros(bytes).ok()).unwrap_or_default()
    }
}

/// Reads a checkpoint, checks all of it, and opens what is compressed or encrypted. O(bytes).
///
/// # Errors
///
/// `Corrupt` where it is damaged or not whole.
pub(crate) fn read(medium: &dyn Medium, keyring: &Keyring, segment: u64) -> Result<Checkpoint> {
    read_in_steps(medium, keyring, segment, &Steps::unobserved())
}

/// The same, step by step.
pub(crate) fn read_in_steps(
    medium: &dyn Medium,
    keyring: &Keyring,
    segment: u64,
    steps: &Steps<'_>,
) -> Result<Checkpoint> {
    read_file(medium, &file_name(segment), keyring, segment, steps)
}

fn read_file(
    medium: &dyn Medium,
    name: &str,
    keyring: &Keyring,
    number: u64,
    steps: &Steps<'_>,
) -> Result<Checkpoint> {
    let file = medium.path(name);
    let stored = medium.read(name).map_err(|error| Error::io(&file, "read", error))?;
    let header = match segment::Header::parse(&stored, FileKind::Checkpoint) {
        Ok(header) => header,
        Err(BadHeader::Version(found)) => {
            return Err(Error::UnsupportedFormat { found, supported: FORMAT_VERSION });
        }
        Err(BadHeader::Damaged) => {
            return Err(corrupt(file, 0, "the header of a checkpoint", "other bytes"));
        }
    };
    if (header.store, header.number) != (keyring.store(), number) {
        let expected = format!("checkpoint {number} of this store");
        return Err(corrupt(file, 0, &expected, "another checkpoint, or one of another store"));
    }
    let blocks = Walk::new(file, &header).read(keyring, stored, steps)?;
    Ok(Checkpoint { place: Tail::of(&header), blocks })
}

/// On the way through a checkpoint's frames.
struct Walk<'h> {
    file: PathBuf,
    header: &'h segment::Header,
    chain: Chain,
    sequence: u64,
    opened: Opened,
    blocks: Vec<Range<usize>>,
}

impl<'h> Walk<'h> {
    fn new(file: PathBuf, header: &'h segment::Header) -> Self {
        let (opened, blocks) = (Opened::default(), Vec::new());
        Self { file, header, chain: header.chain, sequence: 1, opened, blocks }
    }

    /// Goes through the frames to the seal, which must be the end.
    fn read(
        mut self,
        keyring: &Keyring,
        stored: Vec<u8>,
        steps: &Steps<'_>,
    ) -> Result<ScannedSegment> {
        let key = keyring.for_checkpoint(self.header.number, &self.header.mark);
        let key = key.map_err(|expected| {
            corrupt(self.file.clone(), 0, &expected, "a checkpoint that says otherwise")
        })?;
        let mut offset = HEADER_BYTES;
        let mut is_whole = false;
        steps.advance(offset as u64)?;
        while !is_whole {
            let frame = stored.get(offset..).and_then(frame::parse);
            let frame =
                frame.ok_or_else(|| self.wrong(offset, "damaged bytes, or the end of the file"))?;
            self.check(&frame, offset)?;
            let taken = self.opened.take_in(&frame, offset, key.as_ref(), &stored);
            let (begin, payload) = taken.map_err(|wrong| wrong.at(&self.file, offset))?;
            let commits = frame.header.commits;
            let block = commit_ranges(payload, begin, commits);
            let block = block.ok_or_else(|| self.wrong(offset, "a payload of another form"))?;
            self.blocks.extend(block);
            is_whole = frame.header.kind == Kind::Seal;
            (self.chain, self.sequence) = (frame.chain, self.sequence + 1);
            offset += frame.size();
            steps.advance(frame.size() as u64)?;
        }
        if offset != stored.len() {
            return Err(corrupt(self.file, offset, "the end of the checkpoint", "more bytes"));
        }
        self.opened.shrink();
        let Self { file, header, opened, blocks: commits, .. } = self;
        let (bytes, places) = opened.or(Some(stored));
        let stored_bytes = offset as u64;
        Ok(ScannedSegment { file, bytes, stored_bytes, base: header.base, commits, places })
    }

    /// Checks that a frame is the one that follows.
    fn check(&self, frame: &frame::Frame<'_>, offset: usize) -> Result<()> {
        let frame::Header { store, sequence, base, synced, commits, kind, .. } = frame.header;
        let is_next = (store, sequence, base, synced)
            == (self.header.store, self.sequence, self.header.base, 0);
        let is_ours = matches!((kind, commits), (Kind::Block, 1) | (Kind::Seal, 0));
        let is_linked = frame::expected_chain(frame, &self.chain) == frame.chain;
        if is_next && is_ours && is_linked && !frame.is_absurd() {
            return Ok(());
        }
        Err(self.wrong(offset, "a frame of another place"))
    }

    fn wrong(&self, offset: usize, found: &str) -> Error {
        let expected = format!("frame {} of the checkpoint", self.sequence);
        corrupt(self.file.clone(), offset, &expected, found)
    }
}
