//! Transactions: private changes on top of one version, and what they depend on.
//!
//! Pure: no lock, no clock, no I/O. A [`Workspace`](workspace::Workspace) holds the version a
//! transaction started from and a [`Work`](work::Work) for each collection it touched: a fork of the
//! table, which is edited in place, so that the transaction's own reads simply see its own writes;
//! the keys it wrote; and its [`Footprint`](footprint::Footprint), everything it read.
//!
//! # The conflict test
//!
//! A transaction may commit on top of the *tip* if everything in its footprint is the same there as
//! in its base. Versions share what did not change, so "the same" needs no comparison of records:
//! the same table, the same map, or the same `Arc` under the same key. If the tip's table is the
//! base itself, there is nothing to test and the fork is taken as it is; else the written keys are
//! carried over to the tip's table, one by one.
//!
//! That the result is what a serial execution would give follows from two facts: what the
//! transaction read was the fork, which is the base plus its own writes; and outside of its own
//! writes the tip has the same as the base wherever it looked.

pub(crate) mod footprint;
pub(crate) mod work;
pub(crate) mod workspace;
