//! From a damaged store to a new one that has everything that is intact.
//!
//! The damaged store is verified first, which says what is missing, and then walked through once more, from the
//! place where least is missing. Each intact commit goes into the log of a new store, in another directory and with an
//! identity of its own: it has another history, and must not be taken for the old one, be it by a backup or a witness.
//! Nothing in the damaged directory is changed.
//!
//! # Where it begins
//!
//! With the log's beginning, if it is there without a gap up to the newest intact checkpoint; else with that
//! checkpoint, which stands for all before it; and where there is none, with the first segment there is.
//!
//! # Versions keep their numbers
//!
//! For each commit that was lost there is an empty one whose metadata say so ([`LOST`]), and one of which a part
//! can't be read has the rest ([`INCOMPLETE`]). What is lost before the first thing found is no commit at
//! all: the new store begins with a checkpoint of that version, which may be one of nothing.
//!
//! # What fits
//!
//! A commit refers to collections and forms that earlier ones announced ([`salvage`]). Where those are lost, it can't
//! be said what its bytes mean, and they are left out and listed, rather than taken for what they may not be.
//!
//! What was written is read back and verified, before the manifest makes it a store.

pub(crate) mod salvage;

use crate::engine::recovery;
use crate::engine::restore::{clear, lock_new};
use crate::engine::verify::closed;
use crate::engine::verify::report::Problem;
use crate::engine::verify::{Findings, Verification, numbers};
use crate::envelope::keyring::Keyring;
use crate::envelope::random;
use crate::envelope::wrapping::Wrapping;
use crate::error::{Error, Result};
use crate::log::Log;
use crate::log::checkpoint::{self, Writer};
use crate::log::segment;
use crate::log::segments::{SegmentLog, Settings, Tail};
use crate::log::survey::{Found, Missing, Walk};
use crate::media::Medium;
use crate::options::Options;
use crate::steps::{GoOn, Part, Steps, UNOBSERVED};
use salvage::{Salvage, Unreadable};
use std::sync::Arc;

/// The key of the metadata of what repair had to write in the place of a commit.
const META: &str = "folio.repair";
/// Says that a commit was lost.
const LOST: &str = "lost";
/// Says that a part of a commit could not be read.
const INCOMPLETE: &str = "incomplete";

/// So much of the new log is written at once.
const BATCH_BYTES: usize = 4 << 20;

/// What came of a repair.
#[derive(Debug)]
pub(crate) struct Repaired {
    /// What was found in the damaged store.
    pub(crate) damage: Findings,
    pub(crate) problem: Option<Problem>,
    /// What the new store has.
    pub(crate) result: Findings,
    /// The version of the checkpoint that it begins with.
    pub(crate) begins: u64,
    pub(crate) salvaged: u64,
    pub(crate) lost: Vec<Missing>,
    pub(crate) unreadable: Vec<Unreadable>,
}

/// Makes a new store of what is intact in a damaged one.
pub(crate) fn repair(
    from: &Arc<dyn Medium>,
    to: &Arc<dyn Medium>,
    options: &Options,
    go_on: GoOn<'_>,
) -> Result<Repaired> {
    let _shared = closed::lock(&**from, &closed::list(&**from)?)?;
    let names = closed::list(&**from)?;
    let (keyring, ledger, problem) = closed::keys(&**from, &names, options)?;
    let from = &*closed::with_archive(from, options, ledger);
    let names = closed::list(from)?;
    let source = Source { medium: from, keyring: &keyring, names: &names, go_on };
    let damage = source.verify(ledger == Some(1))?;
    let (new, _) = Keyring::plain(random::draw()?).settle(options.encryption.is_on(), 1, 1)?;
    let new = Arc::new(new);
    let key = options.encryption.key().filter(|_| options.encryption.is_on());
    let wrapping = key.map(Wrapping::new).transpose()?;
    if let Some(wrapping) = &wrapping {
        new.set_size(wrapping);
    }
    let _lock = lock_new(&**to)?;
    let repaired = source.write(&damage, to, &new, options).and_then(|written| {
        let names = closed::list(&**to)?;
        let made = Source { medium: &**to, keyring: &new, names: &names, go_on };
        let result = made.verify(false)?;
        if let Some(problem) = result.problems.first() {
            return Err(Error::Corrupt {
                file: to.path(""),
                offset: 0,
                expected: "what was repaired to be intact".to_owned(),
                found: problem.to_string(),
            });
        }
        // Of a log without its beginning no beginning is missed.
        let ledger = ledger.map(|_| if written.begins == 0 { 1 } else { 2 });
        recovery::write_manifest(&**to, &new, wrapping.as_ref(), ledger)?;
        Ok((written, result))
    });
    if repaired.is_err() {
        // So that it can be tried again. What can't be removed, the error of the next attempt names.
        let _ = clear(&**to);
    }
    let (Output { begins, salvaged, lost, salvage, .. }, result) = repaired?;
    let unreadable = salvage.unreadable;
    Ok(Repaired { damage, problem, result, begins, salvaged, lost, unreadable })
}

/// A damaged store, or what was made of it.
struct Source<'a> {
    medium: &'a dyn Medium,
    keyring: &'a Keyring,
    names: &'a [String],
    go_on: GoOn<'a>,
}

/// What is written of it.
struct Output {
    /// The new log; `None` until it is known with which version it begins.
    log: Option<SegmentLog>,
    to: Arc<dyn Medium>,
    settings: Settings,
    salvage: Salvage,
    /// Commits that are still to be written.
    batch: Vec<Vec<u8>>,
    batch_bytes: usize,
    /// The version behind those, and its time.
    version: u64,
    time_micros: u64,
    begins: u64,
    salvaged: u64,
    lost: Vec<Missing>,
}

