//! Opening a store for reading only: everything can be read, and not a byte on disk changes.

use super::common::{contents, crash_image, last_segment};
use super::{Page, numbers, page, place};
use folio::{Error, Record, Result, Store};
use serde::{Deserialize, Serialize};
use std::fs;

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "missing")]
struct Missing {
    #[key]
    id: u64,
}

fn is_read_only<R>(result: &Result<R>) -> bool {
    matches!(result, Err(Error::ReadOnly))
}

#[test]
fn every_way_of_writing_is_refused() -> Result<()> {
    let (_directory, path) = place();
    Store::open(&path)?.collection::<Page>()?.put_all((1..4).map(page))?;
    let before = contents(&path);
    let store = Store::options().read_only(true).open(&path)?;
    let pages = store.collection::<Page>()?;
    assert!(is_read_only(&pages.put(page(1))));
    assert!(is_read_only(&pages.insert(page(9))));
    assert!(is_read_only(&pages.update(&1, |page| page.text.clear())));
    assert!(is_read_only(&pages.upsert(&9, || page(9), |_| ())));
    assert!(is_read_only(&pages.remove(&1)));
    assert!(is_read_only(&pages.insert_all([page(9)])));
    assert!(is_read_only(&pages.put_all([page(1)])));
    assert!(is_read_only(&pages.remove_range(..)));
    assert!(is_read_only(&pages.clear()));
    assert!(is_read_only(&store.transact(|tx| tx.collection::<Page>()?.put(page(9)))));
    let tx = store.begin();
    assert!(is_read_only(&tx.collection::<Page>()?.remove(&1)));
    assert_eq!(tx.collection::<Page>()?.len(), 3);
    tx.commit()?;
    // A collection that is not there can't be created; in a snapshot it is empty.
    let missing = store.collection::<Missing>();
    assert!(matches!(missing, Err(Error::NotFound { key: None, .. })));
    assert!(store.begin().collection::<Missing>().is_err());
    assert!(store.snapshot().collection::<Missing>()?.is_empty());

    store.sync()?;
    assert_eq!((pages.len(), numbers(&store)?), (3, vec![1, 2, 3]));
    store.close()?;
    assert_eq!(contents(&path), before);
    Ok(())
}

/// What a crash left is cut away by the next writer. A reader only looks past it.
#[test]
fn a_torn_tail_is_read_past_and_left_alone() -> Result<()> {
    let (_directory, path) = place();
    let (_other_directory, image) = place();
    {
        let store = Store::open(&path)?;
        let pages = store.collection::<Page>()?;
        (1..4).try_for_each(|number| pages.put(page(number)).map(|_| ()))?;
        let before_last = store.stats().log_bytes;
        pages.put(page(4))?;
        crash_image(&path, &image);
        let segment = last_segment(&image);
        let mut bytes = fs::read(&segment).expect("it is there");
        let cut = super::common::SEGMENT_HEADER_BYTES + before_last + 10;
        bytes.truncate(usize::try_from(cut).expect("the log is small"));
        fs::write(&segment, bytes).expect("it can be written");
    }
    // The lock belongs to the directory of a store and is there after any crash.
    fs::write(image.join("LOCK"), "").expect("it can be written");
    let before = contents(&image);
    for _ in 0..2 {
        let store = Store::options().read_only(true).open(&image)?;
        assert_eq!(numbers(&store)?, [1, 2, 3]);
        store.close()?;
        assert_eq!(contents(&image), before);
    }
    let store = Store::open(&image)?;
    assert_eq!(numbers(&store)?, [1, 2, 3]);
    assert_ne!(contents(&image), before);
    Ok(())
}
