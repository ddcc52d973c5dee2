//! Recovery makes of a log's segments what the page on the format says: the frames that it takes, the
//! torn end that it cuts, or the damage that it names, with file and offset.
//!
//! The input describes up to three segments: what their headers say, how many commits of which sizes
//! their frames have, what is odd about a frame although its checksum is right, and what stands behind
//! the last one. The rest of the input are changes to the bytes of the segments. What the library reads
//! is then held against `format.rs`.
#![allow(clippy::indexing_slicing, reason = "a panic is how a target fails")]

use crate::format::{self, Chain, FRAME_HEADER_BYTES, Files, Log, Verdict, file_name};
use folio::Error;
use folio::fuzzing::{first_chain, scan};
use folio::simulation::Disk;

const STORE: [u8; 16] = [5; 16];

/// Runs one input. Panics where the two readings differ.
pub(crate) fn run(input: &[u8]) {
    let mut files = Files::new();
    let mut input = Input { rest: input };
    let mut writer = Writer { sequence: 1, version: 0, chain: first_chain(STORE) };
    let mut number = 0;
    for _ in 0..=input.byte() % 3 {
        number += 1;
        let oddity = input.byte() % 16;
        let bytes = writer.segment(&mut input, number, oddity);
        if oddity == 12 {
            // A segment is missing.
            number += 1;
        }
        files.insert(file_name(number), bytes);
    }
    edit(&mut files, input.rest);

    let numbered: Vec<(u64, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name[..16].parse().expect("sixteen digits"), bytes.as_slice()))
        .collect();
    let expected = format::read(&numbered, STORE);
    let found = match scan(&Disk::from_files(files.clone()), STORE) {
        Ok(log) => Verdict::Log(Box::new(Log {
            commits: log.commits,
            next_segment: log.next_segment,
            next_sequence: log.next_sequence,
            version: log.version,
            chain: log.chain,
            last: log.last,
            remove: log.remove,
        })),
        Err(Error::Corrupt { file, offset, .. }) => {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Verdict::Damage(name, offset)
        }
        Err(Error::UnsupportedFormat { found, .. }) => Verdict::Unknown(found.into()),
        Err(Error::MissingFeature { file, .. }) => match &expected {
            Verdict::Needs(name, offset) if file.ends_with(name) => {
                Verdict::Needs(name.clone(), *offset)
            }
            _ => panic!("a feature is asked for where none is needed: {}", file.display()),
        },
        Err(other) => panic!("not an error of damaged files: {other:?}"),
    };
    match (expected, found) {
        (Verdict::Needs(name, offset), Verdict::Damage(file, place)) => {
            assert_eq!((file, place), (name, offset));
        }
        (expected, found) => assert_eq!(found, expected),
    }
}

/// Where the log that is being written stands.
struct Writer {
    sequence: u64,
    version: u64,
    chain: Chain,
}

impl Writer {
    fn segment(&mut self, input: &mut Input<'_>, number: u64, oddity: u8) -> Vec<u8> {
        match oddity {
            3 => self.sequence = u64::MAX - 1,
            4 => self.version = u64::MAX - 2,
            5 => self.chain = [9; 32],
            _ => {}
        }
        let mut header = b"FOLIOseg\0\0\0\0\x01\0\0\0".to_vec();
        header.extend(STORE);
        for field in [number, self.sequence, self.version] {
            header.extend(field.to_le_bytes());
        }
        header.extend(self.chain);
        header.resize(format::SEGMENT_HEADER_BYTES, 0);
        match oddity {
            1 => header[16] ^= 1,
            2 => header[32] ^= 1,
            6 | 7 => header[12] = 2,
            8 => header[56] ^= 1,
            9 => header[127] = 1,
            13 => header[88] = 1,
            14 => header[111] = 1,
            15 => header[92..112].fill(16),
            _ => {}
        }
        let mut checksum = format::checksum(&header[12..]);
        if matches!(oddity, 7 | 10) {
            checksum ^= 1;
        }
        header[8..12].copy_from_slice(&checksum.to_le_bytes()[..4]);
        if oddity == 11 {
            header.truncate(usize::from(input.byte()) % header.len());
            return header;
        }

        let first = self.sequence;
        for _ in 0..input.byte() % 6 {
            let frame = self.frame(input, first, 1);
            header.extend(frame);
        }
        match input.byte() % 6 {
            0 | 1 => header.extend(self.frame(input, first, 2)),
            2 => {
                header.extend(self.frame(input, first, 2));
                header.extend(vec![0; usize::from(input.byte())]);
            }
            3 => header.extend(vec![0; usize::from(input.byte())]),
            4 => header.extend((0..input.byte() % 32).map(|_| input.byte())),
            _ => header.extend(b"fRm1fRm1"),
        }
        header
    }

