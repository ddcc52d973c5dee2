//! Compression: which methods there are, when one is used, and undoing it.
//!
//! Every method's bytes begin with the size of the payload as a varint. In Snappy's block format that
//! is so anyway; the others get it from here. It is a claim, not a promise: no memory is reserved for
//! more than compressed bytes of this size can be, or the memory grows as bytes really come.

use crate::envelope::Unopened;
use snap::raw;
use std::fmt;

/// A payload below this size is not worth a try: most of it are keys and numbers that come once, and
/// a file system writes its whole blocks anyway.
const LEAST_BYTES: usize = 256;

/// The part of a payload by which it must get smaller, as a divisor. Reading a compressed payload
/// costs a copy of it, which should buy something.
const LEAST_GAIN: usize = 8;

/// By how much Snappy can make bytes smaller, and a bit: three bytes say "copy 64".
const SNAPPY_MOST: usize = 32;

/// How what is written gets smaller. Any setting reads what was written under any other.
///
/// A flush that gets less than an eighth smaller is stored as it is, and so is one below 256 bytes: there
/// is little to win on a single small commit. Levels beyond those that there are count as the nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    None,
    /// [Snappy](https://github.com/google/snappy/blob/main/format_description.txt): hardly felt, and
    /// good for records with texts and names in them.
    #[default]
    Snappy,
    /// [Zstandard](https://www.rfc-editor.org/rfc/rfc8878) at a level from 1, the fastest, to 22.
    /// Smaller than Snappy, and slower. With the feature `zstd`.
    #[cfg(feature = "zstd")]
    Zstd(i32),
    /// [gzip](https://www.rfc-editor.org/rfc/rfc1952) at a level from 0 to 9. Slower than Zstandard for
    /// the same size. With the feature `gzip`.
    #[cfg(feature = "gzip")]
    Gzip(u32),
}

/// How a payload was compressed: what stands of it in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Method {
    #[default]
    None,
    Snappy,
    Zstd,
    Gzip,
}

impl Method {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Snappy => 1,
            Self::Zstd => 2,
            Self::Gzip => 3,
        }
    }

    pub(crate) fn of_code(code: u8) -> Option<Self> {
        [Self::None, Self::Snappy, Self::Zstd, Self::Gzip]
            .into_iter()
            .find(|method| method.code() == code)
    }
}

/// Compresses payloads, one after the other, with memory that it keeps.
pub(crate) struct Compressor {
    compression: Compression,
    snappy: raw::Encoder,
    compressed: Vec<u8>,
}

impl Compressor {
    /// The most memory that is kept between two payloads.
    const KEPT_BYTES: usize = 1 << 20;

    pub(crate) fn new(compression: Compression) -> Self {
        Self { compression, snappy: raw::Encoder::new(), compressed: Vec::new() }
    }

    /// Compresses what stands in `out` from `start` on, in its place, if that is worth it.
    pub(crate) fn compress(&mut self, out: &mut Vec<u8>, start: usize) -> Method {
        let payload = out.get(start..).unwrap_or_default();
        if payload.len() < LEAST_BYTES {
            return Method::None;
        }
        let most = payload.len() - payload.len() / LEAST_GAIN;
        // What a method does not want, or has no memory for, is stored as it is.
        let method = self.try_compress(payload).filter(|_| self.compressed.len() <= most);
        if method.is_some() {
            out.truncate(start);
            out.extend_from_slice(&self.compressed);
        }
        self.compressed.clear();
        self.compressed.shrink_to(Self::KEPT_BYTES);
        method.unwrap_or_default()
    }

    /// Leaves the compressed payload in `self.compressed`.
    fn try_compress(&mut self, payload: &[u8]) -> Option<Method> {
        let out = &mut self.compressed;
        out.clear();
        match self.compression {
            Compression::None => None,
            Compression::Snappy => {
                out.resize(raw::max_compress_len(payload.len()), 0);
                let size = self.snappy.compress(payload, out).ok()?;
                out.truncate(size);
                Some(Method::Snappy)
            }
            #[cfg(feature = "zstd")]
            Compression::Zstd(level) => zstd::compress(payload, level, out).map(|()| Method::Zstd),
            #[cfg(feature = "gzip")]
            Compression::Gzip(level) => gzip::compress(payload, level, out).map(|()| Method::Gzip),
        }
    }
}

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Compressor").field(&self.compression).finish()
    }
}

