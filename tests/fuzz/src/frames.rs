//! A frame that is read is the frame that was written, and nothing else is read as one.
//!
//! The first byte of the input chooses:
//!
//! - *as they are*: the input is read as a frame;
//! - *proven*: the input becomes header and payload, magic and checksum made right, so that what the
//!   header claims is reached;
//! - *written*: the input describes frames, which are written one after the other, read back, and then
//!   cut off and changed in one bit.
//!
//! Whatever is read is held against `format.rs`, and writing it again gives the bytes it came from.
#![allow(clippy::indexing_slicing, reason = "a panic is how a target fails")]

use crate::format::{self, FRAME_HEADER_BYTES};
use folio::fuzzing::Frame;

/// Runs one input. Panics where reading and writing differ.
pub(crate) fn run(input: &[u8]) {
    let Some((mode, input)) = input.split_first() else { return };
    match mode % 3 {
        0 => look(input),
        1 => look(&proven(input)),
        _ => written(input),
    }
}

/// Reads what stands at the front, in both ways.
fn look(bytes: &[u8]) {
    let previous = [7; 32];
    let expected = format::Frame::read(bytes);
    let Some((frame, chain, behind)) = Frame::parse(bytes, &previous) else {
        assert!(expected.is_none(), "an intact frame was not seen");
        return;
    };
    let expected = expected.expect("bytes that are no frame were read as one");
    assert_eq!(frame.seal, expected.is_seal());
    assert_eq!((frame.sequence, frame.synced), (expected.sequence, expected.synced));
    assert_eq!((frame.base, u64::from(frame.commits)), (expected.base, expected.commits));
    assert!(expected.is_of(frame.store));
    assert_eq!(frame.payload, expected.payload());
    assert!(frame.form.is_none_or(|form| form == expected.bytes[60..64]));
    assert_eq!(chain, expected.chain());
    assert_eq!(behind, expected.link(&previous), "the chain is of the bytes that are stored");

    // What no frame says is refused before its place in the log is looked at.
    if !expected.is_absurd() && !expected.is_block() {
        let mut again = Vec::new();
        let linked = frame.append_to(&mut again, &previous);
        assert_eq!(linked, behind);
        assert_eq!(again.len(), expected.bytes.len());
        assert_eq!(again[8..64], expected.bytes[8..64]);
        assert_eq!(chain == behind, again == expected.bytes);
    }
}

/// A frame whose header says what the input says.
fn proven(input: &[u8]) -> Vec<u8> {
    let mut bytes = [b"fRm1\0\0\0\0", input].concat();
    if bytes.len() < FRAME_HEADER_BYTES {
        bytes.resize(FRAME_HEADER_BYTES, 0);
    }
    // The size is one byte, which may say more or less than there is.
    bytes[13..16].fill(0);
    let end = bytes.len().min(FRAME_HEADER_BYTES + usize::from(bytes[12]));
    if bytes[60] % 2 == 0 {
        bytes[60..64].fill(0);
        bytes[64..96].copy_from_slice(&[0; 32]);
        let link = format::link(&[7; 32], &bytes[8..64], &bytes[FRAME_HEADER_BYTES..end]);
        bytes[64..96].copy_from_slice(&link);
    }
    let checksum = u32::try_from(format::checksum(&bytes[8..end])).expect("a CRC-32");
    bytes[4..8].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// Writes frames and reads them back.
fn written(input: &[u8]) {
    let Some(([place, bit], input)) = input.split_first_chunk() else { return };
    let (mut bytes, mut frames, mut chain) = (Vec::new(), Vec::new(), [1; 32]);
    for piece in input.chunks(24).take(40) {
        let number = |at: usize| {
            let byte = u64::from(piece.get(at).copied().unwrap_or_default());
            // Small numbers, and those near the limit.
            if byte < 0xf0 { byte } else { u64::MAX - (0xff - byte) }
        };
        let frame = Frame {
            seal: number(0) % 2 == 1,
            store: [piece.get(1).copied().unwrap_or_default(); 16],
            sequence: number(2),
            synced: number(3),
            base: number(4),
            commits: u32::try_from(number(5)).unwrap_or(u32::MAX),
            form: Some([piece.len().is_multiple_of(2).into(), (piece.len() % 3 == 0).into(), 0, 0]),
            payload: piece.get(6..).unwrap_or_default().to_vec(),
        };
        let offset = bytes.len();
        let before = chain;
        chain = frame.append_to(&mut bytes, &before);
        frames.push((offset, frame, before));
    }
    for (offset, frame, before) in &frames {
        let rest = &bytes[*offset..];
        let (found, stored, behind) = Frame::parse(rest, before).expect("a frame was written here");
        assert_eq!(found, *frame);
        assert_eq!(stored, behind);
        look(rest);

        let size = FRAME_HEADER_BYTES + frame.payload.len();
        let place = usize::from(*place) % size;
        assert!(Frame::parse(&rest[..place], before).is_none(), "cut off at {place}");
        let mut changed = rest[..size].to_vec();
        changed[place] ^= 1 << (bit % 8);
        assert!(Frame::parse(&changed, before).is_none(), "bit {bit} of byte {place}");
    }
}
