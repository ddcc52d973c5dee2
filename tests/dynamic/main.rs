//! Stored bytes as values without the Rust type, and back: whatever the type, whatever the value, and
//! whatever the bytes claim.
#![cfg(feature = "derive")]

mod any;
mod hostile;
mod json;
mod random_types;
mod typed;
mod zoo;
