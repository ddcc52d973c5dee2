//! Lines of JSON, each an object, as `scan --jsonl` and many programs write them.

use super::{Input, numbered, of_input};
use crate::condition::at_path;
use crate::exit::{Failure, Result};
use crate::json;
use folio::Value;
use std::io::BufRead;
use std::path::Path;

/// The rows of an input.
pub(super) struct Lines<'i> {
    input: Input<'i>,
    path: Option<&'i Path>,
    /// The fields that make the key; none are the number of the row.
    key: &'i [String],
    /// Lines, and rows among them.
    number: u64,
    count: u64,
}

impl<'i> Lines<'i> {
    pub(super) fn of(input: Input<'i>, path: Option<&'i Path>, key: &'i [String]) -> Self {
        Self { input, path, key, number: 0, count: 0 }
    }

    /// The next row with its key.
    pub(super) fn next(&mut self) -> Result<Option<(String, Value)>> {
        loop {
            let mut bytes = Vec::new();
            let read = self.input.read_until(b'\n', &mut bytes);
            if read.map_err(|source| of_input(self.path, source))? == 0 {
                return Ok(None);
            }
            self.number += 1;
            let text = str::from_utf8(&bytes).map_err(|_| self.wrong("it is not text in UTF-8"))?;
            if !text.trim().is_empty() {
                self.count += 1;
                let row = self.row(text.trim())?;
                return Ok(Some((self.key_of(&row)?, row)));
            }
        }
    }

    fn row(&self, text: &str) -> Result<Value> {
        if !text.starts_with('{') {
            return Err(self.wrong("it is no object; `jq -c '.[]'` makes lines of a list"));
        }
        json::value("the row", text).map_err(|failure| match failure {
            Failure::Usage(text) if text.ends_with("found the end") => self.wrong(&format!(
                "{text}; a row is all on one line: `jq -c .` makes one of several"
            )),
            Failure::Usage(text) => self.wrong(&text),
            other => other,
        })
    }

    fn key_of(&self, row: &Value) -> Result<String> {
        if self.key.is_empty() {
            return Ok(numbered(self.count));
        }
        let parts = self.key.iter().map(|field| {
            let lacking =
                || self.wrong(&format!("it has no text and no number in `{field}`, for the key"));
            let found = at_path(row, field).ok_or_else(lacking)?;
            match found {
                Value::String(text) => Ok(text.clone()),
                Value::Bool(_) | Value::Integer(_) | Value::F64(_) => {
                    json::of_document(found, false)
                }
                _ => Err(lacking()),
            }
        });
        Ok(parts.collect::<Result<Vec<_>>>()?.join(":"))
    }

    fn wrong(&self, what: &str) -> Failure {
        Failure::Usage(format!("line {}: {what}", self.number))
    }
}
