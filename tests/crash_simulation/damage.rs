//! Damage to what was durable: it is named, or it makes no difference. The end of the last segment is
//! the exception: damage there may be just what a crash leaves, see [`sectors`](crate::sectors).

use crate::effort::pick;
use crate::figures;
use crate::history::{Run, Step, options};
use crate::model::{Account, Edit, State, account};
use crate::workloads::scripted;
use folio::simulation::Disk;
use folio::{Durability, Error};
use std::collections::BTreeMap;
use std::path::Path;

pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A store that was closed.
pub(crate) struct Closed {
    /// What was done to its disk.
    pub(crate) disk: Disk,
    pub(crate) files: Files,
    /// The state at each version.
    pub(crate) states: Vec<State>,
}

impl Closed {
    fn of(mut run: Run<'_>) -> Self {
        run.store = None;
        let (disk, history) = (run.disk.clone(), run.history);
        let states = (0..=history.last()).filter_map(|at| history.state(at));
        let states = states.map(|state| State::clone(state)).collect();
        Self { files: disk.files(), disk, states }
    }

    pub(crate) fn intact(&self) -> &State {
        self.states.last().expect("an empty store has a state")
    }
}

/// A store that was closed several times, so that it has several segments, all small.
pub(crate) fn small_closed_store() -> Closed {
    let disk = Disk::new();
    let (mut run, opened) = Run::start(&disk);
    opened.unwrap();
    for variant in 0..3 {
        let put = |id| Edit::PutAccount(account(id, variant));
        let commit =
            |edits: &[Edit]| Step::Commit { durability: Durability::Fsync, edits: edits.to_vec() };
        let steps =
            [commit(&[put(variant), put(9)]), commit(&[Edit::RemoveAccount(9)]), Step::Reopen];
        run.steps(&steps).unwrap();
    }
    Closed::of(run)
}

/// The scripted workload, closed: segments of tens of kilobytes.
pub(crate) fn large_closed_store() -> Closed {
    let disk = Disk::new();
    let (mut run, opened) = Run::start(&disk);
    opened.and_then(|()| run.steps(&scripted())).unwrap();
    Closed::of(run)
}

/// Opens a store and reads everything in it.
pub(crate) fn read(disk: &Disk) -> folio::Result<State> {
    let store = options().open_simulated(disk)?;
    // The first look at the types can fail in ways that opening can't.
    store.snapshot().collection::<Account>()?;
    let state = State::read(&store);
    Ok(state.unwrap_or_else(|wrong| panic!("opened, and then: {wrong}")))
}

/// What came of damage.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcomes {
    pub(crate) named: usize,
    pub(crate) harmless: usize,
}

impl Outcomes {
    /// Opens a damaged store that must be as it was, or be refused by name.
    pub(crate) fn meet(&mut self, damaged: &Disk, file: &str, intact: &State) {
        let before = damaged.operations();
        match read(damaged) {
            Ok(state) => {
                assert_eq!(state, *intact, "wrong contents after damage to {file}");
                self.harmless += 1;
            }
            Err(Error::Corrupt { file: named, offset, .. }) => {
                let named = named.file_name().and_then(|name| name.to_str()).unwrap();
                let size = damaged.files().get(named).map_or(0, Vec::len);
                assert!(offset <= size as u64, "{named} has no byte {offset}");
                assert_eq!(damaged.operations(), before, "nothing is changed");
                self.named += 1;
            }
            Err(other) => panic!("damage to {file} gives {other:?}"),
        }
    }

    /// Says what was found out.
    pub(crate) fn count(&self, what: &str) {
        println!("{what}: {self:?}");
        figures::count("crash", "damages named", self.named as u64);
        figures::count("crash", "damages harmless", self.harmless as u64);
    }
}

pub(crate) fn is_segment(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "log")
}

#[test]
fn each_flipped_bit_of_a_closed_store_is_named_or_harmless() {
    let closed = small_closed_store();
    let (files, intact) = (&closed.files, closed.intact());
    assert!(files.keys().filter(|name| is_segment(name)).count() >= 3);
    let mut outcomes = Outcomes::default();
    let stride = if cfg!(debug_assertions) { 17 } else { 1 };
    for (name, bytes) in files {
        for bit in (0..bytes.len() * 8).step_by(stride) {
            let disk = Disk::from_files(files.clone());
            disk.flip_bit(name, bit);
            outcomes.meet(&disk, name, intact);
        }
    }
    outcomes.count("bits flipped in a small closed store");
    // Harmless is damage to the last seal, which says that nothing was lost.
    let last_seal = if cfg!(debug_assertions) { 96 } else { 96 * 8 };
    assert!(outcomes.harmless <= last_seal, "{outcomes:?}");
}

