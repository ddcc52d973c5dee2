//! The inputs of the fuzz targets, run without a fuzzer: the committed corpus, in which every input
//! that ever found something stays, and seeded variations of it.
//!
//! The targets are those of `tests/fuzz`, where a nightly toolchain explores them with coverage.
#![cfg(feature = "derive")]

#[path = "fuzz/src/operations.rs"]
mod operations;
#[path = "fuzz/src/recovery.rs"]
mod recovery;

use std::fs;
use std::path::Path;

#[test]
fn operations_agree_with_the_model() {
    replay("operations", 400, operations::run);
}

#[test]
fn damaged_files_give_a_former_state_or_an_error() {
    replay("recovery", 200, recovery::run);
}

/// Runs each input of the corpus as it is, then varied until `variations` more have run.
fn replay(target: &str, variations: usize, run: fn(&[u8])) {
    let inputs = corpus(target);
    assert!(!inputs.is_empty(), "the corpus of {target} is committed");
    for (name, input) in &inputs {
        println!("{target}: {name}");
        run(input);
    }
    let seed = std::env::var("FOLIO_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("{target}: variations with FOLIO_SEED={seed}");
    let mut random = Random(seed);
    for (name, input) in inputs.iter().cycle().take(variations) {
        let varied = vary(input, &mut random);
        // Shown only where the test fails: the input can then be put into the corpus.
        println!("{target}: {name} varied to {varied:02x?}");
        run(&varied);
    }
}

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let mut inputs: Vec<_> = fs::read_dir(directory)
        .expect("the corpus is committed")
        .map(|entry| {
            let path = entry.expect("the corpus can be listed").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            (name, fs::read(path).expect("the corpus can be read"))
        })
        .collect();
    inputs.sort();
    inputs
}

/// Changes some bytes, and sometimes the length.
fn vary(input: &[u8], random: &mut Random) -> Vec<u8> {
    let mut varied = input.to_vec();
    if random.below(4) == 0 {
        varied.truncate(random.below(input.len() + 1));
    }
    varied.extend((0..random.below(12)).map(|_| random.byte()));
    for _ in 0..=random.below(6) {
        let place = random.below(varied.len().max(1));
        let byte = random.byte();
        varied.iter_mut().skip(place).take(1).for_each(|old| *old = byte);
    }
    varied
}

/// A small generator (`SplitMix64`), so that a seed alone gives the same inputs everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit as u64)).unwrap_or_default()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}
