//! The checks themselves: histories written by hand, with each anomaly and without.

#![cfg(test)]

use super::super::graph::Anomaly;
use super::check::{Wrong, dependencies};
use super::history::{By, End, Event, History, IDS, Look, Part, Transaction};
use super::replay::replay;

/// Register 1 of the first collection.
const X: u32 = 1;
/// Register 2 of the first collection.
const Y: u32 = 2;

/// A transaction from one moment to another, which became or read a version.
fn tx(time: (u64, u64), version: u64, events: Vec<Event>) -> Transaction {
    let (begin, end) = time;
    Transaction { begin, end, version: Some(version), events, ended: End::Committed }
}

fn undone(time: (u64, u64), version: u64, events: Vec<Event>) -> Transaction {
    Transaction { ended: End::Undone, ..tx(time, version, events) }
}

/// A blind write.
fn w(id: u32, value: u64) -> Event {
    Event::Write { place: (0, id), value: Some(value), before: None }
}

/// A write that told what was there.
fn rw(id: u32, before: Option<u64>, value: u64) -> Event {
    Event::Write { place: (0, id), value: Some(value), before: Some(before) }
}

fn removal(id: u32, before: Option<u64>) -> Event {
    Event::Write { place: (0, id), value: None, before: Some(before) }
}

fn r(id: u32, value: u64) -> Event {
    look(By::Key(id), &[(id, value)])
}

fn missing(id: u32) -> Event {
    look(By::Key(id), &[])
}

fn look(by: By, found: &[(u32, u64)]) -> Event {
    part(by, Part::All, found)
}

fn part(by: By, part: Part, found: &[(u32, u64)]) -> Event {
    let found = found.iter().map(|(id, value)| (*id, Some(*value))).collect();
    Event::Read { collection: 0, look: Look { by, part }, found }
}

fn history(transactions: Vec<Transaction>) -> History {
    History { transactions }
}

/// The same history, of which no version is known.
fn without_versions(history: &History) -> History {
    let transactions = history.transactions.iter().cloned();
    History { transactions: transactions.map(|tx| Transaction { version: None, ..tx }).collect() }
}

/// Every way of checking finds nothing.
#[track_caller]
fn accept(transactions: Vec<Transaction>) {
    let history = history(transactions);
    assert_eq!(replay(&history), Ok(()));
    assert_eq!(dependencies(&history), Ok(()));
    assert_eq!(dependencies(&without_versions(&history)), Ok(()));
}

/// The class of what the dependencies show.
fn class(history: &History) -> Option<(Anomaly, bool)> {
    match dependencies(history) {
        Ok(()) => None,
        Err(Wrong::Cycle { anomaly, in_real_time, text }) => {
            println!("{text}");
            Some((anomaly, in_real_time))
        }
        Err(other) => panic!("{other:?}"),
    }
}

/// Replaying refuses it, and the dependencies show this anomaly, with versions and without.
#[track_caller]
fn reject(transactions: Vec<Transaction>, anomaly: Anomaly, in_real_time: bool) {
    let history = history(transactions);
    println!("{:?}", replay(&history));
    assert!(replay(&history).is_err());
    assert_eq!(class(&history), Some((anomaly, in_real_time)), "with versions");
    let without = class(&without_versions(&history));
    assert_eq!(without, Some((anomaly, in_real_time)), "without versions");
}

#[test]
fn serial_histories_are_accepted() {
    accept(vec![
        tx((0, 1), 1, vec![missing(X), rw(X, None, 10), r(X, 10)]),
        tx((2, 3), 2, vec![r(X, 10), rw(Y, None, 20), rw(X, Some(10), 11)]),
        tx((4, 5), 2, vec![look(By::Ids(0, IDS), &[(X, 11), (Y, 20)])]),
        tx((6, 7), 3, vec![removal(X, Some(11)), missing(X)]),
        tx((8, 9), 4, vec![rw(X, None, 12), look(By::Class(0), &[(X, 12), (Y, 20)])]),
        tx((10, 11), 4, vec![part(By::Ids(0, IDS), Part::Last(1), &[(Y, 20)])]),
    ]);
}

