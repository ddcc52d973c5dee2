//! The limit for the memory that the newest version takes.
//!
//! Each collection is *charged* what it is estimated to take ([`Slot::memory_bytes`]). When a commit has changed it, the
//! difference to what it was charged before is added to the sum. Charges of several threads may come in any order, since each
//! takes the place of the one before it in one step, and the sum is of differences; for a moment it may lack what
//! somebody is about to add. The sum decides whether a commit may begin, and nothing waits for it, so that several
//! threads together may go beyond the limit by what each of them puts.

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::sync::{AtomicU64, Ordering};
use crate::transaction::workspace::Workspace;
use crate::version::slot::Slot;
use crate::version::{CollectionId, Root};

/// What a store is charged for.
#[derive(Debug)]
pub(super) struct Memory {
    limit: Option<u64>,
    charged: AtomicU64,
}

impl Memory {
    /// The charges for a version that a store is opened with.
    pub(super) fn new(limit: Option<u64>, version: &Root) -> Self {
        let memory = Self { limit, charged: AtomicU64::new(0) };
        if memory.limit.is_some() {
            version.slots().for_each(|slot| memory.charge(slot));
        }
        memory
    }

    /// Brings what a collection is charged up to date.
    fn charge(&self, slot: &Slot) {
        let bytes = slot.memory_bytes();
        // Relaxed: these are sums, and order nothing.
        let before = slot.identity().charged.swap(bytes, Ordering::Relaxed);
        self.charged.fetch_add(bytes.wrapping_sub(before), Ordering::Relaxed);
    }

    /// What is charged; for a moment a little less than nothing, which is nothing.
    fn charged(&self) -> u64 {
        u64::try_from(self.charged.load(Ordering::Relaxed).cast_signed()).unwrap_or(0)
    }
}

impl Engine {
    /// Refuses to put records of so many bytes where that is over the limit.
    pub(super) fn check_memory(&self, bytes: usize) -> Result<()> {
        let Some(limit_bytes) = self.memory.limit else { return Ok(()) };
        let fits = || self.memory.charged().saturating_add(bytes as u64) <= limit_bytes;
        if fits() {
            return Ok(());
        }
        // What the sweeper has removed, and what others are about to charge, may make room.
        self.pipeline.tip().slots().for_each(|slot| self.memory.charge(slot));
        if fits() {
            return Ok(());
        }
        let used_bytes = self.memory.charged();
        super::Statistics::count(&self.statistics.refused);
        crate::trace::refused_for_memory(used_bytes, limit_bytes);
        Err(Error::MemoryLimit { used_bytes, limit_bytes })
    }

    /// The collections that a transaction changes, where somebody wants to know afterwards.
    pub(super) fn to_charge(&self, workspace: &Workspace) -> Vec<CollectionId> {
        if self.memory.limit.is_none() {
            return Vec::new();
        }
        workspace.changed().map(|identity| identity.id).collect()
    }

    /// Brings what collections are charged up to date.
    pub(super) fn charge(&self, collections: &[CollectionId]) {
        if collections.is_empty() {
            return;
        }
        let tip = self.pipeline.tip();
        collections.iter().filter_map(|id| tip.slot(*id)).for_each(|slot| self.memory.charge(slot));
    }

    /// The same for a collection that was attached or appended to.
    pub(super) fn charge_slot(&self, slot: &Slot) {
        if self.memory.limit.is_some() {
            self.memory.charge(slot);
        }
    }
}
