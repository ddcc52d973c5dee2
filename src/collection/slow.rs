//! Watching for transactions that take long. Where nobody has asked for that, the clock is not even looked at.

use crate::engine::statistics::Statistics;
use crate::engine::{CommitOptions, Engine};
use crate::options::SlowTransaction;
use crate::trace;
use crate::version::slot::Identity;
use std::sync::Arc;
use std::time::Instant;

/// When a transaction began, if that is of interest.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SlowWatch(Option<Instant>);

impl SlowWatch {
    pub(crate) fn begin(engine: &Engine) -> Self {
        Self(engine.options().slow.as_ref().map(|_| Instant::now()))
    }

    /// What the transaction has opened, if that is of interest.
    pub(crate) fn collections(
        self,
        opened: impl FnOnce() -> Vec<Arc<Identity>>,
    ) -> Vec<Arc<Identity>> {
        if self.0.is_some() { opened() } else { Vec::new() }
    }

    /// The transaction is over, with its last attempt.
    #[inline]
    pub(crate) fn end(
        self,
        engine: &Engine,
        attempts: u32,
        collections: &[Arc<Identity>],
        options: &CommitOptions,
        committed: bool,
    ) {
        if self.0.is_some() {
            self.look(engine, attempts, collections, options, committed);
        }
    }

    #[cold]
    fn look(
        self,
        engine: &Engine,
        attempts: u32,
        collections: &[Arc<Identity>],
        options: &CommitOptions,
        committed: bool,
    ) {
        let (Some(began), Some(slow)) = (self.0, &engine.options().slow) else { return };
        let duration = began.elapsed();
        if duration <= slow.threshold {
            return;
        }
        Statistics::count(&engine.statistics().slow);
        let collections = collections.iter().map(|identity| identity.name.clone()).collect();
        let meta = options.meta.clone();
        let found = SlowTransaction { duration, attempts, collections, meta, committed };
        trace::slow_transaction(&found);
        slow.tell(&found);
    }
}