/// Appends to `out` what was compressed.
pub(crate) fn decompress(method: Method, stored: &[u8], out: &mut Vec<u8>) -> Result<(), Unopened> {
    match method {
        Method::None => {
            out.extend_from_slice(stored);
            Ok(())
        }
        Method::Snappy => undo_snappy(stored, out).ok_or(Unopened::NotCompressed),
        #[cfg(feature = "zstd")]
        Method::Zstd => zstd::decompress(stored, out).ok_or(Unopened::NotCompressed),
        #[cfg(not(feature = "zstd"))]
        Method::Zstd => Err(Unopened::Needs("zstd")),
        #[cfg(feature = "gzip")]
        Method::Gzip => gzip::decompress(stored, out).ok_or(Unopened::NotCompressed),
        #[cfg(not(feature = "gzip"))]
        Method::Gzip => Err(Unopened::Needs("gzip")),
    }
}

fn undo_snappy(stored: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let size = raw::decompress_len(stored).ok()?;
    if size > stored.len().saturating_mul(SNAPPY_MOST) {
        return None;
    }
    let start = out.len();
    out.resize(start + size, 0);
    let written = raw::Decoder::new().decompress(stored, out.get_mut(start..)?).ok()?;
    (written == size).then_some(())
}

/// What the methods share that read a stream: exactly as many bytes as were claimed must come.
#[cfg(any(feature = "zstd", feature = "gzip"))]
mod stream {
    use crate::codec::Reader;
    use std::io::Read;

    /// The size that is claimed, as far as any payload has it, and the stream behind it.
    pub(super) fn claim(stored: &[u8]) -> Option<(u64, &[u8])> {
        let mut reader = Reader::new(stored);
        let size = reader.number().ok().filter(|size| u32::try_from(*size).is_ok())?;
        let behind = stored.len() - reader.remaining();
        Some((size, stored.get(behind..)?))
    }

    pub(super) fn read_exactly(size: u64, stream: impl Read, out: &mut Vec<u8>) -> Option<()> {
        let read = stream.take(size + 1).read_to_end(out).ok()?;
        (read as u64 == size).then_some(())
    }
}

#[cfg(feature = "zstd")]
mod zstd {
    use super::stream::{claim, read_exactly};
    use crate::codec;
    use std::io::{Cursor, Seek, SeekFrom};

    pub(super) fn compress(payload: &[u8], level: i32, out: &mut Vec<u8>) -> Option<()> {
        let levels = zstd::compression_level_range();
        codec::append_length(out, payload.len());
        let mut end = Cursor::new(out);
        end.seek(SeekFrom::End(0)).ok()?;
        let level = level.clamp(*levels.start(), *levels.end());
        zstd::stream::copy_encode(payload, end, level).ok()
    }

    pub(super) fn decompress(stored: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let (size, stream) = claim(stored)?;
        read_exactly(size, zstd::stream::read::Decoder::with_buffer(stream).ok()?, out)
    }
}

#[cfg(feature = "gzip")]
mod gzip {
    use super::stream::{claim, read_exactly};
    use crate::codec;
    use flate2::bufread::GzDecoder;
    use flate2::write::GzEncoder;
    use std::io::Write;

    pub(super) fn compress(payload: &[u8], level: u32, out: &mut Vec<u8>) -> Option<()> {
        codec::append_length(out, payload.len());
        let mut encoder = GzEncoder::new(out, flate2::Compression::new(level.min(9)));
        encoder.write_all(payload).ok()?;
        encoder.finish().ok().map(|_| ())
    }

