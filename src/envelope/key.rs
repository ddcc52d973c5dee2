//! The key in a user's hands.

use crate::envelope::cipher::KeySize;
use crate::envelope::derive::Cost;
use crate::envelope::secret::Secret;
use crate::error::{Error, Result};
use std::fmt;

/// The key of an encrypted store, given to [`Options::encryption`](crate::Options::encryption) and
/// [`Store::rotate_key`](crate::Store::rotate_key).
///
/// It encrypts nothing but the keys that the store draws for itself ([`docs::encryption`
/// ](crate::docs::encryption)). It is overwritten in memory when it is dropped, and never printed.
///
/// ```
/// use folio::EncryptionKey;
///
/// let key = EncryptionKey::from_passphrase("correct horse battery staple");
/// assert_eq!(format!("{key:?}"), "EncryptionKey(..)");
/// ```
#[derive(Clone)]
pub struct EncryptionKey {
    source: Source,
    /// What it takes to try one passphrase.
    cost: Cost,
}

#[derive(Clone)]
enum Source {
    Bytes(Secret),
    Passphrase(Secret),
    /// There is none, for this reason.
    Missing(String),
}

/// The arrays that are keys: of 16, 24 or 32 bytes, for AES-128, AES-192 and AES-256.
pub trait KeyBytes: sealed::Sealed {}

impl KeyBytes for [u8; 16] {}
impl KeyBytes for [u8; 24] {}
impl KeyBytes for [u8; 32] {}

mod sealed {
    pub trait Sealed {}

    impl<const N: usize> Sealed for [u8; N] {}
}

/// What wraps the store's keys, as far as it is a key at all.
pub(crate) enum Material<'a> {
    Bytes(KeySize, &'a Secret),
    Passphrase(&'a Secret, Cost),
}

impl EncryptionKey {
    /// The key as it is: 16, 24 or 32 bytes, for AES-128, AES-192 or AES-256, that nobody can guess.
    /// Bytes that are all zero are refused when the store is opened.
    ///
    /// ```
    /// # use folio::EncryptionKey;
    /// let key = EncryptionKey::from_bytes(*b"thirty-two bytes, chosen at rand");
    /// ```
    #[must_use]
    pub fn from_bytes<const N: usize>(bytes: [u8; N]) -> Self
    where
        [u8; N]: KeyBytes,
    {
        Self::new(Source::Bytes(Secret::take(bytes)))
    }

    /// A key for AES-256 that is made of a passphrase with Argon2id, which takes some tens of
    /// milliseconds and 19 MiB of memory, once for each opening. What it is worth depends on the
    /// passphrase. An empty one is refused when the store is opened.
    #[must_use]
    pub fn from_passphrase(passphrase: &str) -> Self {
        Self::new(Source::Passphrase(Secret::copy_of(passphrase.as_bytes())))
    }

    /// The key in an environment variable, read now. 32, 48 or 64 hexadecimal digits are the bytes of
    /// a [key](Self::from_bytes); anything else is a [passphrase](Self::from_passphrase). A variable
    /// that is not set, or not text, is told when the store is opened.
    ///
    /// ```
    /// # use folio::{EncryptionKey, Error, Store};
    /// let key = EncryptionKey::from_env("NO_SUCH_VARIABLE");
    /// let opened = Store::options().encryption(key).open("app.folio");
    /// assert!(matches!(opened, Err(Error::InvalidKey { .. })));
    /// ```
    #[must_use]
    pub fn from_env(variable: &str) -> Self {
        let source = match std::env::var(variable) {
            Ok(text) => Source::of_text(&Secret::copy_of(text.as_bytes())),
            Err(error) => Source::Missing(format!("environment variable `{variable}`: {error}")),
        };
        Self::new(source)
    }

    /// The key that a text is, as people keep it in a file or type it: 32, 48 or 64 hexadecimal digits are the bytes
    /// of a [key](Self::from_bytes); anything else is a [passphrase](Self::from_passphrase). Nothing is cut off: a line
    /// end that does not belong to the key must be gone before.
    ///
    /// ```
    /// # use folio::{EncryptionKey, Store};
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().expect("there is a place for temporary files");
    /// # let path = directory.path().join("app.folio");
    /// let bytes = EncryptionKey::from_bytes([0xab; 16]);
    /// Store::options().encryption(bytes).open(&path)?.close()?;
    /// let digits = EncryptionKey::from_text(&"ab".repeat(16));
    /// Store::options().encryption(digits).open(&path)?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self::new(Source::of_text(&Secret::copy_of(text.as_bytes())))
    }

    /// With another cost of trying a passphrase, for tests that open many stores.
    #[doc(hidden)]
    #[must_use]
    pub fn with_cost(mut self, memory_kib: u32, passes: u32) -> Self {
        self.cost = Cost { memory_kib, passes, lanes: 1 };
        self
    }

    fn new(source: Source) -> Self {
        Self { source, cost: Cost::default() }
    }

    /// What the key is made of, unless it is none.
    pub(crate) fn material(&self) -> Result<Material<'_>> {
        let invalid = |reason: &str| Error::InvalidKey { reason: reason.to_owned() };
        match &self.source {
            Source::Bytes(bytes) if bytes.iter().all(|byte| *byte == 0) => {
                Err(invalid("all its bytes are zero"))
            }
            Source::Bytes(bytes) => match KeySize::of_bytes(bytes.len()) {
                Some(size) => Ok(Material::Bytes(size, bytes)),
                None => Err(invalid("it has not 16, 24 or 32 bytes")),
            },
            Source::Passphrase(text) if text.is_empty() => Err(invalid("the passphrase is empty")),
            Source::Passphrase(text) => match self.cost.within_limits() {
                Some(cost) => Ok(Material::Passphrase(text, cost)),
                None => Err(invalid("its cost is beyond the limits")),
            },
            Source::Missing(reason) => Err(invalid(reason)),
        }
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey(..)")
    }
}

