//! An embedded multi-version transactional store of typed collections.

#![cfg_attr(not(test), deny(clippy::disallowed_types, clippy::disallowed_methods))]

extern crate self as folio;

mod codec;
mod collection;
mod engine;
mod error;
mod log;
mod media;
#[cfg(folio_loom)]
#[doc(hidden)]
pub mod model;
mod options;
mod persistent;
mod schema;
#[cfg(feature = "simulation")]
pub mod simulation;
mod store;
mod sync;
mod table;
mod transaction;
mod version;

pub use collection::in_transaction::TxCollection;
pub use collection::index_scan::{TxIndex, TxIndexKeys, TxIndexRecords};
pub use collection::live::Collection;
pub use collection::retry::TransactionOptions;
pub use collection::scan::{TxKeys, TxRecords};
pub use collection::transaction::{Commit, Transaction};
pub use collection::view::{Keys, Records, View};
pub use collection::view_index::{IndexKeys, IndexRecords, ViewIndex};
pub use error::{Error, Result};
pub use options::{Durability, Isolation, Options};
pub use schema::{Fields, Schema, Types, Variants};
pub use store::{CollectionInfo, IndexInfo, Snapshot, Stats, Store};
pub use table::index::{Index, IndexHandle, Unique};
pub use table::key::{Key, KeyPart, KeyRange, Prefix};
pub use table::record::{Indexes, Record};
pub use version::number::Version;

#[cfg(feature = "derive")]
pub use folio_derive::{Record, Schema};
