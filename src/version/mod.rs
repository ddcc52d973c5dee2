//! Versions: the immutable states of a store, one for each commit.
//!
//! The [`Root`] of a version is its number, its time, and a slot for each collection with the table
//! it had then. Two versions share everything that did not change between them. Nothing here locks or waits, with one
//! exception: the first typed look at a collection that was recovered from the log decodes it
//! ([`slot`]).

pub(crate) mod decode;
pub(crate) mod encoded;
pub(crate) mod followed;
pub(crate) mod schemas;
pub(crate) mod slot;
pub(crate) mod untyped;
pub(crate) mod weight;
pub(crate) mod written;

use crate::persistent::Map;
use crate::table::rows::AnyTable;
use slot::{Identity, Slot};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The number of a collection, given in the order of creation.
pub(crate) type CollectionId = u32;

/// What tells stores apart: for one on disk, its identity there.
pub(crate) type Origin = [u8; 16];

/// One immutable state of all collections.
#[derive(Debug, Clone, Default)]
pub(crate) struct Root {
    /// Whose version it is.
    pub(crate) store: Origin,
    pub(crate) number: u64,
    /// When it was committed, in microseconds since 1970. Never before the version before it.
    pub(crate) time_micros: u64,
    catalog: Arc<BTreeMap<String, CollectionId>>,
    /// One for each number below the count of collections.
    slots: Map<CollectionId, Arc<Slot>>,
}

impl Root {
    /// The version of a store before its first commit.
    pub(crate) fn of_nothing(store: Origin) -> Self {
        Self { store, ..Self::default() }
    }

    /// The version that a commit makes of this one. Its changes are still to be put in.
    pub(crate) fn next(&self, time_micros: u64) -> Self {
        let time_micros = self.time_micros.max(time_micros);
        Self { number: self.number + 1, time_micros, ..self.clone() }
    }

    /// Adds a collection; its number is the number of those before it.
    pub(crate) fn add(&mut self, slot: Arc<Slot>) {
        let id = slot.identity().id;
        Arc::make_mut(&mut self.catalog).insert(slot.identity().name.clone(), id);
        self.slots.insert(id, slot);
    }

    /// Puts another slot in the place of a collection's old one.
    pub(crate) fn put(&mut self, slot: Arc<Slot>) {
        self.slots.insert(slot.identity().id, slot);
    }

    /// Puts a new table in the place of a collection's old one.
    pub(crate) fn replace(&mut self, identity: &Arc<Identity>, table: Arc<dyn AnyTable>) {
        self.slots.insert(identity.id, Arc::new(Slot::attached(identity.clone(), table)));
    }

    pub(crate) fn time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_micros(self.time_micros)
    }

    pub(crate) fn slot(&self, id: CollectionId) -> Option<&Arc<Slot>> {
        self.slots.get(&id)
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Arc<Slot>> {
        self.slot(*self.catalog.get(name)?)
    }

    /// How many collections there are, which is the number of the next one.
    pub(crate) fn collections(&self) -> CollectionId {
        CollectionId::try_from(self.slots.len()).unwrap_or(CollectionId::MAX)
    }

    /// The collections in the order of their names.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &Arc<Slot>> {
        self.catalog.values().filter_map(|id| self.slot(*id))
    }
}
