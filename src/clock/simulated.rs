//! A clock that a test sets.

use crate::clock::Listener;
use crate::sync::Mutex;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock for tests: it stands still until it is set. Clones are the same clock, and several stores may
/// have it. Its times are in whole nanoseconds.
///
/// ```
/// use folio::Store;
/// use folio::simulation::Clock;
/// use std::time::{Duration, UNIX_EPOCH};
///
/// # #[derive(folio::Record, serde::Serialize, serde::Deserialize, Clone)]
/// # #[record(name = "offers", expires = until)]
/// # struct Offer { #[key] id: u64, until: std::time::SystemTime }
/// # fn main() -> folio::Result<()> {
/// let clock = Clock::at(UNIX_EPOCH + Duration::from_secs(100));
/// let store = Store::options().clock(&clock).in_memory();
/// let offers = store.collection::<Offer>()?;
/// offers.put(Offer { id: 1, until: clock.now() + Duration::from_secs(5) })?;
/// clock.advance(Duration::from_secs(4));
/// assert!(offers.contains(&1));
/// clock.advance(Duration::from_secs(1));
/// assert!(!offers.contains(&1));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Clock {
    time: Arc<Time>,
}

impl Clock {
    /// A clock that stands at this time.
    #[must_use]
    pub fn at(time: SystemTime) -> Self {
        let clock = Self { time: Arc::default() };
        clock.set(time);
        clock
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.time.nanos())
    }

    /// Sets it, forwards or back. Times before 1970 are 1970.
    pub fn set(&self, time: SystemTime) {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.time.set(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Sets it forwards.
    pub fn advance(&self, by: Duration) {
        self.set(self.now() + by);
    }

    pub(crate) fn time(&self) -> Arc<Time> {
        self.time.clone()
    }
}

/// What such a clock shows, and who wants to know of it.
#[derive(Default)]
pub(crate) struct Time {
    nanos: Mutex<u64>,
    listeners: Mutex<Vec<Listener>>,
}

impl Time {
    pub(crate) fn nanos(&self) -> u64 {
        *self.nanos.lock()
    }

    pub(crate) fn listen(&self, listener: Listener) {
        self.listeners.lock().push(listener);
    }

    fn set(&self, nanos: u64) {
        *self.nanos.lock() = nanos;
        self.listeners.lock().retain(|listener| listener());
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Time").field("nanos", &self.nanos()).finish_non_exhaustive()
    }
}
