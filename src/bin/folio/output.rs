//! Rows on stdout: as JSON, lines of JSON, comma-separated values, or a table. The only module that knows how tables are
//! drawn.
//!
//! Lines and arrays of JSON go out row by row, and so do comma-separated values whose columns are known. Tables need all
//! rows to know how wide a column is, and records that come whole to know which columns there are: stored in different forms,
//! they may have different fields. So these are gathered.

use crate::arguments::FormatFlags;
use crate::color;
use crate::exit::{Failure, Result};
use crate::json::{self, Object};
use crate::text::Stdout;
use comfy_table::{ContentArrangement, Table, presets};
use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, IsTerminal};
use std::mem;

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

/// So many rows of comma-separated values go out at once.
const BATCH: usize = 1_000;

/// Takes rows.
pub(crate) struct Rows {
    format: Format,
    out: Stdout,
    is_colored: bool,
    count: usize,
    /// Lines whose columns are told already.
    lines: Lines,
    /// Rows whose columns are to be told.
    gathered: Vec<Cells>,
}

/// The cells of a row, each with the name of its column and as tables show it.
type Cells = Vec<(String, String)>;

impl Rows {
    pub(crate) fn new(flags: &FormatFlags) -> Self {
        Self {
            format: Format::of(flags),
            out: Stdout::new(),
            is_colored: flags.color.is_on_stdout(),
            count: 0,
            lines: Lines::new(),
            gathered: Vec::new(),
        }
    }

    /// A row of named cells, each JSON, with the same names as in all other rows.
    pub(crate) fn push(&mut self, cells: &[(&str, String)]) -> Result<()> {
        match self.format {
            Format::Json | Format::JsonLines => {
                return self.push_object(&row(cells.iter().map(|(name, json)| (*name, json))));
            }
            Format::Table => {
                let cells = cells.iter().map(|(name, json)| (*name, json.as_str()));
                self.gathered.push(shown(cells));
            }
            Format::Csv => {
                if self.count == 0 {
                    self.lines.push(cells.iter().map(|(name, _)| *name))?;
                }
                self.lines.push(cells.iter().map(|(_, json)| text(json)))?;
                if self.count.is_multiple_of(BATCH) {
                    self.out.write(&self.lines.take()?)?;
                }
            }
        }
        self.count += 1;
        Ok(())
    }

    /// A row that is an object, with whatever names it has.
    pub(crate) fn push_object(&mut self, json: &str) -> Result<()> {
        match self.format {
            Format::JsonLines => self.out.line(json)?,
            Format::Json => {
                self.out.write(if self.count == 0 { "[" } else { ",\n " })?;
                self.out.write(json)?;
            }
            Format::Csv | Format::Table => self.gathered.push(shown_object(json)?),
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
            Format::Csv => {
                self.lines.push_all(&self.gathered)?;
                self.out.write(&self.lines.take()?)?;
            }
            Format::Table if self.count == 0 => {}
            Format::Table if self.is_colored => self.out.line(&colored(&table(&self.gathered)))?,
            Format::Table => self.out.line(&table(&self.gathered))?,
        }
        self.out.finish()
    }
}

/// Lines of comma-separated values.
struct Lines(csv::Writer<Vec<u8>>);

impl Lines {
    fn new() -> Self {
        Self(csv::Writer::from_writer(Vec::new()))
    }

    fn push<T: AsRef<str>>(&mut self, mut cells: impl Iterator<Item = T>) -> Result<()> {
        let written = cells.try_for_each(|cell| self.0.write_field(cell.as_ref()));
        let ended = written.and_then(|()| self.0.write_record(None::<&[u8]>));
        ended.map_err(|error| no_lines(error.into()))
    }

    /// Rows, and their columns before them.
    fn push_all(&mut self, rows: &[Cells]) -> Result<()> {
        let columns = columns(rows);
        if columns.is_empty() {
            return Ok(());
        }
        self.push(columns.iter())?;
        rows.iter().try_for_each(|row| self.push(in_order(row, &columns)))
    }

    /// What was pushed, as text.
    fn take(&mut self) -> Result<String> {
        let lines = mem::replace(self, Self::new()).0.into_inner();
        let bytes = lines.map_err(|error| no_lines(error.into_error()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn no_lines(source: io::Error) -> Failure {
    Failure::Io { what: "could not write comma-separated values".to_owned(), source }
}

/// Rows as a table, for those who show them elsewhere than on stdout.
pub(crate) fn drawn(rows: &[String]) -> Result<String> {
    let rows = rows.iter().map(|json| shown_object(json));
    Ok(table(&rows.collect::<Result<Vec<_>>>()?))
}

/// A row of named cells, each JSON, as an object.
pub(crate) fn row<'c, J: Display>(cells: impl IntoIterator<Item = (&'c str, J)>) -> String {
    let cells = cells.into_iter().map(|(name, json)| format!("{}:{json}", json::of_text(name)));
    format!("{{{}}}", cells.collect::<Vec<_>>().join(","))
}

/// What JSON is in a cell: a text without quotes, nothing for null, else itself.
fn text(json: &str) -> Cow<'_, str> {
    match json {
        "null" => Cow::Borrowed(""),
        text if text.starts_with('"') => {
            serde_json::from_str(text).map_or(Cow::Borrowed(text), Cow::Owned)
        }
        other => Cow::Borrowed(other),
    }
}

fn shown<'c>(cells: impl Iterator<Item = (&'c str, &'c str)>) -> Cells {
    cells.map(|(name, json)| (name.to_owned(), text(json).into_owned())).collect()
}

fn shown_object(json: &str) -> Result<Cells> {
    let Some(object) = Object::of(json) else {
        return Err(Failure::Usage(format!("`{json}` can't be a row")));
    };
    Ok(shown(object.0.iter().map(|(name, json)| (name.as_str(), json.get()))))
}

/// The names of all columns, in the order in which they are first seen.
fn columns(rows: &[Cells]) -> Vec<&str> {
    let mut columns: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flatten() {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    columns
}

/// The cells of a row in the order of the columns; nothing where it has none.
fn in_order<'r>(row: &'r Cells, columns: &'r [&str]) -> impl Iterator<Item = &'r str> {
    columns.iter().map(|column| {
        row.iter().find_map(|(name, cell)| (name == column).then_some(cell.as_str())).unwrap_or("")
    })
}

fn table(rows: &[Cells]) -> String {
    let columns = columns(rows);
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| visible(column)));
    for row in rows {
        table.add_row(in_order(row, &columns).map(visible));
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

    fn rows(json: &[&str]) -> Vec<Cells> {
        json.iter().map(|json| shown_object(json).unwrap()).collect()
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
