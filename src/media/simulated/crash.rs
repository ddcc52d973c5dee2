//! The states that a crash may leave.
//!
//! Every volatile edit and every volatile change of a name has its own *fate*: it is lost or kept,
//! and a write that is kept may be torn. Fates are independent of each other: a disk writes in any
//! order. A *plan* is a fate for each of them. Where few enough plans exist, all are tried; where the
//! number of volatile operations is small, all subsets are, with each kept write torn in each way
//! while the others are whole, and a sample of the rest; beyond that the ends, the states that
//! a disk that keeps order leaves, those with one thing lost or one kept, and a seeded sample.

use super::contents::{
    Bytes, Contents, Edit, File, FileNumber, NameChange, Names, Standing, Written, fingerprint,
};
use crate::sync::OnceLock;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

/// Up to so many plans are all tried.
const ALL_PLANS: usize = 512;

/// Up to so many volatile operations all subsets are tried.
const ALL_SUBSETS: usize = 8;

/// How many plans are drawn where not all are tried.
const SAMPLES: usize = 256;

/// What a disk writes at once.
const SECTOR: usize = 512;

/// What a file system writes at once.
const PAGE: usize = 4096;

/// What a crash does to one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Fate {
    Lost,
    Kept,
    /// Only the first bytes were written.
    Cut(usize),
    /// Behind the first bytes there are zeros: the space was allocated and not written.
    Zeroed(usize),
    /// Behind the first bytes there is something else.
    Garbled(usize),
    /// All but the first bytes was written: a disk may write the second sector and not the first.
    Headless(usize),
}

/// The states that a crash may leave of `contents`, each once.
pub(super) fn states(contents: Contents, seed: u64) -> impl Iterator<Item = Contents> {
    let volatile = Volatile::of(&contents);
    let plans = plans(&volatile.fates(&contents), seed);
    let mut built = HashSet::new();
    let mut images = Images { contents, volatile, files: HashMap::new() };
    plans.into_iter().filter_map(move |plan| {
        let files = images.of(&plan);
        let hashes = files.iter().map(|(name, bytes)| (name.as_str(), bytes.hash()));
        // Whether it is new is known before a disk is made of it.
        built.insert(fingerprint(hashes)).then(|| Contents::of(files))
    })
}

/// What is at the mercy of a crash: edits of files, then the changes of names.
struct Volatile {
    /// Those of one file are together.
    edits: Vec<(FileNumber, usize)>,
    names: usize,
}

impl Volatile {
    fn of(contents: &Contents) -> Self {
        let changes = contents.name_changes();
        let mut files: Vec<FileNumber> = contents.durable_names().values().copied().collect();
        files.extend(changes.iter().map(|change| match change {
            NameChange::Set { file, .. }
            | NameChange::Move { file, .. }
            | NameChange::Remove { file, .. } => *file,
        }));
        // A file that no name can lead to any more has no say.
        files.sort_unstable();
        files.dedup();
        let mut edits = Vec::new();
        for file in files {
            for (place, (_, standing)) in contents.file(file).edits.iter().enumerate() {
                if *standing != Standing::Durable {
                    edits.push((file, place));
                }
            }
        }
        Self { edits, names: changes.len() }
    }

    /// The fates that each of them may have.
    fn fates(&self, contents: &Contents) -> Vec<Vec<Fate>> {
        let edits = self.edits.iter().map(|(file, place)| {
            let file = contents.file(*file);
            match file.edits.get(*place).map(|(edit, _)| edit) {
                Some(Edit::Write(written)) => {
                    write_fates(written, [file.length_before(*place), file.durable_length()])
                }
                _ => vec![Fate::Lost, Fate::Kept],
            }
        });
        let names = std::iter::repeat_n(vec![Fate::Lost, Fate::Kept], self.names);
        edits.chain(names).collect()
    }

    /// Which of the edits are those of one file.
    fn of_file(&self, file: FileNumber) -> Range<usize> {
        let start = self.edits.partition_point(|(of, _)| *of < file);
        start..self.edits.partition_point(|(of, _)| *of <= file)
    }
}

/// Builds what crashes leave, and each file that several of them leave once.
struct Images {
    contents: Contents,
    volatile: Volatile,
    files: HashMap<(FileNumber, Vec<Fate>), Arc<Bytes>>,
}

