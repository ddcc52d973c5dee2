//! Lets libFuzzer drive `src/commits.rs`, which `tests/fuzz_corpus.rs` runs on the committed inputs.
#![no_main]

#[path = "../src/commits.rs"]
mod commits;
#[path = "../src/format.rs"]
mod format;

libfuzzer_sys::fuzz_target!(|input: &[u8]| commits::run(input));
