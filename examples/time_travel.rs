//! A shop looks back at its prices: by version, by time, from memory and from the log.
//!
//! ```text
//! cargo run --example time_travel
//! ```
//!
//! Prices change in a few transactions. Then the shop asks what a basket cost at each point, what changed
//! between two of them, and how one price came about. The store keeps its last versions in memory; the
//! older ones are made of the log, and a store that was opened anew still has all of them.

use folio::{Change, Error, History, Record, Snapshot, Store, Version};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "prices")]
struct Price {
    #[key]
    item: String,
    cents: u32,
}

fn price(item: &str, cents: u32) -> Price {
    Price { item: item.to_owned(), cents }
}

fn main() -> folio::Result<()> {
    let directory = tempfile::tempdir().expect("there is a place for temporary files");
    let path = directory.path().join("shop.folio");
    let store = Store::options().history(History::Versions(3)).open(&path)?;
    let prices = store.collection::<Price>()?;

    prices.put_all([price("bread", 320), price("coffee", 450), price("tea", 250)])?;
    let opening = store.snapshot();
    change(&store, "ada", "the harvest was bad", |prices| {
        prices.update("coffee", |price| price.cents = 520).map(drop)
    })?;
    change(&store, "ada", "nobody buys it", |prices| prices.remove("tea").map(drop))?;
    change(&store, "grace", "a new oven", |prices| prices.put(price("cake", 400)).map(drop))?;
    change(&store, "grace", "the harvest was good", |prices| {
        prices.update("coffee", |price| price.cents = 430).map(drop)
    })?;

    println!("What all of it cost, version by version:");
    let mut totals = Vec::new();
    for version in opening.version().number()..=store.version().number() {
        let then = store.as_of(Version::new(version))?;
        println!("  {version}: {:>5} cents", total(&then)?);
        totals.push(total(&then)?);
    }
    assert_eq!(totals, [1_020, 1_090, 840, 1_240, 1_150]);
    let kept = store.stats();
    println!(
        "{} versions are in memory, from {} on; the log has the rest.",
        kept.versions, kept.oldest_version
    );

    // By time: the newest version at that moment or before.
    assert_eq!(total(&store.as_of(opening.time())?)?, 1_020);

    println!("What changed since the opening:");
    let now = store.snapshot();
    let changes: Vec<Change<Price>> = now.changes_since(&opening)?.collect();
    for change in &changes {
        match change {
            Change::Inserted(price) => println!("  {} is new, at {}", price.item, price.cents),
            Change::Updated { old, new } => {
                println!("  {} went from {} to {}", new.item, old.cents, new.cents);
            }
            Change::Removed(price) => println!("  {} is not sold any more", price.item),
        }
    }
    assert_eq!(changes.len(), 3);

    println!("How the price of coffee came about:");
    let mut cents = Vec::new();
    for revision in prices.history("coffee")? {
        let revision = revision?;
        let said: Vec<&str> = revision.meta.iter().map(|(_, said)| said.as_str()).collect();
        let now = revision.value.as_ref().map(|price| price.cents);
        println!("  version {}: {now:?} {}", revision.version, said.join(": "));
        cents.extend(now);
    }
    assert_eq!(cents, [450, 520, 430]);

    // What is still to come can't be seen.
    let tomorrow = Version::new(store.version().number() + 1);
    assert!(matches!(store.as_of(tomorrow), Err(Error::NotYet { .. })));

    // Nothing of this is lost with the process.
    let version = opening.version();
    drop(prices);
    store.close()?;
    let store = Store::open(&path)?;
    assert_eq!(total(&store.as_of(version)?)?, 1_020);
    assert_eq!(store.as_of(version)?.changes_since::<Price>(&opening)?.count(), 0);
    println!("Opened anew, version {version} is as it was.");
    Ok(())
}

/// Changes prices, and says who did it and why.
fn change(
    store: &Store,
    actor: &str,
    reason: &str,
    change: impl Fn(&folio::TxCollection<'_, Price>) -> folio::Result<()>,
) -> folio::Result<()> {
    let transaction = store.transaction().meta("actor", actor).meta("reason", reason);
    transaction.run(|tx| change(&tx.collection::<Price>()?))
}

/// One of everything.
fn total(shop: &Snapshot) -> folio::Result<u32> {
    Ok(shop.collection::<Price>()?.iter().map(|price| price.cents).sum())
}
