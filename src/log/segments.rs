//! The log as segment files.
//!
//! A flush is one `write` of whole frames at the end, and a commit that asked for it one sync. The
//! file is grown in steps, by zeros behind a write that would not fit: a sync of a write into space
//! that is there already need not journal a new length, which makes it cheaper. So zeros behind the
//! last frame mean nothing; a frame never begins with one.
//!
//! Zeros are written in small pieces. A file system may keep what one write brought in one piece of
//! its cache, and look through the whole of it at each later write into it: after zeros of 4 MiB in
//! one write, ext4 takes four times as long for each frame that is written over them.
//!
//! A segment that was open when its process ended is never written to again: the next process cuts
//! what is torn, syncs the rest and begins a new segment, whose header says where the log stood. A
//! segment left on purpose ends in a seal.

use crate::codec;
use crate::envelope::compression::Compression;
use crate::envelope::keyring::{Keyring, Renewal};
use crate::envelope::{Form, Sealer};
use crate::error::{Error, Result};
use crate::histogram::Recorder;
use crate::log::Log;
use crate::log::frame::{self, Chain, Kind};
use crate::log::manifest::{self, Manifest};
use crate::log::segment::{self, FileKind, HEADER_BYTES};
use crate::media::{Medium, MediumFile};
use crate::sync::{AtomicU64, Ordering};
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// A frame is closed when it has reached this size, so that no frame needs a buffer much
/// larger than the largest commit.
const FRAME_TARGET_BYTES: usize = 16 << 20;

/// The least and the most by which a segment is grown at a time. The commit that finds its segment
/// full waits for the zeros, so the most is little.
const GROWTH_BYTES: std::ops::RangeInclusive<u64> = (64 << 10)..=(1 << 20);

/// What one write of zeros is made of.
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];

/// Where a log ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) next_segment: u64,
    pub(crate) next_sequence: u64,
    /// The version of the last commit.
    pub(crate) version: u64,
    pub(crate) chain: Chain,
}

/// How often the log used its medium. Read by `stats` while the log is at work.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) writes: AtomicU64,
    pub(crate) syncs: AtomicU64,
    pub(crate) bytes: AtomicU64,
    /// How long the syncs of commits took, nanoseconds.
    pub(crate) sync_time: Recorder,
}

/// How the files of a log are written.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) keyring: Arc<Keyring>,
    /// About how large a segment gets.
    pub(crate) segment_bytes: u64,
    pub(crate) compression: Compression,
}

/// A log of segment files.
#[derive(Debug)]
pub(crate) struct SegmentLog {
    medium: Arc<dyn Medium>,
    settings: Settings,
    tail: Tail,
    /// The last frame known to be durable.
    synced: u64,
    /// The version and the chain value there.
    head: (u64, Chain),
    segment: Option<OpenSegment>,
    /// Whether the names that were there before this process are known to be durable. One that was
    /// killed before it could sync them may have left some.
    names_durable: bool,
    sealer: Sealer,
    /// The frames of the flush at hand.
    buffer: Vec<u8>,
    counters: Arc<Counters>,
}

/// The segment that is being written.
#[derive(Debug)]
struct OpenSegment {
    name: String,
    file: Box<dyn MediumFile>,
    /// Where the next frame goes.
    position: u64,
    /// How long the file is.
    allocated: u64,
}

impl OpenSegment {
    /// Writes frames at the end, and zeros behind them where the file is not longer than they are.
    fn write(&mut self, frames: &[u8]) -> io::Result<()> {
        let end = self.position + frames.len() as u64;
        self.file.write_at(self.position, frames)?;
        self.position = end;
        if end > self.allocated {
            self.allocated = end;
            let growth = end.clamp(*GROWTH_BYTES.start(), *GROWTH_BYTES.end());
            while self.allocated < end + growth {
                self.file.write_at(self.allocated, &ZEROS)?;
                self.allocated += ZEROS.len() as u64;
            }
        }
        Ok(())
    }
}

impl SegmentLog {
    /// Goes on behind `tail`, all of which is durable, in a new segment. The segment is created by the first append.
    pub(crate) fn new(
        medium: Arc<dyn Medium>,
        settings: Settings,
        tail: Tail,
        counters: Arc<Counters>,
    ) -> Self {
        let (synced, head) = (tail.next_sequence - 1, (tail.version, tail.chain));
        Self {
            medium,
            sealer: Sealer::new(settings.compression),
            settings,
            tail,
            synced,
            head,
            segment: None,
            names_durable: false,
            buffer: Vec::new(),
            counters,
        }
    }

