//! Writing a version of the store as lines of JSON.

use super::lines::LineWriter;
use super::marks::{CollectionMark, End, Header};
use super::{Format, Progress, Report};
use crate::envelope::key::EncryptionKey;
use crate::error::{Error, Result};
use crate::schema::descriptor::Descriptor;
use crate::store::{Snapshot, Store};
use crate::sync::Ordering;
use crate::version::schemas::SchemaId;
use crate::version::slot::Slot;
use crate::when::Version;
use std::fmt::{self, Write as _};
use std::io::Write;
use std::sync::Arc;

/// After how many records the progress is told.
const REPORT_EVERY: u64 = 1_024;

/// Choices for an [export](Store::export).
///
/// ```
/// # use folio::{EncryptionKey, ExportOptions, Store};
/// # fn main() -> folio::Result<()> {
/// # let store = Store::in_memory();
/// # store.documents("settings")?.set("theme", &"dark")?;
/// # let mut file = Vec::new();
/// let options = ExportOptions::new()
///     .collections(["settings"])
///     .encryption(EncryptionKey::from_bytes([7; 32]))
///     .progress(|progress| println!("{} of {}", progress.records, progress.of_records));
/// store.export(&mut file, options)?;
/// # Ok(()) }
/// ```
#[derive(Default)]
#[must_use]
pub struct ExportOptions<'a> {
    format: Format,
    only: Option<Vec<String>>,
    key: Option<EncryptionKey>,
    report: Option<Report<'a>>,
}

impl<'a> ExportOptions<'a> {
    /// All collections, as lines of JSON, not encrypted.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only the collections with these names, in this order.
    pub fn collections<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.only = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Encrypted, with a key of its own that this one wraps: see [`docs::export`](mod@crate::docs::export).
    pub fn encryption(mut self, key: EncryptionKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Calls this now and then, and at the end of each collection.
    pub fn progress(mut self, report: impl FnMut(&Progress<'_>) + 'a) -> Self {
        self.report = Some(Box::new(report));
        self
    }
}

impl From<Format> for ExportOptions<'_> {
    fn from(format: Format) -> Self {
        Self { format, ..Self::default() }
    }
}

impl fmt::Debug for ExportOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportOptions").field("only", &self.only).finish_non_exhaustive()
    }
}

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// The version.
    pub version: Version,
    /// How many collections.
    pub collections: u64,
    /// How many records, all collections together.
    pub records: u64,
    /// The size in bytes, before encryption.
    pub bytes: u64,
    /// The SHA-256 that stands in the last line, of all lines before it.
    pub sha256: [u8; 32],
}

impl Store {
    /// Writes the newest version to `writer`, all collections with their schemas, as lines of JSON from which
    /// [`import`](Self::import) makes the same records again. Like [`Snapshot::export`].
    ///
    /// ```
    /// # use folio::{Format, Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone, PartialEq, Debug)]
    /// # #[record(name = "cities")]
    /// # struct City { #[key] id: u32, name: String }
    /// # fn main() -> folio::Result<()> {
    /// let store = Store::in_memory();
    /// store.collection::<City>()?.put(City { id: 7, name: "Oslo".into() })?;
    /// let mut file = Vec::new();
    /// store.export(&mut file, Format::JsonLines)?;
    ///
    /// let other = Store::in_memory();
    /// other.import(file.as_slice(), Format::JsonLines)?;
    /// assert_eq!(other.collection::<City>()?.get(&7).unwrap().name, "Oslo");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Like [`Snapshot::export`].
    pub fn export<'a>(
        &self,
        writer: impl Write,
        options: impl Into<ExportOptions<'a>>,
    ) -> Result<Exported> {
        self.snapshot().export(writer, options)
    }
}

