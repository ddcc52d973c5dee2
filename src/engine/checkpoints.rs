//! Checkpoints: when one is written, by whom, and what may go then.
//!
//! # Writing one
//!
//! The log is cut ([`Pipeline::cut`]): the version that its last segment ends with is held, and written
//! out beside everything else that goes on. Nobody waits for it: reading and committing know nothing of it,
//! but for one sync more of one group. It is whole when it has its name ([`checkpoint`]).
//!
//! # What goes
//!
//! The newest checkpoint stays, and what is needed should it turn out to be damaged: the one before it and
//! the log between the two ([`removal`]).
//!
//! # When
//!
//! By hand ([`Store::checkpoint`](crate::Store::checkpoint)), or by a thread of its own, when the log has grown
//! by [`Options::checkpoint_bytes`](crate::Options::checkpoint_bytes) at least, and either the files come near
//! three times of what is live ([`due`]), or the log has grown to one and a half of that. What is live is the size
//! of the records before any compression, taken to be as large for each as in the last checkpoint: the commits in
//! the log are small, and hardly get smaller. At the most there are two checkpoints, the log between
//! them, and the log behind the newer one. So in a fixed set of records that can't be compressed the log grows
//! by three tenths of what is live from one checkpoint to the next, and each of its bytes costs about three of
//! checkpoints; the smaller they get by compression, the rarer they are, up to one for one and a half of what is live. Where
//! records only come and none go, they are rare. The cost of one grows with what is live, not with what changed:
//! one that has only the differences from the one before needs that one for ever, and with it falls the whole row.
//!
//! Who commits faster than a checkpoint is written would still fill the disk. So while the thread writes one,
//! the log may grow by what is left up to a part of what is live, by a fifth of that
//! or by `checkpoint_bytes` at least; whoever has committed beyond that waits until the checkpoint is done
//! ([`Checkpoints::wait_for_room`]). In a ledger the log stays, and there is nothing to wait for.

mod archive;
mod backup;
mod blocks;
mod due;
mod reencrypt;
mod removal;

pub(crate) use archive::Archived;
pub(crate) use backup::{Made, Means, Sharing};

use crate::engine::pipeline::{Cut, Pipeline};
use crate::engine::recovery::Extent;
use crate::error::{Error, Result};
use crate::log::checkpoint::{self, Writer};
use crate::log::segments::{Counters as LogCounters, Settings, Tail};
use crate::media::Medium;
use crate::steps::{GoOn, Part, Step, Steps, UNOBSERVED};
use crate::sync::{AtomicU64, Condvar, Mutex, MutexGuard, Ordering, Tally, ThreadToken};
use crate::trace;
use crate::version::Root;
use crate::version::written::Held;
use blocks::{Block, catalog};
use due::Sizes;
use std::sync::Arc;
use std::time::Instant;

/// How often the log is looked at: when it has grown by so much.
const LOOK_BYTES: u64 = 1 << 20;

/// The checkpoints of one open store.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    files: Files,
    settings: Settings,
    pipeline: Arc<Pipeline>,
    log: Arc<LogCounters>,
    policy: Policy,
    /// Locked for as long as one is written.
    last: Mutex<Last>,
    /// The size of the log written, in this process, from which on the thread looks at it again.
    look_at: AtomicU64,
    /// The size of the log written, in this process, from which on who has committed waits.
    room_until: AtomicU64,
    thread: Mutex<Thread>,
    wake: Condvar,
    room: Condvar,
    /// What `last` is locked for, as a [`Task`]. Orders nothing: it is for messages.
    at_hand: AtomicU64,
    pub(crate) written: AtomicU64,
    pub(crate) failed: AtomicU64,
    /// What came of archiving. Locked for moments.
    archived: Mutex<Archived>,
    sizes: ShownSizes,
}

/// A copy of what `last` has of sizes, for who must not wait for a checkpoint.
#[derive(Debug, Default)]
struct ShownSizes {
    checkpoint: Tally,
    before: Tally,
    log_before: Tally,
    log_at: Tally,
}

/// The sizes of a store's files in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FileSizes {
    pub(crate) checkpoint: u64,
    /// That of the log behind the checkpoint.
    pub(crate) log: u64,
    /// That of what is older and to be removed.
    pub(crate) before: u64,
}

