//! The engine of one open store: the commit pipeline, what it recovered from, and the lock on its
//! directory.
//!
//! [`pipeline`] orders and publishes commits, [`turn`] is how its threads wait for each other,
//! [`recovery`] reads the log back. Handles of the layers above share one [`Engine`]; when the last
//! is dropped, the store is closed.

mod adopt;
pub(crate) mod pipeline;
pub(crate) mod recovery;
pub(crate) mod turn;

use crate::error::{Error, Result};
use crate::log::commit::{CommitWriter, Create, NewSchema};
use crate::log::segments::{Counters as LogCounters, SegmentLog};
use crate::log::{Discard, Log};
use crate::media::{LockMode, Medium};
use crate::options::{Durability, Isolation, Options};
use crate::schema::descriptor::Descriptor;
use crate::sync::{AtomicU64, Mutex, OnceLock, Ordering};
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::transaction::workspace::Workspace;
use crate::version::Root;
use crate::version::schemas::Schemas;
use crate::version::slot::{Identity, Slot};
use pipeline::{Floor, Pipeline, Staged};
use std::any::Any;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

/// One open store.
#[derive(Debug)]
pub(crate) struct Engine {
    pipeline: Arc<Pipeline>,
    options: Options,
    log_counters: Arc<LogCounters>,
    conflicts: AtomicU64,
    background: Mutex<Option<JoinHandle<()>>>,
    background_started: OnceLock<()>,
    lock: Mutex<Option<Box<dyn Any + Send + Sync>>>,
}

/// How a transaction is to be committed.
#[derive(Debug, Clone)]
pub(crate) struct CommitOptions {
    pub(crate) durability: Durability,
    pub(crate) isolation: Isolation,
    pub(crate) meta: Vec<(String, String)>,
}

impl Engine {
    /// Opens the store in a directory.
    pub(crate) fn open(medium: Arc<dyn Medium>, options: Options) -> Result<Self> {
        let lock = take_lock(&*medium, &options)?;
        let recovered = recovery::recover(&*medium, options.read_only)?;
        let counters = Arc::new(LogCounters::default());
        let log: Box<dyn Log> = if options.read_only {
            Box::new(Discard)
        } else {
            Box::new(SegmentLog::new(
                medium,
                recovered.store,
                recovered.tail,
                options.segment_bytes,
                counters.clone(),
            ))
        };
        Ok(Self::new(recovered.version, log, options, counters, Some(lock)))
    }

    /// A store without files.
    pub(crate) fn in_memory(options: Options) -> Self {
        Self::new(Root::default(), Box::new(Discard), options, Arc::default(), None)
    }