/// One that read before the other wrote may come first although it ended later.
#[test]
fn a_reader_of_the_past_is_accepted() {
    accept(vec![
        tx((0, 1), 1, vec![rw(X, None, 10), rw(Y, None, 20)]),
        tx((2, 4), 2, vec![rw(X, Some(10), 11), rw(Y, Some(20), 21)]),
        tx((3, 9), 1, vec![r(X, 10), r(Y, 20)]),
        undone((3, 9), 2, vec![r(X, 11), w(X, 99), r(X, 99), r(Y, 21)]),
        tx((10, 11), 2, vec![r(X, 11), r(Y, 21)]),
    ]);
}

#[test]
fn what_a_part_undid_may_be_written_again() {
    let failed = vec![rw(X, Some(10), 98), r(X, 98)];
    let stayed = vec![rw(X, Some(10), 11)];
    accept(vec![
        tx((0, 1), 1, vec![rw(X, None, 10)]),
        tx(
            (2, 3),
            2,
            vec![
                Event::Nested { events: failed, stays: false },
                r(X, 10),
                Event::Nested { events: stayed, stays: true },
                r(X, 11),
            ],
        ),
        tx((4, 5), 2, vec![r(X, 11)]),
    ]);
}

/// Two transactions replace each other's writes, one in each register. Of that nothing shows but the
/// versions of the registers, which a store with one version cannot even tell: reads must.
#[test]
fn g0_is_named() {
    let history = history(vec![
        tx((0, 9), 1, vec![rw(X, None, 10), rw(Y, Some(21), 20)]),
        tx((0, 9), 2, vec![rw(X, Some(10), 11), rw(Y, None, 21)]),
        tx((10, 11), 2, vec![r(X, 11), r(Y, 20)]),
    ]);
    assert!(replay(&history).is_err());
    // Each says that it saw what the other left, so reads show it as well.
    assert_eq!(class(&without_versions(&history)), Some((Anomaly::G0, false)));
}

#[test]
fn g1a_is_named() {
    let dirty = history(vec![undone((0, 9), 0, vec![w(X, 10)]), tx((1, 2), 0, vec![r(X, 10)])]);
    assert!(replay(&dirty).is_err());
    assert!(matches!(dependencies(&dirty), Err(Wrong::G1a(_))));
    assert!(matches!(dependencies(&without_versions(&dirty)), Err(Wrong::G1a(_))));

    let part = Event::Nested { events: vec![w(X, 10)], stays: false };
    let dirty = history(vec![
        tx((0, 9), 1, vec![part, w(Y, 20)]),
        tx((10, 11), 1, vec![r(X, 10), r(Y, 20)]),
    ]);
    assert!(replay(&dirty).is_err());
    assert!(matches!(dependencies(&dirty), Err(Wrong::G1a(_))));
}

#[test]
fn g1b_is_named() {
    let half = history(vec![
        tx((0, 9), 1, vec![w(X, 10), w(X, 11)]),
        tx((1, 2), 1, vec![r(X, 10)]),
        tx((10, 11), 1, vec![r(X, 11)]),
    ]);
    assert!(replay(&half).is_err());
    assert!(matches!(dependencies(&half), Err(Wrong::G1b(_))));
    assert!(matches!(dependencies(&without_versions(&half)), Err(Wrong::G1b(_))));
}

#[test]
fn values_from_nowhere_are_named() {
    for event in [r(X, 10), look(By::Ids(0, IDS), &[(Y, 10)])] {
        let wrong = history(vec![tx((0, 1), 1, vec![event])]);
        assert!(replay(&wrong).is_err());
        assert!(matches!(dependencies(&wrong), Err(Wrong::FromNowhere(_))));
    }
    // It was written, but elsewhere.
    let wrong = history(vec![tx((0, 1), 1, vec![w(Y, 10)]), tx((2, 3), 1, vec![r(X, 10)])]);
    assert!(matches!(dependencies(&wrong), Err(Wrong::FromNowhere(_))));
}

