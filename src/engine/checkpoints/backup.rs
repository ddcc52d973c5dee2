//! Making a backup of a store that goes on.
//!
//! The log is cut, as for a checkpoint: everything before the cut is in files that nobody writes to any
//! more. They are copied while the lock of the checkpoints is held, so that no file goes meanwhile: reads and
//! commits go on, the next checkpoint waits, and closing ends the backup.
//!
//! A backup that the directory has already is *continued* where the log of the store still is
//! the one behind it: then only the segments since are copied. If checkpoints have removed some of those, all is
//! copied that the store has now, and what the earlier backup had goes when the new one is whole. Its names
//! do not meet those of the earlier one, whose segments are all older.
//!
//! A backup that is made by a schedule has a directory of its own, and may *share* files with the one before
//! it: where the log of the store still is the one behind that, a file of the same name is the same file, and gets
//! a second name instead of being copied. It is read back like the others; if it is not what was listed, it is
//! copied.
//!
//! What was copied is read back: each file by its hash, the checkpoint by its frames, and the log by
//! its chain, which must end where the store's log was cut.

use crate::codec::hexadecimal;
use crate::engine::checkpoints::{Checkpoints, Task};
use crate::engine::pipeline::Cut;
use crate::engine::recovery::LOCK_FILE;
use crate::error::{Error, Result};
use crate::log::backup::{self, Copying, Counted, Listed, Listing};
use crate::log::checkpoint;
use crate::log::files::LogFiles;
use crate::log::frame::Chain;
use crate::log::segment::{self, BadHeader, FileKind, HEADER_BYTES};
use crate::log::segments::Tail;
use crate::media::{LockMode, Medium, Shelf};
use crate::steps::{GoOn, Part, Steps};
use crate::table::expiry::Moment;
use crate::version::Root;
use crate::when::rfc_3339;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A backup that was made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) listing: Listing,
    /// The files that were not there before.
    pub(crate) copied: Vec<Listed>,
    /// The files that it shares with another backup.
    pub(crate) linked: Vec<Listed>,
}

/// What a backup is made with.
#[derive(Clone, Copy)]
pub(crate) struct Means<'a> {
    pub(crate) now_micros: u64,
    /// Gives the bytes of the store's manifest.
    pub(crate) manifest: &'a dyn Fn() -> Result<Vec<u8>>,
    pub(crate) observer: GoOn<'a>,
}

/// Another backup of the store on the same shelf, whose files may be shared.
#[derive(Clone, Copy)]
pub(crate) struct Sharing<'a> {
    pub(crate) root: &'a dyn Shelf,
    /// Its directory.
    pub(crate) name: &'a str,
    pub(crate) listing: &'a Listing,
}

/// Where a backup is made.
struct Target<'a> {
    to: &'a Arc<dyn Medium>,
    /// Its name on the shelf.
    name: &'a str,
    /// The backup that is there already.
    earlier: Option<Listing>,
    sharing: Option<Sharing<'a>>,
}

/// From where on the log is copied.
struct Start {
    checkpoint: Option<u64>,
    first_segment: u64,
    /// The oldest version that can be made of what is copied.
    oldest_version: u64,
}

impl Checkpoints {
    /// Makes a backup in a directory, or continues the one that is there.
    pub(crate) fn backup(&self, to: &Arc<dyn Medium>, means: Means<'_>) -> Result<Made> {
        let _lock = lock(&**to)?;
        let earlier = self.earlier(&**to)?;
        // From here on no file goes.
        let _last = self.hold_for(Task::Backup);
        let cut = self.pipeline.cut()?.ok_or(Error::NoLog)?;
        self.make(&Target { to, name: "", earlier, sharing: None }, &cut, means)
    }

    /// Makes a backup in a directory of its own on a shelf. Its name is made of the version's number.
    /// Returns it too.
    pub(crate) fn backup_on_shelf(
        &self,
        root: &dyn Shelf,
        name_of: &dyn Fn(u64) -> String,
        sharing: Option<Sharing<'_>>,
        means: Means<'_>,
    ) -> Result<(String, Made)> {
        let _last = self.hold_for(Task::Backup);
        let cut = self.pipeline.cut()?.ok_or(Error::NoLog)?;
        let name = name_of(cut.version.number);
        let to = &root.medium(&name);
        let _lock = lock(&**to)?;
        let earlier = self.earlier(&**to)?;
        let sharing = sharing.filter(|sharing| {
            matches!(self.is_continued(&**to, sharing.listing, &cut.place), Ok(true))
        });
        let made = self.make(&Target { to, name: &name, earlier, sharing }, &cut, means)?;
        Ok((name, made))
    }

