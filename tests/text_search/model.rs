//! Random pages that come, change and go, and random searches of them, against going through all pages.

use crate::Page;
use crate::common::{Random, seed};
use crate::vocabulary::{Asked, Naive, terms, text};
use folio::{Error, Hit, Result, Store, Text, View};
use std::collections::BTreeMap;
use std::ops::Deref;

type Model = BTreeMap<String, Page>;

fn random_page(random: &mut Random) -> Page {
    let slug = format!("page {:02}", random.below(30));
    let title = (random.below(3) > 0).then(|| text(random, 3));
    let notes = (0..random.below(3)).map(|_| text(random, 3)).collect();
    let is_public = random.below(4) > 0;
    Page { slug, title, body: text(random, 10), notes, is_public }
}

/// An index, with what it has of a page: its texts, and whether they are in English.
type Indexed = (Text<Page>, fn(&Page) -> Vec<&str>, bool);

const INDEXES: [Indexed; 4] = [
    (Page::TITLE, |page| page.title.iter().map(String::as_str).collect(), false),
    (Page::BODY, |page| vec![&page.body], true),
    (Page::PLAIN, |page| vec![&page.body], false),
    (
        Page::CONTENT,
        |page| {
            let all = page.title.iter().chain([&page.body]).chain(&page.notes);
            all.map(String::as_str).filter(|_| page.is_public).collect()
        },
        true,
    ),
];

fn naive<'a>(model: &'a Model, (_, texts, english): &Indexed) -> Naive<'a> {
    let of = |page| texts(page).into_iter().map(|text| terms(text, *english)).collect();
    let documents = model.iter().map(|(slug, page)| (slug.as_str(), of(page))).collect();
    Naive { documents, english: *english }
}

fn compare<R: Deref<Target = Page>>(hits: &[Hit<R>], expected: &[(&str, f64)], about: &str) {
    let found: Vec<&str> = hits.iter().map(|hit| hit.slug.as_str()).collect();
    let keys: Vec<&str> = expected.iter().map(|(key, _)| *key).collect();
    for (hit, (_, score)) in hits.iter().zip(expected) {
        assert!((hit.score() - score).abs() < 1e-9, "{about}: {found:?}, expected {expected:?}");
    }
    // Where scores are equal but for rounding, either may be first.
    let is_tied = |place: usize| {
        let score = expected.get(place).map_or(f64::NAN, |(_, score)| *score);
        expected.iter().filter(|(_, other)| (other - score).abs() < 1e-9).count() > 1
    };
    assert_eq!(found.len(), keys.len(), "{about}: {found:?}, expected {expected:?}");
    for (place, (found, expected)) in found.iter().zip(&keys).enumerate() {
        assert!(
            found == expected || is_tied(place),
            "{about}: {found} where {expected} was expected"
        );
    }
}

fn ranked<R: Deref<Target = Page>>(hits: &[Hit<R>]) -> Vec<(&str, f64)> {
    hits.iter().map(|hit| (hit.slug.as_str(), hit.score())).collect()
}

fn check_view(view: &View<Page>, model: &Model, random: &mut Random) {
    for index in &INDEXES {
        let asked = Asked::any(random, 2);
        let expected = naive(model, index).ranked(&asked);
        let about = format!("{} in {}", index.0.name(), format_args!("{asked:?}"));
        let search = view.search(index.0, asked.query());
        let all = search.hits();
        compare(&all, &expected, &about);
        assert_eq!(search.count(), expected.len(), "{about}");
        let (offset, limit) = (random.place(4), random.place(4));
        let hits = view.search(index.0, asked.query()).offset(offset).limit(limit).hits();
        // A part of just what all of it is: scores that are equal but for rounding may be parted.
        let end = (offset + limit).min(expected.len());
        let part = all.get(offset..end).unwrap_or_default();
        assert_eq!(ranked(&hits), ranked(part), "{about}, {limit} behind {offset}");
        let mut keys: Vec<&str> = expected.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        let unranked = view.search(index.0, asked.query()).unranked();
        let found: Vec<&str> = unranked.iter().map(|hit| hit.into_record().slug.as_str()).collect();
        assert_eq!(found, keys, "{about}");
    }
}

