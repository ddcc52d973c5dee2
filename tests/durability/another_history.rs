//! A copy of a store that went its own way has the same identity, and frames and segments with the same
//! numbers. A backup that is put back in part mixes the two; each part is intact by itself, and only the
//! hash chain tells that they do not belong together.

use super::{Page, page, place};
use folio::{Error, Result, Store};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A closed store with one segment, and a copy of it.
fn store_and_copy() -> Result<(TempDir, PathBuf, PathBuf)> {
    let (directory, path) = place();
    Store::open(&path)?.collection::<Page>()?.put(page(1))?;
    let copy = directory.path().join("copy.folio");
    super::common::crash_image(&path, &copy);
    Ok((directory, path, copy))
}

/// Opens the store, writes pages of these numbers and closes it, which makes a segment with a frame for
/// each.
fn go_on(path: &Path, numbers: &[u64]) -> Result<()> {
    let store = Store::open(path)?;
    let pages = store.collection::<Page>()?;
    numbers.iter().try_for_each(|number| pages.put(page(*number)).map(|_| ()))?;
    store.close()
}

fn segment(path: &Path, number: u64) -> PathBuf {
    path.join(format!("{number:016}.log"))
}

/// Where the frames of a segment begin.
fn frames(segment: &[u8]) -> Vec<usize> {
    let places = segment.windows(4).enumerate();
    places.filter(|(_, bytes)| bytes == b"fRm1").map(|(place, _)| place).collect()
}

/// Opening finds damage, in this file.
fn expect_damage(path: &Path, damaged: &Path) {
    match Store::open(path) {
        Err(Error::Corrupt { file, .. }) => assert_eq!(file, damaged),
        Err(error) => panic!("another error: {error}"),
        Ok(store) => panic!("no damage was found: {store:?}"),
    }
}

#[test]
fn a_frame_of_another_history_is_damage() -> Result<()> {
    let (_directory, path, copy) = store_and_copy()?;
    go_on(&path, &[2, 3])?;
    go_on(&copy, &[4, 5])?;
    let (ours, theirs) = (segment(&path, 2), segment(&copy, 2));
    let (mut bytes, others) = (fs::read(&ours).unwrap(), fs::read(&theirs).unwrap());
    let second = frames(&bytes)[1];
    assert_eq!(frames(&bytes), frames(&others), "they differ in nothing but their contents");
    // The first frame is ours, those behind it are theirs.
    bytes.truncate(second);
    bytes.extend_from_slice(&others[second..]);
    fs::write(&ours, bytes).unwrap();
    expect_damage(&path, &ours);
    Ok(())
}

#[test]
fn a_segment_of_another_history_is_damage() -> Result<()> {
    let (_directory, path, copy) = store_and_copy()?;
    go_on(&path, &[2])?;
    go_on(&path, &[3])?;
    go_on(&copy, &[4])?;
    fs::copy(segment(&copy, 2), segment(&path, 2)).unwrap();
    expect_damage(&path, &segment(&path, 3));
    Ok(())
}
