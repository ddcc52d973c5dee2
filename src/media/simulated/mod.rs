//! A disk in memory that remembers everything that was done to it.
//!
//! A [`Disk`] behaves like a directory of a file system, and keeps a log of the operations that
//! changed it. From that log it can build, for any point in time, each state that a loss of power
//! may leave there ([`crash`]), the state that the end of a process leaves ([`Disk::after_kill`]),
//! and it can make operations fail ([`faults`]). What is durable and what is not is kept by
//! [`contents`].
//!
//! The promises it makes are the weakest that a file system may make: only what was synced is
//! durable, names only once the directory was synced, and what was not synced may be lost or kept in
//! any combination. The directory itself is always there. A [`Shelf`] has several directories on one
//! disk, each of which is there as long as something is in it.

mod contents;
mod crash;
mod faults;
mod gate;
mod shelf;
#[cfg(test)]
mod tests;

pub use faults::{Fault, Operation};
pub use shelf::Shelf;

use crate::media::{LockMode, Medium, MediumFile};
use crate::sync::Mutex;
use contents::{Bytes, Change, Contents, Edit, FileNumber, Written};
use faults::{Faults, Verdict};
use gate::Gate;
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A disk in memory that records every operation.
///
/// A `Disk` is a handle: its clones are the same disk.
///
/// ```
/// use folio::simulation::Disk;
/// use folio::{Record, Store};
///
/// #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
/// struct Item {
///     #[key]
///     id: u64,
/// }
///
/// # fn main() -> folio::Result<()> {
/// let disk = Disk::new();
/// let store = Store::options().open_simulated(&disk)?;
/// let items = store.collection::<Item>()?;
/// items.put(Item { id: 1 })?;
/// let acknowledged = disk.operations();
/// items.put(Item { id: 2 })?;
///
/// // Whatever a crash does after the first record was acknowledged, that record is there.
/// for at in acknowledged..=disk.operations() {
///     for crashed in disk.crash_states(at, 7) {
///         let store = Store::options().open_simulated(&crashed)?;
///         assert!(store.collection::<Item>()?.contains(&1));
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct Disk {
    state: Arc<Mutex<State>>,
    gate: Arc<Gate>,
}

/// How often a [`Disk`] was used, failed operations included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Writes to files.
    pub writes: u64,
    /// Bytes written to files.
    pub bytes: u64,
    /// Syncs of files.
    pub syncs: u64,
    /// Syncs of the directory.
    pub directory_syncs: u64,
    /// Files read.
    pub reads: u64,
    /// Operations that met a fault.
    pub faults: u64,
}

#[derive(Default)]
struct State {
    /// The disk before the first operation in `log`.
    start: Contents,
    now: Contents,
    log: Vec<Change>,
    /// The disk after so many operations, where somebody asked last: who goes through the points of
    /// a log in order need not begin at its start each time.
    before: Option<(usize, Contents)>,
    faults: Faults,
    counters: Counters,
    locks: BTreeMap<String, Held>,
}

/// Who holds a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Exclusively,
    /// So many readers.
    Shared(usize),
}

