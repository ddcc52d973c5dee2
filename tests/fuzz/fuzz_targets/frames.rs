//! Lets libFuzzer drive `src/frames.rs`, which `tests/fuzz_corpus.rs` runs on the committed inputs.
#![no_main]

#[path = "../src/format.rs"]
mod format;
#[path = "../src/frames.rs"]
mod frames;

libfuzzer_sys::fuzz_target!(|input: &[u8]| frames::run(input));
