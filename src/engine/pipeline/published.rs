//! The newest version that may be seen, for readers who wait for nobody.
//!
//! Readers look through a pointer that is replaced in one step ([`Swap`]). That step looks at every thread that ever read
//! such a pointer: a microsecond with 64 of them, and each commit would take it under the state's lock. So a version
//! is published in two steps:
//!
//! 1. It becomes the *newest*: a pointer behind a lock that is held to exchange or copy it, and its number beside it, which
//!    anybody may read. From here on it is published.
//! 2. It is *shown*: the readers' pointer follows. The publisher does that when it has let go of its locks and told those who
//!    wait, and not for each small commit. What is shown is kept in memory, so it is done once a few are together, or a
//!    few KiB of changes, and later where another commit is about to follow.
//!
//! A reader compares the number of the version that is shown with the newest number. If it is too old, the reader takes
//! the newest from behind the lock, and if that happens often, shows it.

use crate::sync::{AtomicU64, Bug, Hint, Mutex, Ordering, Swap, seeded};
use crate::version::Root;
use std::sync::Arc;

/// As much as may be published before it is shown: so many groups of commits, or this many times [`GROUP_BYTES`] of them. The
/// models have few commits.
const UNSHOWN: u64 = if cfg!(folio_loom) { 2 } else { 8 };

/// The same where another commit is about to follow.
const UNSHOWN_BETWEEN: u64 = if cfg!(folio_loom) { 4 } else { 64 };

/// How many bytes of commits count like one more group.
const GROUP_BYTES: usize = 512;

/// How many readers may find what is shown too old before one of them shows the newest.
const MISSES: u64 = if cfg!(folio_loom) { 1 } else { 8 };

/// The newest version that may be seen.
#[derive(Debug)]
pub(crate) struct Published {
    /// The number of the newest. Stored under its lock; whoever reads it reads what was stored before they were told of
    /// a commit, since being told is ordered behind it.
    number: AtomicU64,
    newest: Mutex<Arc<Root>>,
    /// The newest, or one that was it lately.
    shown: Swap<Root>,
    /// What was published since, by [`UNSHOWN`], and how many readers missed it. They say only when it is time to show
    /// another.
    unshown: Hint,
    misses: Hint,
    /// Held by whoever is showing the newest.
    showing: Mutex<()>,
}

impl Published {
    pub(super) fn new(version: Arc<Root>) -> Self {
        Self {
            number: AtomicU64::new(version.number),
            newest: Mutex::new(version.clone()),
            shown: Swap::new(version),
            unshown: Hint::default(),
            misses: Hint::default(),
            showing: Mutex::new(()),
        }
    }

    /// The number of the newest version.
    pub(super) fn number(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }

    /// The newest version.
    pub(super) fn load(&self) -> Arc<Root> {
        let shown = self.shown.load();
        let is_newest = shown.number >= self.number() || seeded(Bug::TrustShown);
        if is_newest { shown } else { self.missed() }
    }

    /// Looks at the newest version, mostly without a reference of its own.
    pub(super) fn read<R>(&self, look: impl FnOnce(&Root) -> R) -> R {
        let is_newest = |shown: &Root| shown.number >= self.number();
        let looked =
            self.shown.read(|shown| if is_newest(shown) { Ok(look(shown)) } else { Err(look) });
        looked.unwrap_or_else(|look| look(&self.missed()))
    }

    /// Publishes a version; returns the one before. It is still to be [shown](Self::show_behind).
    pub(super) fn replace(&self, version: Arc<Root>) -> Arc<Root> {
        let mut newest = self.newest.lock();
        self.number.store(version.number, Ordering::Release);
        std::mem::replace(&mut *newest, version)
    }

    /// Shows the newest version if that is worth it behind so many bytes of commits; `follows` if more are about to
    /// come.
    pub(super) fn show_behind(&self, bytes: usize, follows: bool) {
        let weight = 1 + u64::try_from(bytes / GROUP_BYTES).unwrap_or(u64::MAX / 2);
        let unshown = self.unshown.add(weight);
        if unshown >= if follows { UNSHOWN_BETWEEN } else { UNSHOWN } {
            self.show();
        }
    }

    /// Shows the newest version, so that the one before is no longer kept. Where somebody else is showing one, they do it.
    pub(super) fn show(&self) {
        // Whoever can't have the lock published before this, so its holder finds that behind the lock.
        while let Some(showing) = self.showing.try_lock() {
            let newest = self.newest.lock().clone();
            let number = newest.number;
            self.misses.reset();
            self.unshown.reset();
            let before = self.shown.replace(newest);
            drop(showing);
            drop(before);
            if self.newest.lock().number == number {
                return;
            }
        }
    }

    /// What is shown was too old.
    #[cold]
    fn missed(&self) -> Arc<Root> {
        let newest = self.newest.lock().clone();
        if self.misses.add(1) > MISSES {
            self.show();
        }
        newest
    }
}

#[cfg(all(test, not(folio_loom)))]
mod tests {
    use super::*;

    fn version(number: u64) -> Arc<Root> {
        let mut root = Root::of_nothing(Default::default());
        root.number = number;
        Arc::new(root)
    }

    #[test]
    fn what_is_published_is_seen_before_it_is_shown() {
        let published = Published::new(version(1));
        let shown = |number: u64| published.shown.load().number == number;
        published.replace(version(2));
        published.show_behind(100, false);
        assert!(shown(1));
        assert_eq!((published.load().number, published.read(|root| root.number)), (2, 2));
        published.replace(version(3));
        published.show_behind(1 << 20, false);
        assert!(shown(3));
        assert_eq!((published.load().number, published.read(|root| root.number)), (3, 3));
    }

    #[test]
    fn readers_show_what_nobody_shows_them() {
        let published = Published::new(version(1));
        published.replace(version(2));
        for _ in 0..=MISSES {
            assert_eq!(published.shown.load().number, 1);
            assert_eq!(published.load().number, 2);
        }
        assert_eq!(published.shown.load().number, 2);
    }

    #[test]
    fn what_is_shown_is_not_kept_for_ever() {
        for (follows, most) in [(false, UNSHOWN), (true, UNSHOWN_BETWEEN)] {
            let published = Published::new(version(0));
            let first = Arc::downgrade(&published.load());
            for number in 1..=most {
                assert!(first.upgrade().is_some());
                published.replace(version(number));
                published.show_behind(0, follows);
            }
            assert!(first.upgrade().is_none());
        }
    }

    #[test]
    fn readers_never_go_back() {
        let published = Published::new(version(0));
        let last = 20_000;
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut newest = 0;
                    while newest < last {
                        let (told, found) = (published.number(), published.load().number);
                        assert!(
                            found >= told && found >= newest,
                            "{found} behind {newest}, {told}"
                        );
                        newest = published.read(|root| root.number);
                        assert!(newest >= found);
                    }
                });
            }
            for number in 1..=last {
                published.replace(version(number));
                published.show_behind(0, number % 3 != 0);
            }
        });
        assert_eq!(published.load().number, last);
    }
}
