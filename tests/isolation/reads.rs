//! Every way of reading, against changes that the reader must notice when it commits and changes
//! that must not disturb it.
//!
//! A transaction reads, and writes something unrelated so that it has something to commit. Between
//! the two another transaction commits a change. A serializable reader must be refused where the
//! change would have altered what it read, and must not be refused where the change lies outside of
//! what it really looked at. Under snapshot isolation reads are not validated at all.

use super::world::{Item, badge, item};
use folio::{Error, Isolation, Record, Result, Store, TxCollection};
use serde::{Deserialize, Serialize};

/// Something else to write.
#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "notes")]
struct Note {
    #[key]
    id: u32,
}

/// A look at the items, which are 10 → 100, 20 → 200, 30 → 300 and 40 → 400, and whether it gave
/// what it should.
type Read = fn(&TxCollection<'_, Item>) -> bool;

/// A change of the items.
type Step = fn(&TxCollection<'_, Item>) -> Result<()>;

/// Runs `read` against each change of the two lists.
#[track_caller]
fn check(read: Read, noticed: &[Step], unnoticed: &[Step]) {
    let changes = noticed.iter().map(|change| (change, true));
    let changes = changes.chain(unnoticed.iter().map(|change| (change, false)));
    for (place, (change, is_noticed)) in changes.enumerate() {
        for isolation in [Isolation::Serializable, Isolation::Snapshot] {
            let committed = run(read, *change, isolation).expect("the steps succeed");
            let expected = isolation == Isolation::Snapshot || !is_noticed;
            assert_eq!(committed, expected, "change {place} under {isolation:?}: committed?");
        }
    }
}

/// Whether a transaction that read could commit in spite of the change.
fn run(read: Read, change: Step, isolation: Isolation) -> Result<bool> {
    let store = Store::in_memory();
    let items = store.collection::<Item>()?;
    items.insert_all((1..5).map(|tens| item(tens * 10, i64::from(tens) * 100)))?;
    store.collection::<Note>()?;
    let reader = store.transaction().isolation(isolation).begin();
    assert!(read(&reader.collection()?), "what was read");
    reader.collection::<Note>()?.put(Note { id: 1 })?;
    store.transact(|tx| change(&tx.collection()?))?;
    match reader.commit() {
        Ok(_) => Ok(true),
        Err(Error::Conflict { collection, .. }) if collection == "items" => Ok(false),
        Err(error) => Err(error),
    }
}

fn put(items: &TxCollection<'_, Item>, id: u32, value: i64) -> Result<()> {
    items.put(item(id, value)).map(|_| ())
}

fn remove(items: &TxCollection<'_, Item>, id: u32) -> Result<()> {
    items.remove(&id).map(|_| ())
}

/// Gives a record another badge and leaves its value alone.
fn rename(items: &TxCollection<'_, Item>, id: u32, badge: &str) -> Result<()> {
    items.upsert(
        &id,
        || Item { badge: badge.into(), ..item(id, 1) },
        |item| item.badge = badge.into(),
    )?;
    Ok(())
}

#[test]
fn a_record_that_was_found() {
    let noticed: &[Step] = &[|items| put(items, 20, 201), |items| remove(items, 20)];
    let unnoticed: &[Step] = &[|items| put(items, 21, 0), |items| remove(items, 30)];
    check(|items| items.get(&20).is_some(), noticed, unnoticed);
    check(|items| items.contains(&20), &noticed[1..], unnoticed);
    check(|items| items.get_all([20, 7]).len() == 2, noticed, unnoticed);
}

#[test]
fn a_record_that_was_missing() {
    let noticed: &[Step] = &[|items| put(items, 15, 0)];
    let unnoticed: &[Step] = &[|items| put(items, 16, 0), |items| remove(items, 10)];
    check(|items| items.get(&15).is_none(), noticed, unnoticed);
    check(|items| !items.contains(&15), noticed, unnoticed);
    check(|items| items.remove(&15).is_ok_and(|removed| removed.is_none()), noticed, unnoticed);
    check(|items| items.update(&15, |_| ()).is_err(), noticed, unnoticed);
}

#[test]
fn the_first_record() {
    let noticed: &[Step] =
        &[|items| put(items, 5, 0), |items| remove(items, 10), |items| put(items, 10, 101)];
    let unnoticed: &[Step] =
        &[|items| put(items, 15, 0), |items| remove(items, 20), |items| put(items, 40, 401)];
    check(|items| items.first().unwrap().id == 10, noticed, unnoticed);
    check(|items| items.keys().next() == Some(10), &noticed[..2], unnoticed);
    check(|items| items.iter().next().is_some(), noticed, unnoticed);
}

#[test]
fn the_last_record() {
    let noticed: &[Step] =
        &[|items| put(items, 50, 0), |items| remove(items, 40), |items| put(items, 40, 401)];
    let unnoticed: &[Step] =
        &[|items| put(items, 35, 0), |items| remove(items, 30), |items| put(items, 10, 101)];
    check(|items| items.last().unwrap().id == 40, noticed, unnoticed);
    check(|items| items.range(..).next_back().unwrap().id == 40, noticed, unnoticed);
}

#[test]
fn the_number_of_records() {
    let noticed: &[Step] = &[|items| put(items, 50, 0), |items| remove(items, 20)];
    let unnoticed: &[Step] = &[
        |items| put(items, 20, 201),
        // One gone and one come: the number is the same.
        |items| remove(items, 20).and_then(|()| put(items, 21, 0)),
    ];
    check(|items| items.len() == 4, noticed, unnoticed);
}

#[test]
fn whether_there_are_records() {
    let noticed: &[Step] = &[|items| items.clear().map(|_| ())];
    let unnoticed: &[Step] = &[|items| put(items, 50, 0), |items| remove(items, 40)];
    check(|items| !items.is_empty(), noticed, unnoticed);
}

#[test]
fn a_whole_range() {
    let noticed: &[Step] = &[
        |items| put(items, 15, 0),
        |items| put(items, 34, 0),
        |items| put(items, 30, 301),
        |items| remove(items, 20),
    ];
    let unnoticed: &[Step] = &[
        |items| put(items, 14, 0),
        |items| put(items, 35, 0),
        |items| put(items, 10, 101),
        |items| remove(items, 40),
    ];
    check(|items| items.range(15..35).count() == 2, noticed, unnoticed);
    check(|items| items.range(15..=34).rev().count() == 2, noticed, unnoticed);
    check(
        |items| {
            let mut range = items.range(15..35);
            while range.next().is_some() && range.next_back().is_some() {}
            true
        },
        noticed,
        unnoticed,
    );
    // Removing a range reads it.
    check(
        |items| items.remove_range(15..35).is_ok_and(|count| count == 2),
        &noticed[..2],
        unnoticed,
    );
}

#[test]
fn a_range_without_records() {
    let noticed: &[Step] = &[|items| put(items, 21, 0), |items| put(items, 29, 0)];
    let unnoticed: &[Step] =
        &[|items| remove(items, 20), |items| put(items, 30, 0), |items| put(items, 31, 0)];
    check(|items| items.range(21..30).next().is_none(), noticed, unnoticed);
    check(|items| items.range(21..30).next_back().is_none(), noticed, unnoticed);
}

#[test]
fn a_range_as_far_as_it_was_consumed() {
    let noticed: &[Step] =
        &[|items| put(items, 15, 0), |items| put(items, 25, 0), |items| put(items, 30, 301)];
    let unnoticed: &[Step] =
        &[|items| put(items, 31, 0), |items| remove(items, 40), |items| put(items, 14, 0)];
    check(|items| items.range(15..).take(2).count() == 2, noticed, unnoticed);
}

#[test]
fn a_range_as_far_as_it_was_consumed_from_the_end() {
    let noticed: &[Step] =
        &[|items| put(items, 50, 0), |items| put(items, 35, 0), |items| put(items, 30, 301)];
    let unnoticed: &[Step] =
        &[|items| put(items, 29, 0), |items| remove(items, 20), |items| put(items, 10, 101)];
    check(|items| items.iter().rev().take(2).count() == 2, noticed, unnoticed);
}

#[test]
fn a_range_consumed_at_both_ends() {
    let noticed: &[Step] = &[
        |items| put(items, 5, 0),
        |items| put(items, 10, 101),
        |items| put(items, 50, 0),
        |items| remove(items, 40),
    ];
    let unnoticed: &[Step] =
        &[|items| put(items, 25, 0), |items| remove(items, 20), |items| put(items, 30, 301)];
    let read: Read = |items| {
        let mut all = items.iter();
        all.next().unwrap().id == 10 && all.next_back().unwrap().id == 40
    };
    check(read, noticed, unnoticed);
}

#[test]
fn everything() {
    let noticed: &[Step] = &[
        |items| put(items, 1, 0),
        |items| put(items, 99, 0),
        |items| remove(items, 20),
        |items| put(items, 30, 301),
    ];
    check(|items| items.iter().count() == 4, noticed, &[]);
    check(|items| items.keys().rev().count() == 4, &noticed[..3], &[]);
    check(|items| items.clear().is_ok_and(|count| count == 4), &noticed[..2], &[]);
}

#[test]
fn a_unique_key_that_was_found() {
    let noticed: &[Step] = &[
        |items| remove(items, 20),
        |items| put(items, 20, 201),
        |items| rename(items, 20, "other"),
        // The badge goes to another record.
        |items| rename(items, 20, "other").and_then(|()| rename(items, 30, "badge 20")),
    ];
    let unnoticed: &[Step] = &[|items| put(items, 25, 0), |items| put(items, 30, 301)];
    check(|items| items.find(Item::BADGE, "badge 20").is_some(), noticed, unnoticed);
    // The refusal of a duplicate tells that the other record is there.
    let violation: Read = |items| {
        let twin = Item { badge: "badge 20".into(), ..item(25, 0) };
        matches!(items.insert(twin), Err(Error::UniqueViolation { .. }))
    };
    let gone: &[Step] = &[noticed[0], noticed[2], noticed[3]];
    check(violation, gone, &[|items| put(items, 15, 0), |items| put(items, 30, 301)]);
}

#[test]
fn a_unique_key_that_was_free() {
    let noticed: &[Step] = &[|items| rename(items, 15, "free"), |items| rename(items, 30, "free")];
    let unnoticed: &[Step] = &[|items| put(items, 15, 0), |items| rename(items, 30, "other")];
    check(|items| items.find(Item::BADGE, "free").is_none(), noticed, unnoticed);
    check(|items| items.by(Item::BADGE).count("free") == 0, noticed, unnoticed);
}

/// That a value could be written tells that it was free, also where the record is taken back or
/// given another value before the commit.
#[test]
fn a_unique_key_that_was_free_for_a_moment() {
    let noticed: &[Step] = &[|items| rename(items, 16, "free"), |items| rename(items, 30, "free")];
    let unnoticed: &[Step] = &[|items| put(items, 16, 0), |items| rename(items, 30, "other")];
    check(
        |items| rename(items, 15, "free").and_then(|()| rename(items, 15, "another")).is_ok(),
        noticed,
        unnoticed,
    );
    check(
        |items| rename(items, 15, "free").and_then(|()| remove(items, 15)).is_ok(),
        noticed,
        unnoticed,
    );
}

#[test]
fn an_index_key() {
    let noticed: &[Step] = &[
        |items| put(items, 25, 200),
        |items| put(items, 30, 200),
        |items| put(items, 20, 201),
        |items| remove(items, 20),
    ];
    let unnoticed: &[Step] =
        &[|items| put(items, 25, 201), |items| put(items, 30, 199), |items| remove(items, 10)];
    check(|items| items.by(Item::VALUE).get(&200).count() == 1, noticed, unnoticed);
    check(|items| items.by(Item::VALUE).count(&200) == 1, noticed, unnoticed);
    // Counting does not look at the records themselves, finding does.
    let renamed: Step = |items| rename(items, 20, "other");
    check(|items| items.by(Item::VALUE).count(&200) == 1, &[], &[renamed]);
    check(|items| items.by(Item::VALUE).get(&200).next().is_some(), &[renamed], &[]);
}

#[test]
fn an_index_key_that_no_record_has() {
    let noticed: &[Step] = &[|items| put(items, 25, 999), |items| put(items, 10, 999)];
    let unnoticed: &[Step] = &[|items| put(items, 25, 998), |items| remove(items, 40)];
    check(|items| items.by(Item::VALUE).get(&999).next().is_none(), noticed, unnoticed);
    check(|items| items.by(Item::VALUE).count(&999) == 0, noticed, unnoticed);
}

#[test]
fn an_index_range() {
    let noticed: &[Step] = &[
        |items| put(items, 25, 150),
        |items| put(items, 40, 349),
        |items| put(items, 20, 1_000),
        |items| remove(items, 30),
    ];
    let unnoticed: &[Step] =
        &[|items| put(items, 25, 350), |items| put(items, 10, 149), |items| remove(items, 40)];
    let by_value: Read = |items| items.by(Item::VALUE).range(150..350).count() == 2;
    check(by_value, noticed, unnoticed);
    let backwards: Read = |items| items.by(Item::VALUE).range(150..350).rev().count() == 2;
    check(backwards, noticed, unnoticed);
}

#[test]
fn an_index_range_as_far_as_it_was_consumed() {
    let smallest: Read = |items| items.by(Item::VALUE).iter().next().unwrap().id == 10;
    check(
        smallest,
        &[|items| put(items, 99, 99), |items| put(items, 40, 99), |items| remove(items, 10)],
        &[|items| put(items, 5, 101), |items| remove(items, 20)],
    );
    // Of equal index keys the record with the smaller key comes first.
    check(smallest, &[|items| put(items, 5, 100)], &[|items| put(items, 15, 100)]);
    let greatest: Read = |items| items.by(Item::VALUE).iter().next_back().unwrap().id == 40;
    check(
        greatest,
        &[|items| put(items, 1, 401), |items| remove(items, 40)],
        &[|items| put(items, 99, 399), |items| remove(items, 30)],
    );
}

#[test]
fn the_keys_of_an_index() {
    let noticed: &[Step] = &[|items| put(items, 25, 7), |items| remove(items, 20)];
    let unnoticed: &[Step] = &[|items| rename(items, 20, "other")];
    check(|items| items.by(Item::VALUE).keys().count() == 4, noticed, unnoticed);
    check(|items| items.by(Item::VALUE).keys().rev().count() == 4, noticed, unnoticed);
}

#[test]
fn a_partial_index() {
    // Of the items only 30 → 300 is divisible by three.
    let noticed: &[Step] = &[
        |items| put(items, 25, 33),
        |items| put(items, 10, 99),
        |items| put(items, 30, 301),
        |items| remove(items, 30),
    ];
    let unnoticed: &[Step] =
        &[|items| put(items, 25, 34), |items| put(items, 20, 202), |items| remove(items, 10)];
    check(|items| items.by(Item::THIRD).iter().count() == 1, noticed, unnoticed);
}

/// A write that was refused has told its caller why: what is there, and that something is not.
#[test]
fn what_a_refused_write_saw() {
    let key_exists: Read =
        |items| matches!(items.insert(item(20, 0)), Err(Error::KeyExists { .. }));
    let noticed: &[Step] = &[|items| put(items, 20, 201), |items| remove(items, 20)];
    let unnoticed: &[Step] = &[|items| put(items, 21, 0), |items| remove(items, 30)];
    check(key_exists, noticed, unnoticed);
    let badge_exists: Read = |items| {
        let refused = items.put(Item { badge: badge(20), ..item(15, 0) });
        matches!(refused, Err(Error::UniqueViolation { .. }))
    };
    let noticed: &[Step] = &[|items| put(items, 15, 0), |items| remove(items, 20)];
    check(badge_exists, noticed, unnoticed);
}

/// A part of a transaction that failed has told its caller something all the same.
#[test]
fn what_a_failed_part_read() {
    let failed_batch: Read = |items| {
        // A batch is a nested part; its second record fails it after the first was looked at.
        matches!(items.insert_all([item(15, 0), item(20, 0)]), Err(Error::KeyExists { .. }))
    };
    // Another badge than the one that the part claimed, which was free and still is.
    let noticed: &[Step] = &[
        |items| rename(items, 15, "another"),
        |items| put(items, 15, 0),
        |items| remove(items, 20),
    ];
    let unnoticed: &[Step] = &[|items| put(items, 16, 0), |items| remove(items, 30)];
    check(failed_batch, noticed, unnoticed);
}

/// Long scans are validated by what changed between the versions, short ones by looking again.
#[test]
fn a_scan_of_many_records() -> Result<()> {
    for (changed, is_noticed) in [(50, true), (149, true), (49, false), (150, false), (400, false)]
    {
        for by_index in [false, true] {
            let store = Store::in_memory();
            let items = store.collection::<Item>()?;
            items.insert_all((0..300).map(|id| item(id, i64::from(id))))?;
            let reader = store.begin();
            let found = reader.collection::<Item>()?;
            let count = if by_index {
                found.by(Item::VALUE).range(50..150).count()
            } else {
                found.range(50..150).count()
            };
            assert_eq!(count, 100);
            found.put(item(1_000, 1_000))?;
            items.upsert(&changed, || item(400, 400), |item| item.value = -1)?;
            let refused = reader.commit().is_err_and(|error| error.is_conflict());
            assert_eq!(refused, is_noticed, "{changed}, by index: {by_index}");
        }
    }
    Ok(())
}

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "seats")]
struct Seat {
    #[key]
    flight: String,
    #[key]
    number: u16,
    passenger: Option<String>,
}

