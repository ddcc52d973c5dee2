//! The files of the documentation that are made from the numbers: the numbers themselves, a plot
//! for each curve, the tables of ratios in the page, and the plots once more as links.
//!
//! Pages that rustdoc makes can't show a file that lies beside them, and Markdown on a code host
//! shows no plot that is part of the text. So the page names its plots, `![…][point_read]`, and what
//! a name leads to is said twice: at the foot of the page, to the file, and in `embedded.md`, to the
//! plot itself, as a `data:` link. rustdoc reads the latter first, and the first one counts.

use crate::draw;
use crate::numbers::Numbers;
use crate::plots::{self, Plot};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// A file and what has to be in it.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// The numbers that are committed.
pub(crate) fn committed_numbers() -> Numbers {
    let text = fs::read_to_string(docs("cost/numbers.tsv")).expect("the numbers can be read");
    Numbers::from_text(&text)
}

/// Writes all files that are made from numbers.
pub(crate) fn write(numbers: &Numbers) {
    // They took minutes, whatever may be wrong with the page.
    fs::write(docs("cost/numbers.tsv"), numbers.to_text()).expect("the file can be written");
    for made in all(numbers) {
        fs::write(&made.path, made.text).expect("the file can be written");
    }
}

/// All files that are made from numbers. They are made from the numbers as they are written, so that
/// drawing them again gives the same.
pub(crate) fn all(numbers: &Numbers) -> Vec<Made> {
    let text = numbers.to_text();
    let numbers = Numbers::from_text(&text);
    let mut all = vec![Made { path: docs("cost/numbers.tsv"), text }];
    let mut embedded = String::new();
    let mut page = fs::read_to_string(docs("cost.md")).expect("the page can be read");
    page = between(&page, "origin", &origin(&numbers));
    for plot in &plots::ALL {
        let Plot { name, .. } = plot;
        let svg = draw::svg(plot, &numbers);
        let link = escaped(&svg);
        writeln!(embedded, "[{name}]: data:image/svg+xml,{link}")
            .expect("a string takes everything");
        page = between(&page, name, &ratios(plot, &numbers));
        all.push(Made { path: docs(&format!("cost/{name}.svg")), text: svg });
    }
    all.push(Made { path: docs("cost/embedded.md"), text: embedded });
    all.push(Made { path: docs("cost.md"), text: page });
    all
}

fn docs(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/docs").join(path)
}

/// Replaces what stands between the two comments of that name.
fn between(page: &str, name: &str, text: &str) -> String {
    let begin = format!("<!-- {name}: made by benches/cost_curve -->\n\n");
    let (before, rest) = page.split_once(&begin).expect("the page has a place for it");
    let (_, after) = rest.split_once("\n<!-- end -->").expect("the place has an end");
    format!("{before}{begin}{text}\n<!-- end -->{after}")
}

fn origin(numbers: &Numbers) -> String {
    let line = |(name, value): &(String, String)| format!("- {name}: {value}\n");
    numbers.origin.iter().map(line).collect()
}

/// A table with a row for each x and a column for each series, as multiples of the first of them.
fn ratios(plot: &Plot, numbers: &Numbers) -> String {
    let series = numbers.series(plot.name);
    let first = series.first().and_then(|(_, points)| points.first());
    let base = first.map_or(1.0, |point| point.median);
    let mut table = format!("| {} |", plot.column);
    for (name, _) in &series {
        write!(table, " {name} |").expect("a string takes everything");
    }
    table = format!("{table}\n|---:|{}\n", "---:|".repeat(series.len()));
    let xs = series.first().map_or(&[][..], |(_, points)| points);
    for (row, x) in xs.iter().map(|point| point.x).enumerate() {
        write!(table, "| {} |", thousands(x)).expect("a string takes everything");
        for (_, points) in &series {
            let point = points.get(row).expect("all series have the same points");
            write!(table, " {} |", two_digits(point.median / base))
                .expect("a string takes everything");
        }
        table.push('\n');
    }
    table
}

fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

fn two_digits(ratio: f64) -> String {
    match ratio {
        _ if ratio >= 9.95 => format!("{ratio:.0}"),
        _ if ratio >= 0.095 => format!("{ratio:.1}"),
        _ => format!("{ratio:.3}"),
    }
}

/// As a part of a link: all but the plainest characters by their bytes.
fn escaped(svg: &str) -> String {
    let mut text = String::with_capacity(svg.len() * 2);
    for byte in svg.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:,;=".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("a string takes everything");
        }
    }
    text
}