/// Where the files of the store are.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) store: Arc<dyn Medium>,
    /// Where segments of a ledger go.
    pub(crate) archive: Option<Arc<dyn Medium>>,
    /// Both, read as one.
    pub(crate) all: Arc<dyn Medium>,
}

/// What the user chose.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// The least growth of the log.
    pub(crate) least_bytes: u64,
    /// The first segment of a log that stays, all of it: then a checkpoint is for opening alone.
    pub(crate) ledger: Option<u64>,
}

impl Policy {
    fn keeps_log(self) -> bool {
        self.ledger.is_some()
    }
}

/// What is known of the newest checkpoint.
#[derive(Debug)]
struct Last {
    /// Its number; 0 where there is none.
    segment: u64,
    /// The size of its file.
    bytes: u64,
    /// The size of the records in it, before any compression.
    live_bytes: u64,
    records: u64,
    /// The size of what is older and still there: the checkpoint before it, and the log between the two.
    before: u64,
    /// The size of the log behind it that was there before this process.
    log_before: u64,
    /// What this process had written when it was made.
    log_at: u64,
}

/// What somebody has the lock of the checkpoints for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    Checkpoint = 1,
    Backup = 2,
}

/// The lock of the checkpoints, and what it is held for.
struct Holding<'a> {
    last: MutexGuard<'a, Last>,
    at_hand: &'a AtomicU64,
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.at_hand.store(0, Ordering::Relaxed);
    }
}

/// What was written.
struct Written {
    bytes: u64,
    live_bytes: u64,
    records: u64,
}

/// What the thread has to do.
#[derive(Debug, Default)]
struct Thread {
    is_wanted: bool,
    is_stopped: bool,
    /// The thread itself, while it writes a checkpoint.
    writing: Option<ThreadToken>,
}

impl Checkpoints {
    pub(crate) fn new(
        files: Files,
        settings: Settings,
        pipeline: Arc<Pipeline>,
        log: Arc<LogCounters>,
        policy: Policy,
        extent: Extent,
    ) -> Self {
        let Extent {
            checkpoint_segment,
            checkpoint_bytes,
            live_bytes,
            checkpoint_records,
            log_bytes,
            ..
        } = extent;
        let last = Last {
            segment: checkpoint_segment,
            bytes: checkpoint_bytes,
            live_bytes,
            records: checkpoint_records,
            before: 0,
            log_before: log_bytes,
            log_at: 0,
        };
        let sizes = ShownSizes::default();
        sizes.show(&last);
        Self {
            files,
            settings,
            pipeline,
            log,
            policy,
            look_at: AtomicU64::new(policy.least_bytes.saturating_sub(log_bytes)),
            last: Mutex::new(last),
            room_until: AtomicU64::new(u64::MAX),
            thread: Mutex::default(),
            wake: Condvar::new(),
            room: Condvar::new(),
            at_hand: AtomicU64::new(0),
            written: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            archived: Mutex::default(),
            sizes,
        }
    }

    /// Whether the log has grown by so much that the thread should look at it. O(1), no lock.
    pub(crate) fn is_wanted(&self) -> bool {
        self.log_written() >= self.look_at.load(Ordering::Relaxed)
    }

    /// Lets the thread look at the log.
    pub(crate) fn wake(&self) {
        // Whoever comes next need not do it again.
        self.look_at.store(u64::MAX, Ordering::Relaxed);
        self.thread.lock().is_wanted = true;
        self.wake.notify_all();
    }

    /// Writes a checkpoint whenever one is due, until the store is closed.
    pub(crate) fn run(&self) {
        while self.wait() {
            let mut holding = self.hold_for(Task::Checkpoint);
            let last = &mut holding.last;
            let mut next = LOOK_BYTES.min(self.policy.least_bytes);
            if let Some(room) = self.room_if_due(last) {
                self.limit(Some(self.log_written().saturating_add(room)));
                let written = self.write(last, &|_| self.check_open());
                self.limit(None);
                if let Err(error) = &written {
                    trace::checkpoint_failed(error);
                    // What went wrong may go wrong again at once. A log that can't be written says so
                    // to everybody who commits.
                    self.failed.fetch_add(1, Ordering::Relaxed);
                    next = self.policy.least_bytes;
                }
                self.archive_superfluous(UNOBSERVED);
            }
            drop(holding);
            self.look_at.store(self.log_written().saturating_add(next), Ordering::Relaxed);
        }
    }