    /// Notes that everything so far is durable.
    fn note_synced(&mut self) {
        self.synced = self.tail.next_sequence - 1;
        self.head = (self.tail.version, self.tail.chain);
    }

    /// Begins a frame at the end of `self.buffer`: its payload is to be appended there. Returns
    /// where it begins.
    fn begin_frame(&mut self) -> usize {
        frame::reserve_header(&mut self.buffer)
    }

    /// Ends the frame that begins at `start` of `self.buffer`: its payload is compressed and encrypted
    /// there, and the header written before it.
    fn end_frame(&mut self, start: usize, kind: Kind, commits: u32) -> Result<()> {
        let too_large = |size: usize| Error::TooLarge {
            what: "a frame of the log",
            size_bytes: size as u64,
            limit_bytes: u32::MAX.into(),
        };
        let payload = start + frame::HEADER_BYTES;
        let form = match kind {
            Kind::Seal => Form::default(),
            _ => self.sealer.compress(&mut self.buffer, payload),
        };
        let size = self.buffer.len().saturating_sub(payload) + form.added_bytes();
        let header = frame::Header {
            kind,
            payload_bytes: u32::try_from(size).map_err(|_| too_large(size))?,
            store: self.settings.keyring.store(),
            sequence: self.tail.next_sequence,
            synced: self.synced,
            base: self.tail.version,
            commits,
            form: Some(form),
        };
        if form.encrypted {
            self.sealer.encrypt(&mut self.buffer, payload, header.sequence, &header.fields());
        }
        let frame = self.buffer.get_mut(start..).unwrap_or_default();
        self.tail.chain = frame::fill_header(frame, &header, &self.tail.chain);
        self.tail.next_sequence += 1;
        self.tail.version += u64::from(commits);
        Ok(())
    }

    /// Writes `self.buffer` to the segment, which is grown where needed.
    fn write_buffer(&mut self) -> Result<()> {
        let segment = self.segment.as_mut().expect("a segment is opened before frames are made");
        let size = self.buffer.len() as u64;
        segment
            .write(&self.buffer)
            .map_err(|error| Error::io(self.medium.path(&segment.name), "write", error))?;
        self.buffer.clear();
        self.buffer.shrink_to(2 * FRAME_TARGET_BYTES);
        self.counters.writes.fetch_add(1, Ordering::Relaxed);
        self.counters.bytes.fetch_add(size, Ordering::Relaxed);
        Ok(())
    }

    /// Opens a segment to write to: the one at hand, or a new one where that is full.
    fn ensure_segment(&mut self) -> Result<()> {
        if self
            .segment
            .as_ref()
            .is_some_and(|segment| segment.position >= self.settings.segment_bytes)
        {
            self.seal()?;
        }
        if self.segment.is_none() {
            self.segment = Some(self.create_segment()?);
        }
        Ok(())
    }

    /// Makes a new segment durable before any frame is written to it, so that a segment with frames
    /// always has an intact header; and before that the names of what it follows, so that there is
    /// never a segment without the manifest or without the segments before it.
    fn create_segment(&mut self) -> Result<OpenSegment> {
        let name = segment::file_name(self.tail.next_segment);
        let (mark, cipher) = self.settings.keyring.for_new_segment(self.tail.next_segment)?;
        self.sealer.begin_segment(cipher);
        let header = segment::Header {
            store: self.settings.keyring.store(),
            number: self.tail.next_segment,
            first_sequence: self.tail.next_sequence,
            base: self.tail.version,
            chain: self.tail.chain,
            mark,
        };
        let mut bytes = header.to_bytes(FileKind::Segment);
        let allocated = HEADER_BYTES as u64 + GROWTH_BYTES.start();
        bytes.resize(usize::try_from(allocated).unwrap_or(HEADER_BYTES), 0);
        let create = || -> io::Result<Box<dyn MediumFile>> {
            if !self.names_durable {
                self.medium.sync_directory()?;
            }
            let mut file = self.medium.create(&name)?;
            file.write_at(0, &bytes)?;
            file.sync()?;
            self.medium.sync_directory()?;
            Ok(file)
        };
        let file = create().map_err(|error| Error::io(self.medium.path(&name), "create", error))?;
        self.names_durable = true;
        self.tail.next_segment += 1;
        Ok(OpenSegment { name, file, position: HEADER_BYTES as u64, allocated })
    }

