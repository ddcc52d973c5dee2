//! A shop backs up its orders while it sells, and gets back what a mistake removed.
//!
//! ```text
//! cargo run --example backup_restore
//! ```
//!
//! The first backup copies everything, the later ones what came since. Then somebody removes all open
//! orders; the shop restores the version before into a directory of its own and looks at what is missing. From
//! then on the store makes backups by itself.

use folio::{Error, Record, Store};
use serde::{Deserialize, Serialize};
use std::thread;
use std::time::Duration;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "orders")]
struct Order {
    #[key]
    number: u64,
    customer: String,
    is_open: bool,
}

fn order(number: u64, customer: &str) -> Order {
    Order { number, customer: customer.to_owned(), is_open: true }
}

fn main() -> folio::Result<()> {
    let directory = tempfile::tempdir().expect("there is a place for temporary files");
    let path = |name: &str| directory.path().join(name);
    let store = Store::open(path("shop.folio"))?;
    let orders = store.collection::<Order>()?;

    orders.put_all((1..=500).map(|number| order(number, "Ada")))?;
    let full = store.backup(path("backup"))?;
    println!("version {}: {} bytes in {:?}", full.version, full.copied_bytes, full.copied);
    assert_eq!(full.continues, None);

    orders.put(order(501, "Grace"))?;
    let incremental = store.backup(path("backup"))?;
    println!("version {}: {} bytes", incremental.version, incremental.copied_bytes);
    assert_eq!(incremental.continues, Some(full.version));
    assert_eq!(incremental.copied.len(), 1);
    assert!(incremental.copied_bytes < full.copied_bytes);

    let before_the_mistake = store.version();
    store.transact(|tx| {
        let orders = tx.collection::<Order>()?;
        (1..=501).try_for_each(|number| orders.remove(&number).map(drop))
    })?;
    assert!(orders.is_empty());
    // The backup of the evening has the mistake, and everything before it.
    let evening = store.backup(path("backup"))?;

    let restored = Store::restore_until(path("backup"), path("restored"), before_the_mistake)?;
    assert_eq!(restored, before_the_mistake);
    let found = Store::open(path("restored"))?;
    assert_eq!(found.collection::<Order>()?.len(), 501);
    let found = found.snapshot().collection::<Order>()?;
    orders.put_all(found.iter().map(|order| (*order).clone()))?;
    println!("{} orders are back, from version {restored}", orders.len());
    assert_eq!(orders.len(), 501);

    // Whole, the backup is as the store was in the evening.
    assert_eq!(Store::restore(path("backup"), path("evening"))?, evening.version);
    assert!(Store::open(path("evening"))?.collection::<Order>()?.is_empty());

    // Nothing is restored over a store.
    let refused = Store::restore(path("backup"), path("shop.folio"));
    assert!(matches!(refused, Err(Error::TargetExists { .. })));
    store.close()?;

    // From now on one in each hour, of which those of a day stay. The first is due at once.
    let hour = Duration::from_hours(1);
    let store = Store::options().backups(path("hourly"), 24, hour).open(path("shop.folio"))?;
    while store.stats().backups == 0 {
        assert_eq!(store.stats().last_backup_error, None);
        thread::yield_now();
    }
    store.close_timeout(Duration::from_secs(30))?;
    for backup in Store::backups_in(path("hourly"))? {
        println!("{:?} has version {}", backup.path.file_name(), backup.version);
        assert_eq!(Store::restore(&backup.path, path("hour"))?, store.version());
    }
    Ok(())
}
