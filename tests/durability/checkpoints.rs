//! Checkpoints: what they have, what goes, and what becomes of damaged ones.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use crate::{Page, numbers, page, place};
use folio::{Record, Store};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// The names of a store's files that end in this.
fn files(path: &Path, suffix: &str) -> Vec<String> {
    let names = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(suffix));
    names.sort();
    names
}

/// Changes a byte in the middle of a file.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_store_opens_from_its_checkpoint_and_the_log_behind_it() -> folio::Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let pages = store.collection::<Page>()?;
    pages.put_all((0..5_000).map(page))?;
    pages.remove_range(10..20)?;
    store.checkpoint()?;
    let id = store.transact(folio::Transaction::next_id::<Page>)?;
    pages.put(page(id))?;
    pages.remove(&0)?;
    let expected = numbers(&store)?;
    store.close()?;
    assert_eq!(files(&path, ".ckp"), ["0000000000000002.ckp"]);

    // Nothing of the log before the checkpoint is needed.
    fs::remove_file(path.join("0000000000000001.log")).unwrap();
    let store = Store::open(&path)?;
    assert_eq!(numbers(&store)?, expected);
    assert_eq!(store.collection::<Page>()?.get(&1).as_deref(), Some(&page(1)));
    assert!(store.transact(folio::Transaction::next_id::<Page>)? > id, "ids are never given twice");
    Ok(())
}

#[test]
fn a_checkpoint_of_what_is_there_already_does_nothing() -> folio::Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    store.checkpoint()?;
    assert_eq!(store.stats().checkpoints, 0);
    store.collection::<Page>()?.put(page(1))?;
    store.checkpoint()?;
    store.checkpoint()?;
    store.compact()?;
    assert_eq!(store.stats().checkpoints, 1);
    store.close()?;
    let store = Store::open(&path)?;
    store.checkpoint()?;
    assert_eq!(store.stats().checkpoints, 0);
    assert!(matches!(Store::in_memory().checkpoint(), Ok(())));
    drop(store);
    let reader = Store::options().read_only(true).open(&path)?;
    assert!(matches!(reader.checkpoint(), Err(folio::Error::ReadOnly)));
    assert_eq!(numbers(&reader)?, [1]);
    Ok(())
}

#[test]
fn what_is_older_than_the_last_two_checkpoints_goes() -> folio::Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let pages = store.collection::<Page>()?;
    for round in 0..4 {
        pages.put(page(round))?;
        store.checkpoint()?;
    }
    assert_eq!(files(&path, ".ckp").len(), 2);
    assert_eq!(files(&path, ".log"), ["0000000000000004.log"]);
    pages.put(page(4))?;
    store.compact()?;
    assert_eq!(files(&path, ".ckp"), ["0000000000000006.ckp"]);
    assert!(files(&path, ".log").is_empty());
    store.close()?;
    assert_eq!(numbers(&Store::open(&path)?)?, [0, 1, 2, 3, 4]);
    Ok(())
}

#[test]
fn in_the_place_of_a_damaged_checkpoint_the_one_before_is_taken() -> folio::Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let pages = store.collection::<Page>()?;
    for round in 0..3 {
        pages.put(page(round))?;
        store.checkpoint()?;
    }
    pages.put(page(3))?;
    store.close()?;
    let newest = path.join(files(&path, ".ckp").pop().unwrap());
    damage(&newest);
    let store = Store::open(&path)?;
    assert_eq!(numbers(&store)?, [0, 1, 2, 3]);

    // The one that was taken stays until there is another.
    store.collection::<Page>()?.put(page(4))?;
    store.checkpoint()?;
    store.close()?;
    let store = Store::open(&path)?;
    assert_eq!(numbers(&store)?, [0, 1, 2, 3, 4]);
    store.compact()?;
    assert_eq!(files(&path, ".ckp").len(), 1);
    assert!(!newest.exists());
    Ok(())
}

#[test]
fn a_damaged_checkpoint_without_which_something_is_missing_is_named() -> folio::Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    store.collection::<Page>()?.put_all((0..100).map(page))?;
    store.compact()?;
    store.close()?;
    let name = files(&path, ".ckp").pop().unwrap();
    damage(&path.join(&name));
    match Store::open(&path) {
        Err(folio::Error::Corrupt { file, .. }) => assert!(file.ends_with(&name), "{file:?}"),
        other => panic!("{other:?}"),
    }
    // Nor is it made up for by an empty log.
    fs::remove_file(path.join(&name)).unwrap();
    Ok(())
}

#[test]
fn a_checkpoint_that_was_cut_behind_a_frame_is_not_whole() -> folio::Result<()> {
    const SEAL_BYTES: usize = 96;
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    store.collection::<Page>()?.put_all((0..100).map(page))?;
    store.checkpoint()?;
    store.close()?;
    let file = path.join("0000000000000002.ckp");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - SEAL_BYTES]).unwrap();
    assert_eq!(numbers(&Store::open(&path)?)?.len(), 100, "the log has it");
    fs::remove_file(path.join("0000000000000001.log")).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(error.is_corrupt(), "{error}");
    Ok(())
}

/// What is older stays, if the newest checkpoint was damaged while the store was open.
#[test]
fn nothing_goes_for_a_checkpoint_that_is_damaged() -> folio::Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let pages = store.collection::<Page>()?;
    for round in 0..2 {
        pages.put(page(round))?;
        store.checkpoint()?;
    }
    damage(&path.join("0000000000000003.ckp"));
    pages.put(page(2))?;
    store.checkpoint()?;
    assert_eq!(files(&path, ".ckp").len(), 3);
    damage(&path.join("0000000000000004.ckp"));
    store.close()?;
    assert_eq!(numbers(&Store::open(&path)?)?, [0, 1, 2]);
    Ok(())
}

