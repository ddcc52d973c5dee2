//! The states that a crash may leave.
//!
//! Every volatile edit and every volatile change of a name has its own *fate*: it is lost or kept,
//! and a write that is kept may be torn. Fates are independent of each other: a disk writes in any
//! order. A *plan* is a fate for each of them. Where few enough plans exist, all are tried; where the
//! number of volatile operations is small, all subsets are, with each kept write torn in each way
//! while the others are whole, and a sample of the rest; beyond that the ends, the states that
//! a disk that keeps order leaves, those with one thing lost or one kept, and a seeded sample.

use super::contents::{Bytes, Contents, Edit, FileNumber, NameChange, Names, Standing, write};
use std::collections::HashSet;
use std::sync::Arc;

/// Up to so many plans are all tried.
const ALL_PLANS: usize = 512;

/// Up to so many volatile operations all subsets are tried.
const ALL_SUBSETS: usize = 8;

/// How many plans are drawn where not all are tried.
const SAMPLES: usize = 256;

/// What a crash does to one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Lost,
    Kept,
    /// Only the first bytes were written.
    Cut(usize),
    /// Behind the first bytes there are zeros: the space was allocated and not written.
    Zeroed(usize),
    /// Behind the first bytes there is something else.
    Garbled(usize),
}

/// The states that a crash may leave of `contents`, each once.
pub(super) fn states(contents: Contents, seed: u64) -> impl Iterator<Item = Contents> {
    let volatile = Volatile::of(&contents);
    let mut built = HashSet::new();
    plans(&volatile.fates(&contents), seed)
        .into_iter()
        .map(move |plan| volatile.image(&contents, &plan))
        .filter(move |image| built.insert(image.fingerprint()))
}

/// What is at the mercy of a crash: edits of files, then the changes of names.
struct Volatile {
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
            let edit = contents.file(*file).edits.get(*place);
            match edit.map(|(edit, _)| edit) {
                Some(Edit::Write { bytes, .. }) => write_fates(bytes.len()),
                _ => vec![Fate::Lost, Fate::Kept],
            }
        });
        let names = std::iter::repeat_n(vec![Fate::Lost, Fate::Kept], self.names);
        edits.chain(names).collect()
    }

    /// The disk that a crash leaves when everything has the fate that `plan` says.
    fn image(&self, contents: &Contents, plan: &[Fate]) -> Contents {
        let (edits, changes) = plan.split_at_checked(self.edits.len()).unwrap_or((plan, &[]));
        let mut names: Names = contents.durable_names().clone();
        for (change, fate) in contents.name_changes().iter().zip(changes) {
            if *fate == Fate::Kept {
                change.apply(&mut names);
            }
        }
        Contents::of(names.into_iter().map(|(name, number)| {
            let fates = self.edits.iter().zip(edits);
            let of_file = fates.filter(|((file, _), _)| *file == number);
            let of_file: Vec<_> = of_file.map(|((_, place), fate)| (*place, *fate)).collect();
            (name, image_of_file(contents, number, &of_file))
        }))
    }
}

/// The bytes of one file, of which some edits have a fate and the others are durable.
fn image_of_file(contents: &Contents, file: FileNumber, fates: &[(usize, Fate)]) -> Arc<Bytes> {
    let file = contents.file(file);
    if fates.len() == file.edits.len() && fates.iter().all(|(_, fate)| *fate == Fate::Lost) {
        return file.durable.clone();
    }
    let mut bytes = file.durable.as_slice().to_vec();
    for (place, (edit, _)) in file.edits.iter().enumerate() {
        let fate = fates.iter().find(|(of, _)| *of == place).map_or(Fate::Kept, |(_, fate)| *fate);
        fate.apply(edit, &mut bytes);
    }
    Arc::new(Bytes::new(bytes))
}

impl Fate {
    fn apply(self, edit: &Edit, bytes: &mut Vec<u8>) {
        let (intact, tail) = match self {
            Self::Lost => return,
            Self::Kept => return edit.apply(bytes),
            Self::Cut(intact) => (intact, None),
            Self::Zeroed(intact) => (intact, Some(false)),
            Self::Garbled(intact) => (intact, Some(true)),
        };
        let Edit::Write { offset, bytes: written } = edit else { return };
        let (head, rest) = written.split_at_checked(intact).unwrap_or((written, &[]));
        let mut torn = head.to_vec();
        match tail {
            None => {}
            Some(false) => torn.resize(written.len(), 0),
            Some(true) => {
                let mut random = Random(intact as u64);
                torn.extend(rest.chunks(8).flat_map(|chunk| {
                    let noise = random.next().to_le_bytes();
                    noise.into_iter().take(chunk.len())
                }));
            }
        }
        write(bytes, *offset, &torn);
    }
}

/// What may become of a write: one that is lost, one that is whole, and torn ones. A tear is at the
/// first byte, in the first fields, behind the header of a frame, at a sector, half-way, and before
/// the last byte.
fn write_fates(length: usize) -> Vec<Fate> {
    let tears = |places: &[usize]| -> Vec<usize> {
        let mut places: Vec<usize> =
            places.iter().copied().filter(|place| *place < length).collect();
        places.sort_unstable();
        places.dedup();
        places
    };
    let (half, last) = (length / 2, length.saturating_sub(1));
    let mut fates = vec![Fate::Lost, Fate::Kept];
    fates.extend(tears(&[1, 7, 96, 512, half, last]).into_iter().map(Fate::Cut));
    fates.extend(tears(&[0, 96, half]).into_iter().map(Fate::Zeroed));
    fates.extend(tears(&[0, 96, half, last]).into_iter().map(Fate::Garbled));
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