    /// The listing of the backup that is in a directory, which must be one of this store.
    fn earlier(&self, to: &dyn Medium) -> Result<Option<Listing>> {
        let earlier = Listing::read(to)?;
        if earlier.as_ref().is_some_and(|earlier| earlier.store != self.store()) {
            return Err(other(to, "it is one of another store"));
        }
        Ok(earlier)
    }

    /// The store's identity, as listings have it.
    pub(crate) fn store(&self) -> String {
        hexadecimal(&self.settings.keyring.store())
    }

    /// Makes a backup of a cut. Both locks are held, that of the directory and that of the checkpoints.
    fn make(&self, target: &Target<'_>, cut: &Cut, means: Means<'_>) -> Result<Made> {
        let Target { to, ref earlier, .. } = *target;
        let Cut { version, place } = cut;
        let continued = match earlier {
            Some(earlier) => self.is_continued(&**to, earlier, place)?,
            None => false,
        };
        let manifest = (means.manifest)()?;
        let mut listing =
            Listing::of(&self.settings.keyring.store(), backup::listed_manifest(&manifest));
        let kept = earlier.as_ref().filter(|_| continued);
        let start = match kept {
            Some(earlier) => {
                listing.files.clone_from(&earlier.files);
                listing.continues = Some(earlier.version);
                let first_segment = earlier.next_segment;
                let oldest_version = earlier.oldest_version;
                Start { checkpoint: None, first_segment, oldest_version }
            }
            None => self.start(place)?,
        };
        remove_unlisted(&**to, earlier.as_ref())?;
        if earlier.is_none() {
            backup::begin(&**to)?;
        }
        let go_on = self.while_open(means.observer);
        let (copied, linked) = self.copy(target, &start, place, &go_on)?;
        listing.files.extend(copied.iter().chain(&linked).cloned());
        listing.files.sort_by(|one, other| one.name.cmp(&other.name));
        write_manifest(&**to, &listing.manifest, &manifest)?;
        describe(&mut listing, version, place, &start, means.now_micros);
        let made = Made { listing, copied, linked };
        self.verify(to, kept, &made, &go_on)?;
        made.listing.write(&**to)?;
        remove_unlisted(&**to, Some(&made.listing))?;
        Ok(made)
    }

    /// Whether the log goes on behind an earlier backup, so that only what is new is needed.
    fn is_continued(&self, to: &dyn Medium, earlier: &Listing, place: &Tail) -> Result<bool> {
        let number = earlier.next_segment;
        let chain = match number.cmp(&place.next_segment) {
            std::cmp::Ordering::Greater => {
                let found =
                    "it is of a later version than the store has, or of another history of it";
                return Err(other(to, found));
            }
            std::cmp::Ordering::Equal => Some(place.chain),
            std::cmp::Ordering::Less => self.chain_before(number)?,
        };
        match chain {
            Some(chain) if hexadecimal(&chain) == earlier.chain => Ok(true),
            Some(_) => Err(other(to, "it is of another history of this store")),
            None => Ok(false),
        }
    }

