//! The stores that take part, one file each.

mod fjall;
mod folio;
mod layout;
mod lmdb;
mod native_db;
mod redb;
mod sled;
mod sqlite;
mod surrealkv;
mod surrealmx;
#[cfg(test)]
mod tests;

use crate::peer::{Commit, Outcome, Peer};
use crate::record::{Unordered, User};
use ::folio::Durability;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// What peers with a block cache of their own get: everything fits, since Folio has everything in
/// memory too.
const CACHE_BYTES: u64 = 1 << 30;

/// One of the stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Folio,
    FolioHash,
    Redb,
    Fjall,
    Lmdb,
    Sqlite,
    SurrealMx,
    SurrealKv,
    Sled,
    NativeDb,
}

impl Kind {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Folio,
        Self::FolioHash,
        Self::Redb,
        Self::Fjall,
        Self::Lmdb,
        Self::Sqlite,
        Self::SurrealMx,
        Self::SurrealKv,
        Self::Sled,
        Self::NativeDb,
    ];

    /// Opens the store in a directory of its own, creating it if it is not there; commits are
    /// durable.
    pub fn open(self, directory: &Path, folio_relaxed: Durability) -> Outcome<Box<dyn Peer>> {
        Ok(match self {
            Self::Folio => Box::new(folio::Folio::<User>::open(directory, folio_relaxed)?),
            Self::FolioHash => Box::new(folio::Folio::<Unordered>::open(directory, folio_relaxed)?),
            Self::Redb => Box::new(redb::Redb::open(directory)?),
            Self::Fjall => Box::new(fjall::Fjall::open(directory, CACHE_BYTES)?),
            Self::Lmdb => Box::new(lmdb::Lmdb::open(directory)?),
            Self::Sqlite => Box::new(sqlite::Sqlite::open(directory)?),
            Self::SurrealMx => Box::new(surrealmx::SurrealMx::open(directory)?),
            Self::SurrealKv => Box::new(surrealkv::SurrealKv::open(directory, CACHE_BYTES)?),
            Self::Sled => Box::new(sled::Sled::open(directory, CACHE_BYTES)?),
            Self::NativeDb => Box::new(native_db::NativeDb::open(directory)?),
        })
    }

    /// Whether the store has such commits at all.
    pub fn offers(self, commit: Commit) -> bool {
        self != Self::NativeDb || commit == Commit::Durable
    }

    /// Whether the store reads ranges of keys.
    pub fn scans(self) -> bool {
        self != Self::FolioHash
    }

    /// Whether a durable commit is one by its system calls. sled's `flush` is a `sync_file_range` on
    /// Linux, which leaves the cache of the device and the size of the file alone.
    pub fn really_syncs(self) -> bool {
        self != Self::Sled
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Folio => "folio",
            Self::FolioHash => "folio_hash",
            Self::Redb => "redb",
            Self::Fjall => "fjall",
            Self::Lmdb => "lmdb",
            Self::Sqlite => "sqlite",
            Self::SurrealMx => "surrealmx",
            Self::SurrealKv => "surrealkv",
            Self::Sled => "sled",
            Self::NativeDb => "native_db",
        }
    }

    /// The crate that brings it.
    pub fn package(self) -> &'static str {
        match self {
            Self::FolioHash => "folio",
            Self::Lmdb => "heed",
            Self::Sqlite => "rusqlite",
            other => other.name(),
        }
    }

    /// How it was configured: isolation, durable, relaxed, anything else.
    pub fn configuration(self) -> [&'static str; 4] {
        match self {
            Self::Folio => [
                "serializable, validated at commit",
                "`Durability::Fsync`",
                "see `--folio-relaxed`",
                "all in memory; reads of a range by a view taken for that read",
            ],
            Self::FolioHash => [
                "serializable, validated at commit",
                "`Durability::Fsync`",
                "see `--folio-relaxed`",
                "`#[record(unordered)]`, `#[index(unique, hash)]`, `#[index(hash)]`: no ranges",
            ],
            Self::Redb => [
                "single writer",
                "`Durability::Immediate`",
                "`Durability::None`",
                "default cache, 1 GiB; non-unique index: multimap table",
            ],
            Self::Fjall => [
                "serializable (`OptimisticTxDatabase`)",
                "`PersistMode::SyncAll` per transaction",
                "`PersistMode::Buffer`",
                "three keyspaces; 1 GiB block cache",
            ],
            Self::Lmdb => [
                "single writer",
                "default (fdatasync per commit)",
                "`MDB_NOSYNC`",
                "no write map; non-unique index: sorted, fixed-size duplicates",
            ],
            Self::Sqlite => [
                "single writer (`BEGIN IMMEDIATE`, queued at a mutex)",
                "WAL, `synchronous = FULL`",
                "WAL, `synchronous = NORMAL`",
                "columns with SQL indexes, record as a BLOB; prepared statements, kept connections, \
                 `mmap_size` 8 GiB, 64 MiB cache each",
            ],
            Self::SurrealMx => [
                "serializable (`SerializableSnapshotIsolation`)",
                "`AolMode::SynchronousOnCommit`, `FsyncMode::EveryAppend`",
                "`AolMode::SynchronousOnCommit`, `FsyncMode::Never`",
                "no snapshots; opened anew between durable and relaxed",
            ],
            Self::SurrealKv => [
                "snapshot, reads of writers by `get_for_update`",
                "`Durability::Immediate`",
                "`Durability::Eventual`",
                "1 GiB block cache; a tokio runtime with as many threads as cores",
            ],
            Self::Sled => [
                "serializable (transactions over three trees)",
                "`flush` after each commit: a `sync_file_range`, **no fsync**",
                "flush in the background every 500 ms",
                "1 GiB cache",
            ],
            Self::NativeDb => [
                "single writer",
                "always (redb 2.6, `Durability::Immediate`)",
                "not offered",
                "postcard by `native_model`, with its header",
            ],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("no peer is called {text:?}; there are {names}")
        })
    }
}
