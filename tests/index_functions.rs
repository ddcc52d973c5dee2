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

/// A write that came after the one whose index function had panicked made the transaction forget that,
/// and it committed a table with an entry that no record had.
#[test]
fn a_later_write_does_not_make_up_for_the_panic() -> folio::Result<()> {
    let store = Store::in_memory();
    let notes = store.collection::<Note>()?;
    let result = store.transact(|tx| {
        let notes = tx.collection::<Note>()?;
        let panicked = catch_unwind(AssertUnwindSafe(|| notes.put(note(2, &[]))));
        assert!(panicked.is_err());
        notes.put(note(1, &[5])).map(drop)
    });
    assert!(result.is_err_and(|error| error.is_abort()));
    assert!(notes.is_empty() && notes.view().by(Note::TITLE).keys().next().is_none());
    Ok(())
}

/// Nor does a part that fails by itself, if it began after the panic.
#[test]
fn a_later_part_does_not_make_up_for_the_panic() -> folio::Result<()> {
    let store = Store::in_memory();
    store.collection::<Note>()?;
    let result = store.transact(|tx| {
        let notes = tx.collection::<Note>()?;
        notes.put(note(1, &[5]))?;
        let panicked = catch_unwind(AssertUnwindSafe(|| notes.put(note(2, &[]))));
        assert!(panicked.is_err());
        let failed = tx.nested(|_| {
            notes.put(note(3, &[5])).and(Err::<(), _>(folio::Error::abort("expected")))
        });
        assert!(failed.is_err());
        Ok(())
    });
    assert!(result.is_err_and(|error| error.is_abort()));
    Ok(())
}

/// A batch whose index function panics, also on another thread, is not written at all.
#[test]
fn a_batch_takes_the_panic_with_it() -> folio::Result<()> {
    for size in [3, 6_000] {
        let store = Store::in_memory();
        let notes = store.collection::<Note>()?;
        let batch = |from: u64| {
            let stars = move |id| if id == from + size / 2 { vec![] } else { vec![5] };
            (from..from + size).map(move |id| note(id, &stars(id)))
        };
        // Into an empty collection, and into one that has records.
        for from in [0, 10_000] {
            let panicked = catch_unwind(AssertUnwindSafe(|| notes.insert_all(batch(from))));
            assert!(panicked.is_err());
            store.transact(|tx| {
                let notes = tx.collection::<Note>()?;
                let part = || tx.nested(|_| notes.put_all(batch(from)));
                assert!(catch_unwind(AssertUnwindSafe(part)).is_err());
                // Not in a part of its own either: nothing of it has been done.
                let whole = || notes.put_all(batch(from));
                assert!(catch_unwind(AssertUnwindSafe(whole)).is_err());
                notes.put(note(from, &[5])).map(drop)
            })?;
        }
        let titles: Vec<String> = notes.view().by(Note::TITLE).keys().cloned().collect();
        assert_eq!(titles, ["note 0", "note 10000"]);
    }
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

/// A part that is undone because an index function panicked has told of the record that it found.
#[test]
fn what_is_done_after_a_panic_depends_on_the_record_it_was_about() -> folio::Result<()> {
    let store = Store::in_memory();
    let notes = store.collection::<Note>()?;
    notes.put(note(1, &[5]))?;
    let tx = store.begin();
    let notes_there = tx.collection::<Note>()?;
    let part = || tx.nested(|_| notes_there.put(note(1, &[])));
    assert!(catch_unwind(AssertUnwindSafe(part)).is_err());
    notes_there.put(note(2, &[5]))?;
    notes.put(note(1, &[4]))?;
    assert!(tx.commit().is_err_and(|error| error.is_conflict()));
    assert_eq!(notes.len(), 1);
    Ok(())
}