fn seat(flight: &str, number: u16) -> Seat {
    Seat { flight: flight.into(), number, passenger: None }
}

#[test]
fn a_prefix_of_a_tuple_key() -> Result<()> {
    for (flight, number, is_noticed) in [("LH1", 9, true), ("LH2", 1, false), ("LH", 1, false)] {
        let store = Store::in_memory();
        let seats = store.collection::<Seat>()?;
        seats.insert_all([seat("LH1", 1), seat("LH1", 2), seat("LH3", 1)])?;
        let reader = store.begin();
        assert_eq!(reader.collection::<Seat>()?.prefix(("LH1",)).count(), 2);
        reader.collection::<Note>()?.put(Note { id: 1 })?;
        seats.put(seat(flight, number))?;
        let refused = reader.commit().is_err_and(|error| error.is_conflict());
        assert_eq!(refused, is_noticed, "{flight} {number}");
    }
    Ok(())
}

/// A collection that was created after the transaction began is empty for it, and that counts as
/// read.
#[test]
fn a_collection_that_was_not_there_yet() -> Result<()> {
    let store = Store::in_memory();
    store.collection::<Note>()?;
    let reader = store.begin();
    store.collection::<Item>()?.put(item(1, 1))?;
    assert!(reader.collection::<Item>()?.is_empty());
    reader.collection::<Note>()?.put(Note { id: 1 })?;
    assert!(reader.commit().is_err_and(|error| error.is_conflict()));

    let writer = store.begin();
    writer.collection::<Seat>()?.put(seat("LH1", 1))?;
    writer.commit()?;
    assert_eq!(store.collection::<Seat>()?.len(), 1);
    Ok(())
}

/// Write skew across two collections.
#[test]
fn each_reads_what_the_other_writes() -> Result<()> {
    for isolation in [Isolation::Serializable, Isolation::Snapshot] {
        let store = Store::in_memory();
        store.collection::<Item>()?;
        store.collection::<Note>()?;
        let (first, second) = (
            store.transaction().isolation(isolation).begin(),
            store.transaction().isolation(isolation).begin(),
        );
        assert!(first.collection::<Item>()?.is_empty());
        assert!(second.collection::<Note>()?.is_empty());
        first.collection::<Note>()?.put(Note { id: 1 })?;
        second.collection::<Item>()?.put(item(1, 1))?;
        first.commit()?;
        let committed = second.commit().is_ok();
        assert_eq!(committed, isolation == Isolation::Snapshot);
    }
    Ok(())
}
