//! Verifying, for users: what is looked at, and what the report says.

use crate::engine::verify::Findings;
use crate::engine::verify::closed;
use crate::engine::verify::report::{CollectionReport, Problem, TornTail};
use crate::error::{Error, Result};
use crate::media::Medium;
use crate::options::Options;
use crate::steps::{GoOn, UNOBSERVED};
use crate::store::Store;
use crate::store::backup::disk;
use crate::store::witness::Head;
use crate::when::Version;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What [`Store::verify`] has found: what there is, and what is wrong with it. As text it is for people, with a line
/// for each problem and each collection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The directory of the store; empty for one in memory.
    pub path: PathBuf,
    /// Everything that is not as it should be, in the order of the files. Empty where nothing is.
    pub problems: Vec<Problem>,
    /// The end of the log, where a crash tore it: no damage. Only of a store that nobody had open.
    pub torn: Option<TornTail>,
    /// How many checkpoints there are.
    pub checkpoints: u64,
    /// How many segments there are.
    pub segments: u64,
    /// How many intact frames they have, seals among them.
    pub frames: u64,
    /// How many commits were read in them.
    pub commits: u64,
    /// The size of checkpoints and segments.
    pub bytes: u64,
    /// The first version that the files have: that behind which the log begins, or that of a checkpoint.
    pub oldest: Version,
    /// The last version that the files have, as far as they could be read.
    pub newest: Version,
    /// The place where the log ends, as far as it could be read: to be kept as a witness. `None` in memory.
    pub head: Option<Head>,
    /// The collections, by name.
    pub collections: Vec<CollectionReport>,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.problems.is_empty()
    }

    /// The report of findings. Where a witness was to be held against the log, it is said whether it fits.
    pub(super) fn of(path: PathBuf, findings: Findings, witness: Option<&Head>) -> Result<Self> {
        let Findings { mut problems, torn, checkpoints, segments, frames, commits, bytes, .. } =
            findings;
        let (oldest, newest) = (Version::new(findings.oldest), Version::new(findings.newest));
        if let Some(witness) = witness.filter(|_| !findings.has_witness) {
            if witness.version < oldest {
                return Err(Error::OutOfHistory { oldest });
            }
            let found = if newest < witness.version {
                format!("a log that ends with version {newest}")
            } else {
                "another one".to_owned()
            };
            problems.push(Problem::of_witness(witness.version.number(), found));
        }
        let is_on_disk = !path.as_os_str().is_empty();
        let head = is_on_disk.then_some(Head { version: newest, hash: findings.chain });
        let collections = findings.collections;
        Ok(Self {
            path,
            problems,
            torn,
            checkpoints,
            segments,
            frames,
            commits,
            bytes,
            oldest,
            newest,
            head,
            collections,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { checkpoints, segments, frames, commits, bytes, oldest, newest, .. } = self;
        let verdict = if self.is_intact() { "intact" } else { "damaged" };
        writeln!(f, "{verdict}: versions {oldest} to {newest}")?;
        writeln!(
            f,
            "read: {bytes} bytes, checkpoints: {checkpoints}, segments: {segments}, frames: {frames}, commits: {commits}"
        )?;
        if let Some(head) = &self.head {
            writeln!(f, "head: {head}")?;
        }
        for CollectionReport { name, records, operations, index_entries, .. } in &self.collections {
            write!(f, "collection `{name}`: {records} records, {operations} operations")?;
            match index_entries {
                Some(entries) => writeln!(f, ", {entries} index entries")?,
                None => writeln!(f, ", indexes not verified")?,
            }
        }
        if let Some(torn) = &self.torn {
            writeln!(f, "torn end: {torn}")?;
        }
        self.problems.iter().try_for_each(|problem| writeln!(f, "problem: {problem}"))
    }
}

impl Store {
    /// Reads all files of the store and checks everything that can be checked: checksums, the chain through all
    /// commits, that commits, keys and records are what they should be, that checkpoints say what the log says, and that
    /// the indexes of collections that were opened lead to just the records that they should. Damage is no error:
    /// the [`Report`] lists it. See [`docs::verify`](crate::docs::verify).
    ///
    /// Everything that is published when this is called is verified, beside reads and commits, which wait
    /// for nothing; the next checkpoint does. O(bytes) of the files; in memory one file at a time, and the
    /// keys of all records with 32 bytes for each.
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Item { #[key] id: u64 }
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// let store = Store::open(directory.path())?;
    /// store.collection::<Item>()?.put(Item { id: 1 })?;
    /// let report = store.verify()?;
    /// assert!(report.is_intact(), "{report}");
    /// assert_eq!(report.commits, 2);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where a file can't be read at all, [`Error::UnsupportedFormat`], [`Error::MissingFeature`];
    /// [`Error::Closed`] where the store is closed meanwhile, and what writing may give, since what is published
    /// is written first.
    pub fn verify(&self) -> Result<Report> {
        self.verify_with(None, UNOBSERVED)
    }

    /// Like [`verify`](Self::verify), and holds the log against a witness that was kept elsewhere
    /// ([`head`](Self::head)), as [`check_witness`](Self::check_witness) does: if the log is not the one that
    /// it was taken of, that is a problem.
    ///
    /// # Errors
    ///
    /// Like [`verify`](Self::verify), and [`Error::OutOfHistory`] where the log does not go back to the witness.
    pub fn verify_against(&self, witness: &Head) -> Result<Report> {
        self.verify_with(Some(witness), UNOBSERVED)
    }

    pub(super) fn verify_with(&self, witness: Option<&Head>, observer: GoOn<'_>) -> Result<Report> {
        let findings = self.engine.verify(witness.map(place), observer)?;
        Report::of(self.engine.path(), findings, witness)
    }
}

impl Options {
    /// Verifies a store that nobody has open for writing, like [`Store::verify`], without its Rust types; or a
    /// [backup](Store::backup), whose files are held against its listing as well. Changes
    /// nothing, and nobody can open the store for writing, or make a backup there, meanwhile. Of an encrypted store it takes the key
    /// ([`encryption`](Self::encryption)). Of a [`ledger`](Self::ledger) a part of the log that is missing is a
    /// problem also where a checkpoint stands for it.
    ///
    /// Indexes are not stored, so neither they nor that unique keys are unique can be verified without the types.
    /// What a crash left at the end of the log is no damage; the report tells of it ([`Report::torn`]).
    ///
    /// ```
    /// # use folio::Store;
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # Store::open(directory.path())?.close()?;
    /// let report = Store::options().verify(directory.path())?;
    /// assert!(report.is_intact(), "{report}");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] where the store is open for writing, or the backup is being made, [`Error::WrongKey`], [`Error::Io`],
    /// [`Error::IsBackup`] for a backup that was not finished, [`Error::UnsupportedFormat`], [`Error::MissingFeature`];
    /// [`Error::Corrupt`] where the
    /// manifest is damaged or missing and with it the keys of an encrypted store, or the listing of a backup.
    pub fn verify(self, path: impl AsRef<Path>) -> Result<Report> {
        self.verify_on(&disk(path.as_ref()), None, UNOBSERVED)
    }

    /// Like [`verify`](Self::verify), and holds the log against a witness, like
    /// [`Store::verify_against`].
    ///
    /// # Errors
    ///
    /// Like [`verify`](Self::verify), and [`Error::OutOfHistory`] where the log does not go back to the witness.
    pub fn verify_against(self, path: impl AsRef<Path>, witness: &Head) -> Result<Report> {
        self.verify_on(&disk(path.as_ref()), Some(witness), UNOBSERVED)
    }

    /// Verifies a store on any medium.
    pub(crate) fn verify_on(
        &self,
        medium: &Arc<dyn Medium>,
        witness: Option<&Head>,
        observer: GoOn<'_>,
    ) -> Result<Report> {
        let findings = closed::verify(medium, self, witness.map(place), observer)?;
        Report::of(medium.path(""), findings, witness)
    }
}

fn place(head: &Head) -> (u64, [u8; 32]) {
    (head.version.number(), head.hash)
}
