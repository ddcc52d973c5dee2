//! The ledger: commits, the history of a record, and the audit trail, held against what was done.

use crate::common::{self, Random};
use crate::{Item, Tag, Truth, attach, commit_something, open};
use folio::{Durability, Error, History, Record, Revision, Store, Version};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;

/// The truth of each version, from 0 on.
fn fill(store: &Store, random: &mut Random, count: usize) -> Vec<Truth> {
    let mut truths = vec![Truth::default(); usize::try_from(store.version().number()).unwrap() + 1];
    for _ in 0..count {
        commit_something(store, random);
        truths.push(Truth::of(&store.snapshot()));
    }
    truths
}

fn as_json<T: Serialize>(value: &T) -> Json {
    serde_json::to_value(value).unwrap()
}

/// What commits say must make each version of the one before it.
fn check_commits(store: &Store, truths: &[Truth]) {
    let mut now = Truth::default();
    let mut version = 0;
    for commit in store.commits(..).unwrap() {
        let commit = commit.unwrap();
        version += 1;
        assert_eq!(commit.version, Version::new(version));
        assert_eq!(commit.time, store.as_of(commit.version).unwrap().time());
        for changes in &commit.changes {
            let (mut puts, mut removes) = (0, 0);
            for entry in changes.entries() {
                let (key, record) = entry.unwrap();
                let record = record.map(|record| record.to_json().unwrap());
                *if record.is_some() { &mut puts } else { &mut removes } += 1;
                let key = key.to_json().unwrap();
                if changes.collection == "items" {
                    let key: u64 = serde_json::from_str(&key).unwrap();
                    match record.map(|record| serde_json::from_str::<Item>(&record).unwrap()) {
                        Some(item) => now.items.insert(key, item.price),
                        None => now.items.remove(&key),
                    };
                } else {
                    let key: String = serde_json::from_str(&key).unwrap();
                    match record.map(|record| serde_json::from_str::<Tag>(&record).unwrap()) {
                        Some(tag) => now.tags.insert(key, tag.count),
                        None => now.tags.remove(&key),
                    };
                }
            }
            assert_eq!((changes.puts, changes.removes), (puts, removes));
            assert_eq!(changes.created, version <= 2, "the first two commits create collections");
        }
        assert_eq!(now, truths[usize::try_from(version).unwrap()], "version {version}");
    }
    assert_eq!(version, store.version().number());
}

/// A record is between two revisions what the first of them says.
fn check_revisions(
    revisions: &[Revision<Item>],
    truths: &[Truth],
    id: u64,
    time_of: impl Fn(Version) -> std::time::SystemTime,
) {
    let mut revisions = revisions.iter().peekable();
    let mut now = None;
    for (version, truth) in truths.iter().enumerate() {
        let version = Version::new(version as u64);
        if let Some(revision) = revisions.next_if(|revision| revision.version == version) {
            now = revision.value.as_ref().map(|item| item.price);
            assert_eq!(revision.time, time_of(version));
        }
        assert_eq!(now, truth.items.get(&id).copied(), "item {id} in version {version}");
    }
    assert!(revisions.next().is_none(), "a revision of no version");
}

#[test]
fn commits_and_revisions_are_what_was_done() {
    let mut random = Random::new(common::seed("ledger"));
    let (directory, store) = open();
    let truths = fill(&store, &mut random, 80);
    check_commits(&store, &truths);
    let items = store.collection::<Item>().unwrap();
    for id in 0..40 {
        let revisions: Vec<_> = items.history(id).unwrap().map(Result::unwrap).collect();
        check_revisions(&revisions, &truths, id, |version| store.as_of(version).unwrap().time());
    }
    drop(items);
    store.close().unwrap();
    drop(store);

    let store = Store::open(directory.path().join("store.folio")).unwrap();
    // By nobody's type.
    check_commits(&store, &truths);
    attach(&store);
    check_commits(&store, &truths);
}

#[test]
fn a_store_in_memory_has_the_history_that_it_keeps() {
    let mut random = Random::new(common::seed("revisions in memory"));
    let store = Store::options().history(History::Versions(1_000)).in_memory();
    attach(&store);
    let truths = fill(&store, &mut random, 80);
    let items = store.collection::<Item>().unwrap();
    for id in 0..40 {
        let revisions: Vec<_> = items.history(id).unwrap().map(Result::unwrap).collect();
        check_revisions(&revisions, &truths, id, |version| store.as_of(version).unwrap().time());
    }
    store
        .transaction()
        .meta("actor", "ada")
        .run(|tx| tx.collection::<Item>()?.put(Item { id: 99, price: 1 }))
        .unwrap();
    let last = items.history(99).unwrap().last().expect("it was put").unwrap();
    assert_eq!(last.meta, [("actor".to_owned(), "ada".to_owned())]);
    assert_eq!(last.version, store.version());
    assert!(matches!(store.commits(..), Err(Error::NoLog)));
    assert!(matches!(store.head(), Err(Error::NoLog)));
}

