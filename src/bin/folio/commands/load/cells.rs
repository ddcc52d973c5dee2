//! Comma-separated values with a header.
//!
//! What a cell is follows from what is in it: nothing is `null`; `true` and `false` are that; a number that is written as
//! JSON would write it is a number, so `0123` stays a text; everything else is a text.

use super::quotes::Quoted;
use super::{Input, numbered, of_input};
use crate::exit::{Failure, Result};
use crate::json;
use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};
use folio::Value;
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// What separates cells where nothing else is said.
const COMMA: u8 = b',';

/// The rows of an input.
pub(super) struct Cells<'i> {
    reader: Reader<Quoted<Input<'i>>>,
    path: Option<&'i Path>,
    columns: Arc<[String]>,
    /// The places of the columns that make the key; none are the number of the row.
    key: Vec<usize>,
    count: u64,
    /// A row is good when it is known that the input goes on behind it, or ends well.
    last: Option<(String, Row)>,
    /// What is told behind the last row.
    failed: Option<Failure>,
}

impl<'i> Cells<'i> {
    pub(super) fn of(
        input: Input<'i>,
        path: Option<&'i Path>,
        key: &[String],
        delimiter: Option<u8>,
    ) -> Result<Self> {
        let separator = delimiter.unwrap_or(COMMA);
        let mut builder = ReaderBuilder::new();
        let mut reader = builder.delimiter(separator).from_reader(Quoted::new(input, separator));
        let columns = reader.headers().map_err(|error| wrong(path, error))?;
        let columns: Arc<[String]> = columns.iter().map(str::to_owned).collect();
        if let Some(twice) = twice(&columns) {
            return Err(Failure::Usage(format!(
                "there are two columns `{twice}`; each needs a name of its own"
            )));
        }
        if let (None, [column]) = (delimiter, &*columns) {
            must_be_one(column)?;
        }
        let key = places_of(key, &columns)?;
        Ok(Self { reader, path, columns, key, count: 0, last: None, failed: None })
    }

    /// The next row with its key.
    pub(super) fn next(&mut self) -> Result<Option<(String, Row)>> {
        if let Some(failure) = self.failed.take() {
            return Err(failure);
        }
        loop {
            let mut cells = StringRecord::new();
            match self.reader.read_record(&mut cells) {
                Ok(true) => {
                    let row = (self.key_of(&cells), Row { columns: self.columns.clone(), cells });
                    if let Some(last) = self.last.replace(row) {
                        return Ok(Some(last));
                    }
                }
                Ok(false) if self.reader.get_ref().is_open() => {
                    return Err(open_quotes(self.last.take().map(|(_, row)| row.cells).as_ref()));
                }
                Ok(false) => return Ok(self.last.take()),
                Err(error) => {
                    let failure = wrong(self.path, error);
                    let Some(last) = self.last.take() else { return Err(failure) };
                    // What came before it is good.
                    self.failed = Some(failure);
                    return Ok(Some(last));
                }
            }
        }
    }

    fn key_of(&mut self, cells: &StringRecord) -> String {
        self.count += 1;
        match &*self.key {
            [] => numbered(self.count),
            places => {
                places.iter().filter_map(|place| cells.get(*place)).collect::<Vec<_>>().join(":")
            }
        }
    }
}

/// A name that two columns have.
fn twice(columns: &[String]) -> Option<&String> {
    let mut seen = BTreeSet::new();
    columns.iter().find(|column| !seen.insert(*column))
}

/// Holds that a column that is alone is not several, with something else between them.
fn must_be_one(column: &str) -> Result<()> {
    let Some(other) = column.chars().find(|letter| [';', '\t', '|'].contains(letter)) else {
        return Ok(());
    };
    let other = if other == '\t' { "tab".to_owned() } else { format!("'{other}'") };
    Err(Failure::Usage(format!(
        "there is one column alone, {}; give `--delimiter {other}` where that separates the cells, else `--delimiter ,`",
        json::of_text(column)
    )))
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

/// That the quotes of a cell do not end.
fn open_quotes(last: Option<&StringRecord>) -> Failure {
    let position = last.and_then(StringRecord::position);
    let line = position.map_or(1, csv::Position::line);
    Failure::Usage(format!(
        "the row that begins at line {line} ends within quotes; the file is cut off, or has a quote too many"
    ))
}

/// What is wrong with the input, in the words of who reads it.
fn wrong(path: Option<&Path>, error: csv::Error) -> Failure {
    let text = error.to_string();
    match error.into_kind() {
        ErrorKind::Io(source) => of_input(path, source),
        _ => Failure::Usage(text),
    }
}

/// A row, on its way into a document: a field for each column.
pub(super) struct Row {
    columns: Arc<[String]>,
    cells: StringRecord,
}

impl Serialize for Row {
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
