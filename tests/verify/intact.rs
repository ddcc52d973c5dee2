//! In an intact store nothing is found, whatever kind it is, and whatever goes on beside.

use super::{Item, fill, item, options};
use folio::simulation::Disk;
use folio::{Compression, EncryptionKey, Error, Options, Result, Store};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

fn key() -> EncryptionKey {
    EncryptionKey::from_bytes([7; 32])
}

fn kinds() -> Vec<(&'static str, Options)> {
    vec![
        ("plain", options()),
        ("compressed", options().compression(Compression::Snappy)),
        ("encrypted", options().encryption(key())),
        ("ledger", options().ledger(true)),
    ]
}

#[test]
fn stores_of_all_kinds_are_intact_open_and_closed() -> Result<()> {
    for (kind, options) in kinds() {
        let disk = Disk::new();
        for round in 0..4 {
            let store = options.clone().open_simulated(&disk)?;
            fill(&store, round * 10..round * 10 + 10)?;
            match round {
                1 => store.checkpoint()?,
                2 => store.compact()?,
                3 => {
                    store.checkpoint()?;
                    fill(&store, 40..42)?;
                }
                _ => {}
            }
            let report = store.verify()?;
            assert!(report.is_intact(), "{kind}, round {round}: {report}");
            assert_eq!(report.newest, store.version(), "{kind}");
            assert_eq!(report.head, Some(store.head()?), "{kind}");
            let items = report.collections.first().expect("there is a collection");
            assert_eq!((items.name.as_str(), items.records), ("items", 7), "{kind}");
            // One for the color of each, and one for its code.
            assert_eq!(items.index_entries, Some(14), "{kind}");
            store.close()?;

            let before = disk.files();
            let report = options.clone().verify_simulated(&disk)?;
            assert!(report.is_intact() && report.torn.is_none(), "{kind}, {round}: {report}");
            let items = report.collections.first().expect("there is a collection");
            assert_eq!((items.records, items.index_entries), (7, None), "{kind}");
            assert_eq!(disk.files(), before, "{kind}: nothing is changed");
        }
    }
    Ok(())
}

#[test]
fn what_a_crash_leaves_is_no_damage() -> Result<()> {
    let mut torn = 0;
    for options in [options(), options().encryption(key())] {
        let disk = Disk::new();
        let store = options.clone().open_simulated(&disk)?;
        fill(&store, 0..2)?;
        store.checkpoint()?;
        fill(&store, 2..3)?;
        drop(store);
        let operations = disk.operations();
        let points = (0..=operations).step_by(11);
        for crashed in points.flat_map(|at| disk.crash_states(at, 1).take(12)) {
            let has_manifest = crashed.files().contains_key("MANIFEST");
            match options.clone().verify_simulated(&crashed) {
                Ok(report) => {
                    assert!(report.is_intact(), "{report}");
                    torn += u32::from(report.torn.is_some());
                }
                Err(Error::Io { .. }) if !has_manifest => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(torn > 0, "a torn end was seen");
    Ok(())
}

#[test]
fn beside_commits_and_checkpoints_nothing_is_found() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let store = options().checkpoint_bytes(64 << 10).open(directory.path())?;
    let items = store.collection::<Item>()?;
    items.put(item(0, 0))?;
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| -> Result<()> {
        let writer = scope.spawn(|| -> Result<u64> {
            let mut round = 0;
            while !is_over.load(Ordering::Relaxed) {
                round += 1;
                fill(&store, round..round + 1)?;
                if round % 5 == 0 {
                    store.compact()?;
                }
            }
            Ok(round)
        });
        let verified = (0..20).try_for_each(|_| {
            let before = store.version();
            let report = store.verify()?;
            assert!(report.is_intact(), "{report}");
            assert!(report.newest >= before);
            Ok(())
        });
        is_over.store(true, Ordering::Relaxed);
        writer.join().expect("the writer ends")?;
        verified
    })
}

#[test]
fn a_store_in_memory_has_indexes_alone() -> Result<()> {
    let store = Store::in_memory();
    fill(&store, 0..3)?;
    let report = store.verify()?;
    assert!(report.is_intact());
    assert_eq!((report.segments, report.head), (0, None));
    Ok(())
}

#[test]
fn a_store_that_is_open_elsewhere_or_has_another_key_is_refused() -> Result<()> {
    let disk = Disk::new();
    let store = options().encryption(key()).open_simulated(&disk)?;
    fill(&store, 0..1)?;
    let opened = options().encryption(key()).verify_simulated(&disk);
    assert!(opened.unwrap_err().is_locked());
    store.close()?;
    assert!(options().verify_simulated(&disk).unwrap_err().is_wrong_key());
    let other = EncryptionKey::from_bytes([8; 32]);
    assert!(options().encryption(other).verify_simulated(&disk).unwrap_err().is_wrong_key());
    Ok(())
}

#[test]
fn a_witness_is_held_against_the_log() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let store = options().open(directory.path())?;
    fill(&store, 0..1)?;
    let witness = store.head()?;
    fill(&store, 1..2)?;
    assert!(store.verify_against(&witness)?.is_intact());
    let forged = folio::Head { hash: [1; 32], ..witness };
    let report = store.verify_against(&forged)?;
    assert_eq!(report.problems.len(), 1, "{report}");
    store.close()?;
    assert!(options().verify_against(directory.path(), &witness)?.is_intact());
    assert!(!options().verify_against(directory.path(), &forged)?.is_intact());
    Ok(())
}
