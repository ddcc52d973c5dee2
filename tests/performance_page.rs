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
