//! Lets libFuzzer drive `src/operations.rs`, which `tests/fuzz_corpus.rs` runs on the committed inputs.
#![no_main]

#[path = "../src/operations.rs"]
mod operations;

libfuzzer_sys::fuzz_target!(|input: &[u8]| operations::run(input));
