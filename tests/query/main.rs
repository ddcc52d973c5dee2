//! Queries: they give what a look at every record would, in every context and whatever way they take; a
//! transaction depends on what its queries consumed and on nothing else; and they say what they do.

#[path = "../common/mod.rs"]
mod common;
mod conflicts;
mod lazy;
mod model;
mod plans;
mod references;
