//! Reading lines of JSON into a store.

use super::landing::{ImportedCollection, Landing, Row};
use super::lines::LineReader;
use super::marks::{CollectionMark, End, Header, Wrong};
use super::{Format, Progress, Report};
use crate::envelope::key::EncryptionKey;
use crate::error::{Error, Result};
use crate::options::Merge;
use crate::schema::json::parse::{self, Json};
use crate::store::Store;
use crate::when::Version;
use std::collections::HashSet;
use std::fmt;
use std::io::Read;

/// The size of keys and records that are committed at once, unless the options say otherwise.
const BATCH_BYTES: usize = 4 << 20;

/// The size that a line can have, unless the options say otherwise.
const MAX_LINE_BYTES: usize = 256 << 20;

/// Choices for an [import](Store::import).
///
/// ```
/// # use folio::{ImportOptions, Format, Merge, Store};
/// # fn main() -> folio::Result<()> {
/// # let store = Store::in_memory();
/// # store.documents("settings")?.set("theme", &"dark")?;
/// # let mut file = Vec::new();
/// # store.export(&mut file, Format::JsonLines)?;
/// // Once without touching the store, to see whether the file is whole.
/// store.import(file.as_slice(), ImportOptions::new().check_only(true))?;
///
/// let imported = store.import(file.as_slice(), ImportOptions::new().merge(Merge::Keep))?;
/// assert_eq!(imported.collections[0].kept, 1);
/// # Ok(()) }
/// ```
#[must_use]
pub struct ImportOptions<'a> {
    merge: Merge,
    key: Option<EncryptionKey>,
    report: Option<Report<'a>>,
    batch_bytes: usize,
    max_line_bytes: usize,
    check_only: bool,
}

impl<'a> ImportOptions<'a> {
    /// [`Merge::Refuse`], of an export that is not encrypted.
    pub fn new() -> Self {
        Self {
            merge: Merge::default(),
            key: None,
            report: None,
            batch_bytes: BATCH_BYTES,
            max_line_bytes: MAX_LINE_BYTES,
            check_only: false,
        }
    }

    /// What becomes of records whose keys are there already.
    pub fn merge(mut self, merge: Merge) -> Self {
        self.merge = merge;
        self
    }

    /// The key of an encrypted export.
    pub fn encryption(mut self, key: EncryptionKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Calls this behind each batch that was committed, and at the end of each collection.
    pub fn progress(mut self, report: impl FnMut(&Progress<'_>) + 'a) -> Self {
        self.report = Some(Box::new(report));
        self
    }

    /// The size of keys and records, in bytes, from which on they are committed. Default: 4 MiB; at most half of
    /// [`Options::max_transaction_bytes`](crate::Options::max_transaction_bytes).
    pub fn batch_bytes(mut self, bytes: usize) -> Self {
        self.batch_bytes = bytes;
        self
    }

    /// The size in bytes that a line can have: a longer one is refused before it is in memory. Default: 256 MiB.
    pub fn max_line_bytes(mut self, bytes: usize) -> Self {
        self.max_line_bytes = bytes;
        self
    }

    /// Whether the export is only read and checked, to its last line, and nothing is written.
    pub fn check_only(mut self, check_only: bool) -> Self {
        self.check_only = check_only;
        self
    }
}

impl Default for ImportOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Format> for ImportOptions<'_> {
    fn from(_: Format) -> Self {
        Self::new()
    }
}

impl From<Merge> for ImportOptions<'_> {
    fn from(merge: Merge) -> Self {
        Self::new().merge(merge)
    }
}

impl fmt::Debug for ImportOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportOptions").field("merge", &self.merge).finish_non_exhaustive()
    }
}

/// What was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// The version that was exported, of the store that it was exported from.
    pub version: Version,
    /// The identity of that store.
    pub store: [u8; 16],
    /// Each collection of the export, in its order.
    pub collections: Vec<ImportedCollection>,
    /// How many records the export has.
    pub records: u64,
    /// The size of the export in bytes, without encryption.
    pub bytes: u64,
}

