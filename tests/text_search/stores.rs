//! Searching what was stored: under other types, by followers, with deadlines, beside writers.

use crate::common::{Random, seed};
use crate::{Page, found, page};
use folio::simulation::Clock;
use folio::{Record, Result, Store};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

mod before {
    use super::*;

    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(name = "pages")]
    pub(super) struct Page {
        #[key]
        pub(super) slug: String,
        pub(super) body: String,
    }
}

mod german {
    use super::*;

    #[derive(Record, Serialize, Deserialize, Clone)]
    #[record(name = "pages")]
    pub(super) struct Page {
        #[key]
        slug: String,
        title: Option<String>,
        #[index(text = "german")]
        body: String,
        #[serde(default)]
        notes: Vec<String>,
        #[serde(default)]
        is_public: bool,
    }
}

#[test]
fn an_index_comes_and_goes_with_the_type() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let store = Store::open(&path)?;
    let pages = store.collection::<before::Page>()?;
    let page = |slug: &str, body: &str| before::Page { slug: slug.into(), body: body.into() };
    pages.put_all([page("en", "running houses"), page("de", "die Häuser laufen")])?;
    drop(pages);
    store.close()?;
    // An earlier type without any: `title` is an option, and the others have defaults.
    let store = Store::open(&path)?;
    let pages = store.collection::<german::Page>()?;
    assert_eq!(pages.search(german::Page::BODY, "haus").count(), 1);
    assert_eq!(pages.search(german::Page::BODY, "run").count(), 0);
    pages.remove("de")?;
    assert_eq!(pages.search(german::Page::BODY, "haus").count(), 0);
    drop(pages);
    store.close()?;
    // Another language, and more indexes.
    let store = Store::open(&path)?;
    let pages = store.collection::<Page>()?;
    assert_eq!(found(&pages.view(), "run house"), ["en"]);
    assert!(store.verify()?.is_intact());
    Ok(())
}

#[test]
fn a_follower_searches_what_is_written() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let store = Store::open(&path)?;
    let pages = store.collection::<Page>()?;
    pages.put_all([page("a", "one fox"), page("b", "one dog")])?;
    let follower = Store::follow(&path)?;
    let copies = follower.collection::<Page>()?;
    assert_eq!(found(&copies.view(), "fox"), ["a"]);
    pages.put(page("a", "no more"))?;
    pages.put(page("c", "another fox"))?;
    follower.refresh()?;
    assert_eq!(found(&copies.view(), "fox"), ["c"]);
    store.checkpoint()?;
    pages.remove("c")?;
    follower.refresh()?;
    assert!(found(&copies.view(), "fox").is_empty());
    assert!(follower.verify()?.is_intact());
    Ok(())
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(expires = until)]
struct Notice {
    #[key]
    id: u64,
    #[index(text)]
    words: String,
    until: Option<SystemTime>,
}

#[test]
fn what_is_expired_is_not_found() -> Result<()> {
    let start = SystemTime::UNIX_EPOCH + Duration::from_hours(1);
    let clock = Clock::at(start);
    let store = Store::options().clock(&clock).sweep(false).in_memory();
    let notices = store.collection::<Notice>()?;
    for id in 0..10 {
        let until = (id % 2 == 0).then(|| start + Duration::from_secs(id));
        notices.put(Notice { id, words: "same words".into(), until })?;
    }
    let ids = |limit| -> Vec<u64> {
        let hits = notices.search(Notice::WORDS, "words").limit(limit).hits();
        hits.iter().map(|hit| hit.id).collect()
    };
    clock.set(start + Duration::from_secs(5));
    assert_eq!(ids(usize::MAX), [1, 3, 5, 6, 7, 8, 9]);
    // The limit counts those that are there.
    assert_eq!(ids(4), [1, 3, 5, 6]);
    assert_eq!(notices.search(Notice::WORDS, "\"same words\"").count(), 7);
    let in_transaction = store
        .transact(|tx| Ok(tx.collection::<Notice>()?.search(Notice::WORDS, "words").count()))?;
    assert_eq!(in_transaction, 7);
    Ok(())
}

/// Each page has its own number twice: a search that finds one of them finds the other.
#[test]
fn readers_see_whole_commits_while_others_write() -> Result<()> {
    let store = Store::in_memory();
    let pages = store.collection::<Page>()?;
    let body = |number: u64| format!("left{number} right{number} all");
    pages.put_all((0..20).map(|id| page(&id.to_string(), &body(0))))?;
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let (pages, mut random) = (pages.clone(), Random::new(seed("writer") + writer));
                scope.spawn(move || {
                    for _ in 0..500 {
                        let (slug, number) = (random.below(20).to_string(), random.below(5));
                        pages.update(&slug, |page| page.body = body(number)).unwrap();
                    }
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            let mut looks = 0;
            while !is_over.load(Ordering::Acquire) || looks == 0 {
                let view = pages.view();
                assert_eq!(view.search(Page::BODY, "all").count(), 20);
                for number in 0..5 {
                    let keys = |side: &str| {
                        let query = format!("{side}{number}");
                        let hits = view.search(Page::BODY, query).unranked().hits();
                        hits.iter().map(|hit| hit.slug.clone()).collect::<Vec<_>>()
                    };
                    assert_eq!(keys("left"), keys("right"));
                }
                looks += 1;
            }
        });
        for writer in writers {
            writer.join().unwrap();
        }
        is_over.store(true, Ordering::Release);
        reader.join().unwrap();
    });
    assert!(store.verify()?.is_intact());
    Ok(())
}
