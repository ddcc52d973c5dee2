//! The report, as Markdown: medians, ratios to Folio, where Folio loses, the spread, what failed, and
//! how everybody was configured.

use crate::arguments::Arguments;
use crate::contest::Results;
use crate::machine;
use crate::peers::Kind;
use crate::row::{Row, Unit, median};
use std::path::Path;

const SYNC_NOTE: &str = "† sled's flush is a `sync_file_range` on Linux: less than an fsync, so that \
    its figures in durable rows are out of competition.\n";

/// The whole report.
pub fn write(arguments: &Arguments, directory: &Path, results: &Results) -> String {
    let (rows, kinds) = (&results.rows, &arguments.peers);
    [
        head(arguments, directory),
        medians(rows, kinds),
        raw_line(results),
        ratios(rows, kinds),
        losses(rows, kinds),
        spread(rows, kinds),
        failures(rows),
        configurations(kinds),
    ]
    .into_iter()
    .filter(|section| !section.is_empty())
    .collect::<Vec<_>>()
    .join("\n")
}

fn head(arguments: &Arguments, directory: &Path) -> String {
    format!(
        "# Folio and its peers\n\n{} records in each store; medians of {} turns of {} s, all peers \
         interleaved in one run; relaxed Folio is `Durability::{:?}`; seed {}. Only ratios within one \
         run mean anything.\n\n{}",
        arguments.records,
        arguments.rounds,
        arguments.turn.as_secs_f64(),
        arguments.folio_relaxed,
        arguments.seed,
        machine::describe(directory),
    )
}

fn medians(rows: &[Row], kinds: &[Kind]) -> String {
    let table = table(rows, kinds, |row, kind| {
        let text = row.unit.format(row.median(kind)?);
        Some(if row.is_best(kind) { format!("**{text}**") } else { text })
    });
    let note = if rows.iter().any(|row| kinds.iter().any(|&kind| !row.mark(kind).is_empty())) {
        format!("\n{SYNC_NOTE}")
    } else {
        String::new()
    };
    format!(
        "## Medians\n\nOperations per second where nothing else is said; the best of a row is bold.\n\
         \n{table}{note}"
    )
}

/// What W4 is held against.
fn raw_line(results: &Results) -> String {
    let Some(raw) = median(&results.raw) else { return String::new() };
    let w4 = results.rows.iter().find(|row| row.id == "W4");
    let ratio = w4.and_then(|row| row.median(Kind::Folio)).map_or_else(String::new, |folio| {
        format!(" One thread of durable Folio commits (W4) reaches {:.2} of that.", folio / raw)
    });
    format!(
        "The raw line, 256 bytes appended to zeros and an fdatasync, in the turns of W4: {} per \
         second.{ratio}\n",
        Unit::PerSecond.format(raw)
    )
}

fn ratios(rows: &[Row], kinds: &[Kind]) -> String {
    let table = table(rows, kinds, |row, kind| {
        let ratio = row.ratio(kind)?;
        Some(if ratio > 1.0 { format!("**{ratio:.2}**") } else { format!("{ratio:.2}") })
    });
    format!(
        "## Ratios to Folio\n\nHow many times better than Folio, in time and space too; above 1 (bold) \
         Folio loses.\n\n{table}"
    )
}

fn losses(rows: &[Row], kinds: &[Kind]) -> String {
    let lost: Vec<_> = rows.iter().filter_map(|row| loss(row, kinds)).collect();
    match lost.as_slice() {
        [] => "Folio loses nowhere in this run.\n".to_owned(),
        lost => format!("Where Folio loses:\n\n{}\n", lost.join("\n")),
    }
}

fn loss(row: &Row, kinds: &[Kind]) -> Option<String> {
    let others = kinds.iter().filter(|kind| **kind != Kind::FolioHash);
    let ratios = others.filter_map(|&kind| Some((row.ratio(kind)?, kind)));
    let mut better: Vec<_> = ratios.filter(|(ratio, _)| *ratio > 1.0).collect();
    better.sort_by(|a, b| b.0.total_cmp(&a.0));
    let name = |(ratio, kind): &(f64, Kind)| format!("{kind}{} ({ratio:.2} ×)", row.mark(*kind));
    let names: Vec<_> = better.iter().map(name).collect();
    (!names.is_empty()).then(|| format!("- {} {}: {}", row.id, row.title, names.join(", ")))
}

fn spread(rows: &[Row], kinds: &[Kind]) -> String {
    let table = table(rows, kinds, |row, kind| Some(format!("{:.0} %", 100.0 * row.spread(kind)?)));
    format!(
        "## Spread\n\nFrom the least to the greatest turn, in percent of the median. W8 and W12 are one \
         load each.\n\n{table}"
    )
}

fn table(rows: &[Row], kinds: &[Kind], format: impl Fn(&Row, Kind) -> Option<String>) -> String {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
    let mut table = format!("| | workload | {} |\n", names.join(" | "));
    table.push_str(&format!("|---|---|{}\n", "---:|".repeat(kinds.len())));
    for row in rows {
        let cell = |&kind: &Kind| row.cell(kind, |row| format(row, kind));
        let cells: Vec<_> = kinds.iter().map(cell).collect();
        table.push_str(&format!("| {} | {} | {} |\n", row.id, row.title, cells.join(" | ")));
    }
    table
}

fn failures(rows: &[Row]) -> String {
    let line = |row: &Row| {
        let place = format!("{} {}", row.id, row.title);
        let failures = row.failures();
        failures.map(|(kind, why)| format!("- {kind} in {place}: {why}\n")).collect::<String>()
    };
    let lines: String = rows.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("## What failed\n\n{lines}") }
}

fn configurations(kinds: &[Kind]) -> String {
    let row = |kind: &Kind| {
        let cells = kind.configuration().join(" | ");
        format!("| {kind} | {} | {cells} |\n", machine::version(*kind))
    };
    let rows: String = kinds.iter().map(row).collect();
    format!(
        "## Configurations\n\n| | version | isolation | durable | relaxed | else |\n\
         |---|---|---|---|---|---|\n{rows}"
    )
}
