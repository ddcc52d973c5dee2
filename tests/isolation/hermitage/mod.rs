//! The cases of the Hermitage suite, each step in its place: <https://github.com/ept/hermitage>.
//!
//! Every case ([`cases`]) runs at both isolation levels and through every way of reading, for
//! records, documents and values. What became of it is a row of the table in the page
//! `transactions`: the test at the end makes the rows anew and compares them with the page.

mod cases;

use super::common::figures;
use super::page;
use super::world::{World, in_every_world};
use folio::{Isolation, Result};

/// A case, and what the page says of it.
struct Case {
    test: &'static str,
    name: &'static str,
    tries: &'static str,
    run: fn(&World) -> Result<bool>,
}

impl Case {
    /// Runs the case everywhere; gives its row in the page's table.
    fn row(&self) -> (String, u64) {
        let (serializable, runs) = in_every_world(Isolation::Serializable, self.run);
        let (snapshot, more) = in_every_world(Isolation::Snapshot, self.run);
        let Self { test, name, tries, .. } = self;
        (format!("| {name} | {tries} | {serializable} | {snapshot} | `{test}` |"), runs + more)
    }
}

/// Makes a test of each case, and the list of all.
macro_rules! cases {
    ($($test:ident: $name:literal, $tries:literal;)*) => {
        const CASES: &[Case] = &[
            $(Case { test: stringify!($test), name: $name, tries: $tries, run: cases::$test },)*
        ];

        $(#[test]
        fn $test() {
            let case = CASES.iter().find(|case| case.test == stringify!($test));
            let (row, runs) = case.expect("it is in the list").row();
            println!("{row}");
            figures::count("isolation", "Hermitage cases run", runs);
        })*
    };
}

cases! {
    g0_write_cycle: "G0, write cycle", "two write the same two records by turns";
    g1a_aborted_read: "G1a, aborted read", "T2 reads what T1 writes and rolls back";
    g1b_intermediate_read: "G1b, intermediate read", "T2 reads what T1 writes and then overwrites";
    g1c_circular_information_flow: "G1c, circular information flow", "each reads what the other writes";
    otv_observed_transaction_vanishes: "OTV, observed transaction vanishes", "T3 reads while T2 overwrites what T1 committed";
    pmp_predicate_many_preceders_of_a_read: "PMP, predicate-many-preceders", "T1 searches twice, T2 inserts a match between";
    pmp_predicate_many_preceders_of_a_write: "PMP, writing by a predicate", "T2 deletes what it found, T1 changes all";
    p4_lost_update: "P4, lost update", "both read a record, then both write it";
    g_single_read_skew: "G-single, read skew", "T1 reads one record before and one after T2 changes both";
    g_single_read_skew_of_a_predicate: "G-single, by a predicate", "T1 searches before and after T2 changes a record";
    g_single_read_skew_of_a_writer: "G-single, of a writer", "T1 reads before, and deletes after T2 changes both";
    g_single_read_skew_of_a_writer_that_gives_up: "G-single, of a writer that gives up", "the same, but T1 rolls back";
    g2_item_write_skew: "G2-item, write skew", "both read two records, each writes another one of them";
    g2_predicate_write_skew: "G2, write skew by predicates", "both search and find nothing, each inserts a match";
    g2_fekete_read_only_anomaly: "Fekete's read-only anomaly", "T3 sees T2's write, and T1, which does not, commits last";
}

const HEAD: &str = "\
| case | what it tries | under `Serializable` | under `Snapshot` | test |
|---|---|---|---|---|
";

#[test]
fn the_page_has_the_outcome_of_each_case() {
    let rows: String = CASES.iter().map(|case| case.row().0 + "\n").collect();
    page::hold("src/docs/transactions.md", HEAD, &rows);
}
