//! Wrapping the store's keys with the user's, and the bytes that this makes in the manifest.

use crate::envelope::cipher::{Gcm, KeySize, Nonce, Tag};
use crate::envelope::derive::{self, Cost};
use crate::envelope::key::{EncryptionKey, Material};
use crate::envelope::random;
use crate::envelope::secret::Secret;
use crate::error::{Error, Result};

/// The size of a store key, in bytes, and of one that is wrapped.
pub(crate) const STORE_KEY_BYTES: usize = 32;

type Salt = [u8; 16];

/// From which segment on which store key is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) first_segment: u64,
    /// 0 where none is.
    pub(crate) epoch: u32,
}

/// What the user's key comes to: it wraps the store's keys.
#[derive(Debug)]
pub(crate) struct Wrapping {
    size: KeySize,
    origin: Origin,
    key: Gcm,
}

/// How a wrapping key is made of the user's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// It is the user's key.
    Bytes,
    /// It is made of a passphrase with Argon2id.
    Passphrase(Cost, Salt),
}

impl Wrapping {
    pub(crate) fn size(&self) -> KeySize {
        self.size
    }

    /// For a manifest that is to be written. Takes the time of Argon2id where the key is a passphrase.
    pub(crate) fn new(key: &EncryptionKey) -> Result<Self> {
        match key.material()? {
            Material::Bytes(size, bytes) => Self::of_bytes(size, bytes),
            Material::Passphrase(text, cost) => Self::of_passphrase(text, cost, random::draw()?),
        }
    }

    /// The one that these keys were wrapped with, if this is the key.
    pub(crate) fn of(key: &EncryptionKey, wrapped: &Wrapped) -> Result<Self> {
        match (key.material()?, wrapped.origin) {
            (Material::Bytes(size, bytes), Origin::Bytes) if size == wrapped.size => {
                Self::of_bytes(size, bytes)
            }
            (Material::Passphrase(text, _), Origin::Passphrase(cost, salt)) => {
                Self::of_passphrase(text, cost, salt)
            }
            _ => Err(Error::WrongKey),
        }
    }

    fn of_bytes(size: KeySize, bytes: &Secret) -> Result<Self> {
        let key = Gcm::new(bytes).ok_or(Error::WrongKey)?;
        Ok(Self { size, origin: Origin::Bytes, key })
    }

    fn of_passphrase(text: &Secret, cost: Cost, salt: Salt) -> Result<Self> {
        let size = KeySize::Aes256;
        let bytes = derive::from_passphrase(text, &salt, cost, size.bytes().into());
        let key = bytes.and_then(|bytes| Gcm::new(&bytes)).ok_or(Error::WrongKey)?;
        Ok(Self { size, origin: Origin::Passphrase(cost, salt), key })
    }
}

/// The store's keys as the manifest has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrapped {
    size: KeySize,
    origin: Origin,
    periods: Vec<Period>,
    keys: Vec<WrappedKey>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct WrappedKey {
    nonce: Nonce,
    bytes: [u8; STORE_KEY_BYTES],
    tag: Tag,
}

impl Wrapped {
    /// Wraps keys, that of epoch 1 first.
    pub(crate) fn new(
        store: [u8; 16],
        secrets: &[Secret],
        periods: Vec<Period>,
        wrapping: &Wrapping,
    ) -> Result<Self> {
        let (size, origin) = (wrapping.size, wrapping.origin);
        let mut keys = Vec::with_capacity(secrets.len());
        for secret in secrets {
            let (nonce, mut bytes) = (random::draw()?, [0; STORE_KEY_BYTES]);
            bytes.copy_from_slice(secret);
            keys.push(WrappedKey { nonce, bytes, tag: Tag::default() });
        }
        let mut wrapped = Self { size, origin, periods, keys };
        let head = wrapped.head();
        for (key, epoch) in wrapped.keys.iter_mut().zip(1..) {
            let place = place(&store, &head, epoch);
            key.tag = wrapping.key.seal(&key.nonce, &place, &mut key.bytes);
        }
        Ok(wrapped)
    }

    /// The keys themselves.
    ///
    /// # Errors
    ///
    /// `WrongKey` where they were wrapped with another key, or altered since.
    pub(crate) fn unwrap(&self, store: [u8; 16], wrapping: &Wrapping) -> Result<Vec<Secret>> {
        let (head, mut keys) = (self.head(), Vec::with_capacity(self.keys.len()));
        for (wrapped, epoch) in self.keys.iter().zip(1..) {
            let place = place(&store, &head, epoch);
            keys.push(Secret::filled(STORE_KEY_BYTES, |bytes| {
                bytes.copy_from_slice(&wrapped.bytes);
                let opened = wrapping.key.open(&wrapped.nonce, &place, bytes, &wrapped.tag);
                opened.map_err(|_| Error::WrongKey)
            })?);
        }
        Ok(keys)
    }

    pub(crate) fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// The size of the user's key.
    pub(crate) fn size(&self) -> KeySize {
        self.size
    }

