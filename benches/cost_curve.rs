//! What one commit costs as the store grows: the same update of a random record, durable and in
//! memory, in stores of 1,000 to 1,000,000 records. The stores take turns, so that a drift of the
//! machine reaches all of them alike.
//!
//! ```text
//! cargo bench --bench cost_curve
//! ```

#![allow(clippy::unwrap_used, reason = "a bench that fails has nothing to report")]

use folio::{Durability, Record, Store};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

const SIZES: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];
const ROUNDS: u64 = 1_500;

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "users")]
struct User {
    #[key]
    id: u64,
    #[index(unique)]
    email: String,
    #[index]
    city: String,
    logins: u64,
}

fn user(id: u64, logins: u64) -> User {
    User { id, email: format!("user{id:08}@example.org"), city: format!("city{}", id / 10), logins }
}

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let mut stores: Vec<_> = SIZES
        .iter()
        .map(|&size| {
            let options = Store::options().durability(Durability::Background);
            let store = options.open(directory.path().join(size.to_string())).unwrap();
            let users = store.collection::<User>().unwrap();
            for start in (0..size).step_by(1_000) {
                users.insert_all((start..start + 1_000).map(|id| user(id, 0))).unwrap();
            }
            store.sync().unwrap();
            (size, store, Vec::new(), Vec::new())
        })
        .collect();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for round in 0..ROUNDS {
        for (size, store, durable, in_memory) in &mut stores {
            for (level, times) in
                [(Durability::Fsync, durable), (Durability::Background, in_memory)]
            {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let user = user(random % *size, round);
                let started = Instant::now();
                let transaction = store.transaction().durability(level);
                transaction.run(|tx| tx.collection::<User>()?.put(user.clone())).unwrap();
                times.push(started.elapsed());
            }
        }
    }
    println!("{:>10} {:>16} {:>16}", "records", "Fsync, median", "Background");
    for (size, _, durable, in_memory) in &mut stores {
        println!("{size:>10} {:>16.1?} {:>16.1?}", median(durable), median(in_memory));
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
