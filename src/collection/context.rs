//! What a transaction and everything made from it share: the workspace, and the engine it came from.

use crate::engine::{CommitOptions, Engine};
use crate::error::{Error, Result};
use crate::schema::descriptor::Descriptor;
use crate::table::expiry::Moment;
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::transaction::work::{AnyWork, Work};
use crate::transaction::workspace::{Savepoint, Workspace};
use crate::version::slot::Identity;
use crate::version::untyped::Untyped;
use std::cell::RefCell;
use std::sync::Arc;

/// Opens a collection as the type that it is attached as.
struct Opener(fn(&Context, &str) -> Result<usize>);

/// Remembers how a collection that is attached as `T` is opened.
pub(crate) fn remember<T: Record>(identity: &Identity) {
    identity.opener.get_or_init(|| Box::new(Opener(Context::open::<T>)));
}

fn opener(identity: &Identity) -> Option<&Opener> {
    identity.opener.get().and_then(|opener| opener.downcast_ref())
}

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
        let tip = engine.pipeline().tip();
        // Programs without records that expire need not ask the clock.
        let moment = engine.has_expiring().then(|| engine.moment(&tip));
        Self { engine, workspace: RefCell::new(Workspace::new(tip, moment)), options }
    }

    /// The place of a collection's work in the workspace; opens the collection where it is not open.
    pub(crate) fn open<T: Record>(&self, name: &str) -> Result<usize> {
        let found = self.workspace.borrow().base().find(name).cloned();
        let (identity, base) = match found {
            Some(slot) => {
                let table = slot.typed_by::<T>(remember::<T>)?;
                match self.engine.adopt(&slot, &table) {
                    // An import goes on. What it has added since shows when this transaction is validated.
                    Err(Error::Conflict { .. }) => {
                        self.engine.collection::<T>(name, remember::<T>)?;
                    }
                    adopted => adopted?,
                }
                (slot.identity().clone(), Some(table))
            }
            // Where the transaction started there was no such collection, so it is empty.
            None => (self.engine.collection::<T>(name, remember::<T>)?, None),
        };
        remember::<T>(&identity);
        let base = base.unwrap_or_else(|| Arc::new(Table::empty()));
        self.place::<T>(&identity, base)
    }

    /// Like [`Self::open`], for a collection that was opened before as this type: it need not be looked
    /// for, nor adopted.
    pub(crate) fn open_known<T: Record>(&self, identity: &Identity) -> Result<usize> {
        let slot = self.workspace.borrow().base().slot(identity.id).cloned();
        match slot {
            Some(slot) => self.place::<T>(slot.identity(), slot.typed::<T>()?),
            None => self.open::<T>(&identity.name),
        }
    }

    /// Whether a collection holds what this type is stored as, and is not attached yet.
    pub(crate) fn awaits<T: Record>(&self, name: &str) -> bool {
        let workspace = self.workspace.borrow();
        let slot = workspace.base().find(name).filter(|slot| slot.table().is_none());
        let form = slot.and_then(|slot| slot.identity().schemas.newest());
        form.is_some_and(|form| *form == Descriptor::of_record::<T>())
    }

    /// The place of the work on a collection that is attached, as whatever type it is attached as;
    /// attaches it as records without a type where it is not attached. Whether it is those, comes
    /// beside.
    pub(crate) fn open_untyped(&self, name: &str) -> Result<(usize, bool)> {
        let found = self.workspace.borrow().base().find(name).cloned();
        let Some(slot) = found else {
            // Where the transaction started there was none; it may have created it itself.
            let created = self.workspace.borrow().opened().find(|open| open.name == *name).cloned();
            let missing = || Error::NotFound { collection: name.to_owned(), key: None };
            let Opener(open) = created.as_deref().and_then(opener).ok_or_else(missing)?;
            return Ok((open(self, name)?, false));
        };
        let identity = slot.identity();
        if let Some(Opener(open)) = opener(identity) {
            return Ok((open(self, name)?, false));
        }
        let table = slot.attach_untyped()?.into_any();
        let Ok(table) = table.downcast::<Table<Untyped>>() else {
            // Somebody may have been about to say how.
            if let Some(Opener(open)) = opener(identity) {
                return Ok((open(self, name)?, false));
            }
            let diff = "  the collection is attached for reading only: open it with `Store::collection` first\n";
            let (collection, diff) = (name.to_owned(), diff.to_owned());
            return Err(Error::SchemaMismatch { collection, diff });
        };
        self.engine.adopt_newest(&slot)?;
        Ok((self.place::<Untyped>(identity, table)?, true))
    }

    /// The place of a collection's work; makes it, on this table, where there is none.
    fn place<T: Record>(&self, identity: &Arc<Identity>, base: Arc<Table<T>>) -> Result<usize> {
        let name = &identity.name;
        let mut workspace = self.workspace.borrow_mut();
        let moment = match T::EXPIRES {
            Some(_) => workspace.moment(|base| self.engine.moment(base)),
            None => Moment::default(),
        };
        let place = workspace
            .place_of(identity.id)
            .unwrap_or_else(|| workspace.add(Work::new(identity.clone(), base, moment)));
        if workspace.work::<T>(place).is_none() {
            let diff = "  the same definitions, opened as another Rust type\n".to_owned();
            return Err(Error::SchemaMismatch { collection: name.to_owned(), diff });
        }
        Ok(place)
    }

    /// Does something with the work at a place, of whatever type.
    pub(crate) fn with_any<R>(&self, place: usize, act: impl FnOnce(&mut dyn AnyWork) -> R) -> R {
        let mut workspace = self.workspace.borrow_mut();
        act(workspace.any_work(place).expect("a collection keeps its place"))
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
        let saved = Some(self.workspace.borrow_mut().save());
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