impl Store {
    /// Reads what [`export`](Self::export) wrote, and adds the records to this store. Collections that are not there
    /// are made, with the schemas of the export, without their Rust types; they can be opened as those
    /// types afterwards, here too. Into a collection that is open as its Rust type, records go through that type: its indexes
    /// and unique constraints hold, and records of an earlier form are converted as they would be when the store is
    /// opened. Ids that were given out by `next_id` are not given out again.
    ///
    /// Records are committed in batches ([`ImportOptions::batch_bytes`]), each durable at the store's level. **Where
    /// the import fails, the batches before stay**; the last line, with the hash of all others, is only seen at the
    /// end. To see first whether an export is whole, use [`ImportOptions::check_only`]; to go on after a
    /// failure, import again with [`Merge::Keep`] or [`Merge::Replace`]. Others may read and commit meanwhile.
    ///
    /// O(size), in memory of one batch and one line; for a collection that is not open as its type, also of its
    /// keys.
    ///
    /// # Errors
    ///
    /// [`Error::NotAnExport`] where a line is not what it should be, or the end is missing or does not fit;
    /// [`Error::NotImported`] where a record can't be added, with the line, the key and the reason:
    /// [`Error::KeyExists`], [`Error::UniqueViolation`], [`Error::SchemaMismatch`], [`Error::TooLarge`].
    /// [`Error::WrongKey`] and [`Error::CorruptExport`] of one that is encrypted. [`Error::Io`] where the reader
    /// fails; [`Error::ReadOnly`], and what commits may give.
    pub fn import<'a>(
        &self,
        reader: impl Read,
        options: impl Into<ImportOptions<'a>>,
    ) -> Result<Imported> {
        let options = options.into();
        if !options.check_only {
            self.engine.check_writable()?;
        }
        let lines = LineReader::new(reader, options.key.as_ref(), options.max_line_bytes)?;
        let batch_bytes = options.batch_bytes.min(self.engine.max_transaction_bytes() / 2);
        let import = Import { store: self, lines, options, batch_bytes, done: 0, of_records: 0 };
        import.run()
    }
}

/// An import on its way.
struct Import<'a, R> {
    store: &'a Store,
    lines: LineReader<R>,
    options: ImportOptions<'a>,
    batch_bytes: usize,
    /// How many records are committed.
    done: u64,
    of_records: u64,
}

