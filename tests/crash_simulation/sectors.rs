//! Sectors that were written to another place, or not at all though the disk said so.
//!
//! What is wrong with a segment that others follow, or with the manifest, is named. The log may end
//! early without a trace if one sector had all that the last segment says from some frame on, its
//! seal included: that is what a crash leaves, too. But nothing before that sector is lost, and
//! nothing that an intact frame behind it vouches for.

use crate::damage::{
    Files, Outcomes, frames, is_segment, large_closed_store, read, small_closed_store,
};
use crate::effort::pick;
use crate::figures;
use crate::history::{Run, Step};
use crate::model::{Edit, State, account, note};
use crate::workloads::Random;
use folio::simulation::Disk;
use folio::{Durability, Error};
use std::ops::Range;

/// The sizes of sectors: what a disk writes at once, and what a file system does.
const SIZES: [usize; 2] = [512, 4096];

/// A sector of a file.
#[derive(Clone, Debug)]
struct Sector {
    file: String,
    place: Range<usize>,
}

impl Sector {
    /// What is in it, in these or other files; less where a file is shorter.
    fn of<'a>(&self, files: &'a Files) -> &'a [u8] {
        let file = files.get(&self.file).map_or(&[][..], Vec::as_slice);
        &file[self.place.start.min(file.len())..self.place.end.min(file.len())]
    }

    /// Files in which it has other contents, as far as they go; `None` where they are no others.
    fn with(&self, files: &Files, contents: &[u8]) -> Option<Files> {
        let mut files = files.clone();
        let sector = &mut files.get_mut(&self.file)?[self.place.clone()];
        let length = contents.len().min(sector.len());
        if sector[..length] == contents[..length] {
            return None;
        }
        sector[..length].copy_from_slice(&contents[..length]);
        Some(files)
    }
}

/// The sectors of all files but the lock. The last of a file ends with it.
fn sectors(files: &Files, size: usize) -> Vec<Sector> {
    let mut sectors = Vec::new();
    for (file, bytes) in files.iter().filter(|(name, _)| name.as_str() != "LOCK") {
        let starts = (0..bytes.len()).step_by(size);
        let places = starts.map(|start| start..(start + size).min(bytes.len()));
        sectors.extend(places.map(|place| Sector { file: file.clone(), place }));
    }
    sectors
}

/// Writes each sector, or a sample of so many, to the place of each other one, of the same file and
/// of others, instead of what is there.
fn misdirect(judge: &mut Judge<'_>, size: usize, most: usize) {
    let sectors = sectors(judge.files, size);
    let mut random = Random(size as u64);
    let pairs = sectors.len() * sectors.len();
    for number in 0..pairs.min(most) {
        let mut drawn = || usize::try_from(random.below(pairs as u64)).unwrap();
        let pair = if pairs <= most { number } else { drawn() };
        let (from, to) = (&sectors[pair / sectors.len()], &sectors[pair % sectors.len()]);
        judge.meet(to, from.of(judge.files));
    }
}

#[test]
fn misdirected_sectors_of_a_small_closed_store_are_named_or_end_the_log() {
    let closed = small_closed_store();
    for size in [16, 96, 128].into_iter().chain(SIZES) {
        let mut judge = Judge::of(&closed.files, &closed.states);
        misdirect(&mut judge, size, pick(200, usize::MAX, usize::MAX));
        judge.count(&format!("misdirected sectors of {size} bytes in a small closed store"));
    }
}

#[test]
fn misdirected_sectors_of_a_large_closed_store_are_named_or_end_the_log() {
    let closed = large_closed_store();
    for size in SIZES {
        let mut judge = Judge::of(&closed.files, &closed.states);
        misdirect(&mut judge, size, pick(100, 6_000, usize::MAX));
        judge.count(&format!("misdirected sectors of {size} bytes in a large closed store"));
    }
}

#[test]
fn lost_sectors_of_a_closed_store_are_named_or_end_the_log() {
    let closed = large_closed_store();
    let (files, disk, stride) = (&closed.files, &closed.disk, pick(7, 1, 1));
    // What was there before each of the operations, and nothing but zeros.
    let mut before: Vec<Files> =
        (0..disk.operations()).step_by(stride).map(|at| disk.after_kill(at).files()).collect();
    before.push(files.iter().map(|(name, bytes)| (name.clone(), vec![0; bytes.len()])).collect());
    for size in SIZES {
        let mut judge = Judge::of(files, &closed.states);
        for sector in sectors(files, size) {
            let mut old: Vec<&[u8]> = before.iter().map(|files| sector.of(files)).collect();
            old.sort_unstable();
            old.dedup();
            for contents in old {
                judge.meet(&sector, contents);
            }
        }
        judge.count(&format!("lost sectors of {size} bytes in a large closed store"));
    }
}

