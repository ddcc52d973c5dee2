//! The work that is measured, each kind by its name.

use crate::exit::Result;
use crate::interrupt;
use folio::{Store, Value};
use std::thread;
use std::time::{Duration, Instant};

/// The collection.
const NAME: &str = "bench";
/// Records in one commit of a batch.
const BATCH: usize = 1_000;
/// Accounts that transactions meet at.
const ACCOUNTS: usize = 8;
/// How often everything is read.
const SCANS: usize = 10;

/// What there is to work with.
pub(super) struct Work<'w> {
    pub(super) store: &'w Store,
    pub(super) records: usize,
    pub(super) threads: usize,
}

/// How a kind of work went.
pub(super) struct Measured {
    pub(super) name: &'static str,
    pub(super) operations: usize,
    pub(super) elapsed: Duration,
    /// Half of the calls were as quick as this.
    pub(super) median: Duration,
    /// All but one of a hundred were.
    pub(super) slow: Duration,
    /// How often a transaction was run again.
    pub(super) conflicts: Option<u64>,
}

/// A kind of work.
pub(super) type Kind<'w> = fn(&Work<'w>, &'static str) -> Result<Measured>;

impl<'w> Work<'w> {
    /// All kinds, in their order: those that read find what those before have written.
    pub(super) const ALL: [(&'static str, Kind<'w>); 6] = [
        ("put in batches of 1000", Self::batches),
        ("put, one after the other", Self::puts),
        ("put, from all threads", Self::puts_of_all),
        ("get", Self::gets),
        ("scan", Self::scans),
        ("transactions, from all threads", Self::transactions),
    ];

    fn batches(&self, name: &'static str) -> Result<Measured> {
        let began = Instant::now();
        let mut calls = Vec::new();
        for first in (0..self.records).step_by(BATCH) {
            let last = self.records.min(first.saturating_add(BATCH));
            let call = || {
                Ok(self.store.transact(|tx| {
                    let documents = tx.documents(NAME)?;
                    (first..last).try_for_each(|number| {
                        documents.set(key(number), &record(number)).map(drop)
                    })
                })?)
            };
            // Made with the first batch, which is not to be measured.
            if first == 0 {
                self.store.documents(NAME)?;
            }
            calls.push(timed(call)?);
        }
        Ok(measured(name, self.records, began.elapsed(), calls))
    }

    fn puts(&self, name: &'static str) -> Result<Measured> {
        let began = Instant::now();
        let count = self.commits();
        let calls = self.put_some(0, count)?;
        Ok(measured(name, count, began.elapsed(), calls))
    }

    fn puts_of_all(&self, name: &'static str) -> Result<Measured> {
        let count = self.commits();
        let (elapsed, calls) =
            self.in_threads(|thread| self.put_some(thread.wrapping_mul(count), count))?;
        Ok(measured(name, calls.len(), elapsed, calls))
    }

    fn gets(&self, name: &'static str) -> Result<Measured> {
        let snapshot = self.store.snapshot();
        let documents = snapshot.documents(NAME)?;
        let mut chance = Chance::new(1);
        let began = Instant::now();
        let calls = (0..self.records).map(|_| {
            let key = key(chance.below(self.records));
            timed(|| Ok(documents.get::<Value>(&key).map(drop)?))
        });
        let calls = calls.collect::<Result<Vec<_>>>()?;
        Ok(measured(name, self.records, began.elapsed(), calls))
    }

    fn scans(&self, name: &'static str) -> Result<Measured> {
        let snapshot = self.store.snapshot();
        let documents = snapshot.documents(NAME)?;
        let began = Instant::now();
        let calls = (0..SCANS).map(|_| {
            timed(|| {
                // Of each a little is looked at, so that none is left out.
                std::hint::black_box(
                    documents.iter().map(|document| document.key().len()).sum::<usize>(),
                );
                Ok(())
            })
        });
        let calls = calls.collect::<Result<Vec<_>>>()?;
        Ok(measured(name, SCANS.saturating_mul(documents.len()), began.elapsed(), calls))
    }