impl<R: Read> Import<'_, R> {
    fn run(mut self) -> Result<Imported> {
        let (line, json) = self.line("the line `{\"folio_export\":1,…}`")?;
        let header = self.checked(Header::of(&json))?;
        self.lines.accept(&line);
        self.of_records = header.records;
        let mut seen = HashSet::new();
        let mut collections = Vec::new();
        let mut records = 0;
        let (mut line, mut json) = self.line(NEXT)?;
        while let Some(mark) = CollectionMark::of(&json) {
            let mark = self.checked(mark)?;
            if !seen.insert(mark.name.clone()) {
                let found = format!("`{}` again", mark.name);
                return Err(self.lines.error("each collection once", &found));
            }
            self.lines.accept(&line);
            records += mark.records;
            let tally;
            (tally, line, json) = self.collection(mark)?;
            collections.push(tally);
        }
        let end = match End::of(&json) {
            Some(end) => self.checked(end)?,
            None => return Err(self.wrong(&Wrong::new(NEXT, &json))),
        };
        self.check_end(&end, (collections.len() as u64, records))?;
        let (version, store) = (Version::new(header.version), header.store);
        Ok(Imported { version, store, collections, records, bytes: self.lines.bytes })
    }

    fn check_end(&mut self, end: &End, counted: (u64, u64)) -> Result<()> {
        if (end.collections, end.records) != counted {
            let told = format!("{} collections and {} records", end.collections, end.records);
            let found = format!("{} and {}", counted.0, counted.1);
            return Err(self.lines.error(&told, &found));
        }
        if end.sha256 != self.lines.sha256() {
            return Err(self.lines.error("the SHA-256 of all lines before", "another one"));
        }
        match self.lines.next()? {
            None => Ok(()),
            Some(_) => Err(self.lines.error("the end", "another line")),
        }
    }

    /// Imports the records of a collection; returns the line behind them.
    fn collection(&mut self, mark: CollectionMark) -> Result<(ImportedCollection, String, Json)> {
        let merge = self.options.merge;
        let store = (!self.options.check_only).then_some(self.store);
        let mut landing = Landing::new(store, mark, merge, self.lines.number)?;
        let (mut count, mut batch, mut size) = (0, Vec::new(), 0);
        loop {
            let (line, json) = self.line(NEXT)?;
            let Some(record) = json.get("record") else {
                if json.get("collection").or_else(|| json.get("end")).is_none() {
                    return Err(self.wrong(&Wrong::new(NEXT, &json)));
                }
                self.land(&mut landing, &batch)?;
                let (wanted, name) = (landing.mark.records, &landing.mark.name);
                if count != wanted {
                    let expected = format!("{wanted} records of collection `{name}`");
                    return Err(self.lines.error(&expected, &format!("{count}")));
                }
                return Ok((landing.finish(), line, json));
            };
            let row = self.row(&landing.mark, &json, record)?;
            self.lines.accept(&line);
            count += 1;
            if size >= self.batch_bytes
                || batch.last().is_some_and(|last: &Row| last.form != row.form)
            {
                self.land(&mut landing, &batch)?;
                batch.clear();
                size = 0;
            }
            size += row.key.len() + row.record.len();
            batch.push(row);
        }
    }

    fn land(&mut self, landing: &mut Landing<'_>, batch: &[Row]) -> Result<()> {
        landing.land(batch)?;
        self.done += batch.len() as u64;
        let (records, of_records, bytes) = (self.done, self.of_records, self.lines.bytes);
        if let Some(report) = &mut self.options.report {
            let collection = landing.mark.name.as_str();
            report(&Progress { collection, records, of_records, bytes });
        }
        Ok(())
    }

    /// The record of a line, encoded.
    fn row(&self, mark: &CollectionMark, json: &Json, record: &Json) -> Result<Row> {
        let Some(newest) = mark.forms.last() else {
            return Err(self.wrong(&Wrong::new("a collection before its records", json)));
        };
        let number = match json.get("form") {
            None => mark.forms.len() - 1,
            Some(number) => number
                .as_number()
                .and_then(|number| usize::try_from(number).ok())
                .ok_or_else(|| self.wrong(&Wrong::new("the number of a form", number)))?,
        };
        let form = mark.forms.get(number).ok_or_else(|| {
            let expected = format!("a form below {}", mark.forms.len());
            self.lines.error(&expected, &number.to_string())
        })?;
        let unfit = |error: Error| {
            let found = format!("one that is not: {}", cause(&error));
            self.lines.error("a record of its type", &found)
        };
        let record = form.record_of_json(record).map_err(unfit)?;
        let bytes = form.encode(&record).map_err(unfit)?;
        let key = match json.get("key") {
            Some(key) => newest.key_of_json(key).map_err(unfit)?,
            None => form
                .key_in(&record)
                .ok_or_else(|| self.wrong(&Wrong::new("a record that tells its key", json)))?,
        };
        Ok(Row {
            line: self.lines.number,
            form: number,
            key: newest.encode_key(&key).map_err(unfit)?,
            record: bytes,
        })
    }

    /// The next line.
    fn line(&mut self, expected: &str) -> Result<(String, Json)> {
        let Some(line) = self.lines.next()? else {
            return Err(self.lines.error(expected, "the end"));
        };
        let json = parse::parse(&line).map_err(|malformed| {
            let expected = format!("JSON: {} at byte {}", malformed.expected, malformed.at);
            self.lines.error(&expected, &malformed.found)
        })?;
        Ok((line, json))
    }

    fn checked<T>(&self, read: Result<T, Wrong>) -> Result<T> {
        read.map_err(|wrong| self.wrong(&wrong))
    }

    fn wrong(&self, wrong: &Wrong) -> Error {
        self.lines.error(&wrong.expected, &wrong.found)
    }
}

/// What can come behind a record.
const NEXT: &str = "a record, a collection or the end of the export";

/// What an error is about, without the words around it.
fn cause(error: &Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
