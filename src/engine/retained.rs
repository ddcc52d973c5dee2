//! Old versions that are kept in memory.
//!
//! Every version is noted when it becomes the tip, inside of a group too, so that what is kept has no
//! gaps: the versions from some point on, each with what its commit said of itself. A version can be asked
//! for once it is published, and goes, at the earliest, when a newer one is published that makes it too
//! old. After a failure of the log those that will never be published go at once.
//!
//! The lock is held for moments, inside of the pipeline's. What goes is handed out, to be dropped where
//! nobody waits.

use crate::log::commit;
use crate::options::History;
use crate::sync::Mutex;
use crate::version::Root;
use crate::when::When;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// So many versions are kept at most, whatever was asked for.
pub(crate) const MOST_VERSIONS: u64 = 1 << 20;

/// A version, and what its commit says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) root: Arc<Root>,
    pub(crate) meta: Vec<(String, String)>,
}

/// Which of several versions is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sought {
    Number(u64),
    /// The newest that is not behind this time.
    Time {
        micros: u64,
    },
}

impl Sought {
    /// What a user asks for.
    pub(crate) fn of(when: When) -> Self {
        match when {
            When::Version(version) => Self::Number(version.number()),
            When::Time(time) => Self::Time { micros: micros(time) },
        }
    }

    /// Whether a version is the one, or before it.
    pub(crate) fn reaches(self, number: u64, time_micros: u64) -> bool {
        match self {
            Self::Number(sought) => number <= sought,
            Self::Time { micros } => time_micros <= micros,
        }
    }

    fn reaches_root(self, root: &Root) -> bool {
        self.reaches(root.number, root.time_micros)
    }
}

/// The versions that are kept.
#[derive(Debug)]
pub(crate) struct Retained {
    most: u64,
    /// How long a version is kept behind the commit that follows it.
    span_micros: u64,
    /// In order, without gaps.
    versions: Mutex<VecDeque<Kept>>,
}

impl Retained {
    /// Keeps what `history` says, from a first version on; `None` where that is nothing.
    pub(crate) fn new(history: History, first: &Arc<Root>) -> Option<Self> {
        let (most, span) = match history {
            History::None | History::Ledger => return None,
            History::Versions(most) => (most.clamp(1, MOST_VERSIONS), Duration::MAX),
            History::For(span) => (MOST_VERSIONS, span),
        };
        let first = Kept { root: first.clone(), meta: Vec::new() };
        Some(Self {
            most,
            span_micros: u64::try_from(span.as_micros()).unwrap_or(u64::MAX),
            versions: Mutex::new(VecDeque::from([first])),
        })
    }

    /// Notes a version that became the tip by a commit with these bytes.
    pub(crate) fn push(&self, root: &Arc<Root>, commit: &[u8]) {
        // What was just encoded can be read.
        let meta = commit::meta(commit).unwrap_or_default();
        self.versions.lock().push_back(Kept { root: root.clone(), meta });
    }

    /// Takes out what is too old now that a version is published.
    pub(crate) fn published(&self, newest: &Root) -> Vec<Kept> {
        let horizon = newest.time_micros.checked_sub(self.span_micros);
        let mut versions = self.versions.lock();
        let mut gone = Vec::new();
        // The newest version at the horizon answers for all moments from there to the next one.
        while let (Some(oldest), Some(second)) = (versions.front(), versions.get(1))
            && second.root.number <= newest.number
            && (oldest.root.number + self.most <= newest.number
                || horizon.is_some_and(|horizon| second.root.time_micros <= horizon))
        {
            gone.extend(versions.pop_front());
        }
        gone
    }

    /// Takes out all: the versions that come next do not follow these.
    pub(crate) fn clear(&self) -> Vec<Kept> {
        self.versions.lock().drain(..).collect()
    }

    /// Takes out what will never be published.
    pub(crate) fn failed(&self, published: u64) -> Vec<Kept> {
        let mut versions = self.versions.lock();
        let end = versions.partition_point(|kept| kept.root.number <= published);
        versions.split_off(end).into()
    }

    /// The version that is sought, among those up to `published`; `None` where it is older than all.
    pub(crate) fn find(&self, sought: Sought, published: u64) -> Option<Arc<Root>> {
        let versions = self.versions.lock();
        let end = versions.partition_point(|kept| {
            kept.root.number <= published && sought.reaches_root(&kept.root)
        });
        versions.get(end.checked_sub(1)?).map(|kept| kept.root.clone())
    }

    /// The first version behind `number` up to `published`, or the oldest.
    pub(crate) fn after(&self, number: Option<u64>, published: u64) -> Option<Kept> {
        let versions = self.versions.lock();
        let place = versions
            .partition_point(|kept| number.is_some_and(|number| kept.root.number <= number));
        versions.get(place).filter(|kept| kept.root.number <= published).cloned()
    }

    /// The number of the oldest version, and how many there are.
    pub(crate) fn extent(&self, published: u64) -> (u64, u64) {
        let versions = self.versions.lock();
        let oldest = versions.front().map_or(published, |kept| kept.root.number);
        (oldest, published.saturating_sub(oldest) + 1)
    }
}

/// A time as commits have it. Before 1970 there was nothing, which is what version 0 is.
fn micros(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
