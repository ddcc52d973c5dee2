//! From a backup to a store: the newest version, or one on the way there.
//!
//! Nothing is restored to where something is. The files are copied, each is held against its hash in
//! the listing, and the whole is read as an opening reads it. The manifest is written last: a directory in
//! which a restore was cut short has none, and is not taken for a store.
//!
//! # A version on the way
//!
//! The files before the one that has the commit behind the version are copied whole. Of that one the frames up
//! to there are, as a crash behind them would have left it; a frame that goes on behind the version is written anew,
//! with the commits up to there, in a segment of its own. So versions keep their numbers, and the chain is
//! the store's own up to the last whole frame.

use crate::codec::hexadecimal;
use crate::engine::recovery::{self, Extent, LOCK_FILE};
use crate::engine::retained::Sought;
use crate::envelope::keyring::Keyring;
use crate::error::{Error, Result};
use crate::log::Log;
use crate::log::backup::{self, Copying, Listed, Listing, differs};
use crate::log::checkpoint;
use crate::log::commit;
use crate::log::files::LogFiles;
use crate::log::frame::Chain;
use crate::log::manifest;
use crate::log::scan::{Scanned, scan};
use crate::log::segment;
use crate::log::segments::{SegmentLog, Settings, Tail};
use crate::media::{LockMode, Medium};
use crate::options::Options;
use crate::steps::{GoOn, Part, Steps};
use crate::when::Version;
use std::sync::Arc;

/// Where a version ends in the files of a backup.
struct End {
    version: u64,
    /// The checkpoint that it builds on.
    checkpoint: Option<u64>,
    /// The last segment that is needed, and how much of it.
    last: Option<(u64, u64)>,
    /// Where the log stands behind that.
    tail: Tail,
    /// The commits behind that, which are a part of a frame.
    rest: Vec<Vec<u8>>,
    /// The segment of that frame.
    divided: Option<u64>,
}

/// Restores a backup into a directory in which nothing is. Returns the version that the store has there.
pub(crate) fn restore(
    from: &Arc<dyn Medium>,
    to: &Arc<dyn Medium>,
    sought: Option<Sought>,
    options: &Options,
    go_on: GoOn<'_>,
) -> Result<u64> {
    let listing = Listing::read(&**from)?.ok_or_else(|| Error::NotABackup {
        path: from.path(""),
        found: format!("it has no `{}`", backup::FILE),
    })?;
    let mut manifest = backup::read_manifest(&**from, &listing)?;
    let (keyring, wrapping) = recovery::unlock(&manifest, &options.encryption)?;
    let keyring = Arc::new(keyring);
    let backup = Backup { from, listing: &listing, keyring: &keyring };
    let end = match sought {
        Some(sought) => {
            let steps = Steps::begin(Part::Reading, bytes(&listing), go_on)?;
            let end = backup.end(sought, &steps)?;
            steps.end()?;
            Some(end)
        }
        None => None,
    };
    if let Some(segment) = end.as_ref().and_then(|end| end.divided)
        && keyring.is_encrypted(segment)
    {
        // What is written anew was encrypted, and the period behind it may be one in which nothing is.
        keyring.forget_behind(segment);
        manifest.keys = wrapping.map(|wrapping| keyring.wrap(&wrapping)).transpose()?;
    }
    let _lock = lock_new(&**to)?;
    let restored = backup.copy(to, end.as_ref(), options, go_on).and_then(|bytes| {
        let expected = end.as_ref().map_or(listing.version, |end| end.version);
        let steps = Steps::begin(Part::Reading, bytes, go_on)?;
        check(&**to, &keyring, expected, end.is_none().then_some(&*listing.chain))?;
        steps.end()?;
        manifest::write(&**to, &manifest)?;
        Ok(expected)
    });
    if restored.is_err() {
        // So that it can be tried again. What can't be removed, the error of the next attempt names.
        let _ = clear(&**to);
    }
    restored
}

/// A backup that is being restored.
struct Backup<'a> {
    from: &'a Arc<dyn Medium>,
    listing: &'a Listing,
    keyring: &'a Arc<Keyring>,
}