impl Snapshot {
    /// Writes this version to `writer`, as lines of JSON from which [`Store::import`] makes the same records
    /// again: see [`docs::export`](mod@crate::docs::export) for the form. What is expired at
    /// [`read_at`](Self::read_at) is left out.
    ///
    /// O(size). Nobody waits for it, and it waits for nobody. It takes the memory of one record and its line; for a
    /// collection that is not attached, also that of a list of its keys' places, some 50 bytes for each. What is written
    /// is whole only with its last line: where this fails, what was written can't be imported to its end. Making a
    /// file durable is for whoever made it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where a collection that was asked for is not there, before anything is written;
    /// [`Error::InvalidKey`] likewise. [`Error::Io`] where the writer fails, [`Error::Decode`] where a record can't be
    /// read.
    pub fn export<'a>(
        &self,
        writer: impl Write,
        options: impl Into<ExportOptions<'a>>,
    ) -> Result<Exported> {
        let ExportOptions { format: Format::JsonLines, only, key, report } = options.into();
        let slots = self.chosen(only)?;
        let counts: Vec<u64> = slots.iter().map(|slot| slot.len(self.moment()) as u64).collect();
        let of_records = counts.iter().sum();
        let out = LineWriter::new(writer, key.as_ref())?;
        let mut export = Export { out, report, records: 0, of_records };
        let (collections, version) = (slots.len() as u64, self.version());
        let (store, records) = (self.root.store, of_records);
        let header = Header { store, version: version.number(), collections, records };
        export.out.line(&header.line(self.time()))?;
        for (slot, records) in slots.into_iter().zip(counts) {
            export.collection(self, slot, records)?;
        }
        let records = export.records;
        let sha256 = export.out.sha256();
        export.out.line(&End { collections, records, sha256 }.line())?;
        let bytes = export.out.bytes;
        export.out.finish()?;
        Ok(Exported { version, collections, records, bytes, sha256 })
    }

    /// The collections with these names, or all by name.
    fn chosen(&self, only: Option<Vec<String>>) -> Result<Vec<&Arc<Slot>>> {
        let Some(names) = only else { return Ok(self.root.slots().collect()) };
        let mut slots: Vec<&Arc<Slot>> = Vec::with_capacity(names.len());
        for name in names {
            let found = self.root.find(&name);
            let slot = found.ok_or(Error::NotFound { collection: name, key: None })?;
            if !slots.iter().any(|listed| Arc::ptr_eq(listed, slot)) {
                slots.push(slot);
            }
        }
        Ok(slots)
    }
}

/// An export on its way.
struct Export<'a, W: Write> {
    out: LineWriter<W>,
    report: Option<Report<'a>>,
    records: u64,
    of_records: u64,
}

impl<W: Write> Export<'_, W> {
    fn collection(&mut self, snapshot: &Snapshot, slot: &Slot, records: u64) -> Result<()> {
        let identity = slot.identity();
        let name = identity.name.clone();
        let readable = slot.readable(snapshot.root.number, snapshot.moment());
        let ids_used = identity.ids_used.load(Ordering::Relaxed);
        let forms = readable.forms.clone();
        let Some(newest) = forms.last().cloned() else { return Ok(()) };
        let mark = CollectionMark { name: name.clone(), records, ids_used, forms };
        self.out.line(&mark.line())?;
        let mut line = String::new();
        readable.for_each(&mut |form, key, record| {
            line.clear();
            append_record(&mut line, (&mark.forms, form), &newest, key, record)
                .map_err(|error| error.within(Some(&name), Some(newest.key_text(key))))?;
            self.out.line(&line)?;
            self.records += 1;
            if self.records.is_multiple_of(REPORT_EVERY) {
                self.report(&name);
            }
            Ok(())
        })?;
        self.report(&name);
        Ok(())
    }

    fn report(&mut self, collection: &str) {
        let (records, of_records, bytes) = (self.records, self.of_records, self.out.bytes);
        if let Some(report) = &mut self.report {
            report(&Progress { collection, records, of_records, bytes });
        }
    }
}

/// Appends the line of a record: its form, unless it is the newest one, and its key, unless the record tells it.
fn append_record(
    line: &mut String,
    (forms, number): (&[Arc<Descriptor>], SchemaId),
    newest: &Descriptor,
    key: &[u8],
    record: &[u8],
) -> Result<()> {
    let found = forms.get(number as usize);
    let form = found.map_or(newest, |form| &**form);
    let record = form.decode(record)?;
    line.push('{');
    if number as usize + 1 < forms.len() {
        let _ = write!(line, "\"form\":{number},");
    }
    let told = form.key_in(&record).and_then(|told| newest.encode_key(&told).ok());
    if told.is_none_or(|told| told != key) {
        line.push_str("\"key\":");
        newest.append_key_json(line, &newest.decode_key(key)?)?;
        line.push(',');
    }
    line.push_str("\"record\":");
    form.append_json(line, &record)?;
    line.push_str("}\n");
    Ok(())
}
