//! What needs an order, each of a record type that has none: the compiler tells of each type once.

use folio::{Record, Store};
use serde::{Deserialize, Serialize};

macro_rules! unordered {
    ($($name:ident)+) => {
        $(#[derive(Record, Serialize, Deserialize, Clone)]
        #[record(unordered)]
        struct $name {
            #[key]
            token: String,
        })+
    };
}

unordered! { First Last Removed }
unordered! { ViewFirst ViewLast ViewRange ViewPrefix }
unordered! { TxFirst TxLast TxRange TxPrefix TxRemoved }

fn main() -> folio::Result<()> {
    let store = Store::in_memory();
    let _ = store.collection::<First>()?.first();
    let _ = store.collection::<Last>()?.last();
    let _ = store.collection::<Removed>()?.remove_range("a".."b");
    let _ = store.collection::<ViewFirst>()?.view().first();
    let _ = store.collection::<ViewLast>()?.view().last();
    let _ = store.collection::<ViewRange>()?.view().range("a".."b");
    let _ = store.collection::<ViewPrefix>()?.view().prefix("a");
    let tx = store.begin();
    let _ = tx.collection::<TxFirst>()?.first();
    let _ = tx.collection::<TxLast>()?.last();
    let _ = tx.collection::<TxRange>()?.range("a".."b");
    let _ = tx.collection::<TxPrefix>()?.prefix("a");
    let _ = tx.collection::<TxRemoved>()?.remove_range("a".."b");
    Ok(())
}
