//! From a store's files to its newest version and a log that can go on.

use crate::error::{Error, Result};
use crate::log::commit::{Commit, Create, TableChanges, TableHead};
use crate::log::frame::{self, StoreId};
use crate::log::manifest;
use crate::log::scan::{Scanned, ScannedSegment, scan};
use crate::log::segment;
use crate::log::segments::Tail;
use crate::media::Medium;
use crate::schema::descriptor::Descriptor;
use crate::version::decode::{Encoded, Operation};
use crate::version::schemas::Schemas;
use crate::version::slot::{Identity, Slot};
use crate::version::{CollectionId, Root};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// The file whose lock is the store's.
pub(crate) const LOCK_FILE: &str = "LOCK";

/// What the name of a segment's copy ends in, until the copy takes the segment's place.
const COPY_SUFFIX: &str = ".new";

/// What was found on disk.
#[derive(Debug)]
pub(crate) struct Recovered {
    pub(crate) store: StoreId,
    pub(crate) version: Root,
    pub(crate) tail: Tail,
}

/// Recovers a store, or creates one where there is none. The caller holds the store's lock.
/// Changes nothing on disk when `read_only`.
pub(crate) fn recover(medium: &dyn Medium, read_only: bool) -> Result<Recovered> {
    let store = match manifest::read(medium)? {
        Some(store) => store,
        None if read_only => {
            check_directory(medium)?;
            let missing = io::ErrorKind::NotFound.into();
            return Err(Error::io(medium.path(manifest::FILE), "open", missing));
        }
        None => create(medium)?,
    };
    let scanned = scan(medium, store)?;
    if !read_only {
        repair(medium, &scanned)?;
    }
    let version = replay(scanned.segments)?;
    Ok(Recovered { store, version, tail: scanned.tail })
}

/// Checks that there is a store in the directory, or nothing at all.
pub(crate) fn check_directory(medium: &dyn Medium) -> Result<()> {
    let names = medium.list().map_err(|error| Error::io(medium.path(""), "list", error))?;
    if names.iter().any(|name| name == manifest::FILE) {
        return Ok(());
    }
    match names.into_iter().find(|name| name != LOCK_FILE && name != manifest::NEW_FILE) {
        // Segments without a manifest were a store once.
        Some(name) if segment::number_of(&name).is_some() => Err(Error::Corrupt {
            file: medium.path(manifest::FILE),
            offset: 0,
            expected: "the manifest of a store".to_owned(),
            found: format!("none, beside `{name}`"),
        }),
        Some(found) => Err(Error::NotAStore { path: medium.path(""), found }),
        None => Ok(()),
    }
}

/// Makes a new store of a directory in which there is nothing yet.
fn create(medium: &dyn Medium) -> Result<StoreId> {
    check_directory(medium)?;
    let mut store = StoreId::default();
    getrandom::fill(&mut store).map_err(|error| {
        let source = io::Error::other(error.to_string());
        Error::io(medium.path(manifest::FILE), "draw a random identity for", source)
    })?;
    manifest::create(medium, store)?;
    Ok(store)
}

/// Clears away what a crash left. Everything recovered is durable afterwards: it may have been
/// written but not synced, and will now be built upon.
fn repair(medium: &dyn Medium, scanned: &Scanned) -> Result<()> {
    if let Some(last) = &scanned.repair.last {
        let bytes = scanned.segments.last().and_then(|part| part.bytes.get(..last.intact_bytes));
        let made_durable = match bytes {
            Some(bytes) if last.sealed => cut(medium, &last.name, bytes),
            Some(bytes) => replace(medium, &last.name, bytes),
            None => Ok(()),
        };
        made_durable
            .map_err(|error| Error::io(medium.path(&last.name), "cut the torn end of", error))?;
    }
    if let Some(name) = &scanned.repair.remove {
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

/// Builds the version that the log ends with. Its collections stay encoded. O(operations).
fn replay(segments: Vec<ScannedSegment>) -> Result<Root> {
    let mut version = Root::default();
    let mut collections: Vec<Collection> = Vec::new();
    for (buffer, part) in segments.iter().enumerate() {
        let buffer = u32::try_from(buffer).unwrap_or(u32::MAX);
        for (range, number) in part.commits.iter().zip(part.base + 1..) {
            let bytes = part.bytes.get(range.clone()).unwrap_or_default();
            let commit = Commit::parse(bytes).map_err(|error| {
                corrupt(
                    &part.file,
                    range,
                    format!("the bytes of commit {number}"),
                    &error.to_string(),
                )
            })?;
            version.number = number;
            version.time_micros = version.time_micros.max(commit.time_micros);
            take_in(&mut collections, &commit, buffer, &part.bytes).map_err(
                |(expected, found)| {
                    corrupt(&part.file, range, format!("{expected} in commit {number}"), &found)
                },
            )?;
        }
    }
    let buffers: Vec<_> = segments.into_iter().map(|part| Arc::new(part.bytes)).collect();
    for (id, collection) in (0..).zip(collections) {
        let Collection { name, schemas, ids_used, operations } = collection;
        let encoded = Encoded::new(&buffers, schemas.clone(), operations);
        let identity = Arc::new(Identity::new(id, name, Schemas::recovered(schemas), ids_used));
        version.add(Arc::new(Slot::unattached(identity, encoded)));
    }
    Ok(version)
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

/// Where a part of `bytes` is in them.
fn place_in(bytes: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr() - bytes.as_ptr().addr();
    start..start + part.len()
}

fn corrupt(file: &Path, range: &Range<usize>, expected: String, found: &str) -> Error {
    Error::Corrupt {
        file: file.to_owned(),
        offset: range.start as u64,
        expected,
        found: found.to_owned(),
    }
}