#[test]
fn sectors_of_a_segment_that_was_not_closed_are_named_or_end_the_log() {
    let disk = Disk::new();
    let (mut run, opened) = Run::start(&disk);
    opened.unwrap();
    for variant in 0..24 {
        let size = usize::try_from(variant % 7 * 150).unwrap();
        let edits =
            vec![Edit::PutAccount(account(variant % 3, variant)), Edit::PutNote(note(1, size))];
        run.step(&Step::Commit { durability: Durability::Fsync, edits }).unwrap();
    }
    let states = (0..=run.history.last()).filter_map(|at| run.history.state(at));
    let states: Vec<State> = states.map(|state| State::clone(state)).collect();
    let files = disk.crash_states(disk.operations(), 0).next().unwrap().files();
    let mut judge = Judge::of(&files, &states);
    for size in [64].into_iter().chain(SIZES) {
        let all = sectors(&files, size);
        let mut contents: Vec<&[u8]> = all.iter().map(|sector| sector.of(&files)).collect();
        let zeros = vec![0; size];
        contents.push(&zeros);
        contents.sort_unstable();
        contents.dedup();
        // Most of the segment was reserved and is not written yet: a part of that will do.
        let of_segment = all.iter().filter(|sector| sector.file == judge.last);
        let of_segment: Vec<_> =
            of_segment.take_while(|sector| sector.place.start < judge.end() + 8_192).collect();
        for sector in of_segment {
            for contents in &contents {
                judge.meet(sector, contents);
            }
        }
    }
    judge.count("sectors of a segment that was not closed");
}

/// Says what may come of it when one sector is not what it was.
struct Judge<'a> {
    files: &'a Files,
    /// The state at each version.
    states: &'a [State],
    /// The last segment, and where its frames begin and the last of them ends.
    last: String,
    offsets: Vec<usize>,
    outcomes: Outcomes,
    /// How often the log ended early.
    ended: usize,
}

impl<'a> Judge<'a> {
    fn of(files: &'a Files, states: &'a [State]) -> Self {
        let last = files.keys().rfind(|name| is_segment(name)).unwrap().clone();
        let offsets = frames(&files[&last]);
        Self { files, states, last, offsets, outcomes: Outcomes::default(), ended: 0 }
    }

    fn end(&self) -> usize {
        *self.offsets.last().expect("a segment has an end")
    }

    /// A number in the header of a frame of the last segment.
    fn number(&self, frame: usize, place: usize) -> u64 {
        let place = self.offsets[frame] + place;
        u64::from_le_bytes(self.files[&self.last][place..place + 8].try_into().unwrap())
    }

    /// Whether a whole frame behind the last damaged byte says that a frame was durable.
    fn is_vouched_for(&self, frame: usize, last: usize) -> bool {
        let (sequence, synced) = (32, 40);
        let missing = self.number(frame, sequence);
        let mut behind = (0..self.offsets.len() - 1).filter(|frame| self.offsets[*frame] > last);
        behind.any(|frame| self.number(frame, synced) >= missing)
    }

    /// Opens a store with these contents in a sector, if they are others.
    fn meet(&mut self, sector: &Sector, contents: &[u8]) {
        let Some(damaged) = sector.with(self.files, contents) else { return };
        if sector.file != self.last {
            let intact = self.states.last().expect("an empty store has a state");
            return self.outcomes.meet(&Disk::from_files(damaged), &sector.file, intact);
        }
        let (old, new) = (sector.of(self.files), sector.of(&damaged));
        let differs = |(old, new): (&u8, &u8)| old != new;
        let first = old.iter().zip(new).position(differs).expect("it differs");
        let last = old.iter().zip(new).rposition(differs).expect("it differs");
        let (first, last) = (sector.place.start + first, sector.place.start + last);
        // The frame that is hit, if it is none but the space behind all.
        let hit = self.offsets.iter().skip(1).position(|end| *end > first);
        match read(&Disk::from_files(damaged)) {
            Err(Error::Corrupt { file, offset, .. }) => {
                assert!(file.ends_with(&sector.file));
                let frame = hit.expect("behind the frames there is nothing to damage");
                // A header of another segment may be intact, and then the first frame does not follow.
                let header = first < self.offsets[0];
                let places = if header { [0, self.offsets[0]] } else { [self.offsets[frame]; 2] };
                assert!(places.map(|place| place as u64).contains(&offset), "{sector:?}, {offset}");
                self.outcomes.named += 1;
            }
            Ok(state) => {
                let (base, newest) = (48, self.states.len() - 1);
                let version = hit.map_or(newest as u64, |frame| self.number(frame, base));
                let version = usize::try_from(version).unwrap();
                assert_eq!(state, self.states[version], "{sector:?}");
                assert!(
                    hit.is_none_or(|frame| !self.is_vouched_for(frame, last)),
                    "{sector:?} was durable when later frames were written"
                );
                if version == newest {
                    self.outcomes.harmless += 1;
                } else {
                    self.ended += 1;
                }
            }
            Err(other) => panic!("{sector:?} gives {other:?}"),
        }
    }

    fn count(&self, what: &str) {
        self.outcomes.count(what);
        println!("{what}: the log ended early {} times", self.ended);
        figures::count("crash", "damages that ended the log", self.ended as u64);
        assert!(self.outcomes.named > 0);
    }
}
