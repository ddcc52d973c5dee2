//! A second reading of a log's bytes, made from the page on the format alone, as plainly as possible.
//! It shares no code with the library, so that what both make of the same bytes says something.
#![allow(clippy::indexing_slicing, reason = "a panic is how a target fails")]
#![allow(dead_code, reason = "each target uses a part of this")]

use crc32fast::Hasher;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

pub(crate) const FRAME_HEADER_BYTES: usize = 96;
pub(crate) const SEGMENT_HEADER_BYTES: usize = 128;

pub(crate) type Chain = [u8; 32];

/// The files of a store, by name.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A number of the format: unsigned, little-endian.
pub(crate) fn number(bytes: &[u8], offset: usize, size: usize) -> Option<u64> {
    let bytes = bytes.get(offset..)?.get(..size)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// A frame that is intact: magic, kind, size and checksum are right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) sequence: u64,
    pub(crate) synced: u64,
    pub(crate) base: u64,
    pub(crate) commits: u64,
}

impl<'a> Frame<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let kind = number(bytes, 8, 4)?;
        let size = usize::try_from(number(bytes, 12, 4)?).ok()?;
        let bytes = bytes.get(..FRAME_HEADER_BYTES + size)?;
        let is_intact = bytes.starts_with(b"fRm1")
            && matches!(kind, 1..=3)
            && checksum(bytes.get(8..)?) == number(bytes, 4, 4)?;
        let (sequence, synced) = (number(bytes, 32, 8)?, number(bytes, 40, 8)?);
        let (base, commits) = (number(bytes, 48, 8)?, number(bytes, 56, 4)?);
        is_intact.then_some(Self { bytes, sequence, synced, base, commits })
    }

    pub(crate) fn is_seal(&self) -> bool {
        number(self.bytes, 8, 4) == Some(2)
    }

    /// Whether it is of a checkpoint, which no segment has.
    pub(crate) fn is_block(&self) -> bool {
        number(self.bytes, 8, 4) == Some(3)
    }

    pub(crate) fn is_of(&self, store: [u8; 16]) -> bool {
        self.bytes.get(16..32) == Some(&store)
    }

    pub(crate) fn chain(&self) -> &'a [u8] {
        self.bytes.get(64..96).unwrap_or_default()
    }

    pub(crate) fn payload(&self) -> &'a [u8] {
        self.bytes.get(FRAME_HEADER_BYTES..).unwrap_or_default()
    }

    /// The chain value that it has behind another one.
    pub(crate) fn link(&self, previous: &Chain) -> Chain {
        link(previous, self.bytes.get(8..64).unwrap_or_default(), self.payload())
    }

    /// The bytes of its commits; `None` where they are not as many as it says, or can't be got out.
    pub(crate) fn commits(&self) -> Option<Vec<Vec<u8>>> {
        let opened = match self.bytes.get(60..62)? {
            [0, 0] => self.payload().to_vec(),
            [1, 0] => unsnappy(self.payload())?,
            _ => return None,
        };
        let mut rest = opened.as_slice();
        let commits = (0..self.commits).map(|_| Some(sized(&mut rest)?.to_vec())).collect();
        if rest.is_empty() { commits } else { None }
    }

    /// Whether it is compressed in a way that is behind a feature.
    pub(crate) fn needs_feature(&self) -> bool {
        matches!(self.bytes.get(60..62), Some([2 | 3, 0]))
    }

    /// Whether it says what no frame of format version 1 says.
    pub(crate) fn is_absurd(&self) -> bool {
        let is_known = matches!(self.bytes.get(60..64), Some([0..=3, 0 | 1, 0, 0]));
        let is_plain = number(self.bytes, 60, 4) == Some(0);
        let is_empty = self.commits == 0 && self.payload().is_empty();
        let is_full_seal = self.is_seal() && !(is_empty && is_plain);
        is_full_seal || self.synced >= self.sequence || !is_known
    }
}

