//! `bench`: how many operations a second this machine and this disk do, and how long each takes.
//!
//! All of it happens in a store of its own ([`scratch`]), which is removed at the end, whatever the end is. The work ([`work`]) is that of
//! documents of some hundred bytes. What is printed is true of the disk, the machine and the moment, and of nothing else.

mod scratch;
mod work;

use crate::arguments::{BenchOptions, Lasting};
use crate::exit::{Failure, Result};
use crate::json;
use crate::output::Rows;
use crate::session::Session;
use folio::{Durability, Store};
use scratch::Scratch;
use std::time::Duration;
use work::{Measured, Work};

/// Nobody has so many processors, and each thread takes memory.
const MOST_THREADS: usize = 1_024;

pub(super) fn run(session: Session<'_>, options: &BenchOptions) -> Result<()> {
    if session.held_store().is_some() {
        return Err(Failure::Usage(
            "this session holds a store; run `folio bench` by itself".to_owned(),
        ));
    }
    if options.records == 0 || !(1..=MOST_THREADS).contains(&options.threads) {
        return Err(Failure::Usage(format!(
            "give at least one record, and 1 to {MOST_THREADS} threads"
        )));
    }
    let below = options.directory.clone().unwrap_or_else(std::env::temp_dir);
    let scratch = Scratch::below(&below)?;
    session.say(&format!("measuring in `{}`{}", scratch.path().display(), scratch.disk()));
    let measured = measure(session, options, &scratch);
    // A store that could not be removed is to be known of, but a failure before that is the first to be.
    let removed = scratch.remove();
    let measured = measured?;
    removed?;
    print(session, &measured)?;
    session.say("this depends on the disk and the machine, and on what else they do");
    Ok(())
}

fn measure(
    session: Session<'_>,
    options: &BenchOptions,
    scratch: &Scratch,
) -> Result<Vec<Measured>> {
    let durability = match options.durability {
        Lasting::Sync => Durability::Fsync,
        Lasting::Write => Durability::Write,
        Lasting::Background => Durability::Background,
    };
    let store = Store::options().durability(durability).open(scratch.path())?;
    let work = Work { store: &store, records: options.records, threads: options.threads };
    let done = Work::ALL.iter().map(|(name, run)| {
        let _shown = session.goes_on(name);
        run(&work, name)
    });
    let measured = done.collect::<Result<Vec<_>>>();
    // Its files are removed next: there is nothing that must be kept.
    store.close()?;
    measured
}

fn print(session: Session<'_>, measured: &[Measured]) -> Result<()> {
    let mut rows = Rows::new(&session.common().format);
    for Measured { name, operations, elapsed, median, slow, conflicts } in measured {
        let per_second = operations_per_second(*operations, *elapsed);
        let conflicts = conflicts.map_or("null".to_owned(), |conflicts| conflicts.to_string());
        rows.push(&[
            ("what", json::of_text(name)),
            ("operations", operations.to_string()),
            ("per_second", format!("{per_second:.0}")),
            ("p50_us", microseconds(*median)),
            ("p99_us", microseconds(*slow)),
            ("conflicts", conflicts),
        ])?;
    }
    rows.finish()
}

#[expect(clippy::cast_precision_loss, reason = "it is rounded to a few digits anyway")]
fn operations_per_second(operations: usize, elapsed: Duration) -> f64 {
    operations as f64 / elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
}

fn microseconds(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64() * 1e6)
}