#[test]
fn damaged_bytes_of_a_large_closed_store_are_named_or_harmless() {
    let closed = large_closed_store();
    let (files, intact, stride) = (&closed.files, closed.intact(), pick(997, 23, 1));
    let mut outcomes = Outcomes::default();
    for (name, bytes) in files {
        for place in (0..bytes.len()).step_by(stride) {
            for pattern in [0xff, 0x01, bytes[place]] {
                let mut damaged = files.clone();
                damaged.get_mut(name).unwrap()[place] ^= pattern;
                if damaged != *files {
                    outcomes.meet(&Disk::from_files(damaged), name, intact);
                }
            }
        }
    }
    outcomes.count("bytes damaged in a large closed store");
    assert!(outcomes.named > 20 * outcomes.harmless.max(1), "{outcomes:?}");
}

#[test]
fn a_segment_cut_short_is_named_or_loses_only_its_seal() {
    let closed = small_closed_store();
    let (files, intact) = (&closed.files, closed.intact());
    let mut outcomes = Outcomes::default();
    let last = files.keys().rfind(|name| is_segment(name)).unwrap();
    for (name, bytes) in files.iter().filter(|(name, _)| name.as_str() != "LOCK") {
        // What is cut off the end of the last segment, beyond its seal, nobody can miss.
        let kept = if name == last { bytes.len() - 96 } else { 0 };
        for length in kept..bytes.len() {
            let mut damaged = files.clone();
            damaged.get_mut(name).unwrap().truncate(length);
            outcomes.meet(&Disk::from_files(damaged), name, intact);
        }
    }
    outcomes.count("files cut short in a small closed store");
}

#[test]
fn files_that_are_missing_or_exchanged_are_named() {
    let closed = small_closed_store();
    let (files, intact) = (&closed.files, closed.intact());
    let segments: Vec<&String> = files.keys().filter(|name| is_segment(name)).collect();
    let mut outcomes = Outcomes::default();
    for (index, name) in segments.iter().enumerate() {
        let others = segments.iter().filter(|other| other != &name);
        for other in others {
            let mut damaged = files.clone();
            damaged.insert((*name).clone(), files[*other].clone());
            outcomes.meet(&Disk::from_files(damaged), name, intact);
        }
        // The last segment as a whole is the one thing that nobody misses.
        if index + 1 < segments.len() {
            let mut damaged = files.clone();
            damaged.remove(*name);
            outcomes.meet(&Disk::from_files(damaged), name, intact);
        }
    }
    let mut damaged = files.clone();
    damaged.remove("MANIFEST");
    outcomes.meet(&Disk::from_files(damaged), "MANIFEST", intact);
    assert_eq!(outcomes.harmless, 0);
    outcomes.count("files missing or exchanged");
}

/// The frames of a segment: where each begins, and the end of the last.
pub(crate) fn frames(segment: &[u8]) -> Vec<usize> {
    let mut offsets = vec![128];
    let mut offset = 128;
    while segment.get(offset..offset + 4) == Some(b"fRm1") {
        let length: [u8; 4] = segment[offset + 12..offset + 16].try_into().unwrap();
        offset += 96 + usize::try_from(u32::from_le_bytes(length)).unwrap();
        offsets.push(offset);
    }
    offsets
}

#[test]
fn in_a_crashed_store_only_the_last_frame_may_be_taken_for_torn() {
    let disk = Disk::new();
    let (mut run, opened) = Run::start(&disk);
    opened.unwrap();
    for variant in 0..8 {
        let edits = vec![Edit::PutAccount(account(variant % 3, variant))];
        let durability = Durability::Fsync;
        run.step(&Step::Commit { durability, edits }).unwrap();
    }
    let crashed = disk.crash_states(disk.operations(), 0).next().unwrap().files();
    let segment = "0000000000000001.log";
    let offsets = frames(&crashed[segment]);
    let (last, end) = (offsets[offsets.len() - 2], offsets[offsets.len() - 1]);
    assert_eq!(offsets.len(), run.history.last() + 1);
    let (all, all_but_one) = (run.history.last(), run.history.last() - 1);
    let stride = if cfg!(debug_assertions) { 13 } else { 1 };
    let beyond = end..end + 200;
    for bit in (0..beyond.end * 8).step_by(stride) {
        let disk = Disk::from_files(crashed.clone());
        disk.flip_bit(segment, bit);
        let byte = bit / 8;
        match read(&disk) {
            Err(Error::Corrupt { file, offset, .. }) => {
                assert!(file.ends_with(segment));
                assert!(byte < last, "byte {byte} is in nothing that was followed");
                let damaged = offsets.iter().rev().find(|frame| **frame <= byte).unwrap_or(&0);
                assert_eq!(offset, *damaged as u64, "byte {byte}");
            }
            Ok(state) => {
                assert!(byte >= last, "byte {byte} was durable when later frames were written");
                let version = if beyond.contains(&byte) { all } else { all_but_one };
                assert_eq!(state, **run.history.state(version).unwrap(), "byte {byte}");
            }
            Err(other) => panic!("byte {byte} gives {other:?}"),
        }
    }
}