    pub(super) fn decompress(stored: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let (size, mut stream) = claim(stored)?;
        read_exactly(size, GzDecoder::new(&mut stream), out)?;
        stream.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Vec<Compression> {
        vec![
            Compression::None,
            Compression::Snappy,
            #[cfg(feature = "zstd")]
            Compression::Zstd(3),
            #[cfg(feature = "zstd")]
            Compression::Zstd(i32::MAX),
            #[cfg(feature = "gzip")]
            Compression::Gzip(1),
            #[cfg(feature = "gzip")]
            Compression::Gzip(u32::MAX),
        ]
    }

    /// Behind other bytes, as in a frame.
    fn compressed(compression: Compression, payload: &[u8]) -> (Method, Vec<u8>) {
        let mut out = [b"before", payload].concat();
        let method = Compressor::new(compression).compress(&mut out, 6);
        let stored = out.split_off(6);
        assert_eq!(out, b"before");
        (method, stored)
    }

    fn noise(size: usize) -> Vec<u8> {
        let mut state = 1_u64;
        let bytes = (0..size).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_le_bytes()[6]
        });
        bytes.collect()
    }

    #[test]
    fn what_is_compressed_comes_back() {
        for compression in settings() {
            for size in [0, 1, LEAST_BYTES - 1, LEAST_BYTES, 5_000, 300_000] {
                let text: Vec<u8> =
                    b"name: Ada, city: London; ".iter().copied().cycle().take(size).collect();
                for payload in [text, noise(size)] {
                    let (method, stored) = compressed(compression, &payload);
                    assert!(stored.len() <= payload.len());
                    let mut out = b"there".to_vec();
                    decompress(method, &stored, &mut out).unwrap();
                    assert_eq!(out.strip_prefix(b"there"), Some(&payload[..]), "{compression:?}");
                }
            }
        }
    }

    #[test]
    fn what_does_not_get_smaller_stays_as_it_is() {
        for compression in settings() {
            let payload = noise(4_000);
            assert_eq!(compressed(compression, &payload), (Method::None, payload));
            let small = [7; LEAST_BYTES - 1];
            assert_eq!(compressed(compression, &small).0, Method::None);
            let method = compressed(compression, &[7; LEAST_BYTES]).0;
            assert_eq!(method == Method::None, compression == Compression::None);
        }
    }

    /// Whatever the bytes are, they give an error or what they say, and no more memory than that.
    #[test]
    fn damaged_bytes_are_no_claim_on_memory() {
        for compression in settings() {
            let payload = vec![7; 20_000];
            let (method, stored) = compressed(compression, &payload);
            if method == Method::None {
                continue;
            }
            for bit in 0..stored.len().min(64) * 8 {
                let mut stored = stored.clone();
                stored[bit / 8] ^= 1 << (bit % 8);
                let mut out = Vec::new();
                let undone = decompress(method, &stored, &mut out);
                assert!(undone.is_err() || out.len() <= 20_000, "{method:?}, bit {bit}");
                assert!(out.capacity() < 1 << 21, "{method:?}, bit {bit}: {}", out.capacity());
            }
            for length in 0..stored.len() {
                let undone = decompress(method, &stored[..length], &mut Vec::new());
                assert_eq!(undone, Err(Unopened::NotCompressed), "{method:?}, {length} bytes");
            }
            let longer = [&stored[..], b"x"].concat();
            assert!(decompress(method, &longer, &mut Vec::new()).is_err(), "{method:?}");
            let huge = [&[0xff, 0xff, 0xff, 0xff, 0x0f][..], &stored].concat();
            let mut out = Vec::new();
            assert!(decompress(method, &huge, &mut out).is_err(), "{method:?}");
            assert!(out.capacity() < 1 << 21, "{method:?}: {}", out.capacity());
        }
    }

    #[test]
    fn methods_have_the_numbers_of_the_format() {
        let methods = [Method::None, Method::Snappy, Method::Zstd, Method::Gzip];
        assert_eq!(methods.map(Method::code), [0, 1, 2, 3]);
        assert_eq!((0..4).filter_map(Method::of_code).collect::<Vec<_>>(), methods);
        assert_eq!(Method::of_code(4), None);
    }
}
