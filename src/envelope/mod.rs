//! The envelope around what is written: compressed, then encrypted.
//!
//! A payload goes in as the log made it and comes out as it is stored, and the other way round. Each
//! payload is by itself: what it needs to be opened is its [`Form`], which stands in the frame's
//! header, and, where it is encrypted, the key of its segment. So a store has parts that were written
//! under any settings, and opens under any others.
//!
//! ```text
//!  payload ──compress──▶ smaller, or as it was ──encrypt──▶ ciphertext and tag ──▶ checksum, chain
//! ```
//!
//! Compression comes first, since nothing can be made smaller once it looks like chance.
//! What does not get smaller by an eighth stays as it is ([`compression`]): small commits pay nothing.
//!
//! # Keys
//!
//! ```text
//!  the user's key ──(Argon2id, if a passphrase)──▶ wraps ──▶ the store keys, in the manifest
//!  a store key ──HKDF, with the segment's salt, the store and the number──▶ the segment's key
//!  the segment's key + the frame's sequence as nonce ──AES-GCM──▶ one frame
//! ```
//!
//! The user's key encrypts nothing but the store keys, so a new one means a new manifest and nothing
//! else ([`wrapping`], [`keyring`]). A nonce must never come twice under one key. A frame's sequence does not come
//! twice in a segment, and a segment is written by one process, which never goes back: after any
//! error it writes no more, and whoever opens the store next begins another segment. Even a number
//! that is used again, because a segment was not finished, gets another key, since each segment draws
//! its salt.
//!
//! The header of a frame is authenticated together with its payload, its sequence among it; the key
//! belongs to one segment of one store. So a payload that is moved does not open where it was put.
//!
//! Nothing here knows files. Each crate that does the work is named in one module: [`compression`],
//! [`cipher`], [`derive`], [`secret`], [`random`].

pub(crate) mod cipher;
pub(crate) mod compression;
pub(crate) mod derive;
pub(crate) mod key;
pub(crate) mod keyring;
pub(crate) mod random;
pub(crate) mod secret;
pub(crate) mod stream;
pub(crate) mod wrapping;

use cipher::{Gcm, TAG_BYTES};
use compression::{Compressor, Method};
use std::fmt;

/// How a payload is stored: what stands of it in the frame's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Form {
    pub(crate) method: Method,
    pub(crate) encrypted: bool,
}

impl Form {
    /// Neither compressed nor encrypted.
    pub(crate) fn is_plain(self) -> bool {
        self == Self::default()
    }

    pub(crate) fn to_bytes(self) -> [u8; 4] {
        [self.method.code(), self.encrypted.into(), 0, 0]
    }

    /// `None` where no version of the library that knows this format writes these bytes.
    pub(crate) fn from_bytes(bytes: [u8; 4]) -> Option<Self> {
        let [method, encrypted @ (0 | 1), 0, 0] = bytes else { return None };
        Some(Self { method: Method::of_code(method)?, encrypted: encrypted == 1 })
    }

    /// The size that a payload gets by being encrypted, in bytes.
    pub(crate) fn added_bytes(self) -> usize {
        if self.encrypted { TAG_BYTES } else { 0 }
    }
}

/// What payloads are sealed with: the compression that was asked for, and the key of the segment at
/// hand, if it has one.
#[derive(Debug)]
pub(crate) struct Sealer {
    compressor: Compressor,
    cipher: Option<Gcm>,
}

impl Sealer {
    pub(crate) fn new(compression: compression::Compression) -> Self {
        Self { compressor: Compressor::new(compression), cipher: None }
    }

    /// Turns to a segment with this key.
    pub(crate) fn begin_segment(&mut self, cipher: Option<Gcm>) {
        self.cipher = cipher;
    }

    /// Compresses the payload that stands in `out` from `start` on, in its place, where that is worth
    /// it, and says in which form [`encrypt`](Self::encrypt) will leave it.
    pub(crate) fn compress(&mut self, out: &mut Vec<u8>, start: usize) -> Form {
        let method = self.compressor.compress(out, start);
        Form { method, encrypted: self.cipher.is_some() }
    }

    /// Encrypts the payload that stands in `out` from `start` on, in its place, with the segment's key.
    /// `place` is authenticated with it.
    pub(crate) fn encrypt(&self, out: &mut Vec<u8>, start: usize, sequence: u64, place: &[u8]) {
        let cipher =
            self.cipher.as_ref().expect("only forms of an encrypted segment are encrypted");
        let payload = out.get_mut(start..).unwrap_or_default();
        let tag = cipher.seal(&nonce(sequence), place, payload);
        out.extend_from_slice(&tag);
    }
}

