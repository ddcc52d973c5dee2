//! One predecessor copied its files at each `Set` and kept the last ten copies: after ten writes, all backups
//! were of the last moment, and a mistake that was noticed later was in each of them. A copy that was made beside
//! a write lost a key that had been acknowledged, once in a hundred. There was no way to restore one, and none
//! to see whether it was intact.

use super::common::wait_until;
use super::{place, value};
use folio::simulation::Clock;
use folio::{Result, Store};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_hours(24);

fn open(path: &Path, backups: &Path, clock: &Clock) -> Result<Store> {
    Store::options().clock(clock).create(false).open(path)?.close()?;
    let store = Store::options().clock(clock).backups(backups, 5, DAY).open(path)?;
    wait_until("the first backup is made", || store.stats().backups == 1);
    Ok(store)
}

fn start() -> Clock {
    Clock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_396_712))
}

#[test]
fn backups_reach_back_in_time_however_much_is_written() -> Result<()> {
    let (directory, path) = place();
    Store::open(&path)?.collection::<super::Value>()?.put(value("a", 0))?;
    let clock = start();
    let store = open(&path, &directory.path().join("backups"), &clock)?;
    let values = store.collection::<super::Value>()?;
    for day in 1..=6 {
        for number in 0..50 {
            values.put(value("a", day * 1_000 + number))?;
        }
        clock.advance(DAY);
        let made = u64::try_from(day).unwrap() + 1;
        wait_until("the backup is made", || store.stats().backups == made);
    }
    // The mistake of the sixth day is not in the backup of the second.
    let backups = store.backups()?;
    assert_eq!(backups.len(), 5);
    for (backup, day) in backups.iter().zip((2..=6).rev()) {
        let target = directory.path().join(format!("day {day}"));
        assert_eq!(Store::restore(&backup.path, &target)?, backup.version);
        assert_eq!(super::values(&Store::open(target)?)?, [value("a", day * 1_000 + 49)]);
    }
    Ok(())
}

#[test]
fn what_was_acknowledged_before_a_backup_is_in_it() -> Result<()> {
    const WRITERS: usize = 4;
    let (directory, path) = place();
    Store::open(&path)?.collection::<super::Value>()?.put(value("a", 0))?;
    let clock = start();
    let store = open(&path, &directory.path().join("backups"), &clock)?;
    let values = store.collection::<super::Value>()?;
    let acknowledged: [AtomicI64; WRITERS] = Default::default();
    let (is_over, mut before) = (AtomicBool::new(false), BTreeMap::new());
    thread::scope(|scope| {
        for (writer, acknowledged) in acknowledged.iter().enumerate() {
            let (values, is_over) = (&values, &is_over);
            scope.spawn(move || {
                for number in 1.. {
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                    values.put(value(&format!("{writer}"), number)).expect("it can be written");
                    acknowledged.store(number, Ordering::SeqCst);
                }
            });
        }
        for made in 2..=6 {
            let version = store.version();
            wait_until("something is written", || store.version() > version);
            let known = acknowledged.each_ref().map(|number| number.load(Ordering::SeqCst));
            clock.advance(DAY);
            wait_until("the backup is made", || store.stats().backups == made);
            before.insert(store.stats().last_backup.expect("it was just made"), known);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    for backup in store.backups()? {
        let target = directory.path().join(format!("{}", backup.version));
        Store::restore(&backup.path, &target)?;
        let restored = Store::open(target)?.collection::<super::Value>()?;
        for (writer, number) in before[&backup.version].iter().enumerate() {
            let found = restored.get(&format!("{writer}")).map_or(0, |value| value.number);
            assert!(found >= *number, "{found} of writer {writer} and not {number}");
        }
    }
    Ok(())
}

#[test]
fn a_damaged_backup_says_so_and_another_one_is_there() -> Result<()> {
    let (directory, path) = place();
    Store::open(&path)?.collection::<super::Value>()?.put(value("a", 1))?;
    let clock = start();
    let store = open(&path, &directory.path().join("backups"), &clock)?;
    store.collection::<super::Value>()?.put(value("a", 2))?;
    clock.advance(DAY);
    wait_until("the backup is made", || store.stats().backups == 2);
    let [newest, before] = &store.backups()?[..] else { panic!("there are two") };
    let mut names = super::common::contents(&newest.path).into_keys();
    // Its own last segment, which the one before does not have.
    let segment = newest.path.join(names.rfind(|name| name.contains(".log")).unwrap());
    let mut bytes = std::fs::read(&segment).expect("it is there");
    let place = bytes.len() - 100;
    bytes[place] ^= 1;
    std::fs::write(&segment, bytes).expect("it can be written");
    let target = directory.path().join("restored");
    let error = Store::restore(&newest.path, &target).unwrap_err();
    assert!(error.is_corrupt(), "{error}");
    Store::restore(&before.path, &target)?;
    assert_eq!(super::values(&Store::open(&target)?)?, [value("a", 1)]);
    Ok(())
}