impl Source<'_> {
    fn verify(&self, keeps_log: bool) -> Result<Findings> {
        let Self { medium, keyring, names, go_on } = *self;
        let names = names.to_vec();
        let verification =
            Verification { medium, keyring, names, until: None, keeps_log, witness: None, go_on };
        verification.run()
    }

    /// Writes the log of the new store.
    fn write(
        &self,
        damage: &Findings,
        to: &Arc<dyn Medium>,
        keyring: &Arc<Keyring>,
        options: &Options,
    ) -> Result<Output> {
        let settings = Settings {
            keyring: keyring.clone(),
            segment_bytes: options.segment_bytes,
            compression: options.compression,
        };
        let mut output = Output::new(to.clone(), settings);
        let segments = numbers(self.names, segment::number_of);
        let mut walk = Walk::new(self.medium, self.keyring, None);
        let mut from = 0;
        if damage.log_is_whole {
            walk.begin(Tail::of(&segment::Header::first(self.keyring.store())));
            output.begin(0, &[])?;
        } else if let Some((number, _)) = damage.checkpoint {
            let found = checkpoint::read(self.medium, self.keyring, number)?;
            let place = found.place;
            let blocks = &found.blocks;
            let commits: Vec<&[u8]> = (blocks.commits.iter())
                .map(|range| blocks.bytes.get(range.clone()).unwrap_or_default())
                .collect();
            output.begin(place.version, &commits)?;
            walk.begin(place);
            from = number;
        } else if segments.first() == Some(&1) {
            walk.begin(Tail::of(&segment::Header::first(self.keyring.store())));
            output.begin(0, &[])?;
        }
        let last = segments.last().copied();
        let steps = Steps::begin(Part::Copying, damage.bytes, self.go_on)?;
        for number in segments.into_iter().filter(|number| *number >= from) {
            let is_last = last == Some(number);
            let bytes_before = walk.bytes();
            walk.segment(number, is_last, &mut |found| output.take(&found))?;
            steps.advance(walk.bytes() - bytes_before)?;
        }
        steps.end()?;
        walk.finish(&mut |found| output.take(&found))?;
        output.finish()
    }
}

impl Output {
    fn new(to: Arc<dyn Medium>, settings: Settings) -> Self {
        Self {
            log: None,
            to,
            settings,
            salvage: Salvage::default(),
            batch: Vec::new(),
            batch_bytes: 0,
            version: 0,
            time_micros: 0,
            begins: 0,
            salvaged: 0,
            lost: Vec::new(),
        }
    }

    /// Begins the new log behind a version, with the blocks of its checkpoint.
    fn begin(&mut self, version: u64, blocks: &[&[u8]]) -> Result<()> {
        let beginning = Tail::of(&segment::Header::first(self.settings.keyring.store()));
        (self.version, self.begins) = (version, version);
        let place = if version == 0 {
            beginning
        } else {
            let place = Tail { next_segment: 2, version, ..beginning };
            let mut writer = Writer::create(&*self.to, &self.settings, &place)?;
            for block in blocks {
                let taken = self.salvage.take_in(version, block, None);
                self.time_micros = self.time_micros.max(taken.time_micros);
                writer.block(&taken.bytes)?;
            }
            if blocks.is_empty() {
                writer.block(&salvage::nothing(0, None))?;
                self.lost.push(Missing { first: 1, last: Some(version) });
                self.salvage.lose();
            }
            writer.finish(UNOBSERVED)?;
            place
        };
        let (to, settings) = (self.to.clone(), self.settings.clone());
        self.log = Some(SegmentLog::new(to, settings, place, Arc::default()));
        Ok(())
    }

    /// Takes what the walk through the damaged log has found.
    fn take(&mut self, found: &Found<'_>) -> Result<()> {
        match found {
            Found::Frame(frame) => {
                if self.log.is_none() {
                    self.begin(frame.base, &[])?;
                }
                for (version, bytes) in frame.commits() {
                    let marked = Some((META, INCOMPLETE));
                    let taken = self.salvage.take_in(version, bytes, marked);
                    self.time_micros = self.time_micros.max(taken.time_micros);
                    self.salvaged += u64::from(taken.is_whole);
                    self.push(taken.bytes)?;
                }
                Ok(())
            }
            Found::Lost(missing) => {
                self.lost.push(*missing);
                self.salvage.lose();
                let Some(last) = missing.last else { return Ok(()) };
                if self.log.is_none() {
                    return Ok(());
                }
                while self.version < last {
                    self.push(salvage::nothing(self.time_micros, Some((META, LOST))))?;
                }
                Ok(())
            }
            // The verification has them.
            Found::Wrong(_) | Found::Torn { .. } => Ok(()),
        }
    }

    fn push(&mut self, commit: Vec<u8>) -> Result<()> {
        self.batch_bytes += commit.len();
        self.batch.push(commit);
        self.version += 1;
        if self.batch_bytes >= BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let Some(log) = &mut self.log else { return Ok(()) };
        log.append(self.version - self.batch.len() as u64, &self.batch)?;
        self.batch.clear();
        self.batch_bytes = 0;
        Ok(())
    }

    fn finish(mut self) -> Result<Self> {
        self.flush()?;
        if let Some(mut log) = self.log.take() {
            log.close()?;
        }
        Ok(self)
    }
}
