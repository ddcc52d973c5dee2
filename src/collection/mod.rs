//! Collections as users see them, in the three contexts that share one vocabulary: the latest
//! version ([`live`]), one version ([`view`]), and a transaction ([`in_transaction`]). The same three for
//! values of any type are in [`documents`].
//!
//! Nothing here knows the store: a collection holds the engine, and a transaction its own copy of
//! what it needs.

#[cfg(feature = "text")]
pub(crate) mod asked;
mod batches;
pub(crate) mod changes;
pub(crate) mod committing;
pub(crate) mod context;
pub(crate) mod documents;
pub(crate) mod hash_scan;
pub(crate) mod in_transaction;
pub(crate) mod index_scan;
pub(crate) mod live;
pub(crate) mod query;
pub(crate) mod retry;
pub(crate) mod revisions;
pub(crate) mod scan;
#[cfg(feature = "text")]
pub(crate) mod search;
mod slow;
pub(crate) mod transaction;
pub(crate) mod values;
pub(crate) mod view;
pub(crate) mod view_index;
pub(crate) mod watch;
