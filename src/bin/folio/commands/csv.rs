//! `load`: comma-separated values, each row a document.
//!
//! What a cell is follows from what is in it: nothing is `null`; `true` and `false` are that; a number that is written as
//! JSON would write it is a number, so `0123` stays a text; everything else is a text. Rows are committed some thousand at
//! a time, in the order of the file.

use super::quotes::Quoted;
use crate::arguments::MergeBy;
use crate::exit::{Failure, Result};
use crate::interrupt;
use crate::json;
use crate::progress::Progress;
use crate::session::Session;
use crate::text::of_stdin;
use csv::{ErrorKind, Reader, StringRecord};
use folio::{Store, Value};
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// So many rows are committed at once.
const BATCH: usize = 5_000;

/// What becomes of the rows.
pub(super) struct Plan<'a> {
    /// The columns that the key is made of; none are the number of the row.
    pub(super) key: &'a [String],
    pub(super) merge: MergeBy,
}

#[derive(Default)]
struct Loaded {
    set: u64,
    kept: u64,
}

pub(super) fn load(session: Session<'_>, input: Option<&Path>, plan: &Plan<'_>) -> Result<()> {
    session.must_write()?;
    let file = input.map(File::open).transpose().map_err(|source| Failure::Io {
        what: format!("could not read `{}`", input.unwrap_or("".as_ref()).display()),
        source,
    })?;
    let _gently = interrupt::gently_reading(file.is_some());
    let shown = Progress::of_reading(session.common().quiet, "loading", file.as_ref());
    let source: Box<dyn Read> = match file {
        None => Box::new(shown.reading(io::stdin().lock())),
        Some(file) => Box::new(shown.reading(file)),
    };
    let wrong = |error| wrong(input, error);
    // It reads some thousand bytes at a time.
    let mut reader = Reader::from_reader(Quoted::new(source));
    let columns = reader.headers().map_err(|error| interrupt::unless_asked(wrong(error)))?;
    let columns: Vec<String> = columns.iter().map(str::to_owned).collect();
    if let Some(twice) = twice(&columns) {
        return Err(Failure::Usage(format!(
            "there are two columns `{twice}`; each needs a name of its own"
        )));
    }
    let places = places_of(plan.key, &columns)?;
    let name = &session.common().collection;
    session.write_or_create(|store| {
        super::edit::must_hold_documents(store, name)?;
        store.documents(name)?;
        let mut loaded = Loaded::default();
        let done = rows(&mut reader, &columns, &places, wrong, |batch| {
            interrupt::check()?;
            let (set, kept) = commit(store, name, batch, plan.merge)?;
            loaded.set += set;
            loaded.kept += kept;
            shown.tell(format!("{} rows", loaded.set + loaded.kept));
            Ok(())
        });
        // What is said of it now is to stay.
        shown.end();
        let told = format!("{} rows are in, {} were kept as they were", loaded.set, loaded.kept);
        match done.map_err(interrupt::unless_asked) {
            Ok(()) => {
                session.say(&told);
                Ok(())
            }
            Err(Failure::Usage(text)) => Err(Failure::Usage(format!("{text}; {told}"))),
            Err(Failure::Constraint(text)) => Err(Failure::Constraint(format!("{text}; {told}"))),
            Err(failure) => {
                session.say(&told);
                Err(failure)
            }
        }
    })
}

/// A name that two columns have.
fn twice(columns: &[String]) -> Option<&String> {
    let mut seen = BTreeSet::new();
    columns.iter().find(|column| !seen.insert(*column))
}

/// The places of the columns that make the key.
fn places_of(key: &[String], columns: &[String]) -> Result<Vec<usize>> {
    let place = |name: &String| {
        columns.iter().position(|column| column == name).ok_or_else(|| {
            Failure::Usage(format!(
                "there is no column `{name}` for the key; there are {}",
                columns.join(", ")
            ))
        })
    };
    key.iter().map(place).collect()
}

