//! Folio is an embedded, multi-version, transactional store of typed collections: your own structs,
//! with secondary indexes, serializable transactions, and snapshots that are read without a lock, a
//! copy or a decode. All live data is in memory; every commit is in a checksummed log on disk before
//! it is reported as done.
//!
//! # First look
//!
//! ```
//! use folio::{Record, Store};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
//! #[record(name = "users")]
//! struct User {
//!     #[key]
//!     id: u64,
//!     #[index(unique)]
//!     email: String,
//!     #[index]
//!     city: String,
//!     #[index(each)]
//!     tags: Vec<String>,
//!     logins: u32,
//! }
//!
//! fn main() -> folio::Result<()> {
//!     # let directory = tempfile::tempdir().expect("there is a place for temporary files");
//!     # std::env::set_current_dir(&directory).expect("the directory was just made");
//!     let store = Store::open("app.folio")?;            // created if missing, recovered if needed
//!     let users = store.collection::<User>()?;          // Collection<User>: a cheap, cloneable, Send + Sync handle
//!
//!     users.put(User { id: 1, email: "ada@lovelace.org".into(), city: "London".into(), tags: vec![], logins: 0 })?;
//!     let ada = users.get(&1).expect("just put");                       // Arc<User>, no decode, no copy
//!     let same = users.find(User::EMAIL, "ada@lovelace.org");            // unique index: Option<Arc<User>>
//!     assert_eq!(Some(ada), same);
//!
//!     let logins = store.transact(|tx| {                // serializable; re-run on conflict; Err rolls back
//!         let users = tx.collection::<User>()?;
//!         let ada = users.find(User::EMAIL, "ada@lovelace.org").ok_or_else(|| folio::Error::abort("no ada"))?;
//!         let ada = users.update(&ada.id, |user| user.logins += 1)?;
//!         Ok(ada.logins)
//!     })?;                                              // durable here
//!     assert_eq!(logins, 1);
//!
//!     let snapshot = store.snapshot();                  // O(1), never blocks, holds one version of everything
//!     for user in snapshot.collection::<User>()?.by(User::CITY).get("London") {
//!         println!("{} <{}>", user.id, user.email);     // &User
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # What to know before
//!
//! - **The data must fit in memory**, as Rust values. The files are for recovery and for the past
//!   ([`docs::history`]): else nothing is read from disk after opening, which reads the newest
//!   checkpoint and the log behind it.
//! - **One process** has a store open for writing; others get [`Error::Locked`]. Any number may have it
//!   open [`read_only`](Options::read_only) together, or follow the one that writes ([`Store::follow`]).
//!   Threads share one [`Store`].
//! - **A transaction's closure may run several times**, and must not wait for the commit of another
//!   thread.
//! - **A commit is durable when it returns**, at [`Durability::Fsync`]. The other levels give some of
//!   that away for speed. A crash leaves a prefix of the commits, whatever the level.
//! - **A snapshot pins memory**: what its version does not share with newer ones stays as long as it.
//! - **Types may change**: fields come, go and get other names without a line of code, and a change of
//!   meaning takes a `From` ([`docs::evolution`]). What can't be bridged is refused with
//!   [`Error::SchemaMismatch`] before anything is touched. Indexes are not stored and may change freely.
//!
//! The whole list is in [`docs::limitations`].
//!
//! # Where to begin
//!
//! | | |
//! |---|---|
//! | [`Record`](trait@Record) | what can be stored, and how its key and its indexes are declared |
//! | [`Store`] | opening, transactions, snapshots, closing; [`Options`] are the choices to make before |
//! | [`Collection`] | the newest durable version; each write is a transaction of its own |
//! | [`Snapshot`], [`View`] | one version of everything; one collection in it |
//! | [`Change`], [`Revision`], [`CommitInfo`], [`Head`] | what differs between two versions; what became of a record; what was committed; a witness of the log |
//! | [`Transaction`], [`TxCollection`] | a version with the transaction's own changes; [`TransactionOptions`] has isolation, durability, retries, metadata |
//! | [`Index`], [`Unique`] | the handles by which indexes are named; [`Ordered`] or [`Hashed`] |
//! | `Text`, `Search`, `TextQuery` | full-text indexes, searching them, and what for; with the feature `text` |
//! | [`Documents`] | values of any type by string keys, without a type of their own |
//! | [`Descriptor`], [`Value`], [`Values`] | what stored bytes mean; a value of any type; the records of any collection as values |
//! | [`EncryptionKey`], [`Compression`] | how the log is encrypted and compressed |
//! | [`ExportOptions`], [`ImportOptions`] | data as lines of JSON, out of a store and into one ([`Store::export`], [`Store::import`]) |
//! | [`BackupInfo`] | what a backup has ([`Store::backup`], [`Store::restore`]) |
//! | [`Stats`], [`Opening`], [`Following`] | what a store has done since it was opened, how large it is, how long things take; what it was recovered from; how far a follower has come |
//! | [`Error`] | everything that can go wrong |
//!
//! # Where to read on
//!
//! - [`docs::architecture`]: the layers, the life of a read and of a commit, locks, memory.
//! - [`docs::transactions`]: isolation and why it holds, conflicts, outcomes, durability.
//! - [`docs::evolution`]: changing types, migrations, data without types, documents.
//! - [`docs::queries`]: several conditions, an order and a limit, planned by what the indexes have; references.
//! - `docs::text`: finding records by the words of their texts, the best first; with the feature `text`.
//! - [`docs::watch`](mod@docs::watch): hearing of what changes.
//! - [`docs::asynchronous`]: transactions that tasks wait for, streams, what blocks.
//! - [`docs::encryption`]: what it protects, keys, and what it and compression cost.
//! - [`docs::history`]: old versions, what changed between them, the ledger and its witnesses.
//! - [`docs::backups`]: backups of a store that goes on, restoring whole or to a point in time.
//! - [`docs::followers`]: reading a store in one process while another one writes it.
//! - [`docs::export`](mod@docs::export): data as lines of JSON, out of a store and into one, with or without its types.
//! - [`docs::cli`]: looking into a store, changing and keeping it on the command line.
//! - [`docs::expiry`]: records with a deadline, and the sweeper.
//! - [`docs::format`](mod@docs::format): every byte on disk, and recovery.
//! - [`docs::operating`]: what to watch in production, limits, and what to do when something is wrong.
//! - [`docs::reliability`]: which tests hold it to its promises, and how much they looked at.
//! - [`docs::cost`]: what grows with what, in plots.
//! - [`docs::limitations`]: what it does not do.
//!
//! # Features
//!
//! - `derive`, on by default: `#[derive(Record)]` and `#[derive(Schema)]`.
//! - `cli`: the command line `folio`, a program beside the library ([`docs::cli`]).
//! - `simulation`: a disk in memory that shows how a store meets crashes and faults, for tests.
//! - `zstd`, `gzip`: compression of the log with these, beside Snappy, which is always there.
//! - `tracing`, `metrics`: what a store does, told as spans and events of the one and numbers of the other
//!   ([`docs::operating`]).
//! - `text`: full-text search (`docs::text`).
//! - `stream`: watchers as streams of asynchronous programs ([`docs::watch`](mod@docs::watch)).
//! - `uuid`, `chrono`, `jiff`, `rust_decimal`, `bytes`: types of these crates in records.
//!
//! | | what can be stored | stored as |
//! |---|---|---|
//! | `uuid` 1 | `Uuid`, `NonNilUuid` | bytes |
//! | `chrono` 0.4 | `DateTime` in any zone, `NaiveDate`, `NaiveTime`, `NaiveDateTime`, `Month`, `Weekday` | text |
//! | | `TimeDelta` | two integers |
//! | `jiff` 0.2 | `Timestamp`, `civil::{Date, Time, DateTime, ISOWeekDate}`, `Span`, `SignedDuration` | text |
//! | `rust_decimal` 1 | `Decimal`, with all its digits | text |
//! | `bytes` 1 | `Bytes`, `BytesMut` | bytes |
//!
//! A `jiff::Zoned` can't be stored, since whether it can be read again depends on the time zones that
//! the system knows: store a `Timestamp`, and the name of the zone beside it. A `Decimal` or a `DateTime`
//! with an offset is a good key only where equal values are written in one way, always with two digits
//! say, or in one zone. The feature `rust_decimal` turns on `serde-str` of that crate, for the whole
//! program: decimals are then read from strings alone, in JSON too.

