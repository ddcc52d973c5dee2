//! What a program asks of an error, to decide what to do.

use crate::error::Error;

impl Error {
    /// Whether the same transaction may succeed when it is run again.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }

    /// Whether something that was asked for is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether a key or a unique value is there already.
    #[must_use]
    pub fn is_constraint(&self) -> bool {
        matches!(self, Self::KeyExists { .. } | Self::UniqueViolation { .. })
    }

    /// Whether a file of the store, or an encrypted export, is damaged.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        matches!(self, Self::Corrupt { .. } | Self::CorruptExport { .. })
    }

    /// Whether the store is encrypted with another key.
    #[must_use]
    pub fn is_wrong_key(&self) -> bool {
        matches!(self, Self::WrongKey)
    }

    /// Whether the store is open elsewhere.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Locked { .. })
    }

    /// Whether the store takes no more writes because one failed.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        matches!(self, Self::Poisoned { .. } | Self::OutcomeUnknown { .. })
    }

    /// Whether the closure of a transaction gave up ([`Error::abort`]).
    #[must_use]
    pub fn is_abort(&self) -> bool {
        matches!(self, Self::Abort(_))
    }
}
