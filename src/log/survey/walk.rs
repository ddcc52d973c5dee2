//! Walking from frame to frame, and over what is no frame.

use crate::envelope::cipher::Gcm;
use crate::envelope::keyring::{Keyring, Mark};
use crate::error::{Error, Result};
use crate::log::frame::{self, Frame, Kind};
use crate::log::opened::{Opened, commit_ranges};
use crate::log::scan::{frames_from, used};
use crate::log::segment::{self, BadHeader, FORMAT_VERSION, FileKind, HEADER_BYTES};
use crate::log::segments::Tail;
use crate::log::survey::{Found, Intact, Missing, Take, Wrong};
use crate::media::Medium;
use std::io;
use std::path::PathBuf;

/// So many versions may be missing in one place. A frame that would leave more is not believed.
const MOST_MISSING: u64 = 1 << 24;

/// On the way through the segments of a log.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    medium: &'a dyn Medium,
    keyring: &'a Keyring,
    /// Of a log that is being written: the version up to which it was when the walk began.
    until: Option<u64>,
    /// Where the log stands behind what was found; `None` before anything was.
    tail: Option<Tail>,
    /// What is wrong since, for which it is not known yet which versions it concerns.
    pending: Vec<Wrong>,
    /// The version that the first thing found stands behind.
    first: Option<u64>,
    /// The size of the segments.
    bytes: u64,
    /// Where the last frame ended, for the case that one is missing behind it.
    end: (PathBuf, u64),
}

/// A segment that is being walked through.
struct Segment<'a> {
    file: PathBuf,
    bytes: &'a [u8],
    key: Option<Gcm>,
    is_last: bool,
}

impl Segment<'_> {
    fn wrong(&self, offset: usize, expected: String, found: impl Into<String>) -> Wrong {
        let (file, found) = (self.file.clone(), found.into());
        Wrong { file, offset: offset as u64, expected, found, versions: None }
    }
}

impl<'a> Walk<'a> {
    pub(crate) fn new(medium: &'a dyn Medium, keyring: &'a Keyring, until: Option<u64>) -> Self {
        let end = (medium.path(""), 0);
        let pending = Vec::new();
        Self { medium, keyring, until, tail: None, pending, first: None, bytes: 0, end }
    }

    /// Where the log stands behind what was found.
    pub(crate) fn tail(&self) -> Option<&Tail> {
        self.tail.as_ref()
    }

    /// The lowest version behind which something was found.
    pub(crate) fn first(&self) -> Option<u64> {
        self.first
    }

    /// The size of the segments so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Goes on at a place, whatever was before it.
    pub(crate) fn begin(&mut self, place: Tail) {
        self.first = Some(self.first.map_or(place.version, |first| first.min(place.version)));
        self.tail = Some(place);
    }

    /// Goes on wherever the next segment says, whatever was before it.
    pub(crate) fn forget(&mut self, take: &mut Take<'_>) -> Result<()> {
        self.tail = None;
        self.report(None, take)
    }

    /// Goes on at the place of an intact checkpoint, where the log should be too.
    pub(crate) fn pass(&mut self, name: &str, place: &Tail, take: &mut Take<'_>) -> Result<()> {
        if let Some(tail) = &self.tail
            && *tail != *place
        {
            let wrong = Wrong {
                file: self.medium.path(name),
                offset: 0,
                expected: format!("the place that the log has there: {}", text(tail)),
                found: format!("{}, or another history", text(place)),
                versions: None,
            };
            if self.pending.is_empty() || tail.version > place.version {
                self.pending.push(wrong);
            }
            self.settle(place.version, take)?;
        }
        self.begin(place.clone());
        Ok(())
    }