/// Takes all rows apart, in batches.
fn rows(
    reader: &mut Reader<Quoted<Box<dyn Read + '_>>>,
    columns: &[String],
    places: &[usize],
    wrong: impl Fn(csv::Error) -> Failure,
    mut commit: impl FnMut(&[(String, Row<'_>)]) -> Result<()>,
) -> Result<()> {
    let mut number = 0_u64;
    let mut batch = Vec::with_capacity(BATCH);
    // A row is good when it is known that the file goes on behind it, or ends well.
    let mut last: Option<(String, Row<'_>)> = None;
    loop {
        let mut cells = StringRecord::new();
        let is_there = match reader.read_record(&mut cells) {
            Ok(is_there) => is_there,
            Err(error) => {
                // What came before it is good.
                batch.extend(last);
                commit(&batch)?;
                return Err(wrong(error));
            }
        };
        if !is_there && reader.get_ref().is_open() {
            commit(&batch)?;
            return Err(open_quotes(last.as_ref().map(|(_, row)| &row.cells)));
        }
        batch.extend(last.take());
        if !is_there || batch.len() == BATCH {
            commit(&batch)?;
            batch.clear();
        }
        if !is_there {
            return Ok(());
        }
        number += 1;
        let key = match places {
            // As many digits as keep the order of the file.
            [] => format!("{number:012}"),
            places => {
                places.iter().filter_map(|place| cells.get(*place)).collect::<Vec<_>>().join(":")
            }
        };
        last = Some((key, Row { columns, cells }));
    }
}

/// That the quotes of a cell do not end.
fn open_quotes(last: Option<&StringRecord>) -> Failure {
    let position = last.and_then(StringRecord::position);
    let line = position.map_or(1, csv::Position::line);
    Failure::Usage(format!(
        "the row that begins at line {line} ends within quotes; the file is cut off, or has a quote too many"
    ))
}

fn commit(
    store: &Store,
    name: &str,
    batch: &[(String, Row<'_>)],
    merge: MergeBy,
) -> Result<(u64, u64)> {
    let existing = |key: &str| {
        Failure::Constraint(format!(
            "{} is there already; `--merge keep` leaves it, `--merge replace` replaces it",
            json::of_text(key)
        ))
    };
    store.try_transact(|tx| {
        let documents = tx.documents(name)?;
        let (mut set, mut kept) = (0, 0);
        for (key, row) in batch {
            if documents.has(key) {
                match merge {
                    MergeBy::Refuse | MergeBy::IntoEmpty => return Err(existing(key)),
                    MergeBy::Keep => {
                        kept += 1;
                        continue;
                    }
                    MergeBy::Replace => {}
                }
            }
            documents.set(key.as_str(), row)?;
            set += 1;
        }
        Ok((set, kept))
    })
}

/// A row, on its way into a document: a field for each column.
struct Row<'c> {
    columns: &'c [String],
    cells: StringRecord,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.columns.iter().zip(self.cells.iter().map(value)))
    }
}

/// What is in a cell.
fn value(cell: &str) -> Value {
    match cell {
        "" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        text if text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
            json::any().from_json(text).unwrap_or_else(|_| text.into())
        }
        text => text.into(),
    }
}

/// What is wrong with the input, in the words of who reads it.
fn wrong(input: Option<&Path>, error: csv::Error) -> Failure {
    let text = error.to_string();
    match (error.into_kind(), input) {
        (ErrorKind::Io(source), Some(path)) => {
            Failure::Io { what: format!("could not read `{}`", path.display()), source }
        }
        (ErrorKind::Io(source), None) => of_stdin(source),
        _ => Failure::Usage(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_what_it_looks_like() {
        for (cell, json) in [
            ("", "null"),
            ("true", "true"),
            ("True", "\"True\""),
            ("10", "10"),
            ("-1.5", "-1.5"),
            ("0123", "\"0123\""),
            ("1e3", "1000.0"),
            ("12a", "\"12a\""),
            ("2013-01-01T05:00:00Z", "\"2013-01-01T05:00:00Z\""),
            ("-", "\"-\""),
            ("[1]", "\"[1]\""),
            ("NA", "\"NA\""),
        ] {
            assert_eq!(json::of_document(&value(cell), false).unwrap(), json, "{cell}");
        }
    }
}