    /// Has another store key begin with the next segment: it is in the manifest before there is one.
    ///
    /// An error is that nobody knows which manifest is there. A segment could contradict it then, so that none may be
    /// written. Where it is known that the one before is there, the log goes on as it was.
    fn renew(&self, renewal: &Renewal) -> Result<()> {
        let (medium, keyring) = (&*self.medium, &self.settings.keyring);
        let (first, store, ledger) = (self.tail.next_segment, keyring.store(), renewal.ledger);
        let prepared = keyring.begin_epoch(first, &renewal.wrapping, |keys| {
            let keys = Some(keys);
            manifest::prepare(medium, &Manifest { store, ledger, keys })
        });
        if let Err(error) = prepared {
            renewal.end(Err(error));
            return Ok(());
        }
        manifest::replace(medium)?;
        keyring.set_size(&renewal.wrapping);
        renewal.end(Ok(first));
        Ok(())
    }

    /// Ends the segment at hand on purpose: everything in it durable, then the seal, which says so,
    /// and no zeros behind it.
    fn seal(&mut self) -> Result<()> {
        self.sync()?;
        let start = self.begin_frame();
        self.end_frame(start, Kind::Seal, 0)?;
        self.write_buffer()?;
        let Some(mut segment) = self.segment.take() else { return Ok(()) };
        segment
            .file
            .set_length(segment.position)
            .and_then(|()| segment.file.sync())
            .map_err(|error| Error::io(self.medium.path(&segment.name), "seal", error))?;
        self.counters.syncs.fetch_add(1, Ordering::Relaxed);
        self.note_synced();
        Ok(())
    }
}

impl Log for SegmentLog {
    fn append(&mut self, base: u64, commits: &[Vec<u8>]) -> Result<()> {
        if base != self.tail.version {
            // Never seen: the pipeline appends in order. An error poisons it, a panic would leave
            // those who wait for it waiting.
            let message = format!("version {base} behind version {}", self.tail.version);
            let path = self.medium.path("");
            return Err(Error::io(path, "append out of order to", io::Error::other(message)));
        }
        if commits.is_empty() {
            return Ok(());
        }
        self.ensure_segment()?;
        let (mut start, mut count) = (self.begin_frame(), 0);
        for commit in commits {
            if self.buffer.len() - start >= FRAME_TARGET_BYTES {
                self.end_frame(start, Kind::Commits, count)?;
                (start, count) = (self.begin_frame(), 0);
            }
            codec::append_bytes(&mut self.buffer, commit);
            count += 1;
        }
        self.end_frame(start, Kind::Commits, count)?;
        self.write_buffer()
    }

    fn sync(&mut self) -> Result<()> {
        let Some(segment) = &mut self.segment else { return Ok(()) };
        if self.synced + 1 == self.tail.next_sequence {
            return Ok(());
        }
        let began = Instant::now();
        segment
            .file
            .sync()
            .map_err(|error| Error::io(self.medium.path(&segment.name), "sync", error))?;
        self.counters.sync_time.record_time(began.elapsed());
        self.counters.syncs.fetch_add(1, Ordering::Relaxed);
        self.note_synced();
        Ok(())
    }

    fn head(&self) -> Option<(u64, Chain)> {
        Some(self.head)
    }

    fn cut(&mut self) -> Result<Option<Tail>> {
        let next = self.tail.next_segment;
        if self.segment.is_none() && next > 1 && !self.settings.keyring.is_current(next) {
            // The last one is of before encryption was turned on or off, and a checkpoint here would be
            // as that is.
            self.segment = Some(self.create_segment()?);
        }
        self.close()?;
        if let Some(renewal) = self.settings.keyring.take_renewal() {
            self.renew(&renewal)?;
        }
        Ok(Some(self.tail.clone()))
    }

    fn close(&mut self) -> Result<()> {
        if self.segment.is_some() { self.seal() } else { Ok(()) }
    }
}
