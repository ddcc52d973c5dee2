//! What is found by what.

use crate::{Page, found, page, pages};
use folio::{Language, Record, Result, Store, Text, TextQuery};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

#[test]
fn words_phrases_beginnings_and_what_is_not_wanted() -> Result<()> {
    let store = pages(&[
        ("fable", "A quick brown fox jumps over the lazy dog."),
        ("list", "fox, fox, fox!"),
        ("guide", "How to keep a dog: a guide to keeping dogs. Not about any fox."),
        ("wi-fi", "The Wi-Fi can't be reached; don’t wait."),
        ("empty", ""),
        ("marks", "?! … 🙂 --"),
    ])?;
    let view = store.collection::<Page>()?.view();
    for (query, keys) in [
        ("fox", &["list", "fable", "guide"][..]),
        ("FOXES", &["list", "fable", "guide"]),
        ("fox dog", &["guide", "fable"]),
        ("\"brown fox\"", &["fable"]),
        ("\"fox brown\"", &[]),
        ("\"fox fox fox\"", &["list"]),
        ("jum* laz*", &["fable"]),
        ("dog -lazy", &["guide"]),
        ("guid* OR jump", &["fable", "guide"]),
        ("wi-fi", &["wi-fi"]),
        ("fi-wi", &[]),
        ("don't", &["wi-fi"]),
        ("can’t", &["wi-fi"]),
        ("keep", &["guide"]),
        ("🙂", &[]),
        ("", &[]),
        ("?!", &[]),
        ("-fox", &[]),
        ("unheard", &[]),
        ("unheard*", &[]),
    ] {
        assert_eq!(found(&view, query), keys, "{query}");
    }
    // Without stems.
    assert_eq!(view.search(Page::PLAIN, "foxes").count(), 0);
    assert_eq!(view.search(Page::PLAIN, "fox*").count(), 3);
    Ok(())
}

#[test]
fn texts_of_all_kinds() -> Result<()> {
    let long = format!("{} needle {}", "hay ".repeat(250_000), "y".repeat(1 << 20));
    let store = pages(&[
        ("accents", "Crème brûlée in the cafe\u{301}"),
        ("greek", "ΟΔΟΣ"),
        ("hebrew", "שלום עולם"),
        ("japanese", "日本語のテキスト"),
        ("family", "👨‍👩‍👧 the family"),
        ("long", &long),
    ])?;
    let view = store.collection::<Page>()?.view();
    for (query, key) in [
        ("café", "accents"),
        ("CAFÉ", "accents"),
        ("bru\u{302}le\u{301}e", "accents"),
        ("οδος", "greek"),
        ("עולם", "hebrew"),
        ("日本", "japanese"),
        ("テキ*", "japanese"),
        ("family", "family"),
        ("needle", "long"),
        ("\"hay needle\"", "long"),
        // Of a word without end, the beginning.
        (&"y".repeat(500), "long"),
    ] {
        assert_eq!(found(&view, query), [key], "{query}");
    }
    assert_eq!(view.search(Page::PLAIN, "本日").count(), 0);
    Ok(())
}

#[test]
fn a_phrase_does_not_go_from_one_text_to_the_next() -> Result<()> {
    let store = Store::in_memory();
    let pages = store.collection::<Page>()?;
    let (title, notes) =
        (Some("Red".to_owned()), vec!["apples and".to_owned(), "pears".to_owned()]);
    pages.put(Page { title, notes, ..page("fruit", "green") })?;
    for (query, is_found) in [
        ("\"apples and\"", true),
        ("red green apple pear", true),
        ("\"red green\"", false),
        ("\"and pears\"", false),
    ] {
        assert_eq!(pages.search(Page::CONTENT, query).count(), usize::from(is_found), "{query}");
    }
    assert_eq!(pages.search(Page::TITLE, "red").count(), 1);
    pages.update("fruit", |page| page.is_public = false)?;
    assert_eq!(pages.search(Page::CONTENT, "red").count(), 0);
    assert_eq!(pages.search(Page::TITLE, "red").count(), 1);
    Ok(())
}

