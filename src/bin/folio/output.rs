//! Rows on stdout: as JSON, lines of JSON, comma-separated values, or a table. The only module that knows how tables are
//! drawn.
//!
//! Lines and arrays of JSON go out row by row. The others need to know all columns before the first row, so they gather:
//! records that were stored in different forms may have different fields.

use crate::arguments::FormatFlags;
use crate::color;
use crate::exit::{Failure, Result};
use crate::json::{self, Object};
use crate::text::Stdout;
use comfy_table::{ContentArrangement, Table, presets};
use std::io::{self, IsTerminal};

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    JsonLines,
    Csv,
    Table,
}

impl Format {
    fn of(flags: &FormatFlags) -> Self {
        match flags {
            FormatFlags { json: true, .. } => Self::Json,
            FormatFlags { jsonl: true, .. } => Self::JsonLines,
            FormatFlags { csv: true, .. } => Self::Csv,
            FormatFlags { table: true, .. } => Self::Table,
            _ if io::stdout().is_terminal() => Self::Table,
            _ => Self::JsonLines,
        }
    }
}

/// Takes rows, each an object of JSON.
pub(crate) struct Rows {
    format: Format,
    out: Stdout,
    is_colored: bool,
    count: usize,
    gathered: Vec<Object>,
}

impl Rows {
    pub(crate) fn new(flags: &FormatFlags) -> Self {
        Self {
            format: Format::of(flags),
            out: Stdout::new(),
            is_colored: flags.color.is_on_stdout(),
            count: 0,
            gathered: Vec::new(),
        }
    }

    /// A row, an object.
    pub(crate) fn push(&mut self, json: &str) -> Result<()> {
        match self.format {
            Format::JsonLines => self.out.line(json)?,
            Format::Json => {
                self.out.write(if self.count == 0 { "[" } else { ",\n " })?;
                self.out.write(json)?;
            }
            Format::Csv | Format::Table => {
                let lacking = || Failure::Usage(format!("`{json}` can't be a row"));
                self.gathered.push(Object::of(json).ok_or_else(lacking)?);
            }
        }
        self.count += 1;
        Ok(())
    }

    /// The end of the rows.
    pub(crate) fn finish(mut self) -> Result<()> {
        match self.format {
            Format::JsonLines => {}
            Format::Json if self.count == 0 => self.out.line("[]")?,
            Format::Json => self.out.line("]")?,
            Format::Csv => self.out.write(&csv(&self.gathered)?)?,
            Format::Table if self.count == 0 => {}
            Format::Table if self.is_colored => self.out.line(&colored(&table(&self.gathered)))?,
            Format::Table => self.out.line(&table(&self.gathered))?,
        }
        self.out.finish()
    }
}

/// Rows as a table, for those who show them elsewhere than on stdout.
pub(crate) fn drawn(rows: &[String]) -> Result<String> {
    let lacking = |json: &String| Failure::Usage(format!("`{json}` can't be a row"));
    let objects = rows.iter().map(|json| Object::of(json).ok_or_else(|| lacking(json)));
    Ok(table(&objects.collect::<Result<Vec<_>>>()?))
}

/// A row of named cells, each JSON.
pub(crate) fn row<'c>(cells: impl IntoIterator<Item = (&'c str, String)>) -> String {
    let cells = cells.into_iter().map(|(name, json)| format!("{}:{json}", json::of_text(name)));
    format!("{{{}}}", cells.collect::<Vec<_>>().join(","))
}

/// The names of all columns, in the order in which they are first seen.
fn columns(rows: &[Object]) -> Vec<&str> {
    let mut columns: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.0) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    columns
}

/// A row's cells in the order of the columns: texts without quotes, nothing for null, else JSON.
fn cells<'r>(row: &'r Object, columns: &'r [&str]) -> impl Iterator<Item = String> + 'r {
    columns.iter().map(|column| {
        let found = row.0.iter().find(|(name, _)| name == column);
        let json = found.map_or("null", |(_, json)| json.get());
        match json {
            "null" => String::new(),
            text if text.starts_with('"') => {
                serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())
            }
            other => other.to_owned(),
        }
    })
}

fn csv(rows: &[Object]) -> Result<String> {
    let columns = columns(rows);
    if columns.is_empty() {
        return Ok(String::new());
    }
    let failed = |error: csv::Error| Failure::Io {
        what: "could not write comma-separated values".to_owned(),
        source: error.into(),
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&columns).map_err(failed)?;
    for row in rows {
        writer.write_record(cells(row, &columns)).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.into_error().into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn table(rows: &[Object]) -> String {
    let columns = columns(rows);
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| visible(column)));
    for row in rows {
        table.add_row(cells(row, &columns).map(|cell| visible(&cell)));
    }
    table.to_string()
}

/// A table whose head is bold. It is laid out before, so nothing moves.
fn colored(table: &str) -> String {
    let mut is_head = true;
    let lines = table.lines().enumerate().map(|(number, line)| {
        is_head &= !line.starts_with('╞');
        // The first line is the frame.
        if number == 0 || !is_head { line.to_owned() } else { bold_cells(line) }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A line whose cells are bold, and the lines between them are not.
fn bold_cells(line: &str) -> String {
    let is_frame = |letter: char| letter == '│' || letter == '┆';
    let mut cells = line.split_inclusive(is_frame);
    let frame = cells.next().unwrap_or_default().to_owned();
    cells.fold(frame, |bold, cell| {
        let text = cell.trim_end_matches(is_frame);
        let frame = cell.strip_prefix(text).unwrap_or_default();
        bold + &color::bold(text) + frame
    })
}

/// A text in which nothing moves the cursor or colours the screen.
fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            visible.extend(letter.escape_default());
        } else {
            visible.push(letter);
        }
    }
    visible
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(json: &[&str]) -> Vec<Object> {
        json.iter().map(|json| Object::of(json).unwrap()).collect()
    }

    #[test]
    fn wide_letters_stay_aligned() {
        let rows =
            rows(&[r#"{"名":"東京","n":1}"#, r#"{"名":"Oslo","n":2}"#, r#"{"名":"🦀","n":3}"#]);
        assert_eq!(
            table(&rows),
            "┌──────┬───┐\n│ 名   ┆ n │\n╞══════╪═══╡\n│ 東京 ┆ 1 │\n│ Oslo ┆ 2 │\n│ 🦀   ┆ 3 │\n└──────┴───┘"
        );
    }

    #[test]
    fn heads_are_bold_and_nothing_moves() {
        let table = table(&rows(&[r#"{"名":"│","n":1}"#]));
        let colored = colored(&table);
        assert!(colored.contains("│\x1b[1m 名 \x1b[0m┆\x1b[1m n \x1b[0m│\n"), "{colored}");
        assert_eq!(colored.matches("\x1b[1m").count(), 2, "{colored}");
        assert_eq!(colored.replace("\x1b[1m", "").replace("\x1b[0m", ""), table);
    }
}