    fn new(
        version: Root,
        log: Box<dyn Log>,
        options: Options,
        log_counters: Arc<LogCounters>,
        lock: Option<Box<dyn Any + Send + Sync>>,
    ) -> Self {
        Self {
            pipeline: Arc::new(Pipeline::new(Arc::new(version), log)),
            options,
            log_counters,
            conflicts: AtomicU64::new(0),
            background: Mutex::new(None),
            background_started: OnceLock::new(),
            lock: Mutex::new(lock),
        }
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// How transactions are committed that say nothing of it themselves.
    pub(crate) fn commit_options(&self) -> CommitOptions {
        let Options { durability, isolation, .. } = self.options;
        CommitOptions { durability, isolation, meta: Vec::new() }
    }

    pub(crate) fn log_counters(&self) -> &LogCounters {
        &self.log_counters
    }

    pub(crate) fn conflicts(&self) -> u64 {
        self.conflicts.load(Ordering::Relaxed)
    }

    /// Refuses writing to a read-only store.
    pub(crate) fn check_writable(&self) -> Result<()> {
        if self.options.read_only { Err(Error::ReadOnly) } else { Ok(()) }
    }

    /// Commits a transaction, or, where it changed nothing, waits until all it saw is published. The
    /// floor, if the transaction has it, goes as soon as nothing can be lost without it.
    ///
    /// # Errors
    ///
    /// `Conflict`, and what encoding and writing may give. Nothing is committed then, except that
    /// the outcome may be unknown. What the transaction saw need not be published.
    pub(crate) fn commit(
        &self,
        mut workspace: Workspace,
        options: &CommitOptions,
        floor: Option<Floor<'_>>,
    ) -> Result<Arc<Root>> {
        if !workspace.has_changes() {
            drop(floor);
            let base = workspace.base().clone();
            self.pipeline.wait_for(base.number)?;
            return Ok(base);
        }
        self.check_writable()?;
        let time = now_micros();
        let bytes = workspace.encode(
            time,
            &options.meta,
            self.options.max_record_bytes,
            self.options.max_transaction_bytes,
        )?;
        if options.durability == Durability::Background {
            self.start_background()?;
        }
        // Not before the encoding, which is code of the user's and might commit something itself.
        if let Some(floor) = &floor {
            floor.end_with_commit();
        }
        let result = self.pipeline.commit(options.durability, |tip| {
            workspace.validate(tip, options.isolation)?;
            Ok(Staged { version: workspace.apply(tip, time)?, bytes })
        });
        if matches!(&result, Err(Error::Conflict { .. })) {
            self.conflicts.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    /// The collection called `name` with records of type `T`: attached, or created where there is
    /// none. Returns when the creation is durable.
    pub(crate) fn collection<T: Record>(&self, name: &str) -> Result<Arc<Identity>> {
        loop {
            let published = self.pipeline.published();
            if let Some(slot) = published.find(name) {
                let table = slot.typed::<T>()?;
                self.adopt(slot.identity(), &table)?;
                return Ok(slot.identity().clone());
            }
            let tip = self.pipeline.tip();
            if tip.find(name).is_some() {
                self.pipeline.wait_for(tip.number)?;
            } else {
                self.create_collection::<T>(name)?;
            }
        }
    }

    /// Creates a collection, unless somebody else does it first.
    fn create_collection<T: Record>(&self, name: &str) -> Result<()> {
        if self.options.read_only {
            return Err(Error::NotFound { collection: name.to_owned(), key: None });
        }
        let schema = Arc::new(Descriptor::of_record::<T>());
        schema.check::<T>()?;
        let time = now_micros();
        self.commit_unless_done(name, |tip| {
            if tip.find(name).is_some() {
                return None;
            }
            let id = tip.collections();
            let mut commit = CommitWriter::new(time, &[]);
            commit.creates(&[Create { collection: id, name }]);
            commit.schemas(&[NewSchema { collection: id, descriptor: schema.as_bytes() }]);
            commit.tables(0);
            let (name, schemas) = (name.to_owned(), Schemas::created(schema.clone()));
            let identity = Arc::new(Identity::new(id, name, schemas, 0));
            let mut version = tip.next(time);
            version.add(Arc::new(Slot::attached(identity, Arc::new(Table::<T>::empty()))));
            Some(Staged { version, bytes: commit.into_bytes() })
        })
    }

    /// Commits what `prepare` makes of the tip for a collection, at the store's level. `None` is that
    /// somebody else has done it already, which is as good; it may not be published yet then.
    fn commit_unless_done(
        &self,
        name: &str,
        prepare: impl FnOnce(&Root) -> Option<Staged>,
    ) -> Result<()> {
        if self.options.durability == Durability::Background {
            self.start_background()?;
        }
        let committed = self.pipeline.commit(self.options.durability, |tip| {
            let done = || Error::KeyExists { collection: name.to_owned(), key: String::new() };
            prepare(tip).ok_or_else(done)
        });
        match committed {
            Ok(_) | Err(Error::KeyExists { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Makes everything durable, takes no more commits and releases the directory.
    pub(crate) fn close(&self) -> Result<()> {
        let result = self.pipeline.close();
        let thread = self.background.lock().take();
        if let Some(thread) = thread {
            // A panic in it has been reported already, and there is nothing left for it to do.
            let _ = thread.join();
        }
        *self.lock.lock() = None;
        result
    }

    /// Starts the thread that flushes commits at `Durability::Background`, once.
    fn start_background(&self) -> Result<()> {
        if self.background_started.get().is_some() {
            return Ok(());
        }
        let mut thread = self.background.lock();
        if self.background_started.get().is_none() {
            let (pipeline, interval) = (self.pipeline.clone(), self.options.flush_interval);
            let spawned = thread::Builder::new()
                .name("folio-flush".to_owned())
                .spawn(move || pipeline.run_background(interval));
            *thread =
                Some(spawned.map_err(|error| Error::io("folio-flush", "start thread", error))?);
            let _ = self.background_started.set(());
        }
        Ok(())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Whoever wants to hear of a failure calls `close`.
        let _ = self.close();
    }
}

/// Takes the lock of a store's directory, which is created where that is wanted.
fn take_lock(medium: &dyn Medium, options: &Options) -> Result<Box<dyn Any + Send + Sync>> {
    let root = medium.path("");
    let mode = if options.read_only { LockMode::Shared } else { LockMode::Exclusive };
    if options.create && !options.read_only {
        medium.create_directory().map_err(|error| Error::io(&root, "create", error))?;
        // Before the lock, which leaves a file.
        recovery::check_directory(medium)?;
    } else {
        let names = medium.list().map_err(|error| Error::io(&root, "open a store in", error))?;
        if !names.iter().any(|name| name == crate::log::manifest::FILE) {
            recovery::check_directory(medium)?;
            return Err(Error::io(&root, "open a store in", io::ErrorKind::NotFound.into()));
        }
    }
    let lock = medium.lock(recovery::LOCK_FILE, mode);
    lock.map_err(|error| Error::io(medium.path(recovery::LOCK_FILE), "lock", error))?
        .ok_or(Error::Locked { path: root })
}

fn now_micros() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
