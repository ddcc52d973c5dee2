//! What was counted beside what was expected.

use crate::baseline::{Counts, Held};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// By how much instructions may differ.
const INSTRUCTIONS: f64 = 0.03;

/// By how much allocations may differ. They come in whole numbers, but how often a node is split, say,
/// depends on all that went before.
const ALLOCATIONS: f64 = 0.01;

/// How many times as much as with a number a write may take with a string as its key.
const STRING_KEY: f64 = 1.5;

/// The operations that are counted with both kinds of key, and whether they are held to that.
const OF_BOTH_KEYS: [(&str, bool); 3] =
    [("key/get", false), ("key/put", true), ("key/insert", true)];

/// A table with one line for each workload, and whether all of them are as expected.
pub(crate) struct Report {
    lines: Vec<Line>,
    ratios: Vec<Ratio>,
}

/// How many times as much an operation takes with a string as its key as with a number.
struct Ratio {
    operation: &'static str,
    times: Counts,
    is_held: bool,
}

struct Line {
    name: String,
    expected: Option<Counts>,
    found: Option<Counts>,
    verdict: &'static str,
}

/// Holds what was counted against what was expected.
pub(crate) fn compare(
    expected: &BTreeMap<String, Counts>,
    found: &BTreeMap<String, Counts>,
    held: Held,
) -> Report {
    let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let lines = names.into_iter().map(|name| {
        let (expected, found) = (expected.get(name).copied(), found.get(name).copied());
        Line { name: name.clone(), expected, found, verdict: verdict(expected, found, held) }
    });
    let ratio = |(operation, is_held): (&'static str, bool)| {
        let strings = found.get(&format!("{operation}, String key"))?;
        let numbers = found.get(&format!("{operation}, u64 key"))?;
        let times = Counts {
            instructions: strings.instructions / numbers.instructions,
            allocations: strings.allocations / numbers.allocations,
        };
        Some(Ratio { operation, times, is_held })
    };
    Report { lines: lines.collect(), ratios: OF_BOTH_KEYS.into_iter().filter_map(ratio).collect() }
}

fn verdict(expected: Option<Counts>, found: Option<Counts>, held: Held) -> &'static str {
    let (Some(expected), Some(found)) = (expected, found) else {
        return if found.is_some() { "NEW" } else { "GONE" };
    };
    let instructions = outside(expected.instructions, found.instructions, INSTRUCTIONS);
    let allocations = outside(expected.allocations, found.allocations, ALLOCATIONS);
    if instructions == Outside::Above && held.instructions {
        "DEARER: instructions"
    } else if allocations == Outside::Above && held.allocations {
        "DEARER: allocations"
    } else if instructions == Outside::Below && held.instructions {
        "CHEAPER: instructions"
    } else if allocations == Outside::Below && held.allocations {
        "CHEAPER: allocations"
    } else {
        ""
    }
}

#[derive(PartialEq)]
enum Outside {
    Above,
    Below,
    Neither,
}

fn outside(expected: f64, found: f64, tolerance: f64) -> Outside {
    // One allocation in a thousand operations is none that the operation makes.
    let allowed = (expected * tolerance).max(0.002);
    if found > expected + allowed {
        Outside::Above
    } else if found < expected - allowed {
        Outside::Below
    } else {
        Outside::Neither
    }
}

impl Ratio {
    fn holds(&self) -> bool {
        let Counts { instructions, allocations } = self.times;
        !self.is_held || instructions.max(allocations) <= STRING_KEY
    }
}

impl Report {
    /// Whether the counts are those of the file.
    pub(crate) fn is_as_expected(&self) -> bool {
        self.lines.iter().all(|line| line.verdict.is_empty())
    }

    /// Whether strings as keys cost no more than they may.
    pub(crate) fn keeps_ratios(&self) -> bool {
        self.ratios.iter().all(Ratio::holds)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<42} {:>12} {:>12} {:>8} {:>10} {:>10}",
            "for one operation", "instructions", "expected", "change", "allocations", "expected"
        )?;
        for line in &self.lines {
            let number = |counts: Option<Counts>, places: usize, part: fn(Counts) -> f64| {
                counts.map_or_else(|| "-".to_owned(), |counts| format!("{:.places$}", part(counts)))
            };
            let change = line.expected.zip(line.found).map_or_else(String::new, |(before, now)| {
                format!("{:+.2} %", (now.instructions / before.instructions - 1.0) * 100.0)
            });
            writeln!(
                f,
                "{:<42} {:>12} {:>12} {:>8} {:>10} {:>10}  {}",
                line.name,
                number(line.found, 1, |counts| counts.instructions),
                number(line.expected, 1, |counts| counts.instructions),
                change,
                number(line.found, 3, |counts| counts.allocations),
                number(line.expected, 3, |counts| counts.allocations),
                line.verdict,
            )?;
        }
        for ratio in &self.ratios {
            let Ratio { operation, times: Counts { instructions, allocations }, .. } = ratio;
            write!(f, "{operation}: a String key takes {instructions:.2} x the instructions")?;
            // Where neither of them takes memory there is nothing to compare.
            if allocations.is_finite() {
                write!(f, " and {allocations:.2} x the allocations")?;
            }
            let verdict = if ratio.holds() { "" } else { "  TOO DEAR" };
            writeln!(f, " of a u64 key{verdict}")?;
        }
        Ok(())
    }
}
