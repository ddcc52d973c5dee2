//! Processes that want the same store at the same time: one at a time gets it, the others are refused
//! and change nothing, nobody's commits are lost, and a process that dies gives the store free.

use super::common::{
    Process, child_path, contents, figures, start_child, tell, told, wait_for_parent,
};
use super::{Page, numbers, place};
use folio::{Error, Result, Store};
use std::path::Path;
use std::{fs, process, thread};

const CONTENDERS: u64 = 8;

/// How often each of them wants the store.
const TURNS: u64 = 6;

/// Tries until the store is open; returns it, and 1 where it was refused at first. How often says
/// nothing but how fast this goes around.
fn insist(path: &Path) -> (Store, u64) {
    let mut refused = 0;
    loop {
        match Store::open(path) {
            Ok(store) => return (store, refused),
            Err(Error::Locked { path: locked }) => {
                assert_eq!(locked, path);
                refused = 1;
            }
            Err(error) => {
                tell(&format!("failed: {error}"));
                panic!("{error}");
            }
        }
        thread::yield_now();
    }
}

/// Adds a page behind all that are there. Two holders at once would write one number twice.
fn add_page(store: &Store) -> Result<u64> {
    let pages = store.collection::<Page>()?;
    let count = pages.len() as u64;
    assert_eq!(numbers(store)?, (1..=count).collect::<Vec<_>>());
    pages.insert(Page { number: count + 1, text: process::id().to_string() })?;
    Ok(count + 1)
}

/// Takes the store so many times and adds a page each time. A file beside the store shows that nobody
/// else holds it meanwhile.
fn contend(path: &Path, turns: u64) -> Result<()> {
    let held = path.with_extension("held");
    for _ in 0..turns {
        let (store, refused) = insist(path);
        if let Err(error) = fs::File::create_new(&held) {
            tell(&format!("failed: somebody else has the store, too: {error}"));
            panic!("{error}");
        }
        let number = add_page(&store)?;
        fs::remove_file(&held).expect("the file is this process's own");
        store.close()?;
        tell(&format!("{number} {refused}"));
    }
    Ok(())
}

#[test]
fn contender() -> Result<()> {
    let Some(path) = child_path() else { return Ok(()) };
    contend(&path, TURNS)
}

/// Waits for the word before it contends, so that all begin at once.
#[test]
fn creator() -> Result<()> {
    let Some(path) = child_path() else { return Ok(()) };
    tell("ready");
    wait_for_parent();
    contend(&path, 1)
}

/// Adds a page like the others, and then keeps the store until it is killed.
#[test]
fn keeper() -> Result<()> {
    let Some(path) = child_path() else { return Ok(()) };
    let (store, _) = insist(&path);
    tell(&add_page(&store)?.to_string());
    wait_for_parent();
    Ok(())
}

#[test]
fn reader() -> Result<()> {
    let Some(path) = child_path() else { return Ok(()) };
    let store = Store::options().read_only(true).open(path)?;
    tell(&numbers(&store)?.len().to_string());
    wait_for_parent();
    Ok(())
}

/// Hears contenders to their ends; returns the pages they added, each with who did it, and for how
/// many they were refused at first.
fn hear_out(
    children: impl IntoIterator<Item = (Process, impl Iterator<Item = String>)>,
) -> (Vec<(u64, u32)>, u64) {
    let (mut added, mut refused) = (Vec::new(), 0);
    for (mut child, lines) in children {
        for line in lines {
            let Some((number, refusals)) = line.split_once(' ') else { panic!("{line}") };
            added.push((number.parse().unwrap_or_else(|_| panic!("{line}")), child.id()));
            refused += refusals.parse::<u64>().unwrap_or_else(|_| panic!("{line}"));
        }
        assert!(child.wait().expect("the child can be waited for").success());
    }
    added.sort_unstable();
    (added, refused)
}