#[test]
fn a_transaction_that_does_not_see_its_own_writes_is_named() {
    for event in [missing(X), r(X, 9), look(By::Class(2), &[]), rw(X, Some(9), 11)] {
        let wrong =
            history(vec![tx((0, 1), 1, vec![w(X, 9)]), tx((2, 3), 2, vec![w(X, 10), event])]);
        assert!(replay(&wrong).is_err());
        assert!(matches!(dependencies(&wrong), Err(Wrong::Internal(_))));
    }
    let wrong = history(vec![tx((0, 1), 1, vec![w(X, 9), removal(X, Some(9)), r(X, 9)])]);
    assert!(matches!(dependencies(&wrong), Err(Wrong::Internal(_))));
}

#[test]
fn g1c_is_named() {
    reject(
        vec![
            tx((0, 9), 1, vec![rw(X, None, 10), r(Y, 20)]),
            tx((0, 9), 2, vec![rw(Y, None, 20), r(X, 10)]),
        ],
        Anomaly::G1c,
        false,
    );
}

#[test]
fn read_skew_is_named() {
    reject(
        vec![
            tx((0, 1), 1, vec![rw(X, None, 10), rw(Y, None, 20)]),
            tx((2, 9), 2, vec![rw(X, Some(10), 11), rw(Y, Some(20), 21)]),
            tx((2, 9), 2, vec![r(X, 10), r(Y, 21)]),
        ],
        Anomaly::GSingle,
        false,
    );
}

/// Also where who is undone has seen two versions.
#[test]
fn read_skew_of_the_undone_is_named() {
    reject(
        vec![
            tx((0, 1), 1, vec![rw(X, None, 10), rw(Y, None, 20)]),
            tx((2, 9), 2, vec![rw(X, Some(10), 11), rw(Y, Some(20), 21)]),
            undone((2, 9), 2, vec![r(X, 10), r(Y, 21)]),
        ],
        Anomaly::GSingle,
        false,
    );
}

#[test]
fn a_lost_update_is_named() {
    let lost = vec![
        tx((0, 1), 1, vec![rw(X, None, 10)]),
        tx((2, 9), 2, vec![rw(X, Some(10), 11)]),
        tx((2, 9), 3, vec![rw(X, Some(10), 12)]),
    ];
    let lost = history(lost);
    assert!(replay(&lost).is_err());
    assert_eq!(class(&lost), Some((Anomaly::GSingle, false)));
    // Without versions nobody says which of the two came first: each missed the other.
    assert_eq!(class(&without_versions(&lost)), Some((Anomaly::G2Item, false)));
}

#[test]
fn write_skew_is_named() {
    reject(
        vec![
            tx((0, 1), 1, vec![rw(X, None, 10), rw(Y, None, 20)]),
            tx((2, 9), 2, vec![r(Y, 20), rw(X, Some(10), 11)]),
            tx((2, 9), 3, vec![r(X, 10), rw(Y, Some(20), 21)]),
        ],
        Anomaly::G2Item,
        false,
    );
}

/// Both look for a key that is not there, and each inserts the other's.
#[test]
fn write_skew_by_absence_is_named() {
    reject(
        vec![
            tx((2, 9), 2, vec![missing(Y), rw(X, None, 11)]),
            tx((2, 9), 3, vec![missing(X), rw(Y, None, 21)]),
        ],
        Anomaly::G2Item,
        false,
    );
}

/// Both search and find nothing, each inserts what the other would have found.
#[test]
fn write_skew_by_predicates_is_named() {
    let searches = [By::Ids(0, IDS), By::Group(0), By::Class(0), By::Values(0, 100)];
    for by in searches.into_iter().chain([By::GroupInIndex(0), By::Digit(10), By::Classes(0, 1)]) {
        reject(
            vec![
                tx((2, 9), 2, vec![look(by, &[]), rw(X, None, 12)]),
                tx((2, 9), 3, vec![look(by, &[]), rw(Y, None, 24)]),
            ],
            Anomaly::G2,
            false,
        );
    }
}

/// A register that is there, but moves into what was searched.
#[test]
fn write_skew_by_a_move_between_index_keys_is_named() {
    reject(
        vec![
            tx((0, 1), 1, vec![rw(X, None, 13), rw(Y, None, 25)]),
            tx((2, 9), 2, vec![look(By::Class(0), &[]), rw(X, Some(13), 12)]),
            tx((2, 9), 3, vec![look(By::Class(0), &[]), rw(Y, Some(25), 24)]),
        ],
        Anomaly::G2,
        false,
    );
}

