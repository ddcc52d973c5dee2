//! Frames: what one flush writes.
//!
//! A frame is a header of fixed size and a payload. It carries two proofs. The *checksum* covers the
//! frame alone and says whether these bytes are a frame as it was written. The *chain* is the hash
//! of the frame and of everything before it, and says whether it stands where it was written. A
//! frame also says up to which frame the log was durable when it was written ([`Header::synced`]):
//! that is what lets recovery tell a tail that a crash tore, which may have holes, from damage to
//! something that was safe.
//!
//! All of this is of the bytes as they are stored; that they may be compressed and encrypted
//! ([`Form`]) is a matter of the envelope.

use crate::envelope::Form;
use sha2::{Digest, Sha256};

/// A hash of everything up to some point of the log.
pub(crate) type Chain = [u8; 32];

/// The identity of a store, drawn at random when it is created.
pub(crate) type StoreId = [u8; 16];

/// The size of a frame's header.
pub(crate) const HEADER_BYTES: usize = 96;

pub(crate) const MAGIC: [u8; 4] = *b"fRm1";

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Commits, one after the other, each with its length before it.
    Commits,
    /// Nothing: the file ends here, on purpose.
    Seal,
    /// A part of a checkpoint: one commit that puts what was there.
    Block,
}

/// What a frame says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) payload_bytes: u32,
    pub(crate) store: StoreId,
    /// The frame's number in the store, from 1, without gaps.
    pub(crate) sequence: u64,
    /// The last frame that was known to be durable when this one was written.
    pub(crate) synced: u64,
    /// The version before the first commit in it.
    pub(crate) base: u64,
    /// The number of commits in it.
    pub(crate) commits: u32,
    /// How the payload is stored; `None` where this version of the library knows no such way.
    pub(crate) form: Option<Form>,
}

/// A frame found in a segment.
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) header: Header,
    /// The header's bytes that the chain covers, as they are stored. Where the payload is encrypted,
    /// they are authenticated with it.
    fields: &'a [u8; FIELD_BYTES],
    pub(crate) chain: Chain,
    pub(crate) payload: &'a [u8],
}

impl Frame<'_> {
    /// Its whole size.
    pub(crate) fn size(&self) -> usize {
        HEADER_BYTES + self.payload.len()
    }

    /// Whether the frame says what no frame of this version says, though its checksum is right.
    pub(crate) fn is_absurd(&self) -> bool {
        let Header { kind, payload_bytes, sequence, synced, commits, form, .. } = self.header;
        let is_full_seal =
            kind == Kind::Seal && (payload_bytes, commits, form) != (0, 0, Some(Form::default()));
        is_full_seal || synced >= sequence || form.is_none()
    }

    /// What is authenticated with a payload that is encrypted: where it stands.
    pub(crate) fn place(&self) -> &[u8] {
        self.fields
    }
}

/// Leaves space for a frame's header at the end of `out`, behind which its payload is to be appended.
/// Returns where the frame begins.
pub(crate) fn reserve_header(out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.resize(start + HEADER_BYTES, 0);
    start
}

/// Fills in the header at the start of `frame`, chained to `previous`; the rest of `frame` is its
/// payload. Returns the chain value.
pub(crate) fn fill_header(frame: &mut [u8], header: &Header, previous: &Chain) -> Chain {
    let (place, payload) =
        frame.split_first_chunk_mut::<HEADER_BYTES>().expect("the header's space was reserved");
    let fields = header.fields();
    let chain = link(previous, &fields, payload);
    let checksum = checksum(&fields, &chain, payload).to_le_bytes();
    let parts: [&[u8]; 4] = [&MAGIC, &checksum, &fields, &chain];
    for (place, byte) in place.iter_mut().zip(parts.into_iter().flatten()) {
        *place = *byte;
    }
    chain
}

/// Whether what stands at the start of `bytes` says, if it is a frame, that it is of this store.
pub(crate) fn names(bytes: &[u8], store: &StoreId) -> bool {
    bytes.get(STORE_OFFSET..).is_some_and(|bytes| bytes.starts_with(store))
}

/// The whole size of the frame that begins with the header `bytes`, if that is one.
pub(crate) fn size(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes.get(..HEADER_BYTES)?.strip_prefix(&MAGIC)?.get(8..)?;
    HEADER_BYTES.checked_add(usize::try_from(take_u32(&mut rest)?).ok()?)
}

