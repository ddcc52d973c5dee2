//! The parts of a report: what is wrong, and what there is.

use crate::error::{Error, Result};
use crate::log::survey::{Missing, Wrong};
use crate::when::Version;
use std::fmt;
use std::path::PathBuf;

/// Something that is not as it should be, found by [`Store::verify`](crate::Store::verify).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Where it is.
    pub place: Place,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
    /// The versions whose commits it concerns, where that is known.
    pub versions: Option<Versions>,
}

/// Where a [`Problem`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In a file.
    File {
        /// The file.
        path: PathBuf,
        /// Where in it, in bytes.
        offset: u64,
    },
    /// In an index of an open store, in memory. Opening the store again builds it anew.
    Index {
        /// The collection.
        collection: String,
        /// The index.
        index: String,
    },
    /// At no place of its own: the log is not the one that the witness was taken of.
    Witness,
}

/// Versions that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Versions {
    /// The first of them.
    pub first: Version,
    /// The last of them; `None` where nothing says how many there were.
    pub last: Option<Version>,
}

/// An end of a log that a crash left: it was never acknowledged as durable, and the next opening cuts it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TornTail {
    /// The last segment.
    pub file: PathBuf,
    /// Where the torn part begins in it, in bytes.
    pub offset: u64,
    /// Its size.
    pub bytes: u64,
}

/// What there is of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CollectionReport {
    /// Its name.
    pub name: String,
    /// How many records it has in the last version, expired ones among them.
    pub records: u64,
    /// How many puts and removes of it are in the log.
    pub operations: u64,
    /// How many entries its indexes have, all of which were looked at; `None` where they were not: indexes are
    /// not stored, and only those of a collection that is open can be verified.
    pub index_entries: Option<u64>,
}

impl Problem {
    /// The problem that an error speaks of; an error that is no damage stays one.
    pub(crate) fn of_corrupt(error: Error) -> Result<Self> {
        match error {
            Error::Corrupt { file, offset, expected, found } => {
                Ok(Wrong { file, offset, expected, found, versions: None }.into())
            }
            error => Err(error),
        }
    }

    /// An index that does not fit its records.
    pub(crate) fn of_index(collection: &str, index: &str, expected: &str, found: String) -> Self {
        let place = Place::Index { collection: collection.to_owned(), index: index.to_owned() };
        Self { place, expected: expected.to_owned(), found, versions: None }
    }

    /// A log that is not the one of the witness.
    pub(crate) fn of_witness(version: u64, found: String) -> Self {
        let expected = format!("the hash of the witness at version {version}");
        let number = Version::new(version);
        let versions = Some(Versions { first: Version::new(0), last: Some(number) });
        Self { place: Place::Witness, expected, found, versions }
    }
}

impl From<Wrong> for Problem {
    fn from(wrong: Wrong) -> Self {
        let Wrong { file: path, offset, expected, found, versions } = wrong;
        let place = Place::File { path, offset };
        Self { place, expected, found, versions: versions.map(Versions::from) }
    }
}

impl From<Missing> for Versions {
    fn from(missing: Missing) -> Self {
        Self { first: Version::new(missing.first), last: missing.last.map(Version::new) }
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last {
            Some(last) if last == self.first => write!(f, "version {last}"),
            Some(last) => write!(f, "versions {} to {last}", self.first),
            None => write!(f, "version {} and all behind it", self.first),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, offset } => write!(f, "{} at byte {offset}", path.display()),
            Self::Index { collection, index } => write!(f, "index `{index}` of `{collection}`"),
            Self::Witness => f.write_str("the history"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, expected, found, versions } = self;
        write!(f, "{place}: expected {expected}, found {found}")?;
        versions.map_or(Ok(()), |versions| write!(f, "; it concerns {versions}"))
    }
}

impl fmt::Display for TornTail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, offset, bytes } = self;
        write!(f, "{} at byte {offset}: {bytes} bytes that a crash left", file.display())
    }
}
