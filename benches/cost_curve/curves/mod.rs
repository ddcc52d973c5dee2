//! The curves, one file each: which stores they need, and what a turn of each point does.

mod checkpoint;
mod collections;
mod commit;
mod indexes;
pub(crate) mod memory;
mod read;
pub(crate) mod recovery;
mod threads;
mod values;

use crate::arguments::Arguments;
use crate::numbers::Point;
use crate::turns::Rounds;
use folio::{Durability, Store};
use std::process::Command;
use tempfile::TempDir;

type Curve = fn(&Arguments) -> Vec<Point>;

/// All of them, under the names of their plots.
pub(crate) const ALL: [(&str, Curve); 9] = [
    ("point_read", read::measure),
    ("commit", commit::measure),
    ("checkpoint", checkpoint::measure),
    ("recovery", recovery::measure),
    ("memory", memory::measure),
    ("threads", threads::measure),
    ("collections", collections::measure),
    ("indexes", indexes::measure),
    ("values", values::measure),
];

/// Where nothing says otherwise.
const ROUNDS: Rounds = Rounds { least: 5, warm_up: true };

/// The levels at which a commit may be done.
const LEVELS: [(&str, Durability); 3] = [
    ("Fsync", Durability::Fsync),
    ("Write", Durability::Write),
    ("Background", Durability::Background),
];

/// Operations whose inputs are made at once: so many commits take a moment at any level.
const COMMITS_AT_ONCE: usize = 8;

/// What a child process says that is given these words: one number.
fn said_by_child(words: &[&str]) -> f64 {
    let child = Command::new(std::env::current_exe().unwrap()).args(words).output().unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    String::from_utf8(child.stdout).unwrap().parse().unwrap()
}

/// A new store, and the directory that is removed with it.
fn new_store(arguments: &Arguments) -> (Store, TempDir) {
    let directory = tempfile::tempdir_in(&arguments.directory).unwrap();
    let store = Store::open(directory.path().join("curve.folio")).unwrap();
    (store, directory)
}
