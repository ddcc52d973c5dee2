//! How many instructions and allocations each hot path takes, held against a file that is committed:
//! a path that became dearer is seen however busy or slow the machine is.
//!
//! ```text
//! cargo bench --profile release --bench instructions             # measure, and hold against baseline.tsv
//! cargo bench --profile release --bench instructions -- --write  # measure, and write baseline.tsv anew
//! callgrind_annotate target/tmp/instructions/NAME.callgrind      # where the instructions of one go
//! ```
//!
//! # How it measures
//!
//! The program starts itself a second time under `valgrind --tool=callgrind`. That child fills its stores
//! once, then runs one workload after the other, each inside one function: callgrind sets its counters to
//! zero when that begins and writes a profile when it is left, for all threads. The parent reads the
//! profiles. Instructions are their sums; allocations are the calls of `malloc` and its kin,
//! which the profiles have as well, so that no allocator of our own is needed. What is counted includes the
//! loop around the operation, which is a few instructions, and what the engine frees; it does not include
//! the system: a `write` is the instructions up to the call.
//!
//! A library for this (gungraun, before that iai-callgrind) starts a process for each workload, and would
//! fill the stores under callgrind two dozen times; it keeps its baselines as profiles below `target`, not
//! as a text that a review can read; and its runner, which has to be of the very same version, is built
//! from more crates than Folio and all its tests.
//!
//! # What it is held to
//!
//! Instructions may differ from the baseline by 3 %, allocations by 1 %, *either way*. A path that became
//! cheaper fails too: a baseline that is too high would hide the next change for the worse, up to what was
//! won. Then the file is written anew, and the change of its lines is part of the commit that caused it.
//!
//! Whatever the file says, a put and an insert with a `String` as their key may take one and a half times the
//! instructions, and the allocations, of those with a `u64`. Both are counted in one run, so this is held in
//! every environment.
//!
//! Counts depend on more than Folio's code, and what they depend on stands at the head of the file:
//!
//! - the compiler. With another one nothing is held, only reported;
//! - the C library, valgrind, and the instructions of the processor, by which the C library chooses its
//!   `memcpy` and others their checksums. Of the host's processor only the kind matters: valgrind shows
//!   programs one of a few fixed ones. Where one of these differs, allocations are held and instructions
//!   reported; another choice of `memcpy` and `memcmp` alone made a tenth in what compares strings.
//!
//! What else could differ is made the same. Seeds are fixed and the child's environment is all but empty. It runs
//! on one core, on which Folio starts no threads to recover; with two, recovery took 1.4 % more. Two things
//! remain. The standard library's hash maps are seeded at random, and recovery uses one: a few probes
//! more or less. And addresses depend on the lengths of paths, to which the allocator is not quite
//! indifferent: 0.1 % at most. Two runs of one build agree within 0.01 %, so 3 % is not for noise: it
//! is what a change may cost in passing, such as a dependency's patch release, without a new file.

#![allow(clippy::unwrap_used, reason = "a bench that fails has nothing to report")]

mod baseline;
mod callgrind;
mod report;
mod workloads;

use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let mut words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if words == [callgrind::CHILD] {
        workloads::run();
        return ExitCode::SUCCESS;
    }
    // `cargo bench` adds `--bench`; without it this is `cargo test --benches`, which wants no counts of
    // a debug build. A word is the filter of a bench of another kind.
    let is_meant = words.contains(&"--bench") && words.iter().all(|word| word.starts_with("--"));
    if !is_meant {
        return ExitCode::SUCCESS;
    }
    words.retain(|word| *word != "--bench");
    match words.as_slice() {
        [] => check(),
        ["--write"] => write(),
        _ => {
            eprintln!("instructions: no argument, or `--write`, but: {arguments:?}");
            ExitCode::from(2)
        }
    }
}

fn check() -> ExitCode {
    if let Err(why) = callgrind::available() {
        note(&format!("counts: {why}: instructions and allocations were NOT counted"));
        return ExitCode::SUCCESS;
    }
    let (expected, found) = (baseline::read(), callgrind::measure());
    let held = expected.environment.held_by(&found.environment);
    let report = report::compare(&expected.counts, &found.counts, held);
    print!("{report}");
    for difference in expected.environment.differences(&found.environment) {
        println!("another {difference}");
    }
    if !held.instructions {
        let all = if held.allocations { "instructions" } else { "instructions and allocations" };
        note(&format!("counts: {all} were only reported: the baseline is of another environment"));
    }
    if !report.is_as_expected() {
        println!(
            "The counts are not those of {}. A path that became dearer wants a\n\
             reason; then, and for one that became cheaper, the file is written anew:\n\n    {}\n",
            baseline::FILE,
            baseline::COMMAND,
        );
    }
    if !report.keeps_ratios() {
        println!(
            "A write with a string as its key costs more than it may beside one with a number."
        );
    }
    if report.is_as_expected() && report.keeps_ratios() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn write() -> ExitCode {
    if let Err(why) = callgrind::available() {
        eprintln!("instructions: {why}");
        return ExitCode::FAILURE;
    }
    let found = callgrind::measure();
    // What the file said until now, for whoever writes it to see what changes.
    let held = baseline::Held { instructions: true, allocations: true };
    print!("{}", report::compare(&baseline::read().counts, &found.counts, held));
    baseline::write(&found);
    println!("written: {}", baseline::FILE);
    ExitCode::SUCCESS
}

/// Says what could not be done here; `.ci/run` says it again at its end.
fn note(what: &str) {
    println!("NOTE: {what}");
    let Some(path) = env::var_os("FOLIO_NOTES") else { return };
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(format!("{what}\n").as_bytes()).unwrap();
}
