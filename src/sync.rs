//! Every lock, condition variable, atomic and swapped pointer of the crate comes from here, so that
//! the model checker can put its own in their place (`--cfg folio_loom`).
//!
//! What the model can't show: loom knows no `arc-swap`, so under it [`Swap`] is a mutex around an
//! `Arc`. That checks the order in which the pipeline publishes and what a reader may see at each
//! point of it, but not arc-swap's own reference counting, for which its authors' tests stand.
//! Timeouts never fire in the model, a wait never ends by itself, and of several waiters the one
//! that has waited longest is woken; a real condition variable promises none of the three. The
//! models have two to four threads and a few commits, and in one run a thread is interrupted at
//! most as often as `LOOM_MAX_PREEMPTIONS` says: what takes more than that is not found. Neither is
//! unfairness, since a model ends. [`OnceLock`] is the standard library's, with or without the
//! model; the pipeline uses none.
//!
//! A model proves something only if it would have found the bug, so the pipeline can be given one:
//! [`seeded`] is asked at the places where a [`Bug`] would be, and is always false outside of the
//! model checker.

#[cfg(not(folio_loom))]
pub(crate) use self::real::{
    AtomicU64, Condvar, Mutex, MutexGuard, Ordering, Swap, ThreadToken, seeded, spin_until,
};

#[cfg(folio_loom)]
pub(crate) use self::model::{
    AtomicU64, Condvar, Mutex, MutexGuard, Ordering, Swap, ThreadToken, seeded, spin_until,
};

#[cfg(folio_loom)]
pub use self::model::seed;

pub(crate) use std::sync::OnceLock;

/// A number that threads count up together, and that says nothing of anything else: only a choice that is right
/// either way may depend on it. So it is the same under the model checker, which would try every order for nothing.
#[derive(Debug, Default)]
pub(crate) struct Hint(std::sync::atomic::AtomicU64);

impl Hint {
    /// Adds to it; returns what it comes to.
    pub(crate) fn add(&self, number: u64) -> u64 {
        self.0.fetch_add(number, std::sync::atomic::Ordering::Relaxed).wrapping_add(number)
    }

    pub(crate) fn reset(&self) {
        self.0.store(0, std::sync::atomic::Ordering::Relaxed);
    }
}

/// A count that nothing is decided by: it is for who asks what a store has done. It orders nothing, so the model
/// checker has nothing to find there, and does not look at it.
pub(crate) type Tally = std::sync::atomic::AtomicU64;

/// A bug that a model gives the pipeline, to show that it would be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(folio_loom), expect(unreachable_pub, reason = "only the models can name it"))]
pub enum Bug {
    /// A group is published before it is written and synced.
    PublishBeforeFlush,
    /// A group is done before it is published.
    FinishBeforePublish,
    /// Nobody of the next group is asked to lead.
    ForgetNextGroup,
    /// Whoever is asked to lead does so, even if somebody else has taken the group since.
    LeadUnasked,
    /// After a failure the group behind the failed one is not told.
    ForgetGroupBehind,
    /// After a failure the tip stays where it was.
    KeepTip,
    /// A panic of the log leaves its group behind.
    LosePanic,
    /// Waiting for a version in flight is not waiting at all.
    SkipWait,
    /// Closing does not wait for the commits before it.
    CloseWithoutSync,
    /// Commits are taken after closing.
    CommitAfterClose,
    /// Closing a second time does not wait for the first.
    CloseTwice,
    /// Closing does not wait for a group in which nobody commits anything.
    CloseBeforeWaiters,
    /// A commit at `Background` is published at once, whatever is before it.
    OvertakeInBackground,
    /// The background thread is not told that it is wanted.
    ForgetBackground,
    /// Commits do not mind who has the floor.
    IgnoreFloor,
    /// The inner of two nested floors gives it up.
    FreeNestedFloor,
    /// Nobody who waits for the floor is told anything.
    ForgetFloor,
    /// The floor is kept until the commit that it was for is written.
    KeepFloor,
    /// The pipeline fails while a commit is validated.
    FailBesideCommit,
    /// The pipeline is closed while a commit is validated.
    CloseBesideCommit,
    /// The floor is given up a second time, when somebody else has it.
    FreeForeignFloor,
    /// Readers take what is shown for the newest version.
    TrustShown,
    /// The log is cut behind a group, and the version held is a later one.
    CutAtTip,
    /// A watcher looks whether there is something new, and is noted as asleep later.
    SleepLate,
    /// A watcher of a version that is published is not woken.
    ForgetWatchers,
    /// Nobody is told that a task waits for a commit.
    ForgetTasks,
    /// A task looks whether its commit is done, and is noted a moment later.
    PollLate,
    /// Closing wakes no watcher.
    ForgetWatchersAtEnd,
}

#[cfg(not(folio_loom))]
#[expect(clippy::disallowed_types, reason = "this is the one place for locks and swaps")]
mod real {
    use arc_swap::ArcSwap;
    use parking_lot as lock;
    use std::sync::Arc;
    pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    pub(crate) type MutexGuard<'a, T> = lock::MutexGuard<'a, T>;

