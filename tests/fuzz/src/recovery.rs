//! Whatever the bytes on disk are, opening the store gives a state it once had, or an error that
//! says what is wrong. It never panics, and never makes up a record.
//!
//! The first byte of the input chooses what happens to the files of a small store:
//!
//! - *replaced*: the input takes the place of the first segment;
//! - *edited*: bytes of any of the files are changed, copied, cut off or zeroed. Whatever opens then
//!   must be the state behind one of the commits, with indexes that agree, and must take another
//!   commit and keep it;
//! - *framed*: the input becomes the payload of a frame with a right checksum and a right chain, so
//!   that what lies behind those two proofs is reached as well.
//!
//! The same may happen to a store with two checkpoints, *edited* in any of its files, or *framed* as the only
//! block of the newer one; and an encrypted one with checkpoints may be *edited*.
//!
//! The files are on the simulated disk: reading them is what this is about, and a real one takes many
//! times as long.

use folio::simulation::Disk;
use folio::{EncryptionKey, Error, Options, Record, Store};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "items")]
struct Item {
    #[key]
    id: u64,
    #[index]
    group: u8,
    #[index(unique)]
    name: String,
}

type State = BTreeMap<u64, Item>;

/// The files of a store, by name.
type Files = BTreeMap<String, Vec<u8>>;

/// The newer of the two checkpoints.
const CHECKPOINT: &str = "0000000000000003.ckp";

/// The file of the first segment, and where things are in it.
const FIRST_SEGMENT: &str = "0000000000000001.log";
const SEGMENT_HEADER_BYTES: usize = 128;
const SEGMENT_CHAIN_OFFSET: usize = 56;
const FRAME_FIELDS_OFFSET: usize = 8;
const FRAME_FIELD_BYTES: usize = 56;
const FRAME_CHAIN_OFFSET: usize = 64;
const FRAME_HEADER_BYTES: usize = 96;

/// Runs one input. Panics where the store breaks its word.
pub(crate) fn run(input: &[u8]) {
    let Some((mode, input)) = input.split_first() else { return };
    match mode % 6 {
        0 => {
            let plain = Intact::plain();
            let mut files = plain.files.clone();
            files.retain(|name, _| !is_segment(name));
            files.insert(FIRST_SEGMENT.to_owned(), input.to_vec());
            let _ = plain.open(&files);
        }
        2 => {
            let plain = Intact::plain();
            let mut files = plain.files.clone();
            let template = files.get(FIRST_SEGMENT).expect("the store has a first segment");
            let segment = framed(template, input);
            files.retain(|name, _| !is_segment(name));
            files.insert(FIRST_SEGMENT.to_owned(), segment);
            let _ = plain.open(&files);
        }
        1 => Intact::plain().edited(input),
        3 => Intact::with_checkpoints().edited(input),
        4 => Intact::encrypted().edited(input),
        _ => {
            let intact = Intact::with_checkpoints();
            let mut files = intact.files.clone();
            let template = files.get(CHECKPOINT).expect("the store has two checkpoints");
            // Nothing else to open the store from.
            let checkpoint = sealed(framed(template, input), template);
            files.retain(|name, _| !is_segment(name) && !is_checkpoint(name));
            files.insert(CHECKPOINT.to_owned(), checkpoint);
            let _ = intact.open(&files);
        }
    }
}

/// A store as it was made, and each state it went through.
struct Intact {
    options: Options,
    files: Files,
    states: Vec<State>,
}

