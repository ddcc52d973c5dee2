//! Publishing what another process committed.

use crate::engine::pipeline::{Pipeline, Replaced};
use crate::sync::Ordering;
use crate::version::Root;
use std::sync::Arc;

impl Pipeline {
    /// Publishes versions that another process committed and wrote, each with the bytes of its commit: the last one is
    /// what everybody sees. Nothing is committed here. After a jump the versions between the one before and these are
    /// not known.
    pub(crate) fn advance(&self, versions: &[(Arc<Root>, &[u8])], is_jump: bool) {
        let Some((newest, _)) = versions.last() else { return };
        let mut state = self.state.lock();
        if state.closed || newest.number <= state.published {
            return;
        }
        // Dropped when the lock is free again, with all that hangs on it.
        let _tip = self.replace_tip(&mut state, newest);
        let number = newest.number;
        self.counters.commits.fetch_add(number - state.published, Ordering::Relaxed);
        state.group.base = number;
        (state.awaited, state.synced, state.written) = (number, number, number);
        let mut _gone = Vec::new();
        if let Some(retained) = &self.retained {
            if is_jump {
                _gone = retained.clear();
            }
            for (version, commit) in versions {
                retained.push(version, commit);
            }
        }
        let replaced: Replaced = self.publish(&mut state, newest);
        drop(state);
        self.published.show();
        drop(replaced);
    }

    /// Whether old versions are kept.
    pub(crate) fn keeps_versions(&self) -> bool {
        self.retained.is_some()
    }
}
