//! Full-text search: it finds, and ranks, what a search through all records would, whatever became of the records, in every
//! context and after every way of opening a store; and a transaction depends on what it found.

#[path = "../common/mod.rs"]
mod common;
mod conflicts;
mod finding;
mod model;
mod stores;
mod vocabulary;

use folio::{Record, Store, View};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "pages")]
#[record(index(content = (title, body, notes), text = "english", when = |page| page.is_public))]
struct Page {
    #[key]
    slug: String,
    #[index(text)]
    title: Option<String>,
    #[index(text = "english")]
    #[index(text, name = "plain")]
    body: String,
    notes: Vec<String>,
    is_public: bool,
}

fn page(slug: &str, body: &str) -> Page {
    let (slug, body) = (slug.to_owned(), body.to_owned());
    Page { slug, title: None, body, notes: Vec::new(), is_public: true }
}

fn pages(bodies: &[(&str, &str)]) -> folio::Result<Store> {
    let store = Store::in_memory();
    let all = bodies.iter().map(|(slug, body)| page(slug, body));
    store.collection::<Page>()?.put_all(all)?;
    Ok(store)
}

/// The keys of what is found in the bodies, the best first.
fn found(view: &View<Page>, query: &str) -> Vec<String> {
    view.search(Page::BODY, query).iter().map(|hit| hit.slug.clone()).collect()
}
