//! The table of `src/docs/reliability.md`: what Folio promises, which tests hold it to that, and how
//! much they looked at.
//!
//! The promises and their tests are listed in [`promises`]; the figures are those of one run of
//! `.ci/run`, in `tests/reliability/figures.tsv`. `just figures` makes such a run and writes both
//! anew. In between, this test holds that the page has the table, that the tests named are there and
//! that every suite that counts is in it.

mod promises;

use promises::{PROMISES, Promise};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "src/docs/reliability.md";
const FIGURES: &str = "tests/reliability/figures.tsv";

/// Where the lines of a run are, when page and figures are to be written anew.
const WRITE: &str = "FOLIO_WRITE_FIGURES";

const BEGIN: &str = "<!-- The table is written by `just figures`. -->\n";
const END: &str = "<!-- The end of the table. -->\n";

/// How much was looked at, by suite and what was counted.
type Figures = BTreeMap<(String, String), u64>;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Reads lines of suite, what was counted, and number; lines of the same name are added up.
fn figures(lines: &str) -> Figures {
    let mut figures = Figures::new();
    for line in lines.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[suite, what, number] = fields.as_slice() else { panic!("not a figure: {line:?}") };
        let number: u64 = number.parse().unwrap_or_else(|error| panic!("{line:?}: {error}"));
        *figures.entry((suite.to_owned(), what.to_owned())).or_default() += number;
    }
    figures
}

/// Writes a number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn row(promise: &Promise, figures: &Figures) -> String {
    let tests: Vec<String> = promise.tests.iter().map(|test| format!("`{test}`")).collect();
    let found = promise.figures.iter().filter_map(|(suite, what)| {
        let number = figures.get(&((*suite).to_owned(), (*what).to_owned()))?;
        Some(format!("{} {what}", grouped(*number)))
    });
    let found: Vec<String> = found.collect();
    format!("| {} | {} | {} |\n", promise.text, tests.join(", "), found.join("; "))
}

fn table(figures: &Figures) -> String {
    let mut table = "\n| promise | tests | in one run |\n|---|---|---|\n".to_owned();
    for promise in PROMISES {
        table.push_str(&row(promise, figures));
    }
    table.push('\n');
    table
}

/// The page with another table.
fn with_table(page: &str, table: &str) -> String {
    let (before, rest) = page.split_once(BEGIN).expect("the page has the beginning of the table");
    let (_, after) = rest.split_once(END).expect("the page has the end of the table");
    [before, BEGIN, table, END, after].concat()
}

#[test]
fn the_page_has_the_figures() {
    if let Ok(run) = std::env::var(WRITE) {
        let figures = figures(&fs::read_to_string(&run).expect("the run has left its figures"));
        let mut lines = String::new();
        for ((suite, what), number) in &figures {
            writeln!(lines, "{suite}\t{what}\t{number}").expect("a string takes everything");
        }
        fs::write(path(FIGURES), lines).expect("the figures can be written");
        fs::write(path(PAGE), with_table(&text(PAGE), &table(&figures))).expect("so can the page");
    }
    let page = text(PAGE);
    assert!(
        page == with_table(&page, &table(&figures(&text(FIGURES)))),
        "{PAGE} does not have the figures of {FIGURES}: run `just figures`"
    );
}

/// A suite that counts something nobody mentions would be proof that nobody sees.
#[test]
fn every_figure_stands_for_a_promise_and_every_promise_has_its_figures() {
    let counted: BTreeSet<(String, String)> = figures(&text(FIGURES)).into_keys().collect();
    let mentioned = PROMISES.iter().flat_map(|promise| promise.figures);
    let mentioned: BTreeSet<(String, String)> =
        mentioned.map(|(suite, what)| ((*suite).to_owned(), (*what).to_owned())).collect();
    assert_eq!(mentioned, counted);
}

#[test]
fn the_tests_are_there() {
    for test in PROMISES.iter().flat_map(|promise| promise.tests) {
        assert!(path(test).exists(), "there is no {test}");
    }
}
