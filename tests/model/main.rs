//! A store with a collection that has every kind of index, one whose keys are given out, and one of
//! documents, held against plain `BTreeMap`s.
//!
//! Random sequences of writes, batches, transactions over all collections with nested parts that fail
//! or not, edits of values without their type, rollbacks, held snapshots and reopens (after a close,
//! and after a crash) are carried out on a store and on a model of it. After each step everything that
//! can be read must be what the model says: in the newest version, inside of the transaction, and in
//! one of the snapshots that are held, by turns.
#![cfg(feature = "derive")]

mod documents;
mod plain;
mod reads;
mod row;
mod steps;
mod whole;

#[path = "../common/mod.rs"]
mod common;

use common::figures;
use documents::{DOCUMENTS, WritableThings, write_batch};
use folio::{Durability, Error, Isolation, Result, Snapshot, Store};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use reads::Probe;
use row::Row;
use std::cell::Cell;
use std::path::PathBuf;
use steps::{Ending, OwnError, Part, Step, Writable, run_parts, steps};
use tempfile::TempDir;
use whole::{NOTES, Note, Whole};

/// A store, what it should hold, and the snapshots of it that are held.
struct Run {
    _directory: TempDir,
    path: PathBuf,
    store: Store,
    whole: Whole,
    held: Vec<(Snapshot, Whole)>,
    crashes: usize,
    /// The greatest number that was given to a note since the store was opened, and the greatest of
    /// a note that was committed at all.
    ids: u64,
    committed_ids: u64,
}

impl Run {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let path = directory.path().join("0");
        let store = open(&path);
        let (whole, held) = (Whole::default(), Vec::new());
        let (crashes, ids, committed_ids) = (0, 0, 0);
        Self { _directory: directory, path, store, whole, held, crashes, ids, committed_ids }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Write(change) => {
                let rows = self.store.collection::<Row>().expect("the type fits");
                let before = self.store.version();
                let done = rows.write(change);
                let (changes, expected) = self.whole.rows.apply(change);
                assert_eq!(done, expected, "{change:?}");
                // What changes nothing is no commit.
                assert!(changes || self.store.version() == before, "{change:?}");
            }
            Step::Things(change) => {
                let things = self.store.documents(DOCUMENTS).expect("they are documents");
                let expected = change.apply(&mut self.whole.things);
                assert_eq!(things.write(change).expect("nothing can fail"), expected, "{change:?}");
            }
            Step::Batch(batch) => write_batch(&self.store, batch, &mut self.whole.things),
            Step::Transaction { parts, ending } => self.transact(parts, *ending),
            Step::Hold => self.held.push((self.store.snapshot(), self.whole.clone())),
            Step::Release => drop(self.held.pop()),
            Step::Sync => self.store.sync().expect("syncing succeeds"),
            Step::Close => {
                self.store.close().expect("closing succeeds");
                self.reopen();
            }
            Step::Crash => {
                self.crashes += 1;
                let image = self.path.with_file_name(self.crashes.to_string());
                common::crash_image(&self.path, &image);
                self.path = image;
                self.reopen();
            }
        }
    }

    fn reopen(&mut self) {
        self.store = open(&self.path);
        // Numbers that were given out and not committed may come again.
        self.ids = self.committed_ids;
    }

    fn transact(&mut self, parts: &[Part], ending: Ending) {
        let (mut whole, mut ids) = (self.whole.clone(), self.ids);
        let (before, commits) = (self.store.version(), self.store.stats().commits);
        let committed = match ending {
            Ending::Commit | Ending::Rollback => {
                let tx = self.store.transaction().isolation(Isolation::Snapshot).begin();
                assert_eq!(tx.snapshot_version(), before);
                run_parts(&tx, &mut whole, &mut ids, parts).expect("only nested parts fail");
                if ending == Ending::Rollback {
                    tx.rollback();
                } else {
                    let commit = tx.commit().expect("there is nobody to conflict with");
                    assert_eq!(commit.version, self.store.version());
                    assert!(
                        commit.version == before || commit.time == self.store.snapshot().time()
                    );
                }
                ending == Ending::Commit
            }
            Ending::Run => {
                let options = self.store.transaction().meta("why", "a test").retries(0);
                let result: Result<()> =
                    options.run(|tx| run_parts(tx, &mut whole, &mut ids, parts));
                result.expect("only nested parts fail");
                true
            }
            Ending::TryRun => {
                let result: Result<(), OwnError> =
                    self.store.try_transact(|tx| Ok(run_parts(tx, &mut whole, &mut ids, parts)?));
                result.expect("only nested parts fail");
                true
            }
            Ending::Fail => {
                let result: Result<()> = self.store.transact(|tx| {
                    run_parts(tx, &mut whole, &mut ids, parts)?;
                    Err(Error::abort("expected by the test"))
                });
                assert!(result.is_err_and(|error| error.is_abort()));
                false
            }
        };
        self.ids = ids;
        if committed {
            assert!(self.store.version() >= before);
            self.whole = whole;
            let greatest = self.whole.notes.keys().next_back().copied().unwrap_or(0);
            self.committed_ids = self.committed_ids.max(greatest);
        } else {
            assert_eq!((self.store.version(), self.store.stats().commits), (before, commits));
        }
    }

    fn check(&self, probe: &Probe) {
        self.whole.compare_live(&self.store, probe);
        let newest = self.store.snapshot();
        self.whole.compare_snapshot(&newest, probe);
        // By turns, so that each is looked at again after much has happened.
        let turn = usize::from(probe.low + probe.high) % self.held.len().max(1);
        if let Some((snapshot, whole)) = self.held.get(turn) {
            whole.compare_snapshot(snapshot, probe);
        }
    }
}

/// Opens a store in which all collections are there.
fn open(path: &std::path::Path) -> Store {
    let options = Store::options().durability(Durability::Write).segment_bytes(64 << 10);
    let store = options.open(path).expect("the store can be opened");
    store.collection::<Row>().expect("the type fits");
    store.collection_named::<Note>(NOTES).expect("the type fits");
    store.collection::<Note>().expect("the type fits");
    store.documents(DOCUMENTS).expect("they are documents");
    store
}

/// `PROPTEST_CASES` where that is set, to look for longer.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(80)
}

#[test]
fn the_store_is_btree_maps() {
    let config =
        ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() };
    let sequences = prop::collection::vec((steps(), any::<Probe>()), 1..40);
    let (count, operations) = (Cell::new(0), Cell::new(0));
    let result = TestRunner::new(config).run(&sequences, |steps| {
        let mut run = Run::new();
        count.set(count.get() + 1);
        for (step, probe) in &steps {
            run.take(step);
            run.check(probe);
            operations.set(operations.get() + step.size());
        }
        Ok(())
    });
    if let Err(failure) = result {
        panic!("{failure}");
    }
    figures::count("model", "sequences", count.get());
    figures::count("model", "operations", operations.get());
}
