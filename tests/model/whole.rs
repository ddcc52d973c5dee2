//! The model of a whole store: rows, notes and documents, so that transactions span collections of
//! several types.

use super::documents::{DOCUMENTS, Things, compare_in_transaction, compare_live, compare_view};
use super::plain::Plain;
use super::reads::{Probe, compare};
use super::row::Row;
use folio::{Record, Snapshot, Store, Transaction, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A record whose keys are given out by the store, in a collection under another name than its own.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[record(name = "note")]
pub(crate) struct Note {
    #[key]
    pub(crate) id: u64,
    #[index]
    pub(crate) text: u8,
}

/// The name of the collection of notes.
pub(crate) const NOTES: &str = "notes";

/// What a store should hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Whole {
    pub(crate) rows: Plain,
    /// Ids and texts.
    pub(crate) notes: BTreeMap<u64, u8>,
    pub(crate) things: Things,
}

impl Whole {
    /// Compares what a snapshot shows.
    pub(crate) fn compare_snapshot(&self, snapshot: &Snapshot, probe: &Probe) {
        let rows = snapshot.collection::<Row>().expect("the type fits");
        assert_eq!(rows.version(), snapshot.version());
        compare(&rows, &self.rows, probe);
        let notes = snapshot.collection_named::<Note>(NOTES).expect("the type fits");
        assert!(notes.iter().map(|note| (note.id, note.text)).eq(self.notes()));
        let with_text = notes.by(Note::TEXT).get(&probe.low).map(|note| note.id);
        assert!(
            with_text.eq(self.notes().filter(|(_, text)| *text == probe.low).map(|(id, _)| id))
        );
        compare_view(
            &snapshot.documents(DOCUMENTS).expect("they are documents"),
            &self.things,
            &probe.text,
        );
        let values = snapshot.values(Row::NAME).expect("the collection is there");
        assert_eq!(
            (values.len(), values.is_empty()),
            (self.rows.rows.len(), self.rows.rows.is_empty())
        );
        let all = values.iter().map(|entry| {
            let (key, row) = entry.expect("it can be read");
            (key.to().expect("it is a key"), row.to().expect("it is a row"))
        });
        assert!(all.eq(self.rows.rows.clone()));
        for key in &probe.keys {
            let found =
                values.get(&Value::of(key).expect("it is a value")).expect("it can be read");
            let found = found.map(|value| value.to::<Row>().expect("it is a row"));
            assert_eq!(found.as_ref(), self.rows.rows.get(key));
        }
        let names = snapshot.collections();
        let names = names.iter().map(|info| (info.name.as_str(), info.records));
        let records = [
            (Note::NAME, 0),
            (NOTES, self.notes.len()),
            (Row::NAME, self.rows.rows.len()),
            (DOCUMENTS, self.things.len()),
        ];
        assert!(names.eq(records));
    }

    /// Compares what the handles of the newest version show.
    pub(crate) fn compare_live(&self, store: &Store, probe: &Probe) {
        let model = &self.rows.rows;
        let rows = store.collection::<Row>().expect("the type fits");
        assert_eq!(rows.name(), Row::NAME);
        assert!(rows.view().keys().eq(model.keys()));
        assert_eq!((rows.len(), rows.is_empty()), (model.len(), model.is_empty()));
        assert_eq!(rows.first().as_deref(), model.values().next());
        assert_eq!(rows.last().as_deref(), model.values().next_back());
        let expected: Vec<_> = probe.keys.iter().map(|key| model.get(key)).collect();
        let found = rows.get_all(&probe.keys);
        assert_eq!(found.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
        for key in &probe.keys {
            assert_eq!(rows.get(key).as_deref(), model.get(key));
            assert_eq!(rows.with(key, Row::clone).as_ref(), model.get(key));
            assert_eq!(rows.contains(key), model.contains_key(key));
        }
        for badge in [probe.low, probe.high] {
            let expected = model.values().find(|row| row.badge == badge);
            assert_eq!(rows.find(Row::BADGE, &badge).as_deref(), expected);
            assert_eq!(rows.find_with(Row::BADGE, &badge, Row::clone).as_ref(), expected);
        }
        compare_live(store, &self.things, &probe.text);
        let values = store.values(Row::NAME).expect("the collection is there");
        assert_eq!(values.len(), model.len());
        assert_eq!(store.collections(), store.snapshot().collections());
        assert_eq!(store.version(), store.snapshot().version());
    }

    /// Compares what a transaction sees.
    pub(crate) fn compare_in_transaction(&self, tx: &Transaction, probe: &Probe) {
        let rows = tx.collection::<Row>().expect("the type fits");
        compare(&rows, &self.rows, probe);
        let notes = tx.collection_named::<Note>(NOTES).expect("the type fits");
        assert!(notes.iter().rev().map(|note| (note.id, note.text)).eq(self.notes().rev()));
        let with_text = self.notes.values().filter(|text| **text == probe.low).count();
        assert_eq!(notes.by(Note::TEXT).count(&probe.low), with_text);
        compare_in_transaction(
            &tx.documents(DOCUMENTS).expect("they are documents"),
            &self.things,
            &probe.text,
        );
        let values = tx.values(Row::NAME).expect("the collection is there");
        for key in &probe.keys {
            let found =
                values.get(&Value::of(key).expect("it is a value")).expect("it can be read");
            let found = found.map(|value| value.to::<Row>().expect("it is a row"));
            assert_eq!(found.as_ref(), self.rows.rows.get(key));
        }
    }

    fn notes(&self) -> impl DoubleEndedIterator<Item = (u64, u8)> {
        self.notes.iter().map(|(id, text)| (*id, *text))
    }
}