#[test]
fn ranges_of_commits_begin_and_end_where_they_say() {
    let directory = tempfile::tempdir().unwrap();
    let options = Store::options().segment_bytes(64 << 10).durability(Durability::Write);
    let store = options.open(directory.path().join("s")).unwrap();
    let documents = store.documents("texts").unwrap();
    for number in 0..30_u32 {
        documents.set(format!("{number}"), &"x".repeat(10_000)).unwrap();
    }
    let newest = store.version().number();
    let version = Version::new;
    let numbers = |commits: folio::Commits| -> Vec<u64> {
        commits.map(|commit| commit.unwrap().version.number()).collect()
    };
    let mut random = Random::new(common::seed("ranges"));
    for _ in 0..200 {
        let (from, to) = (random.below(newest + 3), random.below(newest + 3));
        let within = |numbers: std::ops::Range<u64>| -> Vec<u64> {
            numbers.filter(|number| (1..=newest).contains(number)).collect()
        };
        let found = numbers(store.commits(version(from)..version(to)).unwrap());
        assert_eq!(found, within(from..to), "{from}..{to}");
        let found = numbers(store.commits(version(from)..=version(to)).unwrap());
        assert_eq!(found, within(from..to + 1), "{from}..={to}");
        let found = numbers(store.commits(version(from)..).unwrap());
        assert_eq!(found, within(from..newest + 1), "{from}..");
    }
}

#[test]
fn the_end_of_a_log_is_read_without_its_beginning() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    for number in 0..4_u32 {
        let store = Store::open(&path).unwrap();
        store.documents("texts").unwrap().set("number", &number).unwrap();
        store.close().unwrap();
    }
    let store = Store::open(&path).unwrap();
    let first = path.join("0000000000000001.log");
    let bytes = std::fs::read(&first).unwrap();
    std::fs::write(&first, &bytes[..200]).unwrap();
    let last = store.version();
    let info = store.commits(last..).unwrap().next().unwrap().unwrap();
    assert_eq!((info.version, info.changes[0].puts), (last, 1));
    assert!(store.commits(..).unwrap().any(|commit| commit.is_err()));
}

#[test]
fn documents_have_a_history_too() {
    let (_directory, store) = open();
    let notes = store.documents("notes").unwrap();
    notes.set("a", "one").unwrap();
    notes.set("b", "other").unwrap();
    notes.set("a", &2_u8).unwrap();
    notes.delete("a").unwrap();
    let values: Vec<Option<String>> = notes
        .history("a")
        .unwrap()
        .map(|revision| revision.unwrap().value.map(|document| document.value().to_string()))
        .collect();
    assert_eq!(values, [Some("\"one\"".to_owned()), Some("2".to_owned()), None]);
}

#[test]
fn what_comes_later_is_not_among_the_commits() {
    let (_directory, store) = open();
    let items = store.collection::<Item>().unwrap();
    items.put(Item { id: 1, price: 1 }).unwrap();
    let (commits, revisions) = (store.commits(..).unwrap(), items.history(1).unwrap());
    items.put(Item { id: 1, price: 2 }).unwrap();
    assert_eq!(commits.count(), 3);
    assert_eq!(revisions.count(), 1);
}

#[test]
fn the_audit_trail_is_lines_of_json() {
    let (_directory, store) = open();
    let put = |price| {
        store.transaction().meta("actor", "ada").meta("reason", "a \"test\"").run(|tx| {
            tx.collection::<Item>()?.put(Item { id: 7, price })?;
            tx.collection::<Tag>()?.remove("none").map(drop)
        })
    };
    put(250).unwrap();
    store.collection::<Item>().unwrap().remove(&7).unwrap();
    let mut trail = Vec::new();
    assert_eq!(store.audit(&mut trail).unwrap(), 4);
    let lines: Vec<Json> = String::from_utf8(trail)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    assert_eq!(lines[0]["changes"][0]["created"], true);
    assert_eq!(lines[2]["version"], 3);
    assert_eq!(lines[2]["meta"], as_json(&[["actor", "ada"], ["reason", "a \"test\""]]));
    assert_eq!(lines[2]["changes"][0]["collection"], "items");
    let put = &lines[2]["changes"][0]["puts"][0];
    assert_eq!((&put["key"], &put["value"]), (&as_json(&7), &as_json(&Item { id: 7, price: 250 })));
    assert_eq!(lines[3]["changes"][0]["removes"], as_json(&[7]));
    let head = store.head().unwrap().to_string();
    assert_eq!(head, format!("4:{}", lines[3]["hash"].as_str().unwrap()));
}

