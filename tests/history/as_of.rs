//! `as_of`: every version that is kept, from memory and from the log, is the one that there was.

use crate::common::{self, Random};
use crate::{Item, Truth, attach, commit_something, open};
use folio::{Compression, Durability, Error, History, Snapshot, Store, Version};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

/// Commits at random, and notes each version as a snapshot shows it.
fn commit_and_note(store: &Store, random: &mut Random, count: usize) -> Vec<(Snapshot, Truth)> {
    (0..count)
        .map(|_| {
            commit_something(store, random);
            let snapshot = store.snapshot();
            let truth = Truth::of(&snapshot);
            (snapshot, truth)
        })
        .collect()
}

/// Checks that `as_of` gives each of these versions, by number and by time.
fn check(store: &Store, versions: &[(Snapshot, Truth)]) {
    for (place, (snapshot, truth)) in versions.iter().enumerate() {
        let found = store.as_of(snapshot.version()).unwrap();
        assert_eq!(found.version(), snapshot.version());
        assert_eq!(found.time(), snapshot.time());
        assert_eq!(Truth::of(&found), *truth, "version {}", snapshot.version());
        assert_eq!(found.changes_since::<Item>(snapshot).unwrap().count(), 0);

        // Several versions may have one time: the newest of them counts.
        let time = snapshot.time();
        let last = versions[place..].iter().take_while(|(other, _)| other.time() == time).last();
        let found = store.as_of(time).unwrap();
        assert_eq!(found.version(), last.expect("it is there itself").0.version());
    }
}

#[test]
fn versions_in_memory_are_those_that_there_were() {
    let mut random = Random::new(common::seed("memory"));
    let store = Store::options().history(History::Versions(1_000)).in_memory();
    attach(&store);
    let versions = commit_and_note(&store, &mut random, 200);
    check(&store, &versions);
    assert_eq!(store.stats().versions, store.version().number() + 1);
    assert_eq!(store.stats().oldest_version, Version::new(0));
    assert!(store.as_of(Version::new(0)).unwrap().collections().is_empty());
    assert_eq!(store.as_of(SystemTime::UNIX_EPOCH).unwrap().version(), Version::new(0));
    let ahead = Version::new(store.version().number() + 1);
    assert!(matches!(store.as_of(ahead), Err(Error::NotYet { version, .. }) if version == ahead));
    assert_eq!(store.as_of(SystemTime::now()).unwrap().version(), store.version());
}