    /// Transfers between a few accounts: most meet another one.
    fn transactions(&self, name: &'static str) -> Result<Measured> {
        let accounts = self.store.documents("accounts")?;
        (0..ACCOUNTS).try_for_each(|number| accounts.set(key(number), &1_000_i64).map(drop))?;
        let before = self.store.stats().conflicts;
        let count = self.commits();
        let (elapsed, calls) = self.in_threads(|thread| {
            let mut chance = Chance::new(thread as u64 + 1);
            let calls = (0..count).map(|_| {
                let (from, to) = (chance.below(ACCOUNTS), chance.below(ACCOUNTS));
                timed(|| Ok(transfer(self.store, from, to)?))
            });
            calls.collect()
        })?;
        let conflicts = self.store.stats().conflicts.saturating_sub(before);
        let measured = measured(name, calls.len(), elapsed, calls);
        Ok(Measured { conflicts: Some(conflicts), ..measured })
    }

    /// How many commits are made one by one: each may take as long as the disk needs to sync.
    fn commits(&self) -> usize {
        self.records.div_ceil(10)
    }

    fn put_some(&self, first: usize, count: usize) -> Result<Vec<Duration>> {
        let documents = self.store.documents(NAME)?;
        let calls = (0..count).map(|number| {
            // They stay within those that are there.
            let number = first.wrapping_add(number) % self.records;
            timed(|| Ok(documents.set(key(number), &record(number)).map(drop)?))
        });
        calls.collect()
    }

    /// Runs a part of the work in each thread, and gives how long all took and how long each call did.
    fn in_threads(
        &self,
        part: impl Fn(usize) -> Result<Vec<Duration>> + Sync,
    ) -> Result<(Duration, Vec<Duration>)> {
        let began = Instant::now();
        let parts: Vec<Result<Vec<Duration>>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..self.threads)
                .map(|number| {
                    scope.spawn({
                        let part = &part;
                        move || part(number)
                    })
                })
                .collect();
            let ended = threads.into_iter().map(|thread| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            ended.collect()
        });
        let elapsed = began.elapsed();
        let mut calls = Vec::new();
        for part in parts {
            calls.extend(part?);
        }
        Ok((elapsed, calls))
    }
}

/// How long a call takes, unless the end was asked for.
fn timed(call: impl FnOnce() -> Result<()>) -> Result<Duration> {
    interrupt::check()?;
    let began = Instant::now();
    call()?;
    Ok(began.elapsed())
}

fn transfer(store: &Store, from: usize, to: usize) -> folio::Result<()> {
    let (from, to) = (key(from), key(to));
    store.transact(|tx| {
        let accounts = tx.documents("accounts")?;
        let left = accounts.get::<i64>(&from)? - 1;
        accounts.set(from.as_str(), &left)?;
        let more = accounts.get::<i64>(&to)? + 1;
        accounts.set(to.as_str(), &more).map(drop)
    })
}

fn measured(
    name: &'static str,
    operations: usize,
    elapsed: Duration,
    mut calls: Vec<Duration>,
) -> Measured {
    calls.sort_unstable();
    let at = |percent: usize| {
        let place = (calls.len() * percent).div_ceil(100).saturating_sub(1);
        calls.get(place).copied().unwrap_or_default()
    };
    Measured { name, operations, elapsed, median: at(50), slow: at(99), conflicts: None }
}

fn key(number: usize) -> String {
    format!("key:{number:09}")
}

/// Some hundred bytes.
fn record(number: usize) -> Value {
    Value::Map(vec![
        (Value::from("number"), Value::from(number as u64)),
        (Value::from("name"), Value::from(format!("record number {number}"))),
        (Value::from("text"), Value::from("the quick brown fox jumps over the lazy dog")),
    ])
}

/// Numbers by chance, the same in each run: xorshift, by Marsaglia.
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below another one.
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (end.max(1) as u64)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_calls() {
        let calls = |count: u64| (1..=count).rev().map(Duration::from_micros).collect();
        for (count, median, slow) in
            [(0, 0, 0), (1, 1, 1), (2, 1, 2), (100, 50, 99), (1_000, 500, 990)]
        {
            let measured = measured("", 0, Duration::ZERO, calls(count));
            let expected = (Duration::from_micros(median), Duration::from_micros(slow));
            assert_eq!((measured.median, measured.slow), expected, "{count}");
        }
    }
}
