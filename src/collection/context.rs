//! What a transaction and everything made from it share: the workspace, and the engine it came from.

use crate::engine::{CommitOptions, Engine};
use crate::error::{Error, Result};
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::transaction::work::Work;
use crate::transaction::workspace::{Savepoint, Workspace};
use std::cell::RefCell;
use std::sync::Arc;

/// The inside of a transaction.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) engine: Arc<Engine>,
    pub(crate) workspace: RefCell<Workspace>,
    pub(crate) options: CommitOptions,
}

impl Context {
    /// Starts from the tip, so that a transaction that is run again after a conflict does not lose to
    /// the same commit while that is being synced.
    pub(crate) fn begin(engine: Arc<Engine>, options: CommitOptions) -> Self {
        let workspace = RefCell::new(Workspace::new(engine.pipeline().tip()));
        Self { engine, workspace, options }
    }

    /// The place of a collection's work in the workspace; opens the collection where it is not open.
    pub(crate) fn open<T: Record>(&self, name: &str) -> Result<usize> {
        let found = self.workspace.borrow().base().find(name).cloned();
        let (identity, base) = match found {
            Some(slot) => (slot.identity().clone(), Some(slot.typed::<T>()?)),
            // Where the transaction started there was no such collection, so it is empty.
            None => (self.engine.collection::<T>(name)?, None),
        };
        let mut workspace = self.workspace.borrow_mut();
        let place = workspace.place_of(identity.id).unwrap_or_else(|| {
            let base = base.unwrap_or_else(|| Arc::new(Table::empty()));
            workspace.add(Work::new(identity.clone(), base))
        });
        if workspace.work::<T>(place).is_none() {
            let diff = "  the same definitions, opened as another Rust type\n".to_owned();
            return Err(Error::SchemaMismatch { collection: name.to_owned(), diff });
        }
        Ok(place)
    }

    /// Does something with the work on the collection at a place. No closure of the user's may run
    /// in `act`: it could come back here. Index functions and the order of keys may: they must not use
    /// the store.
    pub(crate) fn with<T: Record, R>(
        &self,
        place: usize,
        act: impl FnOnce(&mut Work<T>) -> R,
    ) -> R {
        let mut workspace = self.workspace.borrow_mut();
        act(workspace.work::<T>(place).expect("a collection keeps its place and type"))
    }

    /// Runs `part` and undoes what it wrote where it fails or panics.
    pub(crate) fn all_or_none<R, E>(&self, part: impl FnOnce() -> Result<R, E>) -> Result<R, E> {
        let saved = Some(self.workspace.borrow().save());
        let mut undo = Undo { workspace: &self.workspace, saved };
        let result = part();
        if result.is_ok() {
            undo.saved = None;
        }
        result
    }
}

/// Takes a workspace back to where it was, unless that is taken out.
struct Undo<'a> {
    workspace: &'a RefCell<Workspace>,
    saved: Option<Savepoint>,
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if let Some(saved) = self.saved.take() {
            self.workspace.borrow_mut().restore(saved);
        }
    }
}
