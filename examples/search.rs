//! Searching the pages of Folio's own documentation: `cargo run --example search --features text -- crash "group commit"`.
//!
//! Each section of a page is a record with a full-text index on its title and its text. What is given on the command line is
//! searched for: words, "phrases" in quotes, the beginnings of words with a `*`, `-word` for what is not wanted.

use folio::{Record, Store};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "sections")]
#[record(index(content = (title, text), text = "english"))]
struct Section {
    #[key]
    page: String,
    #[key]
    number: u32,
    title: String,
    text: String,
}

const PAGES: [(&str, &str); 6] = [
    ("architecture", include_str!("../src/docs/architecture.md")),
    ("backups", include_str!("../src/docs/backups.md")),
    ("encryption", include_str!("../src/docs/encryption.md")),
    ("history", include_str!("../src/docs/history.md")),
    ("queries", include_str!("../src/docs/queries.md")),
    ("transactions", include_str!("../src/docs/transactions.md")),
];

fn sections() -> Vec<Section> {
    let of_page = |(page, text): (&str, &str)| {
        let parts = text.split("\n# ").zip(0..);
        let section = |(part, number): (&str, u32)| {
            let (title, text) = part.split_once('\n').unwrap_or((part, ""));
            let (page, title) = (page.to_owned(), title.to_owned());
            Section { page, number, title, text: text.to_owned() }
        };
        parts.map(section).collect::<Vec<_>>()
    };
    PAGES.into_iter().flat_map(of_page).collect()
}

/// Some words before and behind the first place, with the words that were found in brackets.
fn excerpt(text: &str, query: &str) -> String {
    let places = Section::CONTENT.highlights(query, text);
    let begin = places.first().map_or(0, |place| place.start.saturating_sub(40));
    let (begin, end) = (text.floor_char_boundary(begin), text.ceil_char_boundary(begin + 160));
    let mut shown = String::new();
    let mut at = begin;
    for place in places.into_iter().filter(|place| place.start >= begin && place.end <= end) {
        shown += text.get(at..place.start).unwrap_or_default();
        shown.extend(["[", text.get(place.clone()).unwrap_or_default(), "]"]);
        at = place.end;
    }
    shown += text.get(at..end).unwrap_or_default();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn main() -> folio::Result<()> {
    let store = Store::in_memory();
    let all = store.collection::<Section>()?;
    let count = all.insert_all(sections())?;
    let given: Vec<String> = std::env::args().skip(1).collect();
    let query =
        if given.is_empty() { "\"durable commit\" OR crash*".to_owned() } else { given.join(" ") };
    let search = all.search(Section::CONTENT, &query);
    println!("{query}: {} of {count} sections\n", search.count());
    for hit in search.limit(3) {
        println!("{:.2}  {}: {}", hit.score(), hit.page, hit.title);
        println!("      …{}…\n", excerpt(&hit.text, &query));
    }
    // What everybody sees is what is in the index, in the same commit.
    store.transact(|tx| {
        let sections = tx.collection::<Section>()?;
        let text = "How to search for xylophones.".to_owned();
        sections.insert(Section { page: "new".into(), number: 0, title: "New".into(), text })?;
        assert_eq!(sections.search(Section::CONTENT, "xylophone").count(), 1);
        Ok(())
    })?;
    assert_eq!(all.search(Section::CONTENT, "\"search for xylophone\"").count(), 1);
    Ok(())
}
