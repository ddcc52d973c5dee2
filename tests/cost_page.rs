//! The page `cost` of the documentation: plots and tables are those that the committed numbers make,
//! and what its sentences say of the numbers is so.
//!
//! Nothing is measured here: `cargo bench --bench cost_curve -- --write` does that, and writes the
//! files. After it, a sentence that does not hold any more is found by name.

#![allow(dead_code, reason = "the program measures as well")]

#[path = "../benches/cost_curve/draw.rs"]
mod draw;
#[path = "../benches/cost_curve/numbers.rs"]
mod numbers;
#[path = "../benches/cost_curve/page.rs"]
mod page;
#[path = "../benches/cost_curve/plots.rs"]
mod plots;

use numbers::Numbers;
use std::fs;

#[test]
fn plots_and_tables_are_those_of_the_numbers() {
    for made in page::all(&page::committed_numbers()) {
        let there = fs::read_to_string(&made.path).unwrap();
        let name = made.path.display();
        let hint = "`cargo bench --bench cost_curve -- --draw` writes it anew";
        assert!(there == made.text, "{name} is not what the numbers make: {hint}");
    }
}

#[test]
fn numbers_are_read_as_they_were_written() {
    let numbers = page::committed_numbers();
    assert_eq!(numbers, Numbers::from_text(&numbers.to_text()));
}

#[test]
fn what_the_page_says_of_the_numbers_is_so() {
    let page = fs::read_to_string("src/docs/cost.md").unwrap();
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let numbers = page::committed_numbers();
    for (sentence, holds) in CLAIMS {
        assert!(page.contains(sentence), "the page does not say: {sentence}");
        assert!(holds(&numbers), "the numbers say something else: {sentence}");
    }
}

type Claim = (&'static str, fn(&Numbers) -> bool);

/// Words of the page, and what they say.
const CLAIMS: [Claim; 13] = [
    ("Ten times as many records make a read less than six times as dear", |numbers| {
        ["u64 key", "String key"]
            .iter()
            .all(|key| steps_below(6.0, &line(numbers, "point_read", key)))
    }),
    ("ten times as many records make a commit less than three times as dear", |numbers| {
        steps_below(3.0, &line(numbers, "commit", "Background"))
    }),
    ("per record, a checkpoint of ten thousand costs less than one of one thousand", |numbers| {
        ["Snappy", "no compression"].iter().all(|series| {
            let [first, second, ..] = line(numbers, "checkpoint", series)[..] else { return false };
            second < first
        })
    }),
    ("a commit costs more than five times what it costs at `Background`", |numbers| {
        let synced = line(numbers, "commit", "Fsync");
        let relaxed = line(numbers, "commit", "Background");
        synced.iter().zip(&relaxed).all(|(synced, relaxed)| *synced > 5.0 * relaxed)
    }),
    ("ten thousand records cost less than ten times as much as one thousand", |numbers| {
        ["no index", "2 indexes"].iter().all(|indexes| {
            let first_two: Vec<_> =
                line(numbers, "recovery", indexes).into_iter().take(2).collect();
            growth(&first_two) < 1.0
        })
    }),
    ("no size costs more than four times as much per record as another", |numbers| {
        ["no index", "2 indexes"]
            .iter()
            .all(|indexes| spread(line(numbers, "recovery", indexes).into_iter().skip(1)) < 4.0)
    }),
    ("memory per record stays within a third of what it is at the most records", |numbers| {
        ["BTreeMap", "no index", "2 indexes"].iter().all(|series| {
            let line = line(numbers, "memory", series);
            let most = line.last().expect("a series has points");
            line.iter().skip(1).all(|bytes| (bytes - most).abs() < most / 3.0)
        })
    }),
    (
        "64 threads make more than four times as many durable commits as one thread does",
        |numbers| growth(&line(numbers, "threads", "Fsync")) > 4.0,
    ),
    ("64 threads make more than a quarter of the commits that one thread makes", |numbers| {
        ["Write", "Background"].iter().all(|level| growth(&line(numbers, "threads", level)) > 0.25)
    }),
    ("With 100 collections neither takes more than twice the time", |numbers| {
        let series = ["point read", "commit in memory"];
        series.iter().all(|series| growth(&line(numbers, "collections", series)) < 2.0)
    }),
    ("with five indexes it takes less than three times as long as with none", |numbers| {
        growth(&line(numbers, "indexes", "same index keys")) < 3.0
    }),
    ("with five indexes it takes more than three times as long as with none", |numbers| {
        growth(&line(numbers, "indexes", "other index keys")) > 3.0
    }),
    ("a hundred times the bytes make a durable commit less than five times as dear", |numbers| {
        growth(&line(numbers, "values", "Fsync")) < 5.0
    }),
];

/// The medians of a series, from the least x to the most.
fn line(numbers: &Numbers, plot: &str, name: &str) -> Vec<f64> {
    let series = numbers.series(plot);
    let points = series.iter().find(|(series, _)| *series == name).map(|(_, points)| points);
    points.expect("the series is there").iter().map(|point| point.median).collect()
}

/// Whether each number is less than so many times the one before it.
fn steps_below(times: f64, line: &[f64]) -> bool {
    line.iter().zip(line.iter().skip(1)).all(|(few, more)| *more < times * few)
}

/// How many times the first number the last one is.
fn growth(line: &[f64]) -> f64 {
    line.last().expect("a series has points") / line.first().expect("a series has points")
}

/// How many times the least number the greatest one is.
fn spread(line: impl Iterator<Item = f64> + Clone) -> f64 {
    line.clone().fold(0.0, f64::max) / line.fold(f64::INFINITY, f64::min)
}
