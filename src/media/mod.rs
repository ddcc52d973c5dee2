//! Where a store's files live: the few operations that the log needs, and nothing else.
//!
//! A medium is one flat directory. What it promises is what a file system promises, no more: a
//! write is in the file once [`MediumFile::sync`] returned, a created, renamed or removed name is in
//! the directory once [`Medium::sync_directory`] returned, and before that a crash may keep any part
//! of either. [`disk`] is the real one and, with [`text`], the only user of `std::fs`; the simulated one records
//! every operation, so that tests can build each state a crash may leave.
//!
//! A [`Shelf`] is a directory of such directories: backups that are made by a schedule lie on one.

pub(crate) mod disk;
#[cfg(feature = "simulation")]
pub(crate) mod simulated;
pub(crate) mod text;

use std::any::Any;
use std::fmt::Debug;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// A directory of files.
pub(crate) trait Medium: Debug + Send + Sync {
    /// Where a file is, or the directory for an empty name: for messages.
    fn path(&self, name: &str) -> PathBuf;

    /// Makes the directory, parents included, so that it stays after a crash.
    fn create_directory(&self) -> io::Result<()>;

    /// The names in the directory, sorted.
    fn list(&self) -> io::Result<Vec<String>>;

    /// All bytes of a file.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// So many bytes of a file from an offset on; fewer where it ends before.
    fn read_part(&self, name: &str, offset: u64, count: usize) -> io::Result<Vec<u8>>;

    /// The size of a file in bytes. Nothing but what is told of progress may depend on it: it may have grown since.
    fn size(&self, name: &str) -> io::Result<u64>;

    /// That of several files, as far as it can be told.
    fn size_of_all(&self, names: &[String]) -> u64 {
        names.iter().filter_map(|name| self.size(name).ok()).sum()
    }

    /// A new, empty file.
    fn create(&self, name: &str) -> io::Result<Box<dyn MediumFile>>;

    /// An existing file, to be changed.
    fn open(&self, name: &str) -> io::Result<Box<dyn MediumFile>>;

    /// Gives a file another name, taking the place of what had it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes created, renamed and removed names durable.
    fn sync_directory(&self) -> io::Result<()>;

    /// Takes the lock that `name` stands for, without waiting: `None` where it is held. It is held
    /// until the value returned is dropped, or the process ends.
    fn lock(&self, name: &str, mode: LockMode) -> io::Result<Option<Box<dyn Any + Send + Sync>>>;
}

/// A file that is being written.
pub(crate) trait MediumFile: Debug + Send {
    /// Writes all of `bytes` at `offset`.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file to `length`.
    fn set_length(&mut self, length: u64) -> io::Result<()>;

    /// Makes the contents durable, and as much about the file as reading them needs, its length
    /// included.
    fn sync(&mut self) -> io::Result<()>;
}

/// With whom a lock is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockMode {
    /// With nobody.
    Exclusive,
    /// With other readers.
    Shared,
}

/// A directory of directories, each of which is a medium.
pub(crate) trait Shelf: Debug + Send + Sync {
    /// Where it is: for messages.
    fn path(&self) -> PathBuf;

    /// The names of the directories on it, sorted. Whatever else is there is not named.
    fn list(&self) -> io::Result<Vec<String>>;

    /// The directory of that name, whether it is there or not.
    fn medium(&self, name: &str) -> Arc<dyn Medium>;

    /// Gives a file of the directory `from` a second name, the same one in the directory `to`: from then on
    /// it is one file that is in both.
    fn link(&self, file: &str, from: &str, to: &str) -> io::Result<()>;

    /// Removes a directory that is empty, so that it stays removed after a crash.
    fn remove(&self, name: &str) -> io::Result<()>;
}
