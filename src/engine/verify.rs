//! Looking at everything that a store has on disk, to say what is wrong with it.
//!
//! An opening reads what it needs and stops at the first damage. Here every file is read, whether it is needed
//! or not, and damage stops nothing: it becomes a [`Problem`], and reading goes on behind it as far as it can
//! ([`survey`](crate::log::survey)). An error is only what prevents the reading itself.
//!
//! # What is compared
//!
//! Each commit is held against what came before it ([`contents`]): the collection must have been created, the
//! form of its records announced, and each key and record must be of that form. Where there is a checkpoint and
//! the log before it as well, both must say the same. What is read is no more than a file and the keys of the
//! records at a time, with a hash for each record.
//!
//! # Beside a store that goes on
//!
//! While an open store is verified, the lock of its checkpoints is held, as for a backup: no file goes. Reads and
//! commits go on, the next checkpoint waits, and closing ends the verification. What was written when it began is
//! verified; behind that, nothing is judged.
//!
//! # What may be missing
//!
//! A crash may end the removal of what a checkpoint made superfluous at any point. So before the newest intact
//! checkpoint a segment that is missing is no damage, unless the store is a ledger, which removes none.

mod backup;
pub(crate) mod closed;
pub(crate) mod contents;
mod open;
pub(crate) mod report;

use crate::envelope::keyring::Keyring;
use crate::error::Result;
use crate::log::checkpoint::{self, Checkpoint};
use crate::log::frame::Chain;
use crate::log::segment;
use crate::log::segments::Tail;
use crate::log::survey::{Found, Intact, Missing, Walk, Wrong};
use crate::media::Medium;
use crate::steps::{GoOn, Part, Steps};
use contents::Contents;
use report::{CollectionReport, Problem, TornTail};
use std::collections::BTreeSet;

/// What is to be verified, and how.
pub(crate) struct Verification<'a> {
    pub(crate) medium: &'a dyn Medium,
    pub(crate) keyring: &'a Keyring,
    /// The names of the files that count.
    pub(crate) names: Vec<String>,
    /// Of a store that is open for writing: the version up to which the log was written.
    pub(crate) until: Option<u64>,
    /// Whether none of the log may be missing before a checkpoint.
    pub(crate) keeps_log: bool,
    /// A version, and the chain value that the log must have there.
    pub(crate) witness: Option<(u64, Chain)>,
    pub(crate) go_on: GoOn<'a>,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) problems: Vec<Problem>,
    pub(crate) torn: Option<TornTail>,
    pub(crate) checkpoints: u64,
    pub(crate) segments: u64,
    pub(crate) frames: u64,
    pub(crate) commits: u64,
    pub(crate) bytes: u64,
    /// The first version that the files say anything of, and the last.
    pub(crate) oldest: u64,
    pub(crate) newest: u64,
    pub(crate) chain: Chain,
    /// The segment behind the last.
    pub(crate) next_segment: u64,
    pub(crate) collections: Vec<CollectionReport>,
    pub(crate) lost: Vec<Missing>,
    /// The newest checkpoint that is intact, and its version.
    pub(crate) checkpoint: Option<(u64, u64)>,
    /// Whether the log is there from its beginning up to that checkpoint, without a gap.
    pub(crate) log_is_whole: bool,
    /// Whether the log has the place of the witness.
    pub(crate) has_witness: bool,
}

/// On the way through the files.
struct Progress<'a> {
    of: &'a Verification<'a>,
    steps: Steps<'a>,
    findings: Findings,
    contents: Contents,
}

