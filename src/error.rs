//! The one error type of the crate.
//!
//! A variant carries data (which file, which offset, which key), so that a program can act on it,
//! and its message says what happened, where, and what to do. The cause, where there is one, is
//! reachable through [`std::error::Error::source`].

mod kinds;
mod pending;
mod text;

pub use pending::Pending;

use crate::when::Version;
use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use text::{advice, at_key, decoded, not_archived, not_found};

/// What a fallible operation of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another transaction changed what this one had read or written. Nothing was changed; run the
    /// transaction again ([`Store::transact`](crate::Store::transact) does so by itself).
    #[error(
        "conflict in collection `{collection}` at {key}: another transaction changed it first; nothing was written, run the transaction again"
    )]
    Conflict {
        /// The collection in which the two transactions met.
        collection: String,
        /// The key, index key or range at which they met, as text.
        key: String,
    },

    /// A record with this key is there already.
    #[error(
        "collection `{collection}` already has a record with key {key}; use `put` to replace it or `update` to change it"
    )]
    KeyExists {
        /// The collection.
        collection: String,
        /// The key, as text.
        key: String,
    },

    /// There is no record with this key, or no collection with this name.
    #[error("{}", not_found(.collection, .key.as_deref()))]
    NotFound {
        /// The collection.
        collection: String,
        /// The key, as text; `None` where the collection itself is missing.
        key: Option<String>,
    },

    /// A unique index already has this value, under another key.
    #[error(
        "unique index `{index}` of collection `{collection}` already has {value}, in the record with key {existing}"
    )]
    UniqueViolation {
        /// The collection.
        collection: String,
        /// The unique index.
        index: String,
        /// The value that would be there twice, as text.
        value: String,
        /// The key of the record that has it, as text.
        existing: String,
    },

    /// The closure of an `update` changed the key of its record.
    #[error(
        "an update in collection `{collection}` changed the key from {before} to {after}; remove the record and insert it under the new key instead"
    )]
    KeyChanged {
        /// The collection.
        collection: String,
        /// The key before, as text.
        before: String,
        /// The key after, as text.
        after: String,
    },

    /// The Rust type does not fit what is stored under the collection's name.
    #[error(
        "the Rust type does not match what collection `{collection}` stores:\n{diff}use the type it was written with, change the type as it says, or use another collection name"
    )]
    SchemaMismatch {
        /// The collection.
        collection: String,
        /// The difference, one line each: `-` stored, `+` asked for.
        diff: String,
    },

    /// A file of the store is damaged.
    #[error(
        "`{}` is damaged at byte {offset}: expected {expected}, found {found}; nothing was changed: restore a backup, or make a new store of all that is intact (`Store::repair`)",
        .file.display()
    )]
    Corrupt {
        /// The damaged file.
        file: PathBuf,
        /// Where in it, in bytes.
        offset: u64,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },

    /// The directory holds something, but not a store.
    #[error(
        "`{}` is not a store: it has no manifest, but it has `{found}`; open a store, or a directory that is empty or not there yet",
        .path.display()
    )]
    NotAStore {
        /// The directory.
        path: PathBuf,
        /// One of the names in it.
        found: String,
    },

    /// The directory is a backup, or one that was not finished, and no store to be opened.
    #[error(
        "`{}` is a backup and not a store; restore it into a directory of its own with `Store::restore` and open that",
        .path.display()
    )]
    IsBackup {
        /// The directory.
        path: PathBuf,
    },

    /// The directory is no backup: nothing can be restored from it, and none is put beside what it has.
    #[error(
        "`{}` is not a backup: {found}; name the directory of a finished backup to restore, or one that is empty or not there yet to make one",
        .path.display()
    )]
    NotABackup {
        /// The directory.
        path: PathBuf,
        /// What it is instead.
        found: String,
    },

    /// The directory has a backup of another store, or of another history of this one.
    #[error(
        "the backup in `{}` can't be continued: {found}; make this one in another directory",
        .path.display()
    )]
    OtherBackup {
        /// The directory.
        path: PathBuf,
        /// In which way it differs.
        found: String,
    },

    /// A backup is only restored to where nothing is.
    #[error(
        "nothing is restored into `{}`, since it has `{found}` already; name a directory that is empty or not there yet",
        .path.display()
    )]
    TargetExists {
        /// The directory.
        path: PathBuf,
        /// One of the names in it.
        found: String,
    },

    /// Another handle, here or in another process, has the store open.
    #[error(
        "the store at `{}` is in use by another process or another handle in this one; close it there first",
        .path.display()
    )]
    Locked {
        /// The store's directory.
        path: PathBuf,
    },

    /// The store was opened for reading only.
    #[error(
        "the store was opened read-only, with `read_only` or `follow`; open it with `Store::open` to write"
    )]
    ReadOnly,

    /// The store that is followed went back behind what the follower has shown: its machine lost power before the last
    /// commits were durable, or its directory has another copy of it now. The follower keeps what it has.
    #[error(
        "the store in `{}` went back behind version {version}, which this follower has shown; open the follower again to see what is there",
        .path.display()
    )]
    Diverged {
        /// The directory of the store.
        path: PathBuf,
        /// The newest version that the follower has.
        version: Version,
    },

    /// An earlier write or sync failed, so that the store takes no more writes. What was published
    /// before can still be read.
    #[error(
        "the store takes no more writes because an earlier write to its log failed ({source}); reopen it to go on from what is on disk"
    )]
    Poisoned {
        /// The failure that poisoned the store.
        source: Arc<Error>,
    },

    /// The write or sync of this commit failed: it may or may not be on disk, and reopening the
    /// store shows which. It is not visible now.
    #[error(
        "the outcome of the commit is unknown because writing the log failed ({source}); reopen the store and look before trying again"
    )]
    OutcomeUnknown {
        /// The failure.
        source: Arc<Error>,
    },

    /// The version asked for is older than what is kept.
    #[error(
        "the version asked for is not kept any more, the oldest is {oldest}; open the store with more `history`, or as a ledger to keep all; an earlier backup may have it"
    )]
    OutOfHistory {
        /// The oldest version that can be had.
        oldest: Version,
    },

    /// A part of a ledger's log is not where it is looked for.
    #[error(
        "the ledger's segment `{}` is missing{}; give the directory that older segments were moved to with `Options::archive`, or restore a backup",
        .file.display(),
        not_archived(.archive.as_deref())
    )]
    MissingSegment {
        /// Where it would be in the store's directory.
        file: PathBuf,
        /// The archive, which does not have it either; `None` where none was given.
        archive: Option<PathBuf>,
    },

    /// What was given as the archive is none, or not the one of this store. No segment was removed.
    #[error(
        "`{}` can't be the archive of this store: {found}; give the directory that the segments of this store were moved to, or an empty one if there is none yet, and see that it is mounted",
        .path.display()
    )]
    NotTheArchive {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        found: String,
    },

    /// The version asked for is still to come.
    #[error("there is no version {version} yet, the newest is {newest}")]
    NotYet {
        /// The version asked for.
        version: Version,
        /// The newest version.
        newest: Version,
    },

    /// The store is in memory, and what was asked for is in a log.
    #[error("the store is in memory and has no log; open one in a directory")]
    NoLog,

    /// The log is not the one that a witness was taken of.
    #[error(
        "the log is not the one that the witness of version {version} was taken of: {found}; compare earlier witnesses to find where the histories part, and restore a backup that fits them all"
    )]
    WitnessMismatch {
        /// The version of the witness.
        version: Version,
        /// What the log has in its place.
        found: String,
    },

    /// Two snapshots that were to be compared are of different stores.
    #[error(
        "the two snapshots are of different stores, between which there are no changes; take both from one store"
    )]
    OtherStore,

    /// The store was closed through another handle.
    #[error("the store is closed; open it again")]
    Closed,

    /// Whoever [observes](crate::Store::observed) a long piece of work has ended it. Like any failure it left no half of
    /// anything behind that is taken for the whole.
    #[error("the work was ended by its observer before it was done; do it again to have it done")]
    Cancelled,

    /// Closing took longer than it was given. The store takes no more commits, and closing goes on.
    #[error(
        "the store could not be closed in the time given, still to be done: {}; it takes no more commits and closing goes on: call `close` again to wait for its end",
        pending::listed(.pending)
    )]
    CloseTimedOut {
        /// What is not done yet, what is waited for first.
        pending: Vec<Pending>,
    },

    /// The store is encrypted, and its key is another one, or none was given. Also where its keys were
    /// altered on disk.
    #[error(
        "the store is encrypted with another key than the one it was opened with, or it was opened without any; give its key with `Options::encryption`"
    )]
    WrongKey,

    /// What was given as a key can't be one. Nothing was changed.
    #[error(
        "the encryption key can't be used: {reason}; give 16, 24 or 32 random bytes, or a passphrase"
    )]
    InvalidKey {
        /// What is wrong with it.
        reason: String,
    },

    /// The store's key can't be changed, since it has none.
    #[error("the store is not encrypted; open it with `Options::encryption` to give it a key")]
    NotEncrypted,

    /// A file was compressed in a way that this build of the library was not given. Nothing was
    /// changed.
    #[error(
        "`{}` has parts that are compressed with {feature}; build the program with the feature `{feature}` of `folio`",
        .file.display()
    )]
    MissingFeature {
        /// The file.
        file: PathBuf,
        /// The feature of the crate.
        feature: &'static str,
    },

    /// The store was written in a format that this version of the library does not know.
    #[error(
        "the store has format version {found}, this library reads version {supported}; use a library version that knows the format"
    )]
    UnsupportedFormat {
        /// The version on disk.
        found: u32,
        /// The version this library reads and writes.
        supported: u32,
    },

    /// An operation of the file system failed.
    #[error("could not {op} `{}`: {source}{}", .path.display(), advice(.source))]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was tried.
        op: &'static str,
        /// What the operating system said.
        source: io::Error,
    },

    /// A value can't be written in the store's encoding.
    #[error("a value of type `{type_name}` can't be encoded: {source}")]
    Encode {
        /// The Rust type.
        type_name: &'static str,
        /// What the encoder said.
        source: Box<dyn StdError + Send + Sync>,
    },

    /// What is stored can't be read as the type asked for.
    #[error(
        "{} can't be decoded as `{type_name}`: {source}",
        decoded(.collection.as_deref(), .key.as_deref())
    )]
    Decode {
        /// The collection, where it is known.
        collection: Option<String>,
        /// The key of the record, as text, where it is known.
        key: Option<String>,
        /// The Rust type.
        type_name: &'static str,
        /// What the decoder said.
        source: Box<dyn StdError + Send + Sync>,
    },

    /// The migration of a record to a newer version of its type failed. The store is as it was.
    #[error(
        "the record with key {key} of collection `{collection}` can't be migrated from version {from} of its type to version {to}: {source}; nothing was changed"
    )]
    Migration {
        /// The collection.
        collection: String,
        /// The key of the record, as text.
        key: String,
        /// The version of the type it was stored as.
        from: u32,
        /// The version of the type it was to become.
        to: u32,
        /// What the conversion said.
        source: Box<dyn StdError + Send + Sync>,
    },

    /// A record or a transaction is larger than the store's limit.
    #[error(
        "{what} of {size_bytes} bytes is over the limit of {limit_bytes}; split it, or raise the limit in the store's options"
    )]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size in bytes.
        size_bytes: u64,
        /// The limit in bytes.
        limit_bytes: u64,
    },

    /// There is more in memory than the store's limit allows for. Nothing was changed. Removing records and
    /// reading go on.
    #[error(
        "the store's records take about {used_bytes} bytes of memory, and with those of this transaction more than the limit of {limit_bytes}; remove records, or raise `Options::memory_limit`"
    )]
    MemoryLimit {
        /// What the newest version takes, by the store's estimate, in bytes.
        used_bytes: u64,
        /// The limit in bytes.
        limit_bytes: u64,
    },

    /// What was to be imported is not an export, or not a whole one. What was committed before the line stays.
    #[error(
        "line {line} of the export: expected {expected}, found {found}; the export is damaged, was changed or ends too early: take it again, or another one"
    )]
    NotAnExport {
        /// The number of the line, from 1.
        line: u64,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },

    /// A line of an export can't be imported into this store. What was committed before it stays.
    #[error("line {line} of the export can't be imported into collection `{collection}`{}: {source}", at_key(.key.as_deref()))]
    NotImported {
        /// The number of the line, from 1.
        line: u64,
        /// The collection.
        collection: String,
        /// The key of the record, as text; `None` where it is about the collection.
        key: Option<String>,
        /// Why: [`KeyExists`](Self::KeyExists) or [`UniqueViolation`](Self::UniqueViolation), say.
        source: Box<Error>,
    },

    /// An encrypted export is damaged, was changed, or ends too early. What was committed before stays.
    #[error(
        "the encrypted export is damaged at byte {offset}: expected {expected}, found {found}; take it again, or another one"
    )]
    CorruptExport {
        /// Where in it, in bytes.
        offset: u64,
        /// What should be there.
        expected: String,
        /// What is there.
        found: String,
    },

    /// All numbers for new records of a collection are used up.
    #[error(
        "collection `{collection}` has no numbers left for new records, since {} was used; choose keys by hand",
        u64::MAX
    )]
    IdsExhausted {
        /// The collection.
        collection: String,
    },

    /// The closure of a transaction gave up; the transaction was rolled back.
    #[error("the transaction was aborted: {0}")]
    Abort(#[source] Box<dyn StdError + Send + Sync>),
}

