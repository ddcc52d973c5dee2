//! After any crash the log has the history of exactly the commits that were recovered.

use crate::common::{self, Random};
use crate::{Truth, attach, commit_something};
use folio::simulation::{Disk, Fault, Operation};
use folio::{Durability, Error, Head, History, Store, Version};
use std::time::Duration;

#[test]
fn what_a_crash_leaves_has_its_whole_history() {
    let seed = common::seed("crashes");
    let mut random = Random::new(seed);
    let disk = Disk::new();
    let store = Store::options().durability(Durability::Write).open_simulated(&disk).unwrap();
    attach(&store);
    let mut truths = vec![Truth::default(); 3];
    let mut heads: Vec<(usize, Head)> = Vec::new();
    for number in 0..12 {
        commit_something(&store, &mut random);
        truths.push(Truth::of(&store.snapshot()));
        if number % 4 == 3 {
            let head = store.head().unwrap();
            heads.push((disk.operations(), head));
        }
    }
    drop(store);
    let mut looked_at = 0;
    for at in 0..=disk.operations() {
        for crashed in disk.crash_states(at, seed).step_by(7).chain([disk.after_kill(at)]) {
            let store = Store::options().open_simulated(&crashed).unwrap();
            let newest = store.version().number();
            assert_eq!(store.commits(..).unwrap().map(Result::unwrap).count() as u64, newest);
            let then = Version::new(random.below(newest + 1));
            let truth = &truths[usize::try_from(then.number()).unwrap()];
            assert_eq!(Truth::of(&store.as_of(then).unwrap()), *truth);
            // A head was durable when it was given out.
            for (_, head) in heads.iter().filter(|(before, _)| *before <= at) {
                store.check_witness(head).unwrap();
            }
            for (_, head) in heads.iter().filter(|(_, head)| head.version.number() > newest) {
                let found = store.check_witness(head);
                assert!(matches!(found, Err(Error::WitnessMismatch { .. })));
            }
            looked_at += 1;
        }
    }
    assert!(looked_at > 100, "only {looked_at} states");
}

#[test]
fn a_failed_write_leaves_the_history_up_to_what_was_published() {
    let mut random = Random::new(common::seed("failed"));
    let disk = Disk::new();
    let options = Store::options().history(History::Versions(100));
    let store = options.open_simulated(&disk).unwrap();
    attach(&store);
    for _ in 0..5 {
        commit_something(&store, &mut random);
    }
    let published = store.version();
    disk.fail(Fault::on(Operation::Sync).forever());
    let items = store.collection::<crate::Item>().unwrap();
    assert!(items.put(crate::Item { id: 1_000, price: 1 }).is_err());
    assert_eq!(store.version(), published);
    assert_eq!(store.stats().versions, published.number() + 1);
    let next = Version::new(published.number() + 1);
    assert!(matches!(store.as_of(next), Err(Error::NotYet { .. })));
    assert_eq!(store.as_of(std::time::SystemTime::now()).unwrap().version(), published);
    // It may be in the file, and nobody saw it.
    assert_eq!(items.history(1_000).unwrap().count(), 0);
    assert_eq!(store.commits(..).unwrap().count() as u64, published.number());
    assert!(matches!(store.head(), Err(Error::Poisoned { .. })));
}

#[test]
fn what_was_seen_and_never_written_is_not_made_up() {
    let mut random = Random::new(common::seed("unwritten"));
    let disk = Disk::new();
    let options = Store::options().flush_interval(Duration::MAX);
    let store = options.durability(Durability::Background).open_simulated(&disk).unwrap();
    attach(&store);
    for _ in 0..5 {
        commit_something(&store, &mut random);
    }
    store.sync().unwrap();
    let written = store.snapshot();
    for _ in 0..5 {
        commit_something(&store, &mut random);
    }
    disk.fail(Fault::on(Operation::Write).forever());
    let lost = Version::new(written.version().number() + 2);
    assert!(matches!(store.as_of(lost), Err(Error::Poisoned { .. })));
    // The failure is known now, and what was written before can be read.
    assert!(matches!(store.as_of(lost), Err(Error::OutOfHistory { .. })));
    let then = store.as_of(written.version()).unwrap();
    assert_eq!(Truth::of(&then), Truth::of(&written));
    assert_eq!(store.commits(..).unwrap().count() as u64, written.version().number());
    assert_eq!(store.as_of(store.version()).unwrap().version(), store.version());
}
