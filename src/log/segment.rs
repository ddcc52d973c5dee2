//! Segments: the files that frames are in, and how each begins.

use crate::envelope::keyring::Mark;
use crate::log::frame::{Chain, StoreId, take, take_u32, take_u64};
use sha2::{Digest, Sha256};

/// The format that this version of the library writes.
pub(crate) const FORMAT_VERSION: u32 = 1;

/// The size of a segment's header: the first frame begins there.
pub(crate) const HEADER_BYTES: usize = 128;

const SUFFIX: &str = ".log";

/// The files that begin with such a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    Segment,
    Checkpoint,
}

impl FileKind {
    fn magic(self) -> [u8; 8] {
        match self {
            Self::Segment => *b"FOLIOseg",
            Self::Checkpoint => *b"FOLIOckp",
        }
    }
}

/// What a segment says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) store: StoreId,
    /// The segment's number, from 1, without gaps.
    pub(crate) number: u64,
    /// The number of its first frame.
    pub(crate) first_sequence: u64,
    /// The version before its first commit.
    pub(crate) base: u64,
    /// The chain value before its first frame.
    pub(crate) chain: Chain,
    /// The key of its frames.
    pub(crate) mark: Mark,
}

/// Why bytes are not the header of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadHeader {
    /// Too short, damaged, or something else altogether.
    Damaged,
    /// Intact, of a format that this version does not know.
    Version(u32),
}

impl Header {
    /// The header of the first segment of a store.
    pub(crate) fn first(store: StoreId) -> Self {
        Self {
            store,
            number: 1,
            first_sequence: 1,
            base: 0,
            chain: genesis(&store),
            mark: Mark::default(),
        }
    }

    pub(crate) fn to_bytes(&self, kind: FileKind) -> Vec<u8> {
        let magic = kind.magic();
        let mut fields = Vec::with_capacity(HEADER_BYTES);
        fields.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        fields.extend_from_slice(&self.store);
        fields.extend_from_slice(&self.number.to_le_bytes());
        fields.extend_from_slice(&self.first_sequence.to_le_bytes());
        fields.extend_from_slice(&self.base.to_le_bytes());
        fields.extend_from_slice(&self.chain);
        fields.extend_from_slice(&self.mark.epoch.to_le_bytes());
        fields.extend_from_slice(&self.mark.key_bytes.to_le_bytes());
        fields.extend_from_slice(&self.mark.salt);
        // The rest is zero, for later versions.
        fields.resize(HEADER_BYTES - magic.len() - 4, 0);
        let mut out = magic.to_vec();
        out.extend_from_slice(&crc32fast::hash(&fields).to_le_bytes());
        out.extend_from_slice(&fields);
        out
    }

    pub(crate) fn parse(bytes: &[u8], kind: FileKind) -> Result<Self, BadHeader> {
        let mut rest = bytes.get(..HEADER_BYTES).ok_or(BadHeader::Damaged)?;
        let magic: [u8; 8] = take(&mut rest).ok_or(BadHeader::Damaged)?;
        let checksum = take_u32(&mut rest).ok_or(BadHeader::Damaged)?;
        if magic != kind.magic() || crc32fast::hash(rest) != checksum {
            return Err(BadHeader::Damaged);
        }
        let version = take_u32(&mut rest).ok_or(BadHeader::Damaged)?;
        if version != FORMAT_VERSION {
            return Err(BadHeader::Version(version));
        }
        Self::from_fields(rest).ok_or(BadHeader::Damaged)
    }

    fn from_fields(mut rest: &[u8]) -> Option<Self> {
        Some(Self {
            store: take(&mut rest)?,
            number: take_u64(&mut rest)?,
            first_sequence: take_u64(&mut rest)?,
            base: take_u64(&mut rest)?,
            chain: take(&mut rest)?,
            mark: Mark {
                epoch: take_u32(&mut rest)?,
                key_bytes: take_u32(&mut rest)?,
                salt: take(&mut rest)?,
            },
        })
    }
}

/// The chain value before the first frame of a store.
fn genesis(store: &StoreId) -> Chain {
    let mut hash = Sha256::new();
    hash.update(b"folio log of store ");
    hash.update(store);
    hash.finalize().into()
}

/// The file of a segment.
pub(crate) fn file_name(number: u64) -> String {
    format!("{number:016}{SUFFIX}")
}

/// The number of the segment in a file, if its name is that of one.
pub(crate) fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SUFFIX)?;
    let number = digits.parse().ok()?;
    (file_name(number) == name).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back_and_every_flipped_bit_is_seen() {
        let mark = Mark { epoch: 1, key_bytes: 24, salt: [9; 16] };
        let header = Header { mark, ..Header::first([3; 16]) };
        let bytes = header.to_bytes(FileKind::Segment);
        assert_eq!(bytes.len(), HEADER_BYTES);
        assert_eq!(Header::parse(&bytes, FileKind::Segment), Ok(header));
        assert_eq!(Header::parse(&bytes, FileKind::Checkpoint), Err(BadHeader::Damaged));
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::parse(&bytes, FileKind::Segment).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn only_the_names_we_give_are_segments() {
        assert_eq!(number_of(&file_name(42)), Some(42));
        for name in ["42.log", "0000000000000042.tmp", "MANIFEST", "+000000000000042.log"] {
            assert_eq!(number_of(name), None, "{name}");
        }
    }
}
