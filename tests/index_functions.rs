//! Index functions that panic: nothing of the write is left, whoever catches the panic.

#![cfg(feature = "derive")]

use folio::{Record, Store};
use serde::{Deserialize, Serialize};
use std::panic::{AssertUnwindSafe, catch_unwind};

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "notes", index(starred = title, when = |note| *note.stars.first().expect("stars") > 0))]
struct Note {
    #[key]
    id: u64,
    #[index]
    title: String,
    stars: Vec<u8>,
}

fn note(id: u64, stars: &[u8]) -> Note {
    Note { id, title: format!("note {id}"), stars: stars.to_vec() }
}

/// The first index was changed before the function of the second panicked, and the transaction could
/// still commit: `keys()` then listed a title that no record had.
#[test]
fn a_transaction_in_which_an_index_function_panicked_does_not_commit() -> folio::Result<()> {
    let store = Store::in_memory();
    let notes = store.collection::<Note>()?;
    let result = store.transact(|tx| {
        let notes = tx.collection::<Note>()?;
        notes.put(note(1, &[5]))?;
        let panicked = catch_unwind(AssertUnwindSafe(|| notes.put(note(2, &[]))));
        assert!(panicked.is_err());
        Ok(())
    });
    assert!(result.is_err_and(|error| error.is_abort()));
    assert!(notes.is_empty() && notes.view().by(Note::TITLE).keys().next().is_none());
    notes.put(note(1, &[5]))?;
    Ok(())
}

#[test]
fn a_nested_part_takes_the_panic_with_it() -> folio::Result<()> {
    let store = Store::in_memory();
    let notes = store.collection::<Note>()?;
    store.transact(|tx| {
        let notes = tx.collection::<Note>()?;
        notes.put(note(1, &[5]))?;
        let panicked = catch_unwind(AssertUnwindSafe(|| tx.nested(|_| notes.put(note(2, &[])))));
        assert!(panicked.is_err());
        Ok(())
    })?;
    let titles: Vec<String> = notes.view().by(Note::TITLE).keys().cloned().collect();
    assert_eq!(titles, ["note 1"]);
    Ok(())
}
