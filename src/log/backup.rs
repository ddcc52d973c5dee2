//! Backups: what the directory of one has, and when it is one.
//!
//! A backup has copies of a store's own files: a checkpoint, or none where the log is there from its
//! beginning, and the segments from there up to a cut, all of which are ended. The manifest is copied
//! under a name that is made of what it says (`MANIFEST-…`), and a *listing* ([`FILE`]) says, in a form that a person can read, of
//! which store and version the backup is, and which files belong to it, with their sizes and hashes.
//!
//! # When it is one
//!
//! The listing is written last, under another name, and renamed into its place. Nothing that it
//! lists is ever written again: a backup that is continued gets more files beside those that it has, and
//! then another listing in one step, so that at each moment there is the backup before or the one behind.
//! What is in the directory and not listed is of no meaning. A directory without a listing is no backup.
//! A backup that is to go loses its listing first, which is renamed into the mark: what is left is a backup
//! that was not finished.
//!
//! The name under which the listing is written marks the directory as that of a backup from the first
//! step on: one that was not finished is never taken for a store, and may be begun anew.

mod copy;

pub(crate) use copy::{Copying, differs, hashed};

use crate::codec::hexadecimal;
use crate::error::{Error, Result};
use crate::log::manifest;
use crate::log::{checkpoint, segment};
use crate::media::Medium;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io;

/// The listing.
pub(crate) const FILE: &str = "BACKUP.json";

/// Where a listing is written before it takes its place.
const NEW_FILE: &str = "BACKUP.json.new";

/// The form of listings that this version of the library writes.
const FORM: u32 = 1;

const MANIFEST_PREFIX: &str = "MANIFEST-";

/// What a backup is of, and which files it has. Numbers and texts as they are written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Listing {
    /// What a person should know who finds the file.
    what: String,
    form: u32,
    /// The store's identity, in hexadecimal digits.
    pub(crate) store: String,
    /// The version that is restored, and its time.
    pub(crate) version: u64,
    pub(crate) time: String,
    pub(crate) time_micros: u64,
    /// When the backup was made.
    pub(crate) made: String,
    pub(crate) made_micros: u64,
    /// The version of the backup that was there before and was continued.
    pub(crate) continues: Option<u64>,
    /// The oldest version that can be restored.
    pub(crate) oldest_version: u64,
    pub(crate) collections: Vec<Counted>,
    /// The segment that the log goes on with.
    pub(crate) next_segment: u64,
    /// The chain value that the log has there.
    pub(crate) chain: String,
    /// The copy of the manifest.
    pub(crate) manifest: Listed,
    /// The checkpoint and the segments, in the order of their names.
    pub(crate) files: Vec<Listed>,
}

/// A collection, and how many records the backup has of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Counted {
    pub(crate) name: String,
    pub(crate) records: u64,
}

/// A file, as it was when it was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl Listing {
    /// A listing in which everything is still to be filled in.
    pub(crate) fn of(store: &[u8; 16], manifest: Listed) -> Self {
        Self {
            what: "A backup of a Folio store. Restore it with Store::restore.".to_owned(),
            form: FORM,
            store: hexadecimal(store),
            version: 0,
            time: String::new(),
            time_micros: 0,
            made: String::new(),
            made_micros: 0,
            continues: None,
            oldest_version: 0,
            collections: Vec::new(),
            next_segment: 1,
            chain: String::new(),
            manifest,
            files: Vec::new(),
        }
    }

    /// The number of the checkpoint among the files.
    pub(crate) fn checkpoint(&self) -> Option<u64> {
        self.files.iter().find_map(|file| checkpoint::number_of(&file.name))
    }

    /// Whether there are segments among the files.
    pub(crate) fn has_segments(&self) -> bool {
        self.files.iter().any(|file| segment::number_of(&file.name).is_some())
    }

    /// Whether a file belongs to the backup.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names().any(|listed| listed == name)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().chain([&self.manifest]).map(|file| &*file.name)
    }

    /// Reads the listing of a backup; `None` where there is none.
    ///
    /// # Errors
    ///
    /// `Corrupt` where it is damaged, `UnsupportedFormat`, `Io`.
    pub(crate) fn read(medium: &dyn Medium) -> Result<Option<Self>> {
        let bytes = match medium.read(FILE) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(medium.path(FILE), "read", error)),
        };
        let damaged = |offset: usize, found: String| Error::Corrupt {
            file: medium.path(FILE),
            offset: offset as u64,
            expected: "the listing of a backup".to_owned(),
            found,
        };
        let listing: Self = serde_json::from_slice(&bytes)
            .map_err(|error| damaged(offset_of(&bytes, &error), error.to_string()))?;
        if listing.form != FORM {
            let (found, supported) = (listing.form, FORM);
            return Err(Error::UnsupportedFormat { found, supported });
        }
        // Whoever can write the listing must not make a restore write elsewhere.
        let is_ours = |name: &str| is_listed_name(name) && !name.contains(['/', '\\']);
        let foreign = listing.names().find(|name| !is_ours(name)).map(str::to_owned);
        match foreign {
            Some(name) => Err(damaged(0, format!("the name `{name}`"))),
            None => Ok(Some(listing)),
        }
    }

    /// Makes this the listing of the backup, in one step. Everything listed must be durable.
    pub(crate) fn write(&self, medium: &dyn Medium) -> Result<()> {
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::encode("the listing of a backup", error))?;
        text.push(b'\n');
        let write = || {
            // The mark stays, where there is one: without it the directory would be of nobody knows what.
            let mut file = if medium.list()?.iter().any(|name| name == NEW_FILE) {
                medium.open(NEW_FILE)?
            } else {
                medium.create(NEW_FILE)?
            };
            file.set_length(0)?;
            file.write_at(0, &text)?;
            file.sync()?;
            drop(file);
            medium.rename(NEW_FILE, FILE)?;
            medium.sync_directory()
        };
        write().map_err(|error| Error::io(medium.path(FILE), "write", error))
    }
}

