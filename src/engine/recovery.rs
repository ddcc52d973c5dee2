//! From a store's files to its newest version and a log that can go on.

use crate::envelope::keyring::Keyring;
use crate::envelope::random;
use crate::envelope::wrapping::Wrapping;
use crate::error::{Error, Result};
use crate::log::archive::WithArchive;
use crate::log::backup;
use crate::log::checkpoint;
use crate::log::commit::{Commit, Create, TableChanges, TableHead, place_in};
use crate::log::frame::{self, StoreId};
use crate::log::manifest::{self, Manifest};
use crate::log::opened::ScannedSegment;
use crate::log::scan::{Repair, Scanned, scan};
use crate::log::segment;
use crate::log::segments::Tail;
use crate::media::Medium;
use crate::options::Encryption;
use crate::options::Options;
use crate::schema::descriptor::Descriptor;
use crate::version::encoded::{Encoded, Operation};
use crate::version::schemas::Schemas;
use crate::version::slot::{Identity, Slot};
use crate::version::{CollectionId, Root};
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// The file whose lock is the store's.
pub(crate) const LOCK_FILE: &str = "LOCK";

/// What the name of a segment's copy ends in, until the copy takes the segment's place.
const COPY_SUFFIX: &str = ".new";

/// What was found on disk.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) keyring: Keyring,
    /// The first segment of a log that is kept for ever.
    pub(crate) ledger: Option<u64>,
    pub(crate) version: Root,
    pub(crate) tail: Tail,
    pub(crate) extent: Extent,
}

/// How much was recovered from what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// The number of the checkpoint; 0 where there is none.
    pub(crate) checkpoint_segment: u64,
    /// Its size.
    pub(crate) checkpoint_bytes: u64,
    /// The size of the records in it, before any compression.
    pub(crate) live_bytes: u64,
    /// The records in it.
    pub(crate) checkpoint_records: u64,
    /// The size of the log behind it.
    pub(crate) log_bytes: u64,
    /// The version that the checkpoint has.
    pub(crate) checkpoint_version: Option<u64>,
    /// How many newer checkpoints were damaged.
    pub(crate) damaged_checkpoints: u64,
    /// The size of what was cut from the end of the log.
    pub(crate) torn_bytes: u64,
}

/// Recovers a store, or creates one where there is none. The caller holds the store's lock.
/// Changes nothing on disk when it is opened to be read only.
pub(crate) fn recover(
    medium: &Arc<dyn Medium>,
    options: &Options,
    encryption: &Encryption,
) -> Result<Recovered> {
    let (directory, medium) = (medium, &**medium);
    let (manifest, mut keyring, wrapping) = match manifest::read(medium)? {
        Some(manifest) => {
            let (keyring, wrapping) = unlock(&manifest, encryption)?;
            (manifest, keyring, wrapping)
        }
        None if options.read_only => {
            check_directory(medium)?;
            let missing = io::ErrorKind::NotFound.into();
            return Err(Error::io(medium.path(manifest::FILE), "open", missing));
        }
        None => create(medium, options, encryption)?,
    };
    let Scanned {
        tail,
        oldest,
        first,
        checkpoint,
        segments,
        repair,
        damaged_checkpoints,
        torn_bytes,
    } = scan_all(directory, &keyring, options, manifest.ledger)?;
    let ledger = match (options.ledger, manifest.ledger) {
        (Some(false), _) => None,
        // What is gone already is not missed.
        (Some(true), None) => Some(first),
        (_, marked) => marked,
    };
    if !options.read_only {
        make_good(medium, &segments, &repair)?;
        // Of a ledger there may be more in an archive.
        let oldest = ledger.map_or(oldest, |first| first.min(oldest));
        let (settled, same) = keyring.settle(encryption.is_on(), oldest, tail.next_segment)?;
        keyring = settled;
        if !same || ledger != manifest.ledger {
            let wrapping = match (wrapping, encryption.key()) {
                (None, Some(key)) => Some(Wrapping::new(key)?),
                (wrapping, _) => wrapping,
            };
            write_manifest(medium, &keyring, wrapping.as_ref(), ledger)?;
        }
    }
    let log_bytes = segments.iter().map(|part| part.stored_bytes).sum();
    let checkpoint_segment = checkpoint.as_ref().map_or(0, |(number, _)| *number);
    let mut extent = Extent {
        checkpoint_segment,
        log_bytes,
        checkpoint_version: checkpoint.as_ref().map(|(_, blocks)| blocks.base),
        damaged_checkpoints,
        torn_bytes,
        ..Extent::default()
    };
    let checkpoint = checkpoint.map(|(_, blocks)| blocks);
    let version = replay(keyring.store(), checkpoint, segments, &mut extent)?;
    Ok(Recovered { keyring, ledger, version, tail, extent })
}

