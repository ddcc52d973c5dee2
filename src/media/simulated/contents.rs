//! What is on a simulated disk: as a process sees it, and what of that is durable.
//!
//! A file is its durable bytes and the edits made since, each of which is *volatile* until the file
//! is synced. The directory likewise is its durable names and the changes made since. A sync that
//! fails does to a file what Linux file systems do: what was volatile can still be read, but no
//! later sync writes it any more, so that it stays at the mercy of a crash for good. It is
//! *forsaken*.
//!
//! Nothing here knows locks, faults or processes.

use crate::sync::OnceLock;
use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io;
use std::sync::Arc;

/// The number of a file, given in the order of creation. It stays when the name changes.
pub(super) type FileNumber = usize;

/// One operation that changed the disk, or made something on it durable.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Create {
        name: String,
    },
    Edit {
        file: FileNumber,
        edit: Edit,
    },
    /// Damage, to what is durable as well.
    Flip {
        file: FileNumber,
        bit: usize,
    },
    Sync {
        file: FileNumber,
    },
    SyncFailed {
        file: FileNumber,
    },
    Rename {
        from: String,
        to: String,
    },
    Remove {
        name: String,
    },
    SyncDirectory,
}

/// A change of a file's bytes.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    Write {
        offset: u64,
        bytes: Arc<[u8]>,
    },
    SetLength(u64),
    /// Turns round a bit, where there is one.
    Flip(usize),
}

/// What became of an edit so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The next sync makes it durable.
    Volatile,
    /// A sync of it failed: it may be lost for ever.
    Forsaken,
    /// Durable, behind something that is not.
    Durable,
}

/// A change of one name.
#[derive(Debug, Clone)]
pub(super) enum NameChange {
    Set { name: String, file: FileNumber },
    Move { from: String, to: String, file: FileNumber },
    Remove { name: String, file: FileNumber },
}

/// Names and the files they stand for.
pub(super) type Names = BTreeMap<String, FileNumber>;

/// Everything on a disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Contents {
    files: Vec<File>,
    names: Names,
    durable_names: Names,
    name_changes: Vec<NameChange>,
}

/// A file.
#[derive(Debug, Clone, Default)]
pub(super) struct File {
    pub(super) durable: Arc<Bytes>,
    pub(super) edits: Vec<(Edit, Standing)>,
}

/// The bytes of a file and, once somebody asked for it, their hash.
#[derive(Debug, Clone, Default)]
pub(super) struct Bytes {
    bytes: Vec<u8>,
    hash: OnceLock<u64>,
}

impl Bytes {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, hash: OnceLock::new() }
    }

    fn edit(&mut self, edit: &Edit) {
        self.hash = OnceLock::new();
        edit.apply(&mut self.bytes);
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    fn hash(&self) -> u64 {
        *self.hash.get_or_init(|| hash_of(&self.bytes))
    }
}

impl Edit {
    pub(super) fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes: written } => write(bytes, *offset, written),
            Self::SetLength(length) => bytes.resize(in_memory(*length), 0),
            Self::Flip(bit) => {
                if let Some(byte) = bytes.get_mut(bit / 8) {
                    *byte ^= 1 << (bit % 8);
                }
            }
        }
    }
}

/// Writes into bytes that may be too short, with zeros where there was nothing.
pub(super) fn write(bytes: &mut Vec<u8>, offset: u64, written: &[u8]) {
    let start = in_memory(offset);
    let end = start + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    let place = bytes.get_mut(start..end).expect("the file was just made long enough");
    place.copy_from_slice(written);
}

impl File {
    /// What a process reads.
    pub(super) fn view(&self) -> Arc<Bytes> {
        if self.edits.is_empty() {
            return self.durable.clone();
        }
        let mut bytes = self.durable.bytes.clone();
        for (edit, _) in &self.edits {
            edit.apply(&mut bytes);
        }
        Arc::new(Bytes::new(bytes))
    }

    fn sync(&mut self) {
        for (_, standing) in &mut self.edits {
            if *standing == Standing::Volatile {
                *standing = Standing::Durable;
            }
        }
        self.settle();
    }

    /// Takes the edits that are durable, and behind nothing that is not, into the durable bytes.
    fn settle(&mut self) {
        let is_open = |(_, standing): &(Edit, Standing)| *standing != Standing::Durable;
        let settled = self.edits.iter().position(is_open).unwrap_or(self.edits.len());
        for (edit, _) in self.edits.drain(..settled) {
            Arc::make_mut(&mut self.durable).edit(&edit);
        }
    }