impl Verification<'_> {
    /// Reads and checks everything. O(bytes) in time; in memory a file, and the keys of all records.
    pub(crate) fn run(&self) -> Result<Findings> {
        let steps = Steps::begin(Part::Reading, self.bytes(), self.go_on)?;
        let (findings, contents) = (Findings::default(), Contents::default());
        let mut progress = Progress { of: self, steps, findings, contents };
        let checkpoints = progress.read_checkpoints()?;
        let segments = numbers(&self.names, segment::number_of);
        let mut walk = Walk::new(self.medium, self.keyring, self.until);
        let newest = checkpoints.last().map(|(number, _)| *number);
        progress.begin(&mut walk, &segments, newest);
        let last = segments.last().copied();
        let passed = checkpoints.iter().map(|(number, _)| *number);
        let all: BTreeSet<u64> = segments.iter().copied().chain(passed).collect();
        for number in all {
            let is_before = newest.is_some_and(|newest| number <= newest);
            let is_behind_hole = walk.tail().is_some_and(|tail| tail.next_segment < number);
            let is_leftover = is_before && is_behind_hole && !self.keeps_log;
            if is_leftover {
                walk.forget(&mut |found| {
                    progress.take(found);
                    Ok(())
                })?;
                progress.contents = Contents::incomplete();
                progress.findings.log_is_whole = false;
            }
            if let Some((_, place)) = checkpoints.iter().find(|(known, _)| *known == number) {
                progress.pass(&mut walk, number, place)?;
            }
            if segments.binary_search(&number).is_ok() {
                progress.findings.segments += 1;
                let bytes_before = walk.bytes();
                // What a checkpoint stands behind was durable.
                let is_last = last == Some(number) && newest.is_none_or(|newest| newest <= number);
                walk.segment(number, is_last, &mut |found| {
                    progress.take(found);
                    Ok(())
                })?;
                progress.findings.oldest_from(&walk);
                progress.steps.advance(walk.bytes() - bytes_before)?;
            }
        }
        walk.finish(&mut |found| {
            progress.take(found);
            Ok(())
        })?;
        progress.end(&walk)
    }

    /// How much there is to be read: checkpoints twice.
    fn bytes(&self) -> u64 {
        let times = |name: &str| match checkpoint::number_of(name) {
            Some(_) => 2,
            None => u64::from(segment::number_of(name).is_some()),
        };
        let read = |name: &String| Some(times(name) * self.medium.size(name).ok()?);
        self.names.iter().filter(|name| times(name) > 0).filter_map(read).sum()
    }
}

