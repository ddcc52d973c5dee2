//! What 10,000 watchers that wait cost commits: the same commits to a store with them and to one without, in
//! turns. The watchers wait for a collection that nobody writes to. A program: `cargo bench --bench watchers`.

use folio::{Record, Store};
use serde::{Deserialize, Serialize};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

const WATCHERS: usize = 10_000;
const ROUNDS: usize = 41;
const COMMITS: u64 = 5_000;

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "items")]
struct Item {
    #[key]
    id: u64,
    price: u64,
}

/// How long the commits of a round take.
fn round(store: &Store) -> folio::Result<Duration> {
    let items = store.collection::<Item>()?;
    let began = Instant::now();
    for id in 0..COMMITS {
        items.put(Item { id, price: id })?;
    }
    Ok(began.elapsed())
}

fn main() -> folio::Result<()> {
    let (quiet, watched) = (Store::in_memory(), Store::in_memory());
    let idle = watched.collection_named::<Item>("idle")?;
    let mut watchers: Vec<_> = (0..WATCHERS).map(|_| idle.watch()).collect();
    let context = Context::from_waker(Waker::noop());
    for watcher in &mut watchers {
        assert!(watcher.poll_next(&context).is_pending(), "nothing has changed");
    }
    let mut ratios = Vec::new();
    for number in 0..ROUNDS {
        // Each goes first in turn.
        let (without, with) = if number % 2 == 0 {
            (round(&quiet)?, round(&watched)?)
        } else {
            let with = round(&watched)?;
            (round(&quiet)?, with)
        };
        ratios.push(with.as_secs_f64() / without.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let quartile = |number| ratios.get(number * ratios.len() / 4).copied().unwrap_or(f64::NAN);
    let (low, median, high) = (quartile(1), quartile(2), quartile(3));
    println!(
        "{WATCHERS} watchers: a commit takes {median:.3} of the time without (quartiles {low:.3} and {high:.3})"
    );
    Ok(())
}
