//! Lets libFuzzer drive `src/segments.rs`, which `tests/fuzz_corpus.rs` runs on the committed inputs.
#![no_main]

#[path = "../src/format.rs"]
mod format;
#[path = "../src/segments.rs"]
mod segments;

libfuzzer_sys::fuzz_target!(|input: &[u8]| segments::run(input));