impl Disk {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A disk with these files on it, all durable.
    ///
    /// ```
    /// # use folio::{Error, Store, simulation::Disk};
    /// let disk = Disk::from_files([("MANIFEST".to_owned(), b"something else".to_vec())]);
    /// let opened = Store::options().open_simulated(&disk);
    /// assert!(matches!(opened, Err(Error::Corrupt { offset: 0, .. })));
    /// ```
    #[must_use]
    pub fn from_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let files = files.into_iter().map(|(name, bytes)| (name, Arc::new(Bytes::new(bytes))));
        Self::of(Contents::of(files))
    }

    fn of(start: Contents) -> Self {
        let state = State { now: start.clone(), start, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)), gate: Arc::default() }
    }

    /// Makes something go wrong. Of several faults that an operation meets the one given first counts.
    pub fn fail(&self, fault: Fault) {
        self.state.lock().faults.add(fault);
    }

    /// Takes back all faults. What they did stays.
    pub fn heal(&self) {
        self.state.lock().faults.clear();
    }

    /// Lets operations of one kind wait from now on, before they do anything, until [`release`](Self::release).
    /// One kind at a time.
    pub fn hold(&self, operation: Operation) {
        self.gate.hold(operation);
    }

    /// Waits until somebody waits in an operation that is [held](Self::hold).
    pub fn wait_held(&self) {
        self.gate.wait_held();
    }

    /// Lets those go on that wait, and all others.
    pub fn release(&self) {
        self.gate.release();
    }

    /// Turns round one bit of a file, counted from the lowest of the first byte, wherever that byte
    /// is: in the file system's memory and on the medium. Does nothing where there is no such bit.
    ///
    /// ```
    /// # use folio::simulation::Disk;
    /// let disk = Disk::from_files([("file".to_owned(), vec![0, 0])]);
    /// disk.flip_bit("file", 9);
    /// assert_eq!(disk.files()["file"], [0, 2]);
    /// ```
    pub fn flip_bit(&self, file: &str, bit: usize) {
        let mut state = self.state.lock();
        if let Ok(number) = state.now.find(file) {
            // Cannot fail: the file is there.
            let _ = state.record(Change::Flip { file: number, bit });
        }
    }

    /// How many operations changed the disk so far, or made something on it durable.
    #[must_use]
    pub fn operations(&self) -> usize {
        self.state.lock().log.len()
    }

    /// How often the disk was used.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let state = self.state.lock();
        Counters { faults: state.faults.met as u64, ..state.counters }
    }

    /// The files as a process reads them now.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.state.lock();
        state.now.views().map(|(name, view)| (name.clone(), view.to_vec())).collect()
    }

    /// A hash of all files as a process reads them now.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.state.lock().now.fingerprint()
    }

    /// The disks that a loss of power may leave after the first `at` operations: each once, with
    /// nobody using them, and all that is on them durable.
    ///
    /// Each write, change of length and change of a name that was not synced may be lost or kept, and
    /// a write that is kept may be torn. All combinations are built where that is feasible, else
    /// many of them, drawn with `seed`.
    pub fn crash_states(&self, at: usize, seed: u64) -> impl Iterator<Item = Self> + use<> {
        crash::states(self.state.lock().contents_at(at), seed).map(Self::of)
    }

    /// The disk that the end of the process leaves after the first `at` operations: all that was
    /// written can be read, and what was not synced is still not durable. Nobody is using it.
    #[must_use]
    pub fn after_kill(&self, at: usize) -> Self {
        Self::of(self.state.lock().contents_at(at))
    }

    /// Carries out an operation unless a fault says otherwise.
    fn change(&self, operation: Operation, change: Change) -> io::Result<()> {
        self.gate.pass(operation);
        let mut state = self.state.lock();
        let counters = &mut state.counters;
        match operation {
            Operation::Sync => counters.syncs += 1,
            Operation::SyncDirectory => counters.directory_syncs += 1,
            _ => {}
        }
        match state.faults.meet(operation) {
            Verdict::Proceed => state.record(change),
            Verdict::Silent => Ok(()),
            Verdict::Fail(failure) => {
                if let (Change::Sync { file }, false) = (change, failure.retryable) {
                    state.record(Change::SyncFailed { file })?;
                }
                Err(failure.error)
            }
        }
    }

    fn write(&self, file: FileNumber, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.gate.pass(Operation::Write);
        let mut state = self.state.lock();
        state.counters.writes += 1;
        state.counters.bytes += bytes.len() as u64;
        let (written, result) = match state.faults.meet(Operation::Write) {
            Verdict::Proceed => (bytes, Ok(())),
            Verdict::Silent => return Ok(()),
            Verdict::Fail(failure) => {
                let written = failure.written.min(bytes.len().saturating_sub(1));
                (bytes.get(..written).unwrap_or_default(), Err(failure.error))
            }
        };
        if written.is_empty() {
            return result;
        }
        let edit = Edit::Write(Written::new(offset, written));
        state.record(Change::Edit { file, edit })?;
        result
    }

    /// Something that leaves the disk as it is.
    fn look<R>(
        &self,
        operation: Operation,
        look: impl FnOnce(&mut State) -> io::Result<R>,
    ) -> io::Result<R> {
        self.gate.pass(operation);
        let mut state = self.state.lock();
        match state.faults.meet(operation) {
            Verdict::Fail(failure) => Err(failure.error),
            Verdict::Proceed | Verdict::Silent => look(&mut state),
        }
    }

    fn file(&self, number: FileNumber) -> Box<dyn MediumFile> {
        Box::new(SimulatedFile { disk: self.clone(), number })
    }
}

