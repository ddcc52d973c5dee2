//! Folio side by side with other embedded stores, in one run on one machine.
//!
//! ```text
//! cargo run --release -- --out RESULTS.md                          # 100,000 records
//! cargo run --release -- --records 1000000 --seconds 2 --out …     # the published table
//! cargo run --release -- --only W1,W4 --peers redb,lmdb
//! ```
//!
//! # What is compared
//!
//! Ten ways to keep typed records with a unique and a non-unique index in one process: Folio with
//! ordered maps, as it is unless asked, and with hash maps (`folio_hash`, which scans nothing), redb,
//! fjall, LMDB, SQLite, SurrealMX, SurrealKV, sled and `native_db`; twelve kinds of work, from a point
//! read to what a store takes on disk. They are not the same kind of thing: Folio and SurrealMX hold
//! all data in memory and pay for it when they open (W11) and in what is resident (W12); the others
//! need not, and here they are given caches that hold everything. Whoever cannot afford the memory has
//! the answer before reading a table.
//!
//! # How it is made fair
//!
//! - **The same record** ([`record`]), and what a read hands out is the record: peers keep it in
//!   postcard and decode it on every read, which is what a program would have to do. A read looks at
//!   one field of the record, by every peer alike: without that, a store that hands out a pointer to
//!   what it has in memory would never fetch the record itself.
//! - **The same indexes**, kept by every peer in the transaction that writes the record, the unique
//!   one with its check. Each store uses the best it has: multimap tables, sorted duplicates, SQL
//!   indexes, or keys made of both parts ([`peers`]).
//! - **The same promise in each row.** Durable: the commit was synced when it returned. Relaxed: it was
//!   handed to the operating system, or to a flush in the background, whatever the peer calls it. These
//!   are not all the same strength: LMDB's may lose more than its last commits in a power cut. The
//!   report says what was set, and strace what is true: sled's flush does not sync, which is marked.
//!   Transactions are serializable or have a single writer.
//! - **The same numbers**: ids come from a seeded generator and depend on the round and the thread, not
//!   on the peer. Making them, and the record to be written, is inside the time, for everybody.
//! - **Interleaved**: in each round of a workload every peer has a short turn, in an order that changes
//!   ([`contest`]). The table has medians; the spread is printed beside them.
//! - **Each in a process of its own**, which stands still between its turns ([`served`]): nobody shares a
//!   heap with others, and what a store puts off to the background it does in its own time.
//! - **A store never grows by being quick**: what is written replaces what was loaded ([`workloads`]).
//! - **Conflicts are retried** until they are won, as a program would do it; an operation counts once.
//!
//! What remains unfair: what one has handed to the system to be written is written in the turn of
//! another; the page cache is warm and the data fits; threads are as many as the row says, on
//! whatever cores there are; and the one who wrote this knows Folio best. W8 is one load, not a
//! median, since a store is loaded once. W11 opens what the load has left: a store that keeps every
//! commit in its log, as Folio does until it has checkpoints, takes longer the more it has written
//! since.

mod arguments;
mod contest;
mod footprint;
mod machine;
mod measure;
mod peer;
mod peers;
mod random;
mod raw;
mod record;
mod report;
mod row;
mod served;
mod workloads;

use arguments::{Arguments, Task};
use peer::Outcome;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    match arguments::parse(env::args().skip(1)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Outcome {
    match task {
        Task::Compare(arguments) => compare(&arguments)?,
        Task::Load(load) => println!("{}", footprint::load_here(&load)?),
        Task::Serve(serve) => served::serve_here(&serve)?,
        Task::Help => print!("{}", arguments::HELP),
    }
    Ok(())
}

fn compare(arguments: &Arguments) -> Outcome {
    let directory =
        tempfile::Builder::new().prefix("folio-peers-").tempdir_in(&arguments.directory)?;
    let results = contest::run(arguments, directory.path())?;
    let page = report::write(arguments, directory.path(), &results);
    match &arguments.out {
        Some(path) => fs::write(path, page)?,
        None => print!("{page}"),
    }
    Ok(directory.close()?)
}
