//! Lets libFuzzer drive `src/exports.rs`, which `tests/fuzz_corpus.rs` runs on the committed inputs.
#![no_main]

#[path = "../src/exports.rs"]
mod exports;

libfuzzer_sys::fuzz_target!(|input: &[u8]| exports::run(input));