impl Intact {
    fn plain() -> &'static Self {
        static INTACT: OnceLock<Intact> = OnceLock::new();
        INTACT.get_or_init(|| {
            Self::build(Store::options(), false).expect("a store can be made on a sound disk")
        })
    }

    fn with_checkpoints() -> &'static Self {
        static INTACT: OnceLock<Intact> = OnceLock::new();
        INTACT.get_or_init(|| {
            Self::build(Store::options(), true).expect("a store can be made on a sound disk")
        })
    }

    fn encrypted() -> &'static Self {
        static INTACT: OnceLock<Intact> = OnceLock::new();
        INTACT.get_or_init(|| {
            let options = Store::options().encryption(EncryptionKey::from_bytes([7; 16]));
            Self::build(options, true).expect("a store can be made on a sound disk")
        })
    }

    /// One segment that was closed, and one that was being written when the process ended; where it is
    /// wanted, with a checkpoint behind the first and another one later.
    fn build(options: Options, checkpoints: bool) -> folio::Result<Self> {
        let disk = Disk::new();
        let mut states = vec![State::new()];
        let store = options.clone().open_simulated(&disk)?;
        fill(&store, 1..5, &mut states)?;
        store.collection::<Item>()?.remove(&2)?;
        states.push(contents(&store)?);
        if checkpoints {
            store.checkpoint()?;
        }
        drop(store);

        let store = options.clone().open_simulated(&disk)?;
        fill(&store, 3..8, &mut states)?;
        if checkpoints {
            store.checkpoint()?;
            fill(&store, 8..10, &mut states)?;
        }
        let mut files = disk.files();
        drop(store);
        for bytes in files.values_mut() {
            // What a segment has been grown by is all zeros. Edits are better spent elsewhere.
            let length = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            bytes.truncate(length);
        }
        Ok(Self { options, files, states })
    }

    /// Edits the files. What opens then must be the state behind one of the commits, and go on from it.
    fn edited(&self, input: &[u8]) {
        let mut files = self.files.clone();
        edit(&mut files, input);
        if let Some((disk, state)) = self.open(&files) {
            assert!(self.states.contains(&state), "a state that never was: {state:?}");
            self.goes_on(&disk, state);
        }
    }

    /// Opens a store made of these files. `None` where it refuses, with an error that names a file or a
    /// version. What opens must agree with itself.
    fn open(&self, files: &Files) -> Option<(Disk, State)> {
        let disk = Disk::from_files(files.clone());
        let opened = self.options.clone().open_simulated(&disk).and_then(|store| {
            look(&store);
            contents(&store)
        });
        match opened {
            Ok(state) => Some((disk, state)),
            Err(
                Error::Corrupt { .. }
                | Error::UnsupportedFormat { .. }
                | Error::MissingFeature { .. }
                | Error::SchemaMismatch { .. }
                | Error::Decode { .. }
                | Error::UniqueViolation { .. },
            ) => None,
            Err(other) => panic!("not an error of damaged files: {other:?}"),
        }
    }

    /// Commits once more, and finds it all again after the next opening.
    fn goes_on(&self, disk: &Disk, mut state: State) {
        let added = Item { id: 1_000, group: 0, name: "after the damage".to_owned() };
        state.insert(added.id, added.clone());
        let open = || self.options.clone().open_simulated(disk);
        let again = open()
            .and_then(|store| store.collection::<Item>()?.insert(added))
            .and_then(|_| contents(&open()?));
        assert_eq!(again.expect("a store that was opened opens again"), state);
    }
}

fn fill(store: &Store, ids: std::ops::Range<u64>, states: &mut Vec<State>) -> folio::Result<()> {
    let items = store.collection::<Item>()?;
    for id in ids {
        let group = u8::try_from(id % 3).unwrap_or_default();
        items.put(Item { id, group, name: format!("item {id} of {}", states.len()) })?;
        states.push(contents(store)?);
    }
    Ok(())
}

/// Looks at everything without its type. What can't be read is an error, never a panic.
fn look(store: &Store) {
    for collection in store.collections() {
        assert!(!collection.schema.is_empty());
        let Ok(values) = store.values(&collection.name) else { continue };
        assert_eq!(values.len(), collection.records);
        assert_eq!(values.iter().count(), collection.records);
    }
}

/// All records, after a look at whether their keys and the indexes agree with them.
fn contents(store: &Store) -> folio::Result<State> {
    let items = store.collection::<Item>()?.view();
    let state: State = items.iter().map(|item| (item.id, item.clone())).collect();
    assert_eq!(items.len(), state.len());
    assert_eq!(items.by(Item::GROUP).iter().count(), state.len());
    for item in state.values() {
        assert_eq!(items.get(&item.id), Some(item));
        assert!(items.by(Item::GROUP).get(&item.group).any(|other| other == item));
        assert_eq!(items.find(Item::NAME, item.name.as_str()), Some(item));
    }
    Ok(state)
}

