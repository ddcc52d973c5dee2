//! Whoever can write the files but has no key: can damage the store, and make it say nothing that it
//! did not. Checksums and the hash chain are no obstacle: the tests here make them right again.

use super::files::frames;
use super::{Page, key, page, pages, place, plainly, put};
use crate::common::{contents, crash_image, segments};
use folio::{Error, Result, Store};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

/// A segment's header and its frames, to be changed.
struct Segment {
    header: Vec<u8>,
    frames: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Segment {
    fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap();
        let frames = frames(&bytes);
        let frames = frames.iter().map(|(header, payload)| (header.to_vec(), payload.to_vec()));
        Self { header: bytes[..128].to_vec(), frames: frames.collect() }
    }

    /// Writes it with checksums and chain values that are right.
    fn write(mut self, path: &Path) {
        let checksum = crc32fast::hash(&self.header[12..]);
        self.header[8..12].copy_from_slice(&checksum.to_le_bytes());
        let mut chain = self.header[56..88].to_vec();
        let mut out = self.header;
        for (mut header, payload) in self.frames {
            header[12..16].copy_from_slice(&u32::try_from(payload.len()).unwrap().to_le_bytes());
            chain = Sha256::digest([&chain, &header[8..64], &payload].concat()).to_vec();
            header[64..96].copy_from_slice(&chain);
            let checksum = crc32fast::hash(&[&header[8..], &payload].concat());
            header[4..8].copy_from_slice(&checksum.to_le_bytes());
            out.extend([header, payload].concat());
        }
        fs::write(path, out).unwrap();
    }
}

/// Opening the store gives damage in its only segment, behind its header.
#[track_caller]
fn expect_damage(path: &Path) {
    let damaged = segments(path).pop().unwrap();
    match Store::options().encryption(key(1)).open(path) {
        Err(Error::Corrupt { file, offset, .. }) => {
            assert_eq!(file, damaged);
            assert!(offset == 0 || offset >= 128);
        }
        other => panic!("{other:?}"),
    }
}

/// An encrypted store with one closed segment of pages that have the same size.
fn store(path: &Path, numbers: std::ops::Range<u64>) -> Result<()> {
    put(plainly().encryption(key(1)), path, numbers.map(|number| page(number, 1)))
}

/// Changes the only segment of an encrypted store, and expects that to be seen.
#[track_caller]
fn forge(change: impl FnOnce(&mut Segment)) {
    let (_directory, path) = place();
    store(&path, 1..4).unwrap();
    let file = segments(&path).pop().unwrap();
    let unchanged = Segment::read(&file);
    unchanged.write(&file);
    let opened = Store::options().encryption(key(1)).open(&path).unwrap();
    assert_eq!(pages(&opened).unwrap().len(), 3, "the forger forges well");
    opened.close().unwrap();

    let mut segment = Segment::read(&file);
    change(&mut segment);
    segment.write(&file);
    expect_damage(&path);
}

#[test]
fn an_altered_payload_is_seen() {
    forge(|segment| segment.frames[1].1[3] ^= 1);
    forge(|segment| segment.frames[2].1.clear());
    forge(|segment| segment.frames[2].1.truncate(15));
    forge(|segment| segment.frames[2].1.push(0));
}

#[test]
fn payloads_that_change_places_are_seen() {
    forge(|segment| {
        let [first, second] = [1, 2].map(|place| segment.frames[place].1.clone());
        assert_eq!(first.len(), second.len());
        segment.frames[1].1 = second;
        segment.frames[2].1 = first;
    });
}

#[test]
fn a_frame_that_is_missing_is_seen_though_the_others_are_numbered_anew() {
    forge(|segment| {
        segment.frames.remove(1);
        for (number, (header, _)) in (1_u64..).zip(&mut segment.frames) {
            header[32..40].copy_from_slice(&number.to_le_bytes());
            header[40..48].copy_from_slice(&(number - 1).to_le_bytes());
            header[48..56].copy_from_slice(&(number - 1).to_le_bytes());
        }
    });
}

#[test]
fn an_altered_header_is_seen() {
    // Commits that are counted otherwise, another compression, a lower `synced`, no encryption.
    forge(|segment| segment.frames[1].0[56] = 2);
    forge(|segment| segment.frames[1].0[60] = 1);
    forge(|segment| segment.frames[1].0[40] = 0);
    forge(|segment| segment.frames[1].0[61] = 0);
}

#[test]
fn an_altered_key_of_the_segment_is_seen() {
    forge(|segment| segment.header[96] ^= 1);
    forge(|segment| segment.header[92] = 16);
    forge(|segment| segment.header[88] = 2);
    forge(|segment| segment.header[88..112].fill(0));
}

/// A segment that anybody can make, with a frame without encryption, in an encrypted store.
#[test]
fn a_plain_segment_is_no_part_of_an_encrypted_store() -> Result<()> {
    let (_directory, path) = place();
    store(&path, 1..2)?;
    let (_other_directory, other) = place();
    put(plainly(), &other, [page(66, 1), page(67, 1)])?;
    let mut forged = Segment::read(&segments(&other).pop().unwrap());
    let file = segments(&path).pop().unwrap();
    let ours = Segment::read(&file);
    // All that a header says but for the key.
    forged.header[..88].copy_from_slice(&ours.header[..88]);
    for (header, _) in &mut forged.frames {
        header[16..32].copy_from_slice(&ours.header[16..32]);
    }
    forged.write(&file);
    expect_damage(&path);
    Ok(())
}

/// Two stores that began as copies of each other have the same keys.
#[test]
fn a_frame_of_a_copy_is_not_one_of_ours() -> Result<()> {
    let (directory, path) = place();
    store(&path, 1..2)?;
    let copy = directory.path().join("copy.folio");
    crash_image(&path, &copy);
    store(&path, 2..4)?;
    store(&copy, 4..6)?;
    let (ours, theirs) = (segments(&path).pop().unwrap(), segments(&copy).pop().unwrap());
    let (mut segment, other) = (Segment::read(&ours), Segment::read(&theirs));
    assert_eq!(segment.frames[1].1.len(), other.frames[1].1.len());
    segment.frames[1].1.clone_from(&other.frames[1].1);
    segment.write(&ours);
    expect_damage(&path);
    Ok(())
}

/// Whatever bit of whatever file of a closed store is flipped: an error, or, in the seal at the end,
/// nothing that anybody would miss.
#[test]
fn every_flipped_bit_is_seen() -> Result<()> {
    let (_directory, path) = place();
    store(&path, 1..3)?;
    store(&path, 3..4)?;
    let files = contents(&path);
    let last = segments(&path).pop().unwrap();
    let stride = if cfg!(debug_assertions) { 5 } else { 1 };
    for (name, bytes) in files.iter().filter(|(name, _)| name.as_str() != "LOCK") {
        let file = path.join(name);
        for bit in (0..bytes.len() * 8).step_by(stride) {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            fs::write(&file, damaged).unwrap();
            let opened = Store::options().encryption(key(1)).read_only(true).open(&path);
            match opened {
                Ok(store) => {
                    assert!(file == last && bit / 8 >= bytes.len() - 96, "bit {bit} of {name}");
                    let expected: Vec<Page> = (1..4).map(|number| page(number, 1)).collect();
                    assert_eq!(pages(&store)?, expected);
                }
                Err(Error::Corrupt { file: damaged, .. }) => {
                    assert!(damaged == file || damaged == last, "bit {bit} of {name}");
                }
                Err(other) => panic!("bit {bit} of {name}: {other:?}"),
            }
        }
        fs::write(&file, bytes).unwrap();
    }
    Ok(())
}
