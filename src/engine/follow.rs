//! Following a store that another process writes.
//!
//! A follower opens the directory without the lock, for reading only, reads the store as an opening would
//! ([`beside`]), and then stands at the end of the log ([`tail`](crate::log::tail)). Each frame that comes is made into the
//! version of its last commit ([`building`]), which is published in the pipeline like one of the store's own, so
//! that whatever reads sees no difference: collections that are attached get the changes in their tables and indexes.
//!
//! ```text
//!  writer      append ──► (sync) ──► publish           the same frame, at about the same time
//!                 │
//!  follower       └─► look ──► read, check ──► build ──► publish
//! ```
//!
//! # What is seen
//!
//! Versions that are in the files, whole. Those are not always durable: a frame is there as soon as it is written, and the
//! writer syncs it, and tells whoever waits for it, a moment later. The log says of a frame that it is durable only in the
//! next one, so a follower that waited for that would always lack the last commit of a writer that is idle. What is
//! shown is therefore what the operating system has. Only a loss of power, or a disk that fails, can take it back, and
//! mostly takes the follower with it. If it does not, on a shared file system say, what the log has next does not continue
//! the chain of what was shown, so nothing of it is taken, and the follower stops with [`Error::Diverged`], for good.
//! What a crash of the writer's process leaves is never taken back.
//!
//! # Jumps
//!
//! If the segment that comes next was removed, since a checkpoint stands for it, the whole is read anew and published as
//! one step, in which the collections that are attached are built anew. A version never goes back.
//!
//! # Keys
//!
//! Where a segment's key is not known, or anything else is wrong, and the manifest is another than the one that was
//! read, its keys take the place of those from before, and the look is taken once more.
//!
//! # One at a time
//!
//! [`Follower::reading`] is locked while there is a look at the files and what was found is published: by the thread
//! `folio-follow` every so often, or by whoever asks. Attaching a collection for a handle holds it too, so that
//! from then on the collection is attached in every version that is published, on which handles rely.

mod beside;
mod building;

use crate::engine::keys::{Keys, check_key};
use crate::engine::pipeline::Pipeline;
use crate::engine::{Engine, recovery};
use crate::envelope::keyring::Keyring;
use crate::error::{Error, Result};
use crate::log::Discard;
use crate::log::files::LogFiles;
use crate::log::frame::Chain;
use crate::log::manifest::{self, Manifest};
use crate::log::reader::LoggedFrame;
use crate::log::tail::{LogTail, Look};
use crate::media::Medium;
use crate::options::{Encryption, Options};
use crate::sync::{Condvar, Mutex, MutexGuard};
use crate::when::Version;
use beside::Beside;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What is said where a function of the user's ended the thread.
const PANICKED: &str =
    "the thread that follows the store panicked: look at what it said, and open the follower again";

/// Keeps a store up with the process that writes it.
#[derive(Debug)]
pub(crate) struct Follower {
    medium: Arc<dyn Medium>,
    /// Kept, since the manifest may have to be read again.
    encryption: Encryption,
    keyring: Arc<Keyring>,
    files: LogFiles,
    pipeline: Arc<Pipeline>,
    interval: Duration,
    reading: Mutex<Reading>,
    state: Mutex<State>,
    /// Signalled when it is over.
    woken: Condvar,
}

/// What is needed to read on.
#[derive(Debug)]
struct Reading {
    tail: LogTail,
    /// What was read and could not be published.
    pending: Option<LoggedFrame>,
    manifest: Manifest,
    /// The log has gone back: what comes, a checkpoint say, does not follow what was shown.
    has_diverged: bool,
}

/// Where the follower stands.
#[derive(Debug)]
struct State {
    is_stopped: bool,
    thread: Option<JoinHandle<()>>,
    standing: Standing,
}

/// Where a follower stands.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    /// When it last had everything that was in the files.
    pub(crate) current_at: Instant,
    /// How often it went on from a checkpoint.
    pub(crate) jumps: u64,
    /// The newest version that was found in the files.
    pub(crate) newest: u64,
    /// Why it does not go on.
    pub(crate) error: Option<String>,
}

/// Holds a follower where it is.
#[derive(Debug)]
pub(crate) struct Paused<'a> {
    _reading: MutexGuard<'a, Reading>,
}

impl Engine {
    /// Follows the store in a directory.
    pub(crate) fn follow(medium: Arc<dyn Medium>, mut options: Options) -> Result<Self> {
        let encryption = std::mem::take(&mut options.encryption);
        check_key(&encryption)?;
        options.read_only = true;
        options.backups = None;
        let began = Instant::now();
        let found = beside::read(&*medium, &encryption)?;
        let Beside { manifest, keyring, version, end, offset, extent } = found;
        let took = began.elapsed();
        let keyring = Arc::new(keyring);
        let keys = Keys { medium: medium.clone(), keyring: keyring.clone() };
        let (ledger, archive) = (manifest.ledger, options.archive.clone());
        let files = match ledger {
            Some(first) => LogFiles::of_ledger(medium.clone(), archive, first, keyring.clone()),
            None => LogFiles::of(medium.clone(), keyring.clone()),
        };
        let tail = LogTail::behind(&files, &end, offset)?;
        let interval = options.follow_interval;
        let newest = version.number;
        let nothing = Some((Box::new(()) as Box<_>, keys));
        let mut engine = Self::new(version, Box::new(Discard), options, Arc::default(), nothing);
        engine.log_files = Some(files.clone());
        engine.opened_head = (end.version, end.chain);
        engine.opened = (extent, took);
        engine.ledger = ledger;
        let standing = Standing { current_at: Instant::now(), jumps: 0, newest, error: None };
        let follower = Arc::new(Follower {
            medium,
            encryption,
            keyring,
            files,
            pipeline: engine.pipeline.clone(),
            interval,
            reading: Mutex::new(Reading { tail, pending: None, manifest, has_diverged: false }),
            state: Mutex::new(State { is_stopped: false, thread: None, standing }),
            woken: Condvar::new(),
        });
        follower.start()?;
        engine.follower = Some(follower);
        Ok(engine)
    }

