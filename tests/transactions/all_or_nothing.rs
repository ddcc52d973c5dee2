//! What can't be written leaves nothing behind, in memory and on disk.

use super::{Account, account, add};
use folio::{Error, Fields, Indexes, Record, Result, Schema, Store, Types};
use serde::{Deserialize, Serialize, Serializer};

/// A record that can't be encoded when it is broken.
#[derive(Deserialize, Clone, Debug)]
struct Vase {
    id: u64,
    is_broken: bool,
}

impl Serialize for Vase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_broken {
            return Err(serde::ser::Error::custom("it is broken"));
        }
        (self.id, self.is_broken).serialize(serializer)
    }
}

impl Schema for Vase {
    fn describe(types: &mut Types) -> folio::TypeRef {
        types.structure::<Vase>("Vase", |fields: &mut Fields<'_>| {
            fields.field::<u64>("id");
            fields.field::<bool>("is_broken");
        })
    }
}

impl Record for Vase {
    type Key = u64;
    const NAME: &'static str = "vases";

    fn key(&self) -> u64 {
        self.id
    }

    fn indexes() -> Indexes<Self> {
        Indexes::new()
    }
}

fn vases(ids: impl IntoIterator<Item = u64>, broken: u64) -> Vec<Vase> {
    ids.into_iter().map(|id| Vase { id, is_broken: id == broken }).collect()
}

/// Opens a store twice, and runs the same on both: what is checked of the first must also hold
/// after a reopen.
fn kept(act: impl Fn(&Store) -> Result<()>) -> Result<Vec<u64>> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("vases.folio");
    let store = Store::open(&path)?;
    store.collection::<Account>()?.put(account(1, 100))?;
    store.collection::<Vase>()?.insert_all(vases(1..3, 0))?;
    let before = store.version();
    act(&store)?;
    assert_eq!(store.version(), before, "nothing was committed");
    let ids = |store: &Store| -> Result<Vec<u64>> {
        let vases = store.collection::<Vase>()?;
        Ok(vases.view().keys().copied().collect())
    };
    let cents = |store: &Store| -> Result<Option<i64>> {
        Ok(store.collection::<Account>()?.get(&1).map(|account| account.cents))
    };
    let in_memory = ids(&store)?;
    assert_eq!(cents(&store)?, Some(100));
    // The store is as good as before.
    store.collection::<Account>()?.update(&1, |account| account.cents = 7)?;
    drop(store);
    let store = Store::open(&path)?;
    assert_eq!(ids(&store)?, in_memory);
    assert_eq!(cents(&store)?, Some(7));
    Ok(in_memory)
}

fn is_encode<R>(result: &Result<R>) -> bool {
    matches!(result, Err(Error::Encode { .. }))
}

#[test]
fn a_record_that_cannot_be_encoded_takes_its_batch_along() -> Result<()> {
    let ids = kept(|store| {
        let collection = store.collection::<Vase>()?;
        assert!(is_encode(&collection.insert(Vase { id: 9, is_broken: true })));
        assert!(is_encode(&collection.insert_all(vases(10..20, 15))));
        assert!(is_encode(&collection.put_all(vases(1..20, 19))));
        assert!(is_encode(&collection.update(&1, |vase| vase.is_broken = true)));
        Ok(())
    })?;
    assert_eq!(ids, [1, 2]);
    Ok(())
}

#[test]
fn a_record_that_cannot_be_encoded_takes_its_transaction_along() -> Result<()> {
    let ids = kept(|store| {
        let result = store.transact(|tx| {
            add(tx, 1, 5)?;
            tx.collection::<Vase>()?.remove(&1)?;
            tx.collection::<Vase>()?.insert_all(vases(10..20, 19))?;
            Ok(())
        });
        assert!(is_encode(&result));
        Ok(())
    })?;
    assert_eq!(ids, [1, 2]);
    Ok(())
}

#[test]
fn a_broken_record_that_is_taken_back_in_time_does_no_harm() -> Result<()> {
    let store = Store::in_memory();
    store.transact(|tx| {
        let collection = tx.collection::<Vase>()?;
        collection.insert_all(vases(1..5, 3))?;
        collection.remove(&3).map(|_| ())
    })?;
    assert_eq!(store.collection::<Vase>()?.len(), 3);
    Ok(())
}

#[test]
fn a_record_over_the_limit_is_refused_with_its_transaction() -> Result<()> {
    let store = Store::options().max_record_bytes(1_000).in_memory();
    let accounts = store.collection::<Account>()?;
    let large = Account { owner: "x".repeat(1_001), ..account(2, 1) };
    match accounts.put_all([account(1, 1), large]) {
        Err(Error::TooLarge { size_bytes, limit_bytes, .. }) => {
            assert!(size_bytes > 1_000);
            assert_eq!(limit_bytes, 1_000);
        }
        other => panic!("{other:?}"),
    }
    assert!(accounts.is_empty());
    accounts.put(Account { owner: "x".repeat(900), ..account(2, 1) })?;
    Ok(())
}

#[test]
fn a_transaction_over_the_limit_is_refused() -> Result<()> {
    let store = Store::options().max_transaction_bytes(10_000).in_memory();
    let accounts = store.collection::<Account>()?;
    let result = accounts.insert_all((0..1_000).map(|id| account(id, 1)));
    assert!(matches!(result, Err(Error::TooLarge { limit_bytes: 10_000, .. })));
    assert!(accounts.is_empty());
    assert_eq!(accounts.insert_all((0..100).map(|id| account(id, 1)))?, 100);
    Ok(())
}
