//! Files of the operating system.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is the one place for files"
)]

use crate::media::{LockMode, Medium, MediumFile, Shelf};
use std::any::Any;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory on disk.
#[derive(Debug)]
pub(crate) struct Disk {
    root: PathBuf,
}

impl Disk {
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn sync_path(path: &Path) -> io::Result<()> {
        // Windows has no handle for syncing a directory; NTFS journals its names itself.
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }
}

impl Medium for Disk {
    fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.root.clone() } else { self.root.join(name) }
    }

    fn create_directory(&self) -> io::Result<()> {
        let mut missing = Vec::new();
        let mut path = self.root.as_path();
        while !path.as_os_str().is_empty() && !path.exists() {
            missing.push(path);
            path = path.parent().unwrap_or(Path::new(""));
        }
        for path in missing.into_iter().rev() {
            match fs::create_dir(path) {
                // Somebody else made it since, who may not have made it durable yet.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => made?,
            }
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            Self::sync_path(parent.unwrap_or(Path::new(".")))?;
        }
        // Says so where the path is a file.
        fs::read_dir(&self.root).map(|_| ())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path(name))
    }

    fn read_part(&self, name: &str, offset: u64, count: usize) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.path(name))?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(count as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        fs::metadata(self.path(name)).map(|metadata| metadata.len())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn MediumFile>> {
        let file = OpenOptions::new().write(true).create_new(true).open(self.path(name))?;
        Ok(Box::new(DiskFile { file }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn MediumFile>> {
        let file = OpenOptions::new().write(true).open(self.path(name))?;
        Ok(Box::new(DiskFile { file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn sync_directory(&self) -> io::Result<()> {
        Self::sync_path(&self.root)
    }

    fn lock(&self, name: &str, mode: LockMode) -> io::Result<Option<Box<dyn Any + Send + Sync>>> {
        let path = self.path(name);
        let (file, taken) = match mode {
            LockMode::Exclusive => {
                let mut options = OpenOptions::new();
                let file = options.write(true).create(true).truncate(false).open(path)?;
                let taken = file.try_lock();
                (file, taken)
            }
            LockMode::Shared => {
                let file = File::open(path)?;
                let taken = file.try_lock_shared();
                (file, taken)
            }
        };
        match taken {
            Ok(()) => Ok(Some(Box::new(DiskLock { file }))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// A directory of directories on disk.
#[derive(Debug)]
pub(crate) struct DiskShelf {
    root: PathBuf,
}

impl DiskShelf {
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }
}

impl Shelf for DiskShelf {
    fn path(&self) -> PathBuf {
        self.root.clone()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            // A link to a directory is none: what it leads to belongs to somebody else.
            if entry.file_type()?.is_dir() {
                names.extend(entry.file_name().into_string().ok());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn medium(&self, name: &str) -> Arc<dyn Medium> {
        Arc::new(Disk::new(self.root.join(name)))
    }

    fn link(&self, file: &str, from: &str, to: &str) -> io::Result<()> {
        fs::hard_link(self.root.join(from).join(file), self.root.join(to).join(file))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_dir(self.root.join(name))?;
        Disk::sync_path(&self.root)
    }
}

/// The lock on a file.
#[derive(Debug)]
struct DiskLock {
    file: File,
}

impl Drop for DiskLock {
    fn drop(&mut self) {
        // Closing the file is not enough: a child process that is being started has a copy of it, and
        // with the copy the lock, until it becomes another program. Where unlocking fails, closing
        // is left.
        let _ = self.file.unlock();
    }
}

/// A file open for writing.
#[derive(Debug)]
struct DiskFile {
    file: File,
}

impl MediumFile for DiskFile {
    #[cfg(unix)]
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(&self.file, bytes, offset)
    }

    #[cfg(not(unix))]
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        use std::io::{Seek, SeekFrom, Write};
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.write_all(bytes)
    }

    fn set_length(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}
