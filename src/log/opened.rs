//! The payloads of a file of the log, taken out of their envelopes, and the commits in them.
//!
//! As long as all frames are plain there is nothing to take out, and the file itself is what the
//! commits are in. From the first frame on that is compressed or encrypted, payloads are gathered in
//! a buffer, which then takes the file's place.

use crate::codec::Reader;
use crate::envelope::cipher::Gcm;
use crate::envelope::{self, Unopened};
use crate::error::Error;
use crate::log::frame::{Frame, HEADER_BYTES, Kind};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A segment and the commits in it.
#[derive(Debug)]
pub(crate) struct ScannedSegment {
    pub(crate) file: PathBuf,
    /// The file where all its frames are plain, else the payloads of its frames, opened.
    pub(crate) bytes: Vec<u8>,
    /// The size of the file, as far as it is intact.
    pub(crate) stored_bytes: u64,
    /// The version before the first commit.
    pub(crate) base: u64,
    /// Where in `bytes` those of each commit are.
    pub(crate) commits: Vec<Range<usize>>,
    /// Where in the file those come from.
    pub(crate) places: Places,
}

/// What was taken out so far.
#[derive(Debug, Default)]
pub(crate) struct Opened {
    bytes: Vec<u8>,
    places: Places,
}

/// Where in a file opened payloads come from: for each frame from the first on that was not plain,
/// where its payload begins among the opened bytes, and where the frame begins in the file.
#[derive(Debug, Default)]
pub(crate) struct Places(Vec<(usize, usize)>);

impl Places {
    /// Where in the file an opened byte comes from: the place itself, or that of its frame.
    pub(crate) fn offset_in_file(&self, place: usize) -> usize {
        let later = self.0.partition_point(|(begin, _)| *begin <= place);
        let frame = later.checked_sub(1).and_then(|before| self.0.get(before));
        frame.map_or(place, |(_, offset)| *offset)
    }
}

/// Why a payload could not be taken out.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The segment is encrypted and the frame is not.
    NotEncrypted,
    /// The frame is encrypted and the segment is not.
    Encrypted,
    Unopened(Unopened),
}

impl Opened {
    /// Whether all frames were plain.
    pub(crate) fn is_empty(&self) -> bool {
        self.places.0.is_empty()
    }

    /// Takes in the payload of the frame that begins at `offset` of the file `stored`, whose segment
    /// has this key. Returns where the payload begins, in the file or among the opened bytes, and the
    /// payload.
    pub(crate) fn take_in<'a>(
        &'a mut self,
        frame: &Frame<'a>,
        offset: usize,
        key: Option<&Gcm>,
        stored: &[u8],
    ) -> Result<(usize, &'a [u8]), Failure> {
        let form = frame.header.form.unwrap_or_default();
        if frame.header.kind != Kind::Seal && form.encrypted != key.is_some() {
            return Err(if form.encrypted { Failure::Encrypted } else { Failure::NotEncrypted });
        }
        if self.is_empty() {
            if form.is_plain() {
                return Ok((offset + HEADER_BYTES, frame.payload));
            }
            // The commits so far stay where they are.
            self.bytes.reserve_exact(stored.len());
            self.bytes.extend_from_slice(stored.get(..offset).unwrap_or_default());
        }
        let (begin, sequence) = (self.bytes.len(), frame.header.sequence);
        envelope::open(form, key, sequence, frame.place(), frame.payload, &mut self.bytes)
            .map_err(Failure::Unopened)?;
        self.places.0.push((begin, offset));
        Ok((begin, self.bytes.get(begin..).unwrap_or_default()))
    }

    /// Gives back the memory that was not needed.
    pub(crate) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// The opened bytes, or the file where all frames were plain.
    pub(crate) fn or(self, stored: Option<Vec<u8>>) -> (Vec<u8>, Places) {
        let bytes = if self.is_empty() { stored.unwrap_or_default() } else { self.bytes };
        (bytes, self.places)
    }
}

impl Failure {
    /// The error for the frame at this place.
    pub(crate) fn at(self, file: &Path, offset: usize) -> Error {
        let (expected, found) = match self {
            Self::NotEncrypted => {
                ("an encrypted frame, as its segment is", "one that is not".into())
            }
            Self::Encrypted => ("a frame without encryption, as its segment is", "one with".into()),
            Self::Unopened(Unopened::Needs(feature)) => {
                return Error::MissingFeature { file: file.to_owned(), feature };
            }
            Self::Unopened(unopened) => ("the payload of a frame", unopened.to_string()),
        };
        corrupt(file.to_owned(), offset, expected, &found)
    }
}

/// Where so many commits are, whose payload begins at a place; `None` where it has another form.
pub(crate) fn commit_ranges(
    payload: &[u8],
    begin: usize,
    commits: u32,
) -> Option<Vec<Range<usize>>> {
    let mut reader = Reader::new(payload);
    let mut ranges = Vec::new();
    for _ in 0..commits {
        let commit = reader.bytes().ok()?;
        let end = begin + payload.len() - reader.remaining();
        ranges.push(end - commit.len()..end);
    }
    reader.is_empty().then_some(ranges)
}

/// That a file of the log is damaged.
pub(crate) fn corrupt(file: PathBuf, offset: usize, expected: &str, found: &str) -> Error {
    Error::Corrupt {
        file,
        offset: offset as u64,
        expected: expected.to_owned(),
        found: found.to_owned(),
    }
}
