//! One process at a time has a store open for writing, or any number for reading.

use super::common::{child_path, last_segment, start_child, tell, told, wait_for_parent};
use super::{Page, numbers, page, place};
use folio::{Error, Result, Store};
use std::fs;
use std::path::Path;

fn open_read_only(path: &Path) -> Result<Store> {
    Store::options().read_only(true).open(path)
}

fn is_locked(result: &Result<Store>, path: &Path) -> bool {
    matches!(result, Err(Error::Locked { path: locked }) if locked == path)
}

#[test]
fn a_store_is_opened_once_in_a_process() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    assert!(is_locked(&Store::open(&path), &path));
    assert!(is_locked(&open_read_only(&path), &path));
    // The attempts did no harm.
    store.collection::<Page>()?.put(page(1))?;
    store.close()?;
    assert_eq!(numbers(&Store::open(&path)?)?, [1]);
    Ok(())
}

#[test]
fn readers_share_a_store_and_keep_writers_out() -> Result<()> {
    let (_directory, path) = place();
    Store::open(&path)?.collection::<Page>()?.put(page(1))?;
    let (first, second) = (open_read_only(&path)?, open_read_only(&path)?);
    assert_eq!((numbers(&first)?, numbers(&second)?), (vec![1], vec![1]));
    assert!(is_locked(&Store::open(&path), &path));
    drop(first);
    assert!(is_locked(&Store::open(&path), &path));
    drop(second);
    let writer = Store::open(&path)?;
    assert!(is_locked(&open_read_only(&path), &path));
    drop(writer);
    open_read_only(&path)?;
    Ok(())
}

#[test]
fn a_failed_open_leaves_no_lock() -> Result<()> {
    let (_directory, path) = place();
    Store::open(&path)?.collection::<Page>()?.put_all((0..9).map(page))?;
    for file in [path.join("MANIFEST"), last_segment(&path)] {
        let intact = fs::read(&file).expect("the file is there");
        let mut damaged = intact.clone();
        damaged[9] ^= 1;
        fs::write(&file, damaged).expect("the file can be written");
        for _ in 0..2 {
            match Store::open(&path) {
                Err(Error::Corrupt { file: found, .. }) => assert_eq!(found, file),
                other => panic!("{other:?}"),
            }
            assert!(matches!(open_read_only(&path), Err(Error::Corrupt { .. })));
        }
        fs::write(&file, intact).expect("the file can be written");
        assert_eq!(numbers(&Store::open(&path)?)?.len(), 9);
    }
    Ok(())
}

#[test]
fn a_store_that_another_process_has_open_is_locked() -> Result<()> {
    let (_directory, path) = place();
    Store::open(&path)?.collection::<Page>()?.put(page(1))?;
    let mut holder = start_child("locking::holder", &path);
    let mut lines = told(&mut holder);
    assert_eq!(lines.next().as_deref(), Some("open"));
    assert!(is_locked(&Store::open(&path), &path));
    assert!(is_locked(&open_read_only(&path), &path));
    // A process that dies has no lock any more.
    holder.kill().expect("the child can be killed");
    holder.wait().expect("the child can be waited for");
    let store = Store::open(&path)?;

    let mut other = start_child("locking::holder", &path);
    let mut lines = told(&mut other);
    assert_eq!(lines.next().as_deref(), Some("locked"));
    other.wait().expect("the child can be waited for");
    assert_eq!(numbers(&store)?, [1]);
    Ok(())
}

/// The other process: it opens the store, says what came of it, and holds it.
#[test]
fn holder() {
    let Some(path) = child_path() else { return };
    match Store::open(&path) {
        Ok(_store) => {
            tell("open");
            wait_for_parent();
        }
        Err(Error::Locked { .. }) => tell("locked"),
        Err(error) => tell(&error.to_string()),
    }
}
