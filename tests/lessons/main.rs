//! What went wrong in the two databases that Folio replaces, `CodexDB` and `PolarysDB`, each as a test
//! that is named after the lesson and opens with its story. The stories were seen by building and
//! running the two. Lessons that concern what Folio does not have yet come with it.
#![cfg(feature = "derive")]

mod lesson_01_the_cost_of_a_write;
mod lesson_02_no_timer_on_a_commits_path;
mod lesson_03_recovery_must_not_overwrite_what_it_recovers;
mod lesson_04_a_torn_tail;
mod lesson_05_a_flipped_bit_in_the_middle;
mod lesson_06_a_wrong_key;
mod lesson_07_a_batch_is_all_or_nothing;
mod lesson_08_one_commit_order;
#[cfg(feature = "simulation")]
mod lesson_09_memory_must_not_run_ahead_of_the_disk;
mod lesson_10_transactions_that_are_some;
mod lesson_11_indexes_that_are_right;
mod lesson_12_types_that_stay;
mod lesson_13_values_that_are_ones_own;
mod lesson_14_one_process_at_a_time;
mod lesson_15_what_was_imported_stays;
mod lesson_16_nothing_goes_round_the_checks;
#[cfg(feature = "simulation")]
mod lesson_17_backups_that_can_be_restored;
mod lesson_18_commands_that_are_run;

#[path = "../common/mod.rs"]
mod common;
mod counting;

use folio::{Record, Store};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A value under a name, as the predecessors stored them.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "values")]
struct Value {
    #[key]
    name: String,
    number: i64,
}

fn value(name: &str, number: i64) -> Value {
    Value { name: name.into(), number }
}

/// A place for a store that goes away with the value.
fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("store.folio");
    (directory, path)
}

/// All values in a store, in order.
fn values(store: &Store) -> folio::Result<Vec<Value>> {
    Ok(store.snapshot().collection::<Value>()?.iter().cloned().collect())
}

/// A copy of a store as the end of its process would leave it now.
fn crash(path: &Path) -> (TempDir, PathBuf) {
    let (directory, image) = place();
    common::crash_image(path, &image);
    (directory, image)
}