/// Reads what is in the store's directory; where too much of that is damaged, also what is in the archive of a
/// ledger.
fn scan_all(
    medium: &Arc<dyn Medium>,
    keyring: &Keyring,
    options: &Options,
    ledger: Option<u64>,
) -> Result<Scanned> {
    let scanned = scan(&**medium, keyring);
    let (Err(Error::Corrupt { .. }), Some(archive), Some(first), false) =
        (&scanned, &options.archive, ledger, options.ledger == Some(false))
    else {
        return scanned;
    };
    let both = WithArchive::new(medium.clone(), archive.clone(), first);
    // If that does not do either, the damage is that in the directory.
    let Ok(mut found) = scan(&both, keyring) else { return scanned };
    let names = medium.list().map_err(|error| Error::io(medium.path(""), "list", error))?;
    // What is in the archive is whole, and nobody writes to it.
    found.repair.last = found.repair.last.filter(|last| names.contains(&last.name));
    Ok(found)
}

/// The keys of a store, and what they are wrapped with.
pub(crate) fn unlock(
    manifest: &Manifest,
    encryption: &Encryption,
) -> Result<(Keyring, Option<Wrapping>)> {
    let Some(wrapped) = &manifest.keys else { return Ok((Keyring::plain(manifest.store), None)) };
    let wrapping = Wrapping::of(encryption.key().ok_or(Error::WrongKey)?, wrapped)?;
    Ok((Keyring::of(manifest.store, wrapped, &wrapping)?, Some(wrapping)))
}

/// Writes the manifest of a store with its keys, if it has some, and its first segment where it is a ledger.
pub(crate) fn write_manifest(
    medium: &dyn Medium,
    keyring: &Keyring,
    wrapping: Option<&Wrapping>,
    ledger: Option<u64>,
) -> Result<Manifest> {
    let wrapping = wrapping.filter(|_| !keyring.is_plain());
    let keys = wrapping.map(|wrapping| keyring.wrap(wrapping)).transpose()?;
    let manifest = Manifest { store: keyring.store(), ledger, keys };
    manifest::write(medium, &manifest)?;
    if let Some(wrapping) = wrapping {
        keyring.set_size(wrapping);
    }
    Ok(manifest)
}

/// Checks that there is a store in the directory, or nothing at all.
pub(crate) fn check_directory(medium: &dyn Medium) -> Result<()> {
    let names = medium.list().map_err(|error| Error::io(medium.path(""), "list", error))?;
    if names.iter().any(|name| backup::is_listing(name)) {
        return Err(Error::IsBackup { path: medium.path("") });
    }
    if names.iter().any(|name| name == manifest::FILE) {
        return Ok(());
    }
    match names.into_iter().find(|name| name != LOCK_FILE && name != manifest::NEW_FILE) {
        // Segments without a manifest were a store once.
        Some(name) if is_of_a_store(&name) => Err(Error::Corrupt {
            file: medium.path(manifest::FILE),
            offset: 0,
            expected: "the manifest of a store".to_owned(),
            found: format!("none, beside `{name}`"),
        }),
        Some(found) => Err(Error::NotAStore { path: medium.path(""), found }),
        None => Ok(()),
    }
}

/// Whether only a store has a file of that name.
fn is_of_a_store(name: &str) -> bool {
    segment::number_of(name).is_some() || checkpoint::number_of(name).is_some()
}

