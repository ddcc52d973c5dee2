//! The door through which the models in `loom-tests` reach the commit pipeline.
//!
//! It is there only with `--cfg folio_loom`, and no part of what the crate promises. The pipeline
//! behind it is the real one; a version is nothing but its number here, and the log is the model's.

pub use crate::sync::{Bug, seed};

use crate::engine::pipeline::sleepers::Rest;
use crate::engine::pipeline::{self, Staged};
use crate::error::Result;
use crate::log;
use crate::log::segments::Tail;
use crate::options::Durability;
use crate::sync::{Condvar, Mutex};
use crate::version::Root;
use std::fmt::Debug;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

/// The log under a pipeline, watched by the model.
pub trait Log: Debug + Send {
    /// Appends the commits that follow version `base`.
    ///
    /// # Errors
    ///
    /// Those the model wants.
    fn append(&mut self, base: u64, commits: &[Vec<u8>]) -> Result<()>;

    /// Makes everything appended so far durable.
    ///
    /// # Errors
    ///
    /// Those the model wants.
    fn sync(&mut self) -> Result<()>;

    /// Makes everything durable, and lets what follows begin in a place of its own. Returns the version
    /// that the log ends with.
    ///
    /// # Errors
    ///
    /// Those the model wants.
    fn cut(&mut self) -> Result<u64>;

    /// Marks the end as intended.
    ///
    /// # Errors
    ///
    /// Those the model wants.
    fn close(&mut self) -> Result<()>;
}

/// The model's log, as the engine knows logs.
#[derive(Debug)]
struct Watched<L>(L);

impl<L: Log> log::Log for Watched<L> {
    fn append(&mut self, base: u64, commits: &[Vec<u8>]) -> Result<()> {
        self.0.append(base, commits)
    }

    fn sync(&mut self) -> Result<()> {
        self.0.sync()
    }

    fn cut(&mut self) -> Result<Option<Tail>> {
        let version = self.0.cut()?;
        Ok(Some(Tail { next_segment: 1, next_sequence: 1, version, chain: [0; 32] }))
    }

    fn close(&mut self) -> Result<()> {
        self.0.close()
    }
}

/// The commit pipeline.
#[derive(Debug)]
pub struct Pipeline(pipeline::Pipeline);

/// The right to commit alone.
#[derive(Debug)]
pub struct Floor<'a>(Option<pipeline::Floor<'a>>);

impl Floor<'_> {
    /// Lets the floor go with the next commit of this thread.
    pub fn end_with_commit(&self) {
        if let Some(floor) = &self.0 {
            floor.end_with_commit();
        }
    }
}

impl Drop for Floor<'_> {
    fn drop(&mut self) {
        // A model that has failed can take no more steps, and giving up the floor is one.
        if std::thread::panicking() {
            std::mem::forget(self.0.take());
        }
    }
}

impl Pipeline {
    /// Starts from version 0.
    #[must_use]
    pub fn new(log: impl Log + 'static) -> Self {
        Self(pipeline::Pipeline::new(Arc::default(), Box::new(Watched(log))))
    }

    /// Commits the bytes that `encode` makes, under the commit lock, for the new version. Returns
    /// that version.
    ///
    /// # Errors
    ///
    /// `Closed`, `Poisoned`, `OutcomeUnknown`.
    pub fn commit(
        &self,
        durability: Durability,
        encode: impl FnOnce(u64) -> Vec<u8>,
    ) -> Result<u64> {
        let prepare = |tip: &Arc<Root>| {
            let version = tip.next(0);
            let bytes = encode(version.number);
            Ok(Staged { version, bytes })
        };
        Ok(self.0.commit(durability, prepare)?.number)
    }

    /// Like [`commit`](Self::commit), but as a task does it: the thread waits to be woken, and leads nothing.
    ///
    /// # Errors
    ///
    /// Like [`commit`](Self::commit).
    pub fn commit_as_task(
        &self,
        durability: Durability,
        encode: impl FnOnce(u64) -> Vec<u8>,
    ) -> Result<u64> {
        let prepare = |tip: &Arc<Root>| {
            let version = tip.next(0);
            let bytes = encode(version.number);
            Ok(Staged { version, bytes })
        };
        let (version, wait) = self.0.submit(durability, false, prepare)?;
        let Some(wait) = wait else { return Ok(version.number) };
        // A model that ends in a deadlock panics here, and what is dropped then can't lock any more.
        let mut wait = ManuallyDrop::new(wait);
        let task = Arc::new(Task::default());
        let waker = Waker::from(task.clone());
        let result = loop {
            match wait.poll(&waker) {
                Poll::Ready(result) => break result,
                Poll::Pending => task.sleep(),
            }
        };
        drop(ManuallyDrop::into_inner(wait));
        result.map(|()| version.number)
    }

    /// The newest validated version.
    #[must_use]
    pub fn tip(&self) -> u64 {
        self.0.tip().number
    }

    /// The newest version that may be seen.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.0.published().number
    }

    /// Returns once a version is published.
    ///
    /// # Errors
    ///
    /// `Poisoned`.
    pub fn wait_for(&self, version: u64) -> Result<()> {
        self.0.wait_for(version)
    }

    /// Sleeps as a watcher that has seen a version, until there is a newer one, which it returns, or none
    /// will come.
    #[must_use]
    pub fn watch(&self, seen: u64) -> Option<u64> {
        loop {
            let published = self.published();
            if published > seen {
                return Some(published);
            }
            if self.0.sleep_until(None, 0, seen, None) == Rest::Over {
                return None;
            }
        }
    }

    /// Makes everything committed so far durable.
    ///
    /// # Errors
    ///
    /// `Closed`, `Poisoned`, `OutcomeUnknown`.
    pub fn sync(&self) -> Result<()> {
        self.0.sync()
    }

    /// The version that the log has at a place of its own, and what the log says it is.
    ///
    /// # Errors
    ///
    /// `Closed`, `Poisoned`, `OutcomeUnknown`.
    pub fn cut(&self) -> Result<(u64, u64)> {
        let cut = self.0.cut()?.expect("the model's log says where it was cut");
        Ok((cut.version.number, cut.place.version))
    }

    /// Makes everything durable and takes no more commits.
    ///
    /// # Errors
    ///
    /// `Poisoned`, `OutcomeUnknown`, and what closing the log gives.
    pub fn close(&self) -> Result<()> {
        self.0.close()
    }

    /// Takes the floor.
    #[must_use]
    pub fn exclusive(&self) -> Floor<'_> {
        Floor(Some(self.0.exclusive()))
    }

    /// The background thread's work. Its interval is nothing, since no time passes in a model.
    pub fn run_background(&self) {
        self.0.run_background(Duration::ZERO);
    }
}

/// A thread in the place of a task.
#[derive(Debug, Default)]
struct Task {
    is_woken: Mutex<bool>,
    woken: Condvar,
}

impl Task {
    fn sleep(&self) {
        let mut is_woken = self.is_woken.lock();
        while !*is_woken {
            is_woken = self.woken.wait(is_woken);
        }
        *is_woken = false;
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        *self.is_woken.lock() = true;
        self.woken.notify_one();
    }
}