impl Source {
    fn of_text(text: &Secret) -> Self {
        let bytes = KeySize::of_bytes(text.len() / 2).and_then(|_| unhex(text));
        bytes.map_or_else(|| Self::Passphrase(text.clone()), Self::Bytes)
    }
}

/// The bytes that hexadecimal digits mean, two each; `None` where they are not all digits, in pairs.
fn unhex(text: &[u8]) -> Option<Secret> {
    let (pairs, rest) = text.as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let written = Secret::filled(pairs.len(), |out| {
        for (out, [high, low]) in out.iter_mut().zip(pairs) {
            *out = digit(*high).ok_or(())? << 4 | digit(*low).ok_or(())?;
        }
        Ok::<(), ()>(())
    });
    written.ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(text: &str) -> Option<Vec<u8>> {
        match Source::of_text(&Secret::copy_of(text.as_bytes())) {
            Source::Bytes(bytes) => Some(bytes.to_vec()),
            Source::Passphrase(kept) => {
                assert_eq!(*kept, *text.as_bytes());
                None
            }
            Source::Missing(reason) => panic!("{reason}"),
        }
    }

    #[test]
    fn digits_are_a_key_and_all_else_is_a_passphrase() {
        let digits = "000102030405060708090a0b0c0d0e0F";
        assert_eq!(bytes_of(digits), Some((0..16).collect()));
        assert_eq!(bytes_of(&"ab".repeat(24)), Some(vec![0xab; 24]));
        assert_eq!(bytes_of(&"ab".repeat(32)), Some(vec![0xab; 32]));
        for passphrase in ["", "abcd", &digits[1..], &format!("{digits}0"), &"xy".repeat(16)] {
            assert_eq!(bytes_of(passphrase), None, "{passphrase}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for key in [
            EncryptionKey::from_bytes([0; 16]),
            EncryptionKey::from_passphrase(""),
            EncryptionKey::from_env("FOLIO_NO_SUCH_VARIABLE"),
            EncryptionKey::from_passphrase("x").with_cost(u32::MAX, 1),
        ] {
            assert!(matches!(key.material(), Err(Error::InvalidKey { .. })));
        }
    }

    #[test]
    fn it_is_never_printed() {
        let key = EncryptionKey::from_bytes(*b"a key of sixteen");
        assert_eq!(format!("{key:?}"), "EncryptionKey(..)");
    }
}