    /// Goes through a segment. `is_last` says that none follows it.
    pub(crate) fn segment(
        &mut self,
        number: u64,
        is_last: bool,
        take: &mut Take<'_>,
    ) -> Result<()> {
        let name = segment::file_name(number);
        let file = self.medium.path(&name);
        self.check_number(number);
        let bytes = match self.medium.read(&name) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Error::io(file, "read", error)),
        };
        self.bytes += bytes.len() as u64;
        let mut segment = Segment { file, bytes: &bytes, key: None, is_last };
        if let Some(header) = self.header(number, &segment)? {
            self.enter(&segment, &header, take)?;
        } else if is_last
            && segment::Header::parse(&bytes, FileKind::Segment).is_err()
            && frames_from(&bytes, 0, None).next().is_none()
        {
            // Its creation was cut short.
            return Ok(());
        } else {
            let expected = format!("the header of segment {number} of this store");
            self.pending.push(segment.wrong(0, expected, "other bytes"));
        }
        match self.key(number, &bytes) {
            Ok(key) => segment.key = key,
            Err(expected) => {
                let found = "a segment that can't be decrypted, since its header says otherwise";
                self.pending.push(segment.wrong(0, expected, found));
                return Ok(());
            }
        }
        self.frames(&segment, take)?;
        if let Some(tail) = &mut self.tail {
            tail.next_segment = number.saturating_add(1);
        }
        Ok(())
    }

    /// Ends the walk: says what is missing at the end.
    pub(crate) fn finish(&mut self, take: &mut Take<'_>) -> Result<()> {
        let version = self.tail.as_ref().map_or(0, |tail| tail.version);
        if self.pending.is_empty()
            && let Some(until) = self.until
            && until > version
        {
            let (file, offset) = self.end.clone();
            let expected = format!("the log to go on to version {until}, which was written");
            let found = "its end".to_owned();
            self.pending.push(Wrong { file, offset, expected, found, versions: None });
        }
        if self.pending.is_empty() {
            return Ok(());
        }
        let missing = Missing { first: version.saturating_add(1), last: self.until };
        self.report(Some(missing), take)
    }

    /// Notes segments that are missing before this one.
    fn check_number(&mut self, number: u64) {
        let Some(next) = self.tail.as_ref().map(|tail| tail.next_segment) else { return };
        if number > next {
            let expected = if number == next + 1 {
                "a segment of the log".to_owned()
            } else {
                format!("segments {next} to {} of the log", number - 1)
            };
            let file = self.medium.path(&segment::file_name(next));
            let found = "no such file".to_owned();
            self.pending.push(Wrong { file, offset: 0, expected, found, versions: None });
        }
    }

    /// The header of a segment of this store with this number, if it is intact.
    fn header(&self, number: u64, segment: &Segment<'_>) -> Result<Option<segment::Header>> {
        match segment::Header::parse(segment.bytes, FileKind::Segment) {
            Ok(header) => {
                let is_it = (header.store, header.number) == (self.keyring.store(), number);
                Ok(is_it.then_some(header))
            }
            Err(BadHeader::Damaged) => Ok(None),
            Err(BadHeader::Version(found)) => {
                Err(Error::UnsupportedFormat { found, supported: FORMAT_VERSION })
            }
        }
    }

    /// The key of a segment. Where its header is damaged, it can only be said that it has none.
    fn key(&self, number: u64, bytes: &[u8]) -> Result<Option<Gcm>, String> {
        let header = segment::Header::parse(bytes, FileKind::Segment);
        let mark = header.map_or(Mark::default(), |header| header.mark);
        self.keyring.for_segment(number, &mark)
    }

    /// Takes up the log where a segment says that it stands.
    fn enter(
        &mut self,
        segment: &Segment<'_>,
        header: &segment::Header,
        take: &mut Take<'_>,
    ) -> Result<()> {
        let place = Tail::of(header);
        let Some(tail) = &self.tail else {
            self.begin(place);
            return Ok(());
        };
        if (tail.next_sequence, tail.version, tail.chain)
            == (place.next_sequence, place.version, place.chain)
        {
            return self.settle(place.version, take);
        }
        if !is_ahead(tail, place.next_sequence, place.version) {
            let expected = format!("a segment that begins with {}", text(tail));
            let found = format!("one that begins with {}", text(&place));
            return take(Found::Wrong(segment.wrong(0, expected, found)));
        }
        if tail.next_sequence == place.next_sequence {
            let expected = format!("a segment linked to the frames before it: {}", text(tail));
            let found = "a segment of another history".to_owned();
            self.pending.push(segment.wrong(0, expected, found));
        } else if self.pending.is_empty() {
            let (file, offset) = self.end.clone();
            let expected = text(tail);
            let found = format!("the end, though the next segment begins with {}", text(&place));
            self.pending.push(Wrong { file, offset, expected, found, versions: None });
        }
        self.settle(place.version, take)?;
        self.tail = Some(place);
        Ok(())
    }

    /// Goes through the frames of a segment.
    fn frames(&mut self, segment: &Segment<'_>, take: &mut Take<'_>) -> Result<()> {
        let bytes = segment.bytes;
        let mut offset = HEADER_BYTES;
        loop {
            let version = self.tail.as_ref().map_or(0, |tail| tail.version);
            let rest = bytes.get(offset..).unwrap_or_default();
            if let Some(frame) = frame::parse(rest).filter(|frame| self.is_ours(frame)) {
                let behind = offset + frame.size();
                let is_seal = frame.header.kind == Kind::Seal;
                if self.frame(segment, offset, &frame, take)? && is_seal {
                    return behind_seal(segment, behind, take);
                }
                offset = behind;
                continue;
            }
            if used(rest) == 0 {
                return Ok(());
            }
            if segment.is_last && self.until.is_some_and(|until| version >= until) {
                // Somebody may be writing there.
                return Ok(());
            }
            if segment.is_last && self.until.is_none() && !self.was_durable(bytes, offset) {
                let (file, length) = (segment.file.clone(), used(rest) as u64);
                return take(Found::Torn { file, offset: offset as u64, bytes: length });
            }
            let next = self.next_plausible(bytes, offset);
            let end = next.unwrap_or(bytes.len());
            let expected = match &self.tail {
                Some(tail) => format!("frame {} of the log", tail.next_sequence),
                None => "a frame of the log".to_owned(),
            };
            let found = format!("{} damaged bytes", end - offset);
            self.pending.push(segment.wrong(offset, expected, found));
            let Some(next) = next else { return Ok(()) };
            offset = next;
        }
    }

    /// Whether a frame is one of this log, wherever it stands.
    fn is_ours(&self, frame: &Frame<'_>) -> bool {
        frame.header.store == self.keyring.store()
            && frame.header.kind != Kind::Block
            && !frame.is_absurd()
    }

    /// Whether an intact frame behind an offset says that what is missing there was durable.
    fn was_durable(&self, bytes: &[u8], offset: usize) -> bool {
        let missing = self.tail.as_ref().map_or(0, |tail| tail.next_sequence);
        frames_from(bytes, offset, Some(&self.keyring.store()))
            .any(|(_, frame)| frame.header.synced >= missing)
    }

    /// Where the next frame begins that the log can go on with.
    fn next_plausible(&self, bytes: &[u8], offset: usize) -> Option<usize> {
        let is_plausible = |frame: &Frame<'_>| {
            let (sequence, base) = (frame.header.sequence, frame.header.base);
            self.is_ours(frame)
                && self.tail.as_ref().is_none_or(|tail| is_ahead(tail, sequence, base))
        };
        frames_from(bytes, offset, Some(&self.keyring.store()))
            .find(|(_, frame)| is_plausible(frame))
            .map(|(place, _)| place)
    }

    /// Takes an intact frame, if it stands where it may. Says whether it did.
    fn frame(
        &mut self,
        segment: &Segment<'_>,
        offset: usize,
        frame: &Frame<'_>,
        take: &mut Take<'_>,
    ) -> Result<bool> {
        let frame::Header { sequence, base, commits, .. } = frame.header;
        let version = base.checked_add(commits.into());
        let (Some(version), Some(next_sequence)) = (version, sequence.checked_add(1)) else {
            let expected = "numbers of 64 bits".to_owned();
            take(Found::Wrong(segment.wrong(offset, expected, "a frame that exceeds them")))?;
            return Ok(false);
        };
        let before = self.tail.clone();
        let is_next = before
            .as_ref()
            .is_some_and(|tail| (tail.next_sequence, tail.version) == (sequence, base));
        if let Some(tail) = &before
            && !is_next
        {
            let found = format!("frame {sequence} behind version {base}");
            let wrong = segment.wrong(offset, text(tail), found);
            if !is_ahead(tail, sequence, base) {
                take(Found::Wrong(wrong))?;
                return Ok(false);
            }
            if self.pending.is_empty() {
                self.pending.push(wrong);
            }
        }
        if before.is_some() {
            self.settle(base, take)?;
        } else {
            self.report(None, take)?;
        }
        let next_segment = before.as_ref().map_or(0, |tail| tail.next_segment);
        self.first = self.first.or(Some(base));
        self.tail = Some(Tail { next_segment, next_sequence, version, chain: frame.chain });
        self.end = (segment.file.clone(), (offset + frame.size()) as u64);
        let is_linked = before.is_none_or(|tail| {
            !is_next || frame::expected_chain(frame, &tail.chain) == frame.chain
        });
        let wrong = if is_linked {
            open(segment, offset, frame, version, take)?
        } else {
            let expected = format!("frame {sequence} linked to the frames before it");
            Some(segment.wrong(offset, expected, "one that is not, or that was altered"))
        };
        let Some(wrong) = wrong else { return Ok(true) };
        self.pending.push(wrong);
        self.settle_between(base, version, take)?;
        Ok(true)
    }

    /// Says what is wrong since the last frame, now that the log goes on behind version `base`.
    fn settle(&mut self, base: u64, take: &mut Take<'_>) -> Result<()> {
        let version = self.tail.as_ref().map_or(0, |tail| tail.version);
        self.settle_between(version, base, take)
    }

    /// Says what is wrong, which concerns the versions behind one up to another.
    fn settle_between(&mut self, from: u64, to: u64, take: &mut Take<'_>) -> Result<()> {
        let missing = (from < to).then(|| Missing { first: from + 1, last: Some(to) });
        self.report(missing, take)
    }

    fn report(&mut self, missing: Option<Missing>, take: &mut Take<'_>) -> Result<()> {
        for wrong in self.pending.drain(..) {
            take(Found::Wrong(Wrong { versions: missing, ..wrong }))?;
        }
        missing.map_or(Ok(()), |missing| take(Found::Lost(missing)))
    }
}

