//! Every lock, condition variable, atomic and swapped pointer of the crate comes from here, so that
//! the model checker can put its own in their place (`--cfg folio_loom`).
//!
//! What the model can't show: loom knows no `arc-swap`, so under it [`Swap`] is a mutex around an
//! `Arc`. That checks the order in which the pipeline publishes and what a reader may see at each
//! point of it, but not arc-swap's own reference counting, for which its authors' tests stand.
//! Timeouts never fire in the model, and a wait may not wake by itself.

#[cfg(not(folio_loom))]
pub(crate) use self::real::{AtomicU64, Condvar, Mutex, MutexGuard, Ordering, Swap, ThreadToken};

#[cfg(folio_loom)]
pub(crate) use self::model::{AtomicU64, Condvar, Mutex, MutexGuard, Ordering, Swap, ThreadToken};

pub(crate) use std::sync::OnceLock;

#[cfg(not(folio_loom))]
#[expect(clippy::disallowed_types, reason = "this is the one place for locks and swaps")]
mod real {
    use arc_swap::ArcSwap;
    use parking_lot as lock;
    use std::sync::Arc;
    pub(crate) use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    pub(crate) type MutexGuard<'a, T> = lock::MutexGuard<'a, T>;

    /// A lock that can't be poisoned: nothing of the crate panics while it holds one, and user code
    /// never runs under one.
    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(lock::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(lock::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock()
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
    pub(crate) use loom::sync::atomic::{AtomicU64, Ordering};
    use std::sync::Arc;
    use std::time::Duration;

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

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct ThreadToken(loom::thread::ThreadId);

    impl ThreadToken {
        pub(crate) fn current() -> Self {
            Self(loom::thread::current().id())
        }
    }
}
