//! The page `performance` of the documentation: its table has the figures of `benches/RESULTS.md`, all
//! rows of them, and the ratios that follow from them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a table of another form is a failure"
)]

use std::collections::BTreeMap;
use std::fs;

/// A row that no target was set for: it explains the one above it.
const EXPLAINS: &str = "of that, not pages of a file";

/// A figure as it is printed, and in units.
#[derive(Debug, Clone, PartialEq)]
struct Figure {
    text: String,
    amount: f64,
}

impl Figure {
    /// Such as `1.37 M` or `120 MiB`; nothing for a dash, or for what is out of competition.
    fn read(cell: &str) -> Option<Self> {
        if cell.contains('†') {
            return None;
        }
        let text = cell.replace('*', "").trim().to_owned();
        let mut parts = text.split(' ');
        let number: f64 = parts.next()?.parse().ok()?;
        let unit = match parts.next() {
            Some("k") => 1e3,
            Some("M") => 1e6,
            _ => 1.0,
        };
        Some(Self { amount: number * unit, text })
    }
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

/// The lines of the first table behind `heading`, without the line below its head.
fn table<'a>(page: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let (_, behind) = page.split_once(heading).expect(heading);
    let lines = behind.lines().skip_while(|line| !line.starts_with('|'));
    let table = lines.take_while(|line| line.starts_with('|'));
    table.filter(|line| !line.starts_with("|---")).map(cells).collect()
}

/// What each store did, by the title of the workload.
fn results() -> BTreeMap<String, BTreeMap<String, Figure>> {
    let results = fs::read_to_string("benches/RESULTS.md").unwrap();
    let mut rows = table(&results, "## Medians").into_iter();
    let head = rows.next().unwrap();
    rows.map(|row| {
        let figures = head.iter().zip(&row).skip(2);
        let figures = figures.filter_map(|(store, cell)| Some((*store, Figure::read(cell)?)));
        let figures = figures.map(|(store, figure)| (store.to_owned(), figure)).collect();
        (row[1].to_owned(), figures)
    })
    .collect()
}

/// How many times better the first is.
fn ratio(id: &str, folio: &Figure, other: &Figure) -> String {
    let less_is_better = matches!(id, "W11" | "W12");
    let ratio =
        if less_is_better { other.amount / folio.amount } else { folio.amount / other.amount };
    match ratio {
        ratio if ratio < 0.01 => format!("{ratio:.4}"),
        ratio if ratio < 0.1 => format!("{ratio:.2}"),
        ratio if ratio < 10.0 => format!("{ratio:.1}"),
        ratio => format!("{ratio:.0}"),
    }
}

#[test]
fn the_table_has_the_figures_of_the_results() {
    let page = fs::read_to_string("src/docs/performance.md").unwrap();
    let mut results = results();
    let mut rows = 0;
    for row in table(&page, "# Targets").into_iter().skip(1) {
        let [id, title, _target, folio, hash, other, times] = row[..] else { panic!("{row:?}") };
        let figures = results.remove(title).unwrap_or_else(|| panic!("{title} was not measured"));
        let shown = |store: &str| figures.get(store).map_or("–", |figure| figure.text.as_str());
        assert_eq!((folio, hash), (shown("folio"), shown("folio_hash")), "{title}");
        let others = figures.iter().filter(|(store, _)| !store.starts_with("folio"));
        let by_amount = |left: &(&String, &Figure), right: &(&String, &Figure)| {
            left.1.amount.total_cmp(&right.1.amount)
        };
        let best = if matches!(id, "W11" | "W12") {
            others.min_by(by_amount)
        } else {
            others.max_by(by_amount)
        };
        let (name, best) = best.unwrap();
        assert_eq!(other, format!("{} ({name})", best.text), "{title}");
        assert_eq!(times, ratio(id, &figures["folio"], best), "{title}");
        rows += 1;
    }
    results.remove(EXPLAINS);
    assert!(rows > 20 && results.is_empty(), "{rows} rows; not on the page: {:?}", results.keys());
}

