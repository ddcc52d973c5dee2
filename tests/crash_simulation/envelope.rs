//! Crashes and faults of stores that are compressed and encrypted, and while their keys change: after
//! each the store opens with the key before or with the one behind, and has all that it had.

use crate::effort::pick;
use crate::explorer::Explorer;
use crate::figures;
use crate::history::options;
use crate::model::{Account, account};
use crate::power::{Done, report};
use crate::workloads::scripted;
use folio::simulation::{Disk, Fault};
use folio::{Compression, EncryptionKey, Error, Options, Store};
use std::time::Instant;

fn key(byte: u8) -> EncryptionKey {
    EncryptionKey::from_bytes([byte; 32])
}

fn encrypted(byte: u8) -> Options {
    options().encryption(key(byte))
}

/// The scripted workload, once more.
#[test]
fn every_crash_of_a_sealed_workload_leaves_a_prefix() {
    for (what, options) in [
        ("compressed", options().compression(Compression::Snappy)),
        ("encrypted", encrypted(1)),
        ("compressed and encrypted", encrypted(1).compression(Compression::Snappy)),
    ] {
        let (mut explorer, start) = (Explorer::thrifty(pick(64, 16, 1)), Instant::now());
        explorer.begin();
        let Done { disk, history, .. } = Done::run_with(options, &scripted());
        let stride = pick(7, 1, 1);
        let result = explorer.power_loss_every(&disk, &history, stride, 1);
        report(&format!("power loss, {what}"), explorer.figures, start);
        result.unwrap();
    }
}

/// A store with some accounts in it.
fn with_accounts(options: Options) -> Disk {
    let disk = Disk::new();
    let store = options.open_simulated(&disk).unwrap();
    let accounts = store.collection::<Account>().unwrap();
    for id in 1..4 {
        accounts.put(account(id, id)).unwrap();
    }
    store.close().unwrap();
    disk
}

/// The number of accounts, if the store opens so.
fn accounts(disk: &Disk, options: Options) -> Option<usize> {
    // Each opening has a disk of its own, so that none finds what another did.
    match options.open_simulated(&Disk::from_files(disk.files())) {
        Ok(store) => Some(store.snapshot().collection::<Account>().unwrap().len()),
        Err(Error::WrongKey) => None,
        Err(other) => panic!("neither this key nor another: {other}"),
    }
}

/// Changes a store, and looks at every crash on the way: `is_changed` looks at what is left, which must
/// be so in the end. Returns how often it was not and was.
fn changes(
    disk: &Disk,
    change: impl FnOnce(&Disk),
    is_changed: impl Fn(&Disk) -> bool,
) -> (u64, u64) {
    // What was done so far is durable.
    let disk = Disk::from_files(disk.files());
    change(&disk);
    let (mut before, mut behind) = (0, 0);
    for at in 0..=disk.operations() {
        for crashed in disk.crash_states(at, at as u64) {
            let is_changed = is_changed(&crashed);
            assert!(is_changed || at < disk.operations(), "the change was not durable");
            *if is_changed { &mut behind } else { &mut before } += 1;
        }
    }
    figures::count("crash", "states of a store whose key changes", before + behind);
    (before, behind)
}

#[test]
fn a_key_that_changes_is_the_one_before_or_the_one_behind() {
    let disk = with_accounts(encrypted(1));
    let rotate = |disk: &Disk| {
        let store = encrypted(1).open_simulated(disk).unwrap();
        store.rotate_key(key(2)).unwrap();
        // Not closed: nothing that comes later may be needed.
        std::mem::forget(store);
    };
    let (before, behind) = changes(&disk, rotate, |crashed| {
        match (accounts(crashed, encrypted(1)), accounts(crashed, encrypted(2))) {
            (Some(3), None) => false,
            (None, Some(3)) => true,
            other => panic!("not one of the two keys: {other:?}"),
        }
    });
    assert!(before > 3 && behind > 0, "{before} states with the key before, {behind} behind");
}

/// Everything is written anew meanwhile: a checkpoint comes, and what was there goes.
#[test]
fn a_store_that_is_encrypted_anew_has_all_its_data_under_one_of_the_keys() {
    let with_checkpoint = with_accounts(encrypted(1));
    let store = encrypted(1).open_simulated(&with_checkpoint).unwrap();
    store.checkpoint().unwrap();
    store.close().unwrap();
    for disk in [with_accounts(encrypted(1)), with_checkpoint] {
        let disk = Disk::from_files(disk.files());
        let reencrypt = |disk: &Disk| {
            let store = encrypted(1).open_simulated(disk).unwrap();
            store.reencrypt(key(2)).unwrap();
            // Not closed: nothing that comes later may be needed.
            std::mem::forget(store);
        };
        let (before, behind) = changes(&disk, reencrypt, |crashed| {
            match (accounts(crashed, encrypted(1)), accounts(crashed, encrypted(2))) {
                (Some(3), None) => false,
                (None, Some(3)) => true,
                other => panic!("not one of the two keys: {other:?}"),
            }
        });
        assert!(before > 5 && behind > 5, "{before} states with the key before, {behind} behind");
    }
}