/// The first of all depends on what comes before it, not on what comes behind it.
#[test]
fn a_part_of_a_search_depends_on_that_part() {
    let about = |event: fn() -> Event, inserted: u32| {
        vec![
            tx((0, 1), 1, vec![rw(2, None, 10), rw(5, None, 50), removal(5, Some(50))]),
            tx((2, 9), 2, vec![missing(0), rw(inserted, None, 11)]),
            tx((2, 9), 3, vec![event(), rw(0, None, 12)]),
        ]
    };
    let first: fn() -> Event = || part(By::Ids(0, IDS), Part::First(1), &[(2, 10)]);
    let last: fn() -> Event = || part(By::Ids(0, IDS), Part::Last(1), &[(2, 10)]);
    let before = class(&history(about(first, 1)));
    assert_eq!(before, Some((Anomaly::G2, false)), "1 is before the first");
    assert_eq!(class(&history(about(first, 3))), None, "3 is behind the first");
    let behind = class(&history(about(last, 3)));
    assert_eq!(behind, Some((Anomaly::G2, false)), "3 is behind the last");
    assert_eq!(class(&history(about(last, 1))), None, "1 is before the last");
}

/// What was removed was there once; who misses it afterwards comes behind the removal, or before the
/// insertion.
#[test]
fn a_removal_is_a_write() {
    accept(vec![
        tx((0, 1), 1, vec![rw(X, None, 10)]),
        tx((2, 9), 2, vec![removal(X, Some(10))]),
        tx((2, 9), 3, vec![missing(X), rw(X, None, 11)]),
        tx((2, 9), 0, vec![missing(Y)]),
        tx((10, 11), 3, vec![r(X, 11)]),
    ]);
    let skew = history(vec![
        tx((0, 1), 1, vec![rw(X, None, 10), rw(Y, None, 20)]),
        tx((2, 9), 2, vec![r(Y, 20), removal(X, Some(10))]),
        tx((2, 9), 3, vec![r(X, 10), removal(Y, Some(20))]),
    ]);
    assert!(replay(&skew).is_err());
    assert_eq!(class(&skew), Some((Anomaly::G2Item, false)));
}

/// Serializable, but not in an order that respects real time.
#[test]
fn a_stale_read_is_named() {
    let stale = history(vec![
        tx((0, 1), 1, vec![rw(X, None, 10)]),
        tx((2, 3), 2, vec![rw(X, Some(10), 11)]),
        tx((4, 5), 1, vec![r(X, 10)]),
    ]);
    assert_eq!(replay(&stale), Ok(()), "the versions alone do not show it");
    assert_eq!(class(&stale), Some((Anomaly::GSingle, true)));
    assert_eq!(class(&without_versions(&stale)), Some((Anomaly::GSingle, true)));
    let blind = history(vec![
        tx((0, 1), 1, vec![w(X, 10)]),
        tx((2, 3), 2, vec![w(X, 11)]),
        tx((4, 5), 1, vec![r(X, 10)]),
    ]);
    assert_eq!(class(&without_versions(&blind)), Some((Anomaly::GSingle, true)));
}

/// Without a version, without having told what it replaced: only real time says that a write is
/// later, and that is enough.
#[test]
fn blind_writes_are_ordered_by_real_time() {
    let skew = vec![
        tx((0, 1), 1, vec![w(X, 10), w(Y, 20)]),
        tx((2, 9), 2, vec![r(Y, 20), w(X, 11)]),
        tx((2, 9), 3, vec![r(X, 10), w(Y, 21)]),
    ];
    let skew = without_versions(&history(skew));
    assert_eq!(class(&skew), Some((Anomaly::G2Item, false)));
}

/// Counts are checked by carrying out again.
#[test]
fn wrong_counts_are_refused() {
    let counted = |count| {
        let event = Event::Count { collection: 0, by: By::Class(2), count };
        replay(&history(vec![tx((0, 1), 1, vec![w(X, 10)]), tx((2, 3), 1, vec![event])]))
    };
    assert_eq!(counted(1), Ok(()));
    assert!(counted(0).is_err() && counted(2).is_err());
}