impl Error {
    /// An error with which a transaction's closure gives up for a reason of its own.
    ///
    /// ```
    /// let error = folio::Error::abort("the account is closed");
    /// assert_eq!(error.to_string(), "the transaction was aborted: the account is closed");
    /// ```
    pub fn abort(reason: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Abort(reason.into())
    }

    /// A value that can't be encoded.
    pub(crate) fn encode(
        type_name: &'static str,
        source: impl StdError + Send + Sync + 'static,
    ) -> Self {
        Self::Encode { type_name, source: Box::new(source) }
    }

    /// Something that can't be decoded. [`Self::within`] says where it is.
    pub(crate) fn decode(
        type_name: &'static str,
        source: impl StdError + Send + Sync + 'static,
    ) -> Self {
        Self::Decode { collection: None, key: None, type_name, source: Box::new(source) }
    }

    /// Says of what can't be decoded in which collection it is, and under which key, as far as the
    /// caller knows.
    pub(crate) fn within(mut self, in_collection: Option<&str>, at_key: Option<String>) -> Self {
        if let Self::Decode { collection, key, .. } = &mut self {
            *collection = in_collection.map(str::to_owned).or(collection.take());
            *key = at_key.or(key.take());
        }
        self
    }

    /// The failure of a file operation.
    pub(crate) fn io(path: impl Into<PathBuf>, op: &'static str, source: io::Error) -> Self {
        let path = path.into();
        Self::Io { path, op, source }
    }
}
