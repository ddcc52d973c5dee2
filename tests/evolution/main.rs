//! Types that change between two runs of a program: what an earlier type stored, read by later ones.
//!
//! Each case has a *golden* store in `golden/`, written once by the earlier type and never again, so
//! that what is read here is what a program of that time left. A test of a new case writes its store
//! where it is missing, if it is told to by `FOLIO_WRITE_GOLDEN=1`.
#![cfg(feature = "derive")]

#[macro_use]
mod types;

mod collections;
mod crashes;
mod failures;
mod fields;
mod golden;
mod indexes;
mod keys;
mod migrations;
mod mixed;
mod numbers;
mod refusals;
mod refused_keys;
mod refused_versions;
mod reviewed;
mod threads;
mod variants;
mod wrapping;

#[path = "../common/mod.rs"]
mod common;
