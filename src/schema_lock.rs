//! A check for the tests of programs: that the stored form of their records does not change unnoticed.

use crate::media::text;
use crate::schema::compare::compare;
use crate::schema::descriptor::Descriptor;
use crate::table::record::Record;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

/// The environment variable that has the file written anew.
const UPDATE: &str = "FOLIO_SCHEMA_LOCK";

/// The first lines of the file.
const HEAD: &str = "\
# What the records of this program look like in storage. A test compares it with the types
# (`folio::SchemaLock`); `FOLIO_SCHEMA_LOCK=update cargo test` writes it anew. Keep it under
# version control: a change here is a change to what users have on disk.
";

/// Compares record types with what was written down of them, in a test of the program that has them.
///
/// A change to a record type is easily made and may be meant for the program alone; with this, it does
/// not get through the tests before somebody has looked at what it means for stored data. The file
/// is written by running the test with `FOLIO_SCHEMA_LOCK=update` in the environment, and kept with the
/// sources.
///
/// ```
/// use folio::{Record, SchemaLock};
///
/// #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
/// struct User { #[key] id: u64, name: String }
///
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("schema.lock"); // in a program: "tests/schema.lock"
/// # SchemaLock::at(&path).record::<User>().write().unwrap();
/// // In a test, where `path` is "tests/schema.lock" or the like:
/// SchemaLock::at(path).record::<User>().check();
/// ```
#[derive(Debug)]
#[must_use = "it says nothing until it is checked"]
pub struct SchemaLock {
    path: PathBuf,
    /// By collection names.
    types: BTreeMap<String, Descriptor>,
}

impl SchemaLock {
    /// Will compare with this file, whose path is relative to where the tests run: the directory of
    /// their package.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), types: BTreeMap::new() }
    }

    /// Will compare the records of this type, under their own collection name.
    pub fn record<T: Record>(self) -> Self {
        self.record_named::<T>(T::NAME)
    }

    /// Will compare the records of this type, under another collection name.
    pub fn record_named<T: Record>(mut self, name: &str) -> Self {
        self.types.insert(name.to_owned(), Descriptor::of_record::<T>());
        self
    }

    /// Compares, or, with `FOLIO_SCHEMA_LOCK=update` in the environment, writes the file.
    ///
    /// # Panics
    ///
    /// Where a type is not as it was written down, with the difference and what it means for records
    /// that are stored already; where a type is not in the file, or only there; and where there is no
    /// such file.
    #[track_caller]
    pub fn check(&self) {
        let update = std::env::var(UPDATE).is_ok_and(|wish| wish == "update");
        let result = if update { self.write() } else { self.compare() };
        if let Err(message) = result {
            panic!("{message}");
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// What the operating system says, as text.
    pub fn write(&self) -> Result<(), String> {
        text::write(&self.path, &self.to_text())
            .map_err(|error| format!("could not write `{}`: {error}", self.path.display()))
    }

    /// Compares.
    ///
    /// # Errors
    ///
    /// What differs, as text for people.
    pub fn compare(&self) -> Result<(), String> {
        let path = self.path.display();
        let advice = format!("run the test with {UPDATE}=update to write it anew");
        let locked = text::read(&self.path)
            .map_err(|error| format!("could not read `{path}`: {error}"))?
            .ok_or_else(|| {
                format!("there is no `{path}` to compare record types with; {advice}")
            })?;
        let locked = parse(&locked).map_err(|line| format!("`{path}`, line {line}: expected a collection and its descriptor as they were written; {advice}"))?;
        let mut differences = String::new();
        for (name, now) in &self.types {
            match locked.get(name) {
                Some(then) if then == now => {}
                Some(then) => differences.push_str(&difference(name, then, now)),
                None => {
                    let _ = writeln!(
                        differences,
                        "collection `{name}` is new:\n{}",
                        marked('+', &now.to_string())
                    );
                }
            }
        }
        for (name, then) in locked.iter().filter(|(name, _)| !self.types.contains_key(*name)) {
            let _ = writeln!(
                differences,
                "collection `{name}` is not compared any more:\n{}",
                marked('-', &then.to_string())
            );
        }
        if differences.is_empty() {
            return Ok(());
        }
        Err(format!(
            "the stored form of records is not as in `{path}`:\n\n{differences}\nif that is meant, {advice}"
        ))
    }

    fn to_text(&self) -> String {
        let mut text = HEAD.to_owned();
        for (name, descriptor) in &self.types {
            let bytes = descriptor.as_bytes().iter().fold(String::new(), |mut digits, byte| {
                let _ = write!(digits, "{byte:02x}");
                digits
            });
            let _ = write!(
                text,
                "\ncollection {name:?}\ndescriptor {bytes}\n{}",
                marked(' ', &descriptor.to_string())
            );
        }
        text
    }
}

/// The descriptors in the file by collection names, or the number of a line that is not understood.
/// What is there for people is passed over.
fn parse(text: &str) -> Result<BTreeMap<String, Descriptor>, usize> {
    let mut types = BTreeMap::new();
    let mut name = None;
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(quoted) = line.strip_prefix("collection ") {
            name = Some(serde_json::from_str::<String>(quoted).map_err(|_| number)?);
        } else if let Some(digits) = line.strip_prefix("descriptor ") {
            let bytes = bytes(digits).ok_or(number)?;
            let descriptor = Descriptor::from_bytes(&bytes).map_err(|_| number)?;
            types.insert(name.take().ok_or(number)?, descriptor);
        } else if !(line.is_empty() || line.starts_with(['#', ' '])) {
            return Err(number);
        }
    }
    Ok(types)
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// The lines in which two descriptors differ, and what that means for stored records.
fn difference(name: &str, then: &Descriptor, now: &Descriptor) -> String {
    let mut text = format!("collection `{name}` has changed:\n");
    let (old, new) = (then.to_string(), now.to_string());
    for line in old.lines().filter(|line| !new.lines().any(|other| other == *line)) {
        let _ = writeln!(text, "  - {line}");
    }
    for line in new.lines().filter(|line| !old.lines().any(|other| other == *line)) {
        let _ = writeln!(text, "  + {line}");
    }
    text.push_str(&meaning(then, now));
    text
}

fn meaning(then: &Descriptor, now: &Descriptor) -> String {
    if now.version() < then.version() {
        return format!(
            "records stored as version {} can't be read by version {}\n",
            then.version(),
            now.version()
        );
    }
    if now.version() > then.version() {
        return "stored records go through the migration of the new version\n".to_owned();
    }
    let found = compare(then, now);
    if !found.unfit.is_empty() {
        return format!("stored records can't be read as this:\n{}", found.unfit);
    }
    let mut text = if found.straight_record {
        "stored records are read as before\n".to_owned()
    } else if found.fills || !found.straight_key {
        "stored records are read by the names of their fields, and written anew once\n".to_owned()
    } else {
        "stored records are read by the names of their fields\n".to_owned()
    };
    if !found.risks.is_empty() {
        let _ = write!(text, "but those can't be read that have this:\n{}", found.risks);
    }
    text
}

/// The text with a mark before each line.
fn marked(mark: char, text: &str) -> String {
    text.lines().fold(String::new(), |mut marked, line| {
        let _ = writeln!(marked, "  {mark} {line}");
        marked
    })
}