/// The rows of the README's table: workloads, and for each whether it is Folio with hash maps.
const README: [(&str, &[(&str, bool)]); 14] = [
    (
        "point read, 1 / 2 threads",
        &[("point read, 1 thread", false), ("point read, 2 threads", false)],
    ),
    (
        "record by unique index; by hash",
        &[("unique index → record", false), ("unique index → record", true)],
    ),
    (
        "10 records by plain index; by hash",
        &[("non-unique index → 10 records", false), ("non-unique index → 10 records", true)],
    ),
    ("scan of 100 records", &[("scan of 100", false)]),
    (
        "durable commits, 1 / 8 threads",
        &[("durable commit, 1 thread", false), ("durable, 8 threads", false)],
    ),
    (
        "durable commits, 32 / 64 threads",
        &[("durable, 32 threads", false), ("durable, 64 threads", false)],
    ),
    (
        "relaxed commits (`Write`), 1 / 2 threads",
        &[("relaxed commit, 1 thread", false), ("relaxed, 2 threads", false)],
    ),
    ("durable batches of 1,000", &[("durable batches of 1,000, per batch", false)]),
    ("bulk load", &[("bulk load, records/s", false)]),
    (
        "read-modify-write of 100 hot records, relaxed / durable",
        &[
            ("hot read-modify-write, 4 threads, relaxed", false),
            ("hot read-modify-write, 8 threads, durable", false),
        ],
    ),
    (
        "YCSB A, 2 threads, durable / relaxed",
        &[("YCSB A, 2 threads, durable", false), ("YCSB A, 2 threads, relaxed", false)],
    ),
    (
        "YCSB A, 8 threads, durable / relaxed",
        &[("YCSB A, 8 threads, durable", false), ("YCSB A, 8 threads, relaxed", false)],
    ),
    (
        "YCSB B, 2 threads, durable / relaxed",
        &[("YCSB B, 2 threads, durable", false), ("YCSB B, 2 threads, relaxed", false)],
    ),
    (
        "YCSB B, 8 threads, durable / relaxed",
        &[("YCSB B, 8 threads, durable", false), ("YCSB B, 8 threads, relaxed", false)],
    ),
];

/// How stores call themselves.
fn called(store: &str) -> &str {
    match store {
        "surrealmx" => "SurrealMX",
        "surrealkv" => "SurrealKV",
        "lmdb" => "LMDB",
        "sqlite" => "SQLite",
        other => other,
    }
}

/// What the README is to say of some workloads: the name of a store where the next one is another.
fn told(
    results: &BTreeMap<String, BTreeMap<String, Figure>>,
    workloads: &[(&str, bool)],
) -> String {
    let ratios: Vec<(String, &str)> = workloads
        .iter()
        .map(|(title, is_hash)| {
            let figures = &results[*title];
            let others = figures.iter().filter(|(store, _)| !store.starts_with("folio"));
            let (name, best) =
                others.max_by(|left, right| left.1.amount.total_cmp(&right.1.amount)).unwrap();
            let folio = &figures[if *is_hash { "folio_hash" } else { "folio" }];
            (ratio("", folio, best), called(name))
        })
        .collect();
    let mut text = String::new();
    for (place, (ratio, name)) in ratios.iter().enumerate() {
        let next = ratios.get(place + 1);
        text.push_str(ratio);
        text.push_str(" ×");
        if next.is_none_or(|(_, other)| other != name) {
            text.extend([" (", name, ")"]);
        }
        match next {
            Some(_) if workloads[place + 1].1 => text.push_str("; "),
            Some(_) => text.push_str(" / "),
            None => {}
        }
    }
    text
}

/// Lesson 18: the first figures that anybody reads are those of the run, too.
#[test]
fn the_readme_has_the_figures_of_the_results() {
    let readme = fs::read_to_string("README.md").unwrap();
    let results = results();
    let shown = table(&readme, "| | Folio beside the best other |\n");
    for (row, (title, workloads)) in shown.iter().zip(README) {
        assert_eq!(row[..], [title, told(&results, workloads).as_str()]);
    }
    // The last one has no figures.
    assert_eq!(shown.len(), README.len() + 1);
    assert!(shown[README.len()][0].starts_with("opening"));
}
