//! Long pieces of work, with somebody who sees how far they are and can end them.

use crate::envelope::key::EncryptionKey;
use crate::error::{Error, Result};
use crate::options::Options;
use crate::steps::Step;
use crate::store::backup::{BackupInfo, disk};
use crate::store::repair::RepairReport;
use crate::store::verify::Report;
use crate::store::witness::Head;
use crate::store::{Reencrypted, Store};
use crate::when::{Version, When};
use std::cell::RefCell;
use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;

/// Is told of each step.
type Observer<'a> = Box<dyn FnMut(&Step) -> ControlFlow<()> + 'a>;

/// A [`Store`], or [`Options`], whose long pieces of work tell an observer how far they are, and go on as long as it says so. Made by
/// [`Store::observed`] and [`Options::observed`].
///
/// The work is that of the method of the same name, and what it does, locks and returns is the same. The observer is called on
/// the calling thread, at the beginning of each [part](crate::Part) and about once for each mebibyte or each file; where
/// it returns [`ControlFlow::Break`], the work ends with [`Error::Cancelled`]. What was
/// written until then is removed, now or by the next attempt: no half backup or store is taken for a whole one, and of
/// the store nothing is lost.
///
/// The work may hold the lock of the checkpoints while it calls the observer: that must not do other long work on the store, nor close it. A
/// panic goes on through the work, which leaves behind what a process would that is killed there.
#[must_use = "nothing is done until a method says what"]
pub struct Observed<'a, S> {
    of: S,
    observer: RefCell<Observer<'a>>,
}

impl<'a, S> Observed<'a, S> {
    fn new(of: S, observer: impl FnMut(&Step) -> ControlFlow<()> + 'a) -> Self {
        Self { of, observer: RefCell::new(Box::new(observer)) }
    }

    /// Tells a step, and says whether to go on.
    fn tell(&self, step: Step) -> Result<()> {
        match (self.observer.borrow_mut())(&step) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Cancelled),
        }
    }
}

impl<S> fmt::Debug for Observed<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed").finish_non_exhaustive()
    }
}

impl Store {
    /// For a long piece of work: has an observer told how far it is, who can also end it. See [`Observed`].
    ///
    /// ```
    /// # use folio::Store;
    /// # use std::ops::ControlFlow;
    /// # use std::sync::atomic::{AtomicBool, Ordering};
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let (path, backup) = (directory.path().join("store"), directory.path().join("backup"));
    /// # let is_cancelled = AtomicBool::new(false);
    /// # let store = Store::open(path)?;
    /// let observed = store.observed(|step| {
    ///     println!("{}: {} of {}", step.part, step.done, step.of);
    ///     if is_cancelled.load(Ordering::Relaxed) {
    ///         return ControlFlow::Break(());
    ///     }
    ///     ControlFlow::Continue(())
    /// });
    /// observed.backup(&backup)?;
    /// # Ok(()) }
    /// ```
    pub fn observed<'a>(
        &'a self,
        observer: impl FnMut(&Step) -> ControlFlow<()> + 'a,
    ) -> Observed<'a, &'a Self> {
        Observed::new(self, observer)
    }
}

