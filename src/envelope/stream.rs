//! A stream of bytes, encrypted in chunks: what an encrypted export is. Its bytes are in `docs/format.md`.
//!
//! The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizár, *Online Authenticated-Encryption and its
//! Nonce-Reuse Misuse-Resistance*, CRYPTO 2015): each chunk is sealed with its number and with whether it is the
//! last one in its nonce. So chunks that are altered, left out, doubled or in another order do not open, neither does
//! a stream that was cut between two chunks, nor one with something behind its end.
//!
//! The key is drawn for each stream and wrapped by the user's, as a store wraps its own ([`wrapping`](super::wrapping)):
//! so a nonce never comes twice under one key, and a wrong key is told before anything is opened. The head of the
//! stream is authenticated with each chunk.

use crate::envelope::cipher::{Gcm, Nonce, TAG_BYTES, Tag};
use crate::envelope::derive;
use crate::envelope::key::EncryptionKey;
use crate::envelope::random;
use crate::envelope::secret::Secret;
use crate::envelope::wrapping::{Period, STORE_KEY_BYTES, Wrapped, Wrapping};
use crate::error::{Error, Result};
use std::fmt;
use std::io::{self, Read, Write};

/// What such a stream begins with.
pub(crate) const MAGIC: [u8; 8] = *b"FOLIOEX1";

/// How many bytes are sealed at once.
const CHUNK_BYTES: usize = 64 << 10;

/// The size that the wrapped key can have at most.
const MOST_WRAPPED_BYTES: usize = 1 << 10;

type Identity = [u8; 16];

/// The key of a stream, and its head.
struct Chunks {
    gcm: Gcm,
    head: Vec<u8>,
    next: u64,
}

impl Chunks {
    fn new(
        secret: &Secret,
        identity: &Identity,
        wrapping: &Wrapping,
        head: Vec<u8>,
    ) -> Result<Self> {
        let size = wrapping.size().bytes().into();
        let key = derive::key(secret, identity, &[b"folio export"], size);
        Ok(Self { gcm: Gcm::new(&key).ok_or(Error::WrongKey)?, head, next: 0 })
    }

    /// The nonce of the next chunk.
    fn nonce(&mut self, is_last: bool) -> Nonce {
        let mut nonce = Nonce::default();
        nonce[0] = is_last.into();
        nonce[4..].copy_from_slice(&self.next.to_be_bytes());
        self.next += 1;
        nonce
    }
}

/// Writes a stream.
pub(crate) struct Sealer<W> {
    out: W,
    chunks: Chunks,
    /// What is not sealed yet: it may be the last chunk.
    plain: Vec<u8>,
}

impl<W: Write> Sealer<W> {
    /// Draws a key and writes the head.
    pub(crate) fn new(mut out: W, key: &EncryptionKey) -> Result<Self> {
        let wrapping = Wrapping::new(key)?;
        let identity: Identity = random::draw()?;
        let secret = Secret::filled(STORE_KEY_BYTES, random::fill)?;
        let periods = vec![Period { first_segment: 0, epoch: 1 }];
        let wrapped =
            Wrapped::new(identity, std::slice::from_ref(&secret), periods, &wrapping)?.to_bytes();
        let length = u32::try_from(wrapped.len()).unwrap_or(u32::MAX);
        let head = [&MAGIC[..], &identity, &length.to_le_bytes(), &wrapped].concat();
        out.write_all(&head).map_err(not_taken)?;
        let chunks = Chunks::new(&secret, &identity, &wrapping, head)?;
        Ok(Self { out, chunks, plain: Vec::with_capacity(CHUNK_BYTES) })
    }

    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            if self.plain.len() == CHUNK_BYTES {
                self.seal(false)?;
            }
            let room = bytes.len().min(CHUNK_BYTES - self.plain.len());
            let (taken, rest) = bytes.split_at(room);
            self.plain.extend_from_slice(taken);
            bytes = rest;
        }
        Ok(())
    }

    /// Seals the last chunk.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.seal(true)?;
        self.out.flush().map_err(not_taken)
    }

    fn seal(&mut self, is_last: bool) -> Result<()> {
        let nonce = self.chunks.nonce(is_last);
        let tag = self.chunks.gcm.seal(&nonce, &self.chunks.head, &mut self.plain);
        self.plain.extend_from_slice(&tag);
        let written = self.out.write_all(&self.plain).map_err(not_taken);
        self.plain.clear();
        written
    }
}

/// Reads a stream.
pub(crate) struct Opener<R> {
    from: R,
    chunks: Chunks,
    /// Where in the stream the next chunk begins.
    offset: u64,
    /// The byte behind the chunk that was read last, which shows that another follows.
    ahead: Option<u8>,
    is_over: bool,
}

