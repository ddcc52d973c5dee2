//! Export and import: collections as lines of JSON, to go elsewhere and to come back exactly.
//!
//! What an export looks like is in `docs/export.md`. [`export`](mod@export) writes one version of the store, record by
//! record, and stops nobody. [`import`](mod@import) reads such lines, checks them, and commits the records in batches;
//! [`landing`] is where they go: through the Rust type of a collection that is attached, so that its indexes and unique
//! constraints are right, or as bytes into one that is not. [`lines`] is what both share: lines that are counted,
//! hashed and, where a key is given, encrypted. [`marks`] are the lines that are not records.

pub(super) mod export;
pub(super) mod import;
pub(super) mod landing;
mod lines;
mod marks;

/// What an export looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Format {
    /// A line of JSON for each record; see [`docs::export`](mod@crate::docs::export).
    #[default]
    JsonLines,
}

/// How far an export or an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// The collection at hand.
    pub collection: &'a str,
    /// How many records are done, all collections together. Of an import: committed.
    pub records: u64,
    /// How many there are.
    pub of_records: u64,
    /// How many bytes were written or read, before encryption.
    pub bytes: u64,
}

/// Takes the progress.
type Report<'a> = Box<dyn FnMut(&Progress<'_>) + 'a>;
