//! Transactions: private changes on top of one version, and what they depend on.
//!
//! Pure: no lock, no clock, no I/O. A [`Workspace`](workspace::Workspace) holds the version a
//! transaction started from and a [`Work`](work::Work) for each collection it touched: the keys it
//! wrote, each with the record it ends up with; a fork of the table with these writes, made when
//! something reads the table beyond single keys; and its [`Footprint`](footprint::Footprint),
//! everything else it read.
//!
//! # The conflict test
//!
//! A transaction may commit on top of the *tip* if everything in its footprint, and under each key that
//! it wrote, is the same there as in its base. Versions share what did not change, so "the same" needs no comparison of records:
//! the same table, the same map, or the same `Arc` under the same key. If the tip's table is the
//! base itself, there is nothing to test. How the writes get into the tip's table is told in [`work`].
//!
//! That the result is what a serial execution would give follows from two facts: what the
//! transaction read was the base plus its own writes; and outside of its own writes the tip has the
//! same as the base wherever it looked.

pub(crate) mod footprint;
mod keys;
#[cfg(feature = "text")]
mod text_reads;
pub(crate) mod work;
pub(crate) mod workspace;
