//! A process that dies while it writes leaves a part of its last write. `CodexDB` could not open such
//! a file at 35 of 36 lengths of that part; where it could, it went on writing behind the torn part, so
//! that of 20 new acknowledged writes none was there after the next reopen. `PolarysDB` did the same: 0
//! of 50. So it is not enough to open once: write, crash, reopen, write, crash, reopen.

use super::common::{SEGMENT_HEADER_BYTES, last_segment};
use super::{Value, crash, place, value, values};
use folio::{Result, Store};
use std::fs;
use std::path::Path;

/// What may be where the rest of the last write should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// The file ends.
    Nothing,
    /// The file was longer than what had been written into it.
    Zeros,
    /// Another write that did not come through either.
    Garbage,
}

/// A store with three commits, copied as it is on disk, and where its last commit begins and ends.
fn written(path: &Path) -> Result<(tempfile::TempDir, std::path::PathBuf, usize, usize)> {
    let store = Store::open(path)?;
    let collection = store.collection::<Value>()?;
    collection.put(value("1", 1))?;
    collection.put(value("2", 2))?;
    let begin = SEGMENT_HEADER_BYTES + store.stats().log_bytes;
    collection.put(value("3", 3))?;
    let end = SEGMENT_HEADER_BYTES + store.stats().log_bytes;
    let (directory, image) = crash(path);
    let place = |offset: u64| usize::try_from(offset).expect("the log is small");
    Ok((directory, image, place(begin), place(end)))
}

fn tear(image: &Path, cut: usize, behind: Behind) {
    let segment = last_segment(image);
    let mut bytes = fs::read(&segment).expect("the segment is there");
    let length = bytes.len();
    bytes.truncate(cut);
    match behind {
        Behind::Nothing => {}
        Behind::Zeros => bytes.resize(length, 0),
        Behind::Garbage => bytes.extend((0..150_u8).map(|place| place.wrapping_mul(37) | 1)),
    }
    fs::write(segment, bytes).expect("the segment can be written");
}

/// Opens, expects, writes, crashes, and again, and closes in the end.
fn go_on(path: &Path, mut expected: Vec<Value>) -> Result<()> {
    let mut kept = Vec::new();
    let mut path = path.to_owned();
    for round in 0..3 {
        let store = Store::open(&path)?;
        assert_eq!(values(&store)?, expected, "round {round}");
        for step in 0..2 {
            let new = value(&format!("new {round} {step}"), round);
            store.collection::<Value>()?.put(new.clone())?;
            expected.push(new);
        }
        let image = crash(&path);
        path.clone_from(&image.1);
        kept.push(image);
    }
    Store::open(&path)?.close()?;
    assert_eq!(values(&Store::open(&path)?)?, expected);
    Ok(())
}

fn at_every_length(behind: Behind, step: usize) -> Result<()> {
    let (_directory, path) = place();
    let (_image_directory, image, begin, end) = written(&path)?;
    let all = [value("1", 1), value("2", 2), value("3", 3)];
    for cut in (begin..=end).step_by(step).chain([end]) {
        let (_torn_directory, torn) = crash(&image);
        tear(&torn, cut, behind);
        let there = if cut == end { 3 } else { 2 };
        // Shown only where the test fails.
        println!("{} of {} bytes, then {behind:?}", cut - begin, end - begin);
        go_on(&torn, all.iter().take(there).cloned().collect())?;
    }
    Ok(())
}

#[test]
fn a_store_goes_on_from_a_last_write_of_any_length() -> Result<()> {
    at_every_length(Behind::Nothing, 1)
}

#[test]
fn a_store_goes_on_from_a_last_write_that_ends_in_zeros() -> Result<()> {
    at_every_length(Behind::Zeros, 7)
}

#[test]
fn a_store_goes_on_from_a_last_write_that_ends_in_garbage() -> Result<()> {
    at_every_length(Behind::Garbage, 7)
}

/// The very first write may be torn, too, and the header of its file.
#[test]
fn a_store_goes_on_from_a_torn_beginning() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    store.collection::<Value>()?;
    let end = SEGMENT_HEADER_BYTES + store.stats().log_bytes;
    let end = usize::try_from(end).expect("the log is small");
    for cut in (0..end).step_by(11) {
        for behind in [Behind::Nothing, Behind::Zeros] {
            let (_torn_directory, torn) = crash(&path);
            tear(&torn, cut, behind);
            println!("{cut} bytes, then {behind:?}");
            go_on(&torn, Vec::new())?;
        }
    }
    Ok(())
}
