//! A transaction is disturbed only by changes of what it looked at. The single ways of reading are
//! in `tests/isolation`; these are the uses they are for.

use super::{Account, account, add, balances, bank};
use folio::{Record, Result, Store};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "jobs")]
struct Job {
    #[key]
    number: u64,
    #[index]
    priority: u8,
}

fn queue(numbers: impl IntoIterator<Item = u64>) -> Result<Store> {
    let store = Store::in_memory();
    let jobs = numbers.into_iter().map(|number| Job { number, priority: 5 });
    store.collection::<Job>()?.insert_all(jobs)?;
    Ok(store)
}

fn pop(tx: &folio::Transaction) -> Result<Option<u64>> {
    let jobs = tx.collection::<Job>()?;
    let Some(first) = jobs.first() else { return Ok(None) };
    jobs.remove(&first.number)?;
    Ok(Some(first.number))
}

#[test]
fn taking_from_a_queue_is_not_disturbed_by_adding_to_it() -> Result<()> {
    let store = queue(10..20)?;
    let (taker, adder) = (store.begin(), store.begin());
    assert_eq!(pop(&taker)?, Some(10));
    adder.collection::<Job>()?.insert(Job { number: 20, priority: 5 })?;
    adder.commit()?;
    taker.commit()?;
    // Two that take the same job disturb each other, and so does a job that is put in front.
    let (first, second, third) = (store.begin(), store.begin(), store.begin());
    assert_eq!((pop(&first)?, pop(&second)?), (Some(11), Some(11)));
    first.commit()?;
    assert!(second.commit().is_err_and(|error| error.is_conflict()));
    assert_eq!(pop(&third)?, Some(11));
    store.collection::<Job>()?.insert(Job { number: 1, priority: 5 })?;
    assert!(third.commit().is_err_and(|error| error.is_conflict()));
    Ok(())
}

#[test]
fn an_empty_queue_is_disturbed_by_the_first_job() -> Result<()> {
    let store = queue([])?;
    let taker = store.begin();
    assert_eq!(pop(&taker)?, None);
    let id = taker.next_id::<Account>()?;
    taker.collection::<Account>()?.insert(account(id, 0))?;
    store.collection::<Job>()?.insert(Job { number: 1, priority: 5 })?;
    assert!(taker.commit().is_err_and(|error| error.is_conflict()));
    Ok(())
}

#[test]
fn taking_by_priority_is_not_disturbed_by_what_matters_less() -> Result<()> {
    let store = queue(10..20)?;
    let taker = store.begin();
    let jobs = taker.collection::<Job>()?;
    let most = jobs.by(Job::PRIORITY).iter().next_back().unwrap();
    assert_eq!(most.number, 19);
    jobs.remove(&most.number)?;
    store.collection::<Job>()?.insert(Job { number: 99, priority: 4 })?;
    taker.commit()?;

    let taker = store.begin();
    let jobs = taker.collection::<Job>()?;
    jobs.remove(&jobs.by(Job::PRIORITY).iter().next_back().unwrap().number)?;
    store.collection::<Job>()?.insert(Job { number: 3, priority: 6 })?;
    assert!(taker.commit().is_err_and(|error| error.is_conflict()));
    Ok(())
}

/// An iterator shows what was there when it was made: writing does not make it run for ever, nor
/// leave anything out.
#[test]
fn writing_does_not_disturb_an_iterator() -> Result<()> {
    let store = queue(0..200)?;
    store.transact(|tx| {
        let jobs = tx.collection::<Job>()?;
        let mut seen = Vec::new();
        let mut iterator = jobs.range(50..150);
        while let (Some(front), Some(back)) = (iterator.next(), iterator.next_back()) {
            seen.extend([front.number, back.number]);
            // Everything not seen yet goes, and new ones come between.
            jobs.remove(&(front.number + 1))?;
            jobs.put(Job { number: 1_000 + front.number, priority: 1 })?;
        }
        seen.sort_unstable();
        assert_eq!(seen, (50..150).collect::<Vec<_>>());
        // Each step moves the record on to where the iterator is still to come.
        let mut steps = 0;
        for job in jobs.by(Job::PRIORITY).range(5..) {
            jobs.update(&job.number, |job| job.priority += 1)?;
            steps += 1;
        }
        assert_eq!(steps, jobs.by(Job::PRIORITY).get(&6).count());
        assert_eq!(jobs.by(Job::PRIORITY).count(&5), 0);
        Ok(())
    })
}

