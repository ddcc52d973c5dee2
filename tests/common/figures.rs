//! How much a run looked at, for the table in `src/docs/reliability.md`.
//!
//! A test says what it counted; where `FOLIO_FIGURES` names a file, a line for each goes there:
//! suite, what was counted, number, with tabs between. Lines of the same name are added up by
//! `tests/reliability`, which makes the table.

#![allow(dead_code, reason = "most tests leave nothing out")]

use std::fs::OpenOptions;
use std::io::Write;

/// Says that a suite of tests looked at so many of something.
pub(crate) fn count(suite: &str, what: &str, number: u64) {
    println!("{suite}: {number} {what}");
    append("FOLIO_FIGURES", &format!("{suite}\t{what}\t{number}\n"));
}

/// Says what a test could not do here, and why: to whoever looks at its output, and to `.ci/run`, which
/// says it again at its end.
pub(crate) fn skipped(test: &str, why: &str) {
    println!("skipped: {test}: {why}");
    append("FOLIO_NOTES", &format!("{test} was skipped: {why}\n"));
}

/// Appends a line to the file that a variable names, if it does; in one write, so that lines of tests
/// that run side by side stay whole.
fn append(variable: &str, line: &str) {
    let Some(path) = std::env::var_os(variable) else { return };
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(line.as_bytes()))
        .unwrap_or_else(|error| panic!("{variable}: {error}"));
}
