//! Old versions that are in memory: those of the history, and those that somebody holds.

use crate::engine::pipeline::{HeldVersions, Pipeline};
use crate::engine::retained::{Kept, Sought};
use crate::version::Root;
use std::sync::Arc;

impl Pipeline {
    /// The oldest version in memory behind a number, or of all; with what its commit said of itself.
    pub(crate) fn kept_after(&self, number: Option<u64>, published: u64) -> Option<Kept> {
        self.retained.as_ref()?.after(number, published)
    }

    /// An old version, up to `published`, if it is kept in memory.
    pub(crate) fn find(&self, sought: Sought, published: u64) -> Option<Arc<Root>> {
        self.retained.as_ref()?.find(sought, published)
    }

    /// The number of the oldest version in memory, and how many versions there are.
    pub(crate) fn extent(&self) -> (u64, u64) {
        let published = self.published.number();
        self.retained.as_ref().map_or((published, 1), |retained| retained.extent(published))
    }

    /// What somebody holds of old versions that the history in memory does not have. O(versions held).
    pub(crate) fn held_versions(&self) -> HeldVersions {
        self.published.show();
        let (oldest_kept, _) = self.extent();
        self.state.lock().superseded.before(oldest_kept)
    }

    /// The oldest of them: its number, and when it was superseded, in microseconds since 1970. O(1), on average.
    pub(crate) fn first_held_version(&self) -> Option<(u64, u64)> {
        self.published.show();
        let (oldest_kept, _) = self.extent();
        self.state.lock().superseded.first(oldest_kept)
    }
}
