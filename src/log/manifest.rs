//! The manifest: which store a directory holds, in which format, and its keys.
//!
//! Written when the store is created, and again when its keys change or it becomes a ledger, under another name that then
//! takes its place in one step: there is no manifest, or a whole one, the one before or the one behind.

use crate::envelope::wrapping::Wrapped;
use crate::error::{Error, Result};
use crate::log::frame::{StoreId, take, take_u32};
use crate::log::segment::FORMAT_VERSION;
use crate::media::Medium;
use std::io;

/// The manifest's file.
pub(crate) const FILE: &str = "MANIFEST";

/// Where a manifest is written before it takes its place.
pub(crate) const NEW_FILE: &str = "MANIFEST.new";

const MAGIC: [u8; 8] = *b"FOLIOman";

/// What stands before the first segment of a ledger. No keys begin with a zero.
const LEDGER_MARK: [u8; 4] = [0, 1, 0, 0];

/// What a manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) store: StoreId,
    /// The first segment of a log that is kept for ever.
    pub(crate) ledger: Option<u64>,
    /// The keys of the store, where it has some.
    pub(crate) keys: Option<Wrapped>,
}

/// Reads the manifest; `None` where there is none.
pub(crate) fn read(medium: &dyn Medium) -> Result<Option<Manifest>> {
    read_copy(medium, FILE)
}

/// Reads a manifest that has another name.
pub(crate) fn read_copy(medium: &dyn Medium, name: &str) -> Result<Option<Manifest>> {
    let bytes = match medium.read(name) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(medium.path(name), "read", error)),
    };
    match parse(&bytes) {
        Parsed::Manifest(manifest) => Ok(Some(manifest)),
        Parsed::Version(found) => {
            Err(Error::UnsupportedFormat { found, supported: FORMAT_VERSION })
        }
        Parsed::Nothing => Err(Error::Corrupt {
            file: medium.path(name),
            offset: 0,
            expected: "an intact manifest".to_owned(),
            found: format!("{} bytes that are none", bytes.len()),
        }),
    }
}

/// Writes a manifest in the place of the one that is there, if any.
///
/// # Errors
///
/// `Io`. Either of the two manifests may be found later.
pub(crate) fn write(medium: &dyn Medium, manifest: &Manifest) -> Result<()> {
    prepare(medium, manifest)?;
    replace(medium)
}

/// Writes a manifest beside the one that is there, which stays what is found.
pub(crate) fn prepare(medium: &dyn Medium, manifest: &Manifest) -> Result<()> {
    let attempt = || {
        if medium.list()?.iter().any(|name| name == NEW_FILE) {
            medium.remove(NEW_FILE)?;
        }
        let mut file = medium.create(NEW_FILE)?;
        file.write_at(0, &manifest.to_bytes())?;
        file.sync()
    };
    attempt().map_err(|error| Error::io(medium.path(NEW_FILE), "write", error))
}

/// Puts the manifest that was prepared in the place of the one that is there.
///
/// # Errors
///
/// `Io`. Either of the two manifests may be found later.
pub(crate) fn replace(medium: &dyn Medium) -> Result<()> {
    let attempt = || {
        medium.rename(NEW_FILE, FILE)?;
        medium.sync_directory()
    };
    attempt().map_err(|error| Error::io(medium.path(FILE), "write", error))
}

impl Manifest {
    fn to_bytes(&self) -> Vec<u8> {
        let mut fields = FORMAT_VERSION.to_le_bytes().to_vec();
        fields.extend_from_slice(&self.store);
        if let Some(first) = self.ledger {
            fields.extend_from_slice(&LEDGER_MARK);
            fields.extend_from_slice(&first.to_le_bytes());
        }
        fields.extend(self.keys.iter().flat_map(Wrapped::to_bytes));
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&crc32fast::hash(&fields).to_le_bytes());
        out.extend_from_slice(&fields);
        out
    }
}

/// What bytes are as a manifest.
#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    Manifest(Manifest),
    /// One of a format that this version does not know.
    Version(u32),
    Nothing,
}

fn parse(bytes: &[u8]) -> Parsed {
    let Some((version, rest)) = intact(bytes) else { return Parsed::Nothing };
    if version != FORMAT_VERSION {
        return Parsed::Version(version);
    }
    from_fields(rest).map_or(Parsed::Nothing, Parsed::Manifest)
}

/// The format version, and what stands behind it.
fn intact(mut bytes: &[u8]) -> Option<(u32, &[u8])> {
    let magic: [u8; 8] = take(&mut bytes)?;
    let checksum = take_u32(&mut bytes)?;
    if magic != MAGIC || crc32fast::hash(bytes) != checksum {
        return None;
    }
    Some((take_u32(&mut bytes)?, bytes))
}

fn from_fields(mut rest: &[u8]) -> Option<Manifest> {
    let store = take(&mut rest)?;
    let mut ledger = None;
    if rest.first() == Some(&0) {
        let mark: [u8; 4] = take(&mut rest)?;
        let first = u64::from_le_bytes(take(&mut rest)?);
        if mark != LEDGER_MARK || first == 0 {
            return None;
        }
        ledger = Some(first);
    }
    let keys = if rest.is_empty() { None } else { Some(Wrapped::parse(rest)?) };
    Some(Manifest { store, ledger, keys })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::key::EncryptionKey;
    use crate::envelope::keyring::Keyring;
    use crate::envelope::wrapping::Wrapping;

    #[test]
    fn a_manifest_reads_back_and_every_flipped_bit_is_seen() {
        let store = [9; 16];
        let wrapping = Wrapping::new(&EncryptionKey::from_bytes([3; 24])).unwrap();
        let (keyring, _) = Keyring::plain(store).settle(true, 1, 1).unwrap();
        let keys = || Some(keyring.wrap(&wrapping).unwrap());
        for (ledger, keys) in [(None, None), (None, keys()), (Some(1), None), (Some(7), keys())] {
            let manifest = Manifest { store, ledger, keys };
            let bytes = manifest.to_bytes();
            assert_eq!(parse(&bytes), Parsed::Manifest(manifest));
            for bit in 0..bytes.len() * 8 {
                let mut bytes = bytes.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(parse(&bytes), Parsed::Nothing, "bit {bit}");
            }
            // A sound checksum says nothing of the mark.
            assert_eq!(from_fields(&[&store[..], &LEDGER_MARK, &[0; 8]].concat()), None);
            assert_eq!(
                from_fields(&[&store[..], &[0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]].concat()),
                None
            );
            for length in 0..bytes.len() {
                assert_eq!(parse(&bytes[..length]), Parsed::Nothing, "{length} bytes");
            }
        }
    }
}