/// What a raw Snappy stream says, from the description of the format.
pub(crate) fn unsnappy(stored: &[u8]) -> Option<Vec<u8>> {
    let mut rest = stored;
    let size = usize::try_from(varint(&mut rest)?).ok()?;
    if u32::try_from(size).is_err() || size > 32 * stored.len() {
        return None;
    }
    let mut out = Vec::new();
    while let Some((tag, behind)) = rest.split_first() {
        let (kind, high) = (tag & 3, usize::from(tag >> 2));
        let extra = match kind {
            0 => high.saturating_sub(59),
            1 => 1,
            2 => 2,
            _ => 4,
        };
        let low = usize::try_from(number(behind, 0, extra)?).ok()?;
        rest = behind.get(extra..)?;
        if kind == 0 {
            let length = if high < 60 { high } else { low } + 1;
            out.extend_from_slice(rest.get(..length)?);
            rest = rest.get(length..)?;
        } else {
            let (length, back) =
                if kind == 1 { ((high & 7) + 4, (high >> 3) << 8 | low) } else { (high + 1, low) };
            let from = out.len().checked_sub(back).filter(|_| back > 0)?;
            (from..from + length).for_each(|place| out.push(out[place]));
        }
        if out.len() > size {
            return None;
        }
    }
    (out.len() == size).then_some(out)
}

pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    let mut hasher = Hasher::new();
    hasher.update(bytes);
    u64::from(hasher.finalize())
}

pub(crate) fn link(previous: &Chain, fields: &[u8], payload: &[u8]) -> Chain {
    Sha256::digest([previous, fields, payload].concat()).into()
}

/// A varint, 64 bits at most; `None` where there is none.
pub(crate) fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u128;
    for place in 0..10 {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        number |= u128::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return u64::try_from(number).ok();
        }
    }
    None
}

/// Bytes with their size before them.
pub(crate) fn sized<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let size = usize::try_from(varint(rest)?).ok()?;
    let (bytes, behind) = rest.split_at_checked(size)?;
    *rest = behind;
    Some(bytes)
}

/// What recovery must make of the files of a log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Log(Box<Log>),
    /// The file that is damaged, and where.
    Damage(String, u64),
    /// A segment of another format version.
    Unknown(u64),
    /// The file in which something is compressed in a way that is behind a feature, and where. Damage
    /// to builds with that feature, since nothing here is really compressed so.
    Needs(String, u64),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) commits: Vec<Vec<u8>>,
    pub(crate) next_segment: u64,
    pub(crate) next_sequence: u64,
    pub(crate) version: u64,
    pub(crate) chain: Chain,
    /// The last segment that is kept, where its intact part ends, and whether in a seal.
    pub(crate) last: Option<(String, usize, bool)>,
    pub(crate) remove: Option<String>,
}

pub(crate) fn file_name(number: u64) -> String {
    format!("{number:016}.log")
}

/// Reads the segments, which are files with the numbers given, as the log of `store`. What is wrong in
/// a segment by itself is told before what is wrong between two.
pub(crate) fn read(segments: &[(u64, &[u8])], store: [u8; 16]) -> Verdict {
    let parts: Result<Vec<Part>, Verdict> =
        segments.iter().map(|(number, bytes)| Part::read(*number, bytes, store)).collect();
    match parts.and_then(|parts| join(parts, store)) {
        Ok(log) => Verdict::Log(Box::new(log)),
        Err(verdict) => verdict,
    }
}

fn join(mut parts: Vec<Part>, store: [u8; 16]) -> Result<Log, Verdict> {
    let unfinished = parts.pop_if(|last| last.header.is_none());
    let genesis: Chain =
        Sha256::digest([b"folio log of store ".as_slice(), &store].concat()).into();
    let mut log = Log {
        commits: Vec::new(),
        next_segment: 1,
        next_sequence: 1,
        version: 0,
        chain: genesis,
        last: None,
        remove: None,
    };
    let count = parts.len();
    for (index, part) in parts.into_iter().enumerate() {
        let name = file_name(part.number);
        if part.number != log.next_segment {
            return Err(Verdict::Damage(file_name(log.next_segment), 0));
        }
        let begins = (log.next_segment, log.next_sequence, log.version, log.chain);
        if part.header != Some(begins) {
            return Err(Verdict::Damage(name, 0));
        }
        let is_last = index + 1 == count;
        if part.lost_something || (part.has_rest && !is_last) {
            return Err(Verdict::Damage(name, part.intact as u64));
        }
        log.commits.extend(part.commits);
        log.next_segment += 1;
        (log.next_sequence, log.version, log.chain) = part.end;
        log.last = Some((name, part.intact, part.sealed));
    }
    if let Some(part) = unfinished {
        if part.number != log.next_segment {
            return Err(Verdict::Damage(file_name(log.next_segment), 0));
        }
        log.remove = Some(file_name(part.number));
    }
    Ok(log)
}