    /// The next frame, of a kind. `first` is the first frame that may not be durable yet.
    fn frame(&mut self, input: &mut Input<'_>, first: u64, kind: u32) -> Vec<u8> {
        let code = input.byte();
        let (oddity, is_synced) = (code % 32, code & 0x80 == 0);
        let mut payload = Vec::new();
        let mut commits = 0_u32;
        for _ in 0..if kind == 1 { input.byte() % 4 } else { 0 } {
            let size = input.byte();
            // In two bytes, which is longer than it need be.
            payload.extend([size & 0x7f | 0x80, size >> 7]);
            payload.extend(vec![size; usize::from(size)]);
            commits += 1;
        }
        let synced = if is_synced { self.sequence } else { first } - 1;
        let frame = Odd { kind, commits, payload, synced, oddity }.bytes(self);
        self.sequence = self.sequence.saturating_add(1);
        self.version = self.version.saturating_add(commits.into());
        self.chain = frame[64..96].try_into().expect("32 bytes");
        frame
    }
}

/// A frame, and what is odd about it.
struct Odd {
    kind: u32,
    commits: u32,
    payload: Vec<u8>,
    synced: u64,
    oddity: u8,
}

impl Odd {
    fn bytes(mut self, at: &Writer) -> Vec<u8> {
        let (mut store, mut zero, mut previous) = (STORE, 0_u32, at.chain);
        let (mut sequence, mut base, mut longer) = (at.sequence, at.version, 0);
        match self.oddity {
            1 => sequence = sequence.wrapping_add(1),
            2 => base = base.wrapping_add(1),
            3 => store[3] ^= 1,
            4 => previous[0] ^= 1,
            5 => self.synced = sequence,
            6 => self.synced = u64::MAX,
            7 => self.commits += 1,
            8 => self.commits = self.commits.saturating_sub(1),
            9 => zero = 1,
            10 => self.kind = 3,
            11 => self.kind ^= 3,
            12 => longer = 5,
            13 => self.payload.push(0),
            14 => self.commits = u32::MAX,
            15 => sequence = sequence.wrapping_sub(1),
            18 => {
                self.payload = snappy(&self.payload);
                zero = 1;
            }
            19 => zero = 2,
            20 => zero = 0x100,
            21 => zero = 0x1_0000,
            22 => zero = 4,
            23 => {
                // One byte less than it claims.
                self.payload = snappy(&self.payload);
                self.payload.pop();
                zero = 1;
            }
            _ => {}
        }
        let size = u32::try_from(self.payload.len()).expect("a small frame") + longer;
        let mut fields = Vec::new();
        fields.extend(self.kind.to_le_bytes());
        fields.extend(size.to_le_bytes());
        fields.extend(store);
        for field in [sequence, self.synced, base] {
            fields.extend(field.to_le_bytes());
        }
        fields.extend(self.commits.to_le_bytes());
        fields.extend(zero.to_le_bytes());
        let chain = format::link(&previous, &fields, &self.payload);
        let proven = [fields.as_slice(), &chain, &self.payload].concat();
        let mut checksum = format::checksum(&proven);
        if self.oddity == 16 {
            checksum ^= 1;
        }
        let mut frame = b"fRm1".to_vec();
        if self.oddity == 17 {
            frame[3] = b'2';
        }
        frame.extend(&checksum.to_le_bytes()[..4]);
        frame.extend(proven);
        assert!(frame.len() >= FRAME_HEADER_BYTES);
        frame
    }
}

/// A raw Snappy stream: what comes several times in succession is a copy of its first, all else a
/// literal.
fn snappy(payload: &[u8]) -> Vec<u8> {
    let [low, high] = u16::try_from(2 * payload.len()).expect("a small payload").to_le_bytes();
    // Seven bits in each, the low ones first.
    let mut out = vec![low >> 1 | 0x80, high];
    for run in payload.chunk_by(|left, right| left == right) {
        let (first, rest) = run.split_first().expect("a run is not empty");
        out.extend([0, *first]);
        for copied in rest.chunks(64) {
            let length = u8::try_from(copied.len() - 1).expect("64 at most");
            out.extend([length << 2 | 2, 1, 0]);
        }
    }
    out
}

/// Reads the input as a list of changes to the files, six bytes each.
fn edit(files: &mut Files, input: &[u8]) {
    let count = files.len();
    for change in input.chunks_exact(6).take(8) {
        let &[file, kind, high, low, size, value] = change else { continue };
        let Some(bytes) = files.values_mut().nth(usize::from(file) % count) else { continue };
        if bytes.is_empty() {
            continue;
        }
        let place = usize::from(u16::from_be_bytes([high, low])) % bytes.len();
        let end = bytes.len().min(place + usize::from(size));
        match kind % 5 {
            0 => bytes[place] ^= value,
            1 => bytes.truncate(place),
            2 => bytes[place..end].fill(0),
            3 => {
                bytes.drain(place..end);
            }
            _ => {
                let elsewhere = usize::from(value) % (bytes.len() - (end - place) + 1);
                bytes.copy_within(place..end, elsewhere);
            }
        }
    }
}

/// The input, read from the front. Where it has ended, bytes are zero.
struct Input<'a> {
    rest: &'a [u8],
}

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *first
    }
}
