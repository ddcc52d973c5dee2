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
    /// A second name for a file.
    Link {
        from: String,
        to: String,
    },
    Remove {
        name: String,
    },
    /// Names are made durable that are in this directory and not in another below it.
    SyncDirectory {
        directory: String,
    },
}

/// A change of a file's bytes.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    Write(Written),
    SetLength(u64),
    /// Turns round a bit, where there is one.
    Flip(usize),
}

/// A write, without the zeros that it ends in: files are grown by many of them.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) offset: usize,
    bytes: Arc<[u8]>,
    pub(super) length: usize,
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
    names: Arc<Names>,
    durable_names: Arc<Names>,
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
    /// All but zeros at the end. What is left out need not be copied for each state of a disk.
    used: Vec<u8>,
    length: usize,
    hash: OnceLock<u64>,
}

impl Bytes {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { length: bytes.len(), used: bytes, hash: OnceLock::new() }
    }

    pub(super) fn edit(&mut self, edit: &Edit) {
        match edit {
            Edit::Write(written) => self.write(written.offset, &written.bytes, written.length),
            Edit::SetLength(length) => self.set_length(in_memory(*length)),
            Edit::Flip(bit) => self.flip(*bit),
        }
    }

    /// Writes bytes and zeros behind them, `length` in all, with zeros before them where there was
    /// nothing.
    pub(super) fn write(&mut self, start: usize, bytes: &[u8], length: usize) {
        self.hash = OnceLock::new();
        self.length = self.length.max(start + length);
        let end = start + bytes.len();
        if self.used.len() < end {
            self.used.resize(end, 0);
        }
        let place = self.used.get_mut(start..end).expect("it was just made long enough");
        place.copy_from_slice(bytes);
        let zeros = end..(start + length).min(self.used.len());
        if let Some(zeros) = self.used.get_mut(zeros) {
            zeros.fill(0);
        }
    }

    fn set_length(&mut self, length: usize) {
        self.hash = OnceLock::new();
        self.length = length;
        self.used.truncate(length);
    }

    fn flip(&mut self, bit: usize) {
        self.hash = OnceLock::new();
        let place = bit / 8;
        if place < self.length {
            self.used.resize(self.used.len().max(place + 1), 0);
        }
        if let Some(byte) = self.used.get_mut(place) {
            *byte ^= 1 << (bit % 8);
        }
    }

    pub(super) fn to_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.length);
        bytes.extend_from_slice(&self.used);
        bytes.resize(self.length, 0);
        bytes
    }

    pub(super) fn hash(&self) -> u64 {
        *self.hash.get_or_init(|| hash_of(without_zeros(&self.used), self.length))
    }
}

impl Written {
    pub(super) fn new(offset: u64, bytes: &[u8]) -> Self {
        let (offset, length) = (in_memory(offset), bytes.len());
        Self { offset, bytes: without_zeros(bytes).into(), length }
    }

    /// Its first bytes, as they are.
    pub(super) fn head(&self, length: usize) -> &[u8] {
        self.bytes.get(..length).unwrap_or(&self.bytes)
    }

    /// The bytes behind the first ones.
    pub(super) fn tail(&self, start: usize) -> &[u8] {
        self.bytes.get(start..).unwrap_or_default()
    }
}

/// Bytes without the zeros at their end. In blocks first, which compilers turn into wide
/// instructions.
fn without_zeros(bytes: &[u8]) -> &[u8] {
    let is_zero = |block: &&[u8]| block.iter().fold(0, |all, byte| all | byte) == 0;
    let blocks: usize = bytes.rchunks(256).take_while(is_zero).map(<[u8]>::len).sum();
    let rest = bytes.get(..bytes.len() - blocks).unwrap_or_default();
    let used = rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    rest.get(..used).unwrap_or_default()
}

impl File {
    /// What a process reads.
    pub(super) fn view(&self) -> Arc<Bytes> {
        if self.edits.is_empty() {
            return self.durable.clone();
        }
        let mut bytes = Bytes::clone(&self.durable);
        self.edits.iter().for_each(|(edit, _)| bytes.edit(edit));
        Arc::new(bytes)
    }

