//! A follower beside a writer in another process, which is killed and started again: what is seen is always a
//! version that the writer made, versions never go back, and in the end it is all there.
//!
//! Each commit moves money between two accounts and counts itself, so that any version can be told from half of one:
//! the sum is always the same, and the counts of the entries have no gaps.

use super::common::{Random, child_path, seed, start_child, tell, told};
use super::{Account, account, place};
use folio::{Durability, EncryptionKey, Options, Record, Result, Snapshot, Store};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const ACCOUNTS: u64 = 20;
const SUM: i64 = 2_000;

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "entries")]
struct Entry {
    #[key]
    number: u64,
    from: u64,
    to: u64,
}

fn options() -> Options {
    let key = EncryptionKey::from_bytes([7; 32]);
    Store::options().encryption(key).durability(Durability::Write).segment_bytes(64 << 10)
}

/// The writer: commits, and now and then does what moves files, for ever.
#[test]
fn write_for_ever() {
    let Some(path) = child_path() else { return };
    let store = options().open(path).expect("the store opens");
    write(&store).expect("the writer works until it is killed");
}

fn write(store: &Store) -> Result<()> {
    let accounts = store.collection::<Account>()?;
    let entries = store.collection::<Entry>()?;
    if accounts.is_empty() {
        let each = SUM / i64::try_from(ACCOUNTS).expect("a small number");
        accounts.insert_all((0..ACCOUNTS).map(|id| account(id, each)))?;
    }
    let mut random = Random::new(seed("writer"));
    for round in 0_u64.. {
        let (from, to) = (random.below(ACCOUNTS), random.below(ACCOUNTS));
        let amount = i64::try_from(random.below(50)).expect("a small number");
        store.transact(|tx| {
            let (accounts, entries) = (tx.collection::<Account>()?, tx.collection::<Entry>()?);
            accounts.update(&from, |account| account.cents -= amount)?;
            accounts.update(&to, |account| account.cents += amount)?;
            // The newest ones alone.
            let last = entries.last().map_or(0, |entry| entry.number);
            entries.put(Entry { number: last + 1, from, to })?;
            entries.remove(&last.saturating_sub(30))?;
            Ok(())
        })?;
        match random.below(60) {
            0 => store.checkpoint()?,
            1 => store.compact()?,
            2 => store.rotate_key(EncryptionKey::from_bytes([7; 32]))?,
            3 => drop(store.reencrypt(EncryptionKey::from_bytes([7; 32]))?),
            _ => {}
        }
        if round % 10 == 0 {
            tell(&entries.view().last().map_or(0, |entry| entry.number).to_string());
        }
    }
    Ok(())
}

/// Looks at a version as a whole; returns the number of its last entry.
fn check(snapshot: &Snapshot) -> Result<u64> {
    let accounts = snapshot.collection::<Account>()?;
    let entries = snapshot.collection::<Entry>()?;
    if accounts.is_empty() {
        assert!(entries.is_empty());
        return Ok(0);
    }
    let sum: i64 = accounts.iter().map(|account| account.cents).sum();
    assert_eq!(sum, SUM, "in {:?}", snapshot.version());
    let indexed: i64 = accounts.by(Account::CENTS).iter().map(|account| account.cents).sum();
    assert_eq!(indexed, SUM);
    let numbers: Vec<u64> = entries.iter().map(|entry| entry.number).collect();
    assert!(numbers.array_windows().all(|[one, next]| one + 1 == *next), "{numbers:?}");
    assert!(numbers.len() <= 31);
    Ok(numbers.last().copied().unwrap_or(0))
}

#[test]
fn a_writer_that_is_killed_and_started_again_is_followed() -> Result<()> {
    let mut random = Random::new(seed("follower"));
    let (_directory, path) = place();
    options().open(&path)?.close()?;
    let follower = options().follow_interval(Duration::from_millis(1)).follow(&path)?;
    let mut attached = None;
    let mut seen = (follower.version(), 0);
    for round in 0..12 {
        let mut writer = start_child("processes::write_for_ever", &path);
        let mut lines = told(&mut writer);
        for _ in 0..=random.below(40) {
            let line = lines.next().expect("the writer works until it is killed");
            let told: u64 = line.parse().expect("the writer tells numbers");
            // What was told was committed: it is in the files.
            follower.refresh()?;
            let snapshot = follower.snapshot();
            let last = check(&snapshot)?;
            assert!(last >= told, "{last} of {told}");
            assert!((snapshot.version(), last) >= seen, "it went back");
            seen = (snapshot.version(), last);
        }
        writer.kill().expect("the writer can be killed");
        drop(lines);
        drop(writer);
        if round == 3 {
            // From now on a handle is kept up, too.
            attached = Some(follower.collection::<Account>()?);
        }
        follower.refresh()?;
        // Whoever opens the store next finds at least what was shown.
        let next = options().open(&path)?;
        assert!(next.version() >= seen.0);
        follower.refresh()?;
        assert_eq!(follower.version(), next.version());
        assert_eq!(check(&follower.snapshot())?, check(&next.snapshot())?);
        if let Some(attached) = &attached {
            let all = next.collection::<Account>()?;
            assert!(attached.view().iter().eq(all.view().iter()));
        }
        next.close()?;
    }
    println!("{:?}, {:?}", follower.version(), follower.stats().follower);
    Ok(())
}
