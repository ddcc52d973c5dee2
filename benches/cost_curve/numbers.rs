//! What was measured, and the table of it that stands beside the plots: lines with tabs between the
//! columns, after a head of lines that begin with `#` and say where the numbers come from.

use std::fmt::Write;

const HEAD: &str = "plot\tseries\tx\tmedian\tlower quartile\tupper quartile\tturns";

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Numbers {
    /// Machine, date, compiler.
    pub(crate) origin: Vec<(String, String)>,
    pub(crate) points: Vec<Point>,
}

/// One point of a curve. Units are those of the plot: nanoseconds, bytes, or per second.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    pub(crate) plot: String,
    pub(crate) series: String,
    pub(crate) x: f64,
    pub(crate) median: f64,
    pub(crate) lower: f64,
    pub(crate) upper: f64,
    pub(crate) turns: usize,
}

impl Point {
    /// The same point in another plot.
    pub(crate) fn of(self, plot: &str) -> Self {
        Self { plot: plot.to_owned(), ..self }
    }
}

impl Numbers {
    /// The points of a plot, series by series.
    pub(crate) fn series(&self, plot: &str) -> Vec<(&str, Vec<&Point>)> {
        let mut series: Vec<(&str, Vec<&Point>)> = Vec::new();
        for point in self.points.iter().filter(|point| point.plot == plot) {
            match series.iter_mut().find(|(name, _)| *name == point.series) {
                Some((_, points)) => points.push(point),
                None => series.push((&point.series, vec![point])),
            }
        }
        series
    }

    /// The table. Numbers have four digits, or all those before the point.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.origin {
            writeln!(text, "# {name}: {value}").expect("a string takes everything");
        }
        writeln!(text, "{HEAD}").expect("a string takes everything");
        for Point { plot, series, x, median, lower, upper, turns } in &self.points {
            let [median, lower, upper] = [median, lower, upper].map(|number| four_digits(*number));
            writeln!(text, "{plot}\t{series}\t{x}\t{median}\t{lower}\t{upper}\t{turns}")
                .expect("a string takes everything");
        }
        text
    }

    /// Reads a table.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub(crate) fn from_text(text: &str) -> Self {
        let (head, rows): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with('#'));
        let origin = head.iter().filter_map(|line| line.strip_prefix("# ")?.split_once(": "));
        assert_eq!(rows.first(), Some(&HEAD), "the table has another head");
        Self {
            origin: origin.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            points: rows.iter().skip(1).map(|row| point(row)).collect(),
        }
    }
}

fn point(row: &str) -> Point {
    let columns: Vec<_> = row.split('\t').collect();
    let &[plot, series, x, median, lower, upper, turns] = columns.as_slice() else {
        panic!("a row has seven columns, this one has not: {row}");
    };
    let [x, median, lower, upper] =
        [x, median, lower, upper].map(|text| text.parse().expect("the column is a number"));
    let turns = turns.parse().expect("the column is a number");
    Point { plot: plot.to_owned(), series: series.to_owned(), x, median, lower, upper, turns }
}

fn four_digits(number: f64) -> String {
    match number {
        _ if number >= 1_000.0 => format!("{number:.0}"),
        _ if number >= 100.0 => format!("{number:.1}"),
        _ if number >= 10.0 => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}
