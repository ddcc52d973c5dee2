//! `load`: rows that others wrote, each a document: comma-separated values with a header ([`cells`]), or lines of JSON
//! ([`lines`]). Rows are committed some thousand at a time, in the order of the file.

mod cells;
mod lines;
mod quotes;

use crate::arguments::{LoadOptions, MergeBy, RowsAs};
use crate::exit::{Failure, Result};
use crate::interrupt;
use crate::json;
use crate::progress::Progress;
use crate::session::Session;
use cells::Cells;
use folio::Store;
use lines::Lines;
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// So many rows are committed at once.
const BATCH: usize = 5_000;

/// Bytes that are read at once.
const BUFFER: usize = 64 << 10;

/// What some programs put before the first byte of a text.
const MARK: &[u8] = "\u{feff}".as_bytes();

type Input<'i> = BufReader<Box<dyn Read + 'i>>;

#[derive(Default)]
struct Loaded {
    set: u64,
    kept: u64,
}

pub(super) fn run(session: Session<'_>, options: &LoadOptions) -> Result<()> {
    session.must_write()?;
    let path = options.input.as_deref();
    let file = path.map(File::open).transpose().map_err(|source| of_input(path, source))?;
    let _gently = interrupt::gently_reading(file.is_some());
    let shown = Progress::of_reading(session.common().quiet, "loading", file.as_ref());
    let source: Box<dyn Read> = match file {
        None => Box::new(shown.reading(io::stdin().lock())),
        Some(file) => Box::new(shown.reading(file)),
    };
    let mut input = BufReader::with_capacity(BUFFER, source);
    let looks_like =
        beginning(&mut input).map_err(|source| interrupt::unless_asked(of_input(path, source)))?;
    let told = options.rows_as.or(options.delimiter.map(|_| RowsAs::Csv));
    match told.unwrap_or(looks_like) {
        RowsAs::Jsonl if options.delimiter.is_some() => Err(Failure::Usage(
            "--delimiter is about cells, which lines of JSON have not; leave it out".to_owned(),
        )),
        RowsAs::Csv => {
            let mut cells = Cells::of(input, path, &options.key, options.delimiter)
                .map_err(interrupt::unless_asked)?;
            load(session, options.merge, &shown, || cells.next())
        }
        RowsAs::Jsonl => {
            let mut lines = Lines::of(input, path, &options.key);
            load(session, options.merge, &shown, || lines.next())
        }
    }
}

/// What an input is by its first letter. The mark that may be before that is left out.
fn beginning(input: &mut Input<'_>) -> io::Result<RowsAs> {
    if input.fill_buf()?.starts_with(MARK) {
        input.consume(MARK.len());
    }
    let first = input.fill_buf()?.iter().find(|byte| !byte.is_ascii_whitespace());
    Ok(if matches!(first, Some(b'{' | b'[')) { RowsAs::Jsonl } else { RowsAs::Csv })
}

/// Commits all rows, each with its key.
fn load<R: Serialize>(
    session: Session<'_>,
    merge: MergeBy,
    shown: &Progress,
    next: impl FnMut() -> Result<Option<(String, R)>>,
) -> Result<()> {
    let name = &session.common().collection;
    session.write_or_create(|store| {
        super::edit::must_hold_documents(store, name)?;
        store.documents(name)?;
        let mut loaded = Loaded::default();
        let done = in_batches(next, |batch| {
            interrupt::check()?;
            let (set, kept) = commit(store, name, batch, merge)?;
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

/// Hands over all rows, many at once; where one can't be read, those before it.
fn in_batches<R>(
    mut next: impl FnMut() -> Result<Option<R>>,
    mut commit: impl FnMut(&[R]) -> Result<()>,
) -> Result<()> {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        match next() {
            Ok(Some(row)) => batch.push(row),
            Ok(None) => return commit(&batch),
            Err(failure) => {
                commit(&batch)?;
                return Err(failure);
            }
        }
        if batch.len() == BATCH {
            commit(&batch)?;
            batch.clear();
        }
    }
}

fn commit<R: Serialize>(
    store: &Store,
    name: &str,
    batch: &[(String, R)],
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

/// The key of a row by its number: as many digits as keep the order of the file.
fn numbered(number: u64) -> String {
    format!("{number:012}")
}

/// A failure to read the input. What is no text is the fault of who wrote it.
fn of_input(path: Option<&Path>, source: io::Error) -> Failure {
    let Some(path) = path else { return crate::text::of_stdin(source) };
    match source.kind() {
        io::ErrorKind::InvalidData => {
            Failure::Usage(format!("`{}` is not text in UTF-8", path.display()))
        }
        _ => Failure::Io { what: format!("could not read `{}`", path.display()), source },
    }
}