impl Backup<'_> {
    /// Finds where a version ends. Reads the log up to there.
    fn end(&self, sought: Sought, steps: &Steps<'_>) -> Result<End> {
        let Listing { version: newest, .. } = *self.listing;
        if let Sought::Number(number) = sought
            && number > newest
        {
            let (version, newest) = (Version::new(number), Version::new(newest));
            return Err(Error::NotYet { version, newest });
        }
        let oldest = Version::new(self.listing.oldest_version);
        let mut start = (0, 0);
        let mut tail = Tail::of(&segment::Header::first(self.keyring.store()));
        let mut checkpoint = None;
        if let Some(number) = self.listing.checkpoint() {
            let found = checkpoint::read_in_steps(&**self.from, self.keyring, number, steps)?;
            let (version, time) = (found.place.version, found.time_micros());
            if sought.reaches(version, time) {
                (start, checkpoint, tail) = ((version, time), Some(number), found.place);
            } else if oldest.number() > 0 {
                return Err(Error::OutOfHistory { oldest });
            }
        }
        let (version, mut newest_micros) = start;
        let mut end =
            End { version, checkpoint, last: None, tail, rest: Vec::new(), divided: None };
        if !self.listing.has_segments() {
            return Ok(end);
        }
        let files = LogFiles::of(self.from.clone(), self.keyring.clone());
        let Some(mut reader) = files.read(version, newest)? else { return Ok(end) };
        if reader.version() < version {
            // The log of a ledger, up to the checkpoint and no further.
            return Ok(end);
        }
        while reader.version() < newest
            && let Some(frame) = reader.next_frame()?
        {
            steps.advance(frame.bytes)?;
            let mut taken = 0;
            for place in 0..frame.commits.len() {
                let Some((number, bytes)) = frame.commit(place, newest) else { break };
                let time = commit::time_micros(bytes)
                    .map_err(|error| frame.bad_commit(number, &error.to_string()))?;
                newest_micros = time.max(newest_micros);
                if !sought.reaches(number, newest_micros) {
                    break;
                }
                taken += 1;
                end.version = end.version.max(number);
            }
            if taken == frame.commits.len() {
                let (segment, bytes, tail) = reader.behind();
                (end.last, end.tail) = (Some((segment, bytes)), tail);
                continue;
            }
            end.divided = Some(reader.behind().0).filter(|_| taken > 0);
            end.rest = (0..taken)
                .filter_map(|place| frame.commit(place, newest))
                .map(|(_, bytes)| bytes.to_vec())
                .collect();
            break;
        }
        Ok(end)
    }

    /// Copies what is needed for a version; all where none is given. Returns how many bytes that is.
    fn copy(
        &self,
        to: &Arc<dyn Medium>,
        end: Option<&End>,
        options: &Options,
        go_on: GoOn<'_>,
    ) -> Result<u64> {
        let limit = |file: &Listed| end.map_or(Some(u64::MAX), |end| end.limit(&file.name));
        let needed = |file: &Listed| limit(file).map_or(0, |limit| limit.min(file.bytes));
        let bytes = self.listing.files.iter().map(needed).sum();
        let steps = Steps::begin(Part::Copying, bytes, go_on)?;
        let copying = Copying { from: &**self.from, to: &**to, steps: &steps };
        for file in &self.listing.files {
            let Some(limit) = limit(file) else { continue };
            let copied = copying.copy(&file.name, limit)?;
            if limit == u64::MAX || copied.bytes == file.bytes {
                self.check_hash(file, &copied)?;
            }
        }
        to.sync_directory().map_err(|error| Error::io(to.path(""), "sync", error))?;
        let Some(End { rest, tail, .. }) = end.filter(|end| !end.rest.is_empty()) else {
            return Ok(bytes);
        };
        let settings = Settings {
            keyring: self.keyring.clone(),
            segment_bytes: options.segment_bytes,
            compression: options.compression,
        };
        let base = tail.version;
        let mut log = SegmentLog::new(to.clone(), settings, tail.clone(), Arc::default());
        log.append(base, rest)?;
        log.close()?;
        Ok(bytes)
    }

    /// Compares the hash of a file with the listing. Where it is another, the damage is looked for.
    fn check_hash(&self, listed: &Listed, found: &Listed) -> Result<()> {
        let Err(differs) = differs(&**self.from, listed, found) else { return Ok(()) };
        let files = LogFiles::of(self.from.clone(), self.keyring.clone());
        let look = || -> Result<()> {
            let mut from = 0;
            if let Some(number) = self.listing.checkpoint() {
                let found = checkpoint::read(&**self.from, self.keyring, number)?;
                from = self.listing.oldest_version.min(found.place.version);
            }
            let Some(mut reader) = files.read(from, self.listing.version)? else { return Ok(()) };
            while reader.next_frame()?.is_some() {}
            Ok(())
        };
        match look() {
            Err(error @ Error::Corrupt { .. }) => Err(error),
            _ => Err(differs),
        }
    }
}

