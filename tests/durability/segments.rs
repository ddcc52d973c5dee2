//! The log goes on in a new file when one is full, and after every reopen.

use super::common::{Random, seed, segments};
use super::{Page, numbers, numbers_after_crash, page, place};
use folio::{Compression, Result, Store};

const SMALL: u64 = 64 << 10;

fn open(path: &std::path::Path) -> Result<Store> {
    // As large on disk as they are: repeated letters would fill no segment.
    Store::options().segment_bytes(SMALL).compression(Compression::None).open(path)
}

fn large(number: u64) -> Page {
    Page { number, text: "x".repeat(10_000) }
}

#[test]
fn a_full_segment_is_followed_by_another() -> Result<()> {
    let (_directory, path) = place();
    let store = open(&path)?;
    let pages = store.collection::<Page>()?;
    for number in 0..50 {
        pages.put(large(number))?;
        assert_eq!(numbers_after_crash(&path)?.len() as u64, number + 1);
    }
    let count = segments(&path).len();
    assert!(count >= 7, "{count} segments");
    drop((pages, store));
    let store = open(&path)?;
    assert_eq!(numbers(&store)?, (0..50).collect::<Vec<_>>());
    assert_eq!(store.collection::<Page>()?.get(&17).as_deref(), Some(&large(17)));
    Ok(())
}

/// A batch is in one segment, however large it is.
#[test]
fn a_batch_larger_than_a_segment() -> Result<()> {
    let (_directory, path) = place();
    {
        let store = open(&path)?;
        let pages = store.collection::<Page>()?;
        pages.put(page(0))?;
        pages.put_all((1..100).map(large))?;
        pages.put(page(100))?;
    }
    assert_eq!(numbers(&open(&path)?)?, (0..=100).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn opening_without_writing_adds_no_file() -> Result<()> {
    let (_directory, path) = place();
    open(&path)?.collection::<Page>()?.put(page(1))?;
    let before = super::common::contents(&path);
    for _ in 0..5 {
        let store = open(&path)?;
        assert_eq!(numbers(&store)?, [1]);
        store.close()?;
    }
    assert_eq!(super::common::contents(&path), before);
    Ok(())
}

/// Write, close or crash, reopen, many times: each time everything is there.
#[test]
fn a_store_goes_on_after_many_reopens() -> Result<()> {
    let mut random = Random::new(seed("reopens"));
    let (_directory, mut path) = place();
    let mut directories = Vec::new();
    let mut expected = 0;
    for _ in 0..25 {
        let store = open(&path)?;
        assert_eq!(numbers(&store)?, (0..expected).collect::<Vec<_>>());
        let pages = store.collection::<Page>()?;
        for _ in 0..random.below(12) {
            pages.put(if random.below(2) == 0 { page(expected) } else { large(expected) })?;
            expected += 1;
        }
        if random.below(2) == 0 {
            store.close()?;
        } else {
            let (directory, image) = place();
            super::common::crash_image(&path, &image);
            directories.push(directory);
            path = image;
        }
    }
    Ok(())
}
