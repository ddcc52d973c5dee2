//! The manifest: which store a directory holds, and in which format.
//!
//! Written once, when the store is created, under another name that is then replaced in one step:
//! either there is no manifest or there is a whole one.

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

/// Reads the manifest; `None` where there is none.
pub(crate) fn read(medium: &dyn Medium) -> Result<Option<StoreId>> {
    let bytes = match medium.read(FILE) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(medium.path(FILE), "read", error)),
    };
    match parse(&bytes) {
        Some((FORMAT_VERSION, store)) => Ok(Some(store)),
        Some((found, _)) => Err(Error::UnsupportedFormat { found, supported: FORMAT_VERSION }),
        None => Err(Error::Corrupt {
            file: medium.path(FILE),
            offset: 0,
            expected: "an intact manifest".to_owned(),
            found: format!("{} bytes that are none", bytes.len()),
        }),
    }
}

/// Writes the manifest of a new store.
pub(crate) fn create(medium: &dyn Medium, store: StoreId) -> Result<()> {
    let attempt = || {
        if medium.list()?.iter().any(|name| name == NEW_FILE) {
            medium.remove(NEW_FILE)?;
        }
        let mut file = medium.create(NEW_FILE)?;
        file.write_at(0, &to_bytes(store))?;
        file.sync()?;
        drop(file);
        medium.rename(NEW_FILE, FILE)?;
        medium.sync_directory()
    };
    attempt().map_err(|error| Error::io(medium.path(FILE), "write", error))
}

fn to_bytes(store: StoreId) -> Vec<u8> {
    let mut fields = FORMAT_VERSION.to_le_bytes().to_vec();
    fields.extend_from_slice(&store);
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&crc32fast::hash(&fields).to_le_bytes());
    out.extend_from_slice(&fields);
    out
}

fn parse(mut bytes: &[u8]) -> Option<(u32, StoreId)> {
    let magic: [u8; 8] = take(&mut bytes)?;
    let checksum = take_u32(&mut bytes)?;
    if magic != MAGIC || crc32fast::hash(bytes) != checksum {
        return None;
    }
    let version = take_u32(&mut bytes)?;
    let store = take(&mut bytes)?;
    Some((version, store))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_reads_back_and_every_flipped_bit_is_seen() {
        let bytes = to_bytes([9; 16]);
        assert_eq!(parse(&bytes), Some((FORMAT_VERSION, [9; 16])));
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(parse(&bytes), None, "bit {bit}");
        }
    }
}