/// Wherever it was cut short, another call brings it to its end: nothing is left under the first store key.
#[test]
fn what_was_cut_short_is_ended_by_another_call() {
    let disk = with_accounts(encrypted(1));
    let disk = Disk::from_files(disk.files());
    let store = encrypted(1).open_simulated(&disk).unwrap();
    let manifest = disk.files()["MANIFEST"].clone();
    store.reencrypt(key(2)).unwrap();
    std::mem::forget(store);
    for at in 0..=disk.operations() {
        for crashed in disk.crash_states(at, at as u64).take(20) {
            let is_begun = accounts(&crashed, encrypted(2)).is_some();
            let store = encrypted(if is_begun { 2 } else { 1 }).open_simulated(&crashed).unwrap();
            store.reencrypt(key(3)).unwrap();
            store.collection::<Account>().unwrap().put(account(4, 4)).unwrap();
            store.close().unwrap();
            assert_eq!(accounts(&crashed, encrypted(3)), Some(4));
            let files = crashed.files().into_iter();
            let files = files.filter(|(name, _)| name.contains(".log") || name.contains(".ckp"));
            for (name, bytes) in files {
                let manifest = ("MANIFEST".to_owned(), manifest.clone());
                let alone = Disk::from_files([manifest, (name.clone(), bytes)]);
                let report = encrypted(1).verify_simulated(&alone).unwrap();
                assert_eq!((report.commits, report.collections.len()), (0, 0), "{name}");
            }
        }
    }
}

#[test]
fn encryption_that_is_turned_on_or_off_is_on_or_off() {
    let needs_key = |crashed: &Disk| {
        // With its key it opens in any case.
        assert_eq!(accounts(crashed, encrypted(1)), Some(3));
        let without = accounts(crashed, options());
        assert!(matches!(without, Some(3) | None));
        without.is_none()
    };
    let disk = with_accounts(options());
    let turn_on = |disk: &Disk| drop(encrypted(1).open_simulated(disk).unwrap());
    let (before, behind) = changes(&disk, turn_on, needs_key);
    assert!(before > 0 && behind > 0, "{before} states without a key, {behind} with");
    // As long as nothing is encrypted it can be turned off without a trace.
    turn_on(&disk);
    let turn_off = options().encryption_off(key(1));
    let turn_off = |disk: &Disk| drop(turn_off.open_simulated(disk).unwrap());
    let (before, behind) = changes(&disk, turn_off, |crashed| !needs_key(crashed));
    assert!(before > 0 && behind > 0, "{before} states with a key, {behind} without");
}

/// Whatever fails while the store is encrypted anew, it opens with one of the keys, and has all that it had; and
/// unless it was the log that failed, it goes on.
#[test]
fn encrypting_anew_that_fails_does_no_harm() {
    let disk = with_accounts(encrypted(1));
    let (mut met, mut went_on) = (0, 0);
    for forever in [false, true] {
        for after in 0.. {
            let disk = Disk::from_files(disk.files());
            let store = encrypted(1).open_simulated(&disk).unwrap();
            let fault = Fault::on_any().after(after);
            disk.fail(if forever { fault.forever() } else { fault });
            let changed = store.reencrypt(key(2));
            if disk.counters().faults == 0 {
                changed.unwrap();
                break;
            }
            met += 1;
            disk.heal();
            let put = store.collection::<Account>().unwrap().put(account(4, 4));
            let expected = match put {
                Ok(_) => {
                    went_on += 1;
                    4
                }
                Err(error) => {
                    assert!(error.is_poisoned(), "{after}: {error}");
                    3
                }
            };
            let _ = store.close();
            drop(store);
            let found = (accounts(&disk, encrypted(1)), accounts(&disk, encrypted(2)));
            let is_whole = found == (Some(expected), None) || found == (None, Some(expected));
            assert!(is_whole, "{after}: {found:?}");
            let right = if found.0.is_some() { 1 } else { 2 };
            let store = encrypted(right).open_simulated(&disk).unwrap();
            store.reencrypt(key(3)).unwrap();
            store.close().unwrap();
            assert_eq!(accounts(&disk, encrypted(3)), Some(expected));
        }
    }
    assert!(met > 40 && went_on > 20, "{met} faults, {went_on} of them without harm to the log");
    figures::count("crash", "faults met while a store is encrypted anew", met);
}

/// Whatever fails while the key changes, the store goes on, and is opened with one of the two.
#[test]
fn a_change_of_the_key_that_fails_does_no_harm() {
    let disk = with_accounts(encrypted(1));
    let mut met = 0;
    for after in 0.. {
        let disk = Disk::from_files(disk.files());
        let store = encrypted(1).open_simulated(&disk).unwrap();
        disk.fail(Fault::on_any().after(after));
        let changed = store.rotate_key(key(2));
        if disk.counters().faults == 0 {
            changed.unwrap();
            break;
        }
        met += 1;
        assert!(matches!(changed, Err(Error::Io { .. })), "{changed:?}");
        store.collection::<Account>().unwrap().put(account(4, 4)).unwrap();
        store.close().unwrap();
        let found = (accounts(&disk, encrypted(1)), accounts(&disk, encrypted(2)));
        assert!(matches!(found, (Some(4), None) | (None, Some(4))), "{after}: {found:?}");
        let right = if found.0.is_some() { 1 } else { 2 };
        let store: Store = encrypted(right).open_simulated(&disk).unwrap();
        store.rotate_key(key(3)).unwrap();
        store.close().unwrap();
        assert_eq!(accounts(&disk, encrypted(3)), Some(4));
    }
    assert!(met > 4, "{met} faults");
    figures::count("crash", "faults met while a key changes", met);
}