impl Images {
    /// The files that a crash leaves when everything has the fate that `plan` says.
    fn of(&mut self, plan: &[Fate]) -> Vec<(String, Arc<Bytes>)> {
        let changes = plan.get(self.volatile.edits.len()..).unwrap_or_default();
        let mut names: Names = self.contents.durable_names().clone();
        for (change, fate) in self.contents.name_changes().iter().zip(changes) {
            if *fate == Fate::Kept {
                change.apply(&mut names);
            }
        }
        names.into_iter().map(|(name, number)| (name, self.file(number, plan))).collect()
    }

    fn file(&mut self, number: FileNumber, plan: &[Fate]) -> Arc<Bytes> {
        let range = self.volatile.of_file(number);
        let fates = plan.get(range.clone()).unwrap_or_default();
        let file = self.contents.file(number);
        if fates.len() == file.edits.len() && fates.iter().all(|fate| *fate == Fate::Lost) {
            return file.durable.clone();
        }
        let edits = self.volatile.edits.get(range).unwrap_or_default();
        let build = || Arc::new(image_of_file(file, edits, fates));
        self.files.entry((number, fates.to_vec())).or_insert_with(build).clone()
    }
}

/// The bytes of one file, of which some edits have a fate and the others are durable.
fn image_of_file(file: &File, edits: &[(FileNumber, usize)], fates: &[Fate]) -> Bytes {
    let mut bytes = Bytes::clone(&file.durable);
    let mut fates = edits.iter().map(|(_, place)| *place).zip(fates).peekable();
    for (place, (edit, _)) in file.edits.iter().enumerate() {
        match fates.next_if(|(of, _)| *of == place) {
            Some((_, fate)) => fate.apply(edit, &mut bytes),
            None => bytes.edit(edit),
        }
    }
    bytes
}

impl Fate {
    fn apply(self, edit: &Edit, bytes: &mut Bytes) {
        match (self, edit) {
            (Self::Kept, edit) => bytes.edit(edit),
            (_, Edit::Write(written)) => self.tear(written, bytes),
            _ => {}
        }
    }

    fn tear(self, written: &Written, bytes: &mut Bytes) {
        let (start, length) = (written.offset, written.length);
        match self {
            Self::Lost | Self::Kept => {}
            Self::Cut(intact) => bytes.write(start, written.head(intact), intact),
            Self::Zeroed(intact) => bytes.write(start, written.head(intact), length),
            Self::Garbled(intact) => {
                bytes.write(start, written.head(intact), intact);
                let noise = noise(intact, length - intact);
                bytes.write(start + intact, &noise, noise.len());
            }
            Self::Headless(lost) => bytes.write(start + lost, written.tail(lost), length - lost),
        }
    }
}

/// So many bytes of noise; another seed, other noise. It repeats itself after a while: it is copied
/// rather than made, since it is a part of so many states.
fn noise(seed: usize, length: usize) -> Vec<u8> {
    static NOISE: OnceLock<Vec<u8>> = OnceLock::new();
    let all = NOISE.get_or_init(|| {
        let mut random = Random(0);
        (0..1 << 10).flat_map(|_| random.next().to_le_bytes()).collect()
    });
    let (before, first) = all.split_at_checked(seed % all.len()).unwrap_or_default();
    let mut noise = Vec::with_capacity(length + all.len());
    noise.extend_from_slice(first);
    while noise.len() < length {
        noise.extend_from_slice(before);
        noise.extend_from_slice(first);
    }
    noise.truncate(length);
    noise
}

