//! Lets libFuzzer drive `src/values.rs`, which `tests/fuzz_corpus.rs` runs on the committed inputs.
#![no_main]

#[path = "../src/values.rs"]
mod values;

libfuzzer_sys::fuzz_target!(|input: &[u8]| values::run(input));