    /// The chain value before a segment; `None` where that is gone.
    fn chain_before(&self, number: u64) -> Result<Option<Chain>> {
        let name = segment::file_name(number);
        let bytes = match self.files.all.read_part(&name, 0, HEADER_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(self.files.all.path(&name), "read", error)),
        };
        match segment::Header::parse(&bytes, FileKind::Segment) {
            Ok(header) => Ok(Some(header.chain)),
            Err(BadHeader::Version(found)) => {
                Err(Error::UnsupportedFormat { found, supported: segment::FORMAT_VERSION })
            }
            Err(BadHeader::Damaged) => Err(Error::Corrupt {
                file: self.files.all.path(&name),
                offset: 0,
                expected: "the header of a segment".to_owned(),
                found: "other bytes".to_owned(),
            }),
        }
    }

    /// Where a backup begins that can't build on an earlier one: with the newest checkpoint that is
    /// intact, or with the first segment. Of a ledger it has all segments too.
    fn start(&self, place: &Tail) -> Result<Start> {
        let medium = &*self.files.all;
        let names = medium.list().map_err(|error| Error::io(medium.path(""), "list", error))?;
        let has_beginning = place.next_segment == 1 || names.contains(&segment::file_name(1));
        // That of a ledger may be in an archive that was not given.
        let ledger = self.policy.ledger.filter(|first| names.contains(&segment::file_name(*first)));
        let mut damage = None;
        let numbers = names.iter().rev().filter_map(|name| checkpoint::number_of(name));
        for number in numbers.filter(|number| *number <= place.next_segment) {
            match checkpoint::read(medium, &self.settings.keyring, number) {
                Ok(found) => {
                    let (checkpoint, version) = (Some(number), found.place.version);
                    let first_segment = ledger.unwrap_or(number);
                    let oldest_version = if first_segment == 1 { 0 } else { version };
                    return Ok(Start { checkpoint, first_segment, oldest_version });
                }
                Err(error @ Error::Corrupt { .. }) => damage = damage.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        match damage {
            Some(damage) if !has_beginning => Err(damage),
            _ => Ok(Start { checkpoint: None, first_segment: 1, oldest_version: 0 }),
        }
    }

    /// Copies the files of the store up to the cut, or shares them. Returns both kinds.
    fn copy(
        &self,
        target: &Target<'_>,
        start: &Start,
        place: &Tail,
        go_on: GoOn<'_>,
    ) -> Result<(Vec<Listed>, Vec<Listed>)> {
        let (from, to) = (&*self.files.all, &**target.to);
        let checkpoint = start.checkpoint.into_iter().map(checkpoint::file_name);
        let segments = (start.first_segment..place.next_segment).map(segment::file_name);
        let (mut missing, mut linked) = (Vec::new(), Vec::new());
        for name in checkpoint.chain(segments) {
            match target.link(&name) {
                Some(file) => linked.push(file),
                None => missing.push(name),
            }
        }
        let steps = Steps::begin(Part::Copying, from.size_of_all(&missing), go_on)?;
        let copying = Copying { from, to, steps: &steps };
        let copied = missing.iter().map(|name| copying.copy(name, u64::MAX));
        let mut copied = copied.collect::<Result<Vec<_>>>()?;
        let sync = || to.sync_directory().map_err(|error| Error::io(to.path(""), "sync", error));
        sync()?;
        let steps = Steps::begin(Part::Reading, bytes(copied.iter().chain(&linked)), go_on)?;
        let copying = Copying { from, to, steps: &steps };
        copied.iter().try_for_each(|file| copying.check(file))?;
        let mut shared = Vec::new();
        for file in linked {
            match copying.check(&file) {
                Ok(()) => shared.push(file),
                // It was damaged since. The store has it still.
                Err(Error::Corrupt { .. }) => {
                    let again = copying.copy(&file.name, u64::MAX)?;
                    sync()?;
                    copying.check(&again)?;
                    copied.push(again);
                }
                Err(error) => return Err(error),
            }
        }
        Ok((copied, shared))
    }

    /// Walks what was copied, and checks that it comes to the version and the chain value of the cut.
    fn verify(
        &self,
        to: &Arc<dyn Medium>,
        kept: Option<&Listing>,
        made: &Made,
        go_on: GoOn<'_>,
    ) -> Result<()> {
        let Made { listing, copied, linked } = made;
        let steps = Steps::begin(Part::Reading, bytes(copied.iter().chain(linked)), go_on)?;
        let keyring = self.settings.keyring.clone();
        let genesis = || (0, hexadecimal(&segment::Header::first(keyring.store()).chain));
        let mut end = kept.map_or_else(genesis, |earlier| (earlier.version, earlier.chain.clone()));
        let mut from = kept.map_or(listing.oldest_version, |earlier| earlier.version);
        if let Some(number) = listing.checkpoint().filter(|_| kept.is_none()) {
            let place = checkpoint::read_in_steps(&**to, &keyring, number, &steps)?.place;
            end = (place.version, hexadecimal(&place.chain));
            let before = |file: &Listed| segment::number_of(&file.name).is_some_and(|n| n < number);
            if listing.files.iter().any(before) {
                // The log of a ledger, from its first segment on.
                from = 0;
            }
        }
        // Without new segments there may be those of an earlier backup, which were checked then.
        let mut new = copied.iter().chain(linked);
        let has_segments = new.any(|file| segment::number_of(&file.name).is_some());
        let files = LogFiles::of(to.clone(), keyring);
        if has_segments && let Some(mut reader) = files.read(from, listing.version)? {
            while let Some(frame) = reader.next_frame()? {
                steps.advance(frame.bytes)?;
            }
            end = (reader.version(), hexadecimal(&reader.chain()));
        }
        if (end.0, &end.1) == (listing.version, &listing.chain) {
            return steps.end();
        }
        Err(Error::Corrupt {
            file: to.path(""),
            offset: 0,
            expected: format!("a backup of version {}", listing.version),
            found: format!("files that come to version {}, or to another history", end.0),
        })
    }
}

impl Target<'_> {
    /// Gives a file of the backup beside this one a second name here; `None` where it has none of the name, or
    /// the file system can't do that.
    fn link(&self, name: &str) -> Option<Listed> {
        let Sharing { root, name: directory, listing } = self.sharing?;
        let listed = listing.files.iter().find(|file| file.name == name)?;
        root.link(name, directory, self.name).ok()?;
        Some(listed.clone())
    }
}

