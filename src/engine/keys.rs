//! The keys of an open store, and how they change.

use crate::engine::{Engine, recovery};
use crate::envelope::key::EncryptionKey;
use crate::envelope::keyring::Keyring;
use crate::envelope::wrapping::Wrapping;
use crate::error::{Error, Result};
use crate::log::manifest;
use crate::media::Medium;
use crate::options::Encryption;
use crate::steps::GoOn;
use crate::sync::Mutex;
use std::sync::Arc;

/// The keys of a store with files.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) medium: Arc<dyn Medium>,
    pub(super) keyring: Arc<Keyring>,
}

impl Engine {
    /// Wraps the store's keys with another key of the user's. Returns when that is durable. Nothing
    /// else waits for it but closing and another such call.
    pub(crate) fn rotate_key(&self, key: &EncryptionKey) -> Result<()> {
        self.check_writable()?;
        let wrapping = Wrapping::new(key)?;
        let keys = self.keys.as_ref().ok_or(Error::NotEncrypted)?.lock();
        if self.lock.lock().is_none() {
            return Err(Error::Closed);
        }
        if keys.keyring.is_plain() {
            return Err(Error::NotEncrypted);
        }
        recovery::write_manifest(&*keys.medium, &keys.keyring, Some(&wrapping), self.ledger)?;
        Ok(())
    }

    /// Writes everything anew under another store key, wrapped with another key of the user's. Returns how many segments
    /// of a ledger stay as they were.
    pub(crate) fn reencrypt(&self, key: &EncryptionKey, observer: GoOn<'_>) -> Result<u64> {
        self.check_writable()?;
        let wrapping = Wrapping::new(key)?;
        let keys = self.keys.as_ref().ok_or(Error::NotEncrypted)?;
        let checkpoints = self.checkpoints.as_ref().ok_or(Error::NotEncrypted)?;
        checkpoints.reencrypt(keys, &|| self.lock.lock().is_some(), wrapping, observer)
    }
}

impl Keys {
    /// The bytes of the manifest, not while the key changes.
    pub(super) fn manifest(keys: &Mutex<Self>) -> Result<Vec<u8>> {
        let keys = keys.lock();
        let bytes = keys.medium.read(manifest::FILE);
        bytes.map_err(|error| Error::io(keys.medium.path(manifest::FILE), "read", error))
    }
}

/// Refuses what can't be a key, before anything is touched.
pub(super) fn check_key(encryption: &Encryption) -> Result<()> {
    encryption.key().map_or(Ok(()), |key| key.material().map(|_| ()))
}