/// Some writes in one transaction, of which a part may be undone, with searches between them.
fn write(store: &Store, model: &mut Model, random: &mut Random) {
    let mut changed = model.clone();
    let is_undone = random.below(5) == 0;
    let done = store.transact(|tx| {
        let pages = tx.collection::<Page>()?;
        for _ in 0..=random.below(4) {
            let page = random_page(random);
            match random.below(5) {
                0 => {
                    let removed = pages.remove(&page.slug)?.map(|page| (*page).clone());
                    assert_eq!(removed, changed.remove(&page.slug));
                }
                1 if changed.contains_key(&page.slug) => {
                    pages.update(&page.slug, |old| old.body.clone_from(&page.body))?;
                    if let Some(old) = changed.get_mut(&page.slug) {
                        old.body = page.body;
                    }
                }
                2 => {
                    // Nothing is left of it.
                    let part = tx.nested(|tx| {
                        tx.collection::<Page>()?.put(page.clone())?;
                        Err::<(), Error>(Error::abort("no"))
                    });
                    assert!(part.is_err());
                }
                _ => {
                    pages.put(page.clone())?;
                    changed.insert(page.slug.clone(), page);
                }
            }
            if random.below(3) == 0 {
                let index = random.pick(&INDEXES);
                let asked = Asked::any(random, 2);
                let expected = naive(&changed, &index).ranked(&asked);
                compare(
                    &pages.search(index.0, asked.query()).hits(),
                    &expected,
                    "in a transaction",
                );
                assert_eq!(pages.search(index.0, asked.query()).count(), expected.len());
            }
        }
        if is_undone { Err(Error::abort("undone")) } else { Ok(()) }
    });
    match done {
        Ok(()) => *model = changed,
        Err(error) => assert!(is_undone, "{error}"),
    }
}

#[test]
fn searches_find_what_going_through_all_pages_finds() -> Result<()> {
    let mut random = Random::new(seed("text search"));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let mut store = Store::open(&path)?;
    let mut model = Model::new();
    let mut held: Vec<(View<Page>, Model)> = Vec::new();
    for round in 0..400 {
        write(&store, &mut model, &mut random);
        let pages = store.collection::<Page>()?;
        check_view(&pages.view(), &model, &mut random);
        match random.below(40) {
            0 => {
                assert!(store.verify()?.is_intact(), "round {round}");
                store.checkpoint()?;
            }
            1 => {
                // What is held keeps a store open.
                held.clear();
                drop(pages);
                store.close()?;
                store = Store::open(&path)?;
            }
            2..6 => held.push((pages.view(), model.clone())),
            6..10 if !held.is_empty() => {
                let (view, then) = held.swap_remove(random.place(held.len()));
                check_view(&view, &then, &mut random);
            }
            _ => {}
        }
    }
    assert!(store.verify()?.is_intact());
    Ok(())
}

/// Whatever it is: it is a query, and what is shown of a text is a part of it.
#[test]
fn any_text_is_a_query() -> Result<()> {
    let mut random = Random::new(seed("text queries"));
    let store = Store::in_memory();
    let pages = store.collection::<Page>()?;
    let letters: Vec<char> = "\"\"--**OR  aAfox.'’\n\0é\u{301}日🙂\u{202e}ß#".chars().collect();
    for _ in 0..3_000 {
        let text = |random: &mut Random| -> String {
            (0..random.below(14)).map(|_| random.pick(&letters)).collect()
        };
        let (query, body) = (text(&mut random), text(&mut random));
        pages.put(crate::page("page", &body))?;
        let is_found = pages.search(Page::BODY, &query).count() == 1;
        let places = Page::BODY.highlights(&query, &body);
        assert!(places.is_sorted_by(|one, next| one.end <= next.start), "{query:?}, {body:?}");
        assert!(places.iter().all(|place| body.get(place.clone()).is_some()), "{query:?}");
        assert!(!is_found || !places.is_empty(), "{query:?} finds {body:?} by nothing");
        // A text is found by itself, where it has a word and nothing that means more in a query.
        let plain = body.replace(['"', '-', '*'], " ");
        pages.put(crate::page("page", &plain))?;
        let has_words = !Page::PLAIN.highlights(folio::TextQuery::words(&plain), &plain).is_empty();
        let itself = pages.search(Page::PLAIN, folio::TextQuery::phrase(&plain)).count();
        assert_eq!(itself, usize::from(has_words), "{plain:?}");
    }
    Ok(())
}