    /// A lock that can't be poisoned: nothing of the crate panics while it holds one. Of the
    /// user's code only the order of keys, index functions and encodings run under one.
    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(lock::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(lock::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock()
        }

        /// The lock, unless somebody has it.
        pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
            self.0.try_lock()
        }
    }

    #[derive(Debug, Default)]
    pub(crate) struct Condvar(lock::Condvar);

    impl Condvar {
        pub(crate) fn new() -> Self {
            Self(lock::Condvar::new())
        }

        pub(crate) fn wait<'a, T>(&self, mut guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
            self.0.wait(&mut guard);
            guard
        }

        /// Waits until woken or until `timeout` has passed.
        pub(crate) fn wait_timeout<'a, T>(
            &self,
            mut guard: MutexGuard<'a, T>,
            timeout: Duration,
        ) -> MutexGuard<'a, T> {
            let _ = self.0.wait_for(&mut guard, timeout);
            guard
        }

        pub(crate) fn notify_one(&self) {
            self.0.notify_one();
        }

        pub(crate) fn notify_all(&self) {
            self.0.notify_all();
        }
    }

    /// A shared pointer that is replaced in one step and read without a lock.
    #[derive(Debug)]
    pub(crate) struct Swap<T>(ArcSwap<T>);

    impl<T> Swap<T> {
        pub(crate) fn new(value: Arc<T>) -> Self {
            Self(ArcSwap::new(value))
        }

        /// The pointer as it is now, with a reference of its own.
        pub(crate) fn load(&self) -> Arc<T> {
            self.0.load_full()
        }

        /// Looks at the value as it is now, without touching its reference count where that can be
        /// avoided.
        pub(crate) fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
            look(&self.0.load())
        }

        /// Puts `value` in the place of the one before, which is returned: what hangs on it may be
        /// large, and is better dropped where nobody waits.
        pub(crate) fn replace(&self, value: Arc<T>) -> Arc<T> {
            self.0.swap(value)
        }
    }

    /// Whether the pipeline has this bug: never.
    pub(crate) const fn seeded(_: super::Bug) -> bool {
        false
    }

    /// How often a thread that spins looks, which takes some microseconds in all.
    const LOOKS: u32 = 100;

    /// Waits until `is_over`, but only for a moment, without going to sleep.
    pub(crate) fn spin_until(is_over: impl Fn() -> bool) {
        for _ in 0..LOOKS {
            if is_over() {
                return;
            }
            std::hint::spin_loop();
        }
    }

    /// Which thread this is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct ThreadToken(std::thread::ThreadId);

    impl ThreadToken {
        pub(crate) fn current() -> Self {
            Self(std::thread::current().id())
        }
    }
}

#[cfg(folio_loom)]
mod model {
    use super::Bug;
    pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};
    use std::cell::Cell;
    use std::sync::Arc;
    use std::time::Duration;

    thread_local! {
        // The model checker runs all threads of a model on the one thread that started it, so this
        // is what one model has, and the model beside it has not.
        static SEEDED: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// Gives the pipelines of the models that this thread runs a bug, or takes it away.
    pub fn seed(bug: Option<Bug>) {
        SEEDED.set(bug);
    }

    pub(crate) fn seeded(bug: Bug) -> bool {
        SEEDED.get() == Some(bug)
    }

    pub(crate) type MutexGuard<'a, T> = loom::sync::MutexGuard<'a, T>;

    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("no holder of a lock panics")
        }

        pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
            self.0.try_lock().ok()
        }
    }

    #[derive(Debug, Default)]
    pub(crate) struct Condvar(loom::sync::Condvar);

    impl Condvar {
        pub(crate) fn new() -> Self {
            Self(loom::sync::Condvar::new())
        }

        pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
            self.0.wait(guard).expect("no holder of a lock panics")
        }

        pub(crate) fn wait_timeout<'a, T>(
            &self,
            guard: MutexGuard<'a, T>,
            _timeout: Duration,
        ) -> MutexGuard<'a, T> {
            self.wait(guard)
        }

        pub(crate) fn notify_one(&self) {
            self.0.notify_one();
        }

        pub(crate) fn notify_all(&self) {
            self.0.notify_all();
        }
    }

    #[derive(Debug)]
    pub(crate) struct Swap<T>(Mutex<Arc<T>>);

    impl<T> Swap<T> {
        pub(crate) fn new(value: Arc<T>) -> Self {
            Self(Mutex::new(value))
        }

        pub(crate) fn load(&self) -> Arc<T> {
            self.0.lock().clone()
        }

        pub(crate) fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
            look(&self.load())
        }

        pub(crate) fn replace(&self, value: Arc<T>) -> Arc<T> {
            std::mem::replace(&mut *self.0.lock(), value)
        }
    }

    /// Does not wait: no time passes in a model.
    pub(crate) fn spin_until(_is_over: impl Fn() -> bool) {}

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct ThreadToken(loom::thread::ThreadId);

    impl ThreadToken {
        pub(crate) fn current() -> Self {
            Self(loom::thread::current().id())
        }
    }
}
