//! Killed half-way through a batch, both predecessors kept a part of it, 10 times of 10. A value that
//! could not be encoded left the earlier operations of its batch in memory, from where they were
//! later written to disk. A batch is there or is not: in memory, on disk, and after the end of the
//! process at any moment.

use super::common::{SEGMENT_HEADER_BYTES, last_segment};
use super::{Value, crash, place, value, values};
use folio::{Error, Result, Schema, Store};
use serde::{Deserialize, Serialize, Serializer};
use std::fs;

const BATCH: usize = 40;

#[test]
fn a_batch_that_was_cut_off_anywhere_is_not_there_at_all() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::open(&path)?;
    let collection = store.collection::<Value>()?;
    collection.put(value("before", 0))?;
    let begin = SEGMENT_HEADER_BYTES + store.stats().log_bytes;
    // A batch that adds, replaces and removes.
    store.transact(|tx| {
        let collection = tx.collection::<Value>()?;
        collection.put_all((0..40).map(|number| value(&format!("batch {number:02}"), number)))?;
        collection.remove("before")
    })?;
    let end = SEGMENT_HEADER_BYTES + store.stats().log_bytes;
    for cut in (begin..=end).step_by(9).chain([end]) {
        let (_image_directory, image) = crash(&path);
        let segment = last_segment(&image);
        let mut bytes = fs::read(&segment).expect("the segment is there");
        bytes.truncate(usize::try_from(cut).expect("the log is small"));
        fs::write(&segment, bytes).expect("the segment can be written");
        let there = values(&Store::open(&image)?)?;
        if cut == end {
            assert_eq!(there.len(), BATCH);
            assert!(there.iter().all(|value| value.name != "before"));
        } else {
            assert_eq!(there, [value("before", 0)], "{} of {} bytes", cut - begin, end - begin);
        }
    }
    Ok(())
}

/// A number that can't be encoded when it is too large.
#[derive(Deserialize, Clone, Debug, PartialEq)]
struct Shy(u32);

impl Serialize for Shy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 > 100 {
            return Err(serde::ser::Error::custom("too large to be shown"));
        }
        self.0.serialize(serializer)
    }
}

impl Schema for Shy {
    fn describe(types: &mut folio::Types) -> folio::TypeRef {
        u32::describe(types)
    }
}

#[derive(folio::Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "shy values")]
struct ShyValue {
    #[key]
    id: u64,
    #[index]
    number: u32,
    shy: Shy,
}

fn shy(id: u64, number: u32) -> ShyValue {
    ShyValue { id, number, shy: Shy(number) }
}

#[test]
fn a_value_that_cannot_be_encoded_leaves_nothing_of_its_batch() -> Result<()> {
    let (_directory, path) = place();
    {
        let store = Store::open(&path)?;
        let collection = store.collection::<ShyValue>()?;
        collection.put_all([shy(1, 10), shy(2, 20)])?;
        let batch = [shy(1, 11), shy(3, 30), shy(4, 101), shy(5, 50)];
        assert!(matches!(collection.put_all(batch.clone()), Err(Error::Encode { .. })));
        let in_transaction = store.transact(|tx| {
            tx.collection::<ShyValue>()?.remove(&2)?;
            tx.collection::<ShyValue>()?.put_all(batch.clone())
        });
        assert!(matches!(in_transaction, Err(Error::Encode { .. })));
        // Not in memory, and in no index.
        let view = collection.view();
        assert!(view.iter().eq([&shy(1, 10), &shy(2, 20)]));
        assert_eq!(view.by(ShyValue::NUMBER).keys().copied().collect::<Vec<_>>(), [10, 20]);
        // Nor does what is written later bring it to disk.
        collection.put(shy(9, 90))?;
    }
    let collection = Store::open(&path)?.collection::<ShyValue>()?;
    assert!(collection.view().iter().eq([&shy(1, 10), &shy(2, 20), &shy(9, 90)]));
    Ok(())
}