/// Takes the lock of a backup's directory, which is created where it is not there. It must be that
/// of a backup, or empty.
fn lock(to: &dyn Medium) -> Result<Box<dyn std::any::Any + Send + Sync>> {
    let root = to.path("");
    to.create_directory().map_err(|error| Error::io(&root, "create", error))?;
    // Before the lock, which leaves a file.
    let names = to.list().map_err(|error| Error::io(&root, "list", error))?;
    let foreign = names.iter().find(|name| *name != LOCK_FILE);
    if let Some(name) = foreign
        && !names.iter().any(|name| backup::is_listing(name))
    {
        return Err(Error::NotABackup { path: root, found: format!("it has `{name}`") });
    }
    to.lock(LOCK_FILE, LockMode::Exclusive)
        .map_err(|error| Error::io(to.path(LOCK_FILE), "lock", error))?
        .ok_or(Error::Locked { path: root })
}

/// Removes the files of a backup that do not belong to it: what was not finished, or is replaced.
fn remove_unlisted(to: &dyn Medium, listing: Option<&Listing>) -> Result<()> {
    let remove = || {
        let is_superfluous = |name: &&String| {
            backup::is_listed_name(name) && listing.is_none_or(|listing| !listing.has(name))
        };
        let names = to.list()?;
        names.iter().filter(is_superfluous).try_for_each(|name| to.remove(name))?;
        to.sync_directory()
    };
    remove().map_err(|error| Error::io(to.path(""), "remove old files from", error))
}

/// Writes the copy of the manifest, unless it is there.
fn write_manifest(to: &dyn Medium, listed: &Listed, bytes: &[u8]) -> Result<()> {
    let name = &listed.name;
    let write = || {
        if to.list()?.contains(name) && to.read(name)? == bytes {
            return Ok(());
        }
        // A damaged one of an earlier backup is of no use to that either.
        if to.list()?.contains(name) {
            to.remove(name)?;
        }
        let mut file = to.create(name)?;
        file.write_at(0, bytes)?;
        file.sync()?;
        to.sync_directory()
    };
    write().map_err(|error| Error::io(to.path(name), "write", error))
}

/// Fills in what the listing says of the version.
fn describe(listing: &mut Listing, version: &Root, place: &Tail, start: &Start, now_micros: u64) {
    let at = |micros| rfc_3339(SystemTime::UNIX_EPOCH + Duration::from_micros(micros));
    (listing.version, listing.time_micros) = (place.version, version.time_micros);
    (listing.time, listing.made) = (at(version.time_micros), at(now_micros));
    listing.made_micros = now_micros;
    listing.oldest_version = start.oldest_version;
    (listing.next_segment, listing.chain) = (place.next_segment, hexadecimal(&place.chain));
    let counted = version.slots().map(|slot| Counted {
        name: slot.identity().name.clone(),
        records: slot.len(Moment::default()) as u64,
    });
    listing.collections = counted.collect();
}

/// The size of files.
fn bytes<'a>(files: impl Iterator<Item = &'a Listed>) -> u64 {
    files.map(|file| file.bytes).sum()
}

fn other(to: &dyn Medium, found: &str) -> Error {
    Error::OtherBackup { path: to.path(""), found: found.to_owned() }
}
