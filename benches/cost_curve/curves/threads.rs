//! Commits per second of all threads together, each updating random records of one collection.

use super::{LEVELS, ROUNDS, new_store};
use crate::arguments::Arguments;
use crate::numbers::Point;
use crate::records::{self, Numbered, Random, TwoIndexes};
use crate::turns::{Variant, interleave};
use folio::{Durability, Store};
use std::sync::{Barrier, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

const THREADS: [u64; 4] = [1, 2, 8, 64];
const RECORDS: u64 = 100_000;
/// A turn is long beside the start of 64 threads, even in a trial.
const LEAST_TURN: Duration = Duration::from_millis(20);

pub(crate) fn measure(arguments: &Arguments) -> Vec<Point> {
    let (store, _directory) = new_store(arguments);
    let size = RECORDS.min(arguments.records_up_to);
    records::fill(&store.collection::<TwoIndexes>().unwrap(), size);
    let mut variants = Vec::new();
    for threads in THREADS {
        for (series, level) in LEVELS {
            let store = &store;
            variants.push(Variant::new(series, threads, move |budget| {
                store.sync().unwrap();
                rate(store, level, size, threads, budget.max(LEAST_TURN))
            }));
        }
    }
    interleave(variants, ROUNDS, arguments.time)
}

/// All commits over the time from the moment when all threads are there to the end of the last of
/// them. The clock is one for all: on few cores a thread may well begin when another one is done, and
/// rates by clocks of their own would add up to more than there was.
fn rate(store: &Store, level: Durability, size: u64, threads: u64, budget: Duration) -> f64 {
    let barrier = Barrier::new(threads.try_into().unwrap());
    let start = OnceLock::new();
    let work = |thread| {
        let mut random = Random::new(thread);
        barrier.wait();
        let begun: &Instant = start.get_or_init(Instant::now);
        let mut count = 0_u32;
        while count == 0 || begun.elapsed() < budget {
            let number = random.below(size);
            let transaction = store.transaction().durability(level);
            transaction
                .run(|tx| tx.collection::<TwoIndexes>()?.put(TwoIndexes::make(number, 0)))
                .unwrap();
            count += 1;
        }
        (count, begun.elapsed())
    };
    let done: Vec<_> = thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = (0..threads).map(|n| scope.spawn(move || work(n))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let count: u32 = done.iter().map(|(count, _)| count).sum();
    let time = done.into_iter().map(|(_, time)| time).max().unwrap();
    f64::from(count) / time.as_secs_f64()
}
