//! Collections, as somebody opens them: attached to their types, or created.

use crate::engine::Engine;
use crate::engine::pipeline::Staged;
use crate::error::{Error, Result};
use crate::log::commit::{CommitWriter, Create, NewSchema};
use crate::options::Durability;
use crate::schema::descriptor::Descriptor;
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::version::Root;
use crate::version::schemas::Schemas;
use crate::version::slot::{Identity, Slot};
use std::sync::Arc;

impl Engine {
    /// The collection called `name` with records of type `T`: attached, or created where there is
    /// none. Returns when the creation is durable. `remember` is called when it is attached, before
    /// anybody sees that.
    pub(crate) fn collection<T: Record>(
        &self,
        name: &str,
        remember: impl Fn(&Identity),
    ) -> Result<Arc<Identity>> {
        let _paused = self.follower.as_ref().map(|follower| follower.hold());
        loop {
            let published = self.pipeline.published();
            if let Some(slot) = published.find(name) {
                let table = slot.typed_by::<T>(&remember)?;
                match self.adopt(slot, &table) {
                    Err(Error::Conflict { .. }) => {
                        self.attach_tip::<T>(name, &remember)?;
                        continue;
                    }
                    adopted => adopted?,
                }
                // It may have been attached in a later version, as another type.
                let identity = slot.identity().clone();
                if let Some(slot) = self.pipeline.published().slot(identity.id) {
                    slot.typed::<T>()?;
                    self.charge_slot(slot);
                }
                return Ok(identity);
            }
            let tip = self.pipeline.tip();
            if tip.find(name).is_some() {
                self.pipeline.wait_for(tip.number)?;
            } else {
                self.create_collection::<T>(name)?;
            }
        }
    }

    /// Attaches a collection where imports go on, so that the next batch finds it attached. They wait meanwhile.
    fn attach_tip<T: Record>(&self, name: &str, remember: impl Fn(&Identity)) -> Result<()> {
        let mut attached = Ok(());
        self.commit_unless_done(name, |tip| {
            let attach = |slot: &Arc<Slot>| slot.typed_by::<T>(remember).map(drop);
            attached = tip.find(name).map_or(Ok(()), attach);
            None
        })?;
        attached?;
        self.pipeline.wait_for(self.pipeline.tip().number)
    }

    /// Has a collection swept that is adopted, if its records expire.
    pub(super) fn watch_deadlines<T: Record>(&self, identity: &Arc<Identity>) -> Result<()> {
        if T::EXPIRES.is_none() || identity.swept.get().is_some() {
            return Ok(());
        }
        let _ = self.has_expiring.set(());
        if self.options.read_only {
            return Ok(());
        }
        if self.options.sweep {
            if self.sweeper.durability() == Durability::Background {
                self.start_background()?;
            }
            self.sweeper.start()?;
        }
        self.sweeper.add::<T>(identity);
        Ok(())
    }

    /// Creates a collection, unless somebody else does it first.
    fn create_collection<T: Record>(&self, name: &str) -> Result<()> {
        if self.options.read_only {
            return Err(Error::NotFound { collection: name.to_owned(), key: None });
        }
        let schema = Arc::new(Descriptor::of_record::<T>());
        schema.check::<T>()?;
        let time = self.now_micros();
        self.commit_unless_done(name, |tip| {
            if tip.find(name).is_some() {
                return None;
            }
            let id = tip.collections();
            let mut commit = CommitWriter::new(time, &[]);
            commit.creates(&[Create { collection: id, name }]);
            commit.schemas(&[NewSchema { collection: id, descriptor: schema.as_bytes() }]);
            commit.tables(0);
            let (name, schemas) = (name.to_owned(), Schemas::created(schema.clone()));
            let identity = Arc::new(Identity::new(id, name, schemas, 0));
            let mut version = tip.next(time);
            version.add(Arc::new(Slot::attached(identity, Arc::new(Table::<T>::empty()))));
            Some(Staged { version, bytes: commit.into_bytes() })
        })
    }

    /// Commits what `prepare` makes of the tip for a collection, at the store's level. `None` is that
    /// somebody else has done it already, which is as good; it may not be published yet then.
    pub(super) fn commit_unless_done(
        &self,
        name: &str,
        prepare: impl FnOnce(&Root) -> Option<Staged>,
    ) -> Result<()> {
        if self.options.durability == Durability::Background {
            self.start_background()?;
        }
        let committed = self.pipeline.commit(self.options.durability, |tip| {
            let done = || Error::KeyExists { collection: name.to_owned(), key: String::new() };
            prepare(tip).ok_or_else(done)
        });
        match committed {
            Ok(_) | Err(Error::KeyExists { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