#![cfg_attr(not(test), deny(clippy::disallowed_types, clippy::disallowed_methods))]

extern crate self as folio;

mod clock;
mod codec;
mod collection;
pub mod docs;
mod engine;
mod envelope;
mod error;
#[cfg(feature = "simulation")]
#[doc(hidden)]
pub mod fuzzing;
mod histogram;
mod log;
mod media;
#[cfg(folio_loom)]
#[doc(hidden)]
pub mod model;
mod options;
mod parallel;
mod persistent;
mod schema;
mod schema_lock;
#[cfg(feature = "simulation")]
pub mod simulation;
mod steps;
mod store;
mod sync;
mod table;
#[cfg(feature = "text")]
mod text;
mod trace;
mod transaction;
mod value;
mod version;
mod when;

pub use collection::changes::{Change, Changes};
pub use collection::committing::Committing;
pub use collection::documents::Document;
pub use collection::documents::batch::Batch;
pub use collection::documents::in_transaction::TxDocuments;
pub use collection::documents::live::Documents;
pub use collection::documents::view::DocumentsView;
pub use collection::in_transaction::TxCollection;
pub use collection::index_scan::{TxIndex, TxIndexKeys, TxIndexRecords};
pub use collection::live::Collection;
pub use collection::query::{Condition, Query, QueryRecords, QuerySource};
pub use collection::retry::TransactionOptions;
pub use collection::revisions::{Revision, Revisions};
pub use collection::scan::{TxKeys, TxRecords};
#[cfg(feature = "text")]
pub use collection::search::{Hit, Search};
pub use collection::transaction::{Commit, Transaction};
pub use collection::values::Values;
pub use collection::values::entry::Entry;
pub use collection::values::in_transaction::TxValues;
pub use collection::view::{Keys, Records, View};
pub use collection::view_index::{IndexKeys, IndexRecords, ViewIndex};
pub use collection::watch::{Delta, Watcher};
pub use engine::verify::report::{CollectionReport, Place, Problem, TornTail, Versions};
pub use envelope::compression::Compression;
pub use envelope::key::{EncryptionKey, KeyBytes};
pub use error::{Error, Pending, Result};
pub use histogram::Histogram;
pub use options::{Durability, History, Isolation, Merge, Options, SlowTransaction};
pub use schema::Schema;
pub use schema::build::{FieldOptions, Fields, Types, VariantOptions, Variants};
pub use schema::decoder::Decoder;
pub use schema::descriptor::Descriptor;
pub use schema::node::TypeRef;
pub use schema::values::limits::Limits;
pub use schema_lock::SchemaLock;
pub use steps::{Part, Step};
#[cfg(feature = "stream")]
pub use store::WatchStream;
pub use store::{
    BackupInfo, CollectionChanges, CollectionInfo, CollectionStats, CommitInfo, Commits,
    ExportOptions, Exported, FileStats, Following, Format, Head, HeldVersions, ImportOptions,
    Imported, ImportedCollection, IndexInfo, IndexStats, Latency, Observed, Opening, Progress,
    Reencrypted, RepairReport, Report, Snapshot, Stats, Store, StoreDelta, StoreWatcher,
    UnreadablePart,
};
pub use table::deadline::Deadline;
pub use table::index::{Index, IndexHandle, Unique};
pub use table::key::{Key, KeyPart, KeyRange, Lookup, Prefix};
pub use table::order::{Hashed, IndexOrder, Ordered};
pub use table::reading::Previous;
pub use table::record::{Indexes, Record};
pub use table::reference::{Ref, Referent};
#[cfg(feature = "text")]
pub use table::text::handle::{Searchable, Text};
#[cfg(feature = "text")]
pub use text::{language::Language, query::TextQuery};
pub use value::{Integer, IntegerError, Value, Variant};
pub use when::{Version, When};

#[cfg(feature = "derive")]
pub use folio_derive::{Record, Schema};