/// Reads the input as a list of changes to the files, six bytes each.
fn edit(files: &mut Files, input: &[u8]) {
    let count = files.len();
    for change in input.chunks_exact(6) {
        let &[file, kind, high, low, from, value] = change else { continue };
        let Some(bytes) = files.values_mut().nth(usize::from(file) % count) else { continue };
        if bytes.is_empty() {
            continue;
        }
        let place = usize::from(u16::from_be_bytes([high, low])) % bytes.len();
        let end = place + usize::from(from).min(bytes.len() - place);
        match kind % 4 {
            0 => bytes.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= value),
            1 => bytes.truncate(place),
            2 => bytes.iter_mut().take(end).skip(place).for_each(|byte| *byte = 0),
            // A write that went astray: bytes of the same file, in another place.
            _ => {
                let elsewhere = usize::from(value) % (bytes.len() - (end - place) + 1);
                bytes.copy_within(place..end, elsewhere);
            }
        }
    }
}

/// A file of one frame, right in every way but for what its payload says. The first byte of the
/// input is the count of commits that the frame claims; from 128 on, 128 less, and that it is compressed.
fn framed(template: &[u8], input: &[u8]) -> Vec<u8> {
    let (commits, payload) = input.split_first().unwrap_or((&0, &[]));
    let (header, frames) =
        template.split_at_checked(SEGMENT_HEADER_BYTES).expect("a segment has a header");
    let (head, rest) =
        frames.split_at_checked(FRAME_FIELDS_OFFSET).expect("the segment has a frame");
    let mut fields = rest.get(..FRAME_FIELD_BYTES).expect("the segment has a whole frame").to_vec();
    let previous = header.get(SEGMENT_CHAIN_OFFSET..).and_then(|chain| chain.get(..32));
    let previous = previous.expect("a segment's header has the chain value before it");
    let length = u32::try_from(payload.len()).expect("an input is small");
    put(&mut fields, 4, &length.to_le_bytes());
    put(&mut fields, 48, &[commits & 0x7f, 0, 0, 0, commits >> 7]);

    let magic = head.get(..4).expect("a frame begins with four bytes of magic");
    [header, &frame(magic, &fields, previous, payload)].concat()
}

/// A frame behind a chain value.
fn frame(magic: &[u8], fields: &[u8], previous: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in [previous, fields, payload] {
        hash.update(part);
    }
    let chain = hash.finalize();
    let mut checksum = crc32fast::Hasher::new();
    for part in [fields, chain.as_slice(), payload] {
        checksum.update(part);
    }
    let checksum = checksum.finalize().to_le_bytes();
    [magic, &checksum, fields, chain.as_slice(), payload].concat()
}

/// The file of one frame, with the seal of the template behind it as the second.
fn sealed(file: Vec<u8>, template: &[u8]) -> Vec<u8> {
    let seal = template.len().checked_sub(FRAME_HEADER_BYTES).and_then(|at| template.get(at..));
    let seal = seal.expect("a checkpoint ends in a seal");
    let fields = seal.get(FRAME_FIELDS_OFFSET..).and_then(|from| from.get(..FRAME_FIELD_BYTES));
    let mut fields = fields.expect("the seal is whole").to_vec();
    put(&mut fields, 24, &2_u64.to_le_bytes());
    let chain = file.get(SEGMENT_HEADER_BYTES + FRAME_CHAIN_OFFSET..).and_then(|at| at.get(..32));
    let chain = chain.expect("the file has a frame");
    let magic = seal.get(..4).expect("a frame begins with four bytes of magic");
    let seal = frame(magic, &fields, chain, &[]);
    [file, seal].concat()
}

fn put(bytes: &mut [u8], offset: usize, value: &[u8]) {
    bytes.iter_mut().skip(offset).zip(value).for_each(|(byte, new)| *byte = *new);
}

fn is_segment(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "log")
}

fn is_checkpoint(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "ckp")
}
