//! Keys made of other keys (HKDF-SHA-256, RFC 5869) and of passphrases (Argon2id, RFC 9106).

use crate::envelope::secret::Secret;
use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use sha2::Sha256;

/// What it takes to try one passphrase: the second choice of OWASP's *Password Storage Cheat Sheet*,
/// with 19 MiB of memory, two passes over it and one lane. It is paid once for each opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    pub(crate) lanes: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 19 << 10, passes: 2, lanes: 1 }
    }
}

impl Cost {
    /// The cost as far as it is one that somebody may have chosen. A manifest that claims more is
    /// damaged, and must not make whoever opens the store reserve so much.
    pub(crate) fn within_limits(self) -> Option<Self> {
        let parameters = Params::new(self.memory_kib, self.passes, self.lanes, None);
        let bearable = self.memory_kib <= 4 << 20 && self.passes <= 1_000 && self.lanes <= 64;
        (bearable && parameters.is_ok()).then_some(self)
    }
}

/// A key of `size` bytes that belongs to `salt` and to `purpose`, from one of full strength.
pub(crate) fn key(from: &Secret, salt: &[u8], purpose: &[&[u8]], size: usize) -> Secret {
    Secret::filled(size, |out| {
        Hkdf::<Sha256>::new(Some(salt), from).expand_multi_info(purpose, out)
    })
    .expect("HKDF gives up to 8,160 bytes, and keys have 32 at most")
}

/// A key of `size` bytes from a passphrase; `None` where the cost is not one that can be paid.
pub(crate) fn from_passphrase(
    passphrase: &Secret,
    salt: &[u8],
    cost: Cost,
    size: usize,
) -> Option<Secret> {
    let Cost { memory_kib, passes, lanes } = cost.within_limits()?;
    let parameters = Params::new(memory_kib, passes, lanes, Some(size)).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    Secret::filled(size, |out| argon2.hash_password_into(passphrase, salt, out)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test case 1 of RFC 5869.
    #[test]
    fn keys_are_derived_as_published() {
        let salt: Vec<u8> = (0..=0x0c).collect();
        let purpose: Vec<u8> = (0xf0..=0xf9).collect();
        let (first, rest) = purpose.split_at(3);
        let key = key(&Secret::take([0x0b; 22]), &salt, &[first, rest], 8);
        assert_eq!(*key, [0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a]);
    }

    #[test]
    fn a_cost_beyond_reason_is_refused() {
        let cost = Cost { memory_kib: u32::MAX, ..Cost::default() };
        assert_eq!(cost.within_limits(), None);
        assert_eq!(Cost { passes: 0, ..Cost::default() }.within_limits(), None);
        assert_eq!(Cost::default().within_limits(), Some(Cost::default()));
    }
}