/// A segment by itself.
struct Part {
    number: u64,
    /// Number, first sequence, base and chain value, where the segment was finished.
    header: Option<(u64, u64, u64, Chain)>,
    commits: Vec<Vec<u8>>,
    /// Next sequence, version and chain value behind it.
    end: (u64, u64, Chain),
    intact: usize,
    sealed: bool,
    /// Something stands behind the intact frames.
    has_rest: bool,
    /// It had been safe.
    lost_something: bool,
}

impl Part {
    fn read(name: u64, bytes: &[u8], store: [u8; 16]) -> Result<Self, Verdict> {
        let damage = |offset: usize| Verdict::Damage(file_name(name), offset as u64);
        let proven = bytes.get(12..SEGMENT_HEADER_BYTES).map(checksum);
        let is_intact = bytes.starts_with(b"FOLIOseg")
            && proven.is_some_and(|proven| number(bytes, 8, 4) == Some(proven));
        let mut part = Self {
            number: name,
            header: None,
            commits: Vec::new(),
            end: (0, 0, [0; 32]),
            intact: 0,
            sealed: false,
            has_rest: false,
            lost_something: false,
        };
        if !is_intact {
            let has_frame = (0..bytes.len()).any(|place| Frame::read(&bytes[place..]).is_some());
            return if has_frame { Err(damage(0)) } else { Ok(part) };
        }
        let field = |offset| number(bytes, offset, 8).expect("the header is whole");
        let version = number(bytes, 12, 4).expect("the header is whole");
        if version != 1 {
            return Err(Verdict::Unknown(version));
        }
        // No store here has keys.
        if bytes[16..32] != store || bytes[88..112] != [0; 24] {
            return Err(damage(0));
        }
        let chain: Chain = bytes[56..88].try_into().expect("32 bytes");
        part.header = Some((field(32), field(40), field(48), chain));
        part.end = (field(40), field(48), chain);
        part.intact = SEGMENT_HEADER_BYTES;
        while !part.sealed
            && let Some(frame) = Frame::read(&bytes[part.intact..])
        {
            let offset = part.intact;
            if part.is_next(&frame, store) && frame.needs_feature() {
                return Err(Verdict::Needs(file_name(name), offset as u64));
            }
            part.take(&frame, store).ok_or_else(|| damage(offset))?;
        }
        let rest = &bytes[part.intact..];
        part.has_rest = rest.iter().any(|byte| *byte != 0);
        part.lost_something = !part.sealed
            && (0..rest.len())
                .filter_map(|place| Frame::read(&rest[place..]))
                .any(|frame| frame.is_of(store) && frame.synced >= part.end.0);
        Ok(part)
    }

    fn is_next(&self, frame: &Frame<'_>, store: [u8; 16]) -> bool {
        let (sequence, version, chain) = self.end;
        frame.is_of(store)
            && !frame.is_absurd()
            && !frame.is_block()
            && (frame.sequence, frame.base) == (sequence, version)
            && frame.chain() == frame.link(&chain)
    }

    /// Takes in the frame that comes next; `None` where another one should.
    fn take(&mut self, frame: &Frame<'_>, store: [u8; 16]) -> Option<()> {
        let (sequence, version, _) = self.end;
        if !self.is_next(frame, store) {
            return None;
        }
        self.commits.extend(frame.commits()?);
        let chain = frame.chain().try_into().ok()?;
        self.end = (sequence.checked_add(1)?, version.checked_add(frame.commits)?, chain);
        self.intact += frame.bytes.len();
        self.sealed = frame.is_seal();
        Some(())
    }
}