/// Makes a new store of a directory in which there is nothing yet.
fn create(
    medium: &dyn Medium,
    options: &Options,
    encryption: &Encryption,
) -> Result<(Manifest, Keyring, Option<Wrapping>)> {
    check_directory(medium)?;
    let (keyring, _) = Keyring::plain(random::draw()?).settle(encryption.is_on(), 1, 1)?;
    let key = encryption.key().filter(|_| encryption.is_on());
    let wrapping = key.map(Wrapping::new).transpose()?;
    let ledger = (options.ledger == Some(true)).then_some(1);
    let manifest = write_manifest(medium, &keyring, wrapping.as_ref(), ledger)?;
    Ok((manifest, keyring, wrapping))
}

/// Clears away what a crash left. Everything recovered is durable afterwards: it may have been
/// written but not synced, and will now be built upon.
fn make_good(medium: &dyn Medium, segments: &[ScannedSegment], repair: &Repair) -> Result<()> {
    if let Some(last) = &repair.last {
        let bytes = last.stored.as_ref().or(segments.last().map(|part| &part.bytes));
        let bytes = bytes.and_then(|bytes| bytes.get(..last.intact_bytes));
        let made_durable = match bytes {
            Some(bytes) if last.sealed => cut(medium, &last.name, bytes),
            Some(bytes) => replace(medium, &last.name, bytes),
            None => Ok(()),
        };
        made_durable
            .map_err(|error| Error::io(medium.path(&last.name), "cut the torn end of", error))?;
    }
    for name in repair.remove.iter().chain(&repair.unfinished_checkpoints) {
        let remove = || {
            medium.remove(name)?;
            medium.sync_directory()
        };
        remove().map_err(|error| Error::io(medium.path(name), "remove", error))?;
    }
    Ok(())
}

/// Cuts what was reserved behind a seal, and makes the seal durable. What is before it was synced
/// before it was written; the seal itself is written again, for the reason that [`replace`] has.
fn cut(medium: &dyn Medium, name: &str, bytes: &[u8]) -> io::Result<()> {
    let place = bytes.len().saturating_sub(frame::HEADER_BYTES);
    let mut file = medium.open(name)?;
    file.set_length(bytes.len() as u64)?;
    file.write_at(place as u64, bytes.get(place..).unwrap_or_default())?;
    file.sync()
}

/// Puts a new file with these bytes in the place of a segment that nobody closed. Cutting and syncing
/// the old one would not do: its process may have ended because a sync failed, and what a failed sync
/// could not write may be in memory only, where it can be read, but counts as written, so that no
/// later sync writes it.
fn replace(medium: &dyn Medium, name: &str, bytes: &[u8]) -> io::Result<()> {
    let copy = format!("{name}{COPY_SUFFIX}");
    if medium.list()?.contains(&copy) {
        medium.remove(&copy)?;
    }
    let write = || {
        let mut file = medium.create(&copy)?;
        file.write_at(0, bytes)?;
        file.sync()
    };
    if let Err(error) = write() {
        // On a full disk a part of a copy would keep the little room there is. If it can't be removed,
        // the next attempt will.
        let _ = medium.remove(&copy);
        return Err(error);
    }
    medium.rename(&copy, name)?;
    medium.sync_directory()
}

/// A collection as it comes together.
struct Collection {
    name: String,
    schemas: Vec<Arc<Descriptor>>,
    ids_used: u64,
    operations: Vec<Operation>,
}

/// Builds the version that the log ends with, from a checkpoint on. Its collections stay encoded.
/// O(operations).
pub(crate) fn replay(
    store: StoreId,
    checkpoint: Option<ScannedSegment>,
    segments: Vec<ScannedSegment>,
    extent: &mut Extent,
) -> Result<Root> {
    let mut version = Root::of_nothing(store);
    let mut collections: Vec<Collection> = Vec::new();
    let mut buffers = Vec::with_capacity(segments.len() + 1);
    if let Some(part) = checkpoint {
        // Its blocks are one version, all of them.
        version.number = part.base;
        for range in &part.commits {
            take_in_part(&mut version, &mut collections, 0, &part, range)?;
        }
        extent.checkpoint_bytes = part.stored_bytes;
        let operations = || collections.iter().flat_map(|collection| &collection.operations);
        extent.checkpoint_records = operations().count() as u64;
        extent.live_bytes = operations().map(|operation| operation.bytes() as u64).sum();
        buffers.push(Arc::new(part.bytes));
    }
    for part in segments {
        let buffer = u32::try_from(buffers.len()).unwrap_or(u32::MAX);
        for (range, number) in part.commits.iter().zip(part.base + 1..) {
            version.number = number;
            take_in_part(&mut version, &mut collections, buffer, &part, range)?;
        }
        buffers.push(Arc::new(part.bytes));
    }
    for (id, collection) in (0..).zip(collections) {
        let Collection { name, schemas, ids_used, operations } = collection;
        let encoded = Encoded::new(&buffers, schemas.clone(), operations);
        let identity = Arc::new(Identity::new(id, name, Schemas::recovered(schemas), ids_used));
        version.add(Arc::new(Slot::unattached(identity, encoded)));
    }
    Ok(version)
}