/// Why a payload can't be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unopened {
    /// It was encrypted with another key, for another place, or altered.
    NotAuthentic,
    /// It is not what its compression makes.
    NotCompressed,
    /// It was compressed in a way that this build was not given.
    #[cfg_attr(
        all(feature = "zstd", feature = "gzip"),
        expect(dead_code, reason = "all are given")
    )]
    Needs(&'static str),
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAuthentic => f.write_str("bytes that were not encrypted for this place"),
            Self::NotCompressed => f.write_str("bytes that can't be decompressed"),
            Self::Needs(feature) => write!(f, "bytes that need the feature `{feature}`"),
        }
    }
}

/// Opens a payload of this form and appends it to `out`. Whether it is to be encrypted is what the
/// caller checks; `cipher` is the key of its segment.
pub(crate) fn open(
    form: Form,
    cipher: Option<&Gcm>,
    sequence: u64,
    place: &[u8],
    stored: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Unopened> {
    if !form.encrypted {
        return compression::decompress(form.method, stored, out);
    }
    let cipher = cipher.ok_or(Unopened::NotAuthentic)?;
    let (stored, tag) = stored.split_last_chunk::<TAG_BYTES>().ok_or(Unopened::NotAuthentic)?;
    let start = out.len();
    if form.method == Method::None {
        out.extend_from_slice(stored);
        let opened = out.get_mut(start..).unwrap_or_default();
        return cipher.open(&nonce(sequence), place, opened, tag);
    }
    let mut compressed = stored.to_vec();
    cipher.open(&nonce(sequence), place, &mut compressed, tag)?;
    compression::decompress(form.method, &compressed, out)
}

/// The nonce of a frame: its sequence, which no two frames under one key share.
fn nonce(sequence: u64) -> cipher::Nonce {
    let mut nonce = cipher::Nonce::default();
    for (place, byte) in nonce.iter_mut().zip(sequence.to_le_bytes()) {
        *place = byte;
    }
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;
    use compression::Compression;

    fn sealed(sequence: u64, place: &[u8], payload: &[u8]) -> (Form, Vec<u8>) {
        let mut sealer = Sealer::new(Compression::Snappy);
        sealer.begin_segment(Gcm::new(&[7; 16]));
        let mut out = payload.to_vec();
        let form = sealer.compress(&mut out, 0);
        sealer.encrypt(&mut out, 0, sequence, place);
        (form, out)
    }

    /// Under one nonce, equal payloads would look alike, and different ones tell their difference.
    #[test]
    fn equal_payloads_do_not_look_alike() {
        let (_, first) = sealed(1, b"", b"the same");
        let (_, second) = sealed(2, b"", b"the same");
        assert_ne!(first[..8], second[..8]);
        let (_, last) = sealed(u64::MAX, b"", b"the same");
        assert_ne!(first[..8], last[..8]);
    }

    #[test]
    fn a_payload_opens_in_its_place_alone() {
        for payload in [b"short".to_vec(), b"long and long and ".repeat(100)] {
            let (form, stored) = sealed(5, b"here", &payload);
            assert_eq!(form.method == Method::None, payload.len() < 256);
            let key = Gcm::new(&[7; 16]);
            let open = |sequence, place: &[u8], key: Option<&Gcm>| {
                let mut out = b"before ".to_vec();
                let opened = open(form, key, sequence, place, &stored, &mut out);
                opened.map(|()| out.strip_prefix(b"before ").unwrap().to_vec())
            };
            assert_eq!(open(5, b"here", key.as_ref()), Ok(payload));
            for (sequence, place, key) in [
                (6, &b"here"[..], key.as_ref()),
                (5, b"there", key.as_ref()),
                (5, b"here", Gcm::new(&[8; 16]).as_ref()),
                (5, b"here", None),
            ] {
                assert_eq!(open(sequence, place, key), Err(Unopened::NotAuthentic));
            }
        }
    }

    #[test]
    fn forms_have_the_numbers_of_the_format() {
        for (bytes, form) in [
            ([0, 0, 0, 0], Some(Form::default())),
            ([1, 1, 0, 0], Some(Form { method: Method::Snappy, encrypted: true })),
            ([3, 0, 0, 0], Some(Form { method: Method::Gzip, encrypted: false })),
            ([4, 0, 0, 0], None),
            ([0, 2, 0, 0], None),
            ([0, 0, 1, 0], None),
            ([0, 0, 0, 1], None),
        ] {
            assert_eq!(Form::from_bytes(bytes), form);
            assert!(form.is_none_or(|form| form.to_bytes() == bytes));
        }
    }
}