#[test]
fn of_what_a_transaction_writes_the_last_counts() -> Result<()> {
    let store = pages(&[("a", "first")])?;
    store.transact(|tx| {
        let pages = tx.collection::<Page>()?;
        for body in ["second", "third", "second"] {
            pages.put(page("a", body))?;
        }
        for (word, count) in [("first", 0), ("second", 1), ("third", 0)] {
            assert_eq!(pages.search(Page::BODY, word).count(), count, "{word}");
        }
        Ok(())
    })?;
    let view = store.collection::<Page>()?.view();
    assert_eq!(found(&view, "second"), ["a"]);
    assert_eq!(found(&view, "first OR third"), [""; 0]);
    assert!(store.verify()?.is_intact());
    Ok(())
}

/// Long records are not better for being long, and a word that all have tells nothing beside one that few have.
#[test]
fn the_better_comes_first() -> Result<()> {
    let padding = "word ".repeat(200);
    let long = format!("rare {padding}");
    let mut bodies = vec![("short", "rare word"), ("long", &long), ("often", "rare rare")];
    let others: Vec<String> = (0..50).map(|number| format!("other {number}")).collect();
    bodies.extend(others.iter().map(|slug| (slug.as_str(), "word word word word")));
    let store = pages(&bodies)?;
    let view = store.collection::<Page>()?.view();
    assert_eq!(found(&view, "rare"), ["often", "short", "long"]);
    let both = view.search(Page::BODY, "rare OR word").limit(3).hits();
    let keys: Vec<&str> = both.iter().map(|hit| hit.slug.as_str()).collect();
    assert_eq!(keys, ["often", "short", "long"]);
    assert!(both.windows(2).all(|pair| pair[0].score() >= pair[1].score()));
    assert!(view.search(Page::BODY, "word").iter().all(|hit| hit.score() > 0.0));
    Ok(())
}

#[test]
fn the_words_that_were_found_are_shown() {
    let text = "The foxes’ den: fox-hunting, FOXES and a brown\u{301} fox.";
    let words = |query: &str| -> Vec<&str> {
        Page::BODY.highlights(query, text).into_iter().map(|place| &text[place]).collect()
    };
    assert_eq!(words("fox -den"), ["foxes", "fox", "FOXES", "fox"]);
    assert_eq!(words("\"den fox\" hunt*"), ["foxes", "den", "fox", "hunting", "FOXES", "fox"]);
    assert!(words("").is_empty() && words("cat").is_empty());
}

#[derive(Serialize, Deserialize, Clone, folio::Schema)]
struct Book {
    id: u8,
    title: Arc<str>,
    subtitle: Option<Box<str>>,
    chapters: Vec<Cow<'static, str>>,
}

impl Book {
    const ALL: Text<Self> = Text::<Self>::new("all", |book, emit| {
        use folio::Searchable;
        book.title.each_text(emit);
        book.subtitle.each_text(emit);
        book.chapters.each_text(emit);
    })
    .in_language(Language::GERMAN);
    const UNLISTED: Text<Self> = Text::new("unlisted", |_, _| ());
}

impl Record for Book {
    type Key = u8;
    const NAME: &'static str = "books";

    fn key(&self) -> u8 {
        self.id
    }

    fn indexes() -> folio::Indexes<Self> {
        folio::Indexes::new().with_text(Self::ALL)
    }
}

#[test]
fn a_record_that_is_written_by_hand_is_searched_too() -> Result<()> {
    let store = Store::in_memory();
    let books = store.collection::<Book>()?;
    let chapters = vec![Cow::Borrowed("Die Häuser"), Cow::Owned("Der Garten".to_owned())];
    books.put(Book {
        id: 1,
        title: "Städte".into(),
        subtitle: Some("Straßen".into()),
        chapters,
    })?;
    for query in ["Haus", "stadt OR Städten", "straße", "\"der garten\""] {
        assert_eq!(books.search(Book::ALL, query).count(), 1, "{query}");
    }
    assert_eq!(books.search(Book::ALL, TextQuery::phrase("Städte Straßen")).count(), 0);
    assert_eq!((Book::ALL.name(), Book::ALL.language()), ("all", Some(Language::GERMAN)));
    // As with every other index.
    let asked = || books.search(Book::UNLISTED, "x").count();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(asked)).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("does not list the full-text index `unlisted`"), "{message}");
    Ok(())
}