    fn forsake(&mut self) {
        for (_, standing) in &mut self.edits {
            if *standing == Standing::Volatile {
                *standing = Standing::Forsaken;
            }
        }
    }
}

impl NameChange {
    pub(super) fn apply(&self, names: &mut Names) {
        match self {
            Self::Set { name, file } => {
                names.insert(name.clone(), *file);
            }
            Self::Move { from, to, file } => {
                forget(names, from, *file);
                names.insert(to.clone(), *file);
            }
            Self::Remove { name, file } => forget(names, name, *file),
        }
    }
}

/// Takes a name away, if it stands for that file.
fn forget(names: &mut Names, name: &str, file: FileNumber) {
    if names.get(name) == Some(&file) {
        names.remove(name);
    }
}

impl Contents {
    /// Files all of which are durable.
    pub(super) fn of(files: impl IntoIterator<Item = (String, Arc<Bytes>)>) -> Self {
        let mut contents = Self::default();
        for (name, durable) in files {
            contents.names.insert(name, contents.files.len());
            contents.files.push(File { durable, edits: Vec::new() });
        }
        contents.durable_names.clone_from(&contents.names);
        contents
    }

    /// Carries out an operation.
    ///
    /// # Errors
    ///
    /// What a file system says where a name is missing or taken. Nothing is changed then.
    pub(super) fn apply(&mut self, change: &Change) -> io::Result<()> {
        match change {
            Change::Create { name } if self.names.contains_key(name) => {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            Change::Create { name } => {
                let file = self.files.len();
                self.files.push(File::default());
                self.change_names(NameChange::Set { name: name.clone(), file });
            }
            Change::Edit { file, edit } => {
                self.file_mut(*file).edits.push((edit.clone(), Standing::Volatile));
            }
            Change::Flip { file, bit } => {
                let file = self.file_mut(*file);
                file.edits.push((Edit::Flip(*bit), Standing::Durable));
                file.settle();
            }
            Change::Sync { file } => self.file_mut(*file).sync(),
            Change::SyncFailed { file } => self.file_mut(*file).forsake(),
            Change::Rename { from, to } => {
                let file = self.find(from)?;
                self.change_names(NameChange::Move { from: from.clone(), to: to.clone(), file });
            }
            Change::Remove { name } => {
                let file = self.find(name)?;
                self.change_names(NameChange::Remove { name: name.clone(), file });
            }
            Change::SyncDirectory => {
                self.durable_names.clone_from(&self.names);
                self.name_changes.clear();
            }
        }
        Ok(())
    }

    fn change_names(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.name_changes.push(change);
    }

    fn file_mut(&mut self, file: FileNumber) -> &mut File {
        self.files.get_mut(file).expect("a file that was created stays")
    }

    pub(super) fn file(&self, file: FileNumber) -> &File {
        self.files.get(file).expect("a file that was created stays")
    }

    /// The file with this name.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub(super) fn find(&self, name: &str) -> io::Result<FileNumber> {
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    pub(super) fn durable_names(&self) -> &Names {
        &self.durable_names
    }

    /// The changes of names that are volatile.
    pub(super) fn name_changes(&self) -> &[NameChange] {
        &self.name_changes
    }

    /// What a process reads, file by file.
    pub(super) fn views(&self) -> impl Iterator<Item = (&String, Arc<Bytes>)> {
        self.names.iter().map(|(name, file)| (name, self.file(*file).view()))
    }

    /// A hash of all names and bytes that a process reads.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (name, view) in self.views() {
            name.hash(&mut hasher);
            view.hash().hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// A hash that is fast, since every state is hashed: four at once, each of every fourth word. Each
/// step is a bijection, so that a difference in one place is never lost.
fn hash_of(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |hash: u64, word: u64| (hash.rotate_left(29) ^ word).wrapping_mul(FACTOR);
    let (blocks, rest) = bytes.as_chunks::<32>();
    let mut lanes = [bytes.len() as u64, 1, 2, 3];
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        for (lane, word) in lanes.iter_mut().zip(words) {
            *lane = mix(*lane, u64::from_le_bytes(*word));
        }
    }
    let rest = rest.iter().map(|byte| u64::from(*byte));
    lanes.into_iter().chain(rest).fold(0, mix)
}

/// A place in a file: simulated files are in memory.
fn in_memory(offset: u64) -> usize {
    usize::try_from(offset).expect("a simulated file fits into memory")
}