    /// Reads what is in the files by now, if another process writes them; returns the newest version.
    pub(crate) fn refresh(&self) -> Result<u64> {
        if let Some(follower) = &self.follower {
            follower.refresh()?;
        }
        Ok(self.pipeline.read(|root| root.number))
    }
}

impl Follower {
    fn start(self: &Arc<Self>) -> Result<()> {
        let follower = self.clone();
        let spawned =
            thread::Builder::new().name("folio-follow".to_owned()).spawn(move || follower.run());
        let thread = spawned.map_err(|error| Error::io("folio-follow", "start thread", error))?;
        self.state.lock().thread = Some(thread);
        Ok(())
    }

    /// What the thread does.
    fn run(&self) {
        while self.pause() {
            // What went wrong is told by the statistics, and to whoever asks. The next look may go well.
            let looked = panic::catch_unwind(AssertUnwindSafe(|| drop(self.refresh())));
            if let Err(panic) = looked {
                // It would panic again, each time.
                self.state.lock().standing.error = Some(PANICKED.to_owned());
                panic::resume_unwind(panic);
            }
        }
    }

    /// Lets an interval pass; false when it is over.
    fn pause(&self) -> bool {
        let until = Instant::now().checked_add(self.interval);
        let mut state = self.state.lock();
        while !state.is_stopped {
            let left = until
                .map_or(self.interval, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return true;
            }
            state = self.woken.wait_timeout(state, left);
        }
        false
    }

    /// Tells the thread, and whoever reads on, to end.
    pub(crate) fn stop(&self) {
        self.state.lock().is_stopped = true;
        self.woken.notify_all();
    }

    /// Waits until the thread has ended.
    pub(crate) fn join(&self) {
        let thread = self.state.lock().thread.take();
        if let Some(thread) = thread {
            // A panic in it has been reported already.
            let _ = thread.join();
        }
    }

    /// Keeps it from publishing anything until the value is dropped.
    pub(crate) fn hold(&self) -> Paused<'_> {
        Paused { _reading: self.reading.lock() }
    }

    pub(crate) fn standing(&self) -> Standing {
        self.state.lock().standing.clone()
    }

    /// The version and the chain value up to which it has read.
    pub(crate) fn head(&self) -> (u64, Chain) {
        self.reading.lock().tail.head()
    }

    /// Publishes all that is in the files.
    fn refresh(&self) -> Result<()> {
        let mut reading = self.reading.lock();
        let done = self.catch_up(&mut reading);
        reading.has_diverged |= matches!(done, Err(Error::Diverged { .. }));
        let newest = reading.tail.head().0;
        let mut state = self.state.lock();
        let standing = &mut state.standing;
        standing.newest = newest.max(standing.newest);
        standing.error = done.as_ref().err().map(ToString::to_string);
        if done.is_ok() {
            standing.current_at = Instant::now();
        }
        done
    }

    fn catch_up(&self, reading: &mut Reading) -> Result<()> {
        loop {
            if self.state.lock().is_stopped {
                return Err(Error::Closed);
            }
            if reading.has_diverged {
                return Err(self.diverged());
            }
            if let Some(frame) = &reading.pending {
                self.publish(frame)?;
                reading.pending = None;
            }
            match self.look(reading)? {
                Look::End => return Ok(()),
                Look::Gone => self.jump(reading)?,
                Look::Frame(frame) => reading.pending = Some(frame),
            }
        }
    }

    /// What comes next, with other keys if there are any.
    fn look(&self, reading: &mut Reading) -> Result<Look> {
        match reading.tail.look() {
            Err(error @ Error::Corrupt { .. }) => {
                if !self.take_over_keys(reading)? {
                    return Err(error);
                }
                reading.tail.look()
            }
            found => found,
        }
    }

    /// Reads the manifest once more; false where it is the one that is known.
    fn take_over_keys(&self, reading: &mut Reading) -> Result<bool> {
        let found = manifest::read(&*self.medium)?;
        let Some(manifest) = found.filter(|found| *found != reading.manifest) else {
            return Ok(false);
        };
        if manifest.store != self.keyring.store() {
            return Ok(false);
        }
        let (keyring, _) = recovery::unlock(&manifest, &self.encryption)?;
        self.keyring.take_over(&keyring);
        reading.manifest = manifest;
        Ok(true)
    }

    fn publish(&self, frame: &LoggedFrame) -> Result<()> {
        let root = self.pipeline.published();
        let steps = building::steps(&root, frame, self.pipeline.keeps_versions())?;
        self.pipeline.advance(&steps, false);
        Ok(())
    }

    fn diverged(&self) -> Error {
        let version = Version::new(self.pipeline.read(|root| root.number));
        Error::Diverged { path: self.medium.path(""), version }
    }

    /// Goes on from the newest checkpoint and the log behind it.
    fn jump(&self, reading: &mut Reading) -> Result<()> {
        let found = beside::read(&*self.medium, &self.encryption)?;
        let root = self.pipeline.published();
        if found.version.store != root.store || found.version.number < root.number {
            return Err(self.diverged());
        }
        self.keyring.take_over(&found.keyring);
        let version = Arc::new(building::rebased(&root, &found.version)?);
        reading.tail = LogTail::behind(&self.files, &found.end, found.offset)?;
        reading.manifest = found.manifest;
        self.pipeline.advance(&[(version, &[])], true);
        self.state.lock().standing.jumps += 1;
        Ok(())
    }
}