    /// Says how far the log may grow while this thread writes a checkpoint, or that it may again.
    fn limit(&self, until: Option<u64>) {
        let mut thread = self.thread.lock();
        thread.writing = until.map(|_| ThreadToken::current());
        self.room_until.store(until.unwrap_or(u64::MAX), Ordering::Relaxed);
        drop(thread);
        self.room.notify_all();
    }

    /// Waits while a checkpoint is being written and the log has grown too much for that. Called by who
    /// has committed, with no lock.
    pub(crate) fn wait_for_room(&self) {
        let has_room = || self.log_written() < self.room_until.load(Ordering::Relaxed);
        if has_room() {
            return;
        }
        let mut thread = self.thread.lock();
        // Encoding a record is code of the user's, which might commit something.
        let is_other = |writing: &ThreadToken| *writing != ThreadToken::current();
        while thread.writing.as_ref().is_some_and(is_other) && !thread.is_stopped && !has_room() {
            thread = self.room.wait(thread);
        }
    }

    /// Waits until the log is to be looked at; says whether it still is.
    fn wait(&self) -> bool {
        let mut thread = self.thread.lock();
        while !thread.is_wanted && !thread.is_stopped {
            thread = self.wake.wait(thread);
        }
        thread.is_wanted = false;
        !thread.is_stopped
    }

    /// Ends the thread and the writing of a checkpoint that is under way.
    pub(crate) fn stop(&self) {
        self.thread.lock().is_stopped = true;
        self.wake.notify_all();
        self.room.notify_all();
    }

