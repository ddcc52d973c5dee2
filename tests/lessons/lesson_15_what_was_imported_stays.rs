//! In one of the predecessors an import was undone by the next replay of the log, which brought back what was
//! there before. What was imported must be there after every opening, whatever is written and replayed
//! between, and what it replaced must not come back.

use super::place;
use folio::{Format, Merge, Record, Store};
use serde::{Deserialize, Serialize};
use std::path::Path;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "notes")]
struct Note {
    #[key]
    id: u64,
    text: String,
}

fn note(id: u64, text: &str) -> Note {
    Note { id, text: text.to_owned() }
}

fn notes(path: &Path) -> Vec<Note> {
    let store = Store::open(path).expect("the store opens");
    let notes = store.collection::<Note>().expect("the notes are there").view();
    notes.iter().cloned().collect()
}

#[test]
fn an_import_survives_every_replay() {
    let mut export = Vec::new();
    let source = Store::in_memory();
    let all = source.collection::<Note>().expect("a collection");
    all.insert_all([note(1, "new"), note(2, "new")]).expect("two notes");
    source.export(&mut export, Format::JsonLines).expect("an export");

    for typed in [false, true] {
        let (_directory, path) = place();
        let store = Store::open(&path).expect("a store");
        store.collection::<Note>().expect("a collection").insert(note(1, "old")).expect("a note");
        store.close().expect("it closes");

        let store = Store::open(&path).expect("the store opens");
        if typed {
            store.collection::<Note>().expect("the notes are there");
        }
        store.import(export.as_slice(), Merge::Replace).expect("an import");
        store.close().expect("it closes");
        let expected = [note(1, "new"), note(2, "new")];
        assert_eq!(notes(&path), expected);
        assert_eq!(notes(&path), expected);

        let store = Store::open(&path).expect("the store opens");
        store.checkpoint().expect("a checkpoint");
        store.collection::<Note>().expect("the notes").insert(note(3, "later")).expect("a note");
        store.compact().expect("the log goes");
        store.close().expect("it closes");
        assert_eq!(notes(&path), [note(1, "new"), note(2, "new"), note(3, "later")]);
    }
}
