//! The engine of one open store: the commit pipeline, what it recovered from, and the lock on its
//! directory.
//!
//! [`pipeline`] orders and publishes commits, [`turn`] is how its threads wait for each other,
//! [`recovery`] reads the log back, [`checkpoints`] keeps it short, [`sweeper`] removes what has expired,
//! [`backups`] makes backups by a schedule, [`follow`] keeps up with another process that writes, [`closing`] ends it all. Handles of the layers above share one [`Engine`]; when the last
//! is dropped, the store is closed.

mod adopt;
pub(crate) mod append;
mod attach;
pub(crate) mod backups;
pub(crate) mod checkpoints;
mod closing;
pub(crate) mod commit;
pub(crate) mod follow;
mod keys;
mod memory;
mod past;
pub(crate) mod pipeline;
pub(crate) mod recovery;
pub(crate) mod repair;
pub(crate) mod restore;
pub(crate) mod retained;
pub(crate) mod statistics;
mod sweeper;
pub(crate) mod turn;
mod upkeep;
pub(crate) mod verify;
pub(crate) mod watchers;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::log::files::LogFiles;
use crate::log::frame::Chain;
use crate::log::segments::{Counters as LogCounters, SegmentLog, Settings};
use crate::log::{Discard, Log};
use crate::media::{LockMode, Medium};
use crate::options::{Durability, Encryption, Isolation, Options};
use crate::sync::{AtomicU64, Mutex, OnceLock, Ordering};
use crate::table::expiry::Moment;
use crate::trace;
use crate::version::{CollectionId, Origin, Root};
use backups::Backups;
use checkpoints::{Checkpoints, Files, Policy};
use closing::Closing;
use follow::Follower;
use keys::{Keys, check_key};
use memory::Memory;
use pipeline::Pipeline;
use recovery::Extent;
use statistics::Statistics;
use std::any::Any;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use sweeper::Sweeper;

/// One open store.
#[derive(Debug)]
pub(crate) struct Engine {
    pipeline: Arc<Pipeline>,
    options: Options,
    log_counters: Arc<LogCounters>,
    /// `None` where nothing is written.
    checkpoints: Option<Arc<Checkpoints>>,
    checkpoints_thread: Mutex<Option<JoinHandle<()>>>,
    /// Where another process writes the store.
    follower: Option<Arc<Follower>>,
    /// Where the store makes some by itself.
    backups: Option<Arc<Backups>>,
    /// What the log can be read back from; a store in memory has none.
    log_files: Option<LogFiles>,
    /// What the store was recovered from, and how long that took.
    opened: (Extent, Duration),
    /// The first segment of a log that is kept for ever.
    ledger: Option<u64>,
    /// Where the log ended when the store was opened.
    opened_head: (u64, Chain),
    conflicts: AtomicU64,
    statistics: Statistics,
    memory: Memory,
    /// The last version that was reported as held for too long.
    reported_held: AtomicU64,
    background: Mutex<Option<JoinHandle<()>>>,
    background_started: OnceLock<()>,
    sweeper: Arc<Sweeper>,
    /// Set when somebody has opened a collection whose records expire.
    has_expiring: OnceLock<()>,
    lock: Mutex<Option<Box<dyn Any + Send + Sync>>>,
    closing: Closing,
    /// The store's keys, and where the manifest is that has them; `None` for a store in memory. Locked
    /// while the manifest is written.
    keys: Option<Arc<Mutex<Keys>>>,
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
    pub(crate) fn open(medium: Arc<dyn Medium>, mut options: Options) -> Result<Self> {
        // Not kept in memory longer than it is needed.
        let encryption = std::mem::take(&mut options.encryption);
        check_key(&encryption)?;
        // Whoever says where the log is to go that is not needed wants it kept.
        options.ledger = options.ledger.or(options.archive.is_some().then_some(true));
        let _span = trace::opening(&medium.path(""));
        let lock = take_lock(&*medium, &options)?;
        let began = Instant::now();
        let recovered = recovery::recover(&medium, &options, &encryption)?;
        let took = began.elapsed();
        tell_recovered(&recovered, took);
        let counters = Arc::new(LogCounters::default());
        let recovery::Recovered { keyring, ledger, version, tail, extent } = recovered;
        let keyring = Arc::new(keyring);
        let keys = Keys { medium: medium.clone(), keyring: keyring.clone() };
        let archive = options.archive.clone().filter(|_| ledger.is_some());
        let log_files = match ledger {
            Some(first) => {
                LogFiles::of_ledger(medium.clone(), archive.clone(), first, keyring.clone())
            }
            None => LogFiles::of(medium.clone(), keyring.clone()),
        };
        let opened_head = (tail.version, tail.chain);
        let settings = Settings {
            keyring,
            segment_bytes: options.segment_bytes,
            compression: options.compression,
        };
        let log: Box<dyn Log> = if options.read_only {
            Box::new(Discard)
        } else {
            Box::new(SegmentLog::new(medium.clone(), settings.clone(), tail, counters.clone()))
        };
        let files = Some((lock, keys));
        let mut engine = Self::new(version, log, options, counters.clone(), files);
        engine.log_files = Some(log_files);
        engine.opened_head = opened_head;
        engine.opened = (extent, took);
        engine.ledger = ledger;
        let schedule = engine.options.backups.take();
        if !engine.options.read_only {
            let policy = Policy { least_bytes: engine.options.checkpoint_bytes, ledger };
            let pipeline = engine.pipeline.clone();
            let all =
                engine.log_files.as_ref().map_or(medium.clone(), |files| files.medium.clone());
            let files = Files { store: medium, archive, all };
            let checkpoints = Checkpoints::new(files, settings, pipeline, counters, policy, extent);
            engine.checkpoints = Some(Arc::new(checkpoints));
            schedule.map_or(Ok(()), |schedule| engine.start_backups(schedule))?;
        }
        Ok(engine)
    }