/// Takes from a directory everything that a backup has there: its listing first, the mark last. What somebody
/// else put there stays.
pub(crate) fn unmake(medium: &dyn Medium) -> Result<()> {
    let unmake = || {
        let names = medium.list()?;
        if names.iter().any(|name| name == FILE) {
            medium.rename(FILE, NEW_FILE)?;
            // Durable before anything goes that it lists.
            medium.sync_directory()?;
        }
        names
            .iter()
            .filter(|name| is_listed_name(name))
            .try_for_each(|name| medium.remove(name))?;
        medium.sync_directory()?;
        if names.iter().any(|name| is_listing(name)) {
            medium.remove(NEW_FILE)?;
        }
        medium.sync_directory()
    };
    unmake().map_err(|error| Error::io(medium.path(""), "remove an old backup from", error))
}

/// Marks a directory as that of a backup.
pub(crate) fn begin(medium: &dyn Medium) -> Result<()> {
    let mark = || {
        if !medium.list()?.iter().any(|name| name == NEW_FILE) {
            medium.create(NEW_FILE)?;
        }
        medium.sync_directory()
    };
    mark().map_err(|error| Error::io(medium.path(NEW_FILE), "create", error))
}

/// Whether a name says that the directory is that of a backup, finished or not.
pub(crate) fn is_listing(name: &str) -> bool {
    name == FILE || name == NEW_FILE
}

/// Whether a backup has files of that name, beside its listing.
pub(crate) fn is_listed_name(name: &str) -> bool {
    segment::number_of(name).is_some()
        || checkpoint::number_of(name).is_some()
        || name.starts_with(MANIFEST_PREFIX)
}

/// The name of the copy of a manifest, and what is to be listed of it.
pub(crate) fn listed_manifest(bytes: &[u8]) -> Listed {
    let sha256 = hexadecimal(&Sha256::digest(bytes));
    let name = format!("{MANIFEST_PREFIX}{}", sha256.get(..16).unwrap_or_default());
    Listed { name, bytes: bytes.len() as u64, sha256 }
}

/// Reads the copy of the manifest.
pub(crate) fn read_manifest(medium: &dyn Medium, listing: &Listing) -> Result<manifest::Manifest> {
    let missing = || Error::Corrupt {
        file: medium.path(&listing.manifest.name),
        offset: 0,
        expected: "the manifest of the backup".to_owned(),
        found: "no such file".to_owned(),
    };
    let manifest = manifest::read_copy(medium, &listing.manifest.name)?.ok_or_else(missing)?;
    if hexadecimal(&manifest.store) != listing.store {
        return Err(Error::Corrupt {
            file: medium.path(&listing.manifest.name),
            offset: 0,
            expected: format!("the manifest of store {}", listing.store),
            found: "that of another store".to_owned(),
        });
    }
    Ok(manifest)
}

/// Where in a text it is not what it should be.
fn offset_of(bytes: &[u8], error: &serde_json::Error) -> usize {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').take(error.line().saturating_sub(1));
    lines.map(<[u8]>::len).sum::<usize>() + error.column().saturating_sub(1)
}
