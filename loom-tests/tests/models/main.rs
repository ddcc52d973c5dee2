//! Models of folio's commit pipeline: the real one, under a model checker that runs each model in
//! every order in which its threads can meet.
//!
//! ```text
//! RUSTFLAGS="--cfg folio_loom" LOOM_MAX_PREEMPTIONS=3 cargo test --release -- --nocapture
//! ```
//!
//! Each module is one promise. It holds one or more models, and each model has twins: the same
//! model over a pipeline with a [`Bug`](folio::model::Bug), which has to fail, and for the right
//! reason. A model also names what must have happened in some of its interleavings, so that none
//! passes because the threads never met.
//!
//! The log under the pipeline is the model's own ([`log`]): it knows what is written and what is
//! synced, so that every look at a version can be held against it ([`trial`]), and it fails when it
//! is told to.
//!
//! Without `--cfg folio_loom` there is nothing here.

#![cfg(folio_loom)]

mod explore;
#[path = "../../../tests/common/figures.rs"]
mod figures;
mod log;
mod trial;

mod background;
mod closing;
mod cut;
mod failure;
mod floor;
mod group_commit;
mod levels;
mod panic;
mod publication;
mod tasks;
mod waiting;
mod watching;
