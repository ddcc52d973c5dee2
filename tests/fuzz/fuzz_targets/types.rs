//! Lets libFuzzer drive `src/types.rs`, which `tests/fuzz_corpus.rs` runs on the committed inputs.
#![no_main]

#[path = "../src/types.rs"]
mod types;

libfuzzer_sys::fuzz_target!(|input: &[u8]| types::run(input));
