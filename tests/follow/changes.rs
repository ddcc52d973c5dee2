//! What a writer does, step by step, and what a follower makes of it.

use super::{Account, account, accounts, assert_same, follow, place, quiet};
use folio::{Error, History, Record, Result, Store};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[test]
fn rows_and_indexes_follow_every_commit() -> Result<()> {
    let (_directory, path) = place();
    let writer = Store::open(&path)?;
    let written = writer.collection::<Account>()?;
    written.put(account(1, 100))?;
    let follower = follow(&path);
    let seen = follower.collection::<Account>()?;
    assert_same(&follower, &writer);

    let before = follower.snapshot();
    written.put_all((2..200).map(|id| account(id, 0)))?;
    written.update(&1, |account| account.cents = 7)?;
    written.remove(&50)?;
    // A unique value that goes from one record to another in one commit.
    writer.transact(|tx| {
        let accounts = tx.collection::<Account>()?;
        accounts.remove(&2)?;
        accounts.put(Account { id: 300, title: "account 2".into(), cents: 9 })
    })?;
    assert_eq!(seen.len(), 1, "nothing is seen before a look");
    assert_eq!(follower.refresh()?, writer.version());
    assert_eq!(seen.find(Account::TITLE, "account 2").map(|found| found.id), Some(300));
    assert_eq!(seen.find(Account::TITLE, "account 50"), None);
    written.put(account(300, 9))?;
    written.clear()?;
    written.put_all((5..9).map(|id| account(id, 5)))?;
    follower.refresh()?;
    assert_same(&follower, &writer);
    assert_eq!(seen.view().by(Account::CENTS).count(&5), 4);
    // What was held stays what it was.
    assert_eq!(accounts(&before), BTreeMap::from([(1, 100)]));
    assert!(matches!(seen.put(account(1, 1)), Err(Error::ReadOnly)));
    assert!(follower.verify()?.is_intact());
    Ok(())
}

#[test]
fn a_thread_looks_by_itself() -> Result<()> {
    let (_directory, path) = place();
    let writer = Store::open(&path)?;
    let follower = Store::follow(&path)?;
    writer.collection::<Account>()?.put(account(1, 1))?;
    super::common::wait_until("the follower sees it", || follower.version() == writer.version());
    assert_same(&follower, &writer);
    follower.close()?;
    assert!(matches!(follower.refresh(), Err(Error::Closed)));
    writer.collection::<Account>()?.put(account(2, 1))?;
    assert_eq!(follower.snapshot().collection::<Account>()?.len(), 1);
    Ok(())
}

/// A collection that nobody has named yet is bytes. They are added to, and left out where they don't count any more.
#[test]
fn what_is_not_attached_follows_as_bytes() -> Result<()> {
    let (_directory, path) = place();
    let writer = Store::open(&path)?;
    let written = writer.collection::<Account>()?;
    written.put(account(1, 1))?;
    let follower = follow(&path);
    for round in 0..30 {
        written.put_all((0..1_000).map(|id| account(id, round)))?;
        written.remove(&(round.unsigned_abs() + 7))?;
        follower.refresh()?;
    }
    let values = follower.values(Account::NAME)?;
    assert_eq!(values.len(), written.len());
    assert_same(&follower, &writer);
    written.put(account(3, 3))?;
    follower.refresh()?;
    assert_same(&follower, &writer);
    Ok(())
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "notes")]
struct Note {
    #[key]
    id: u64,
    text: String,
}

#[test]
fn new_collections_come_and_are_attached() -> Result<()> {
    let (_directory, path) = place();
    let writer = Store::open(&path)?;
    let follower = follow(&path);
    assert_eq!(follower.version().number(), 0);
    assert!(matches!(follower.collection::<Note>(), Err(Error::NotFound { key: None, .. })));
    writer.collection::<Note>()?.put(Note { id: 1, text: "a".into() })?;
    writer.documents("papers")?.set("one", &1_u64)?;
    follower.refresh()?;
    let notes = follower.collection::<Note>()?;
    let papers = follower.documents("papers")?;
    writer.collection::<Note>()?.put(Note { id: 2, text: "b".into() })?;
    writer.documents("papers")?.set("two", &2_u64)?;
    follower.refresh()?;
    assert_eq!(notes.get(&2).map(|note| note.text.clone()), Some("b".into()));
    assert_eq!(papers.len(), 2);
    Ok(())
}

/// The same collection, as a later version of the program has it.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "notes")]
struct LongNote {
    #[key]
    id: u64,
    text: String,
    #[serde(default)]
    stars: u32,
}

#[test]
fn a_writer_with_another_form_is_followed_by_either_type() -> Result<()> {
    let (_directory, path) = place();
    let writer = Store::open(&path)?;
    writer.collection::<Note>()?.put_all((0..9).map(|id| Note { id, text: "a".into() }))?;
    let (old, new) = (follow(&path), follow(&path));
    let (as_old, as_new) = (old.collection::<Note>()?, new.collection::<LongNote>()?);
    writer.close()?;

    let writer = Store::open(&path)?;
    let written = writer.collection::<LongNote>()?;
    written.put(LongNote { id: 3, text: "b".into(), stars: 5 })?;
    written.remove(&4)?;
    for follower in [&old, &new] {
        assert_eq!(follower.refresh()?, writer.version());
    }
    let expected: Vec<(u64, String)> =
        written.view().iter().map(|note| (note.id, note.text.clone())).collect();
    let seen: Vec<_> = as_old.view().iter().map(|note| (note.id, note.text.clone())).collect();
    assert_eq!(seen, expected);
    assert_eq!(as_new.get(&3).map(|note| note.stars), Some(5));
    assert_eq!(as_new.len(), 8);
    Ok(())
}

