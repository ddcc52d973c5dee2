//! AES-GCM (NIST SP 800-38D), with keys of three sizes, nonces of 96 bits and tags of 128.
//!
//! The crate uses the processor's instructions for AES where there are some, and else an
//! implementation whose time does not depend on the key. The keys that it expands are overwritten
//! when they are dropped.

use crate::envelope::Unopened;
use aes_gcm::aead::consts::U12;
use aes_gcm::aes::Aes192;
use aes_gcm::{AeadInOut, Aes128Gcm, Aes256Gcm, AesGcm, KeyInit};
use std::fmt;

/// The size of what is added to the bytes that are encrypted.
pub(crate) const TAG_BYTES: usize = 16;

pub(crate) type Nonce = [u8; 12];

pub(crate) type Tag = [u8; TAG_BYTES];

/// The size of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeySize {
    Aes128,
    Aes192,
    Aes256,
}

impl KeySize {
    pub(crate) fn bytes(self) -> u8 {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }

    /// The size of so many bytes; `None` where no key has it.
    pub(crate) fn of_bytes(bytes: usize) -> Option<Self> {
        [Self::Aes128, Self::Aes192, Self::Aes256]
            .into_iter()
            .find(|size| usize::from(size.bytes()) == bytes)
    }
}

/// A key, ready to be used.
pub(crate) enum Gcm {
    Aes128(Box<Aes128Gcm>),
    Aes192(Box<AesGcm<Aes192, U12>>),
    Aes256(Box<Aes256Gcm>),
}

impl Gcm {
    /// `None` where no key has this size.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        Some(match KeySize::of_bytes(key.len())? {
            KeySize::Aes128 => Self::Aes128(Box::new(Aes128Gcm::new_from_slice(key).ok()?)),
            KeySize::Aes192 => Self::Aes192(Box::new(AesGcm::new_from_slice(key).ok()?)),
            KeySize::Aes256 => Self::Aes256(Box::new(Aes256Gcm::new_from_slice(key).ok()?)),
        })
    }

    /// Encrypts bytes in their place; `place` is authenticated with them. No two calls may have the
    /// same nonce.
    pub(crate) fn seal(&self, nonce: &Nonce, place: &[u8], bytes: &mut [u8]) -> Tag {
        let (nonce, bytes) = (nonce.into(), bytes.into());
        let tag = match self {
            Self::Aes128(gcm) => gcm.encrypt_inout_detached(nonce, place, bytes),
            Self::Aes192(gcm) => gcm.encrypt_inout_detached(nonce, place, bytes),
            Self::Aes256(gcm) => gcm.encrypt_inout_detached(nonce, place, bytes),
        };
        tag.expect("a frame is far below the 64 GiB that AES-GCM takes").into()
    }

    /// Decrypts bytes in their place. Where they are not what was sealed for this place, they stay as
    /// they are.
    pub(crate) fn open(
        &self,
        nonce: &Nonce,
        place: &[u8],
        bytes: &mut [u8],
        tag: &Tag,
    ) -> Result<(), Unopened> {
        let (nonce, bytes, tag) = (nonce.into(), bytes.into(), tag.into());
        let opened = match self {
            Self::Aes128(gcm) => gcm.decrypt_inout_detached(nonce, place, bytes, tag),
            Self::Aes192(gcm) => gcm.decrypt_inout_detached(nonce, place, bytes, tag),
            Self::Aes256(gcm) => gcm.decrypt_inout_detached(nonce, place, bytes, tag),
        };
        opened.map_err(|_| Unopened::NotAuthentic)
    }
}

impl fmt::Debug for Gcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gcm(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect()
    }

    /// Test cases 4, 10 and 16 of the authors of GCM (D. `McGrew` and J. Viega, *The Galois/Counter Mode
    /// of Operation*), one for each size: the same text, place and nonce, and the key grows.
    #[test]
    fn it_is_the_published_cipher() {
        let key = unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        let text = unhex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
             1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let place = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let nonce: Nonce = unhex("cafebabefacedbaddecaf888").try_into().unwrap();
        for (size, tag) in [
            (16, "5bc94fbc3221a5db94fae95ae7121a47"),
            (24, "2519498e80f1478f37ba55bd6d27618c"),
            (32, "76fc6ece0f4e1768cddf8853bb2d551b"),
        ] {
            let gcm = Gcm::new(&key[..size]).unwrap();
            let mut bytes = text.clone();
            let found = gcm.seal(&nonce, &place, &mut bytes);
            assert_eq!(found.to_vec(), unhex(tag), "a key of {size} bytes");
            assert_ne!(bytes, text);
            gcm.open(&nonce, &place, &mut bytes, &found).unwrap();
            assert_eq!(bytes, text);
        }
    }

    #[test]
    fn every_flipped_bit_is_seen() {
        let gcm = Gcm::new(&[7; 32]).unwrap();
        let (nonce, place) = ([1; 12], *b"here");
        let mut sealed = b"some text".to_vec();
        let tag = gcm.seal(&nonce, &place, &mut sealed);
        let whole = [&nonce[..], &place, &sealed, &tag].concat();
        for bit in 0..whole.len() * 8 {
            let mut whole = whole.clone();
            whole[bit / 8] ^= 1 << (bit % 8);
            let (nonce, rest) = whole.split_first_chunk().unwrap();
            let (place, rest) = rest.split_at(place.len());
            let (bytes, tag) = rest.split_last_chunk().unwrap();
            let mut bytes = bytes.to_vec();
            let opened = gcm.open(nonce, place, &mut bytes, tag);
            assert_eq!(opened, Err(Unopened::NotAuthentic), "bit {bit}");
        }
    }
}