/// Opens the payload of a frame and hands it on; or says why that can't be.
fn open(
    segment: &Segment<'_>,
    offset: usize,
    frame: &Frame<'_>,
    version: u64,
    take: &mut Take<'_>,
) -> Result<Option<Wrong>> {
    let mut opened = Opened::default();
    let payload = match opened.take_in(frame, 0, segment.key.as_ref(), &[]) {
        Ok((_, payload)) => payload,
        Err(failure) => match failure.at(&segment.file, offset) {
            Error::Corrupt { expected, found, .. } => {
                return Ok(Some(segment.wrong(offset, expected, found)));
            }
            error => return Err(error),
        },
    };
    let count = frame.header.commits;
    let Some(commits) = commit_ranges(payload, 0, count) else {
        let expected = format!("{count} commits");
        return Ok(Some(segment.wrong(offset, expected, "a payload of another form")));
    };
    take(Found::Frame(&Intact {
        file: segment.file.clone(),
        offset: offset as u64,
        base: frame.header.base,
        version,
        chain: frame.chain,
        payload,
        commits,
    }))?;
    Ok(None)
}

/// Checks what stands behind a seal: nothing, but for space that was not yet cut off by a crash.
fn behind_seal(segment: &Segment<'_>, offset: usize, take: &mut Take<'_>) -> Result<()> {
    let rest = segment.bytes.get(offset..).unwrap_or_default();
    if segment.is_last || used(rest) == 0 {
        return Ok(());
    }
    let expected = "the end of the segment".to_owned();
    take(Found::Wrong(segment.wrong(offset, expected, "other bytes behind its seal")))
}

/// Whether the log can go on with this frame behind this version, if what is between was lost.
fn is_ahead(tail: &Tail, sequence: u64, base: u64) -> bool {
    let missing = base.checked_sub(tail.version);
    sequence >= tail.next_sequence && missing.is_some_and(|missing| missing <= MOST_MISSING)
}

fn text(tail: &Tail) -> String {
    format!("frame {} behind version {}", tail.next_sequence, tail.version)
}