/// A form that the type of the follower can't read keeps it where it is, with an error that says which collection.
#[test]
fn a_form_that_does_not_fit_stops_the_follower_where_it_is() -> Result<()> {
    #[derive(Record, Serialize, Deserialize, Clone, Debug)]
    #[record(name = "notes")]
    struct Other {
        #[key]
        id: u64,
        #[serde(default)]
        words: Vec<String>,
    }
    let (_directory, path) = place();
    let writer = Store::open(&path)?;
    writer.collection::<Note>()?.put(Note { id: 1, text: "a".into() })?;
    let follower = follow(&path);
    let notes = follower.collection::<Note>()?;
    let version = follower.version();
    writer.close()?;

    let writer = Store::open(&path)?;
    writer.collection::<Other>()?.put(Other { id: 2, words: vec!["b".into()] })?;
    for _ in 0..2 {
        let failed = follower.refresh().unwrap_err();
        assert!(
            matches!(&failed, Error::SchemaMismatch { collection, .. } if collection == "notes"),
            "{failed}"
        );
        assert_eq!(follower.version(), version);
    }
    assert_eq!(notes.len(), 1);
    let stats = follower.stats().follower.unwrap();
    assert!(stats.error.is_some_and(|error| error.contains("notes")));
    assert!(stats.versions_behind > 0);
    // Whoever does not open the collection is not kept by it.
    assert_eq!(follow(&path).version(), writer.version());
    Ok(())
}

#[test]
fn a_follower_keeps_a_history_of_its_own() -> Result<()> {
    let (_directory, path) = place();
    let writer = Store::open(&path)?;
    let written = writer.collection::<Account>()?;
    let follower = quiet().history(History::Versions(100)).follow(&path)?;
    for cents in 0..10 {
        written.put(account(1, cents))?;
    }
    follower.refresh()?;
    let newest = follower.version().number();
    for back in 0..10 {
        let then = follower.as_of(folio::Version::new(newest - back))?;
        assert_eq!(accounts(&then)[&1], 9 - i64::try_from(back).unwrap());
    }
    // The log answers for what memory does not have.
    let other = follow(&path);
    assert_eq!(accounts(&other.as_of(folio::Version::new(newest - 4))?)[&1], 5);
    assert_eq!(other.commits(..)?.count() as u64, newest);
    Ok(())
}

#[test]
fn removed_segments_are_jumped_over() -> Result<()> {
    let (_directory, path) = place();
    let writer = Store::open(&path)?;
    let written = writer.collection::<Account>()?;
    written.put_all((0..50).map(|id| account(id, 0)))?;
    let attached = quiet().history(History::Versions(100)).follow(&path)?;
    let seen = attached.collection::<Account>()?;
    let bytes = follow(&path);
    let held = attached.snapshot();
    let first = attached.version();
    for round in 1..5 {
        written.put_all((round..50).map(|id| account(id, i64::try_from(round).unwrap())))?;
        written.remove(&(round - 1))?;
        writer.documents(&format!("papers {round}"))?.set("a", &1_u64)?;
        writer.compact()?;
    }
    written.put(account(99, 9))?;
    for follower in [&attached, &bytes] {
        assert_eq!(follower.refresh()?, writer.version());
        assert_eq!(follower.stats().follower.unwrap().jumps, 1);
        assert_same(follower, &writer);
        assert_eq!(follower.documents("papers 4")?.len(), 1);
    }
    assert_eq!(seen.len(), written.len());
    assert_eq!(accounts(&held).len(), 50);
    // What lies between is not known.
    assert!(attached.as_of(first).is_err());
    written.put(account(100, 9))?;
    attached.refresh()?;
    assert_same(&attached, &writer);
    assert_eq!(attached.stats().follower.unwrap().jumps, 1);
    Ok(())
}

#[test]
fn a_writer_comes_and_goes() -> Result<()> {
    let (_directory, path) = place();
    Store::open(&path)?.collection::<Account>()?.put(account(1, 1))?;
    // Nobody writes it.
    let follower = follow(&path);
    let seen = follower.collection::<Account>()?;
    for cents in 2..6 {
        let writer = Store::open(&path)?;
        writer.collection::<Account>()?.put(account(1, cents))?;
        assert_eq!(follower.refresh()?, writer.version());
        assert_eq!(seen.get(&1).map(|account| account.cents), Some(cents));
        writer.close()?;
        assert_eq!(follower.refresh()?, follower.version());
    }
    // Beside one that reads only.
    let reader = Store::options().read_only(true).open(&path)?;
    assert_eq!(follower.refresh()?, reader.version());
    assert_eq!(reader.refresh()?, reader.version());
    assert!(reader.stats().follower.is_none());
    Ok(())
}
