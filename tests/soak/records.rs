//! What is stored: money in two collections, whose sum never changes, and the journals of the lanes, one
//! for each thread, whose entries are numbered without a gap.

use folio::{Durability, Record, Result, Snapshot, Store};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Threads that work, each with a journal of its own.
pub(crate) const LANES: u32 = 4;

pub(crate) const ACCOUNTS: u32 = 200;
pub(crate) const FIRST_BALANCE: i64 = 1000;
pub(crate) const BRANCHES: u64 = 8;

/// Two collections have accounts.
pub(crate) const CHECKING: &str = "checking";
pub(crate) const SAVINGS: &str = "savings";

/// How many notes a lane writes and removes at once.
pub(crate) const NOTES: u64 = 40;

pub(crate) const DOCUMENTS: &str = "documents";

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) struct Account {
    #[key]
    pub(crate) id: u32,
    #[index(unique)]
    pub(crate) code: String,
    #[index]
    pub(crate) branch: u64,
    pub(crate) balance: i64,
}

/// One transfer that a lane made.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "journal")]
pub(crate) struct Transfer {
    #[key]
    pub(crate) lane: u32,
    #[key]
    pub(crate) number: u64,
    pub(crate) amount: i64,
    #[index(each)]
    pub(crate) parties: Vec<u32>,
}

/// The first and the last transfer in a lane's journal; older ones were removed.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "heads")]
pub(crate) struct Head {
    #[key]
    pub(crate) lane: u32,
    pub(crate) first: u64,
    pub(crate) last: u64,
}

/// Notes of a lane are written and removed all at once, and say the same.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "notes")]
pub(crate) struct Note {
    #[key]
    pub(crate) lane: u32,
    #[key]
    pub(crate) number: u64,
    pub(crate) stamp: u64,
}

/// Puts the money there, in a store that is new.
pub(crate) fn prepare(store: &Store) -> Result<()> {
    store.transaction().durability(Durability::Fsync).run(|tx| {
        tx.collection::<Note>()?;
        tx.collection::<Transfer>()?;
        tx.documents(DOCUMENTS)?;
        let heads = tx.collection::<Head>()?;
        if !heads.is_empty() {
            return Ok(());
        }
        heads.insert_all((0..LANES).map(|lane| Head { lane, first: 1, last: 0 }))?;
        for name in [CHECKING, SAVINGS] {
            let accounts = (0..ACCOUNTS).map(|id| Account {
                id,
                code: format!("{name}-{id}"),
                branch: u64::from(id) % BRANCHES,
                balance: FIRST_BALANCE,
            });
            tx.collection_named::<Account>(name)?.insert_all(accounts)?;
        }
        Ok(())
    })
}

/// How far the journal of each lane is.
pub(crate) fn found(snapshot: &Snapshot) -> Result<BTreeMap<u32, u64>> {
    let heads = snapshot.collection::<Head>()?;
    Ok(heads.iter().map(|head| (head.lane, head.last)).collect())
}