/// Checks that the pages are those that were added, each by the one who told so.
fn check_pages(store: &Store, added: &[(u64, u32)]) -> Result<()> {
    let pages = store.snapshot();
    let pages = pages.collection::<Page>()?;
    let found: Vec<_> = pages.iter().map(|page| (page.number, page.text.clone())).collect();
    let expected: Vec<_> = added.iter().map(|(number, id)| (*number, id.to_string())).collect();
    assert_eq!(found, expected);
    Ok(())
}

#[test]
fn of_processes_that_contend_one_at_a_time_has_the_store() -> Result<()> {
    let (_directory, path) = place();
    let mut children: Vec<_> =
        (0..CONTENDERS).map(|_| start_child("contention::contender", &path)).collect();
    let (mut kept, mut refused) = (Vec::new(), 0);
    for _ in 0..5 {
        let mut keeper = start_child("contention::keeper", &path);
        let number = told(&mut keeper).next().expect("the keeper gets the store at last");
        kept.push((number.parse().unwrap_or_else(|_| panic!("{number}")), keeper.id()));
        // Whoever tries now changes nothing: this process, and those of the others that are left.
        let before = contents(&path);
        for read_only in [false, true] {
            let opened = Store::options().read_only(read_only).open(&path);
            assert!(matches!(opened, Err(Error::Locked { path: locked }) if locked == path));
            refused += 1;
        }
        assert_eq!(contents(&path), before);
        keeper.kill().expect("the child can be killed");
        keeper.wait().expect("the child can be waited for");
    }
    let lines: Vec<_> = children.iter_mut().map(|child| told(child)).collect();
    let (mut added, refusals) = hear_out(children.into_iter().zip(lines));
    added.extend(&kept);
    added.sort_unstable();
    assert_eq!(added.len() as u64, CONTENDERS * TURNS + 5);
    let store = Store::open(&path)?;
    check_pages(&store, &added)?;
    figures::count("lock", "openings granted one at a time", added.len() as u64);
    figures::count("lock", "openings refused meanwhile", refused + refusals);
    Ok(())
}

#[test]
fn processes_that_create_a_store_at_once_get_the_same() -> Result<()> {
    const ROUNDS: u64 = 10;
    let mut refused = 0;
    for _ in 0..ROUNDS {
        let (_directory, path) = place();
        let path = path.join("in").join("a").join("new").join("directory");
        let mut children: Vec<_> =
            (0..CONTENDERS).map(|_| start_child("contention::creator", &path)).collect();
        let mut lines: Vec<_> = children.iter_mut().map(|child| told(child)).collect();
        for line in &mut lines {
            assert_eq!(line.next().as_deref(), Some("ready"));
        }
        for child in &mut children {
            drop(child.stdin.take());
        }
        let (added, refusals) = hear_out(children.into_iter().zip(lines));
        refused += refusals;
        check_pages(&Store::open(&path)?, &added)?;
        assert_eq!(added.len() as u64, CONTENDERS);
    }
    figures::count("lock", "stores created by several processes at once", ROUNDS);
    figures::count("lock", "openings refused meanwhile", refused);
    Ok(())
}

#[test]
fn processes_that_read_share_a_store() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    add_page(&store)?;
    store.close()?;
    let mut readers: Vec<_> =
        (0..CONTENDERS).map(|_| start_child("contention::reader", &path)).collect();
    for reader in &mut readers {
        assert_eq!(told(reader).next().as_deref(), Some("1"));
    }
    let before = contents(&path);
    while let Some(mut reader) = readers.pop() {
        assert!(Store::open(&path).is_err_and(|error| error.is_locked()));
        // Some go by themselves, others are killed.
        if readers.len() % 2 == 0 {
            reader.kill().expect("the child can be killed");
        }
        drop(reader.stdin.take());
        reader.wait().expect("the child can be waited for");
    }
    assert_eq!(contents(&path), before);
    assert_eq!(add_page(&Store::open(&path)?)?, 2);
    Ok(())
}