/// What may become of a write: one that is lost, one that is whole, and torn ones. A tear is at the
/// first byte, in the first fields, behind the header of a frame, at a sector, half-way, and before
/// the last byte; and where the file ended before, with what was written to it meanwhile and without:
/// that it grew is a change of its own, without which what was written behind that end is not there.
///
/// A write also loses its head and keeps its tail: a sector or a page of it, and what is in the first
/// sector of the file that it touches, since frames begin anywhere in one.
fn write_fates(written: &Written, lengths_before: [usize; 2]) -> Vec<Fate> {
    let length = written.length;
    let tears = |places: &[usize]| -> Vec<usize> {
        let mut places: Vec<usize> =
            places.iter().copied().filter(|place| *place < length).collect();
        places.sort_unstable();
        places.dedup();
        places
    };
    let (half, last) = (length / 2, length.saturating_sub(1));
    let [growth, durable] =
        lengths_before.map(|before| before.checked_sub(written.offset).unwrap_or(length));
    let to_next_sector = SECTOR - written.offset % SECTOR;
    let mut fates = vec![Fate::Lost, Fate::Kept];
    let cuts = [1, 7, 96, SECTOR, half, last, growth, durable];
    fates.extend(tears(&cuts).into_iter().filter(|place| *place > 0).map(Fate::Cut));
    fates.extend(tears(&[0, 96, half, growth]).into_iter().map(Fate::Zeroed));
    fates.extend(tears(&[0, 96, half, last]).into_iter().map(Fate::Garbled));
    fates.extend(tears(&[to_next_sector, SECTOR, PAGE]).into_iter().map(Fate::Headless));
    fates
}

/// The plans to try.
fn plans(fates: &[Vec<Fate>], seed: u64) -> Vec<Vec<Fate>> {
    let all = fates.iter().try_fold(1_usize, |product, fates| product.checked_mul(fates.len()));
    if all.is_some_and(|all| all <= ALL_PLANS) {
        return product(fates);
    }
    let mut plans = if fates.len() <= ALL_SUBSETS {
        let two_ways = vec![vec![Fate::Lost, Fate::Kept]; fates.len()];
        let subsets = product(&two_ways);
        subsets.into_iter().flat_map(|subset| with_one_torn(&subset, fates)).collect()
    } else {
        corners(fates)
    };
    let mut random = Random(seed);
    plans.extend((0..SAMPLES).map(|_| {
        // Half of the samples tear nothing: that leaves more of them to the order of things.
        let torn = random.next().is_multiple_of(2);
        let may = |fates: &'_ Vec<Fate>| if torn { fates.len() } else { 2 };
        fates.iter().map(|fates| random.one_of(fates, may(fates))).collect()
    }));
    plans
}

/// Every combination.
fn product(fates: &[Vec<Fate>]) -> Vec<Vec<Fate>> {
    fates.iter().fold(vec![Vec::new()], |plans, next| {
        let extended = plans.into_iter().flat_map(|plan| {
            next.iter().map(move |fate| plan.iter().copied().chain([*fate]).collect())
        });
        extended.collect()
    })
}

/// A subset as it is, and with each of the writes in it torn in each way.
fn with_one_torn(subset: &[Fate], fates: &[Vec<Fate>]) -> Vec<Vec<Fate>> {
    let mut plans = vec![subset.to_vec()];
    for (place, of_this) in fates.iter().enumerate() {
        if subset.get(place) == Some(&Fate::Kept) {
            plans.extend(of_this.iter().skip(2).map(|fate| with(subset, place, *fate)));
        }
    }
    plans
}

/// States that say much: a disk that keeps the order of operations, with the last one torn, and one
/// thing lost or kept alone.
fn corners(fates: &[Vec<Fate>]) -> Vec<Vec<Fate>> {
    let count = fates.len();
    let (lost, kept) = (vec![Fate::Lost; count], vec![Fate::Kept; count]);
    let mut plans = vec![lost.clone(), kept.clone()];
    for (place, of_this) in fates.iter().enumerate() {
        plans.push(with(&lost, place, Fate::Kept));
        plans.push(with(&kept, place, Fate::Lost));
        let in_order: Vec<Fate> =
            (0..count).map(|other| if other < place { Fate::Kept } else { Fate::Lost }).collect();
        plans.extend(of_this.iter().map(|fate| with(&in_order, place, *fate)));
    }
    plans
}

fn with(plan: &[Fate], place: usize, fate: Fate) -> Vec<Fate> {
    let mut plan = plan.to_vec();
    if let Some(at) = plan.get_mut(place) {
        *at = fate;
    }
    plan
}

/// A small generator of numbers (`SplitMix64`), so that a seed gives the same states everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One of the first `count`.
    fn one_of(&mut self, fates: &[Fate], count: usize) -> Fate {
        let place = usize::try_from(self.next() % count.max(1) as u64).unwrap_or_default();
        fates.get(place).copied().unwrap_or(Fate::Kept)
    }
}
