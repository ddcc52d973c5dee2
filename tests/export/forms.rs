//! Records that were stored by earlier forms of their type, and types that differ from the export's.

use crate::{exported, text};
use folio::{Error, Format, Record, Store};
use serde::{Deserialize, Serialize};

mod before {
    #[derive(folio::Record, serde::Serialize, serde::Deserialize, Clone)]
    #[record(name = "notes")]
    pub(crate) struct Note {
        #[key]
        pub(crate) id: u32,
        pub(crate) text: String,
    }
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "notes")]
struct Note {
    #[key]
    id: u32,
    #[serde(alias = "text")]
    #[index]
    title: String,
    author: Option<String>,
}

mod other {
    #[derive(folio::Record, serde::Serialize, serde::Deserialize, Clone)]
    #[record(name = "notes")]
    pub(crate) struct Note {
        #[key]
        pub(crate) id: u32,
        pub(crate) text: bool,
    }
}

fn old(id: u32) -> before::Note {
    before::Note { id, text: format!("old {id}") }
}

/// A store on disk with two forms, not attached.
fn two_forms(directory: &tempfile::TempDir) -> Store {
    let store = Store::open(directory.path()).unwrap();
    store.collection::<before::Note>().unwrap().insert_all([old(1), old(2)]).unwrap();
    store.close().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let notes = store.collection::<Note>().unwrap();
    notes.insert(Note { id: 3, title: "new 3".into(), author: Some("ada".into()) }).unwrap();
    store.close().unwrap();
    Store::open(directory.path()).unwrap()
}

fn titles(store: &Store) -> Vec<String> {
    let notes = store.collection::<Note>().unwrap();
    notes.view().iter().map(|note| note.title.clone()).collect()
}

#[test]
fn all_forms_are_exported_and_come_back() {
    let directory = tempfile::tempdir().unwrap();
    let store = two_forms(&directory);
    let export = exported(&store);
    assert!(text(&export).contains("{\"form\":0,\"record\":{\"id\":1,\"text\":\"old 1\"}}\n"));
    assert!(
        text(&export).contains("{\"record\":{\"id\":3,\"title\":\"new 3\",\"author\":\"ada\"}}\n")
    );
    for typed in [false, true] {
        let target = Store::in_memory();
        if typed {
            target.collection::<Note>().unwrap();
        }
        target.import(export.as_slice(), Format::JsonLines).unwrap();
        assert_eq!(titles(&target), ["old 1", "old 2", "new 3"]);
        let notes = target.collection::<Note>().unwrap();
        assert_eq!(notes.view().by(Note::TITLE).get("old 2").count(), 1);
    }
    // A collection that is open is exported as its type has it.
    store.collection::<Note>().unwrap();
    assert!(
        text(&exported(&store))
            .contains("{\"record\":{\"id\":1,\"title\":\"old 1\",\"author\":null}}\n")
    );
}

#[test]
fn records_of_an_older_export_are_converted_by_their_type() {
    let store = Store::in_memory();
    store.collection::<before::Note>().unwrap().insert(old(1)).unwrap();
    let target = Store::in_memory();
    target.collection::<Note>().unwrap();
    target.import(exported(&store).as_slice(), Format::JsonLines).unwrap();
    assert_eq!(titles(&target), ["old 1"]);
}

#[test]
fn what_no_rule_bridges_is_refused_with_the_difference() {
    let store = Store::in_memory();
    store.collection::<before::Note>().unwrap().insert(old(1)).unwrap();
    let target = Store::in_memory();
    target.collection::<other::Note>().unwrap();
    let error = target.import(exported(&store).as_slice(), Format::JsonLines).unwrap_err();
    let Error::NotImported { source, .. } = &error else { panic!("{error}") };
    assert!(matches!(**source, Error::SchemaMismatch { .. }), "{source}");
    assert!(
        error.to_string().contains("- String") && error.to_string().contains("+ bool"),
        "{error}"
    );
    assert_eq!(target.collection::<other::Note>().unwrap().len(), 0);
}

/// Only the Rust type knows how to convert, so it has to be there.
#[test]
fn another_form_needs_the_type_to_be_open() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let note = Note { id: 9, title: "nine".into(), author: None };
    store.collection::<Note>().unwrap().insert(note).unwrap();
    store.close().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let source = Store::in_memory();
    source.collection::<before::Note>().unwrap().insert(old(1)).unwrap();
    let export = exported(&source);
    let error = store.import(export.as_slice(), Format::JsonLines).unwrap_err();
    assert!(error.to_string().contains("open the collection with `Store::collection`"), "{error}");
    store.collection::<Note>().unwrap();
    store.import(export.as_slice(), Format::JsonLines).unwrap();
    assert_eq!(titles(&store), ["old 1", "nine"]);
}

/// A collection that a transaction opened without its type stays so, and takes records of its form.
#[test]
fn a_collection_that_was_opened_as_values_takes_records_too() {
    let source = Store::in_memory();
    source.collection::<before::Note>().unwrap().insert_all([old(1), old(2)]).unwrap();
    let export = exported(&source);
    let store = Store::in_memory();
    store.import(export.as_slice(), Format::JsonLines).unwrap();
    store.transact(|tx| tx.values("notes")?.remove(&1.into())).unwrap();
    let imported = store.import(export.as_slice(), folio::Merge::Keep).unwrap();
    assert_eq!((imported.collections[0].kept, imported.collections[0].inserted), (1, 1));
    assert_eq!(store.values("notes").unwrap().len(), 2);
    assert_eq!(exported(&store).len(), export.len());
}