/// Takes in the commit of the version at hand, which is a part of a file.
fn take_in_part(
    version: &mut Root,
    collections: &mut Vec<Collection>,
    buffer: u32,
    part: &ScannedSegment,
    range: &Range<usize>,
) -> Result<()> {
    let number = version.number;
    let bytes = part.bytes.get(range.clone()).unwrap_or_default();
    let commit = Commit::parse(bytes).map_err(|error| {
        corrupt(part, range, format!("the bytes of commit {number}"), &error.to_string())
    })?;
    version.time_micros = version.time_micros.max(commit.time_micros);
    take_in(collections, &commit, buffer, &part.bytes).map_err(|(expected, found)| {
        corrupt(part, range, format!("{expected} in commit {number}"), &found)
    })
}

/// Takes in one commit; an error says what was expected and what was found.
fn take_in(
    collections: &mut Vec<Collection>,
    commit: &Commit<'_>,
    buffer: u32,
    bytes: &[u8],
) -> Result<(), (String, String)> {
    for Create { collection, name } in &commit.creates {
        if *collection as usize != collections.len() {
            let expected = format!("collection {} to be created", collections.len());
            return Err((expected, format!("collection {collection} (`{name}`)")));
        }
        collections.push(Collection {
            name: (*name).to_owned(),
            schemas: Vec::new(),
            ids_used: 0,
            operations: Vec::new(),
        });
    }
    for schema in &commit.schemas {
        let descriptor = Descriptor::parse(schema.descriptor)
            .map_err(|error| ("a descriptor".to_owned(), error.to_string()))?;
        find(collections, schema.collection)?.schemas.push(Arc::new(descriptor));
    }
    for table in &commit.tables {
        take_in_table(find(collections, table.head.collection)?, table, buffer, bytes)?;
    }
    // One without a schema could never be attached.
    let bare =
        collections.iter().rev().take(commit.creates.len()).find(|new| new.schemas.is_empty());
    bare.map_or(Ok(()), |bare| {
        Err((
            "a descriptor for each new collection".to_owned(),
            format!("none for `{}`", bare.name),
        ))
    })
}

fn find(
    collections: &mut [Collection],
    number: CollectionId,
) -> Result<&mut Collection, (String, String)> {
    let known = collections.len();
    collections.get_mut(number as usize).ok_or_else(|| {
        (format!("one of the {known} collections created so far"), format!("collection {number}"))
    })
}

fn take_in_table(
    collection: &mut Collection,
    table: &TableChanges<'_>,
    buffer: u32,
    bytes: &[u8],
) -> Result<(), (String, String)> {
    let TableHead { schema, reset, ids_used, .. } = table.head;
    let known = collection.schemas.len();
    if schema as usize >= known {
        let name = &collection.name;
        let expected = format!("one of the {known} schemas of collection `{name}`");
        return Err((expected, format!("schema {schema}")));
    }
    if reset {
        collection.operations.clear();
    }
    collection.ids_used = collection.ids_used.max(ids_used);
    collection.operations.extend(table.operations.iter().map(|(key, record)| Operation {
        buffer,
        schema,
        key: place_in(bytes, key),
        record: record.map(|record| place_in(bytes, record)),
    }));
    Ok(())
}

fn corrupt(part: &ScannedSegment, range: &Range<usize>, expected: String, found: &str) -> Error {
    Error::Corrupt {
        file: part.file.clone(),
        offset: part.places.offset_in_file(range.start) as u64,
        expected,
        found: found.to_owned(),
    }
}