#[test]
fn writing_through_an_iterator_of_the_same_collection() -> Result<()> {
    let store = queue(0..100)?;
    store.transact(|tx| {
        let jobs = tx.collection::<Job>()?;
        let copies = jobs.iter().map(|job| Job { number: job.number + 100, ..(*job).clone() });
        assert_eq!(jobs.insert_all(copies)?, 100);
        let keys: Vec<u64> = jobs.keys().rev().step_by(2).collect();
        assert_eq!(jobs.remove_all(&keys)?, 100);
        assert_eq!(jobs.len(), 100);
        Ok(())
    })
}

/// The commit is carried over to a tip that moved on, record by record: whichever of the two comes
/// first there, the name must end with its new owner and be in the index once.
#[test]
fn a_unique_key_is_handed_on_while_others_commit() -> Result<()> {
    for (from, to) in [(1, 3), (3, 1)] {
        let store = bank();
        let tx = store.begin();
        let accounts = tx.collection::<Account>()?;
        let name = format!("owner {from}");
        accounts.update(&from, |account| account.owner = "nobody".into())?;
        accounts.update(&to, |account| account.owner.clone_from(&name))?;
        store.transact(|tx| add(tx, 2, 1))?;
        tx.commit()?;
        let live = store.collection::<Account>()?;
        assert_eq!(live.find(Account::OWNER, name.as_str()).unwrap().id, to);
        assert_eq!(live.find(Account::OWNER, "nobody").unwrap().id, from);
        assert!(live.find(Account::OWNER, format!("owner {to}").as_str()).is_none());
        assert_eq!(balances(&store), [100, 101, 100]);
    }
    Ok(())
}

#[test]
fn unique_keys_go_round_while_others_commit() -> Result<()> {
    let store = bank();
    let tx = store.begin();
    let accounts = tx.collection::<Account>()?;
    let name = |id: u64, owner: &str| accounts.update(&id, |account| account.owner = owner.into());
    name(1, "on the way")?;
    name(2, "owner 1")?;
    name(3, "owner 2")?;
    name(1, "owner 3")?;
    store.collection::<Account>()?.insert(account(4, 100))?;
    tx.commit()?;
    let live = store.collection::<Account>()?.view();
    let owners: Vec<_> = live.iter().map(|account| account.owner.as_str()).collect();
    assert_eq!(owners, ["owner 3", "owner 1", "owner 2", "owner 4"]);
    assert_eq!(balances(&store), [100; 4]);
    Ok(())
}

/// The record that had the name is removed, and one that takes it comes.
#[test]
fn a_unique_key_of_a_removed_record_is_taken_while_others_commit() -> Result<()> {
    let store = bank();
    let tx = store.begin();
    let accounts = tx.collection::<Account>()?;
    accounts.remove(&3)?;
    accounts.insert(Account { owner: "owner 3".into(), ..account(0, 100) })?;
    store.transact(|tx| add(tx, 2, 1))?;
    tx.commit()?;
    assert_eq!(store.collection::<Account>()?.find(Account::OWNER, "owner 3").unwrap().id, 0);
    assert_eq!(balances(&store), [100, 100, 101]);
    Ok(())
}

#[test]
fn a_unique_key_that_somebody_else_took_is_a_conflict() -> Result<()> {
    let store = bank();
    let tx = store.begin();
    tx.collection::<Account>()?.insert(Account { owner: "new".into(), ..account(8, 1) })?;
    store.collection::<Account>()?.insert(Account { owner: "new".into(), ..account(9, 1) })?;
    assert!(tx.commit().is_err_and(|error| error.is_conflict()));
    // Run again, it sees who has it.
    let again = store.transact(|tx| {
        let twin = Account { owner: "new".into(), ..account(8, 1) };
        tx.collection::<Account>()?.insert(twin).map(|_| ())
    });
    assert!(matches!(again, Err(folio::Error::UniqueViolation { .. })));
    Ok(())
}