/// An id that was given out and used by nobody is in no record.
#[test]
fn ids_that_are_used_up_go_from_checkpoint_to_checkpoint() -> folio::Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    store.collection::<Page>()?;
    let id = store.transact(folio::Transaction::next_id::<Page>)?;
    store.compact()?;
    store.close()?;
    let store = Store::open(&path)?;
    assert!(store.transact(folio::Transaction::next_id::<Page>)? > id);
    Ok(())
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "pages")]
struct LongPage {
    #[key]
    number: u64,
    text: String,
    #[serde(default)]
    chapter: Option<String>,
}

/// The collection is attached in a form that the log does not know, which only reading does.
#[test]
fn a_checkpoint_does_not_decide_for_a_new_form() -> folio::Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    store.collection::<Page>()?.put_all((0..10).map(page))?;
    store.documents("others")?;
    store.close()?;

    let store = Store::open(&path)?;
    let snapshot = store.snapshot();
    assert_eq!(snapshot.collection::<LongPage>()?.len(), 10);
    store.documents("others")?.set("key", "value")?;
    store.compact()?;
    store.close()?;
    let store = Store::open(&path)?;
    assert_eq!(numbers(&store)?.len(), 10, "it is what it was");
    store.close()?;

    // And when it is adopted, checkpoints have it in the new form.
    let store = Store::open(&path)?;
    let pages = store.collection::<LongPage>()?;
    pages.update(&3, |page| page.chapter = Some("three".into()))?;
    store.compact()?;
    store.close()?;
    let store = Store::open(&path)?;
    let pages = store.collection::<LongPage>()?;
    assert_eq!(pages.get(&3).unwrap().chapter.as_deref(), Some("three"));
    assert_eq!(pages.len(), 10);
    Ok(())
}

/// Collections that nobody names go from checkpoint to checkpoint, ids and forms included.
#[test]
fn what_nobody_attached_is_carried_on() -> folio::Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    store.collection::<Page>()?.put_all((0..100).map(page))?;
    store.documents("others")?.set("key", "value")?;
    store.close()?;
    for round in 0..3_u32 {
        let store = Store::open(&path)?;
        store.documents("others")?.set("round", &round)?;
        store.compact()?;
        store.close()?;
    }
    let store = Store::open(&path)?;
    assert_eq!(store.collections().len(), 2);
    assert_eq!(numbers(&store)?.len(), 100);
    Ok(())
}

/// A fixed set of records, overwritten again and again, while the store keeps its files small by
/// itself.
#[test]
fn files_stay_below_three_times_what_is_live() -> folio::Result<()> {
    let (_directory, path) = place();
    let options = || {
        Store::options()
            .durability(folio::Durability::Write)
            .compression(folio::Compression::None)
            .checkpoint_bytes(256 << 10)
    };
    let store = options().open(&path)?;
    let pages = store.collection::<Page>()?;
    let text = "what is live ".repeat(70);
    let long = |number, round| Page { number, text: format!("{round} {text}") };
    let live = 2_000 * 930;
    let mut most = (0, Vec::new());
    for round in 0..8 {
        for number in 0..2_000 {
            pages.put(long(number, round))?;
            if number % 100 == 0 {
                let files = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap());
                // A file may be gone when its size is asked for.
                let sizes =
                    files.filter_map(|file| Some((file.metadata().ok()?.len(), file.path())));
                let sizes: Vec<_> = sizes.collect();
                most = most.max((sizes.iter().map(|(size, _)| size).sum(), sizes));
            }
        }
    }
    assert!(store.stats().checkpoints > 3, "{:?}", store.stats());
    assert!(most.0 < 3 * live + (1 << 20), "{most:?} for {live}");
    store.close()?;
    let store = options().open(&path)?;
    assert_eq!(store.collection::<Page>()?.get(&7).as_deref(), Some(&long(7, 7)));
    Ok(())
}

/// The process that wrote a checkpoint is killed, at any point; the next one compacts before it does anything
/// else, and then the power goes. The name of the checkpoint may not have been durable when the first one
/// ended: it has to be before what it replaces is removed.
#[cfg(feature = "simulation")]
#[test]
fn names_of_checkpoints_that_a_killed_process_left_are_durable_before_anything_goes()
-> folio::Result<()> {
    use folio::simulation::Disk;

    let disk = Disk::new();
    let store = Store::options().open_simulated(&disk)?;
    store.collection::<Page>()?.put_all((0..5).map(page))?;
    let before = disk.operations();
    store.checkpoint()?;
    let behind = disk.operations();
    let mut compacted = 0;
    for end in before..=behind {
        let killed = disk.after_kill(end);
        let store = Store::options().open_simulated(&killed)?;
        let opened = killed.operations();
        store.compact()?;
        for at in opened..=killed.operations() {
            for state in killed.crash_states(at, 5) {
                let store = Store::options().open_simulated(&state)?;
                assert_eq!(numbers(&store)?, [0, 1, 2, 3, 4], "killed at {end}, power at {at}");
                compacted += 1;
            }
        }
    }
    assert!(compacted > 100, "{compacted}");
    Ok(())
}
