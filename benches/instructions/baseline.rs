//! The committed counts: what a line of the file says, and what stands at its head.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) const FILE: &str = "benches/instructions/baseline.tsv";

/// The command that writes the file.
pub(crate) const COMMAND: &str = "cargo bench --profile release --bench instructions -- --write";

/// What one operation takes.
#[derive(Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) instructions: f64,
    pub(crate) allocations: f64,
}

/// What counts depend on, apart from the code.
#[derive(Default)]
pub(crate) struct Environment {
    pub(crate) compiler: String,
    pub(crate) library: String,
    pub(crate) valgrind: String,
    pub(crate) processor: String,
}

/// A run, or the file.
#[derive(Default)]
pub(crate) struct Measurement {
    pub(crate) environment: Environment,
    pub(crate) counts: BTreeMap<String, Counts>,
}

impl Environment {
    /// What can be asked of a run in another environment.
    pub(crate) fn held_by(&self, found: &Self) -> Held {
        Held {
            instructions: self.differences(found).next().is_none(),
            allocations: self.compiler == found.compiler,
        }
    }

    /// What is not the same, in words.
    pub(crate) fn differences(&self, found: &Self) -> impl Iterator<Item = String> {
        let pairs = self.fields().into_iter().zip(found.fields());
        pairs.filter(|(expected, found)| expected != found).map(|((name, expected), (_, found))| {
            format!("{name}: {found}; the baseline's: {expected}")
        })
    }

    fn fields(&self) -> [(&'static str, &str); 4] {
        [
            ("compiler", &self.compiler),
            ("library", &self.library),
            ("valgrind", &self.valgrind),
            ("processor", &self.processor),
        ]
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE)
}

/// Reads the file; where there is none yet, nothing is expected.
pub(crate) fn read() -> Measurement {
    if !path().exists() {
        return Measurement::default();
    }
    let mut baseline = Measurement::default();
    for line in fs::read_to_string(path()).unwrap().lines() {
        match line.split('\t').collect::<Vec<_>>().as_slice() {
            ["# compiler", value] => (*value).clone_into(&mut baseline.environment.compiler),
            ["# library", value] => (*value).clone_into(&mut baseline.environment.library),
            ["# valgrind", value] => (*value).clone_into(&mut baseline.environment.valgrind),
            ["# processor", value] => (*value).clone_into(&mut baseline.environment.processor),
            [name, instructions, allocations] if *name != "workload" => {
                let counts = Counts {
                    instructions: instructions.parse().unwrap(),
                    allocations: allocations.parse().unwrap(),
                };
                baseline.counts.insert((*name).to_owned(), counts);
            }
            _ => assert!(line.starts_with(['#', 'w']), "{FILE}: not a line of it: {line:?}"),
        }
    }
    baseline
}

pub(crate) fn write(found: &Measurement) {
    let mut text = format!(
        "# Instructions and allocations for one operation of each hot path. Written by\n\
         # `{COMMAND}`.\n"
    );
    for (name, value) in found.environment.fields() {
        writeln!(text, "# {name}\t{value}").unwrap();
    }
    text.push_str("workload\tinstructions\tallocations\n");
    for (name, counts) in &found.counts {
        let Counts { instructions, allocations } = counts;
        writeln!(text, "{name}\t{instructions:.1}\t{allocations:.3}").unwrap();
    }
    fs::write(path(), text).unwrap();
}

/// What the run has to agree with the file in.
#[derive(Clone, Copy)]
pub(crate) struct Held {
    pub(crate) instructions: bool,
    pub(crate) allocations: bool,
}