impl Observed<'_, &Store> {
    /// [`Store::backup`].
    ///
    /// # Errors
    ///
    /// Like that; [`Error::Cancelled`], after which an earlier backup in the directory is as it was.
    pub fn backup(self, directory: impl AsRef<Path>) -> Result<BackupInfo> {
        self.of.backup_on(&disk(directory.as_ref()), &|step| self.tell(step))
    }

    /// [`Store::verify`].
    ///
    /// # Errors
    ///
    /// Like that; [`Error::Cancelled`].
    pub fn verify(self) -> Result<Report> {
        self.of.verify_with(None, &|step| self.tell(step))
    }

    /// [`Store::verify_against`].
    ///
    /// # Errors
    ///
    /// Like that; [`Error::Cancelled`].
    pub fn verify_against(self, witness: &Head) -> Result<Report> {
        self.of.verify_with(Some(witness), &|step| self.tell(step))
    }

    /// [`Store::checkpoint`].
    ///
    /// # Errors
    ///
    /// Like that; [`Error::Cancelled`], unless the checkpoint was written already.
    pub fn checkpoint(self) -> Result<()> {
        self.of.engine.checkpoint(&|step| self.tell(step))
    }

    /// [`Store::compact`].
    ///
    /// # Errors
    ///
    /// Like that; [`Error::Cancelled`], after which there may be a new checkpoint, and what it makes superfluous.
    pub fn compact(self) -> Result<()> {
        self.of.engine.compact(&|step| self.tell(step))
    }

    /// [`Store::reencrypt`].
    ///
    /// # Errors
    ///
    /// Like that; [`Error::Cancelled`], after which the new key is the store's, mostly, and a part of it still is under the store
    /// key before: call it again to have the rest done.
    #[expect(clippy::needless_pass_by_value, reason = "a key is handed over, not shared")]
    pub fn reencrypt(self, new: EncryptionKey) -> Result<Reencrypted> {
        let kept = self.of.engine.reencrypt(&new, &|step| self.tell(step));
        kept.map(|kept_segments| Reencrypted { kept_segments })
    }
}

impl Options {
    /// For a long piece of work: has an observer told how far it is, who can also end it. See [`Observed`].
    ///
    /// ```
    /// # use folio::Store;
    /// # use std::ops::ControlFlow;
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # Store::open(directory.path())?.close()?;
    /// let observed = Store::options().observed(|step| {
    ///     println!("{}: {} of {}", step.part, step.done, step.of);
    ///     ControlFlow::Continue(())
    /// });
    /// assert!(observed.verify(directory.path())?.is_intact());
    /// # Ok(()) }
    /// ```
    pub fn observed<'a>(
        self,
        observer: impl FnMut(&Step) -> ControlFlow<()> + 'a,
    ) -> Observed<'a, Self> {
        Observed::new(self, observer)
    }
}

impl Observed<'_, Options> {
    /// [`Options::verify`].
    ///
    /// # Errors
    ///
    /// Like that; [`Error::Cancelled`].
    pub fn verify(self, path: impl AsRef<Path>) -> Result<Report> {
        self.of.verify_on(&disk(path.as_ref()), None, &|step| self.tell(step))
    }

    /// [`Options::verify_against`].
    ///
    /// # Errors
    ///
    /// Like that; [`Error::Cancelled`].
    pub fn verify_against(self, path: impl AsRef<Path>, witness: &Head) -> Result<Report> {
        self.of.verify_on(&disk(path.as_ref()), Some(witness), &|step| self.tell(step))
    }

    /// [`Options::restore`].
    ///
    /// # Errors
    ///
    /// Like that; [`Error::Cancelled`], after which nothing is in the target.
    pub fn restore(self, backup: impl AsRef<Path>, target: impl AsRef<Path>) -> Result<Version> {
        self.restore_to(backup.as_ref(), target.as_ref(), None)
    }

    /// [`Options::restore_until`].
    ///
    /// # Errors
    ///
    /// Like that; [`Error::Cancelled`], after which nothing is in the target.
    pub fn restore_until(
        self,
        backup: impl AsRef<Path>,
        target: impl AsRef<Path>,
        when: impl Into<When>,
    ) -> Result<Version> {
        self.restore_to(backup.as_ref(), target.as_ref(), Some(when.into()))
    }

    fn restore_to(&self, backup: &Path, target: &Path, when: Option<When>) -> Result<Version> {
        let (backup, target) = (disk(backup), disk(target));
        self.of.restore_on(&backup, &target, when, &|step| self.tell(step))
    }

    /// [`Options::repair`].
    ///
    /// # Errors
    ///
    /// Like that; [`Error::Cancelled`], after which nothing is in the target.
    pub fn repair(
        self,
        damaged: impl AsRef<Path>,
        target: impl AsRef<Path>,
    ) -> Result<RepairReport> {
        let (damaged, target) = (disk(damaged.as_ref()), disk(target.as_ref()));
        self.of.repair_on(&damaged, &target, &|step| self.tell(step))
    }
}
