//! A collection with every kind of index, held against plain `BTreeMap`s.
//!
//! Random sequences of writes, batches, transactions with nested parts that fail or not, rollbacks,
//! held snapshots and reopens (after a close, and after a crash) are carried out on a store and on a
//! model of it. After each step everything that can be read must be what the model says: in the
//! newest version, inside of the transaction, and in every snapshot that is still held.
#![cfg(feature = "derive")]

mod plain;
mod reads;
mod row;
mod steps;

#[path = "../common/mod.rs"]
mod common;

use folio::{Durability, Snapshot, Store};
use plain::Plain;
use proptest::prelude::*;
use reads::{Probe, compare};
use row::Row;
use std::path::PathBuf;
use steps::{Step, Writable, run_parts, steps};
use tempfile::TempDir;

/// A store, what it should hold, and the snapshots of it that are held.
struct Run {
    _directory: TempDir,
    path: PathBuf,
    store: Store,
    plain: Plain,
    held: Vec<(Snapshot, Plain)>,
    crashes: usize,
}

impl Run {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let path = directory.path().join("0");
        let store = open(&path);
        let (plain, held) = (Plain::default(), Vec::new());
        Self { _directory: directory, path, store, plain, held, crashes: 0 }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Write(change) => {
                let rows = self.store.collection::<Row>().expect("the type fits");
                let before = self.store.version();
                let done = rows.write(change);
                let (changes, expected) = self.plain.apply(change);
                assert_eq!(done, expected, "{change:?}");
                // What changes nothing is no commit.
                assert!(changes || self.store.version() == before, "{change:?}");
            }
            Step::Transaction { parts, commits } => self.transact(parts, *commits),
            Step::Hold => self.held.push((self.store.snapshot(), self.plain.clone())),
            Step::Release => drop(self.held.pop()),
            Step::Close => {
                self.store.close().expect("closing succeeds");
                self.store = open(&self.path);
            }
            Step::Crash => {
                self.crashes += 1;
                let image = self.path.with_file_name(self.crashes.to_string());
                common::crash_image(&self.path, &image);
                self.path = image;
                self.store = open(&self.path);
            }
        }
    }

    fn transact(&mut self, parts: &[steps::Part], commits: bool) {
        let tx = self.store.begin();
        let mut plain = self.plain.clone();
        run_parts(&tx, &mut plain, parts).expect("only nested parts fail");
        if commits {
            tx.commit().expect("there is nobody to conflict with");
            self.plain = plain;
        } else {
            tx.rollback();
        }
    }

    fn check(&self, probe: &Probe) {
        let view = self.store.snapshot().collection::<Row>().expect("the type fits");
        compare(&view, &self.plain, probe);
        let live = self.store.collection::<Row>().expect("the type fits");
        let keys = live.view().keys().cloned().collect::<Vec<_>>();
        assert!(keys.iter().eq(self.plain.rows.keys()));
        assert_eq!(
            (live.len(), live.is_empty()),
            (self.plain.rows.len(), self.plain.rows.is_empty())
        );
        assert_eq!(live.first().as_deref(), self.plain.rows.values().next());
        assert_eq!(live.last().as_deref(), self.plain.rows.values().next_back());
        for key in &probe.keys {
            assert_eq!(live.get(key).as_deref(), self.plain.rows.get(key));
            assert_eq!(live.contains(key), self.plain.rows.contains_key(key));
        }
        for (snapshot, plain) in &self.held {
            let view = snapshot.collection::<Row>().expect("the type fits");
            compare(&view, plain, probe);
        }
    }
}

fn open(path: &std::path::Path) -> Store {
    let options = Store::options().durability(Durability::Write).segment_bytes(64 << 10);
    options.open(path).expect("the store can be opened")
}

/// `PROPTEST_CASES` where that is set, to look for longer.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(100)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_collection_is_a_btree_map(
        steps in prop::collection::vec((steps(), any::<Probe>()), 1..40),
    ) {
        let mut run = Run::new();
        for (step, probe) in &steps {
            run.take(step);
            run.check(probe);
        }
    }
}