#[test]
fn so_many_versions_are_kept_as_were_asked_for() {
    let mut random = Random::new(common::seed("count"));
    let store = Store::options().history(History::Versions(10)).in_memory();
    attach(&store);
    let versions = commit_and_note(&store, &mut random, 60);
    check(&store, &versions[50..]);
    let stats = store.stats();
    assert_eq!((stats.versions, stats.oldest_version), (10, versions[50].0.version()));
    match store.as_of(versions[49].0.version()) {
        Err(Error::OutOfHistory { oldest }) => assert_eq!(oldest, versions[50].0.version()),
        other => panic!("{other:?}"),
    }
    match store.as_of(SystemTime::UNIX_EPOCH) {
        Err(Error::OutOfHistory { oldest }) => assert_eq!(oldest, versions[50].0.version()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_span_keeps_what_was_newest_within_it() {
    const SPAN: Duration = Duration::from_millis(20);
    let store = Store::options().history(History::For(Duration::ZERO)).in_memory();
    attach(&store);
    let mut random = Random::new(common::seed("span"));
    let newest = commit_and_note(&store, &mut random, 20).pop().expect("some");
    // Of versions at one and the same time the newest answers for all moments.
    assert_eq!((store.stats().versions, store.stats().oldest_version), (1, newest.0.version()));

    // What was newest when the span began is kept, and what was before is not.
    let store = Store::options().history(History::For(SPAN)).in_memory();
    attach(&store);
    let versions = commit_and_note(&store, &mut random, 2);
    let (before, first) = (&versions[0].0, &versions[1].0);
    while SystemTime::now() < first.time().max(before.time() + Duration::from_micros(1)) + SPAN {
        thread::yield_now();
    }
    let second = commit_and_note(&store, &mut random, 1).remove(0).0;
    let then = store.as_of(second.time() - SPAN).unwrap();
    assert_eq!(then.version(), first.version());
    assert!(matches!(store.as_of(before.version()), Err(Error::OutOfHistory { .. })));

    let store = Store::options().history(History::For(Duration::from_hours(1))).in_memory();
    attach(&store);
    let versions = commit_and_note(&store, &mut random, 50);
    check(&store, &versions);
}

#[test]
fn without_history_the_log_has_every_version() {
    let mut random = Random::new(common::seed("log"));
    let (directory, store) = open();
    let mut versions = commit_and_note(&store, &mut random, 60);
    check(&store, &versions);
    assert_eq!((store.stats().versions, store.stats().oldest_version), (1, store.version()));
    store.close().unwrap();
    check(&store, &versions);
    drop(store);

    let path = directory.path().join("store.folio");
    let store = Store::options().history(History::Versions(5)).open(&path).unwrap();
    check(&store, &versions);
    versions.extend(commit_and_note(&store, &mut random, 20));
    check(&store, &versions);
    assert_eq!(store.as_of(Version::new(0)).unwrap().version(), Version::new(0));

    // What the end of the process leaves.
    let image = directory.path().join("image.folio");
    common::crash_image(&path, &image);
    check(&Store::open(&image).unwrap(), &versions);
    drop(store);
    let store = Store::options().read_only(true).open(&path).unwrap();
    check(&store, &versions);
}

#[test]
fn the_log_is_read_across_segments() {
    let directory = tempfile::tempdir().unwrap();
    let options = || {
        let options = Store::options().segment_bytes(64 << 10).durability(Durability::Write);
        // What is one letter again and again would fill nothing.
        options.compression(Compression::None)
    };
    let store = options().open(directory.path().join("s")).unwrap();
    let documents = store.documents("texts").unwrap();
    let text = "x".repeat(20_000);
    for number in 0..20_u32 {
        documents.set("number", &number).unwrap();
        documents.set("text", &text).unwrap();
    }
    let segments = common::contents(&directory.path().join("s"));
    assert!(segments.len() > 6);
    for number in 0..20_u32 {
        let then = store.as_of(Version::new(2 + 2 * u64::from(number))).unwrap();
        assert_eq!(then.documents("texts").unwrap().get::<u32>("number").unwrap(), number);
    }
}

#[test]
fn what_is_only_in_memory_is_written_before_the_log_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let options = Store::options().durability(Durability::Background);
    let store = options.flush_interval(Duration::MAX).open(directory.path().join("s")).unwrap();
    let mut random = Random::new(common::seed("background"));
    attach(&store);
    let versions = commit_and_note(&store, &mut random, 30);
    check(&store, &versions);
}

#[test]
fn a_group_is_kept_version_by_version() {
    // With nothing but the background to write them, all commits are one group.
    let directory = tempfile::tempdir().unwrap();
    let options =
        Store::options().durability(Durability::Background).history(History::Versions(100));
    let store = options.flush_interval(Duration::MAX).open(directory.path().join("s")).unwrap();
    let mut random = Random::new(common::seed("group"));
    attach(&store);
    let versions = commit_and_note(&store, &mut random, 30);
    check(&store, &versions);
    assert_eq!(store.stats().groups, 0, "nothing was read from the log");
}

#[test]
fn old_versions_can_be_had_while_others_commit() {
    const COMMITS: u64 = 300;
    let directory = tempfile::tempdir().unwrap();
    let options = Store::options().durability(Durability::Write).history(History::Versions(40));
    let store = options.segment_bytes(64 << 10).open(directory.path().join("s")).unwrap();
    let items = store.collection::<Item>().unwrap();
    let done = AtomicBool::new(false);
    let mut random = Random::new(common::seed("beside"));
    // Each commit counts all items up by one, so a version says itself what must be in it.
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..COMMITS / 2 {
                    let up = |tx: &folio::Transaction| {
                        let items = tx.collection::<Item>()?;
                        for id in 0..3 {
                            let insert = || Item { id, price: 1 };
                            items.upsert(&id, insert, |item| item.price += 1)?;
                        }
                        Ok(())
                    };
                    store.transaction().meta("filler", "x".repeat(500)).run(up).unwrap();
                }
                done.store(true, Ordering::Release);
            });
        }
        let mut looks = 0;
        while !done.load(Ordering::Acquire) || looks < 20 {
            let version = Version::new(random.below(store.version().number() + 1));
            let then = store.as_of(version).unwrap();
            assert_eq!(then.version(), version);
            let expected = u32::try_from(version.number().saturating_sub(1)).unwrap();
            let prices: Vec<u32> =
                then.collection::<Item>().unwrap().iter().map(|item| item.price).collect();
            assert_eq!(prices, vec![expected; if expected == 0 { 0 } else { 3 }]);
            looks += 1;
        }
    });
    assert_eq!(items.get(&0).unwrap().price, u32::try_from(COMMITS).unwrap());
    assert_eq!(store.stats().versions, 40);
}