    /// A store without files.
    pub(crate) fn in_memory(mut options: Options) -> Self {
        // There is nothing that it would open.
        options.encryption = Encryption::None;
        let version = Root::of_nothing(unlike_any_other());
        Self::new(version, Box::new(Discard), options, Arc::default(), None)
    }

    fn new(
        version: Root,
        log: Box<dyn Log>,
        options: Options,
        log_counters: Arc<LogCounters>,
        files: Option<(Box<dyn Any + Send + Sync>, Keys)>,
    ) -> Self {
        let (lock, keys) = files.unzip();
        let memory = Memory::new(options.memory_limit, &version);
        let pipeline = Pipeline::new(Arc::new(version), log);
        let pipeline = pipeline.keeping(options.history).queueing(options.max_queued_bytes);
        let pipeline = Arc::new(pipeline);
        Self {
            sweeper: Arc::new(Sweeper::new(pipeline.clone(), &options)),
            has_expiring: OnceLock::new(),
            pipeline,
            options,
            log_counters,
            checkpoints: None,
            checkpoints_thread: Mutex::new(None),
            follower: None,
            backups: None,
            log_files: None,
            ledger: None,
            opened: Default::default(),
            opened_head: Default::default(),
            conflicts: AtomicU64::new(0),
            statistics: Statistics::default(),
            memory,
            reported_held: AtomicU64::new(u64::MAX),
            background: Mutex::new(None),
            background_started: OnceLock::new(),
            lock: Mutex::new(lock),
            closing: Closing::default(),
            keys: keys.map(|keys| Arc::new(Mutex::new(keys))),
        }
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The pipeline, for those who are not to keep the store open.
    pub(crate) fn shared_pipeline(&self) -> Arc<Pipeline> {
        self.pipeline.clone()
    }

    /// How transactions are committed that say nothing of it themselves.
    pub(crate) fn commit_options(&self) -> CommitOptions {
        let Options { durability, isolation, .. } = self.options;
        CommitOptions { durability, isolation, meta: Vec::new() }
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    pub(crate) fn log_counters(&self) -> &LogCounters {
        &self.log_counters
    }

    /// What keeps the store up with the process that writes it.
    pub(crate) fn follower(&self) -> Option<&Follower> {
        self.follower.as_deref()
    }

    /// What the store was recovered from, and how long that took.
    pub(crate) fn opened(&self) -> &(Extent, Duration) {
        &self.opened
    }

    /// How many expired records were removed because they were.
    pub(crate) fn swept(&self) -> u64 {
        self.sweeper.removed.load(Ordering::Relaxed)
    }

    /// The time at which somebody reads this version who begins now. The clock may be behind the version.
    pub(crate) fn moment(&self, version: &Root) -> Moment {
        Moment::begin(self.options.clock.now_nanos(), version.time_micros)
    }

    /// Whether anybody has opened a collection whose records expire, so that the time of reading matters.
    pub(crate) fn has_expiring(&self) -> bool {
        self.has_expiring.get().is_some()
    }

    /// Removes the records that are expired now, of one collection or of all that were opened; returns how
    /// many.
    pub(crate) fn sweep(&self, only: Option<CollectionId>) -> Result<usize> {
        self.check_writable()?;
        if self.sweeper.durability() == Durability::Background {
            self.start_background()?;
        }
        self.sweeper.sweep(only)
    }

    /// The size that the bytes of a transaction can have.
    pub(crate) fn max_transaction_bytes(&self) -> usize {
        self.options.max_transaction_bytes
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.options.clock
    }

    fn now_micros(&self) -> u64 {
        self.options.clock.now_nanos() / 1_000
    }

    pub(crate) fn conflicts(&self) -> u64 {
        self.conflicts.load(Ordering::Relaxed)
    }

    /// Refuses writing to a read-only store.
    pub(crate) fn check_writable(&self) -> Result<()> {
        if self.options.read_only { Err(Error::ReadOnly) } else { Ok(()) }
    }

    pub(super) fn note_conflict(&self, collection: &str) {
        self.conflicts.fetch_add(1, Ordering::Relaxed);
        trace::conflict(collection);
        if let Some(slot) = self.pipeline.tip().find(collection) {
            Statistics::count(&slot.identity().conflicts);
        }
    }

    /// Reports a version that is held for too long, once.
    pub(super) fn look_at_held(&self, newest: &Root) {
        let Some(most) = self.options.max_snapshot_age else { return };
        let Some((number, superseded_micros)) = self.pipeline.first_held_version() else { return };
        let age = Duration::from_micros(newest.time_micros.saturating_sub(superseded_micros));
        if age > most && self.reported_held.swap(number, Ordering::Relaxed) != number {
            Statistics::count(&self.statistics.long_held);
            trace::long_held(number, age);
        }
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

/// Tells what a store was recovered from.
fn tell_recovered(recovered: &recovery::Recovered, took: Duration) {
    let recovery::Recovered { version, extent, .. } = recovered;
    let Extent { checkpoint_version, log_bytes, torn_bytes, .. } = *extent;
    trace::recovered(version.number, checkpoint_version, log_bytes, torn_bytes, took);
    if extent.damaged_checkpoints > 0 {
        trace::damaged_checkpoints(extent.damaged_checkpoints);
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
        recovery::check_directory(medium)?;
        if !names.iter().any(|name| name == crate::log::manifest::FILE) {
            return Err(Error::io(&root, "open a store in", io::ErrorKind::NotFound.into()));
        }
    }
    let lock = medium.lock(recovery::LOCK_FILE, mode);
    lock.map_err(|error| Error::io(medium.path(recovery::LOCK_FILE), "lock", error))?
        .ok_or(Error::Locked { path: root })
}

/// What tells a store in memory from all others in this process.
fn unlike_any_other() -> Origin {
    // Each has other keys.
    let half = || RandomState::new().build_hasher().finish();
    (u128::from(half()) << 64 | u128::from(half())).to_le_bytes()
}
