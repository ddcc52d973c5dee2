//! Repairing, for users: a new store of what is intact in a damaged one.

use crate::engine::repair::salvage::{Of, Unreadable};
use crate::engine::repair::{self, Repaired};
use crate::engine::verify::report::{Problem, TornTail, Versions};
use crate::error::Result;
use crate::media::Medium;
use crate::options::Options;
use crate::steps::{GoOn, UNOBSERVED};
use crate::store::Store;
use crate::store::backup::disk;
use crate::store::verify::Report;
use crate::when::Version;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// What [`Store::repair`] has saved, and what was lost. As text it is for people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepairReport {
    /// What is wrong with the damaged store: files, places in them, and versions.
    pub problems: Vec<Problem>,
    /// The end of its log, where a crash tore it, which an opening would have cut too.
    pub torn: Option<TornTail>,
    /// The versions whose commits were lost. In the new store they are empty commits, whose
    /// [metadata](crate::CommitInfo::meta) have `folio.repair` = `lost`.
    pub lost: Vec<Versions>,
    /// What was left out of commits that are there, since it can't be said what it means.
    pub unreadable: Vec<UnreadablePart>,
    /// The version that the new store begins with, as a checkpoint: it has no log before that.
    pub begins: Version,
    /// How many commits behind it were taken over whole.
    pub salvaged: u64,
    /// What [`Options::verify`] says of the new store.
    pub result: Report,
}

/// What was left out of commits, of one collection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadablePart {
    /// The collection: its name; `collection 3`, where that is lost; or empty where not even that is known.
    pub collection: String,
    /// The first and the last version that has such a part.
    pub versions: Versions,
    /// How many puts and removes were left out.
    pub operations: u64,
    /// Why the first of them was.
    pub reason: String,
}

impl RepairReport {
    /// Whether nothing was lost: the new store has all that the damaged one had.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.lost.is_empty() && self.unreadable.is_empty()
    }
}

impl From<Unreadable> for UnreadablePart {
    fn from(part: Unreadable) -> Self {
        let collection = match part.collection {
            Of::Name(name) => name,
            Of::Number(number) => format!("collection {number}"),
            Of::Unknown => String::new(),
        };
        let (first, last) = (Version::new(part.first), Some(Version::new(part.last)));
        let versions = Versions { first, last };
        Self { collection, versions, operations: part.operations, reason: part.reason }
    }
}

impl fmt::Display for RepairReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { problems, torn, lost, unreadable, begins, salvaged, result } = self;
        writeln!(f, "{salvaged} commits taken over behind version {begins}")?;
        problems.iter().try_for_each(|problem| writeln!(f, "problem: {problem}"))?;
        torn.iter().try_for_each(|torn| writeln!(f, "torn end: {torn}"))?;
        lost.iter().try_for_each(|lost| writeln!(f, "lost: {lost}"))?;
        for part in unreadable {
            let UnreadablePart { collection, versions, operations, reason } = part;
            writeln!(
                f,
                "left out: {operations} operations on `{collection}` in {versions}: {reason}"
            )?;
        }
        write!(f, "the new store is {result}")
    }
}

impl Store {
    /// Makes a new store, in a directory that is empty or not there yet, of everything that is intact in a damaged
    /// one, which nobody may have open for writing and which is not changed. Where there is a backup that is new
    /// enough, [`restore`](Self::restore) is better.
    ///
    /// Whole commits are taken over, with their versions, times and metadata; what was lost is listed. A record
    /// whose last change was lost has the value that it had before, so what several records say together
    /// need not fit, and a unique index may find a value twice. See [`docs::verify`](crate::docs::verify).
    ///
    /// The new store has an identity of its own: witnesses and backups of the damaged one do not fit it. It is verified and
    /// durable when this returns. O(bytes), twice.
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Item { #[key] id: u64 }
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let (damaged, target) = (directory.path().join("damaged"), directory.path().join("target"));
    /// # let store = Store::open(&damaged)?;
    /// # store.collection::<Item>()?.put(Item { id: 1 })?;
    /// # store.close()?;
    /// # std::fs::remove_file(damaged.join("MANIFEST")).unwrap();
    /// assert!(Store::open(&damaged).is_err());
    /// let report = Store::repair(&damaged, &target)?;
    /// assert!(report.is_complete(), "{report}");
    /// assert_eq!(Store::open(&target)?.collection::<Item>()?.len(), 1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::TargetExists`] where something is in the target; [`Error::Corrupt`] where the manifest of an
    /// encrypted store is damaged or missing, and with it its keys; [`Error::Locked`], [`Error::WrongKey`]
    /// ([`Options::repair`]), [`Error::Io`], [`Error::IsBackup`], [`Error::UnsupportedFormat`],
    /// [`Error::MissingFeature`]. What was written is removed then.
    ///
    /// [`Error::Corrupt`]: crate::Error::Corrupt
    /// [`Error::Io`]: crate::Error::Io
    /// [`Error::IsBackup`]: crate::Error::IsBackup
    /// [`Error::Locked`]: crate::Error::Locked
    /// [`Error::MissingFeature`]: crate::Error::MissingFeature
    /// [`Error::TargetExists`]: crate::Error::TargetExists
    /// [`Error::UnsupportedFormat`]: crate::Error::UnsupportedFormat
    /// [`Error::WrongKey`]: crate::Error::WrongKey
    pub fn repair(damaged: impl AsRef<Path>, target: impl AsRef<Path>) -> Result<RepairReport> {
        Self::options().repair(damaged, target)
    }
}

impl Options {
    /// Like [`Store::repair`], of an encrypted store with its key ([`encryption`](Self::encryption)): the new
    /// store is encrypted with it too, with new keys of its own.
    ///
    /// # Errors
    ///
    /// Like [`Store::repair`].
    pub fn repair(
        self,
        damaged: impl AsRef<Path>,
        target: impl AsRef<Path>,
    ) -> Result<RepairReport> {
        self.repair_on(&disk(damaged.as_ref()), &disk(target.as_ref()), UNOBSERVED)
    }

    /// Repairs from and to any medium.
    pub(crate) fn repair_on(
        &self,
        damaged: &Arc<dyn Medium>,
        target: &Arc<dyn Medium>,
        observer: GoOn<'_>,
    ) -> Result<RepairReport> {
        let Repaired { damage, problem, result, begins, salvaged, lost, unreadable } =
            repair::repair(damaged, target, self, observer)?;
        let problems = problem.into_iter().chain(damage.problems).collect();
        Ok(RepairReport {
            problems,
            torn: damage.torn,
            lost: lost.into_iter().map(Versions::from).collect(),
            unreadable: unreadable.into_iter().map(UnreadablePart::from).collect(),
            begins: Version::new(begins),
            salvaged,
            result: Report::of(target.path(""), result, None)?,
        })
    }
}
