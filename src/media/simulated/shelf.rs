//! Several directories on one simulated disk.
//!
//! A file of the directory `one` has the name `one/file` on the disk, so that a crash strikes all of them at
//! one point of one log of operations. Each directory is synced by itself.

use crate::media::simulated::contents::{Change, directory_of};
use crate::media::simulated::faults::Operation;
use crate::media::simulated::{Counters, Disk};
use crate::media::{self, LockMode, Medium, MediumFile};
use std::any::Any;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory of directories on a simulated disk, for backups that are made by a schedule. Its clones are
/// the same shelf.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    disk: Disk,
}

impl Shelf {
    /// A shelf on this disk, of which nothing else is asked.
    #[must_use]
    pub fn on(disk: &Disk) -> Self {
        Self { disk: disk.clone() }
    }

    /// The names of the directories on it, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let state = self.disk.state.lock();
        let mut names: Vec<String> =
            state.now.names().keys().map(|name| directory_of(name).to_owned()).collect();
        names.retain(|name| !name.is_empty());
        names.sort_unstable();
        names.dedup();
        names
    }

    /// A disk of its own with the files that a directory has.
    #[must_use]
    pub fn directory(&self, name: &str) -> Disk {
        let files = self.disk.files().into_iter().filter(|(file, _)| directory_of(file) == name);
        let own = |(file, bytes): (String, Vec<u8>)| {
            let file = file.rsplit_once('/').map_or(file.clone(), |(_, file)| file.to_owned());
            (file, bytes)
        };
        Disk::from_files(files.map(own))
    }

    /// How often its disk was used.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.disk.counters()
    }
}

impl media::Shelf for Shelf {
    fn path(&self) -> PathBuf {
        PathBuf::from("simulated")
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.look(Operation::List, |_| Ok(()))?;
        Ok(self.names())
    }

    fn medium(&self, name: &str) -> Arc<dyn Medium> {
        Arc::new(Directory { disk: self.disk.clone(), name: name.to_owned() })
    }

    fn link(&self, file: &str, from: &str, to: &str) -> io::Result<()> {
        let (from, to) = (format!("{from}/{file}"), format!("{to}/{file}"));
        self.disk.change(Operation::Link, Change::Link { from, to })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let is_there = self.names().iter().any(|other| other == name);
        if is_there { Err(io::ErrorKind::DirectoryNotEmpty.into()) } else { Ok(()) }
    }
}

/// A directory on a shelf.
#[derive(Debug)]
struct Directory {
    disk: Disk,
    name: String,
}

impl Directory {
    fn of(&self, name: &str) -> String {
        format!("{}/{name}", self.name)
    }
}

impl Medium for Directory {
    fn path(&self, name: &str) -> PathBuf {
        Path::new("simulated").join(&self.name).join(name)
    }

    fn create_directory(&self) -> io::Result<()> {
        self.disk.create_directory()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let is_inside = |name: &String| directory_of(name) == self.name;
        let names = self.disk.list()?.into_iter().filter(is_inside);
        Ok(names.filter_map(|name| Some(name.rsplit_once('/')?.1.to_owned())).collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.disk.read(&self.of(name))
    }

    fn read_part(&self, name: &str, offset: u64, count: usize) -> io::Result<Vec<u8>> {
        self.disk.read_part(&self.of(name), offset, count)
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        self.disk.size(&self.of(name))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn MediumFile>> {
        self.disk.create(&self.of(name))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn MediumFile>> {
        Medium::open(&self.disk, &self.of(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(&self.of(from), &self.of(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(&self.of(name))
    }

    fn sync_directory(&self) -> io::Result<()> {
        let directory = self.name.clone();
        self.disk.change(Operation::SyncDirectory, Change::SyncDirectory { directory })
    }

    fn lock(&self, name: &str, mode: LockMode) -> io::Result<Option<Box<dyn Any + Send + Sync>>> {
        self.disk.lock(&self.of(name), mode)
    }
}