    fn head(&self) -> Vec<u8> {
        let (code, cost, salt) = match self.origin {
            Origin::Bytes => (0, Cost { memory_kib: 0, passes: 0, lanes: 0 }, Salt::default()),
            Origin::Passphrase(cost, salt) => (1, cost, salt),
        };
        let mut out = vec![self.size.bytes(), code, 0, 0];
        for number in [cost.memory_kib, cost.passes, cost.lanes] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&salt);
        for count in [self.keys.len(), self.periods.len()] {
            out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
        }
        for Period { first_segment, epoch } in &self.periods {
            out.extend_from_slice(&first_segment.to_le_bytes());
            out.extend_from_slice(&epoch.to_le_bytes());
        }
        out
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.head();
        for WrappedKey { nonce, bytes, tag } in &self.keys {
            out.extend_from_slice(nonce);
            out.extend_from_slice(bytes);
            out.extend_from_slice(tag);
        }
        out
    }

    /// `None` where the bytes are not those of any.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let [size, code, 0, 0] = take(&mut rest)? else { return None };
        let size = KeySize::of_bytes(size.into())?;
        let mut number = || take(&mut rest).map(u32::from_le_bytes);
        let cost = Cost { memory_kib: number()?, passes: number()?, lanes: number()? };
        let salt = take(&mut rest)?;
        let mut number = || take(&mut rest).map(u32::from_le_bytes);
        let (keys, periods) = (number()?, number()?);
        let origin = match code {
            0 => Origin::Bytes,
            1 => Origin::Passphrase(cost.within_limits()?, salt),
            _ => return None,
        };
        // Counted as they come: a number alone reserves nothing.
        let mut found = Self { size, origin, periods: Vec::new(), keys: Vec::new() };
        for _ in 0..periods {
            let first_segment = u64::from_le_bytes(take(&mut rest)?);
            let epoch = u32::from_le_bytes(take(&mut rest)?);
            found.periods.push(Period { first_segment, epoch });
        }
        for _ in 0..keys {
            let (nonce, bytes, tag) = (take(&mut rest)?, take(&mut rest)?, take(&mut rest)?);
            found.keys.push(WrappedKey { nonce, bytes, tag });
        }
        let ascending = found.periods.is_sorted_by(|left, right| {
            left.first_segment < right.first_segment && left.epoch != right.epoch
        });
        let known = keys > 0 && found.periods.iter().all(|period| period.epoch <= keys);
        // With one way to write each: what is not used is zero, and nothing is left over.
        (rest.is_empty() && ascending && known && found.to_bytes() == bytes).then_some(found)
    }
}

/// What is authenticated with the key of an epoch: all but the wrapped keys.
fn place(store: &[u8; 16], head: &[u8], epoch: u32) -> Vec<u8> {
    [b"folio store key", &store[..], head, &epoch.to_le_bytes()].concat()
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORE: [u8; 16] = [5; 16];

    fn key(byte: u8) -> EncryptionKey {
        EncryptionKey::from_bytes([byte; 32])
    }

    fn wrapped(wrapping: &Wrapping) -> Wrapped {
        let periods = vec![Period { first_segment: 3, epoch: 1 }];
        Wrapped::new(STORE, &[Secret::take([8; STORE_KEY_BYTES])], periods, wrapping).unwrap()
    }

    #[test]
    fn keys_come_back_with_the_key_that_wraps_them_and_with_no_other() {
        let wrapping = Wrapping::new(&key(1)).unwrap();
        let wrapped = wrapped(&wrapping);
        let found = wrapped.unwrap(STORE, &Wrapping::of(&key(1), &wrapped).unwrap()).unwrap();
        assert_eq!(*found[0], [8; STORE_KEY_BYTES]);
        for other in [
            key(2),
            EncryptionKey::from_bytes([1; 16]),
            EncryptionKey::from_passphrase("x").with_cost(8, 1),
        ] {
            let found = Wrapping::of(&other, &wrapped)
                .and_then(|wrapping| wrapped.unwrap(STORE, &wrapping));
            assert!(matches!(found, Err(Error::WrongKey)), "{found:?}");
        }
        let elsewhere = wrapped.unwrap([6; 16], &wrapping);
        assert!(matches!(elsewhere, Err(Error::WrongKey)), "{elsewhere:?}");
    }

    #[test]
    fn a_passphrase_wraps_with_another_salt_each_time() {
        let passphrase = EncryptionKey::from_passphrase("open sesame").with_cost(8, 1);
        let wrap = || wrapped(&Wrapping::new(&passphrase).unwrap());
        let (first, second) = (wrap(), wrap());
        assert_ne!(first.origin, second.origin);
        for wrapped in [first, second] {
            let parsed = Wrapped::parse(&wrapped.to_bytes()).unwrap();
            let other = EncryptionKey::from_passphrase("open barley");
            let wrong = Wrapping::of(&other, &parsed).unwrap();
            assert!(matches!(parsed.unwrap(STORE, &wrong), Err(Error::WrongKey)));
            let wrapping = Wrapping::of(&passphrase, &parsed).unwrap();
            assert_eq!(*parsed.unwrap(STORE, &wrapping).unwrap()[0], [8; STORE_KEY_BYTES]);
        }
    }

    /// Whoever can write the manifest can make its checksum right. What is wrapped is authenticated.
    #[test]
    fn every_altered_bit_of_the_wrapped_keys_is_seen() {
        let wrapping = Wrapping::new(&key(1)).unwrap();
        let bytes = wrapped(&wrapping).to_bytes();
        assert_eq!(bytes.len(), 40 + 12 + 60);
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Some(wrapped) = Wrapped::parse(&bytes) {
                let found = wrapped.unwrap(STORE, &wrapping);
                assert!(matches!(found, Err(Error::WrongKey)), "bit {bit}");
            }
        }
        for length in 0..bytes.len() {
            assert_eq!(Wrapped::parse(&bytes[..length]), None, "{length} bytes");
        }
    }
}
