//! What concurrent transactions may see of each other.
//!
//! Under [`Isolation::Serializable`](folio::Isolation::Serializable) nothing that a serial execution
//! would not give; under [`Isolation::Snapshot`](folio::Isolation::Snapshot) write skew and the
//! read-only anomaly, and nothing else. The cases of the Hermitage suite are run step by step
//! ([`hermitage`]), every way of reading is held against changes that it must and must not notice
//! ([`reads`]), and histories of random concurrent transactions are checked for serializability: of
//! lists that grow ([`history`], [`check`]) and of values that replace each other ([`registers`]).
#![cfg(feature = "derive")]

mod check;
mod graph;
mod hermitage;
mod history;
mod page;
mod reads;
mod registers;
mod world;

#[path = "../common/mod.rs"]
mod common;
