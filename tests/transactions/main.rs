//! What transactions promise besides isolation: all or nothing, in one piece and in nested parts;
//! ids that are never given twice; every transaction comes to an end; and a footprint that is no
//! larger than what was looked at.
#![cfg(feature = "derive")]

mod all_or_nothing;
mod batches;
mod ending;
mod errors;
mod footprint;
mod ids;
mod nested;
mod pending;
mod progress;

use folio::{Record, Store, Transaction};
use serde::{Deserialize, Serialize};

/// An account, of which the owner has only one.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "accounts")]
struct Account {
    #[key]
    id: u64,
    #[index(unique)]
    owner: String,
    #[index]
    cents: i64,
    #[index(each)]
    labels: Vec<String>,
}

fn account(id: u64, cents: i64) -> Account {
    let labels = vec![format!("label {}", id % 3), "all".to_owned()];
    Account { id, owner: format!("owner {id}"), cents, labels }
}

/// A store with accounts 1, 2 and 3 of 100 cents each.
fn bank() -> Store {
    let store = Store::in_memory();
    let accounts = store.collection::<Account>().expect("the collection is new");
    accounts.insert_all((1..4).map(|id| account(id, 100))).expect("the collection is empty");
    store
}

/// Adds to an account within a transaction.
fn add(tx: &Transaction, id: u64, cents: i64) -> folio::Result<i64> {
    let account = tx.collection::<Account>()?.update(&id, |account| account.cents += cents)?;
    Ok(account.cents)
}

/// The balances, in the order of ids, with the indexes found to agree with them.
fn balances(store: &Store) -> Vec<i64> {
    let accounts = store.snapshot().collection::<Account>().expect("it is there");
    for account in &accounts {
        assert_eq!(accounts.find(Account::OWNER, account.owner.as_str()), Some(account));
        let mut same = accounts.by(Account::CENTS).get(&account.cents);
        assert!(same.any(|other| other.id == account.id));
    }
    assert_eq!(accounts.by(Account::OWNER).iter().count(), accounts.len());
    assert_eq!(accounts.by(Account::CENTS).iter().count(), accounts.len());
    assert_eq!(accounts.by(Account::LABELS).count("all"), accounts.len());
    accounts.iter().map(|account| account.cents).collect()
}
