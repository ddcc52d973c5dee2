//! Committing what a transaction has changed: encoding, validation, and what the engine keeps account of.

use crate::engine::pipeline::{Floor, Pipeline, Staged, Wait};
use crate::engine::{CommitOptions, Engine};
use crate::error::{Error, Result};
use crate::histogram::Recorder;
use crate::options::Durability;
use crate::trace;
use crate::transaction::workspace::Workspace;
use crate::version::Root;
use std::sync::Arc;
use std::time::Instant;

impl Engine {
    /// Commits a transaction, or, where it changed nothing, waits until all it saw is published. The
    /// floor, if the transaction has it, goes as soon as nothing can be lost without it.
    ///
    /// # Errors
    ///
    /// `Conflict`, and what encoding and writing may give. Nothing is committed then, except that
    /// the outcome may be unknown. What the transaction saw need not be published.
    pub(crate) fn commit(
        &self,
        workspace: Workspace,
        options: &CommitOptions,
        floor: Option<Floor<'_>>,
    ) -> Result<Arc<Root>> {
        if !workspace.has_changes() {
            drop(floor);
            let base = workspace.base().clone();
            self.pipeline.wait_for(base.number)?;
            return Ok(base);
        }
        let began = self.begin_commit(options)?;
        let (version, _) = self.carry_out(workspace, options, floor.as_ref(), began, false)?;
        self.committed(&version, began);
        Ok(version)
    }

    /// Like [`commit`](Self::commit), but does not wait until the commit is published: that is for a task to do.
    pub(crate) fn submit(
        &self,
        workspace: Workspace,
        options: &CommitOptions,
        floor: Option<Floor<'_>>,
    ) -> Result<Submitted> {
        if !workspace.has_changes() {
            drop(floor);
            let version = workspace.base().clone();
            let wait = self.await_version(version.number)?;
            return Ok(Submitted { version, wait, began: None });
        }
        let began = self.begin_commit(options)?;
        self.start_background()?;
        let (version, wait) = self.carry_out(workspace, options, floor.as_ref(), began, true)?;
        if wait.is_none() {
            self.committed(&version, began);
        }
        Ok(Submitted { version, wait, began })
    }

    /// What is to be waited for until a version is published, or nothing if it is.
    pub(crate) fn await_version(&self, number: u64) -> Result<Option<Wait>> {
        if self.pipeline.read(|root| root.number) >= number {
            return Ok(None);
        }
        self.start_background()?;
        self.pipeline.await_version(number)
    }

    /// Whether a commit can be; and when it began, if that is wanted.
    fn begin_commit(&self, options: &CommitOptions) -> Result<Option<Instant>> {
        self.check_writable()?;
        if options.durability == Durability::Background {
            self.start_background()?;
        }
        let waits = self.log_files.is_some() && options.durability == Durability::Fsync;
        Ok(self.statistics.begin(waits))
    }

    /// Tells of a commit that is published.
    pub(crate) fn committed(&self, version: &Root, began: Option<Instant>) {
        began.inspect(|began| self.statistics.commit.record_time(began.elapsed()));
        trace::committed(version.number);
    }

    /// Commits, or submits, a transaction that has changes.
    fn carry_out(
        &self,
        workspace: Workspace,
        options: &CommitOptions,
        floor: Option<&Floor<'_>>,
        began: Option<Instant>,
        submits: bool,
    ) -> Result<(Arc<Root>, Option<Wait>)> {
        let _span = trace::committing(options.durability);
        let check_memory: &dyn Fn(usize) -> Result<()> = &|bytes| self.check_memory(bytes);
        let terms = Terms {
            options,
            now_micros: self.now_micros(),
            max_record_bytes: self.options.max_record_bytes,
            max_bytes: self.options.max_transaction_bytes,
            check_puts: self.options.memory_limit.is_some().then_some(check_memory),
            validation: began.map(|_| &self.statistics.validation),
            submits: submits.then_some(self.log_files.is_none()),
        };
        let changed = self.to_charge(&workspace);
        let result = commit(&self.pipeline, workspace, &terms, floor);
        match &result {
            Ok((version, _)) => {
                self.charge(&changed);
                self.look_at_held(version);
                self.look_after_log();
            }
            Err(Error::Conflict { collection, .. }) => self.note_conflict(collection),
            Err(_) => {}
        }
        if let (Ok((version, _)), true) = (&result, self.has_expiring()) {
            self.sweeper.note(version);
        }
        result
    }
}

/// What there is to know of a commit beside the transaction.
pub(super) struct Terms<'a> {
    pub(super) options: &'a CommitOptions,
    pub(super) now_micros: u64,
    pub(super) max_record_bytes: usize,
    pub(super) max_bytes: usize,
    /// Says whether so many bytes of records may be put, where there is a limit.
    pub(super) check_puts: Option<&'a dyn Fn(usize) -> Result<()>>,
    /// Where the time of validating goes, if it is wanted.
    pub(super) validation: Option<&'a Recorder>,
    /// If given, nobody waits here until the commit is published; and whether nothing is written at all.
    pub(super) submits: Option<bool>,
}

/// A commit that is on its way.
#[derive(Debug)]
pub(crate) struct Submitted {
    pub(crate) version: Arc<Root>,
    /// What is to be waited for; nothing if it is published.
    pub(crate) wait: Option<Wait>,
    pub(crate) began: Option<Instant>,
}

/// Commits a transaction that has changed something: anybody's, or the sweeper's.
pub(super) fn commit(
    pipeline: &Pipeline,
    mut workspace: Workspace,
    terms: &Terms<'_>,
    floor: Option<&Floor<'_>>,
) -> Result<(Arc<Root>, Option<Wait>)> {
    let Terms { options, now_micros, max_record_bytes, max_bytes, check_puts, validation, submits } =
        *terms;
    let time = workspace.time(now_micros);
    let bytes = workspace.encode(time, &options.meta, max_record_bytes, max_bytes)?;
    if let Some(check) = check_puts
        && workspace.has_puts()
    {
        check(bytes.len())?;
    }
    // Not before the encoding, which is code of the user's and might commit something itself.
    if let Some(floor) = floor {
        floor.end_with_commit();
    }
    let prepare = |tip: &Arc<Root>| {
        let began = validation.map(|_| Instant::now());
        workspace.validate(tip, options.isolation)?;
        let version = workspace.apply(tip, time)?;
        if let (Some(validation), Some(began)) = (validation, began) {
            validation.record_time(began.elapsed());
        }
        Ok(Staged { version, bytes })
    };
    match submits {
        None => Ok((pipeline.commit(options.durability, prepare)?, None)),
        Some(is_unwritten) => pipeline.submit(options.durability, is_unwritten, prepare),
    }
}