impl State {
    fn record(&mut self, change: Change) -> io::Result<()> {
        self.now.apply(&change)?;
        self.log.push(change);
        Ok(())
    }

    fn contents_at(&mut self, at: usize) -> Contents {
        let known = self.before.take().filter(|(known, _)| *known <= at);
        let (known, mut contents) = known.unwrap_or_else(|| (0, self.start.clone()));
        for change in self.log.iter().take(at).skip(known) {
            contents.apply(change).expect("what worked once works again");
        }
        self.before = Some((at.min(self.log.len()), contents.clone()));
        contents
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("operations", &self.operations()).finish_non_exhaustive()
    }
}

impl Medium for Disk {
    fn path(&self, name: &str) -> PathBuf {
        Path::new("simulated").join(name)
    }

    fn create_directory(&self) -> io::Result<()> {
        self.look(Operation::CreateDirectory, |_| Ok(()))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.look(Operation::List, |state| Ok(state.now.names().keys().cloned().collect()))
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.look(Operation::Read, |state| {
            state.counters.reads += 1;
            let number = state.now.find(name)?;
            Ok(state.now.file(number).view().to_vec())
        })
    }

    fn read_part(&self, name: &str, offset: u64, count: usize) -> io::Result<Vec<u8>> {
        let bytes = self.read(name)?;
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let to = from.saturating_add(count).min(bytes.len());
        Ok(bytes.get(from..to).unwrap_or_default().to_vec())
    }

    /// No operation that could fail is counted: what it gives decides nothing.
    fn size(&self, name: &str) -> io::Result<u64> {
        let state = self.state.lock();
        let number = state.now.find(name)?;
        Ok(state.now.file(number).length_before(usize::MAX) as u64)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn MediumFile>> {
        self.change(Operation::Create, Change::Create { name: name.to_owned() })?;
        let number = self.state.lock().now.find(name)?;
        Ok(self.file(number))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn MediumFile>> {
        let number = self.look(Operation::Open, |state| state.now.find(name))?;
        Ok(self.file(number))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let (from, to) = (from.to_owned(), to.to_owned());
        self.change(Operation::Rename, Change::Rename { from, to })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.change(Operation::Remove, Change::Remove { name: name.to_owned() })
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.change(Operation::SyncDirectory, Change::SyncDirectory { directory: String::new() })
    }

    fn lock(&self, name: &str, mode: LockMode) -> io::Result<Option<Box<dyn Any + Send + Sync>>> {
        let taken = self.look(Operation::Lock, |state| {
            if mode == LockMode::Exclusive && state.now.find(name).is_err() {
                state.record(Change::Create { name: name.to_owned() })?;
            }
            state.now.find(name)?;
            let held = match (mode, state.locks.get(name)) {
                (LockMode::Exclusive, None) => Held::Exclusively,
                (LockMode::Shared, None) => Held::Shared(1),
                (LockMode::Shared, Some(Held::Shared(readers))) => Held::Shared(readers + 1),
                _ => return Ok(false),
            };
            state.locks.insert(name.to_owned(), held);
            Ok(true)
        })?;
        let lock = || -> Box<dyn Any + Send + Sync> {
            Box::new(Lock { disk: self.clone(), name: name.to_owned() })
        };
        Ok(taken.then(lock))
    }
}

/// A lock that is held until it is dropped.
#[derive(Debug)]
struct Lock {
    disk: Disk,
    name: String,
}

impl Drop for Lock {
    fn drop(&mut self) {
        let mut state = self.disk.state.lock();
        match state.locks.get_mut(&self.name) {
            Some(Held::Shared(readers)) if *readers > 1 => *readers -= 1,
            _ => {
                state.locks.remove(&self.name);
            }
        }
    }
}

/// A file open for writing.
#[derive(Debug)]
struct SimulatedFile {
    disk: Disk,
    number: FileNumber,
}

impl MediumFile for SimulatedFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.write(self.number, offset, bytes)
    }

    fn set_length(&mut self, length: u64) -> io::Result<()> {
        let edit = Edit::SetLength(length);
        self.disk.change(Operation::SetLength, Change::Edit { file: self.number, edit })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.change(Operation::Sync, Change::Sync { file: self.number })
    }
}