impl Progress<'_> {
    /// Reads all checkpoints; gives the intact ones, with their places.
    fn read_checkpoints(&mut self) -> Result<Vec<(u64, Tail)>> {
        let mut intact = Vec::new();
        for number in numbers(&self.of.names, checkpoint::number_of) {
            self.findings.checkpoints += 1;
            match self.read(number) {
                Ok(found) => {
                    self.findings.bytes += found.blocks.stored_bytes;
                    self.findings.checkpoint = Some((number, found.place.version));
                    intact.push((number, found.place));
                }
                Err(error) => self.findings.problems.push(Problem::of_corrupt(error)?),
            }
        }
        Ok(intact)
    }

    fn read(&self, number: u64) -> Result<Checkpoint> {
        checkpoint::read_in_steps(self.of.medium, self.of.keyring, number, &self.steps)
    }

    /// Where the log begins: at its beginning, or wherever the first checkpoint or segment says.
    fn begin(&mut self, walk: &mut Walk<'_>, segments: &[u64], newest: Option<u64>) {
        let beginning = Tail::of(&segment::Header::first(self.of.keyring.store()));
        let first = segments.first().copied();
        if first.is_none_or(|first| first == 1) {
            self.note(beginning.version, &beginning.chain);
        }
        if first == Some(1) || (first.is_none() && newest.is_none()) {
            self.findings.log_is_whole = true;
            walk.begin(beginning);
            return;
        }
        self.contents = Contents::incomplete();
        self.findings.oldest = u64::MAX;
        if let Some(first) = first
            && newest.is_none()
        {
            let wrong = Wrong {
                file: self.of.medium.path(&segment::file_name(first - 1)),
                offset: 0,
                expected: "the log before it, or an intact checkpoint".to_owned(),
                found: "neither".to_owned(),
                versions: None,
            };
            self.findings.problems.push(wrong.into());
        } else if self.of.keeps_log {
            let missing = first.into_iter().chain(newest).min().map_or(0, |number| number - 1);
            let found = "no such file; give the archive, if it was moved there";
            let wrong = Wrong {
                file: self.of.medium.path(&segment::file_name(missing)),
                offset: 0,
                expected: "a segment of the ledger".to_owned(),
                found: found.to_owned(),
                versions: None,
            };
            self.findings.problems.push(wrong.into());
        }
    }

    /// Goes past an intact checkpoint, which must say what the log before it says, if that is there.
    fn pass(&mut self, walk: &mut Walk<'_>, number: u64, place: &Tail) -> Result<()> {
        let name = checkpoint::file_name(number);
        // The log that leads elsewhere is not the one of this checkpoint.
        self.findings.log_is_whole &= walk.tail().is_some_and(|tail| *tail == *place);
        walk.pass(&name, place, &mut |found| {
            self.take(found);
            Ok(())
        })?;
        self.note(place.version, &place.chain);
        self.findings.oldest = self.findings.oldest.min(place.version);
        let blocks = match self.read(number) {
            Ok(found) => found.blocks,
            // It was intact a moment ago.
            Err(error) => {
                self.findings.problems.push(Problem::of_corrupt(error)?);
                return Ok(());
            }
        };
        let mut contents = Contents::default();
        for range in &blocks.commits {
            let bytes = blocks.bytes.get(range.clone()).unwrap_or_default();
            let offset = blocks.places.offset_in_file(range.start) as u64;
            for (expected, found) in contents.take_in(bytes) {
                let file = blocks.file.clone();
                let wrong = Wrong { file, offset, expected, found, versions: None };
                self.findings.problems.push(wrong.into());
            }
        }
        if let Some(found) = self.contents.differs(&contents) {
            let expected = format!("what the log says of version {}", place.version);
            let file = blocks.file;
            let wrong = Wrong { file, offset: 0, expected, found, versions: None };
            self.findings.problems.push(wrong.into());
        }
        contents.take_counts_of(&self.contents);
        self.contents = contents;
        Ok(())
    }

    /// Takes what the walk through the log has found.
    fn take(&mut self, found: Found<'_>) {
        match found {
            Found::Frame(frame) => self.take_frame(frame),
            Found::Lost(missing) => {
                self.findings.lost.push(missing);
                self.contents.lose();
                // What is missing behind the checkpoint matters to nobody who begins at the beginning.
                let checkpoint = self.findings.checkpoint.map(|(_, version)| version);
                if checkpoint.is_none_or(|version| missing.first <= version) {
                    self.findings.log_is_whole = false;
                }
            }
            Found::Wrong(wrong) => self.findings.problems.push(wrong.into()),
            Found::Torn { file, offset, bytes } => {
                self.findings.torn = Some(TornTail { file, offset, bytes });
            }
        }
    }

    fn take_frame(&mut self, frame: &Intact<'_>) {
        self.findings.frames += 1;
        self.note(frame.version, &frame.chain);
        for (version, bytes) in frame.commits() {
            self.findings.commits += 1;
            for (expected, found) in self.contents.take_in(bytes) {
                let versions = Some(Missing { first: version, last: Some(version) });
                let (file, offset) = (frame.file.clone(), frame.offset);
                let wrong = Wrong { file, offset, expected, found, versions };
                self.findings.problems.push(wrong.into());
            }
        }
    }

    /// Notes a place of the log, which may be that of the witness.
    fn note(&mut self, version: u64, chain: &Chain) {
        self.findings.has_witness |= self.of.witness == Some((version, *chain));
    }

    fn end(mut self, walk: &Walk<'_>) -> Result<Findings> {
        let findings = &mut self.findings;
        findings.bytes += walk.bytes();
        if let Some(tail) = walk.tail() {
            (findings.newest, findings.chain) = (tail.version, tail.chain);
            findings.next_segment = tail.next_segment;
        }
        findings.oldest = findings.oldest.min(findings.newest);
        findings.collections = self.contents.report();
        self.steps.end()?;
        Ok(self.findings)
    }
}

impl Findings {
    /// Notes where the log begins, if only a segment says so.
    fn oldest_from(&mut self, walk: &Walk<'_>) {
        if let Some(first) = walk.first() {
            self.oldest = self.oldest.min(first);
        }
    }
}

/// The numbers in the names of files of a kind, in order.
pub(crate) fn numbers(names: &[String], number_of: fn(&str) -> Option<u64>) -> Vec<u64> {
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| number_of(name)).collect();
    numbers.sort_unstable();
    numbers
}
