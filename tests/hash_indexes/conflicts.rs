//! What a transaction depends on that reads a hash index, and unique keys by hash.

use super::{Note, Visit, visit, visits};
use folio::{Error, Isolation, Result, Transaction, TxCollection};

/// Whether a transaction that read commits although the change was committed before it.
fn commits(
    read: impl Fn(&TxCollection<'_, Visit>),
    change: impl Fn(&TxCollection<'_, Visit>) -> Result<()>,
    isolation: Isolation,
) -> Result<bool> {
    let store = visits((0..40).map(|id| visit(id, &format!("token {id}"), 10)).chain([
        visit(50, "token 50", 20),
        visit(60, "token 60", 30),
        visit(61, "token 61", 30),
    ]))?;
    let reader = store.transaction().isolation(isolation).begin();
    read(&reader.collection()?);
    reader.collection::<Note>()?.put(Note { id: 1 })?;
    store.transact(|tx| change(&tx.collection()?))?;
    match reader.commit() {
        Ok(_) => Ok(true),
        Err(Error::Conflict { collection, .. }) if collection == "visits" => Ok(false),
        Err(error) => Err(error),
    }
}

type Read = fn(&TxCollection<'_, Visit>);
type Change = fn(&TxCollection<'_, Visit>) -> Result<()>;

fn moved(visits: &TxCollection<'_, Visit>, id: u32, town: u32) -> Result<()> {
    visits.update(&id, |visit| visit.town = town).map(drop)
}

#[test]
fn a_reader_depends_on_what_is_under_its_key_and_on_nothing_else() -> Result<()> {
    let many: &[Read] = &[
        |visits| assert_eq!(visits.by(Visit::TOWN).get(&10).count(), 40),
        |visits| assert_eq!(visits.by(Visit::TOWN).count(&10), 40),
        // One record was taken, and yet all of them were read.
        |visits| assert_eq!(visits.by(Visit::TOWN).get(&10).next().map(|visit| visit.id), Some(0)),
    ];
    let of_many: &[Change] = &[
        |visits| visits.insert(visit(99, "token 99", 10)).map(drop),
        |visits| visits.remove(&17).map(drop),
        |visits| moved(visits, 17, 20),
        |visits| moved(visits, 50, 10),
        // As many as before, and others.
        |visits| moved(visits, 17, 20).and_then(|()| moved(visits, 50, 10)),
    ];
    let one: &[Read] = &[
        |visits| assert_eq!(visits.by(Visit::TOWN).get(&20).count(), 1),
        |visits| assert_eq!(visits.by(Visit::TOWN).count(&20), 1),
    ];
    let of_one: &[Change] = &[
        |visits| visits.insert(visit(99, "token 99", 20)).map(drop),
        |visits| visits.remove(&50).map(drop),
        |visits| moved(visits, 50, 30),
        |visits| moved(visits, 50, 30).and_then(|()| moved(visits, 17, 20)),
    ];
    let missing: &[Read] = &[
        |visits| assert_eq!(visits.by(Visit::TOWN).get(&40).count(), 0),
        |visits| assert_eq!(visits.by(Visit::TOWN).count(&40), 0),
        |visits| drop(visits.by(Visit::TOWN).get(&40)),
    ];
    let of_missing: &[Change] = &[
        |visits| visits.insert(visit(99, "token 99", 40)).map(drop),
        |visits| moved(visits, 60, 40),
    ];
    let token: &[Read] = &[
        |visits| assert!(visits.find(Visit::TOKEN, "token 50").is_some()),
        |visits| assert_eq!(visits.by(Visit::TOKEN).get("token 50").count(), 1),
    ];
    let of_token: &[Change] = &[
        |visits| visits.update(&50, |visit| visit.token.push('!')).map(drop),
        |visits| visits.update(&50, |visit| visit.is_paid = !visit.is_paid).map(drop),
        |visits| visits.remove(&50).map(drop),
    ];
    let free_token: &[Read] = &[|visits| assert_eq!(visits.find(Visit::TOKEN, "token 99"), None)];
    let of_free_token: &[Change] = &[
        |visits| visits.insert(visit(99, "token 99", 20)).map(drop),
        |visits| visits.update(&60, |visit| visit.token = "token 99".into()).map(drop),
    ];
    // What lies elsewhere, and what ends as it began.
    let elsewhere: &[Change] = &[
        |visits| visits.insert(visit(98, "token 98", 50)).map(drop),
        |visits| moved(visits, 61, 60),
        |visits| visits.remove(&61).map(drop),
        |visits| visits.update(&61, |visit| visit.tags.clear()).map(drop),
    ];
    let cases = [
        (many, of_many),
        (one, of_one),
        (missing, of_missing),
        (token, of_token),
        (free_token, of_free_token),
    ];
    for (place, (reads, noticed)) in cases.into_iter().enumerate() {
        for read in reads {
            for (at, change) in noticed.iter().enumerate() {
                assert!(!commits(read, change, Isolation::Serializable)?, "{place}: change {at}");
                assert!(commits(read, change, Isolation::Snapshot)?, "{place}: change {at}");
            }
            for (at, change) in elsewhere.iter().enumerate() {
                assert!(
                    commits(read, change, Isolation::Serializable)?,
                    "{place}: {at} is elsewhere"
                );
            }
        }
    }
    Ok(())
}

/// Two that look whether anybody is in a town, and go there if not: at most one may.
#[test]
fn two_that_look_and_then_write_do_not_both_commit() -> Result<()> {
    let store = visits([visit(1, "a", 1), visit(2, "b", 2)])?;
    let go = |tx: &Transaction, id: u32| -> Result<()> {
        let visits = tx.collection::<Visit>()?;
        assert_eq!(visits.by(Visit::TOWN).get(&9).count(), 0);
        moved(&visits, id, 9)
    };
    let (first, second) = (store.begin(), store.begin());
    go(&first, 1)?;
    go(&second, 2)?;
    first.commit()?;
    assert!(second.commit().is_err_and(|error| error.is_conflict()));
    assert_eq!(store.collection::<Visit>()?.view().by(Visit::TOWN).count(&9), 1);
    Ok(())
}

#[test]
fn a_unique_key_has_one_record() -> Result<()> {
    let store = visits([visit(1, "a", 1), visit(2, "b", 2)])?;
    let visits = store.collection::<Visit>()?;
    let refused = |result: Result<()>| match result {
        Err(Error::UniqueViolation { index, value, existing, .. }) => {
            assert_eq!(index, "token");
            (value, existing)
        }
        other => panic!("{other:?}"),
    };
    let of_first = || ("\"a\"".to_owned(), "1".to_owned());
    assert_eq!(refused(visits.put(visit(3, "a", 1)).map(drop)), of_first());
    assert_eq!(refused(visits.update(&2, |visit| visit.token = "a".into()).map(drop)), of_first());
    assert_eq!(
        refused(visits.insert_all([visit(4, "d", 4), visit(5, "a", 5)]).map(drop)),
        of_first()
    );
    let twice = visits.insert_all([visit(4, "d", 4), visit(5, "d", 5)]);
    assert_eq!(refused(twice.map(drop)), ("\"d\"".to_owned(), "4".to_owned()));
    let empty = self::visits([])?.collection::<Visit>()?;
    let twice = empty.insert_all([visit(4, "d", 4), visit(5, "d", 5)]);
    assert_eq!(refused(twice.map(drop)), ("\"d\"".to_owned(), "4".to_owned()));
    assert_eq!((visits.len(), empty.len()), (2, 0));
    Ok(())
}

#[test]
fn a_unique_key_is_handed_on() -> Result<()> {
    let store = visits([visit(1, "a", 1), visit(2, "b", 2)])?;
    let visits = store.collection::<Visit>()?;
    // Given up before it is taken, in a batch and in a transaction.
    visits.put_all([visit(1, "c", 1), visit(3, "a", 3)])?;
    store.transact(|tx| {
        let visits = tx.collection::<Visit>()?;
        visits.remove(&2)?;
        visits.insert(visit(4, "b", 4)).map(drop)
    })?;
    let ids = ["a", "b", "c", "d"].map(|token| visits.find(Visit::TOKEN, token).map(|of| of.id));
    assert_eq!(ids, [Some(3), Some(4), Some(1), None]);
    Ok(())
}

/// Two that each find a unique key free, in a collection with records and in an empty one.
#[test]
fn of_two_that_take_one_unique_key_one_commits() -> Result<()> {
    for count in [0, 1, 3_000] {
        let store = visits((100..100 + count).map(|id| visit(id, &format!("token {id}"), 1)))?;
        let (first, second, third) = (store.begin(), store.begin(), store.begin());
        first.collection::<Visit>()?.insert_all([visit(1, "a", 1), visit(2, "b", 2)])?;
        second.collection::<Visit>()?.insert_all([visit(3, "c", 1), visit(4, "b", 2)])?;
        third.collection::<Visit>()?.insert_all([visit(5, "e", 1), visit(6, "f", 2)])?;
        first.commit()?;
        assert!(second.commit().is_err_and(|error| error.is_conflict()), "{count} records");
        third.commit()?;
        let visits = store.collection::<Visit>()?;
        let ids =
            ["a", "b", "c", "f"].map(|token| visits.find(Visit::TOKEN, token).map(|of| of.id));
        assert_eq!(ids, [Some(1), Some(2), None, Some(6)]);
    }
    Ok(())
}
