//! Histories of random concurrent transactions on registers: values that replace each other.
//!
//! Lists that grow ([`history`](super::history)) tell the order of their writes; registers do not,
//! but they are what records mostly are, and can be searched by every kind of index, removed and
//! inserted again. So what is checked here is above all that a search depends on what it did not
//! find. A history is carried out again in the order of its versions ([`replay`]), where these are
//! known, and searched for cycles of dependencies ([`check`]). Transactions that were rolled back or
//! refused take part as readers: even they may see nothing but one version.
//!
//! `FOLIO_HISTORIES` says how many histories each test runs.

#![expect(clippy::option_option, reason = "whether it was told, and whether there was anything")]

mod anomalies;
mod check;
mod history;
mod record;
mod replay;
mod run;
mod seen;
mod steps;
mod versions;

use crate::common::{Random, figures, seed};
use crate::history::histories;
use check::{Wrong, dependencies};
use folio::{Isolation, Store};
use history::History;
use replay::replay;
use run::{Workload, run};

const WORKLOAD: Workload = Workload {
    isolation: Isolation::Serializable,
    threads: 6,
    transactions: 60,
    removes: true,
    blind: false,
    again: false,
};

fn serializable(history: &History) -> Result<(), String> {
    if history.has_versions() {
        replay(history)?;
    }
    dependencies(history).map_err(|wrong| match wrong {
        Wrong::Cycle { text, .. } => text,
        other => format!("{other:?}"),
    })
}

/// Runs histories and expects all of them to be serializable.
fn expect_serializable(test: &str, default: usize, open: impl Fn() -> Store, workload: Workload) {
    let mut random = Random::new(seed(test));
    let mut transactions = 0;
    let rounds = histories(default);
    for round in 0..rounds {
        let history = run(open(), workload, &mut random).expect("nothing but conflicts happens");
        transactions += history.transactions.len() as u64;
        serializable(&history).unwrap_or_else(|why| panic!("history {round}: {why}"));
    }
    figures::count("isolation", "histories", rounds as u64);
    figures::count("isolation", "transactions in them", transactions);
}

#[test]
fn histories_of_registers_are_serializable() {
    expect_serializable("registers", 20, Store::in_memory, WORKLOAD);
}

#[test]
fn histories_of_registers_that_stay_are_serializable() {
    let workload = Workload { removes: false, blind: true, ..WORKLOAD };
    expect_serializable("registers that stay", 10, Store::in_memory, workload);
}

/// Without versions, all order comes from what was read and from real time.
#[test]
fn histories_of_registers_run_again_are_serializable() {
    let again = Workload { again: true, ..WORKLOAD };
    expect_serializable("again, removals", 6, Store::in_memory, again);
    let again = Workload { again: true, removes: false, ..WORKLOAD };
    expect_serializable("again", 10, Store::in_memory, again);
    let again = Workload { again: true, removes: false, blind: true, ..WORKLOAD };
    expect_serializable("again, blind", 6, Store::in_memory, again);
}

/// With files, so that transactions start from versions that are not durable yet, and commits at
/// all three levels share groups.
#[test]
fn histories_of_registers_on_disk_are_serializable() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let stores = std::cell::Cell::new(0);
    let open = || {
        stores.set(stores.get() + 1);
        let name = stores.get().to_string();
        Store::open(directory.path().join(name)).expect("a new store can be made")
    };
    expect_serializable("disk", 3, open, WORKLOAD);
    let again = Workload { again: true, removes: false, ..WORKLOAD };
    expect_serializable("disk, again", 3, open, again);
}

/// Snapshot isolation is this engine with a bug in its validator: it leaves out the reads. Histories
/// made by it show that each way of checking is worth something.
#[test]
fn the_checks_of_registers_find_a_validator_that_leaves_out_reads() {
    let mut random = Random::new(seed("planted, registers"));
    let planted = Workload { isolation: Isolation::Snapshot, ..WORKLOAD };
    let again = Workload { again: true, removes: false, ..planted };
    let blind = Workload { blind: true, ..again };
    let (mut by_replay, mut found) = (0, [0; 3]);
    for _ in 0..6 {
        for (workload, found) in [planted, again, blind].into_iter().zip(&mut found) {
            let history =
                run(Store::in_memory(), workload, &mut random).expect("the steps succeed");
            by_replay += usize::from(history.has_versions() && replay(&history).is_err());
            *found += usize::from(dependencies(&history).is_err());
        }
    }
    println!("of 6 histories each, {by_replay} by replay, {found:?} by dependencies");
    assert!(by_replay > 0 && found.iter().all(|found| *found > 0), "{by_replay}, {found:?}");
}
