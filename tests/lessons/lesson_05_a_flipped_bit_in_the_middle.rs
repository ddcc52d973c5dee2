//! One bit in the middle of a ledger changes, on a disk or on the way to it. `CodexDB` then opened the ledger as
//! if nothing had happened, with half of the data gone (552 of 552 places), or with values that nobody had
//! written (24 of 296). So wherever a bit flips before the end: the store does not open, verify names the file
//! and the versions, and repair gives everything but what those say, and lists it.

use super::{Value, place, value, values};
use folio::{Place, Result, Store};
use std::fs;

#[test]
fn nothing_is_gone_without_a_word_and_nothing_is_wrong() -> Result<()> {
    let (_directory, path) = place();
    let store = Store::options().ledger(true).open(&path)?;
    let collection = store.collection::<Value>()?;
    let expected: Vec<Value> =
        (0..30).map(|number| value(&format!("{number:02}"), number)).collect();
    for value in &expected {
        collection.put(value.clone())?;
    }
    store.close()?;
    drop((collection, store));
    let segment = path.join("0000000000000001.log");
    let intact = fs::read(&segment).expect("the segment is there");

    // The collection itself, and the seal at the end, are another matter.
    let is_frame =
        |place: &usize| intact.get(*place..).is_some_and(|rest| rest.starts_with(b"fRm1"));
    let begin = (0..intact.len()).filter(is_frame).nth(1).expect("there are many frames");
    let (mut lost_one, mut flips) = (0, 0);
    for byte in (begin..intact.len() - 96).step_by(37) {
        let mut bytes = intact.clone();
        if let Some(byte) = bytes.get_mut(byte) {
            *byte ^= 1 << (flips % 8);
        }
        flips += 1;
        fs::write(&segment, bytes).expect("the segment can be written");
        assert!(Store::open(&path).is_err_and(|error| error.is_corrupt()), "byte {byte}");

        let report = Store::options().verify(&path)?;
        let problem = report.problems.first().expect("there is a problem");
        assert!(
            matches!(&problem.place, Place::File { path, offset } if *path == segment && *offset <= byte as u64),
            "byte {byte}: {report}"
        );

        let (_target_directory, target) = place();
        let repaired = Store::repair(&path, &target)?;
        let saved = values(&Store::open(&target)?)?;
        let [lost] = &repaired.lost[..] else { panic!("byte {byte}: {repaired}") };
        assert_eq!(lost.last, Some(lost.first), "one commit was hit: {repaired}");
        // The first commit created the collection, so version 2 put the first value.
        let is_there = |place: usize| (place + 2) as u64 != lost.first.number();
        let places = expected.iter().enumerate();
        let left = places.filter(|(place, _)| is_there(*place)).map(|(_, value)| value.clone());
        assert_eq!(saved, left.collect::<Vec<_>>(), "byte {byte}: {repaired}");
        lost_one += 1;
    }
    assert_eq!(lost_one, flips);
    assert!(flips > 50, "{flips} bits were flipped");
    Ok(())
}