/// The frame at the start of `bytes`, if an intact one is there.
pub(crate) fn parse(bytes: &[u8]) -> Option<Frame<'_>> {
    let (header, rest) = bytes.split_first_chunk::<HEADER_BYTES>()?;
    let (magic, header) = header.split_first_chunk::<4>()?;
    let (stored, header) = header.split_first_chunk::<4>()?;
    let (fields, chain) = header.split_first_chunk::<FIELD_BYTES>()?;
    let chain: Chain = chain.try_into().ok()?;
    if *magic != MAGIC {
        return None;
    }
    let header = Header::from_fields(fields)?;
    let payload = rest.get(..usize::try_from(header.payload_bytes).ok()?)?;
    (checksum(fields, &chain, payload) == u32::from_le_bytes(*stored)).then_some(Frame {
        header,
        fields,
        chain,
        payload,
    })
}

/// The chain value that a frame has behind `previous`.
pub(crate) fn expected_chain(frame: &Frame<'_>, previous: &Chain) -> Chain {
    link(previous, frame.fields, frame.payload)
}

const FIELD_BYTES: usize = 56;

/// Where the store stands in a frame: behind magic, checksum, kind and size.
const STORE_OFFSET: usize = 16;

impl Header {
    /// The header's bytes between the checksum and the chain.
    pub(crate) fn fields(&self) -> [u8; FIELD_BYTES] {
        let mut out = [0; FIELD_BYTES];
        let kind: u32 = match self.kind {
            Kind::Commits => 1,
            Kind::Seal => 2,
            Kind::Block => 3,
        };
        let parts: [&[u8]; 8] = [
            &kind.to_le_bytes(),
            &self.payload_bytes.to_le_bytes(),
            &self.store,
            &self.sequence.to_le_bytes(),
            &self.synced.to_le_bytes(),
            &self.base.to_le_bytes(),
            &self.commits.to_le_bytes(),
            &self.form.unwrap_or_default().to_bytes(),
        ];
        for (place, byte) in out.iter_mut().zip(parts.into_iter().flatten()) {
            *place = *byte;
        }
        out
    }

    fn from_fields(fields: &[u8; FIELD_BYTES]) -> Option<Self> {
        let mut rest = fields.as_slice();
        let kind = match take_u32(&mut rest)? {
            1 => Kind::Commits,
            2 => Kind::Seal,
            3 => Kind::Block,
            _ => return None,
        };
        let payload_bytes = take_u32(&mut rest)?;
        let store = take(&mut rest)?;
        let sequence = take_u64(&mut rest)?;
        let synced = take_u64(&mut rest)?;
        let base = take_u64(&mut rest)?;
        let commits = take_u32(&mut rest)?;
        let form = Form::from_bytes(take(&mut rest)?);
        Some(Self { kind, payload_bytes, store, sequence, synced, base, commits, form })
    }
}

/// Takes the next `N` bytes off the front.
pub(crate) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}

/// Takes a little-endian number off the front.
pub(crate) fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes).map(u32::from_le_bytes)
}

/// Takes a little-endian number off the front.
pub(crate) fn take_u64(bytes: &mut &[u8]) -> Option<u64> {
    take(bytes).map(u64::from_le_bytes)
}

fn link(previous: &Chain, fields: &[u8], payload: &[u8]) -> Chain {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(fields);
    hash.update(payload);
    hash.finalize().into()
}

fn checksum(fields: &[u8], chain: &Chain, payload: &[u8]) -> u32 {
    let mut hash = crc32fast::Hasher::new();
    hash.update(fields);
    hash.update(chain);
    hash.update(payload);
    hash.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (Vec<u8>, Chain) {
        let header = Header {
            kind: Kind::Commits,
            payload_bytes: 5,
            store: [7; 16],
            sequence: 3,
            synced: 2,
            base: 9,
            commits: 1,
            form: Some(Form::default()),
        };
        let mut out = Vec::new();
        let start = reserve_header(&mut out);
        out.extend_from_slice(b"hello");
        let chain = fill_header(&mut out[start..], &header, &[1; 32]);
        (out, chain)
    }

    #[test]
    fn a_frame_reads_back() {
        let (bytes, chain) = sample();
        let frame = parse(&bytes).unwrap();
        assert_eq!((frame.header.sequence, frame.header.base), (3, 9));
        assert_eq!(frame.payload, b"hello");
        assert_eq!(frame.chain, chain);
        assert_eq!(expected_chain(&frame, &[1; 32]), chain);
        assert_ne!(expected_chain(&frame, &[2; 32]), chain);
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_seen() {
        let (bytes, _) = sample();
        for length in 0..bytes.len() {
            assert!(parse(&bytes[..length]).is_none(), "cut to {length}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(parse(&bytes).is_none(), "bit {bit}");
        }
    }
}