mod v1 {
    use super::{Deserialize, Record, Serialize};

    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(name = "notes")]
    pub(super) struct Note {
        #[key]
        pub(super) id: u32,
        pub(super) text: String,
    }
}

mod v2 {
    use super::{Deserialize, Record, Serialize};

    /// A field more, which is written down by a commit that writes all records anew.
    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(name = "notes")]
    pub(super) struct Note {
        #[key]
        pub(super) id: u32,
        #[serde(alias = "text")]
        pub(super) title: String,
        #[serde(default = "three")]
        pub(super) stars: u8,
    }

    fn three() -> u8 {
        3
    }
}

mod v3 {
    use super::{Deserialize, Record, Serialize, v2};

    /// Another key.
    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(name = "notes", version = 2, from = v2::Note)]
    pub(super) struct Note {
        #[key]
        pub(super) name: String,
        pub(super) title: String,
        pub(super) stars: u8,
    }

    impl From<v2::Note> for Note {
        fn from(note: v2::Note) -> Self {
            Self { name: format!("note {}", note.id), title: note.title, stars: note.stars }
        }
    }
}

#[test]
fn the_history_goes_back_through_changes_of_the_type() {
    let directory = tempfile::tempdir().unwrap();
    let path: &Path = directory.path();
    {
        let notes = Store::open(path).unwrap().collection::<v1::Note>().unwrap();
        let note = |id, text: &str| v1::Note { id, text: text.to_owned() };
        notes.put_all([note(1, "one"), note(2, "two")]).unwrap(); // version 2
        notes.put(note(1, "uno")).unwrap();
        notes.remove(&2).unwrap();
    }
    {
        let notes = Store::open(path).unwrap().collection::<v2::Note>().unwrap(); // 5: rewritten
        notes.put(v2::Note { id: 1, title: "eins".to_owned(), stars: 5 }).unwrap();
        notes.put(v2::Note { id: 2, title: "zwei".to_owned(), stars: 4 }).unwrap();
        let stars: Vec<_> = revisions(&notes, 1, |note| (note.title.clone(), note.stars));
        let expected = [(2, ("one", 3)), (3, ("uno", 3)), (6, ("eins", 5))];
        assert_eq!(
            stars,
            expected.map(|(at, (title, stars))| (at, Some((title.to_owned(), stars))))
        );
        // The two of version 4 was removed, and the rewriting did not bring it back.
        let two: Vec<_> = revisions(&notes, 2, |note| note.title.clone());
        let expected = [(2, Some("two")), (4, None), (7, Some("zwei"))];
        assert_eq!(two, expected.map(|(at, title)| (at, title.map(str::to_owned))));
    }
    let store = Store::open(path).unwrap();
    let notes = store.collection::<v3::Note>().unwrap(); // 8: rewritten
    notes.remove("note 1").unwrap();
    let one: Vec<_> = revisions(&notes, "note 1", |note| note.title.clone());
    let expected = [(2, Some("one")), (3, Some("uno")), (6, Some("eins")), (9, None)];
    assert_eq!(one, expected.map(|(at, title)| (at, title.map(str::to_owned))));
    let two: Vec<_> = revisions(&notes, "note 2", |note| note.title.clone());
    let expected = [(2, Some("two")), (4, None), (7, Some("zwei"))];
    assert_eq!(two, expected.map(|(at, title)| (at, title.map(str::to_owned))));

    // And so does time travel.
    let then = store.as_of(Version::new(3)).unwrap();
    let titles: BTreeMap<String, String> = then
        .collection::<v3::Note>()
        .unwrap()
        .iter()
        .map(|note| (note.name.clone(), note.title.clone()))
        .collect();
    let expected = [("note 1", "uno"), ("note 2", "two")];
    assert_eq!(titles, expected.map(|(name, title)| (name.to_owned(), title.to_owned())).into());
    let rewritten: Vec<u64> = store
        .commits(..)
        .unwrap()
        .map(Result::unwrap)
        .filter(|commit| commit.changes.iter().any(|changes| changes.rewritten))
        .map(|commit| commit.version.number())
        .collect();
    assert_eq!(rewritten, [5, 8]);
}

fn revisions<T: Record, R>(
    collection: &folio::Collection<T>,
    key: impl folio::KeyPart<T::Key>,
    show: impl Fn(&T) -> R,
) -> Vec<(u64, Option<R>)> {
    let show =
        |revision: Revision<T>| (revision.version.number(), revision.value.as_deref().map(&show));
    collection.history(key).unwrap().map(|revision| show(revision.unwrap())).collect()
}
