//! Watching a whole store.

use crate::clock::Clock;
use crate::engine::Engine;
use crate::engine::watchers::{Patience, Place};
use crate::store::snapshot::Snapshot;
use crate::version::Root;
use crate::when::Version;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Watches all collections of a store: gives the version before and the newest one, whenever that is another.
/// Made by [`Store::watch`](crate::Store::watch).
///
/// Waiting, slowness and the end are as for a [`Watcher`](crate::Watcher). Every commit wakes one that waits, and is
/// given even where it changed no record. The last version given stays in memory.
///
/// ```
/// # use folio::{Record, Store};
/// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
/// # struct Item { #[key] id: u64 }
/// # fn main() -> folio::Result<()> {
/// let store = Store::in_memory();
/// let items = store.collection::<Item>()?;
/// let mut watcher = store.watch();
/// items.put(Item { id: 1 })?;
///
/// let delta = watcher.next().expect("the store is open");
/// assert_eq!(delta.collections(), ["item"]);
/// assert_eq!(delta.after().changes_since::<Item>(delta.before())?.count(), 1);
/// # Ok(()) }
/// ```
pub struct StoreWatcher {
    place: Place,
    root: Arc<Root>,
    clock: Clock,
}

impl StoreWatcher {
    pub(super) fn new(engine: &Engine) -> Self {
        let root = engine.pipeline().published();
        let place = Place::at(engine.shared_pipeline(), None, &root);
        Self { place, root, clock: engine.clock().clone() }
    }

    /// The version that it has reached.
    #[must_use]
    pub fn version(&self) -> Version {
        Version::new(self.place.reached())
    }

    /// The newest version, if it was not given yet. Does not wait.
    pub fn try_next(&mut self) -> Option<StoreDelta> {
        self.advance(Patience::None)
    }

    /// The newest version, as soon as there is one that was not given yet, but waits no longer than `timeout`. `None`
    /// then, and where the watcher has ended.
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<StoreDelta> {
        let until = Instant::now().checked_add(timeout);
        self.advance(until.map_or(Patience::Endless, Patience::Until))
    }

    /// The newest version, for a task: the form of a stream. `Ready(None)` is the end. The waker of the last
    /// call counts.
    pub fn poll_next(&mut self, context: &Context<'_>) -> Poll<Option<StoreDelta>> {
        let Self { place, root, clock } = self;
        place.poll(context, |newest| Some(StoreDelta::step(root, newest, clock)))
    }

    fn advance(&mut self, patience: Patience) -> Option<StoreDelta> {
        let Self { place, root, clock } = self;
        place.advance(patience, |newest| Some(StoreDelta::step(root, newest, clock)))
    }
}

/// Waits for each version; ends with the watcher.
impl Iterator for StoreWatcher {
    type Item = StoreDelta;

    fn next(&mut self) -> Option<StoreDelta> {
        self.advance(Patience::Endless)
    }
}

impl fmt::Debug for StoreWatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreWatcher")
            .field("version", &self.place.reached())
            .finish_non_exhaustive()
    }
}

/// Two versions of a store, one after the other, given by a [`StoreWatcher`].
#[derive(Debug, Clone)]
pub struct StoreDelta {
    before: Snapshot,
    after: Snapshot,
}

impl StoreDelta {
    fn step(root: &mut Arc<Root>, newest: &Arc<Root>, clock: &Clock) -> Self {
        let before = std::mem::replace(root, newest.clone());
        let snapshot = |root| Snapshot::watched(root, clock.clone());
        Self { before: snapshot(before), after: snapshot(newest.clone()) }
    }

    /// The version that it leads to.
    #[must_use]
    pub fn version(&self) -> Version {
        self.after.version()
    }

    /// The version that was given before.
    #[must_use]
    pub fn before(&self) -> &Snapshot {
        &self.before
    }

    /// The newest version.
    #[must_use]
    pub fn after(&self) -> &Snapshot {
        &self.after
    }

    /// The names of the collections that were written to or made between the two, in their order. What
    /// changed in one is found by [`Snapshot::changes_since`]; that may be nothing. O(c log c) for c collections.
    #[must_use]
    pub fn collections(&self) -> Vec<String> {
        let (before, after) = (&self.before.root, &self.after.root);
        let is_other = |id| match (before.slot(id), after.slot(id)) {
            (Some(before), Some(after)) => !Arc::ptr_eq(before, after),
            _ => true,
        };
        let changed = after.slots().filter(|slot| is_other(slot.identity().id));
        changed.map(|slot| slot.identity().name.clone()).collect()
    }
}
