//! Reading a whole store beside the process that writes it.
//!
//! Between two looks at the directory the writer may have removed or replaced what was to be read. That shows: a
//! file is missing, or does not fit what was read before. Then, if the directory or the manifest is another than
//! before, everything is read anew. An error that stays is one.

use crate::engine::recovery::{self, Extent};
use crate::envelope::keyring::Keyring;
use crate::error::{Error, Result};
use crate::log::manifest::{self, Manifest};
use crate::log::scan::{Scanned, scan};
use crate::log::segments::Tail;
use crate::media::Medium;
use crate::options::Encryption;
use crate::version::Root;
use std::io;

/// How often in a row a store may have changed while it was read.
const MOST_ATTEMPTS: u32 = 100;

/// How often it is read before an error counts that came without any change to see.
const LEAST_ATTEMPTS: u32 = 3;

/// A store, read beside its writer.
#[derive(Debug)]
pub(super) struct Beside {
    pub(super) manifest: Manifest,
    pub(super) keyring: Keyring,
    pub(super) version: Root,
    /// Where the log ended.
    pub(super) end: Tail,
    /// Where the last segment ended, if it may go on.
    pub(super) offset: Option<u64>,
    pub(super) extent: Extent,
}

/// Reads the newest checkpoint and the log behind it, as far as it is whole.
pub(super) fn read(medium: &dyn Medium, encryption: &Encryption) -> Result<Beside> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let before = look(medium)?;
        let error = match read_once(medium, encryption, &before.1) {
            Err(error @ (Error::Corrupt { .. } | Error::Io { .. })) => error,
            done => return done,
        };
        let has_changed = attempt < MOST_ATTEMPTS && look(medium)? != before;
        if attempt >= LEAST_ATTEMPTS && !has_changed {
            return Err(error);
        }
    }
}

/// The names in the directory, and the manifest.
fn look(medium: &dyn Medium) -> Result<(Vec<String>, Manifest)> {
    let root = medium.path("");
    let names = medium.list().map_err(|error| Error::io(&root, "follow a store in", error))?;
    recovery::check_directory(medium)?;
    let missing = || Error::io(&root, "follow a store in", io::ErrorKind::NotFound.into());
    let manifest = manifest::read(medium)?.ok_or_else(missing)?;
    Ok((names, manifest))
}

fn read_once(medium: &dyn Medium, encryption: &Encryption, manifest: &Manifest) -> Result<Beside> {
    let (keyring, _) = recovery::unlock(manifest, encryption)?;
    let Scanned {
        tail: end, checkpoint, segments, repair, damaged_checkpoints, torn_bytes, ..
    } = scan(medium, &keyring)?;
    let open = repair.last.filter(|last| !last.sealed);
    let offset = open.map(|last| last.intact_bytes as u64);
    let mut extent = Extent {
        checkpoint_segment: checkpoint.as_ref().map_or(0, |(number, _)| *number),
        log_bytes: segments.iter().map(|part| part.stored_bytes).sum(),
        checkpoint_version: checkpoint.as_ref().map(|(_, blocks)| blocks.base),
        damaged_checkpoints,
        torn_bytes,
        ..Extent::default()
    };
    let checkpoint = checkpoint.map(|(_, blocks)| blocks);
    let version = recovery::replay(keyring.store(), checkpoint, segments, &mut extent)?;
    Ok(Beside { manifest: manifest.clone(), keyring, version, end, offset, extent })
}
