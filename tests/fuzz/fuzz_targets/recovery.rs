//! Lets libFuzzer drive `src/recovery.rs`, which `tests/fuzz_corpus.rs` runs on the committed inputs.
#![no_main]

#[path = "../src/recovery.rs"]
mod recovery;

libfuzzer_sys::fuzz_target!(|input: &[u8]| recovery::run(input));