impl End {
    /// How much of a file is needed; `None` where it is not.
    fn limit(&self, name: &str) -> Option<u64> {
        if let Some(number) = checkpoint::number_of(name) {
            return (self.checkpoint == Some(number)).then_some(u64::MAX);
        }
        let number = segment::number_of(name)?;
        // Those before the checkpoint are part of a ledger.
        let before =
            self.checkpoint.map_or((0, 0), |checkpoint| (checkpoint.saturating_sub(1), u64::MAX));
        let (last, bytes) = self.last.unwrap_or(before);
        match number.cmp(&last) {
            std::cmp::Ordering::Less => Some(u64::MAX),
            std::cmp::Ordering::Equal => Some(bytes),
            std::cmp::Ordering::Greater => None,
        }
    }
}

/// The size of the files of a backup.
fn bytes(listing: &Listing) -> u64 {
    listing.files.iter().map(|file| file.bytes).sum()
}

/// Reads what was restored as an opening does, and checks that it is what it should be.
fn check(to: &dyn Medium, keyring: &Keyring, version: u64, chain: Option<&str>) -> Result<()> {
    let Scanned { tail, checkpoint, segments, .. } = scan(to, keyring)?;
    let checkpoint = checkpoint.map(|(_, blocks)| blocks);
    let root = recovery::replay(keyring.store(), checkpoint, segments, &mut Extent::default())?;
    let found: Chain = tail.chain;
    if root.number == version && chain.is_none_or(|chain| hexadecimal(&found) == chain) {
        return Ok(());
    }
    Err(Error::Corrupt {
        file: to.path(""),
        offset: 0,
        expected: format!("what was restored to have version {version}"),
        found: format!("version {}, or another history", root.number),
    })
}

/// Takes the lock of a directory in which nothing is.
pub(super) fn lock_new(to: &dyn Medium) -> Result<Box<dyn std::any::Any + Send + Sync>> {
    let root = to.path("");
    to.create_directory().map_err(|error| Error::io(&root, "create", error))?;
    check_empty(to)?;
    let lock = to
        .lock(LOCK_FILE, LockMode::Exclusive)
        .map_err(|error| Error::io(to.path(LOCK_FILE), "lock", error))?
        .ok_or_else(|| Error::Locked { path: root })?;
    // Somebody else may have made a store there meanwhile.
    check_empty(to)?;
    Ok(lock)
}

fn check_empty(to: &dyn Medium) -> Result<()> {
    let names = to.list().map_err(|error| Error::io(to.path(""), "list", error))?;
    match names.into_iter().find(|name| name != LOCK_FILE) {
        Some(found) => Err(Error::TargetExists { path: to.path(""), found }),
        None => Ok(()),
    }
}

/// Removes what was copied.
pub(super) fn clear(to: &dyn Medium) -> std::io::Result<()> {
    let names = to.list()?;
    let files = names.iter().filter(|name| *name != LOCK_FILE);
    files.for_each(|name| drop(to.remove(name)));
    to.sync_directory()
}
