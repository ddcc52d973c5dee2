//! What each plot is called and what its axes say.

/// One plot, a file of `src/docs/cost`.
#[derive(Debug)]
pub(crate) struct Plot {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What grows.
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    /// What the first column of the table of ratios says.
    pub(crate) column: &'static str,
}

/// One axis of a plot.
#[derive(Debug)]
pub(crate) struct Axis {
    pub(crate) label: &'static str,
    pub(crate) unit: Unit,
}

/// What the numbers of an axis count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Things that may be none at all: the one axis that is not logarithmic.
    FewThings,
    Things,
    Bytes,
    Nanoseconds,
    PerSecond,
}

impl Unit {
    /// A number as an axis shows it.
    pub(crate) fn show(self, number: f64) -> String {
        match self {
            Self::FewThings | Self::Things => scaled(number, &["", "k", "M"]),
            Self::Bytes => scaled(number, &[" B", " KB", " MB"]),
            Self::Nanoseconds => scaled(number, &[" ns", " µs", " ms", " s"]),
            Self::PerSecond => scaled(number, &["/s", "k/s", "M/s"]),
        }
    }
}

fn scaled(mut number: f64, units: &[&str]) -> String {
    let mut units = units.iter().peekable();
    let mut unit = units.next();
    while number >= 1_000.0 && units.peek().is_some() {
        number /= 1_000.0;
        unit = units.next();
    }
    format!("{number}{}", unit.expect("there is a unit"))
}

const RECORDS: Axis = Axis { label: "records in the collection", unit: Unit::Things };

const fn time(label: &'static str) -> Axis {
    Axis { label, unit: Unit::Nanoseconds }
}

/// All of them, in the order of the page.
pub(crate) const ALL: [Plot; 9] = [
    Plot {
        name: "point_read",
        title: "Point read",
        x: RECORDS,
        y: time("time of one read"),
        column: "records",
    },
    Plot {
        name: "commit",
        title: "Commit of one update",
        x: RECORDS,
        y: time("time of one commit"),
        column: "records",
    },
    Plot {
        name: "checkpoint",
        title: "Checkpoint behind one commit",
        x: RECORDS,
        y: time("time per record"),
        column: "records",
    },
    Plot {
        name: "recovery",
        title: "Opening and attaching",
        x: RECORDS,
        y: time("time per record"),
        column: "records",
    },
    Plot {
        name: "memory",
        title: "Resident memory",
        x: RECORDS,
        y: Axis { label: "bytes per record", unit: Unit::Bytes },
        column: "records",
    },
    Plot {
        name: "threads",
        title: "Commits of many threads",
        x: Axis { label: "threads", unit: Unit::Things },
        y: Axis { label: "commits per second, all threads", unit: Unit::PerSecond },
        column: "threads",
    },
    Plot {
        name: "collections",
        title: "Many collections, as many records in all",
        x: Axis { label: "collections", unit: Unit::Things },
        y: time("time of one operation"),
        column: "collections",
    },
    Plot {
        name: "indexes",
        title: "Commit in memory by number of indexes",
        x: Axis { label: "indexes", unit: Unit::FewThings },
        y: time("time of one commit"),
        column: "indexes",
    },
    Plot {
        name: "values",
        title: "Commit by size of the value",
        x: Axis { label: "bytes of the value", unit: Unit::Bytes },
        y: time("time of one commit"),
        column: "bytes",
    },
];