impl<R: Read> Opener<R> {
    /// Reads the head, behind the [`MAGIC`].
    ///
    /// # Errors
    ///
    /// `WrongKey` where the stream has another key, or its head was altered; `CorruptExport`, `Io`.
    pub(crate) fn new(mut from: R, key: &EncryptionKey) -> Result<Self> {
        let mut start = [0; 20];
        let offset = MAGIC.len() as u64;
        exact(&mut from, &mut start, offset)?;
        let (identity, length) = start.split_at(16);
        let identity: Identity = identity.try_into().unwrap_or_default();
        let length = u32::from_le_bytes(length.try_into().unwrap_or_default()) as usize;
        if length > MOST_WRAPPED_BYTES {
            let found = format!("{length} bytes");
            return Err(corrupt(offset + 16, "the size of a wrapped key", &found));
        }
        let mut bytes = vec![0; length];
        exact(&mut from, &mut bytes, offset + 20)?;
        let wrapped = Wrapped::parse(&bytes)
            .ok_or_else(|| corrupt(offset + 20, "a wrapped key", "other bytes"))?;
        let wrapping = Wrapping::of(key, &wrapped)?;
        let secrets = wrapped.unwrap(identity, &wrapping)?;
        let secret = secrets.first().ok_or(Error::WrongKey)?;
        let head = [&MAGIC[..], &start, &bytes].concat();
        let offset = head.len() as u64;
        let chunks = Chunks::new(secret, &identity, &wrapping, head)?;
        Ok(Self { from, chunks, offset, ahead: None, is_over: false })
    }

    /// Puts the next chunk into `out`, which is cleared; `false` where there is none.
    pub(crate) fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        out.clear();
        if self.is_over {
            return Ok(false);
        }
        let size = CHUNK_BYTES + TAG_BYTES;
        out.extend(self.ahead.take());
        let room = size + 1 - out.len();
        (&mut self.from).take(room as u64).read_to_end(out).map_err(not_given)?;
        self.is_over = out.len() <= size;
        if !self.is_over {
            self.ahead = out.pop();
        }
        let nonce = self.chunks.nonce(self.is_over);
        let tag = out.split_off(out.len().saturating_sub(TAG_BYTES));
        let opened = Tag::try_from(tag.as_slice())
            .is_ok_and(|tag| self.chunks.gcm.open(&nonce, &self.chunks.head, out, &tag).is_ok());
        if !opened {
            out.clear();
            let found = if self.is_over { "the end, or other bytes" } else { "other bytes" };
            return Err(corrupt(self.offset, "a part of this export", found));
        }
        self.offset += size as u64;
        Ok(true)
    }
}

fn exact(from: &mut impl Read, into: &mut [u8], offset: u64) -> Result<()> {
    from.read_exact(into).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => corrupt(offset, "the head of an export", "the end"),
        _ => not_given(error),
    })
}

fn corrupt(offset: u64, expected: &str, found: &str) -> Error {
    Error::CorruptExport { offset, expected: expected.to_owned(), found: found.to_owned() }
}

/// The failure of whoever takes an export.
pub(crate) fn not_taken(error: io::Error) -> Error {
    Error::io("the export", "write", error)
}

/// The failure of whoever gives an export.
pub(crate) fn not_given(error: io::Error) -> Error {
    Error::io("the export", "read", error)
}

impl<W> fmt::Debug for Sealer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("chunks", &self.chunks.next).finish_non_exhaustive()
    }
}

impl<R> fmt::Debug for Opener<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").field("offset", &self.offset).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> EncryptionKey {
        EncryptionKey::from_bytes([7; 32])
    }

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut sealer = Sealer::new(&mut out, &key()).unwrap();
        plain.chunks(1_000).for_each(|part| sealer.write(part).unwrap());
        sealer.finish().unwrap();
        out
    }

    fn opened(sealed: &[u8]) -> Result<Vec<u8>> {
        let (mut all, mut chunk) = (Vec::new(), Vec::new());
        let mut opener = Opener::new(sealed.get(8..).unwrap_or_default(), &key())?;
        while opener.next(&mut chunk)? {
            all.extend_from_slice(&chunk);
        }
        Ok(all)
    }

    #[test]
    fn streams_of_all_sizes_come_back() {
        for size in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES] {
            let plain: Vec<u8> = (0..=u8::MAX).cycle().take(size).collect();
            assert_eq!(opened(&sealed(&plain)).unwrap(), plain, "{size} bytes");
        }
    }

    #[test]
    fn chunks_in_another_order_and_other_ends_are_found() {
        let whole = sealed(&vec![9; 3 * CHUNK_BYTES]);
        let size = CHUNK_BYTES + TAG_BYTES;
        let head = whole.len() - 3 * size;
        let part = |number: usize| &whole[head + number * size..head + (number + 1) * size];
        let with = |parts: &[&[u8]]| [&whole[..head], &parts.concat()].concat();
        assert!(opened(&with(&[part(0), part(1), part(2)])).is_ok());
        for parts in [
            vec![part(1), part(0), part(2)],
            vec![part(0), part(2)],
            vec![part(0), part(1)],
            vec![part(0), part(0), part(1), part(2)],
            vec![part(0), part(1), part(2), part(2)],
            vec![part(0), part(1), part(2), b"x"],
            vec![],
        ] {
            let found = opened(&with(&parts));
            assert!(matches!(found, Err(Error::CorruptExport { .. })), "{found:?}");
        }
    }
}
