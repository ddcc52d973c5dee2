//! Bytes that must not be left behind: overwritten when they are dropped, and never printed.

use std::fmt;
use std::ops::Deref;
use zeroize::{Zeroize, Zeroizing};

/// A key, or what one is made of.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<Box<[u8]>>);

impl Secret {
    /// Keeps a copy of bytes that others own.
    pub(crate) fn copy_of(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// Takes bytes over: the array they came in is overwritten.
    pub(crate) fn take<const N: usize>(mut bytes: [u8; N]) -> Self {
        let secret = Self::copy_of(&bytes);
        bytes.zeroize();
        secret
    }

    /// A secret of this size that `fill` writes.
    pub(crate) fn filled<E>(
        size: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut secret = Self(Zeroizing::new(vec![0; size].into()));
        fill(&mut secret.0)?;
        Ok(secret)
    }
}

impl Deref for Secret {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_never_printed() {
        let secret = Secret::take(*b"a key of sixteen");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(*secret, *b"a key of sixteen");
    }
}
