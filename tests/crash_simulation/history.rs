//! Running workloads on a simulated disk, and remembering what was promised when.
//!
//! A [`History`] is the model's state behind each commit, when each commit began, and what was
//! acknowledged when, all in numbers of the disk's operations. From it follow the two bounds for a
//! crash at any point: what must be there and what may be.

use crate::model::{Account, Edit, Note, State};
use folio::simulation::Disk;
use folio::{Compression, Durability, Error, Options, Store};
use std::sync::Arc;
use std::time::Duration;

/// Small segments, and a background flush that never comes by itself, so that a workload does the
/// same operations each time. Without compression: what fills a segment is to fill it.
pub(crate) fn options() -> Options {
    Store::options()
        .segment_bytes(64 << 10)
        .flush_interval(Duration::from_hours(24))
        .compression(Compression::None)
}

/// One step of a workload.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Commit {
        durability: Durability,
        edits: Vec<Edit>,
    },
    Sync,
    Checkpoint,
    /// A checkpoint, behind which nothing older stays.
    Compact,
    /// The store is closed and opened again.
    Reopen,
}

/// What was acknowledged: all up to a version, to at least a level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Acknowledged {
    pub(crate) operations: usize,
    pub(crate) version: usize,
    pub(crate) level: Durability,
}

/// What happened to a store.
#[derive(Clone, Debug)]
pub(crate) struct History {
    /// How the store is opened again.
    pub(crate) options: Options,
    /// The state at each version.
    states: Vec<Arc<State>>,
    /// The version at which the disk's operations begin.
    base: usize,
    /// How many operations there were before the commit of each version from `base` on began.
    began: Vec<usize>,
    acknowledged: Vec<Acknowledged>,
}

impl History {
    /// A store that is empty.
    pub(crate) fn new(options: Options) -> Self {
        let states = vec![Arc::default()];
        Self { options, states, base: 0, began: Vec::new(), acknowledged: Vec::new() }
    }

    /// The same store, recovered at a version, with nothing acknowledged yet.
    pub(crate) fn resumed(&self, version: usize) -> Self {
        let states = self.states[..=version].to_vec();
        let options = self.options.clone();
        Self { options, states, base: version, began: Vec::new(), acknowledged: Vec::new() }
    }

    pub(crate) fn push(&mut self, state: State, began: usize) {
        self.states.push(Arc::new(state));
        self.began.push(began);
    }

    pub(crate) fn acknowledge(&mut self, operations: usize, version: usize, level: Durability) {
        self.acknowledged.push(Acknowledged { operations, version, level });
    }

    pub(crate) fn last(&self) -> usize {
        self.states.len() - 1
    }

    pub(crate) fn state(&self, version: usize) -> Option<&Arc<State>> {
        self.states.get(version)
    }

    /// The last version that must be there when everything stops after `at` operations and only
    /// commits of a level, or a higher one, survive that.
    pub(crate) fn floor(&self, at: usize, level: Durability) -> usize {
        let known = self.acknowledged.iter();
        let known = known.filter(|known| known.operations <= at && known.level >= level);
        known.map(|known| known.version).max().unwrap_or(0)
    }

    /// The last version that may be there after `at` operations.
    pub(crate) fn ceiling(&self, at: usize) -> usize {
        self.base + self.began.iter().take_while(|began| **began < at).count()
    }
}

/// A store at work on a disk.
pub(crate) struct Run<'a> {
    pub(crate) disk: &'a Disk,
    pub(crate) store: Option<Store>,
    pub(crate) history: History,
    pub(crate) state: State,
}

impl<'a> Run<'a> {
    /// Opens a store on an empty disk.
    pub(crate) fn start(disk: &'a Disk) -> (Self, folio::Result<()>) {
        Self::start_with(disk, options())
    }

    /// Opens a store with options of its own on an empty disk.
    pub(crate) fn start_with(disk: &'a Disk, options: Options) -> (Self, folio::Result<()>) {
        let (history, state) = (History::new(options), State::default());
        let mut run = Self { disk, store: None, history, state };
        let opened = run.open();
        (run, opened)
    }

    /// Goes on with a store that was recovered at a version.
    pub(crate) fn resume(disk: &'a Disk, store: Store, history: &History, version: usize) -> Self {
        let history = history.resumed(version);
        let state = State::clone(&history.states[version]);
        Self { disk, store: Some(store), history, state }
    }

    fn open(&mut self) -> folio::Result<()> {
        self.store = Some(self.history.options.clone().open_simulated(self.disk)?);
        Ok(())
    }

    pub(crate) fn store(&self) -> &Store {
        self.store.as_ref().expect("the store is open")
    }

    /// Runs a whole workload, up to the first error.
    pub(crate) fn steps(&mut self, steps: &[Step]) -> folio::Result<()> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    pub(crate) fn step(&mut self, step: &Step) -> folio::Result<()> {
        match step {
            Step::Commit { durability, edits } => self.commit(*durability, edits),
            Step::Sync => {
                self.store().sync()?;
                self.acknowledge(Durability::Fsync);
                Ok(())
            }
            Step::Checkpoint => {
                self.store().checkpoint()?;
                self.acknowledge(Durability::Fsync);
                Ok(())
            }
            Step::Compact => {
                self.store().compact()?;
                self.acknowledge(Durability::Fsync);
                Ok(())
            }
            Step::Reopen => {
                let store = self.store.take().expect("the store is open");
                store.close()?;
                self.acknowledge(Durability::Fsync);
                drop(store);
                self.open()
            }
        }
    }

    fn commit(&mut self, durability: Durability, edits: &[Edit]) -> folio::Result<()> {
        // A collection is created by a commit of its own.
        let (accounts, notes) = self.state.missing(edits);
        if accounts {
            let next = State { accounts: Some([].into()), ..self.state.clone() };
            self.one(Durability::Fsync, next, |store| store.collection::<Account>().map(|_| ()))?;
        }
        if notes {
            let next = State { notes: Some([].into()), ..self.state.clone() };
            self.one(Durability::Fsync, next, |store| store.collection::<Note>().map(|_| ()))?;
        }
        let mut next = self.state.clone();
        for edit in edits {
            next.apply(edit);
        }
        self.one(durability, next, |store| {
            let tx = store.transaction().durability(durability).begin();
            edits.iter().try_for_each(|edit| edit.run(&tx))?;
            tx.commit().map(|_| ())
        })
    }

    /// One commit, that leads to `next`, or none if nothing changes.
    fn one(
        &mut self,
        level: Durability,
        next: State,
        act: impl FnOnce(&Store) -> folio::Result<()>,
    ) -> folio::Result<()> {
        let (began, before) = (self.disk.operations(), self.store().version());
        let result = act(self.store());
        match &result {
            Ok(()) if self.store().version() == before => assert_eq!(next, self.state),
            Ok(()) => {
                self.history.push(next.clone(), began);
                self.state = next;
                self.acknowledge(level);
            }
            // It may be there after the next opening, but is not visible now.
            Err(Error::OutcomeUnknown { .. }) => self.history.push(next, began),
            Err(_) => {}
        }
        result
    }

    fn acknowledge(&mut self, level: Durability) {
        let last = self.history.last();
        self.history.acknowledge(self.disk.operations(), last, level);
    }
}
