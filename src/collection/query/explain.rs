//! Plans, for people.

use crate::collection::query::on_index::Size;
use crate::collection::query::plan::{self, Part, Way};
use crate::collection::query::reader::Reader;
use crate::collection::query::wanted::Wanted;
use crate::table::record::Record;
use std::fmt::{self, Write};

/// What would be done, a line for each step.
pub(super) fn text<T: Record>(reader: &impl Reader<T>, wanted: &Wanted<'_, T>) -> String {
    let mut text = String::new();
    // Text takes whatever is written to it.
    let _ = reader
        .look(|table| write_plan(&mut text, &plan::choose(table, wanted, wanted.limit), wanted));
    text
}

fn write_plan<T: Record>(
    out: &mut String,
    plan: &plan::Plan<'_, T>,
    wanted: &Wanted<'_, T>,
) -> fmt::Result {
    let from = if wanted.descending && !plan.is_sorted { ", from the end" } else { "" };
    match &plan.way {
        Way::Rows(None, size) => writeln!(out, "read all records{from}: {}", records(*size))?,
        Way::Rows(Some((_, text)), size) => {
            writeln!(out, "read records with keys {text}{from}: {}", records(*size))?;
        }
        Way::Keys(parts) => {
            for (place, (part, size)) in parts.iter().enumerate() {
                let read = if place == 0 { "read" } else { "intersect with" };
                let from = if place == 0 { from } else { "" };
                writeln!(out, "{read} {}{from}: {}", part_text(part), entries(*size))?;
            }
        }
        Way::Index(within, size) => {
            let name = wanted.order.as_deref().map_or("", |order| order.name());
            let within = within.map_or(String::new(), |within| format!(" {}", within.text()));
            writeln!(out, "read along index `{name}`{within}{from}: {}", entries(*size))?;
        }
    }
    for check in wanted.unanswered(&plan.answered) {
        writeln!(out, "check {check}")?;
    }
    if plan.is_sorted {
        let order = wanted.order.as_deref().map(|order| format!("index `{}`", order.name()));
        let order = order.unwrap_or_else(|| "key".to_owned());
        let descending = if wanted.descending { ", descending" } else { "" };
        writeln!(out, "sort by {order}{descending}")?;
    }
    if wanted.offset > 0 {
        writeln!(out, "leave out the first {}", wanted.offset)?;
    }
    if let Some(limit) = wanted.limit {
        writeln!(out, "stop after {limit}")?;
    }
    Ok(())
}

fn part_text<T: Record>(part: &Part<'_, T>) -> String {
    match part {
        Part::Index(condition) => format!("index `{}` {}", condition.name(), condition.text()),
        Part::Span(_, text) => format!("keys {text}"),
        Part::Any(parts) => {
            let parts: Vec<_> = parts.iter().map(part_text).collect();
            format!("any of ({})", parts.join(", "))
        }
    }
}

fn records(size: Size) -> String {
    number(size, "record", "records")
}

fn entries(size: Size) -> String {
    number(size, "entry", "entries")
}

fn number(size: Size, one: &str, several: &str) -> String {
    let about = if size.is_exact { "" } else { "about " };
    format!("{about}{} {}", size.entries, if size.entries == 1 { one } else { several })
}