    /// The lock of the checkpoints: while it is held, no file goes.
    fn hold_for(&self, task: Task) -> Holding<'_> {
        let last = self.last.lock();
        self.at_hand.store(task as u64, Ordering::Relaxed);
        Holding { last, at_hand: &self.at_hand }
    }

    /// What the lock of the checkpoints is held for at the moment.
    pub(crate) fn at_hand(&self) -> Option<Task> {
        let is = |task: &Task| *task as u64 == self.at_hand.load(Ordering::Relaxed);
        [Task::Checkpoint, Task::Backup].into_iter().find(is)
    }

    /// The newest version that may be seen: its number and its time.
    pub(crate) fn newest(&self) -> (u64, u64) {
        self.pipeline.read(|root| (root.number, root.time_micros))
    }

    /// Waits for a checkpoint that is being written.
    pub(crate) fn finish(&self) {
        drop(self.last.lock());
    }

    /// Writes a checkpoint now. Does nothing where the log has nothing behind the last one.
    pub(crate) fn write_now(&self, observer: GoOn<'_>) -> Result<()> {
        let mut holding = self.hold_for(Task::Checkpoint);
        self.write(&mut holding.last, &self.while_open(observer))?;
        self.archive_superfluous(observer);
        Ok(())
    }

    /// Writes a checkpoint now, and removes everything that it makes superfluous.
    pub(crate) fn compact(&self, observer: GoOn<'_>) -> Result<()> {
        let mut holding = self.hold_for(Task::Checkpoint);
        let (last, go_on) = (&mut holding.last, self.while_open(observer));
        self.write(last, &go_on)?;
        self.remove_before(last.segment, &go_on)?;
        last.before = 0;
        self.sizes.show(last);
        self.archive_before(last.segment, observer)
    }

    /// Does something while no file of the store goes. `with` is given what to tell its steps, which also ends it where
    /// the store is closed.
    pub(crate) fn while_held<R>(
        &self,
        observer: GoOn<'_>,
        with: impl FnOnce(GoOn<'_>) -> Result<R>,
    ) -> Result<R> {
        let _last = self.last.lock();
        with(&self.while_open(observer))
    }

    /// Goes on as long as the store is open and the observer says so.
    fn while_open<'a>(&'a self, observer: GoOn<'a>) -> impl Fn(Step) -> Result<()> + 'a {
        move |step| {
            self.check_open()?;
            observer(step)
        }
    }

    /// The sizes of the files, as far as this process knows them. O(1), no lock.
    pub(crate) fn file_sizes(&self) -> FileSizes {
        let read = |tally: &Tally| tally.load(Ordering::Relaxed);
        let ShownSizes { checkpoint, before, log_before, log_at } = &self.sizes;
        let since = self.log_written().saturating_sub(read(log_at));
        FileSizes {
            checkpoint: read(checkpoint),
            log: read(log_before) + since,
            before: read(before),
        }
    }

    fn log_written(&self) -> u64 {
        self.log.bytes.load(Ordering::Relaxed)
    }

    /// Whether a checkpoint is due: by how much the log may grow then until it is written.
    fn room_if_due(&self, last: &Last) -> Option<u64> {
        let sizes = Sizes {
            checkpoint: last.bytes,
            live: last.live_bytes,
            records: last.records,
            before: last.before,
            log: last.log_before + (self.log_written() - last.log_at),
        };
        sizes.room_if_due(|| self.pipeline.read(most_records), self.policy)
    }

    fn write(&self, last: &mut MutexGuard<'_, Last>, go_on: GoOn<'_>) -> Result<()> {
        let _span = trace::checkpoint();
        let began = Instant::now();
        self.remove_before(last.segment, go_on)?;
        last.before = 0;
        let Some((Cut { version, place }, held)) = self.cut()? else { return Ok(()) };
        if place.next_segment == last.segment.max(1) {
            return Ok(());
        }
        let log_at = self.log_written();
        let written = self.write_version(&version, &held, &place, go_on);
        if written.is_err() {
            // On a full disk a part of it would keep what room there is. If it can't be removed, the next
            // attempt does, or the next opening.
            let _ = checkpoint::abandon(&*self.files.store, place.next_segment);
        }
        let Written { bytes, live_bytes, records } = written?;
        let before = last.bytes + last.log_before + (log_at - last.log_at);
        let segment = place.next_segment;
        **last = Last { segment, bytes, live_bytes, records, before, log_before: 0, log_at };
        self.sizes.show(last);
        trace::checkpoint_written(version.number, records, bytes, began.elapsed());
        self.written.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// A version with a place of its own in the log, and its collections; `None` for a store that has
    /// no files.
    fn cut(&self) -> Result<Option<(Cut, Vec<Held>)>> {
        loop {
            let Some(cut) = self.pipeline.cut()? else { return Ok(None) };
            // A form was announced meanwhile. That happens to a collection once.
            if let Some(held) = cut.version.hold() {
                return Ok(Some((cut, held)));
            }
        }
    }

    fn write_version(
        &self,
        version: &Root,
        held: &[Held],
        place: &Tail,
        go_on: GoOn<'_>,
    ) -> Result<Written> {
        let steps = Steps::begin(Part::Writing, most_records(version), go_on)?;
        let mut writer = Writer::create(&*self.files.store, &self.settings, place)?;
        writer.block(&catalog(version.time_micros, held))?;
        let (mut records, mut live_bytes, mut told) = (0, 0, 0);
        for collection in held {
            let mut block = Block::new(version.time_micros, collection);
            collection.for_each(&mut |schema, key, record| {
                records += 1;
                live_bytes += (key.len() + record.len()) as u64;
                if let Some(bytes) = block.put(schema, key, record) {
                    writer.block(&bytes)?;
                    steps.advance(records - told)?;
                    told = records;
                }
                Ok(())
            })?;
            if let Some(bytes) = block.take() {
                writer.block(&bytes)?;
            }
        }
        steps.end()?;
        Ok(Written { bytes: writer.finish(go_on)?, live_bytes, records })
    }

    fn check_open(&self) -> Result<()> {
        if self.thread.lock().is_stopped { Err(Error::Closed) } else { Ok(()) }
    }
}

impl ShownSizes {
    fn show(&self, last: &Last) {
        let show = |tally: &Tally, bytes| tally.store(bytes, Ordering::Relaxed);
        show(&self.checkpoint, last.bytes);
        show(&self.before, last.before);
        show(&self.log_before, last.log_before);
        show(&self.log_at, last.log_at);
    }
}

/// How many records there are, or more.
fn most_records(version: &Root) -> u64 {
    version.slots().map(|slot| slot.most_records() as u64).sum()
}