    /// How long a process saw it before an edit.
    pub(super) fn length_before(&self, edit: usize) -> usize {
        self.length_behind(self.edits.iter().take(edit))
    }

    /// How long it is where all is lost that may be lost.
    pub(super) fn durable_length(&self) -> usize {
        let is_durable = |(_, standing): &&(Edit, Standing)| *standing == Standing::Durable;
        self.length_behind(self.edits.iter().filter(is_durable))
    }

    /// How long it is behind some of its edits.
    fn length_behind<'a>(&self, edits: impl Iterator<Item = &'a (Edit, Standing)>) -> usize {
        edits.fold(self.durable.length, |length, (edit, _)| match edit {
            Edit::Write(written) => length.max(written.offset + written.length),
            Edit::SetLength(length) => in_memory(*length),
            Edit::Flip(_) => length,
        })
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

/// The directory that a name is in, the whole disk where it names none.
pub(super) fn directory_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(directory, _)| directory)
}

impl NameChange {
    /// The directory that it changes: files do not move between two.
    fn directory(&self) -> &str {
        match self {
            Self::Set { name, .. } | Self::Move { to: name, .. } | Self::Remove { name, .. } => {
                directory_of(name)
            }
        }
    }

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
        let (mut names, mut all) = (Names::new(), Vec::new());
        for (name, durable) in files {
            names.insert(name, all.len());
            all.push(File { durable, edits: Vec::new() });
        }
        let names = Arc::new(names);
        Self { files: all, durable_names: names.clone(), names, name_changes: Vec::new() }
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
            Change::Link { to, .. } if self.names.contains_key(to) => {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            Change::Link { from, to } => {
                let file = self.find(from)?;
                self.change_names(NameChange::Set { name: to.clone(), file });
            }
            Change::SyncDirectory { directory } => self.sync_names(directory),
        }
        Ok(())
    }

    fn sync_names(&mut self, directory: &str) {
        if self.name_changes.iter().all(|change| change.directory() == directory) {
            self.durable_names.clone_from(&self.names);
            self.name_changes.clear();
            return;
        }
        let durable = Arc::make_mut(&mut self.durable_names);
        self.name_changes.retain(|change| {
            let is_inside = change.directory() == directory;
            if is_inside {
                change.apply(durable);
            }
            !is_inside
        });
    }

    fn change_names(&mut self, change: NameChange) {
        change.apply(Arc::make_mut(&mut self.names));
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
        let views = self.names.iter().map(|(name, file)| (name.as_str(), self.file(*file).view()));
        fingerprint(views.map(|(name, view)| (name, view.hash())))
    }
}

/// A hash of names and of the hashes of the bytes behind them.
pub(super) fn fingerprint<'a>(files: impl Iterator<Item = (&'a str, u64)>) -> u64 {
    files.fold(0, |all, (name, hash)| {
        let all = mix(all, hash_of(name.as_bytes(), name.len()));
        mix(all, hash)
    })
}

/// A hash that is fast, since every state is hashed: four at once, each of every fourth word. Each
/// step is a bijection, so that a difference in one place is never lost.
fn hash_of(bytes: &[u8], length: usize) -> u64 {
    let (blocks, rest) = bytes.as_chunks::<32>();
    let mut lanes = [length as u64, 1, 2, 3];
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        for (lane, word) in lanes.iter_mut().zip(words) {
            *lane = mix(*lane, u64::from_le_bytes(*word));
        }
    }
    let rest = rest.iter().map(|byte| u64::from(*byte));
    lanes.into_iter().chain(rest).fold(0, mix)
}

fn mix(hash: u64, word: u64) -> u64 {
    let mixed = (hash.rotate_left(29) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 32)
}

/// A place in a file: simulated files are in memory.
fn in_memory(offset: u64) -> usize {
    usize::try_from(offset).expect("a simulated file fits into memory")
}
