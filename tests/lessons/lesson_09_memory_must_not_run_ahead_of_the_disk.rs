//! When writing to disk failed, the predecessors returned the error and kept the new value in memory
//! all the same, so that readers saw what the writer had been told was not there, until the next
//! reopen. After an error nothing of the write may be seen, and what is on disk is seen only by
//! opening the store again.

use super::{Value, value, values};
use folio::simulation::{Disk, Fault, Operation};
use folio::{Error, Result, Store};

#[test]
fn a_write_that_failed_is_not_seen() -> Result<()> {
    for operation in [Operation::Write, Operation::Sync] {
        let disk = Disk::new();
        let store = Store::options().open_simulated(&disk)?;
        let collection = store.collection::<Value>()?;
        collection.put(value("a", 1))?;
        let (version, held) = (store.version(), store.snapshot());
        disk.fail(Fault::on(operation));

        let failed = collection.put(value("a", 2));
        assert!(matches!(failed, Err(Error::OutcomeUnknown { .. })), "{failed:?}");
        // Not by any way of reading, and not as the base of a later transaction.
        assert_eq!(values(&store)?, [value("a", 1)]);
        assert_eq!(collection.get("a").as_deref(), Some(&value("a", 1)));
        assert_eq!(store.version(), version);
        let tx = store.begin();
        assert_eq!(tx.collection::<Value>()?.get("a").as_deref(), Some(&value("a", 1)));
        tx.commit()?;
        assert_eq!(held.collection::<Value>()?.len(), 1);

        // Nothing more is written that might make a later sync look as if it had saved the first.
        for _ in 0..3 {
            assert!(matches!(collection.put(value("b", 1)), Err(Error::Poisoned { .. })));
            assert!(matches!(store.sync(), Err(Error::Poisoned { .. })));
        }
        assert!(store.close().is_err());
        drop((store, collection));

        // Opened again it is there or is not, and the store goes on from that.
        let store = Store::options().open_simulated(&disk)?;
        let after = values(&store)?;
        assert!(after == [value("a", 1)] || after == [value("a", 2)], "{after:?}");
        store.collection::<Value>()?.put(value("b", 1))?;
        drop(store);
        let store = Store::options().open_simulated(&disk)?;
        assert_eq!(values(&store)?.len(), 2);
    }
    Ok(())
}
